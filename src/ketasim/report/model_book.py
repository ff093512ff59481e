"""The model book: every mechanism with its equations, units, numbers and sources, in Markdown.

Written from the mechanism files and tables alone, so it says what is simulated. Citations stand as
``[@key]``; `ketasim.report.book_sources` gathers the bibliography.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from ketasim.evidence.systems import SYSTEMS
from ketasim.model import PACKAGE_FOLDER, TIERS, ModelFolder
from ketasim.model.mechanism import CLOCKS, Equation
from ketasim.model.wiring import WITHOUT_PORTS
from ketasim.report.markdown import code, line, listing, table
from ketasim.report.model_book_chapter import Place, chapter, parameter_table
from ketasim.report.model_book_equations import function_latex, function_mathml
from ketasim.report.model_book_map import map_pages
from ketasim.report.phrases import counted

if TYPE_CHECKING:
    from ketasim.model import Mechanism

PORT = "(1 - block)*(rest + scale*(output - rest))"
CLOCK_WORDS: Mapping[str, str] = {
    "kinetics": "where the drug is",
    "trigger": "acts within minutes",
    "early": "acts within hours",
    "late": "acts over days",
    "clinical": "what is rated",
    "safety": "side effects",
}
TIER_WORDS: Mapping[str, str] = {
    "measured": "read in the source",
    "derived": "arithmetic on what was measured; the note shows it",
    "calibrated": "chosen on named findings",
    "assumed": "nothing that was read measures it; the note gives the reason",
}


def model_book(
    folder: ModelFolder | None = None, *, math: Literal["latex", "mathml"] = "latex"
) -> dict[str, str]:
    """Return the pages of the model book.

    Parameters
    ----------
    folder : ModelFolder, optional
        Where the mechanisms lie; default: those of the package.
    math : {"latex", "mathml"}
        How equations are written: ``latex`` in fenced ``math`` blocks, for readers of Markdown;
        ``mathml`` as HTML that a browser draws without further help.

    Returns
    -------
    dict of str to str
        Markdown by file name: ``index.md``, a chapter per mechanism, and the pages on wires,
        functions and units, shared parameters and the resting state; of the shipped model also
        the map, as a page and as SBGN-ML.

    Raises
    ------
    UserError
        For any mistake in the files.
    """
    place = Place.of(folder or ModelFolder(), math)
    chapters = {f"{m.name}.md": chapter(m, place) for m in place.mechanisms}
    shipped = place.folder.path == PACKAGE_FOLDER
    return {
        "index.md": _index(place),
        **(map_pages(inline=math == "mathml") if shipped else {}),
        "wires.md": _wires(place),
        "shared.md": _shared(place),
        "resting_state.md": _resting_state(place),
        "functions_and_units.md": _functions_and_units(place),
        **chapters,
    }


def chapter_groups(folder: ModelFolder | None = None) -> dict[str, tuple[str, ...]]:
    """Return the chapters in the order of reading: by clock, companions last."""
    place = Place.of(folder or ModelFolder(), "latex")
    found: dict[str, list[str]] = {}
    for mechanism in place.mechanisms:
        group = "companions" if mechanism.companion else mechanism.clock
        found.setdefault(group, []).append(mechanism.name)
    order = [*CLOCKS, "companions"]
    return {group: tuple(found[group]) for group in order if group in found}


def _index(place: Place) -> str:
    plain = [m for m in place.mechanisms if not m.companion]
    companions = [m for m in place.mechanisms if m.companion]
    states = sum(any(e.kind == "rate" for e in m.equations if e.target == n)
                 for m in plain for n in m.owned)  # fmt: skip
    tables = [place.folder.table(name) for name in place.folder.table_names()]
    parts = [
        "# The model book",
        f"{counted(len(plain), 'mechanism')} make the model: {counted(states, 'state')} with a "
        f"rate of change. {counted(len(companions), 'companion')}, the kinetics of other drugs, "
        "join it when a study gives them. This book is written from the files that are simulated; "
        "nothing in it is copied by hand.",
        "Time is in hours, amounts in nmol, volumes in litres, concentrations in nM; doses are "
        "free base. *Rest* is the value without any drug. A mechanism left out, or scaled to "
        "nothing, leaves its readers at rest: [how mechanisms meet](wires.md).",
        "## How well its numbers are known",
        _tiers(place),
        f"All {sum(map(len, tables))} rows of the tables, those of companions included. "
        "`spread` is between people, `uncertainty` what is not known of the typical value "
        "(the SD of its logarithm).",
        "## Mechanisms",
    ]
    for clock in CLOCKS:
        mine = [m for m in plain if m.clock == clock]
        if mine:
            parts += [f"### {clock.capitalize()}: {CLOCK_WORDS[clock]}", _mechanisms(mine, place)]
    if companions:
        parts += ["### Companions: other drugs", _mechanisms(companions, place)]
    parts += ["## Systems", _systems(place)]
    return "\n\n".join(parts) + "\n"


def _tiers(place: Place) -> str:
    def counts(names: Iterable[str]) -> Counter[str]:
        return Counter(row.tier for name in names for row in place.folder.table(name))

    companions = set(place.folder.companion_names())
    every = place.folder.table_names()
    own = counts(name for name in every if name not in companions)
    other = counts(name for name in every if name in companions)
    rows = [(f"*{tier}*", TIER_WORDS[tier], str(own[tier]), str(other[tier])) for tier in TIERS]
    rows.append(("all", "", str(own.total()), str(other.total())))
    return table(("tier", "means", "in the model", "in companions"), rows, right=(2, 3))


def _mechanisms(mechanisms: Iterable[Mechanism], place: Place) -> str:
    rows = []
    for mechanism in mechanisms:
        tiers = Counter(row.tier for row in place.folder.table(mechanism.name))
        cells = [str(tiers[tier] or "") for tier in TIERS]
        link = f"[{mechanism.title}]({mechanism.name}.md)"
        rows.append((link, code(mechanism.name), " ".join(mechanism.systems), *cells))
    return table(("mechanism", "name", "systems", *TIERS), rows, right=(3, 4, 5, 6))


def _systems(place: Place) -> str:
    rows = []
    for key, words in SYSTEMS.items():
        mine = [f"[{m.name}]({m.name}.md)" for m in place.mechanisms if key in m.systems]
        if mine:
            rows.append((key, words, ", ".join(mine)))
    return table(("system", "what it is", "mechanisms"), rows)


def _wires(place: Place) -> str:
    rows = []
    for mechanism in place.mechanisms:
        for name, item in mechanism.outputs.items():
            readers = place.readers(mechanism.name, name)
            if readers:
                links = ", ".join(f"[{reader}]({reader}.md)" for reader in readers)
                link = f"[{mechanism.name}]({mechanism.name}.md)"
                rows.append((link, code(name), item.unit, item.rest or "", item.label, links))
    direct = listing([f"`{name}`" for name in WITHOUT_PORTS])
    return "\n\n".join((
        "# How mechanisms meet",
        "An output of one mechanism is the input of another of the same name. The reader sees it "
        "through a *port*:",
        place.equation(Equation("assignment", "seen", PORT, 0)),
        "`scale_NAME` (1) is a mechanism's strength, 0 leaves it at rest; `block_NAME` (0) forces "
        "what it gives to zero, as an antagonist would. Between 0 and 1 both are partial.",
        f"{direct} are read directly: a dose and a score have nothing to be scaled against.",
        "A companion may bear an output that others declare as `event_input`; it then drives that "
        "input, which the event table sets otherwise.",
        "## Every wire",
        table(("mechanism", "output", "unit", "rest", "meaning", "read by"), rows),
    )) + "\n"  # fmt: skip


def _shared(place: Place) -> str:
    parts = [
        "# Parameters that all share",
        "Tables that belong to no single mechanism.",
    ]
    names = {"kinetics": "Constants of kinetics", "person": "The person"}
    for name in place.folder.shared_tables():
        parts += [f"## {names.get(name, name)}", parameter_table(place.folder.table(name), place)]
    return "\n\n".join(parts) + "\n"


def _resting_state(place: Place) -> str:
    parts = [
        "# The resting state",
        "Every computed name in a typical person without any drug, with parameters as tabled. "
        "At these values every rate is exactly zero; `ketasim lint` lets the model rest for 1,000 "
        "hours and checks that it stays. Where a name has bounds, lint checks those, too.",
    ]
    for mechanism in place.mechanisms:
        rows = []
        for name, item in mechanism.owned.items():
            bounds = f"{item.bounds[0]:g} to {item.bounds[1]:g}" if item.bounds else ""
            value = place.rest(mechanism, name)
            rows.append((code(name), item.kind, value, item.unit, bounds, item.label))
        if rows:
            parts += [
                f"## {mechanism.title}",
                f"[{mechanism.name}]({mechanism.name}.md)",
                table(("name", "kind", "at rest", "unit", "bounds", "meaning"), rows, right=(2,)),
            ]
    return "\n\n".join(parts) + "\n"


UNITS = (
    ("h", "time"),
    ("nmol", "amount of substance"),
    ("nM", "concentration, nmol/L"),
    ("L", "volume"),
    ("mg", "mass of a dose, free base; at the edges only"),
    ("kg", "body weight"),
    ("year", "age"),
    ("mmHg", "pressure"),
    ("mV", "voltage"),
    ("points", "of a rating"),
    ("bpm", "heart beats per minute"),
    ("fraction", "a share, from 0 to 1"),
    ("ratio", "relative to rest, or to a healthy person"),
    ("dimensionless", "a pure number"),
)


def _functions_and_units(place: Place) -> str:
    draw: Callable[..., str] = function_latex if place.math == "latex" else function_mathml
    functions = [place.framed(draw(function)) for function in place.folder.functions().values()]
    return "\n\n".join((
        "# Functions and units",
        "## Functions every mechanism may use",
        "Their constants are shapes, not biology. `pos` is the smooth positive part, `hill` a Hill "
        "curve, `relhill` one scaled to 1 at 1, `perm` a permissive gate (1 at rest, 1 − c when "
        "the gatekeeper is gone), `kept` a relative rate that may fall but never turns negative, "
        "`weaker` how much weaker a channel blocker is at a voltage with magnesium.",
        *functions,
        "## Units",
        "The unit of every equation is proved on its expression tree (`ketasim lint`).",
        table(("unit", "of what"), [(code(unit), words) for unit, words in UNITS]),
        "## Words of the tables",
        table(("tier", "means"), [(f"*{t}*", line(TIER_WORDS[t])) for t in TIERS]),
    )) + "\n"  # fmt: skip
