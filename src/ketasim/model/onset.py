"""How fast a dose can reach mood at all: time constants along the fastest path."""

from __future__ import annotations

import heapq
import math

from ketasim.model.finding import Finding
from ketasim.model.formula import evaluate, names, parse
from ketasim.model.units import parse_unit
from ketasim.model.wiring import Wiring, resting_values


def time_constants(wiring: Wiring) -> dict[str, float]:
    """Return each state's time constant at rest.

    Returns
    -------
    dict of str to float
        Hours: minus one over the derivative of the state's rate by the state itself; infinite
        for a state that does not return by itself.
    """
    at_rest = resting_values(wiring)
    found = {}
    for name, formula in wiring.rules("rate").items():
        node, here = parse(formula), at_rest(name)
        step = 1e-6 * max(1.0, abs(here))
        low, high = (
            float(evaluate(node, resting_values(wiring, {name: here + s}), wiring.functions))
            for s in (-step, step)
        )
        slope = (high - low) / (2 * step)
        found[name] = -1 / slope if slope < 0 else math.inf
    return found


def fastest_path(wiring: Wiring, target: str) -> tuple[float, tuple[str, ...]] | None:
    """Return the quickest chain of states from a dose to a target.

    Parameters
    ----------
    wiring : Wiring
    target : str
        State or output at the end of the chain.

    Returns
    -------
    (float, tuple of str) or None
        Sum of the time constants [h] and the states passed; None when nothing leads there.
    """
    taus, needs = time_constants(wiring), _needs(wiring)
    doses = _dose_inputs(wiring)
    queue: list[tuple[float, tuple[str, ...]]] = [(0.0, (dose,)) for dose in sorted(doses)]
    done: set[str] = set()
    while queue:
        hours, path = heapq.heappop(queue)
        last = path[-1]
        if last in done:
            continue
        done.add(last)
        if last == target or (last in needs.get(target, ()) and target not in taus):
            return hours, path
        for state in taus:
            if last in needs[state] and state not in done:
                heapq.heappush(queue, (hours + taus[state], (*path, state)))
    return None


def _dose_inputs(wiring: Wiring) -> set[str]:
    """Inputs that bring a drug: amounts per hour or, where there are none, concentrations."""
    items = {**wiring.event_inputs, **wiring.resting}
    for unit in (parse_unit("nmol/h"), parse_unit("nM")):
        if found := {name for name, item in items.items() if parse_unit(item.unit).same(unit)}:
            return found
    return set()


def _needs(wiring: Wiring) -> dict[str, frozenset[str]]:
    """For every computed name, the states and inputs behind it, through all assignments."""
    rules, rates = wiring.rules("assignment"), wiring.rules("rate")
    known: dict[str, frozenset[str]] = {}

    def behind(formula: str) -> frozenset[str]:
        found: set[str] = set()
        for name in names(parse(formula)):
            if name in rules:
                if name not in known:
                    known[name] = behind(rules[name])
                found |= known[name]
            else:
                found.add(name)
        return frozenset(found)

    return {name: behind(formula) for name, formula in (rules | rates).items()}


def check_onset(
    wiring: Wiring, target: str = "MADRS", limit_h: float = 24.0
) -> tuple[Finding, ...]:
    """Check that an effect within a day is possible at all.

    Parameters
    ----------
    wiring : Wiring
    target : str
        Output that has to move; nothing is checked when it, or every dose, is absent.
    limit_h : float
        Longest sum of time constants along the fastest path.

    Returns
    -------
    tuple of Finding
    """
    if target not in wiring.owners or not _dose_inputs(wiring):
        return ()
    found = fastest_path(wiring, target)
    if found is None:
        return (Finding("error", "onset", target, "no dose leads to it"),)
    hours, path = found
    if hours <= limit_h:
        return ()
    chain = " -> ".join(path)
    message = f"fastest path takes {hours:.3g} h (limit {limit_h:g} h): {chain}"
    return (Finding("error", "onset", target, message),)
