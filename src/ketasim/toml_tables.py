"""TOML files as strict tables: read, checked, and their mistakes told one plain line each."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from ketasim import input_files
from ketasim.errors import UserError, nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_WANTED = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "tuple_type": "a list in square brackets",
    "list_type": "a list in square brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


class Table(BaseModel):
    """A table of a TOML file: nothing unknown, nothing converted, nothing changed later."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


T = TypeVar("T", bound=Table)

# The time that keys with dots take grows with the square of their length.
KEY_PARTS = 100
_LONG_KEY = re.compile(
    r"""(?<![\w"'-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){100}"""
)


def read_text(path: Path) -> str:
    """Return the text of a file; UserError where there is none, or it is not UTF-8."""
    return input_files.read_text(path)


def parsed(text: str, file: str) -> dict[str, Any]:
    """Return the text of a TOML file as plain data; ``file`` names it in errors."""
    if found := _LONG_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise UserError(f"{file}:{line}: not TOML that is read: a key of {KEY_PARTS} parts or more")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{file}: not TOML: {error}") from None
    except RecursionError:
        raise UserError(f"{file}: not TOML: lists or tables are nested too deeply") from None
    except ValueError as error:  # a whole number of thousands of digits
        raise UserError(f"{file}: not TOML: {str(error).partition(';')[0]}") from None


def checked(model: type[T], data: Mapping[str, Any], file: str) -> T:
    """Return plain data as a table, or raise with one line for each mistake."""
    try:
        # Through JSON, where strict mode takes a list for a tuple and nothing else loosely.
        return model.model_validate_json(json.dumps(data, default=str))
    except RecursionError:
        raise UserError(f"{file}: lists or tables are nested too deeply") from None
    except ValidationError as error:
        raise UserError("\n".join(error_lines(error, model, file))) from None


def schema(model: type[Table]) -> str:
    """Return the JSON schema of files that hold ``model``."""
    found = model.model_json_schema(by_alias=True)
    found = {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def either_schema(key: str, having: type[Table], lacking: type[Table]) -> str:
    """Return the JSON schema of files that hold ``having`` where ``key`` stands in them."""
    from pydantic.json_schema import models_json_schema

    models: list[tuple[type[Table], Literal["validation"]]] = [
        (having, "validation"),
        (lacking, "validation"),
    ]
    places, found = models_json_schema(models, by_alias=True)
    found = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "if": {"required": [key]},
        "then": places[having, "validation"],
        "else": places[lacking, "validation"],
        **found,
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def error_lines(error: ValidationError, model: type[BaseModel], file: str) -> list[str]:
    """Return one line per mistake: file, key, offending value, what would do.

    Parameters
    ----------
    error : pydantic.ValidationError
    model : type of pydantic.BaseModel
        What the file was read as.
    file : str
        As the user knows it.
    """
    lines = []
    errors = error.errors()
    for found in errors:
        if _follows_from_another(found, errors):
            continue
        loc, message = found["loc"], _message(found, model)
        place = dotted(loc)
        field = re.match(r"(\w+): ", message)
        inside = _model_at(model, loc)
        if place and field and inside and field[1].rstrip("_") in _keys(inside):
            place, message = f"{place}.{field[1].rstrip('_')}", message[field.end() :]
        elif field and not place:
            place, message = field[1], message[field.end() :]
        lines.append(": ".join(part for part in (file, place, message) if part))
    return list(dict.fromkeys(lines))


def dotted(loc: Sequence[int | str]) -> str:
    """Return where something stands, as ``arms[1].regimen[2].dose``; lists count from 1."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        elif not _is_branch(part):
            text += f".{part}" if text else part
    return text


def _follows_from_another(found: ErrorDetails, errors: Sequence[ErrorDetails]) -> bool:
    """Whether a mistake is told better elsewhere: inside the list, in the union's other branch."""
    loc = found["loc"]
    if found["type"] == "literal_error" and _is_branch(str(loc[-1])):
        return True
    deeper = (e["loc"][: len(loc)] == loc and len(e["loc"]) > len(loc) for e in errors)
    return found["type"] == "too_short" and any(deeper)


def _is_branch(part: str) -> bool:
    """Whether a part of the place is pydantic's name for one branch of a union, not a key."""
    return part.startswith(("tuple[", "literal[", "function-", "constrained-"))


def _message(found: ErrorDetails, model: type[BaseModel]) -> str:
    kind, given, context = found["type"], found["input"], found.get("ctx", {})
    if kind == "extra_forbidden":
        inside = _model_at(model, found["loc"][:-1])
        return f"no such key{nearest(str(found['loc'][-1]), _keys(inside) if inside else ())}"
    if kind == "missing":
        return "missing"
    if kind == "value_error":
        return str(context["error"]).removeprefix(": ")
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"])
        if not choices:
            return f"{given!r} is not a choice; choose from: {context['expected']}"
        return f"{given!r} is not a choice{nearest(str(given), choices)}"
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"{given!r} is out of range; it must be {words} {context[key]:g}"
    if kind in ("too_short", "string_too_short"):
        return f"{given!r} is empty; give at least one"
    if kind == "string_pattern_mismatch":
        return f"{given!r} may hold letters, digits and _ . + - only"
    if kind in _WANTED:
        other = ' or "all"' if _is_branch(str(found["loc"][-1])) else ""
        return f"{_shown(given)} should be {_WANTED[kind]}{other}"
    return f"{_shown(given)}: {found['msg'][:1].lower()}{found['msg'][1:]}"


def _shown(given: Any) -> str:
    """Return a value short enough for one line."""
    text = repr(given)
    return text if len(text) <= 60 else text[:57] + "..."


def _keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the keys of a table as the file writes them."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _model_at(model: type[BaseModel], loc: Sequence[int | str]) -> type[BaseModel] | None:
    """Return the table model that stands at ``loc``; None where there is none."""
    here: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, int) or here is None or _is_branch(part):
            continue
        by_key: Mapping[str, Any] = {f.alias or n: f for n, f in here.model_fields.items()}
        here = next(_models_in(by_key[part].annotation), None) if part in by_key else None
    return here


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the table models named in a type."""
    if hasattr(annotation, "model_fields"):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def toml_files(folder: Path, holds: str) -> list[Path]:
    """Return every ``*.toml`` below a folder, sorted.

    Raises
    ------
    UserError
        No such folder, or none in it; ``holds`` says what was looked for.
    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "no such folder"
        raise UserError(f"{folder}: {what}")
    paths = sorted(path for path in folder.rglob("*.toml") if path.is_file())
    if not paths:
        raise UserError(f"{folder}: holds no {holds} is needed")
    return paths


def with_ids(message: str, data: Mapping[str, Any], kind: str) -> str:
    """Return an error message with a table's id behind its place in the file.

    ``kind`` is the name of the tables, as ``finding`` of ``[[finding]]``.
    """

    def named(match: re.Match[str]) -> str:
        tables = data.get(kind)
        place = int(match[1]) - 1
        table = tables[place] if isinstance(tables, list) and place < len(tables) else {}
        name = table.get("id") if isinstance(table, dict) else None
        return f"{match[0]} ({name})" if isinstance(name, str) else match[0]

    return re.sub(rf"(?<=: ){kind}\[(\d+)\]", named, message)
