"""The page of ``ketasim trial``: flow, result, course, replicates, and what is assumed."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ketasim.report import trial_words as words
from ketasim.report.figure_forest import ForestPanel, ForestRow, forest
from ketasim.report.figure_replicates import LEAST, replicates_figure
from ketasim.report.figure_trial_flow import flow, left_words
from ketasim.report.figure_trial_profiles import profiles
from ketasim.report.figure_trial_survival import survival
from ketasim.report.figure_trial_waterfall import waterfall
from ketasim.report.files import write_file
from ketasim.report.page_shell import Heading, document, figure_element, kept_together
from ketasim.report.phrases import counted, number
from ketasim.report.style import Missing, Picture, house_style
from ketasim.report.svg import png, standalone
from ketasim.report.tables import escape, table
from ketasim.report.trial_baseline import baseline_table
from ketasim.trial.analysis import contrasts, share_of
from ketasim.trial.results import SHARE, TIME

if TYPE_CHECKING:
    from ketasim.trial.results import Contrast, EndpointResult, Published, Replicates, TrialResult

Pictures = dict[str, Picture | Missing]
PEAKS = {
    "CADSS": ("dissociation (CADSS)", "points"),
    "dSBP": ("rise of systolic pressure", "mmHg"),
    "dDBP": ("rise of diastolic pressure", "mmHg"),
    "dHR": ("rise of heart rate", "beats/min"),
    "sedation": ("sedation", ""),
    "nausea": ("nausea", ""),
}


def trial_page(result: TrialResult) -> str:
    """Return the page as one HTML document that asks nothing of the network."""
    found = contrasts(result)
    with house_style():
        pictures = draw(result, found)
    sections = [
        ("result", "Result", _paragraphs(words.result_words(result, found))),
        ("flow", "Patients", _figures(pictures, "trial-flow") + baseline_table(result)),
        ("design", "Design", _design(result, found)),
        ("course", "Course", _course(pictures)),
        ("endpoints", "Endpoints", _endpoints(result, found, pictures)),
    ]
    if result.peaks:
        sections.append(("safety", "Acute effects", _peaks(result)))
    if result.replicates:
        sections.append(("replicates", "Replicates", _replicates(result, pictures)))
    sections.append(("assumed", "What is assumed", _listing(result.assumptions)))
    sections.append(("limits", "Limits", _listing(words.limit_words(result))))
    if result.provenance:
        sections.append(("provenance", "Provenance", _provenance(result)))
    sections = [section for section in sections if section[2]]
    heading = Heading(
        kind="ketasim trial",
        title=result.title,
        headline=words.headline(result, found),
        question=result.question,
        meta=_meta(result),
    )
    return document(heading, sections)


def draw(result: TrialResult, found: Sequence[Contrast]) -> Pictures:
    """Draw every picture of a trial, by name."""
    drawn: list[Picture | Missing] = [flow(result), profiles(result)]
    if result.kind != "randomised withdrawal":
        drawn.append(waterfall(result))
    drawn += [survival(result, e) for e in result.endpoints if e.kind == TIME]
    drawn.append(endpoints_forest(result, found))
    drawn += [replicates_figure(r, _published(result, r)) for r in result.replicates]
    return {picture.name: picture for picture in drawn}


def save_trial_figures(result: TrialResult, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write every picture as SVG and PNG; return the files.

    Raises
    ------
    UserError
        When a file cannot be written.
    """
    with house_style():
        pictures = draw(result, contrasts(result))
        written = []
        for picture in pictures.values():
            if isinstance(picture, Picture):
                base = Path(folder) / _file_name(picture.name)
                text = standalone(picture).encode()
                written.append(write_file(base.with_name(f"{base.name}.svg"), text))
                written.append(write_file(base.with_name(f"{base.name}.png"), png(picture)))
    return tuple(written)


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name)


def _meta(result: TrialResult) -> str:
    n = result.arms[0].n if result.kind == "crossover" else sum(a.n for a in result.arms)
    parts = [f"{counted(n, 'virtual patient')}, {counted(len(result.arms), 'arm')}"]
    parts += [result.kind, result.blinding, f"seed {result.seed}"]
    if result.replicates:
        parts.append(counted(len(result.replicates[0].estimate), "replicate"))
    return " · ".join(parts)


def endpoints_forest(result: TrialResult, found: Sequence[Contrast]) -> Picture | Missing:
    """Draw the main measure of every endpoint and arm, published values beside it."""
    panels = []
    by_name = {e.name: e for e in result.endpoints}
    groups: dict[tuple[str, str, int, str], list[Contrast]] = {}
    for contrast in words.main_contrasts(found):
        unit = by_name[contrast.endpoint].unit
        unit = "%" if contrast.measure == "risk difference" else unit
        endpoint = by_name[contrast.endpoint]
        of = "" if contrast.measure != "difference" else endpoint.scale or endpoint.what
        if np.isfinite(contrast.value) and not (contrast.is_ratio and contrast.value == 0):
            key = (contrast.measure, unit, contrast.better, of)
            groups.setdefault(key, []).append(contrast)
    for (measure, unit, better, _), members in groups.items():
        ratio = measure.endswith("ratio")
        several = len({c.arm for c in members}) > 1
        who = "the arm" if several else members[0].arm
        told = "" if ratio else "percentage points" if unit == "%" else unit
        rows = tuple(_forest_row(result, by_name[c.endpoint], c) for c in members)
        names = (who, members[0].control)
        panels.append(ForestPanel(measure, told, rows, ratio, better, names))
    name, title = "trial-forest", "Every endpoint"
    if not panels:
        return Missing(name, title, "Not shown: no endpoint could be estimated.")
    text = f"Each arm against “{result.control.name}”, estimates with 95 % intervals; n, patients "
    text += "in the estimate, arm and control."
    if any(c.is_ratio and c.value in (0, np.inf) for c in words.main_contrasts(found)):
        text += " A ratio to an arm without any event is not drawn."
    if any(row.observed for panel in panels for row in panel.rows):
        sources = list(dict.fromkeys(p.source for p in result.published))
        text += f" Diamonds: published ({'; '.join(sources)})."
    return forest(name, title, panels, text)


def _forest_row(result: TrialResult, endpoint: EndpointResult, contrast: Contrast) -> ForestRow:
    scale = 100 if contrast.measure == "risk difference" else 1
    ends = (scale * v for v in (contrast.value, contrast.low, contrast.high))
    n = f"n = {contrast.n_arm:,}, {contrast.n_control:,}"
    if result.kind == "crossover":
        n = f"n = {contrast.n_arm:,}"
    known = next(
        (
            p
            for p in result.published
            if (p.endpoint, p.arm, p.measure) == (endpoint.name, contrast.arm, contrast.measure)
        ),
        None,
    )
    observed = (scale * known.value, scale * known.low, scale * known.high) if known else None
    arms = sum(not arm.control for arm in result.arms)
    label = endpoint.what if arms == 1 else f"{endpoint.what}, {contrast.arm}"
    return ForestRow(_wrapped(label), *ends, note=n, observed=observed)


def _wrapped(text: str, letters: int = 38) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, letters))


def _published(result: TrialResult, replicates: Replicates) -> Published | None:
    wanted = (replicates.endpoint, replicates.arm, replicates.measure)
    return next((p for p in result.published if (p.endpoint, p.arm, p.measure) == wanted), None)


def _paragraphs(texts: Sequence[str]) -> str:
    return "\n".join(f"<p>{_together(text)}</p>" for text in texts)


def _together(text: str) -> str:
    """Escape text, and keep numbers with their units and p with its value."""
    return re.sub(r"\bp (&lt;|=) ", "p\u00a0\\1\u00a0", kept_together(text))


def _listing(texts: Sequence[str]) -> str:
    items = "\n".join(f"<li>{kept_together(text)}</li>" for text in texts)
    return f'<ul class="limits">{items}</ul>' if items else ""


def _figures(pictures: Pictures, *names: str) -> str:
    return "\n".join(figure_element(pictures[name]) for name in names)


def _design(result: TrialResult, found: Sequence[Contrast]) -> str:
    items = "".join(
        f"<dt>{escape(term)}</dt><dd>{kept_together(text)}</dd>"
        for term, text in words.design_items(result)
    )
    return f"<dl>{items}</dl>{_paragraphs(words.analysis_words(result, found))}"


def _course(pictures: Pictures) -> str:
    curves = [name for name in pictures if name.startswith("trial-survival")]
    rest = [name for name in ("trial-profiles", "trial-waterfall") if name in pictures]
    return _figures(pictures, *curves, *rest)


def _endpoints(result: TrialResult, found: Sequence[Contrast], pictures: Pictures) -> str:
    parts = [_figures(pictures, "trial-forest"), _contrasts_table(result, found)]
    shares = [e for e in result.endpoints if e.kind == SHARE]
    if shares:
        parts.insert(1, _shares_table(result, shares))
    parts.append(_left_table(result))
    return "\n".join(part for part in parts if part)


def _shares_table(result: TrialResult, shares: Sequence[EndpointResult]) -> str:
    head = ["endpoint", *(escape(arm.name) for arm in result.arms)]
    rows = []
    for endpoint in shares:
        cells = []
        for arm in result.arms:
            share = share_of(endpoint, arm.name)
            ends = f"{100 * share.low:.0f}–{100 * share.high:.0f}"
            cells.append(f"{words.share_words(share)} <small>{ends}</small>")
        rows.append([escape(endpoint.what), *cells])
    caption = "Share of patients (count) with 95 % Wilson interval in %"
    return table(caption, head, rows, tuple(range(1, len(head))))


def _contrasts_table(result: TrialResult, found: Sequence[Contrast]) -> str:
    by_name = {e.name: e for e in result.endpoints}
    rows = []
    for contrast in found:
        endpoint = by_name[contrast.endpoint]
        unit, measure = endpoint.unit, contrast.measure
        low, high = (words.told(v, measure, unit) for v in (contrast.low, contrast.high))
        value = words.told(contrast.value, measure, unit)
        rows.append(
            [
                f"{escape(endpoint.what)}<br><small>{escape(contrast.arm)}</small>",
                f"{measure}<small>{escape(_in_brackets(words.unit_words(measure, unit)))}</small>",
                f"{value}<br><small>{low} to {high}</small>",
                "" if np.isnan(contrast.p) else escape(_p(contrast.p)),
                f"{contrast.n_arm:,}, {contrast.n_control:,}",
                escape(contrast.method),
            ]
        )
    head = ["endpoint, arm", "measure", "estimate<br>(95 %)", "p", "n", "method"]
    caption = f"Against {escape(result.control.name)}; n, patients in the estimate, arm and control"
    body = table(caption, head, rows, (2, 3, 4))
    return f"<details open><summary>Every measure as numbers</summary>\n{body}\n</details>"


def _p(p: float) -> str:
    return words.p_words(p).removeprefix("p = ").removeprefix("p ")


def _in_brackets(unit: str) -> str:
    return f" ({unit.strip()})" if unit.strip() else ""


def _left_table(result: TrialResult) -> str:
    if not any(np.isfinite(arm.left_h).any() for arm in result.arms):
        return "<p>Nobody left.</p>"
    rows = []
    for arm in result.arms:
        gone = np.isfinite(arm.left_h)
        when = f"{number(float(np.median(arm.left_h[gone])) / 24, 2)}" if gone.any() else ""
        why = left_words(arm)
        reasons = why.split(" (", 1)[1].removesuffix(")") if " (" in why else ""
        rows.append([escape(arm.name), f"{arm.n:,}", f"{int(gone.sum()):,}", when, escape(reasons)])
    head = ["arm", "randomised", "left", "median day of leaving", "why"]
    return table("Who left", head, rows, (1, 2, 3))


def _peaks(result: TrialResult) -> str:
    rows = []
    for name, by_arm in result.peaks.items():
        label, unit = PEAKS.get(name, (name, ""))
        cells = []
        for arm in result.arms:
            values = np.asarray(by_arm.get(arm.name, []), dtype=float)
            values = values[np.isfinite(values)]
            if not len(values):
                cells.append("–")
                continue
            middle, high = np.quantile(values, [0.5, 0.95])
            cells.append(
                f"{number(float(values.mean()), 2)} <small>median {number(float(middle), 2)}, 95th "
                f"percentile {number(float(high), 2)}</small>"
            )
        rows.append([f"{escape(label)}{_in_brackets(unit)}", *cells])
    head = ["greatest value after dosing", *(escape(arm.name) for arm in result.arms)]
    n = ", ".join(f"{arm.name} {arm.n:,}" for arm in result.arms)
    caption = f"Mean of each patient's greatest value (n: {escape(n)}); readings err, so that of "
    caption += "many readings the greatest lies above the true one, without a drug as well"
    return table(caption, head, rows)


def _replicates(result: TrialResult, pictures: Pictures) -> str:
    parts = []
    for replicates in result.replicates:
        parts.append(_paragraphs([words.replicates_words(replicates)]))
        picture = pictures[f"replicates-{replicates.endpoint}-{replicates.arm}"]
        if replicates.primary or len(result.replicates) == 1:
            parts.append(figure_element(picture))
        elif isinstance(picture, Picture):
            parts.append(
                f"<details><summary>Picture: {escape(replicates.what)}</summary>\n"
                f"{figure_element(picture)}</details>"
            )
    if any(words.power_word(r) == "assurance" for r in result.replicates):
        parts.insert(
            0,
            "<p>Each replicate draws its own patients and its own effect of the trial; the share "
            "won is then called assurance, power averaged over what is not known.</p>",
        )
    return "\n".join(parts)


def _provenance(result: TrialResult) -> str:
    rows = [
        [escape(key), f"<code>{escape(value)}</code>"] for key, value in result.provenance.items()
    ]
    return table("How to make it again", ["what", "value"], rows)


__all__ = ["LEAST", "draw", "endpoints_forest", "save_trial_figures", "trial_page"]
