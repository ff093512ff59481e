"""How a choice of mechanisms meets by name: ports, resting inputs, parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ketasim.errors import UserError, nearest
from ketasim.model.chains import loop_in
from ketasim.model.folder import ModelFolder
from ketasim.model.formula import FormulaError, Functions, evaluate, names, parse
from ketasim.model.mechanism import CLOCKS, Declaration, Equation, Mechanism
from ketasim.model.parameter_table import Parameter
from ketasim.model.units import parse_unit

#: Mechanisms read directly: a dose and a score have nothing to be scaled against.
WITHOUT_PORTS = ("absorption", "pk", "metabolites", "mood")


@dataclass(frozen=True)
class Port:
    """Through what other mechanisms see an output."""

    output: str
    mechanism: str
    rest: str

    @property
    def name(self) -> str:
        """Name the readers use."""
        return f"{self.output}_port"

    @property
    def formula(self) -> str:
        """``(1 - block)*(rest + scale*(output - rest))``."""
        scale, block = f"scale_{self.mechanism}", f"block_{self.mechanism}"
        try:
            at_zero = float(self.rest) == 0
        except ValueError:
            at_zero = False
        if at_zero:
            return f"(1 - {block})*{scale}*{self.output}"
        rest = self.rest if re.fullmatch(r"[\w.]+", self.rest) else f"({self.rest})"
        return f"(1 - {block})*({rest} + {scale}*({self.output} - {rest}))"


@dataclass(frozen=True)
class Wiring:
    """A choice of mechanisms with everything they need.

    Parameters
    ----------
    mechanisms : tuple of Mechanism
        In the order of their clocks, then by name.
    functions : mapping
        Helper functions.
    owners : mapping of str to str
        Every computed name -> its mechanism.
    ports : mapping of str to Port
        Outputs that another mechanism reads.
    event_inputs, resting : mapping of str to Declaration
        What the event table sets; inputs no chosen mechanism computes. An ``event_input`` that
        a chosen companion computes is neither.
    parameters : mapping of str to Parameter
        Rows the equations use.
    equations : mapping of str to tuple of Equation
        Per mechanism, with inputs replaced by ports.
    switches : mapping of str to float
        ``scale_m`` and ``block_m`` of every mechanism that has ports.
    folder : ModelFolder
        Where the texts lie.
    """

    mechanisms: tuple[Mechanism, ...]
    functions: Functions
    owners: Mapping[str, str]
    ports: Mapping[str, Port]
    event_inputs: Mapping[str, Declaration]
    resting: Mapping[str, Declaration]
    parameters: Mapping[str, Parameter]
    equations: Mapping[str, tuple[Equation, ...]]
    switches: Mapping[str, float]
    folder: ModelFolder

    def rules(self, kind: str) -> dict[str, str]:
        """Formulas of that kind by target; ports count as assignments."""
        every = (equation for group in self.equations.values() for equation in group)
        found = {e.target: e.formula for e in every if e.kind == kind}
        if kind == "assignment":
            found |= {port.name: port.formula for port in self.ports.values()}
        return found


def wire(folder: ModelFolder, chosen: Iterable[str]) -> Wiring:
    """Connect mechanisms by name.

    Parameters
    ----------
    folder : ModelFolder
    chosen : iterable of str
        Names of mechanisms; order and repetition do not matter.

    Returns
    -------
    Wiring

    Raises
    ------
    UserError
        If two mechanisms compute the same name, declare an input differently, use a symbol
        that nobody defines, or assignments form a loop.
    """
    mechanisms = sorted(
        (folder.mechanism(name) for name in dict.fromkeys(chosen)),
        key=lambda m: (CLOCKS.index(m.clock), m.name),
    )
    _refuse_rivals(mechanisms, folder.added_names())
    owned = _owners(mechanisms)
    driven = _driven(mechanisms)
    event_inputs = _agreed(mechanisms, "event_inputs", driven)
    computed = {name: event_inputs.pop(name) for name in driven}
    inputs = _agreed(mechanisms, "inputs", owned)
    tables = {m.name: folder.table(m.name) for m in mechanisms}
    shared = [row for name in folder.shared_tables() for row in folder.table(name)]
    known = _known_parameters(mechanisms, tables, shared, owned)
    ports = _ports(mechanisms, {**inputs, **computed})
    owners = {name: m.name for name, m in owned.items()}
    resting = {name: item for name, item in inputs.items() if name not in owned}
    for name in event_inputs:
        if name in owned or name in inputs:
            raise UserError(f"'{name}' is an event_input and also an input or output")
    used = _used_parameters(folder, mechanisms, known, shared)
    parameters = {name: row for name, row in known.items() if name in used}
    equations = {m.name: _through_ports(m, ports) for m in mechanisms}
    wiring = Wiring(
        tuple(mechanisms), folder.functions(), owners, ports, event_inputs, resting, parameters,
        equations, _switches(mechanisms), folder,
    )  # fmt: skip
    _refuse_taken(wiring)
    _refuse_loops(wiring)
    return wiring


def _refuse_rivals(mechanisms: Iterable[Mechanism], added: Iterable[str]) -> None:
    """Refuse an added mechanism that gives what another one gives, and say how to choose."""
    for mine in (m for m in mechanisms if m.name in added):
        others = [m for m in mechanisms if m is not mine]
        rivals = [m.name for m in others if set(m.outputs) & set(mine.outputs)]
        for other in others:
            for name, item in mine.owned.items():
                if name in other.owned and (name in mine.outputs) == (name in other.outputs):
                    how = f"take another name, or leave {other.name} out"
                    if name in mine.outputs:
                        how = f"to have {mine.name} in its place, leave it out"
                        told = ", ".join(f'"{each}"' for each in rivals)
                        how += f": without = [{told}]"
                    raise UserError(
                        f"{mine.file}:{item.line}: '{name}' is computed by {other.name} already; "
                        f"{how}"
                    )


def _refuse_taken(wiring: Wiring) -> None:
    """Refuse a name that the model needs for a port or a switch."""
    needed = {*wiring.switches, *(port.name for port in wiring.ports.values())}
    groups = (wiring.owners, wiring.parameters, wiring.event_inputs, wiring.resting)
    for name in needed & {name for group in groups for name in group}:
        where = wiring.owners.get(name, "model")
        raise UserError(f"{where}: '{name}' is the name of a port or a switch; take another name")


def _switches(mechanisms: Iterable[Mechanism]) -> dict[str, float]:
    """Give every mechanism with ports a scale of 1 and a block of 0."""
    with_ports = [m.name for m in mechanisms if m.name not in WITHOUT_PORTS]
    return {f"{s}_{m}": v for m in with_ports for s, v in (("scale", 1.0), ("block", 0.0))}


def _owners(mechanisms: Iterable[Mechanism]) -> dict[str, Mechanism]:
    """Map every computed name to the one mechanism that computes it."""
    owned: dict[str, Mechanism] = {}
    for mechanism in mechanisms:
        for name, item in mechanism.owned.items():
            if name in owned:
                both = mechanism.companion and owned[name].companion
                rule = "; a model takes one of the two" if both else ""
                raise UserError(
                    f"{mechanism.file}:{item.line}: '{name}' is computed in {owned[name].file} too"
                    f"{rule}"
                )
            owned[name] = mechanism
    return owned


def _driven(mechanisms: Iterable[Mechanism]) -> dict[str, Mechanism]:
    """Map every event_input that a companion computes to that companion."""
    asked = {name for mechanism in mechanisms for name in mechanism.event_inputs}
    companions = [mechanism for mechanism in mechanisms if mechanism.companion]
    return {name: m for m in companions for name in m.outputs if name in asked}


def _agreed(
    mechanisms: Iterable[Mechanism], group: str, owned: Mapping[str, Mechanism]
) -> dict[str, Declaration]:
    """Collect inputs; all who declare one must mean the same thing."""
    found: dict[str, tuple[Mechanism, Declaration]] = {}
    for mechanism in mechanisms:
        for name, item in getattr(mechanism, group).items():
            here = (mechanism, item)
            if name in owned:
                owner = owned[name]
                if name not in owner.outputs:
                    raise UserError(
                        f"{mechanism.file}:{item.line}: '{name}' is no output of {owner.name}"
                        f"{nearest(name, owner.outputs)}"
                    )
                _check_same(here, (owner, owner.outputs[name]))
            elif name in found:
                _check_same(here, found[name])
            found.setdefault(name, here)
    return {name: item for name, (_, item) in found.items()}


def _check_same(here: tuple[Mechanism, Declaration], there: tuple[Mechanism, Declaration]) -> None:
    (mechanism, item), (other, model) = here, there
    place, told = f"{mechanism.file}:{item.line}: '{item.name}'", f"in {other.file}:{model.line}"
    if not parse_unit(item.unit).same(parse_unit(model.unit)):
        raise UserError(f"{place} is in {item.unit}, but {model.unit} {told}")
    if not _same_rest(item.rest or "", model.rest or ""):
        raise UserError(f"{place} rests at {item.rest}, but at {model.rest} {told}")


def _same_rest(one: str, other: str) -> bool:
    try:
        return float(one) == float(other)
    except ValueError:
        return parse(one) == parse(other)


def _known_parameters(
    mechanisms: Iterable[Mechanism],
    tables: Mapping[str, tuple[Parameter, ...]],
    shared: Iterable[Parameter],
    owned: Mapping[str, Mechanism],
) -> dict[str, Parameter]:
    """Gather table rows by symbol, refusing a symbol that means two things."""
    known: dict[str, Parameter] = {}
    replaced = _replaced_rows(mechanisms, tables)
    for row in [row for table in tables.values() for row in table] + list(shared):
        if row in replaced:
            continue
        if row.symbol in known:
            raise UserError(
                f"{row.where}: symbol '{row.symbol}' stands already in {known[row.symbol].where}"
            )
        known[row.symbol] = row
    for mechanism in mechanisms:
        for name, item in mechanism.declared.items():
            if name in known:
                raise UserError(
                    f"{mechanism.file}:{item.line}: '{name}' is also a parameter in "
                    f"{known[name].where}"
                )
    return known


def _replaced_rows(
    mechanisms: Iterable[Mechanism], tables: Mapping[str, tuple[Parameter, ...]]
) -> set[Parameter]:
    """Return the rows for which a companion brings its own, in the same unit."""
    companions = {m.name for m in mechanisms if m.companion}
    own = {row.symbol: row for name in companions for row in tables[name]}
    others = [row for name, table in tables.items() if name not in companions for row in table]
    replaced = {row for row in others if row.symbol in own}
    for row in replaced:
        mine = own[row.symbol]
        if not parse_unit(mine.unit).same(parse_unit(row.unit)):
            raise UserError(f"{mine.where}: '{row.symbol}' is in {mine.unit}, but {row.unit} in "
                            f"{row.where}, which it replaces")  # fmt: skip
    return replaced


def _ports(mechanisms: Iterable[Mechanism], inputs: Mapping[str, Declaration]) -> dict[str, Port]:
    return {
        name: Port(name, m.name, item.rest or "0")
        for m in mechanisms
        for name, item in m.outputs.items()
        if name in inputs and m.name not in WITHOUT_PORTS
    }


def _used_parameters(
    folder: ModelFolder,
    mechanisms: Iterable[Mechanism],
    known: Mapping[str, Parameter],
    shared: Iterable[Parameter],
) -> set[str]:
    """Resolve every symbol of every formula; return those that are parameters."""
    used: set[str] = set()
    for mechanism in mechanisms:
        declared = mechanism.declared
        own = {row.symbol for row in folder.table(mechanism.name)} | {r.symbol for r in shared}
        lines = [(e.formula, e.line) for e in mechanism.equations]
        lines += [(d.rest, d.line) for d in declared.values() if d.rest is not None]
        for formula, line in lines:
            for name in names(parse(formula)):
                if name == "time" or name in declared:
                    continue
                if name not in own:
                    where = f"{mechanism.file}:{line}"
                    hint = _where_else(folder, name, [*declared, *own])
                    raise UserError(f"{where}: unknown symbol '{name}'{hint}")
                used.add(name)
    return used & set(known)


def _where_else(folder: ModelFolder, name: str, near: Iterable[str]) -> str:
    """Say where an unknown symbol is defined, or which known one is nearest."""
    for table in folder.table_names():
        if any(row.symbol == name for row in folder.table(table)):
            return f"; it stands in parameters/{table}.csv, which only {table} reads"
    for other in folder.every_name():
        if name in folder.mechanism(other).outputs:
            return f"; it is an output of {other}: declare it as an input"
    return nearest(name, near)


def _through_ports(mechanism: Mechanism, ports: Mapping[str, Port]) -> tuple[Equation, ...]:
    """Let a reader see other mechanisms' outputs through their ports."""
    read = (*mechanism.inputs, *mechanism.event_inputs)
    seen = {name: ports[name].name for name in read if name in ports}
    if not seen:
        return mechanism.equations
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, seen))})\b")
    return tuple(
        Equation(e.kind, e.target, pattern.sub(lambda m: seen[m.group()], e.formula), e.line)
        for e in mechanism.equations
    )


def _refuse_loops(wiring: Wiring) -> None:
    """Raise UserError when assignments need each other, or build a chain too long."""
    rules = {name: names(parse(text)) for name, text in wiring.rules("assignment").items()}
    if loop := loop_in(rules):
        raise UserError(f"assignments form a loop: {' -> '.join(loop)}")


def resting_values(
    wiring: Wiring, overrides: Mapping[str, float] | None = None
) -> Callable[[str], float]:
    """Return a function giving any symbol's value at time 0.

    Parameters
    ----------
    wiring : Wiring
    overrides : mapping of str to float, optional
        Values that replace parameters, inputs, switches or (for probing rates) states.

    Returns
    -------
    callable
        Name -> value; raises UserError when a formula cannot be evaluated.
    """
    formulas = {name: item.rest or "0" for name, item in wiring.event_inputs.items()}
    formulas |= {name: item.rest or "0" for name, item in wiring.resting.items()}
    formulas |= wiring.rules("assignment") | wiring.rules("initial")
    fixed = {"time": 0.0} | dict(wiring.switches)
    fixed |= {name: row.value for name, row in wiring.parameters.items()} | dict(overrides or {})

    def value(name: str) -> float:
        if name not in fixed:
            try:
                fixed[name] = float(evaluate(parse(formulas[name]), value, wiring.functions))
            except FormulaError as error:
                place = wiring.owners.get(name, "model")
                raise UserError(f"{place}: '{name}' has no resting value: {error}") from None
        return fixed[name]

    return value


def rates_at(wiring: Wiring, value: Callable[[str], float]) -> dict[str, float]:
    """Return every state's rate [unit of the state per hour] at given values."""
    return {
        name: float(evaluate(parse(formula), value, wiring.functions))
        for name, formula in wiring.rules("rate").items()
    }
