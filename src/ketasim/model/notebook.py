"""How a model and a mechanism look in a notebook."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ketasim.html_tables import shown, table
from ketasim.model.parameter_table import TIERS

if TYPE_CHECKING:
    from ketasim.model.assemble import Model
    from ketasim.model.mechanism import Mechanism


def model_html(model: Model) -> str:
    """Return a model as HTML: how large it is, how well its numbers are known, its mechanisms."""
    tiers = Counter(row.tier for row in model.parameters)
    states = model.wiring.rules("rate")
    facts = (
        ("states", len(states)),
        ("parameters", f"{len(model.parameters)} ({_counted(tiers)})"),
        ("outputs", len(model.outputs)),
        ("SHA-256", model.hash[:12]),
    )
    rows = [(m.name, m.clock, m.title) for m in model.wiring.mechanisms]
    return shown(
        "Model", model.name, facts, [table(("mechanism", "clock", "what it is"), rows)],
        "For research; not medical advice.",
    )  # fmt: skip


def mechanism_html(mechanism: Mechanism) -> str:
    """Return a mechanism as HTML: what it is, what it gives, its sources."""
    facts = (
        ("clock", mechanism.clock),
        ("systems", ", ".join(mechanism.systems)),
        ("reads", ", ".join(mechanism.inputs)),
        ("set by regimens", ", ".join(mechanism.event_inputs)),
        ("states", ", ".join(mechanism.states)),
        ("sources", ", ".join(mechanism.sources)),
        ("file", mechanism.file),
    )
    rows = [(o.name, o.unit, o.rest, o.label) for o in mechanism.outputs.values()]
    columns = ("output", "unit", "at rest", "what it is")
    return shown(
        "Mechanism", f"{mechanism.name}: {mechanism.title}", facts, [table(columns, rows)],
        mechanism.biology,
    )  # fmt: skip


def _counted(tiers: Counter[str]) -> str:
    return ", ".join(f"{tiers[tier]} {tier}" for tier in TIERS if tiers[tier])
