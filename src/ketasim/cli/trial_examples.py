"""The trials that ketasim ships."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from ketasim.errors import UserError, nearest

DEFAULT_TRIAL = "one_infusion"
SCHEMA_FILE = "trial.schema.json"


def folder() -> Path:
    """Return the folder of shipped trials."""
    return Path(str(files("ketasim.cli").joinpath("trials")))


def example_names() -> tuple[str, ...]:
    """Return the names of shipped trials, the default first."""
    names = sorted(path.stem for path in folder().glob("*.toml"))
    return (DEFAULT_TRIAL, *(name for name in names if name != DEFAULT_TRIAL))


def example(name: str | None = None) -> Path:
    """Return the file of a shipped trial; default: one infusion of ketamine or midazolam.

    Raises
    ------
    UserError
        No such trial.
    """
    chosen = DEFAULT_TRIAL if name is None else name.removesuffix(".toml")
    if chosen not in example_names():
        raise UserError(f"--example: no trial {name!r}{nearest(chosen, example_names())}")
    return folder() / f"{chosen}.toml"
