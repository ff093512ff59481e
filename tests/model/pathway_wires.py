"""The wires of the assembled model between the nodes of the map, with their signs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from ketasim.model import assemble
from ketasim.model.formula import names, parse
from ketasim.model.pathway import Node, load_pathway
from ketasim.model.wiring import resting_values

Sign = int
#: A state in which every way of the model is open a little: (name, value) put over rest.
ACTIVE = {
    "cS": 300.0, "cR": 300.0, "cNS": 100.0, "cNR": 100.0, "cHS": 60.0, "cHR": 60.0,
    "bS": 150.0, "bR": 150.0, "bNS": 20.0, "bNR": 20.0, "bHS": 40.0, "bHR": 40.0,
    "Bin": 0.25, "Bps": 0.05, "Bpr": 0.3, "Bhb": 0.45, "silent": 0.4, "glu": 1.3, "thr": 1.6,
    "Asurf": 1.3, "a1": 1.2, "a2": 1.2, "opi": 1.1, "eef": 1.3, "bd": 2.0, "trk": 1.5, "flk": 1.4,
    "mto": 2.0, "spr": 1.4, "d1": 2.0, "pka": 1.5, "creb": 1.4, "mrna": 1.1, "camp": 1.1,
    "nrel": 1.1, "raft": 0.6, "couple": 0.3, "ht": 1.2, "htr": 1.2, "hts": 0.1, "p11": 0.1,
    "p11e": 0.05, "csf": 0.02, "hb": 0.4, "syn": 0.1, "Zp": 0.3, "pl": 0.2, "Bel": 0.6,
    "hope": 0.4, "felt": 0.3, "CADSS": 10.0, "sedation": 0.1, "tol": 0.1, "u_session": 1.0,
    "MADRS": 25.0, "symptoms": 0.8, "D": 0.95, "seen": 0.1, "made": 1.2, "fs": 1.1, "hnk": 0.1,
    "bladder": 0.1, "A1_S": 100.0, "A1_R": 100.0, "Cket": 100.0, "Chnk": 20.0, "srg": 0.4,
    "m_day": 0.85, "u_SSRI": 0.5, "Xsert": 0.3, "Xraft": 0.3,
}  # fmt: skip


@cache
def model_wiring():
    return assemble().wiring


@cache
def names_of_nodes() -> dict[str, str]:
    """Every name that a node stands for -> its node."""
    pathway, wiring = load_pathway(), model_wiring()
    found: dict[str, str] = {}
    for node in pathway.nodes:
        for name in (*filter(None, [node.output]), *node.plus, *node.holds):
            if name in wiring.owners:  # an input is nobody's
                assert found.setdefault(name, node.id) == node.id, f"{name} stands in two nodes"
    for mechanism in wiring.mechanisms:
        nodes = [n.id for n in pathway.nodes if n.mechanism == mechanism.name]
        for name in mechanism.outputs if len(nodes) == 1 else ():
            found.setdefault(name, nodes[0])
    return found


@cache
def formulas() -> Mapping[str, str]:
    """Right-hand side of every rate and assignment, by target, without ports."""
    kinds = ("rate", "assignment")
    every = (e for m in model_wiring().mechanisms for e in m.equations if e.kind in kinds)
    return {e.target: e.formula for e in every}


@cache
def value() -> Callable[[str], float]:
    return resting_values(model_wiring(), {k: v for k, v in ACTIVE.items() if k in known()})


@cache
def known() -> frozenset[str]:
    wiring = model_wiring()
    return frozenset({*wiring.owners, *wiring.event_inputs, *wiring.parameters})


@cache
def slope(target: str, name: str) -> Sign:
    """Sign of the derivative of one formula by one name, others fixed."""
    from ketasim.model.formula import evaluate

    wiring, at = model_wiring(), value()
    here = at(name)
    step = 1e-3 * max(abs(here), 0.01)
    formula = parse(formulas()[target])

    def moved(by: float) -> float:
        return float(evaluate(formula, lambda n: here + by if n == name else at(n),
                              wiring.functions))  # fmt: skip

    change = moved(step) - moved(-step)
    return 0 if abs(change) < 1e-12 else (1 if change > 0 else -1)


def reads(node: Node) -> dict[str, set[Sign]]:
    """Nodes and inputs that a node reads without passing another node -> signs of the ways."""
    owner = names_of_nodes()
    found: dict[str, set[Sign]] = {}
    own = {name for name, at in owner.items() if at == node.id}
    starts = {name for name in own if name in formulas()}
    seen: set[tuple[str, Sign]] = set()

    def visit(name: str, sign: Sign) -> None:
        if (name, sign) in seen or name not in formulas():
            return
        seen.add((name, sign))
        for used in sorted(names(parse(formulas()[name]))):
            if used == name or used not in known() or used in model_wiring().parameters:
                continue
            way = sign * slope(name, used)
            if used in model_wiring().event_inputs:
                found.setdefault(used, set()).add(way)
            elif used in own or used in node.via or owner.get(used) is None:
                visit(used, way)
            else:
                found.setdefault(owner[used], set()).add(way)

    for start in starts:
        visit(start, 1)
    return found


@cache
def wires() -> dict[tuple[str, str], frozenset[Sign]]:
    """Every wire between two nodes of the map, with the signs of its ways."""
    pathway = load_pathway()
    inputs = {name: n.id for n in pathway.nodes for name in n.inputs}
    found: dict[tuple[str, str], set[Sign]] = {}
    readings = {e.target for e in pathway.edges if e.reading}  # wired as what they are read from
    for node in (n for n in pathway.nodes if n.id not in readings):
        for source, signs in reads(node).items():
            source = inputs.get(source, source)
            if any(n.id == source for n in pathway.nodes) and source != node.id:
                turned = (-1) ** (node.complement + pathway.node(source).complement)
                found.setdefault((source, node.id), set()).update(s * turned for s in signs)
    return {pair: frozenset(signs) for pair, signs in found.items()}
