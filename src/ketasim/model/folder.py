"""Where the texts of a model lie, and how to read them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ketasim.errors import UserError, nearest
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
    """

    path: Path = PACKAGE_FOLDER

    def mechanism_names(self) -> tuple[str, ...]:
        """Names of the mechanisms of the default model, sorted."""
        return tuple(p.stem for p in self._files() if not _is_companion(p, _stamp(p)))

    def companion_names(self) -> tuple[str, ...]:
        """Names of the mechanisms that join a model only when asked for by name, sorted."""
        return tuple(p.stem for p in self._files() if _is_companion(p, _stamp(p)))

    def every_name(self) -> tuple[str, ...]:
        """Names of all mechanisms, companions included, sorted."""
        return tuple(p.stem for p in self._files())

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
        """The bibliography."""
        path = self.path / "sources.bib"
        return _read_sources(path, _stamp(path))

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
        path = self.path / "mechanisms" / f"{name}.ant"
        bibliography = self.path / "sources.bib"
        stamps = (_stamp(path), _stamp(self.functions_path), _stamp(bibliography))
        return _read_mechanism(self, name, stamps)

    def table(self, name: str) -> tuple[Parameter, ...]:
        """Rows of one parameter table; empty when there is no such file."""
        path = self.path / "parameters" / f"{name}.csv"
        if not path.is_file():
            return ()
        return _read_table(self, name, (_stamp(path), _stamp(self.path / "sources.bib")))

    def check_names(self, names: Iterable[str]) -> None:
        """Raise UserError for a name that is no mechanism."""
        known = self.every_name()
        for name in names:
            if name not in known:
                raise UserError(f"unknown mechanism '{name}'{nearest(name, known)}")


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
    path = folder.path / "mechanisms" / f"{name}.ant"
    return read_mechanism(path, folder.functions(), folder.sources())


@lru_cache(maxsize=512)
def _read_table(
    folder: ModelFolder, name: str, _stamps: tuple[Stamp, ...]
) -> tuple[Parameter, ...]:
    return read_parameters(folder.path / "parameters" / f"{name}.csv", folder.sources())
