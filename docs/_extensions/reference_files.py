"""The reference of files people write, from the JSON schemas that check them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]


MACHINE_NUMBER = 1e15
"""Bounds above are those of the machine, not of the matter."""


def schemas() -> dict[str, tuple[str, Schema]]:
    """Return every schema by the name of what it describes, with how to get it."""
    from ketasim.evidence import finding_schema
    from ketasim.evidence.claims_reading import claims_schema
    from ketasim.study import study_schema
    from ketasim.trial.trial_file import trial_schema

    return {
        "study": ("ketasim schema", json.loads(study_schema())),
        "trial": ("ketasim trial --schema", json.loads(trial_schema())),
        "findings": ("ketasim evidence --schema", json.loads(finding_schema())),
        "claims": ("ketasim ledger --schema", json.loads(claims_schema())),
    }


WORDS = {
    "study": "One question: who, what is given, what is looked at. `ketasim run STUDY.toml`.",
    "trial": "A trial as it is run. `ketasim trial TRIAL.toml`; [how](../trials.md).",
    "findings": "What a study observed. A file with a `[trial]` table is a trial's, any other an "
    "experiment's. `ketasim evidence FOLDER`; [how](../findings.md).",
    "claims": "What articles say. `ketasim ledger FOLDER`; [the ledger](../ledger.md).",
}


def page() -> str:
    """Return the page: every table of every kind of file, with all its fields."""
    parts = [
        "# Files",
        "All are TOML and are checked as a whole before anything runs; a mistake is told with its "
        "file, field, value and the nearest choice. An editor that knows JSON Schema can check "
        "them as you type. No code runs from them.",
    ]
    for name, (command, schema) in schemas().items():
        parts += [f"## {name.capitalize()} files", f"{WORDS[name]} Schema: `{command}`."]
        parts += _tables(name, schema)
    return "\n\n".join(part for part in parts if part) + "\n"


def _tables(name: str, schema: Schema) -> list[str]:
    parts: list[str] = []
    if "properties" in schema:
        parts += [
            "### The file itself",
            _cell(schema.get("description", "")),
            _fields(schema, name),
        ]
    for title, table in schema.get("$defs", {}).items():
        if "properties" in table:
            anchor = f"({_anchor(name, title)})="
            parts += [f"{anchor}\n### {_named(title)}", _cell(table.get("description", ""))]
            parts.append(_fields(table, name))
    return parts


def _anchor(name: str, title: str) -> str:
    return f"{name}-{title.lower()}"


def _named(title: str) -> str:
    """Return a table's name in words: ``ClinicalFindingTable`` is a clinical finding."""
    words = re.findall(r"[A-Z][a-z]*", title.removesuffix("Table")) or [title]
    return " ".join(words).capitalize()


def _fields(table: Schema, name: str) -> str:
    needed = set(table.get("required", ()))
    rows = ["| field | takes | meaning | default |", "|---|---|---|---|"]
    for field, schema in table["properties"].items():
        default = "**required**" if field in needed else _default(schema)
        meaning = _cell(schema.get("description", ""))
        for example in schema.get("examples", ())[:1]:
            meaning += f" Example: `{json.dumps(example, ensure_ascii=False)}`."
        rows.append(f"| `{field}` | {_type(schema, name)} | {meaning.strip()} | {default} |")
    return "\n".join(rows)


def _default(schema: Schema) -> str:
    value = schema.get("default")
    if value is None or value in ("", [], {}):
        return ""
    return f"`{_cell(json.dumps(value, ensure_ascii=False))}`"


def _type(schema: Schema, name: str) -> str:
    """Return what a field takes, in words."""
    if "$ref" in schema:
        title = schema["$ref"].rsplit("/", 1)[1]
        return f"[{_named(title).lower()}](#{_anchor(name, title)})"
    for key in ("anyOf", "oneOf"):
        if key in schema:
            found = [_type(each, name) for each in schema[key] if each.get("type") != "null"]
            return ", or ".join(dict.fromkeys(found))
    if "const" in schema:
        return f"`{json.dumps(schema['const'], ensure_ascii=False)}`"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(item, ensure_ascii=False)}`" for item in schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        inside = _type(schema.get("items", {}), name)
        return f"list of {inside}" if inside else "list"
    if kind == "object":
        inside = schema.get("additionalProperties")
        return f"table of {_type(inside, name)}" if isinstance(inside, dict) else "table"
    words = {
        "string": "text",
        "integer": "whole number",
        "number": "number",
        "boolean": "yes or no",
    }
    return words.get(str(kind), "") + _bounds(schema)


def _bounds(schema: Schema) -> str:
    words = {
        "minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most",
        "exclusiveMaximum": "below",
    }  # fmt: skip
    found = [
        f"{said} {_number(schema[key])}"
        for key, said in words.items()
        if key in schema and schema[key] < MACHINE_NUMBER
    ]
    return f", {' and '.join(found)}" if found else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def _cell(text: str) -> str:
    return re.sub(r"([|<*_])", r"\\\1", " ".join(text.split()))
