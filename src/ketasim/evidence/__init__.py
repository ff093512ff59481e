"""Findings of studies as data, and the model's verdict on each (rules: see `verdicts`)."""

from ketasim.evidence.baseline import lost, read_baseline, write_baseline
from ketasim.evidence.clinical_score import ClinicalScore
from ketasim.evidence.finding import ROLES, Arm, Dispersion, Finding, People
from ketasim.evidence.outputs import OutputWord, output_words
from ketasim.evidence.perturbations import Perturbation, perturbations
from ketasim.evidence.reading import finding_schema, load_findings, read_findings
from ketasim.evidence.runner import observed_values, predict_typical
from ketasim.evidence.score import Score, Summary, Tally, summary
from ketasim.evidence.systems import SYSTEMS
from ketasim.evidence.verdicts import VERDICTS, Outcome, predict
from ketasim.evidence.vocabulary import Word, vocabulary

__all__ = [
    "ROLES",
    "SYSTEMS",
    "VERDICTS",
    "Arm",
    "ClinicalScore",
    "Dispersion",
    "Finding",
    "Outcome",
    "OutputWord",
    "People",
    "Perturbation",
    "Score",
    "Summary",
    "Tally",
    "Word",
    "finding_schema",
    "load_findings",
    "lost",
    "observed_values",
    "output_words",
    "perturbations",
    "predict",
    "predict_typical",
    "read_baseline",
    "read_findings",
    "summary",
    "vocabulary",
    "write_baseline",
]
