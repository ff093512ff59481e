"""A question and what lies near it, computed beforehand: the explorer in one file.

The page is the explorer's own. It holds every multiple of the main arm's doses in `FACTORS`, each
with every mechanism as asked and with one of them at rest, for a typical person; and for a
population the same multiples, and each mechanism at rest at the dose that was asked.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import numpy as np

from ketasim.errors import UserError
from ketasim.explorer.asks import Ask, answer
from ketasim.explorer.catalogue import catalogue
from ketasim.explorer.charts import all_outputs, chart_outputs
from ketasim.explorer.columns import packed
from ketasim.explorer.doses import marks_of, spans_of
from ketasim.explorer.grid import curve_times
from ketasim.explorer.question import Question, QuestionArm, question_study
from ketasim.explorer.simulate import Curves, population_curves, typical_curves

FACTORS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
"""Multiples of the main arm's doses."""
READINGS = ("left at rest", "blocked below rest")
# As in the page's own policy: nothing is fetched, nothing is sent.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)
_AMOUNT = re.compile(r"\s*([\d.]+(?:[eE][+-]?\d+)?)\s*(\S.*)")


@dataclass
class _Store:
    """Columns by what they answer, and the bytes they lie in."""

    blob: bytearray = field(default_factory=bytearray)
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    kinds: dict[str, dict[str, Any]] = field(default_factory=dict)

    def keep(self, want: str, key: str, arm: str, curves: Curves) -> None:
        own = [tuple(rest) for name, *rest in curves.series if name == arm]
        series = [[output, stat] for output, stat, _ in own]
        kind = self.kinds.setdefault(
            want, {"series": series, "times_h": [float(f"{t:.9g}") for t in curves.times_h]}
        )
        if kind["series"] != series:
            raise ValueError(f"replay: the columns of {key} are not those of the others")
        self.entries[f"{want}|{arm}|{key}"] = {
            "at": len(self.blob),
            "failed": curves.failed[arm],
            "mg": list(curves.delivered_mg[arm]),
        }
        self.blob += packed(np.array([column for _, _, column in own]))


def replay_page(question: Question, advance: Callable[[float], None] = lambda share: None) -> str:
    """Return the explorer as one HTML file that answers a question and those near it.

    Parameters
    ----------
    question : Question
    advance : callable
        Told now and then which share of the work has been done since the last time.

    Raises
    ------
    UserError
        As the question's study; `ketasim.explorer.simulate.Failed` where nobody can be simulated.
    """
    data = json.dumps(replay_data(question, advance), ensure_ascii=False, allow_nan=False)
    page = files("ketasim.explorer").joinpath("page")
    html = page.joinpath("index.html").read_text(encoding="utf-8")
    style, script = (
        page.joinpath(f"explorer.{end}").read_text(encoding="utf-8") for end in ("css", "js")
    )
    for tag, inlined in (
        ('<link rel="stylesheet" href="explorer.css">', f"<style>\n{style}</style>"),
        (
            '<script src="explorer.js"></script>',
            '<script type="application/json" id="replay">'
            + data.replace("<", "\\u003c")
            + "</script>\n<script>\n"
            + script.replace("</script", "<\\/script")
            + "</script>",
        ),
        ("<head>", f'<head>\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
    ):
        if html.count(tag) != 1:
            raise ValueError(f"replay: the page has no {tag}")
        html = html.replace(tag, inlined)
    return html


def replay_data(
    question: Question, advance: Callable[[float], None] = lambda share: None
) -> dict[str, Any]:
    """Return what the page reads: the catalogue, the questions answered, and their columns."""
    main = question_study(question).main_arm
    doses = _doses(question, main)
    whole = catalogue()
    off = [m["name"] for m in whole["mechanisms"] if _switched(m, question)]
    work = list(_questions(question, main, doses, off))
    store = _Store()
    # More sprays or tablets take longer, so each dose by itself would be looked at at other times.
    spans = {span for _, each in doses for span in spans_of(each)}
    times_h = curve_times(question.until_d * 24, spans)
    for want, key, arms, each in work:
        if want == "typical":
            curves = typical_curves(each, all_outputs(), times_h)
        else:
            curves = population_curves(each, chart_outputs(), times_h=times_h)
        for arm in arms:
            store.keep(want, key, arm, curves)
        advance(1 / (len(work) + len(READINGS)))
    shares = {}
    for reading in READINGS:
        ask = Ask(id=0, want="attribution", reading=reading)
        frame = answer(ask, question.plain())
        if isinstance(frame, bytes):
            shares[reading] = base64.b64encode(frame).decode()
        advance(1 / (len(work) + len(READINGS)))
    return {
        "catalogue": {**whole, "default": question.plain(), "presets": [], "regimens": []},
        "main": main,
        "doses": [
            {"factor": factor, "arms": each.plain()["arms"], "marks": marks_of(each)}
            for factor, each in doses
        ],
        "off": off,
        "kinds": store.kinds,
        "entries": store.entries,
        "attribution": shares,
        "columns": base64.b64encode(gzip.compress(bytes(store.blob), 9, mtime=0)).decode(),
    }


def _switched(mechanism: dict[str, Any], question: Question) -> bool:
    """Whether a mechanism of the catalogue can be put to rest, and is not already."""
    named = {*question.off, *question.scale}
    return bool(mechanism["switchable"]) and mechanism["name"] not in named


def _questions(
    question: Question, main: str, doses: list[tuple[float, Question]], off: list[str]
) -> Iterator[tuple[str, str, list[str], Question]]:
    """Yield what is computed: kind, key, the arms to keep of it, the question.

    Only the main arm's doses change, so the other arms are kept of the dose that was asked.
    """
    others = [arm.name for arm in question.arms if arm.name != main]
    for factor, each in doses:
        for name in ("", *off):
            kept = [main, *(others if factor == 1 else ())]
            asked = each.model_copy(update={"off": (*each.off, name)}) if name else each
            key = f"{factor:g}|{name}"
            yield "typical", key, kept, asked
            if factor == 1 or not name:
                yield "ribbon", key, kept, asked


def _doses(question: Question, main: str) -> list[tuple[float, Question]]:
    """Return the question at every multiple of the main arm's doses that can be given."""
    found = []
    for factor in FACTORS:
        arms = tuple(
            _multiplied(arm, factor) if arm.name == main and factor != 1 else arm
            for arm in question.arms
        )
        each = question.model_copy(update={"arms": arms})
        if factor == 1:
            found.append((factor, each))
        elif each.arms != question.arms:
            try:
                question_study(each)
            except UserError:
                continue  # more than can be given, or no whole number of devices
            found.append((factor, each))
    return found


def _multiplied(arm: QuestionArm, factor: float) -> QuestionArm:
    """Return an arm with every dose and rate multiplied; what has none stays."""
    steps = []
    for step in arm.steps:
        told = {}
        for key in ("dose", "rate"):
            if amount := _AMOUNT.fullmatch(getattr(step, key) or ""):
                told[key] = f"{float(amount[1]) * factor:.6g} {amount[2]}"
        steps.append(step.model_copy(update=told))
    return arm.model_copy(update={"steps": tuple(steps)})
