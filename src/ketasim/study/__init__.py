"""A study: one question put to the model, as a file, and as everything that is simulated."""

from ketasim.study.file import checked_study, load_study, read_study, study_schema, with_options
from ketasim.study.nonmem import read_nonmem, write_nonmem
from ketasim.study.omex import write_omex
from ketasim.study.result_files import write_study_netcdf, write_study_parquet
from ketasim.study.sbml_file import exchange_sbml
from ketasim.study.setup import Setup, prepare
from ketasim.study.tables import Study

__all__ = [
    "Setup",
    "Study",
    "checked_study",
    "exchange_sbml",
    "load_study",
    "prepare",
    "read_nonmem",
    "read_study",
    "study_schema",
    "with_options",
    "write_nonmem",
    "write_omex",
    "write_study_netcdf",
    "write_study_parquet",
]
