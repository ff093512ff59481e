"""Findings of studies as data, and the model's verdict on each (rules: see `verdicts`)."""

from ketasim.evidence.baseline import lost, read_baseline, write_baseline
from ketasim.evidence.finding import ROLES, Arm, Dispersion, Finding, People
from ketasim.evidence.reading import finding_schema, load_findings, read_findings
from ketasim.evidence.runner import observed_values, predict_typical
from ketasim.evidence.score import Score, Summary, summary
from ketasim.evidence.verdicts import VERDICTS, Outcome, predict
from ketasim.evidence.vocabulary import Word, vocabulary

__all__ = [
    "ROLES",
    "VERDICTS",
    "Arm",
    "Dispersion",
    "Finding",
    "Outcome",
    "People",
    "Score",
    "Summary",
    "Word",
    "finding_schema",
    "load_findings",
    "lost",
    "observed_values",
    "predict",
    "predict_typical",
    "read_baseline",
    "read_findings",
    "summary",
    "vocabulary",
    "write_baseline",
]
