"""Study files: read, checked, and described to editors."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from ketasim.cli.study import Study
from ketasim.cli.study_errors import study_error_lines
from ketasim.errors import UserError

DEFAULT_STUDY = "one_infusion"
SCHEMA_FILE = "study.schema.json"


def load_study(path: Path | None) -> tuple[Study, str]:
    """Read a study file, or the default study.

    Parameters
    ----------
    path : Path or None
        None for the study that ketasim ships.

    Returns
    -------
    study : Study
    file : str
        The file as messages should name it.

    Raises
    ------
    UserError
        No such file, not TOML, or one line for each key that will not do.
    """
    if path is None:
        text = default_study_text()
        return read_study(text, f"{DEFAULT_STUDY}.toml"), f"{DEFAULT_STUDY}.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not a text file (byte {error.start} is not UTF-8)") from None
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None
    return read_study(text, str(path)), str(path)


def default_study_text() -> str:
    """Return the study that ketasim ships, as written."""
    folder = files("ketasim.cli").joinpath("studies")
    return folder.joinpath(f"{DEFAULT_STUDY}.toml").read_text(encoding="utf-8")


def read_study(text: str, file: str) -> Study:
    """Read the text of a study file; ``file`` names it in errors."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{file}: not TOML: {error}") from None
    return checked_study(data, file)


def checked_study(data: dict[str, Any], file: str) -> Study:
    """Return plain data as a study, or raise with one line for each mistake."""
    from pydantic import ValidationError

    try:
        # Through JSON, where strict mode takes a list for a tuple and nothing else loosely.
        return Study.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise UserError("\n".join(study_error_lines(error, Study, file))) from None


def with_options(study: Study, *, n: int | None = None, seed: int | None = None) -> Study:
    """Return the study with what the command line says instead, checked alike."""
    given = {key: value for key, value in (("n", n), ("seed", seed)) if value is not None}
    return checked_study({**study.plain(), **given}, "command line") if given else study


def study_schema() -> str:
    """Return the JSON schema of study files, as shipped in ``studies/study.schema.json``."""
    schema = Study.model_json_schema(by_alias=True)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
