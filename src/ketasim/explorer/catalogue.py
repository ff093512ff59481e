"""The catalogue: everything a page needs to know before it asks."""

from __future__ import annotations

import json
import math
import re
import threading
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from ketasim.explorer.charts import all_outputs, charts
from ketasim.explorer.limits import LONGEST_D, MOST_ARMS, MOST_PEOPLE
from ketasim.explorer.pathway import pathway
from ketasim.explorer.question import Question, read_question

NOTICE = "A research tool. It gives no medical advice, doses nobody and helps nobody get a drug."
TITLES = {
    "trd": "Treatment-resistant depression",
    "healthy": "Healthy volunteers",
}


_BUILDING = threading.Lock()


@cache
def presets() -> tuple[Mapping[str, Any], ...]:
    """Return the questions to start from: name, title, line, question (`Question`)."""
    text = files("ketasim.explorer").joinpath("presets.toml").read_text(encoding="utf-8")
    return tuple(
        {**row, "question": read_question({"title": row["title"], **row["question"]}, row["name"])}
        for row in tomllib.loads(text)["preset"]
    )


def default_question() -> Question:
    """Return the question that the explorer opens with."""
    return presets()[0]["question"]


def catalogue_json(start: Question | None = None) -> bytes:
    """Return the catalogue as JSON; ``start`` is the question to open with."""
    whole = {**catalogue(), "default": (start or default_question()).plain()}
    return json.dumps(whole, ensure_ascii=False, allow_nan=False).encode()


def catalogue() -> dict[str, Any]:
    """Return the catalogue as plain data; built once, however many ask for it meanwhile."""
    with _BUILDING:
        return _catalogue()


@cache
def _catalogue() -> dict[str, Any]:
    from ketasim import __version__
    from ketasim.explorer.catalogue_drugs import drugs, regimens
    from ketasim.explorer.catalogue_mechanisms import mechanisms, sources
    from ketasim.explorer.ledger import ledger
    from ketasim.explorer.tournament import tournament
    from ketasim.model import assemble

    described, entries = mechanisms(), ledger()
    return {
        "program": "ketasim",
        "version": __version__,
        "model_hash": assemble().hash,
        "notice": NOTICE,
        "presets": [{**row, "question": row["question"].plain()} for row in presets()],
        "outputs": _outputs(),
        "charts": [dict(chart) for chart in charts()],
        "drugs": drugs(),
        "populations": _populations(),
        "regimens": regimens(),
        "mechanisms": described,
        "pathway": pathway(),
        "ledger": entries,
        "tournament": tournament(),
        "sources": sources(described, entries),
        "limits": {"n_max": MOST_PEOPLE, "until_max_d": LONGEST_D, "arms_max": MOST_ARMS},
    }


def _outputs() -> dict[str, Any]:
    """Describe every output, those of companions among them."""
    from ketasim.model import assemble, companion_names, load_mechanism

    known = assemble().outputs
    found = {
        name: {
            "unit": output.unit,
            "label": output.label,
            "mechanism": output.mechanism,
            "rest": _finite(output.rest),
            "bounds": [_finite(end) for end in output.bounds] if output.bounds else None,
        }
        for name, output in known.items()
        if name in all_outputs()
    }
    for companion in companion_names():
        for name, item in load_mechanism(companion).outputs.items():
            if name in all_outputs() and name not in found:
                found[name] = {
                    "unit": item.unit,
                    "label": item.label,
                    "mechanism": companion,
                    "rest": 0.0,
                    "bounds": None,
                }
    return found


def _populations() -> list[dict[str, str]]:
    from ketasim.population import names
    from ketasim.population.preparations import HUMAN, preparation_of

    people = [n for n in names() if preparation_of(n) == HUMAN and n != "typical"]
    return [
        {"name": name, "title": TITLES.get(name, name.replace("_", " ").capitalize())}
        for name in people
    ]


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def plain_text(text: str) -> str:
    """Return a paragraph with its sources as keys in brackets: ``(orser1997; lord2013)``."""
    words = " ".join(text.split())
    return re.sub(r"\[(@[^\]]+)\]", lambda found: f"({found[1].replace('@', '')})", words)
