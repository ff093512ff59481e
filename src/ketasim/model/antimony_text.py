"""Write a wired choice of mechanisms as one Antimony model."""

from __future__ import annotations

from collections.abc import Iterator

from ketasim.model.mechanism import Declaration, Mechanism
from ketasim.model.units import antimony_unit, parse_unit, unit_identifier
from ketasim.model.wiring import Wiring

MODEL_ID = "ketasim"

_MODEL_UNITS = (
    "  unit time_unit = 3600 second;",
    "  unit substance = 1e-9 mole;",
    "  unit extent = 1e-9 mole;",
    "  unit volume = litre;",
)
_SIGNS = {"rate": "{0}' = {1};", "assignment": "{0} := {1};", "initial": "{0} = {1};"}


def antimony_text(wiring: Wiring, functions_text: str) -> str:
    """Return the Antimony text of a model.

    Parameters
    ----------
    wiring : Wiring
    functions_text : str
        The file of helper functions, as written.

    Returns
    -------
    str
        A model any Antimony program can read.
    """
    lines = [functions_text.strip(), "", f"model *{MODEL_ID}()", "  // --- units"]
    lines += [*_MODEL_UNITS, *_units(wiring), "", "  // --- parameters"]
    for row in wiring.parameters.values():
        lines.append(f"  {row.symbol} = {row.value!r}; {_has(row.symbol, row.unit)}")
    lines += ["", "  // --- inputs: set by the event table, or at rest for want of a mechanism"]
    for item in (*wiring.event_inputs.values(), *wiring.resting.values()):
        lines.append(f"  var {item.name} = {item.rest}; {_described(item)}")
    lines += ["", "  // --- switches: scale 0 leaves a mechanism at rest, block 1 below rest"]
    for name, value in wiring.switches.items():
        lines.append(f"  {name} = {value!r}; {_has(name, 'dimensionless')}")
    lines += ["", "  // --- ports"]
    units = {name: item.unit for m in wiring.mechanisms for name, item in m.outputs.items()}
    for name, port in wiring.ports.items():
        lines.append(f"  {port.name} := {port.formula}; {_has(port.name, units[name])}")
    for mechanism in wiring.mechanisms:
        lines += ["", *_mechanism(wiring, mechanism)]
    return "\n".join([*lines, "end", ""])


def unit_texts(wiring: Wiring) -> tuple[str, ...]:
    """Return every unit the model uses, as written, each once."""
    used = {"dimensionless", *(row.unit for row in wiring.parameters.values())}
    used |= {item.unit for m in wiring.mechanisms for item in m.declared.values()}
    by_identifier = {unit_identifier(text): text for text in sorted(used, reverse=True)}
    return tuple(by_identifier[key] for key in sorted(by_identifier))


def _units(wiring: Wiring) -> Iterator[str]:
    for text in unit_texts(wiring):
        yield f"  unit {unit_identifier(text)} = {antimony_unit(parse_unit(text))};"


def _mechanism(wiring: Wiring, mechanism: Mechanism) -> Iterator[str]:
    """Yield the lines of one mechanism: equations first, then names and units."""
    yield f"  // --- {mechanism.name}: {mechanism.title}"
    for equation in wiring.equations[mechanism.name]:
        yield "  " + _SIGNS[equation.kind].format(equation.target, equation.formula)
    for item in mechanism.owned.values():
        yield "  " + _described(item)


def _described(item: Declaration) -> str:
    label = item.label.replace('"', "'")
    is_called = f' {item.name} is "{label}";' if label else ""
    return _has(item.name, item.unit) + is_called


def _has(name: str, unit: str) -> str:
    return f"{name} has {unit_identifier(unit)};"
