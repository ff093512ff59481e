"""A study: one question put to the model, as a file, and as everything that is simulated."""

from ketasim.study.file import checked_study, load_study, read_study, study_schema, with_options
from ketasim.study.setup import Setup, prepare
from ketasim.study.tables import Study

__all__ = [
    "Setup",
    "Study",
    "checked_study",
    "load_study",
    "prepare",
    "read_study",
    "study_schema",
    "with_options",
]
