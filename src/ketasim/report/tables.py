"""The tables of a report, as HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report import summary
from ketasim.report.contents import CLOCKS, SEVERITIES
from ketasim.report.figures_response import rate_times
from ketasim.report.phrases import moment, number, percent, points

if TYPE_CHECKING:
    from ketasim.report.contents import AttributionTable, ReportInput

COVARIATES = (("age", "age (years)"), ("WT", "weight (kg)"), ("D0", "stress load D0"))


def escape(text: object) -> str:
    """Make any text safe inside HTML, including inside attributes."""
    return html.escape(str(text))


def cited(text: str, known: Mapping[str, str]) -> str:
    """Escape text and link its source keys to the list of sources.

    Keys are written ``[@autry2011; @li2010]`` in prose and ``autry2011; li2010`` in tables.
    """
    text = re.sub(r"\[(@[^\]]+)\]", lambda found: f"({found[1].replace('@', '')})", escape(text))
    if not known:
        return text
    keys = "|".join(re.escape(key) for key in sorted(known, key=len, reverse=True))
    return re.sub(rf"\b({keys})\b", r'<a href="#ref-\1">\1</a>', text)


def powers(text: str) -> str:
    """Turn ``10^-4`` in escaped text into a superscript."""
    return re.sub(r"\^([−-]?\d+)", r"<sup>\1</sup>", text)


def table(
    caption: str,
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    numeric: Sequence[int] = (),
    name: str = "",
    row_class: Sequence[str] | None = None,
) -> str:
    """Return a table whose first column heads its rows; cells must be escaped already."""
    columns = "".join(
        f'<th scope="col"{_numeric(i, numeric)}>{text}</th>' for i, text in enumerate(head)
    )
    body = []
    for i, row in enumerate(rows):
        cells = "".join(_cell(j, cell, numeric) for j, cell in enumerate(row))
        kind = f' data-tier="{escape(row_class[i])}"' if row_class else ""
        body.append(f"<tr{kind}>{cells}</tr>")
    identity = f' id="{name}"' if name else ""
    return (
        '<div class="scroll" role="region" tabindex="0" aria-label="' + escape(caption) + '">'
        f"<table{identity}><caption>{escape(caption)}</caption><thead><tr>{columns}</tr></thead>\n"
        f"<tbody>{chr(10).join(body)}</tbody></table></div>"
    )


def _numeric(column: int, numeric: Sequence[int]) -> str:
    return ' class="number"' if column in numeric else ""


def _cell(column: int, cell: str, numeric: Sequence[int]) -> str:
    if column == 0:
        return f'<th scope="row">{cell}</th>'
    return f"<td{_numeric(column, numeric)}>{cell}</td>"


def arms_table(contents: ReportInput) -> str:
    """Who was simulated, and what they were given."""
    covariates = [c for c in COVARIATES if any(c[0] in a.coords for a in contents.arms.values())]
    head = ["arm", "persons", "without result", "MADRS at start"]
    head += [text for _, text in covariates]
    head += ["prescribed (mg)", "delivered (mg)"] if contents.doses else []
    rows = []
    for name, arm in contents.arms.items():
        row = [escape(name), f"{arm.sizes['individual']:,}"]
        row += [f"{len(summary.failures(name, arm).persons):,}", _start(arm)]
        row += [_spread(arm.coords[c].values) if c in arm.coords else "" for c, _ in covariates]
        if contents.doses:
            dose = contents.doses.get(name)
            row += [_mg(dose.prescribed_mg), _mg(dose.delivered_mg)] if dose else ["", ""]
        rows.append(row)
    caption = (
        "Who was simulated and what they were given (mean ± SD; dose summed over persons, free"
        " base)"
    )
    return table(caption, head, rows, numeric=range(1, len(head)))


def _mg(amount: float) -> str:
    return f"{amount:,.1f}" if amount else "0"


def _start(arm) -> str:
    if not summary.has(arm, "MADRS"):
        return ""
    values = summary.complete(arm, "MADRS")
    return _spread(values[:, summary.start_index(summary.times(arm))]) if len(values) else ""


def _spread(values) -> str:
    values = np.asarray(values, dtype=float)
    if len(values) == 1:
        return f"{values[0]:.1f}"
    return f"{values.mean():.1f} ± {values.std(ddof=1):.1f}"


def rates_table(contents: ReportInput) -> str:
    """Responders and remitters by visit, with intervals."""
    if not summary.has(contents.main, "MADRS"):
        return ""
    arms = list(contents.arms)
    head = ["time"]
    for arm in arms:
        head += [f"response, {escape(arm)}", f"remission, {escape(arm)}"]
    rows = []
    for when in rate_times(contents):
        row = [moment(when)]
        for arm in arms:
            row += [_rate(count(contents.arms[arm], when)) for count in COUNTS]
        rows.append(row)
    caption = "Share of persons with response and remission (95 % Wilson interval)"
    return table(caption, head, rows, numeric=range(1, len(head)))


COUNTS = (summary.response, summary.remission)


def _rate(rate: summary.Rate | None) -> str:
    if rate is None:
        return "–"
    return f"{percent(rate.share)} <small>({_end(rate.low)}–{_end(rate.high)})</small>"


def _end(share: float) -> str:
    """Write an end of an interval in %, with a decimal below 1 %."""
    return number(100 * share, 1) if share < 0.01 else f"{100 * share:.0f}"


def attribution_table(given: AttributionTable) -> str:
    """Points carried by each mechanism, with standard errors when known."""
    head = ["mechanism", *(moment(when) for when in given.times_h)]
    order = np.argsort(-np.nan_to_num(np.abs(given.points)).max(axis=1, initial=0.0))
    rows = []
    for i in order:
        cells = []
        for column in range(len(given.times_h)):
            cell = points(float(given.points[i, column]))
            if given.standard_error is not None:
                cell += f" <small>± {float(given.standard_error[i, column]):.2f}</small>"
            cells.append(cell)
        rows.append(
            [f"{escape(given.titles[i])} <code>{escape(given.mechanisms[i])}</code>", *cells]
        )
    rows.append(["all", *(points(float(total)) for total in given.total)])
    caption = f"MADRS points of {given.divides}, mechanisms {given.reading}"
    caption += " (± standard error)" if given.standard_error is not None else ""
    return table(caption, head, rows, numeric=range(1, len(head)))


def mechanisms_table(contents: ReportInput) -> str:
    """The mechanisms in the model, ordered by clock."""
    place = {clock: i for i, clock in enumerate(CLOCKS)}
    rows = [
        [
            escape(m.title),
            f"<code>{escape(m.name)}</code>",
            escape(m.clock),
            escape(m.systems),
            cited(m.line, contents.references),
        ]
        for m in sorted(contents.mechanisms, key=lambda m: place.get(m.clock, len(place)))
    ]
    return table(
        "Mechanisms in this model, by clock",
        ["mechanism", "name", "clock", "systems", "in one line"],
        rows,
    )


def parameters_table(contents: ReportInput) -> str:
    """Every number in the model: symbol, value, unit, spread, uncertainty, tier, source, note."""
    rows, tiers = [], []
    for p in contents.parameters:
        tiers.append(p.tier)
        spread = number(_maybe(p.spread))
        spread = f"{spread} <small>{escape(p.distribution)}</small>" if spread else ""
        rows.append(
            [
                f"<code>{escape(p.symbol)}</code>",
                powers(number(_maybe(p.value), 4)),
                escape(p.unit),
                spread,
                number(_maybe(p.uncertainty)),
                f'<span class="tier {escape(p.tier)}">{escape(p.tier)}</span>',
                _source(p, contents.references),
            ]
        )
    head = ["symbol", "value", "unit", "spread between persons", "our uncertainty (log SD)"]
    head += ["tier", "source and note"]
    caption = f"All {len(rows):,} parameters"
    return table(caption, head, rows, (1,), "parameters-table", tiers)


def _source(parameter, known: Mapping[str, str]) -> str:
    """Return sources, then the note on a line of its own."""
    source = cited(parameter.source.replace(";", "; "), known)
    note = f"<br><small>{cited(parameter.note, known)}</small>" if parameter.note else ""
    return source + note


def _maybe(value) -> float | None:
    """Return None for an empty field of a parameter row."""
    return None if value is None or value == "" else value


def checks_table(contents: ReportInput) -> str:
    """Comparisons with evidence, misses first."""
    order = {"contradicted": 0, "not resolved": 1, "out of scope": 2, "reproduced": 3}
    rows = [
        [
            escape(c.finding),
            escape(c.observed),
            escape(c.model),
            f"<strong>{escape(c.verdict)}</strong><br><small>{_role(c.role)}</small>",
            cited(c.source, contents.references),
        ]
        for c in sorted(contents.checks, key=lambda c: order.get(c.verdict, 0))
    ]
    head = ["finding", "observed", "model", "verdict", "source"]
    return table("Comparison with published evidence, misses first", head, rows)


def _role(role: str) -> str:
    return "in view when calibrating" if role == "calibrate" else "held back from calibration"


def lint_table(contents: ReportInput) -> str:
    """Outcome of the model's own checks, worst first."""
    order = {severity: i for i, severity in enumerate(SEVERITIES)}
    rows = [
        [
            escape(r.check),
            f"<strong>{escape(r.severity)}</strong>",
            escape(r.where),
            cited(r.message, contents.references),
        ]
        for r in sorted(contents.lint, key=lambda r: order.get(r.severity, 0))
    ]
    return table("Model lint, worst first", ["check", "outcome", "where", "message"], rows)


def provenance_table(contents: ReportInput) -> str:
    """What is needed to run the study again."""
    rows = [
        [escape(key), f"<code>{escape(value)}</code>"] for key, value in contents.provenance.items()
    ]
    return table("What produced this report", ["item", "value"], rows)
