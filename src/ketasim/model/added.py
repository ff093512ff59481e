"""A user's own mechanisms: files beside the model's, checked before they join it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from ketasim.errors import UserError
from ketasim.input_files import ADDED_FILES
from ketasim.model.formula import is_reserved
from ketasim.model.sources import Source

_NAME = re.compile(r"[A-Za-z]\w*\Z", flags=re.ASCII)


def added_paths(
    add: Iterable[str | Path], mechanisms: Collection[str], tables: Collection[str]
) -> tuple[Path, ...]:
    """Return the files of added mechanisms, absolute, each once, sorted by name.

    Parameters
    ----------
    add : iterable of str or Path
        ``NAME.ant``; ``NAME.csv`` and, where there is one, ``NAME.bib`` lie beside it.
    mechanisms, tables : collection of str
        Names of the mechanisms and parameter tables that are there already.

    Raises
    ------
    UserError
        A file that is not there or not called ``NAME.ant``, a name that is taken, or too many.
    """
    given = [add] if isinstance(add, str | Path) else list(add)
    if len(given) > ADDED_FILES:
        raise UserError(f"add: {len(given)} files; a model takes at most {ADDED_FILES}")
    found: dict[str, Path] = {}
    for path in dict.fromkeys(Path(each).absolute() for each in given):
        name = path.stem
        if path.suffix != ".ant":
            raise UserError(f"add: '{path}' is not called NAME.ant; nearest: {name}.ant"
                            f"{_how_to_import(path)}")  # fmt: skip
        if not _NAME.match(name) or is_reserved(name):
            raise UserError(f"add: '{name}' is no name for a mechanism; use letters, digits and _")
        if name in mechanisms:
            raise UserError(f"add: {path}: a mechanism of the model is called '{name}'; "
                            f"give the file and the model in it another name")  # fmt: skip
        if name in tables or name == "functions":
            raise UserError(f"add: {path}: '{name}' is taken; take another name")
        if name in found:
            raise UserError(f"add: {path}: {found[name]} is called '{name}', too")
        if not path.exists():
            raise UserError(f"add: {path}: no such file")
        found[name] = path
    return tuple(found[name] for name in sorted(found))


def _how_to_import(path: Path) -> str:
    if path.suffix.lower() in (".xml", ".sbml"):
        return f" (ketasim import {path.name} --name {path.stem} makes one of it)"
    return ""


def files_beside(path: Path) -> tuple[Path, ...]:
    """Return what belongs to an added mechanism: its text, its table, its bibliography."""
    beside = (path.with_suffix(suffix) for suffix in (".csv", ".bib"))
    return (path, *(each for each in beside if each.exists()))


def with_own_sources(
    shipped: Mapping[str, Source], own: Mapping[str, Source], file: str
) -> dict[str, Source]:
    """Return both bibliographies as one; a key may stand in both if it means the same.

    Raises
    ------
    UserError
        A key that means something else in the model's bibliography.
    """
    for key, source in own.items():
        there = shipped.get(key)
        if there is not None and dict(there.fields) != dict(source.fields):
            raise UserError(
                f"{file}:{source.line}: key '{key}' is another source in the model's sources.bib "
                f"({str(there)[:80]}); take another key, or leave it out to cite that one"
            )
    return {**own, **shipped}
