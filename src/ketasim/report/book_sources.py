"""One bibliography for the books: that of the model, of dosing, of trials, and of the studies."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import as_file, files
from typing import Any

from ketasim.errors import UserError
from ketasim.model import Source

FILES = ("model", "dosing", "trial")
_FIELDS = ("author", "title", "journal", "year", "doi", "pmid", "url", "note")


@cache
def written_sources() -> Mapping[str, Source]:
    """Return the entries of the program's bibliographies by key.

    Raises
    ------
    UserError
        When one key stands in two of them.
    """
    from ketasim.model.sources import read_sources

    found: dict[str, Source] = {}
    for layer in FILES:
        with as_file(files(f"ketasim.{layer}").joinpath("sources.bib")) as path:
            for key, source in read_sources(path).items():
                if key in found:
                    raise UserError(f"{layer}/sources.bib: key '{key}' stands in another one, too")
                found[key] = source
    return found


def study_key(table: Mapping[str, Any], name: str) -> str:
    """Return the key of a study: of the bibliography, or its own name where it has no entry.

    Keys that differ in their letters' case alone are one: BibTeX knows no case.
    """
    known = {key.lower(): key for key in written_sources()}
    source = known.get(str(table.get("source", "")).lower())
    if source is not None:
        return source
    same = known.get(name.lower())
    if same is None:
        return name
    return same if _same(table, written_sources()[same]) else f"study-{name}"


def _same(table: Mapping[str, Any], source: Source) -> bool:
    """Whether an entry of that name is the study's: the same DOI, where both have one."""
    mine, other = str(table.get("doi", "")).lower(), source.fields.get("doi", "").lower()
    return not (mine and other) or mine == other


@cache
def book_sources() -> Mapping[str, Source]:
    """Return every source of the books by key: the bibliographies, then studies without entry."""
    found = dict(written_sources())
    folder = files("ketasim.evidence").joinpath("studies")
    for part in sorted(folder.iterdir(), key=lambda each: each.name):
        if not part.is_dir():
            continue
        for file in sorted(part.iterdir(), key=lambda each: each.name):
            if file.name.endswith(".toml"):
                name = file.name.removesuffix(".toml")
                table = tomllib.loads(file.read_text(encoding="utf-8"))
                key = study_key(table, name)
                found.setdefault(key, Source(key, "misc", _fields(table)))
    return found


def _fields(table: Mapping[str, Any]) -> dict[str, str]:
    """Return what a study file says of its source as fields of an entry."""
    source = str(table["source"])
    dated = re.search(r"\b(19|20)\d\d\b", source) is not None
    fields = {"note": source if dated else f"{source}; {table['title']}"}
    return fields | {name: str(table[name]) for name in ("doi", "pmid") if table.get(name)}


def bibtex() -> str:
    """Return the merged bibliography as BibTeX, by key."""
    return "\n".join(_entry(source) for _, source in sorted(book_sources().items()))


def _entry(source: Source) -> str:
    lines = [f"  {name} = {{{source.fields[name]}}}," for name in _FIELDS if name in source.fields]
    return "\n".join([f"@{source.kind}{{{source.key},", *lines, "}", ""])
