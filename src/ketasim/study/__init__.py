"""A study: one question put to the model, as a file, and as everything that is simulated."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ketasim.study.file import checked_study, load_study, read_study, study_schema, with_options
from ketasim.study.setup import Setup, prepare
from ketasim.study.tables import Study

if TYPE_CHECKING:
    from ketasim.study.nonmem import read_nonmem, write_nonmem
    from ketasim.study.omex import write_omex
    from ketasim.study.result_files import write_study_netcdf, write_study_parquet
    from ketasim.study.sbml_file import exchange_sbml

# Doors to other programs, loaded on first use.
_HOME = {
    "exchange_sbml": "sbml_file",
    "read_nonmem": "nonmem",
    "write_nonmem": "nonmem",
    "write_omex": "omex",
    "write_study_netcdf": "result_files",
    "write_study_parquet": "result_files",
}

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


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'ketasim.study' has no attribute '{name}'")
    return getattr(import_module(f"ketasim.study.{_HOME[name]}"), name)
