"""One chapter of the model book: a mechanism, from its biology to its last number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ketasim.evidence.systems import SYSTEMS
from ketasim.model import ModelFolder
from ketasim.model.formula import names, parse
from ketasim.model.wiring import WITHOUT_PORTS, resting_values, wire
from ketasim.report.markdown import code, line, listing, table
from ketasim.report.model_book_equations import equation_latex, equation_mathml
from ketasim.report.phrases import number

if TYPE_CHECKING:
    from ketasim.model import Declaration, Equation, Mechanism, Parameter

EQUATION_HEADINGS = {
    "rate": "Rates of change",
    "assignment": "Computed at every moment",
    "initial": "Values at the start",
}
SPREADS = {"lognormal": "log-normal", "normal": "normal", "logitnormal": "logit-normal"}


@dataclass(frozen=True)
class Place:
    """A folder of mechanisms, all of them read, and how equations are to be written."""

    folder: ModelFolder
    math: Literal["latex", "mathml"]
    mechanisms: tuple[Mechanism, ...]
    _resting: dict[tuple[str, ...], Callable[[str], float]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def of(cls, folder: ModelFolder, math: Literal["latex", "mathml"]) -> Place:
        """Read a folder."""
        every = (*folder.mechanism_names(), *folder.companion_names())
        return cls(folder, math, tuple(folder.mechanism(name) for name in every))

    def owner(self, name: str, reader: Mechanism) -> list[str]:
        """Return who computes an input or drives an event input; companions last."""
        return [m.name for m in self.mechanisms if name in m.outputs and m != reader]

    def readers(self, owner: str, name: str) -> list[str]:
        """Return who reads an output."""
        return [
            m.name
            for m in self.mechanisms
            if m.name != owner and (name in m.inputs or name in m.event_inputs)
        ]

    def rest(self, mechanism: Mechanism, name: str) -> str:
        """Return the value of a name without drug in a typical person."""
        wanted = (mechanism.name,) if mechanism.companion else ()
        if wanted not in self._resting:
            chosen = [*self.folder.mechanism_names(), *wanted]
            self._resting[wanted] = resting_values(wire(self.folder, chosen))
        return number(self._resting[wanted](name), 4)

    def equation(self, equation: Equation) -> str:
        """Return an equation as a block of its own."""
        draw = equation_latex if self.math == "latex" else equation_mathml
        return self.framed(draw(equation))

    def framed(self, drawn: str) -> str:
        """Return a typeset formula as a block of its own."""
        if self.math == "latex":
            return f"```math\n{drawn}\n```"
        return f'<div class="equation" tabindex="0">{drawn}</div>'


def chapter(mechanism: Mechanism, place: Place) -> str:
    """Return the chapter of one mechanism."""
    rows = place.folder.table(mechanism.name)
    parts = [
        f"# {mechanism.title}",
        _facts(mechanism),
        line(mechanism.biology),
        *_names("What it reads", mechanism.inputs, mechanism, place, _from),
        *_names("What a study may set", mechanism.event_inputs, mechanism, place, _set_by),
        *_names("What it gives", mechanism.outputs, mechanism, place, _read_by),
        *_names("States inside", mechanism.states, mechanism, place, None),
        *_names("Variables inside", mechanism.variables, mechanism, place, None),
        *_equations(mechanism, place),
        *_balances(mechanism),
    ]
    if rows:
        parts += ["## Parameters", parameter_table(rows, place, mechanism)]
    parts += _shared_rows(mechanism, place, {row.symbol for row in rows})
    return "\n\n".join(part for part in parts if part) + "\n"


def _facts(mechanism: Mechanism) -> str:
    systems = listing([f"{key} ({SYSTEMS[key]})" for key in mechanism.systems])
    facts = [f"Name: `{mechanism.name}`", f"clock: *{mechanism.clock}*", f"systems: {systems}"]
    if mechanism.companion:
        facts.append("a companion: in a model only when a study gives the drug")
    switches = f"`scale_{mechanism.name}`, `block_{mechanism.name}`"
    if mechanism.name not in WITHOUT_PORTS:
        facts.append(f"switches: {switches}")
    return "; ".join(facts) + "."


Told = Callable[["Mechanism", str, Place], str]


def _links(found: Iterable[str]) -> str:
    return ", ".join(f"[{name}]({name}.md)" for name in found)


def _from(mechanism: Mechanism, name: str, place: Place) -> str:
    return _links(place.owner(name, mechanism)) or "nobody: stays at rest"


def _set_by(mechanism: Mechanism, name: str, place: Place) -> str:
    return _links(place.owner(name, mechanism)) or "the event table"


def _read_by(mechanism: Mechanism, name: str, place: Place) -> str:
    return _links(place.readers(mechanism.name, name))


_COLUMN: dict[Told, str] = {_from: "from", _set_by: "driven by", _read_by: "read by"}


def _names(
    heading: str,
    declared: Mapping[str, Declaration],
    mechanism: Mechanism,
    place: Place,
    told: Told | None,
) -> list[str]:
    """Return a table of declared names under its heading; nothing where there are none."""
    if not declared:
        return []
    rows = []
    for name, item in declared.items():
        rest = code(item.rest) if item.rest is not None else ""
        if name in mechanism.owned:
            rest = place.rest(mechanism, name)
        bounds = f"{item.bounds[0]:g} to {item.bounds[1]:g}" if item.bounds else ""
        cells = [code(name), line(item.label), item.unit, rest, bounds]
        rows.append([*cells, told(mechanism, name, place)] if told else cells)
    head = ["name", "meaning", "unit", "at rest", "bounds", *([_COLUMN[told]] if told else [])]
    if not any(row[4] for row in rows):
        head, rows = head[:4] + head[5:], [row[:4] + row[5:] for row in rows]
    return [f"## {heading}", table(head, rows)]


def _equations(mechanism: Mechanism, place: Place) -> list[str]:
    """Return every equation with the meaning and the unit of what it computes."""
    parts: list[str] = []
    for kind, heading in EQUATION_HEADINGS.items():
        mine = [e for e in mechanism.equations if e.kind == kind]
        if mine:
            parts.append(f"### {heading}")
        for equation in mine:
            parts += [_lead(equation, mechanism), place.equation(equation)]
    return ["## Equations", *parts] if parts else []


def _lead(equation: Equation, mechanism: Mechanism) -> str:
    item = mechanism.declared.get(equation.target)
    label = line(item.label) if item else ""
    unit = item.unit if item else ""
    if equation.kind == "rate":
        unit = "1/h" if unit in ("fraction", "ratio", "dimensionless") else f"{unit} per h"
    said = f"`{equation.target}`" + (f" {label}" if label else "")
    return f"{said}, *{line(unit)}*" if unit else said


def _balances(mechanism: Mechanism) -> list[str]:
    if not mechanism.balances:
        return []
    rows = [(code(b.inflow), code(b.content)) for b in mechanism.balances]
    return [
        "## Mass balance",
        "Checked by `ketasim lint`: what flows in is what the sum rises by.",
        table(("flows in", "is found in"), rows),
    ]


def parameter_table(
    rows: Iterable[Parameter], place: Place, mechanism: Mechanism | None = None
) -> str:
    """Return a table of parameters: value, unit, spread, uncertainty, tier, source, note."""
    used = _uses(place.mechanisms if mechanism is None else (mechanism,))
    cells = [
        (
            code(row.symbol),
            _value(row.value),
            row.unit,
            _spread(row),
            "" if row.uncertainty is None else number(row.uncertainty),
            row.tier,
            _source(row),
            line(row.note),
            _used(used.get(row.symbol, []), mechanism is None),
        )
        for row in rows
    ]
    head = (
        "symbol", "value", "unit", "spread", "uncertainty", "tier", "source",
        "definition and note", "used in",
    )  # fmt: skip
    return table(head, cells, right=(1, 4))


def _uses(mechanisms: Iterable[Mechanism]) -> dict[str, list[tuple[str, str]]]:
    """Return where each symbol stands: mechanism and left side."""
    found: dict[str, list[tuple[str, str]]] = {}
    for mechanism in mechanisms:
        formulas = [(e.target + "′" * (e.kind == "rate"), e.formula) for e in mechanism.equations]
        formulas += [(n, d.rest) for n, d in mechanism.declared.items() if d.rest is not None]
        for target, formula in formulas:
            for name in names(parse(formula)):
                found.setdefault(name, []).append((mechanism.name, target))
    return {name: list(dict.fromkeys(places)) for name, places in found.items()}


def _used(places: list[tuple[str, str]], by_mechanism: bool) -> str:
    if by_mechanism:
        return _links(dict.fromkeys(name for name, _ in places))
    return ", ".join(code(target) for target in dict.fromkeys(target for _, target in places))


def _value(value: float) -> str:
    """Write a table's number as it stands there, never shortened."""
    return f"{value:.12g}".replace("-", "−")


def _spread(row: Parameter) -> str:
    if row.spread is None:
        return ""
    return f"{number(row.spread)} {SPREADS.get(row.distribution, '')}".strip()


def _source(row: Parameter) -> str:
    """Cite keys; say in words what is no key."""
    keys = "; ".join(f"@{key}" for key in row.source_keys)
    said = re.sub(r"^(derived|assumed):\s*", "", row.source) if ":" in row.source else ""
    said = line(said) if said and not row.source_keys else ""
    return f"[{keys}]" if keys else said or "–"


def _shared_rows(mechanism: Mechanism, place: Place, own: set[str]) -> list[str]:
    """Name the parameters that it takes from the tables all share."""
    used = _uses((mechanism,))
    shared = [r.symbol for name in place.folder.shared_tables() for r in place.folder.table(name)]
    found = [code(symbol) for symbol in shared if symbol in used and symbol not in own]
    if not found:
        return []
    return [f"From [the tables that all share](shared.md): {', '.join(found)}."]
