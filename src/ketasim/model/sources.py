"""The bibliography: BibTeX keys and what a reader needs to find each source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ketasim.errors import UserError
from ketasim.model.text_file import read_text

_ENTRY = re.compile(r"^\s*@(\w+)\s*\{\s*([^,\s{}]+)\s*,?")
_FIELD = re.compile(r"\b(\w+)\s*=\s*(?:\{((?:[^{}]|\{[^{}]*\})*)\}|\"([^\"]*)\"|(\d+))")


@dataclass(frozen=True)
class Source:
    """One entry of the bibliography.

    Parameters
    ----------
    key : str
        BibTeX key, cited as ``[@key]``.
    kind : str
        ``article``, ``misc``, ...
    fields : mapping
        BibTeX fields in lower case: author, title, year, doi, ...
    line : int
        Line of the entry in its file.
    """

    key: str
    kind: str
    fields: Mapping[str, str] = field(compare=False, repr=False)
    line: int = 0

    def __str__(self) -> str:
        parts = [self.fields.get(name, "") for name in ("author", "year", "title", "doi", "url")]
        return ". ".join(part for part in parts if part) or self.key


def read_sources(path: Path) -> dict[str, Source]:
    """Read a BibTeX file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict of str to Source
        By key, in the order of the file.

    Raises
    ------
    UserError
        If the file is missing or a key stands twice.
    """
    lines = read_text(path).splitlines()
    starts = [(i, m) for i, line in enumerate(lines) if (m := _ENTRY.match(line))]
    ends = [i for i, _ in starts[1:]] + [len(lines)] * bool(starts)
    found: dict[str, Source] = {}
    for (start, match), end in zip(starts, ends, strict=True):
        kind, key = match.group(1).lower(), match.group(2)
        if kind in ("comment", "string", "preamble"):
            continue
        if key in found:
            raise UserError(
                f"{path.name}:{start + 1}: key '{key}' stands already on line {found[key].line}"
            )
        body = " ".join(lines[start:end])[match.end() - 1 :]
        fields = {
            m.group(1).lower(): " ".join((m.group(2) or m.group(3) or m.group(4) or "").split())
            for m in _FIELD.finditer(body)
        }
        found[key] = Source(key, kind, fields, start + 1)
    return found
