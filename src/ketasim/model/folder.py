"""Where the texts of a model lie, and how to read them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from ketasim.errors import UserError, nearest
from ketasim.model.added import added_paths, with_own_sources
from ketasim.model.formula import Function
from ketasim.model.mechanism import Mechanism
from ketasim.model.mechanism_file import read_functions, read_mechanism
from ketasim.model.parameter_table import Parameter, read_parameters
from ketasim.model.sources import Source, read_sources
from ketasim.model.text_file import read_text

PACKAGE_FOLDER = Path(__file__).parent
_FUNCTIONS = "functions"


@dataclass(frozen=True)
class ModelFolder:
    """A folder with ``mechanisms/*.ant``, ``parameters/*.csv`` and ``sources.bib``.

    Files are read when asked for, and again only after they changed.

    Parameters
    ----------
    path : Path
        The folder; the package's own by default.
    added : tuple of Path
        A user's own mechanisms, elsewhere: ``NAME.ant`` with ``NAME.csv`` and ``NAME.bib``
        beside it. See :func:`with_added`.
    """

    path: Path = PACKAGE_FOLDER
    added: tuple[Path, ...] = ()

    def mechanism_names(self) -> tuple[str, ...]:
        """Names of the mechanisms of the default model, sorted; those added belong to it."""
        own = [p.stem for p in self._files() if not _is_companion(p, _stamp(p))]
        return tuple(sorted([*own, *self.added_names()]))

    def added_names(self) -> tuple[str, ...]:
        """Names of the mechanisms a user added, sorted."""
        return tuple(p.stem for p in self.added)

    def companion_names(self) -> tuple[str, ...]:
        """Names of the mechanisms that join a model only when asked for by name, sorted."""
        return tuple(p.stem for p in self._files() if _is_companion(p, _stamp(p)))

    def every_name(self) -> tuple[str, ...]:
        """Names of all mechanisms, companions included, sorted."""
        return tuple(sorted([*(p.stem for p in self._files()), *self.added_names()]))

    def _files(self) -> list[Path]:
        found = (self.path / "mechanisms").glob("*.ant")
        return sorted(p for p in found if p.stem != _FUNCTIONS)

    def table_names(self) -> tuple[str, ...]:
        """Names of all parameter tables, sorted."""
        return tuple(sorted(p.stem for p in (self.path / "parameters").glob("*.csv")))

    def shared_tables(self) -> tuple[str, ...]:
        """Names of the tables that belong to no single mechanism and serve all."""
        mechanisms = self.every_name()
        return tuple(n for n in self.table_names() if n not in mechanisms)

    def sources(self) -> dict[str, Source]:
        """The bibliography; with those of the added mechanisms."""
        path = self.path / "sources.bib"
        found = dict(_read_sources(path, _stamp(path))) if self.added else None
        if found is None:
            return _read_sources(path, _stamp(path))
        for own in (each.with_suffix(".bib") for each in self.added):
            if own.exists():
                found = with_own_sources(found, _read_sources(own, _stamp(own)), own.name)
        return found

    def functions(self) -> dict[str, Function]:
        """Helper functions."""
        path = self.functions_path
        return _read_functions(path, _stamp(path))

    @property
    def functions_path(self) -> Path:
        """File of the helper functions; it may be missing."""
        return self.path / "mechanisms" / f"{_FUNCTIONS}.ant"

    def mechanism(self, name: str) -> Mechanism:
        """Read one mechanism, or raise UserError with the nearest name."""
        self.check_names([name])
        place, path = self._home(name), self._text_of(name)
        stamps = (_stamp(path), _stamp(self.functions_path), *place._bibliography_stamps())
        return _read_mechanism(place, name, stamps)

    def table(self, name: str) -> tuple[Parameter, ...]:
        """Rows of one parameter table; empty when there is no such file."""
        place, path = self._home(name), self._table_of(name)
        if not path.exists():
            return ()
        return _read_table(place, name, (_stamp(path), *place._bibliography_stamps()))

    def file_of(self, name: str) -> Path | None:
        """The file of an added mechanism; None for one of the folder."""
        return next((p for p in self.added if p.stem == name), None)

    def _home(self, name: str) -> ModelFolder:
        """The folder without what has nothing to do with a mechanism: what is kept in memory."""
        own = self.file_of(name)
        added = () if own is None else (own,)
        return self if added == self.added else ModelFolder(self.path, added)

    def _text_of(self, name: str) -> Path:
        return self.file_of(name) or self.path / "mechanisms" / f"{name}.ant"

    def _table_of(self, name: str) -> Path:
        own = self.file_of(name)
        return own.with_suffix(".csv") if own else self.path / "parameters" / f"{name}.csv"

    def _bibliography_stamps(self) -> tuple[Stamp, ...]:
        every = (self.path / "sources.bib", *(p.with_suffix(".bib") for p in self.added))
        return tuple(_stamp(path) for path in every)

    def check_names(self, names: Iterable[str]) -> None:
        """Raise UserError for a name that is no mechanism."""
        known = self.every_name()
        for name in names:
            if name not in known:
                raise UserError(f"unknown mechanism '{name}'{self.meant(name)}")

    def meant(self, name: str) -> str:
        """Return a hint at the mechanism meant: spelt like ``name``, or entitled so."""
        hint = nearest(name, self.every_name())
        if not hint.startswith("; nearest"):
            own = replace(self, added=())
            titles = {each: own.mechanism(each).title.lower() for each in own.every_name()}
            entitled = [each for each, title in titles.items() if name.strip().lower() in title]
            hint = f"; nearest: {entitled[0]}" if name.strip() and entitled else hint
        return hint


def with_added(folder: ModelFolder, add: Iterable[str | Path]) -> ModelFolder:
    """Return the folder with a user's own mechanisms.

    Raises
    ------
    UserError
        A file that is not there or not called ``NAME.ant``, or a name that is taken.
    """
    given = [add] if isinstance(add, str | Path) else list(add)
    if not given:
        return folder
    return replace(folder, added=added_paths(given, folder.every_name(), folder.table_names()))


Stamp = tuple[int, int]


def _stamp(path: Path) -> Stamp:
    """Return what changes when a file does: time [ns] and size [bytes]."""
    if not path.is_file():
        return (0, 0)
    facts = path.stat()
    return (facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=512)
def _is_companion(path: Path, _stamp: Stamp) -> bool:
    """Whether the header of a mechanism file says so; the rest of the file is not read."""
    header = read_text(path).partition("\nmodel ")[0]
    return re.search(r"^//\s*companion\s*:", header, flags=re.MULTILINE) is not None


@lru_cache(maxsize=64)
def _read_sources(path: Path, _stamp: Stamp) -> dict[str, Source]:
    return read_sources(path)


@lru_cache(maxsize=64)
def _read_functions(path: Path, _stamp: Stamp) -> dict[str, Function]:
    return read_functions(path)


@lru_cache(maxsize=512)
def _read_mechanism(folder: ModelFolder, name: str, _stamps: tuple[Stamp, ...]) -> Mechanism:
    with _told_of(folder):
        return read_mechanism(folder._text_of(name), folder.functions(), folder.sources())


@lru_cache(maxsize=512)
def _read_table(
    folder: ModelFolder, name: str, _stamps: tuple[Stamp, ...]
) -> tuple[Parameter, ...]:
    with _told_of(folder):
        return read_parameters(folder._table_of(name), folder.sources())


@contextmanager
def _told_of(folder: ModelFolder) -> Iterator[None]:
    """Say of a source that is missing where a user's own would stand."""
    try:
        yield
    except UserError as error:
        own = f"neither in {folder.added[0].stem}.bib nor" if folder.added else ""
        missing = "is not in sources.bib"
        if not own or missing not in str(error):
            raise
        raise UserError(str(error).replace(missing, f"is {own} in sources.bib")) from None
