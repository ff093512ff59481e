"""Study files: read, checked, and described to editors."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from ketasim.study.tables import Study
from ketasim.toml_tables import checked, parsed, read_text, schema

DEFAULT_STUDY = "one_infusion"
SCHEMA_FILE = "study.schema.json"


def load_study(path: str | Path | None = None) -> Study:
    """Read a study file, or the default study.

    Parameters
    ----------
    path : path, optional
        Default: the study that ketasim ships.

    Returns
    -------
    Study
        It knows its ``file`` and the ``folder`` of the files it names.

    Raises
    ------
    UserError
        No such file, not TOML, or one line for each key that will not do.
    """
    if path is None:
        text = default_study_text()
        return read_study(text, f"{DEFAULT_STUDY}.toml")
    place = Path(path)
    return read_study(read_text(place), str(path)).read_from(str(path), place.parent)


def default_study_text() -> str:
    """Return the study that ketasim ships, as written."""
    folder = files("ketasim.study").joinpath("examples")
    return folder.joinpath(f"{DEFAULT_STUDY}.toml").read_text(encoding="utf-8")


def read_study(text: str, file: str) -> Study:
    """Read the text of a study file; ``file`` names it in errors."""
    return checked_study(parsed(text, file), file).read_from(file, Path())


def checked_study(data: dict[str, Any], file: str) -> Study:
    """Return plain data as a study, or raise with one line for each mistake."""
    return checked(Study, data, file)


def with_options(study: Study, *, n: int | None = None, seed: int | None = None) -> Study:
    """Return the study with what the command line says instead, checked alike."""
    given = {key: value for key, value in (("n", n), ("seed", seed)) if value is not None}
    if not given:
        return study
    again = checked_study({**study.plain(), **given}, "command line")
    return again.read_from(study.file, study.folder)


def study_schema() -> str:
    """Return the JSON schema of study files, as shipped in ``examples/study.schema.json``."""
    return schema(Study)
