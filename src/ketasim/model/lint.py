"""Model lint: what must hold of any model before its results mean anything.

Each check is a small function returning findings; those that simulate take a ``run``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from ketasim.errors import UserError, nearest
from ketasim.model.assemble import Model
from ketasim.model.finding import Finding
from ketasim.model.formula import Node, evaluate, names, parse, to_text, walk
from ketasim.model.lint_runs import RUN_CHECKS, Run, engine_run
from ketasim.model.mechanism import Balance, Mechanism
from ketasim.model.onset import check_onset
from ketasim.model.unit_check import check_units
from ketasim.model.wiring import Wiring, rates_at, resting_values

#: Whole numbers up to this are shapes (exponents, halves), not biology.
_LARGEST_SHAPE = 10


def lint(
    model: Model, run: Run | None = None, checks: Sequence[str] | None = None
) -> tuple[Finding, ...]:
    """Check a model.

    Parameters
    ----------
    model : Model
    run : callable, optional
        Simulates the model for the checks that need it; default: :func:`engine_run`.
    checks : sequence of str, optional
        Names out of ``CHECKS``; default: all.

    Returns
    -------
    tuple of Finding
        Empty for a model without fault; errors first.

    Raises
    ------
    UserError
        For an unknown check.
    """
    wanted = tuple(CHECKS if checks is None else checks)
    for name in wanted:
        if name not in CHECKS:
            raise UserError(f"unknown check '{name}'{nearest(name, CHECKS)}")
    found: list[Finding] = []
    for name in wanted:
        if name in STATIC_CHECKS:
            found += STATIC_CHECKS[name](model.wiring)
        else:
            found += RUN_CHECKS[name](model, run or engine_run)
    return tuple(sorted(found, key=lambda f: f.severity))


def check_used(wiring: Wiring) -> tuple[Finding, ...]:
    """Find table rows and inputs that no equation uses.

    Shared rows (``person.csv``) are only judged when the whole default model is there, and one
    that a companion uses is used. So is a companion's row that replaces one of a mechanism that
    was left out.
    """
    folder = wiring.folder
    tables = [m.name for m in wiring.mechanisms]
    elsewhere: set[str] = set()
    if set(folder.mechanism_names()) <= set(tables):
        tables += folder.shared_tables()
        absent = set(folder.companion_names()) - set(tables)
        elsewhere = {n for name in absent for n in _names_used(folder.mechanism(name))}
    others = set(folder.mechanism_names()) - set(tables)
    elsewhere |= {row.symbol for name in others for row in folder.table(name)}
    found = [
        Finding("warning", "used", row.where, f"parameter '{row.symbol}' is used by no equation")
        for table in tables
        for row in folder.table(table)
        if row.symbol not in wiring.parameters and row.symbol not in elsewhere
    ]
    for mechanism in wiring.mechanisms:
        used = _names_used(mechanism)
        for item in (*mechanism.inputs.values(), *mechanism.event_inputs.values()):
            if item.name not in used:
                where = f"{mechanism.file}:{item.line}"
                message = f"{item.kind} '{item.name}' is used by no equation"
                found.append(Finding("warning", "used", where, message))
    return tuple(found)


def _names_used(mechanism: Mechanism) -> set[str]:
    formulas = [e.formula for e in mechanism.equations] + [b.inflow for b in mechanism.balances]
    return {name for formula in formulas for name in names(parse(formula))}


def check_sourced(wiring: Wiring) -> tuple[Finding, ...]:
    """Find numbers without a source: literals in equations, values set by the caller."""
    found = []
    for mechanism in wiring.mechanisms:
        for equation in mechanism.equations:
            for number in _bare_numbers(parse(equation.formula)):
                where = f"{mechanism.file}:{equation.line}"
                message = f"number {number:g} in '{equation.target}' has no source; give it a row"
                found.append(Finding("warning", "sourced", where, message))
    for row in wiring.parameters.values():
        if row.source == "assumed: set by the caller":
            found.append(Finding("warning", "sourced", row.symbol, row.note))
    return tuple(found)


def _bare_numbers(node: Node) -> Iterator[float]:
    """Yield the numbers in a formula that are more than a shape."""
    for part in walk(node):
        if part.op == "number" and isinstance(part.value, float):
            whole = part.value == int(part.value) and abs(part.value) <= _LARGEST_SHAPE
            if not whole and part.value != 0.5:
                yield part.value


def check_provided(wiring: Wiring) -> tuple[Finding, ...]:
    """Find inputs that no mechanism of the folder computes."""
    folder = wiring.folder
    given = {name for m in folder.every_name() for name in folder.mechanism(m).outputs}
    return tuple(
        Finding("warning", "provided", f"{m.file}:{item.line}",
                f"input '{name}' is an output of no mechanism")
        for m in wiring.mechanisms
        for name, item in m.inputs.items()
        if name not in given
    )  # fmt: skip


def check_rest(wiring: Wiring) -> tuple[Finding, ...]:
    """Check that every output starts at its declared rest, and every rate is zero there."""
    value, found = resting_values(wiring), []
    for mechanism in wiring.mechanisms:
        for name, item in mechanism.outputs.items():
            node = parse(item.rest or "0")
            declared = float(evaluate(node, value, wiring.functions))
            if abs(value(name) - declared) > 1e-9 * max(1.0, abs(declared)):
                where = f"{mechanism.file}:{item.line}"
                message = f"'{name}' starts at {value(name):g}, but rests at {declared:g}"
                found.append(Finding("error", "rest", where, message))
    for name, rate in rates_at(wiring, value).items():
        # rounding of a balance of a few terms of the state's own size
        if abs(rate) > 1e-9 * max(1.0, abs(value(name))):
            message = f"{name}' is {rate:g} per hour at rest, not 0"
            found.append(Finding("error", "rest", wiring.owners[name], message))
    return tuple(found)


def check_mass_balance(wiring: Wiring) -> tuple[Finding, ...]:
    """Check declared mass balances: the content rises by exactly what flows in.

    Rates are evaluated at random states, so the balance holds everywhere or fails; no
    simulation is involved. The content must be a sum of states with constant factors.
    """
    found = []
    for mechanism in wiring.mechanisms:
        for balance in mechanism.balances:
            for message in _imbalance(wiring, mechanism, balance):
                where = f"{mechanism.file}:{balance.line}"
                found.append(Finding("error", "mass balance", where, message))
    return tuple(found)


def _imbalance(wiring: Wiring, mechanism: Mechanism, balance: Balance) -> Iterator[str]:
    content, inflow = parse(balance.content), parse(balance.inflow)
    rates = wiring.rules("rate")
    for name in names(content) | names(inflow):
        if name not in mechanism.declared and name not in wiring.parameters:
            yield f"unknown symbol '{name}'"
            return
    stochastic = random.Random(0)
    for _ in range(8):
        drawn = {name: stochastic.uniform(0.1, 10.0) for name in [*rates, *wiring.event_inputs]}
        value = resting_values(wiring, drawn)
        at = rates_at(wiring, value)
        # a sum is linear, so putting rates in place of states gives its rate
        rises = evaluate(content, lambda n: at[n] if n in at else value(n), wiring.functions)  # noqa: B023
        flows = evaluate(inflow, value, wiring.functions)
        size = sum(abs(at[n]) for n in names(content) if n in at) + abs(flows)
        if abs(rises - flows) > 1e-9 * size:
            yield f"{to_text(content)} rises by {rises:g}, but {to_text(inflow)} is {flows:g}"
            return


STATIC_CHECKS: dict[str, Callable[[Wiring], tuple[Finding, ...]]] = {
    "units": check_units,
    "used": check_used,
    "sourced": check_sourced,
    "provided": check_provided,
    "rest": check_rest,
    "mass balance": check_mass_balance,
    "onset": check_onset,
}

#: Names of all checks.
CHECKS: tuple[str, ...] = (*STATIC_CHECKS, *RUN_CHECKS)
