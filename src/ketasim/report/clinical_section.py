"""The part on trials of the page of ``ketasim evidence``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ketasim.report import clinical_words as words
from ketasim.report.page_shell import figure_element, kept_together
from ketasim.report.phrases import number, percent
from ketasim.report.style import Missing, Picture
from ketasim.report.tables import escape, table

if TYPE_CHECKING:
    from ketasim.evidence import ClinicalScore, Outcome, Summary

_GROUPS = {
    "validate": "held back",
    "held-out studies": "studies held out whole",
    "calibrate": "used to calibrate",
}
_KINDS = {"d": "days"}
METHOD = (
    "Trials: patients enter as the study let them in, are rated as it rated them, and trials of "
    "its size are drawn from them under draws of what is not known of the parameters and of how "
    "trials differ. The median is the prediction; 90 % of trials lie in the interval. Reproduced: "
    "the observed value lies inside and the median is near it (4 MADRS points, 15 percentage "
    "points, 0.4 SD, 1.6-fold in time). Contradicted: it lies outside. Not resolved: inside, but "
    "the interval is too wide to tell. Whether an arm was superior is reproduced where at least "
    "half of the trials say what was seen, contradicted where fewer than a tenth do."
)


def clinical_section(
    outcomes: Sequence[Outcome], summary: Summary, pictures: Mapping[str, Picture | Missing]
) -> str:
    """Return the section's body: words, scores beside two baselines, and the forests."""
    said = [
        f"<p>{kept_together(text)}</p>" for text in words.paragraphs(outcomes, summary.clinical)
    ]
    drawn = [figure_element(p) for name, p in pictures.items() if name.startswith("trials-")]
    return "\n".join([*said, score_table(summary.clinical), *drawn])


def score_table(scores: Sequence[ClinicalScore]) -> str:
    """Return how well intervals fit, of the model and of forecasts that know no biology."""
    if not scores:
        return ""
    before = [("", ""), *((s.group, s.kind) for s in scores)]
    rows = [
        [
            escape(_GROUPS[s.group]) if s.group != last[0] else "",
            escape(_KINDS.get(s.kind, s.kind)) if (s.group, s.kind) != last else "",
            f"<strong>{escape(s.method)}</strong>" if s.method == "model" else escape(s.method),
            str(s.n),
            percent(s.inside),
            number(s.width, 2),
            number(s.miss, 2),
            number(s.absolute_miss, 2),
        ]
        for s, last in zip(scores, before, strict=False)
    ]
    head = ["findings", "kind", "forecast", "n", "inside 90 %", "width", "mean miss", "mean error"]
    caption = (
        "Share of observed values inside the 90 % interval, mean width, mean of predicted minus "
        "observed, and mean error, in the unit of the kind (points: of MADRS). Calibration mean: "
        "that of the calibration findings of the same endpoint and class of arm. Exponential: a "
        "constant change on controls, and a drug effect that decays from 24 h on"
    )
    return table(caption, head, rows, (3, 4, 5, 6, 7))
