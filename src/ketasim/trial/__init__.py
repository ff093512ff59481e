"""Virtual patients in trials as they are run."""

from ketasim.trial.contrasts import CONTRASTS, contrast
from ketasim.trial.endpoints import (
    AMONG,
    WORDS,
    Endpoint,
    of_group,
    per_patient,
    times_to_relapse,
)
from ketasim.trial.patients import Entry, Patients, patients
from ketasim.trial.policies import Policy, State
from ketasim.trial.policies_driver import Treated, treat
from ketasim.trial.policy_table import PolicyTable, named_policy
from ketasim.trial.record import Course, Record, course, follow, observe
from ketasim.trial.scales import Scale, scale, scales, true_score
from ketasim.trial.scores import observed
from ketasim.trial.variation import Variation, variation, variation_rows

__all__ = [
    "AMONG",
    "CONTRASTS",
    "WORDS",
    "Course",
    "Endpoint",
    "Entry",
    "Patients",
    "Policy",
    "PolicyTable",
    "Record",
    "Scale",
    "State",
    "Treated",
    "Variation",
    "contrast",
    "course",
    "follow",
    "named_policy",
    "observe",
    "observed",
    "of_group",
    "patients",
    "per_patient",
    "scale",
    "scales",
    "times_to_relapse",
    "treat",
    "true_score",
    "variation",
    "variation_rows",
]
