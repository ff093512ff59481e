"""Virtual patients in trials as they are run."""

from ketasim.trial.analysis import contrasts
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
from ketasim.trial.results import Contrast, TrialResult
from ketasim.trial.scales import Scale, scale, scales, true_score
from ketasim.trial.scores import observed
from ketasim.trial.trial_file import Trial, load_trial
from ketasim.trial.two_groups import CONTRASTS, contrast
from ketasim.trial.variation import Variation, variation, variation_rows
from ketasim.trial.verb import run_trial

__all__ = [
    "AMONG",
    "CONTRASTS",
    "WORDS",
    "Contrast",
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
    "Trial",
    "TrialResult",
    "Variation",
    "contrast",
    "contrasts",
    "course",
    "follow",
    "load_trial",
    "named_policy",
    "observe",
    "observed",
    "of_group",
    "patients",
    "per_patient",
    "run_trial",
    "scale",
    "scales",
    "times_to_relapse",
    "treat",
    "true_score",
    "variation",
    "variation_rows",
]
