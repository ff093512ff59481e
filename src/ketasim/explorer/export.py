"""Files to take away: the curves shown, the study that asks the same, and pictures of it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from ketasim.errors import UserError, nearest
from ketasim.explorer.asks import checked_question
from ketasim.explorer.charts import all_outputs, charts
from ketasim.explorer.question import Question, question_study
from ketasim.explorer.simulate import Curves, population_curves, typical_curves
from ketasim.toml_tables import Table, checked

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "toml": "application/toml; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
}


class ExportAsked(Table):
    """What is to be taken away; the question stands beside it."""

    kind: Literal["csv", "toml", "svg", "png"]
    name: str = Field(default="", max_length=60, description="A chart or a figure.")


@dataclass(frozen=True)
class Exported:
    """A file: its name, its type, its bytes."""

    name: str
    media_type: str
    content: bytes


def exported(data: dict[str, Any]) -> Exported:
    """Return the file that is asked for.

    Raises
    ------
    UserError
        A question that will not do, an unknown kind, chart or figure.
    """
    own = {key: value for key, value in data.items() if key != "question" and value is not None}
    asked = checked(ExportAsked, own, "export")
    question = checked_question(data.get("question"))
    if asked.kind == "toml":
        content, what = study_text(question).encode(), ""
    elif asked.kind == "csv":
        content, what = curves_csv(question, asked.name).encode(), asked.name
    else:
        from ketasim.explorer.pictures import picture

        content, what = picture(question, asked.name or "overview", asked.kind)
    return Exported(_file_name(question, what, asked.kind), MEDIA[asked.kind], content)


def study_text(question: Question) -> str:
    """Return the study file that asks what a question asks."""
    from ketasim.study.writing import study_toml

    return study_toml(question_study(question))


def curves_csv(question: Question, name: str = "") -> str:
    """Return the curves of a chart, or of all, as CSV: a row per time, a column per curve."""
    outputs = _outputs_of(name)
    if question.people == "typical":
        curves = typical_curves(question, outputs)
    else:
        curves = population_curves(question, outputs)
    return csv_text(curves, _units(question))


def csv_text(curves: Curves, units: Mapping[str, str]) -> str:
    """Return curves as CSV; the page writes the same of what it shows (``web/src/doors.ts``)."""
    import csv

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    heads = [_heading(*row[:3], units) for row in curves.series]
    writer.writerow(["time (h)", *heads])
    for place, hour in enumerate(curves.times_h):
        row = [f"{column[place]:.7g}" for _, _, _, column in curves.series]
        writer.writerow([f"{hour:.7g}", *row])
    return text.getvalue()


def _outputs_of(name: str) -> tuple[str, ...]:
    """Return the outputs of a chart; of all charts where none is named."""
    chosen = [chart for chart in charts() if not name or chart["key"] == name]
    if not chosen:
        raise UserError(f"export: no chart {name!r}{nearest(name, [c['key'] for c in charts()])}")
    return tuple(dict.fromkeys(output for chart in chosen for output in chart["outputs"]))


def _units(question: Question) -> dict[str, str]:
    from ketasim.explorer.doses import given
    from ketasim.explorer.models import companions_of, ready_model

    ready = ready_model(companions_of([given(arm).regimen for arm in question.arms]))
    return {name: ready.model.outputs[name].unit for name in all_outputs() if name in ready.column}


def _heading(arm: str, output: str, stat: str, units: Mapping[str, str]) -> str:
    which = "" if stat == "value" else f" {stat}"
    unit = "share" if stat in ("response", "remission") else units[output]
    return f"{arm} {output}{which} ({unit})"


def _file_name(question: Question, what: str, kind: str) -> str:
    """Return a file name of plain letters: arms, what is shown, kind."""
    arms = "_".join(arm.name for arm in question.arms)
    stem = f"{arms}_{what}" if what else arms
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "-" for c in stem)
    return f"{kept.strip('-')[:80]}.{kind}"


__all__ = ["Curves", "Exported", "csv_text", "curves_csv", "exported", "study_text"]
