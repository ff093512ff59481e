"""The model: mechanisms as text, parameter tables, assembly into SBML, and lint.

>>> from ketasim.model import assemble
>>> assemble().outputs["MADRS"].unit
'points'
"""

from __future__ import annotations

from pathlib import Path

from ketasim.model.assemble import Input, Model, Output, assemble
from ketasim.model.finding import Finding
from ketasim.model.folder import PACKAGE_FOLDER, ModelFolder, with_added
from ketasim.model.lint import CHECKS, lint
from ketasim.model.mechanism import Balance, Declaration, Equation, Mechanism
from ketasim.model.parameter_table import TIERS, Parameter
from ketasim.model.sources import Source

__all__ = [
    "CHECKS",
    "PACKAGE_FOLDER",
    "TIERS",
    "Balance",
    "Declaration",
    "Equation",
    "Finding",
    "Input",
    "Mechanism",
    "Model",
    "ModelFolder",
    "Output",
    "Parameter",
    "Source",
    "assemble",
    "companion_names",
    "lint",
    "load_mechanism",
    "load_sources",
    "mechanism_names",
    "with_added",
]


def mechanism_names(folder: Path | None = None) -> tuple[str, ...]:
    """Return the names of the mechanisms of the default model, sorted."""
    return ModelFolder(folder or PACKAGE_FOLDER).mechanism_names()


def companion_names(folder: Path | None = None) -> tuple[str, ...]:
    """Return the names of the companions: other drugs, in a model only when asked for."""
    return ModelFolder(folder or PACKAGE_FOLDER).companion_names()


def load_mechanism(name: str, folder: Path | None = None) -> Mechanism:
    """Read one mechanism; an unknown name raises UserError with the nearest one."""
    return ModelFolder(folder or PACKAGE_FOLDER).mechanism(name)


def load_sources(folder: Path | None = None) -> dict[str, Source]:
    """Read the bibliography, by BibTeX key."""
    return ModelFolder(folder or PACKAGE_FOLDER).sources()
