"""A study as the text of a study file: short, readable, and read back equal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ketasim.study.tables import Study

WIDTH = 100
_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
# As a study file is read best: what it is, who, what is looked at, then tables, then arms.
_FIRST = ("title", "question", "n", "seed", "tolerance", "mechanisms", "without", "control")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def study_toml(study: Study) -> str:
    """Return the text of a study file; what is as usual is not said.

    Raises
    ------
    ValueError
        For a value that TOML does not have.
    """
    said = study.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True)
    arms = [_arm(arm, own.open_label) for arm, own in zip(said["arms"], study.arms, strict=True)]
    for arm, own in zip(arms, study.arms, strict=True):
        steps = arm.get("regimen", [])
        arm["regimen"] = [
            {"drug": step.drug, "route": step.route, **row}
            for step, row in zip(own.regimen, steps, strict=True)
        ]
    rest = {key: value for key, value in said.items() if key != "arms"}
    order = [key for key in _FIRST if key in rest] + [key for key in rest if key not in _FIRST]
    plain = [f"{_key(key)} = {_value(rest[key])}" for key in order if not _is_table(rest[key])]
    parts = ["\n".join(plain)]
    parts += [_table(f"[{_key(key)}]", rest[key]) for key in order if _is_table(rest[key])]
    parts += [_table("[[arms]]", arm) for arm in arms]
    return "\n\n".join(part for part in parts if part) + "\n"


def _arm(arm: Mapping[str, Any], open_label: bool) -> dict[str, Any]:
    kept = {"name": arm["name"]}
    return {**kept, "open_label": True, **arm} if open_label else {**kept, **arm}


def _table(head: str, table: Mapping[str, Any]) -> str:
    """Return a table with its keys; tables inside it stand in braces."""
    return "\n".join([head, *(f"{_key(key)} = {_value(value)}" for key, value in table.items())])


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _key(key: str) -> str:
    return key if _BARE.match(key) else _text(key)


def _value(value: Any) -> str:
    """Return a value as TOML; a list that is too long for a line has an item in each."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, Sequence):
        return _list([_value(item) for item in value])
    raise ValueError(f"{value!r} has no place in TOML")


def _list(items: list[str]) -> str:
    line = f"[{', '.join(items)}]"
    if len(line) <= WIDTH - 20 or not items:
        return line
    if items[0].startswith("{"):
        return "[\n" + "".join(f"  {item},\n" for item in items) + "]"
    rows, row = [], ""
    for item in items:
        if row and len(row) + len(item) > WIDTH - 4:
            rows.append(row.rstrip())
            row = ""
        row += f"{item}, "
    return "[\n" + "".join(f"  {each}\n" for each in [*rows, row.rstrip()]) + "]"


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        raise ValueError(f"{text} has no place in a study file")
    # TOML wants digits on both sides of a point, and takes 1e-05 as it is.
    return text


def _text(text: str) -> str:
    """Return a string in quotation marks, control characters escaped."""
    return '"' + "".join(_ESCAPES.get(c) or _character(c) for c in text) + '"'


def _character(c: str) -> str:
    code = ord(c)
    if code < 0x20 or code == 0x7F:
        return f"\\u{code:04X}"
    return c
