"""Hypotheses: one explanation of the effect each, as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np
from pydantic import Field

from ketasim.errors import UserError, nearest
from ketasim.inference.calibration import Prior
from ketasim.inference.tournament.links import LINK, Link, links, shared
from ketasim.model import assemble, load_sources, mechanism_names
from ketasim.toml_tables import Table, checked, parsed, read_text

MOST_FREE = 24
"""Links that one hypothesis may claim: more could not be told apart."""


class _Link(Table):
    """A link of a user's own: any parameter of the model."""

    symbol: str
    median: float = Field(gt=0)
    sd: float = Field(gt=0, le=5)
    scale: Literal["log", "logit"] = "log"
    source: str = "assumed:"
    note: str = ""


class _File(Table):
    """A hypothesis file."""

    title: str = Field(min_length=1, max_length=80)
    sentence: str = Field(min_length=1, max_length=600)
    champions: tuple[str, ...] = Field(min_length=1)
    mechanisms: tuple[str, ...] = Field(min_length=1)
    free: tuple[str, ...] = ()
    fixed: dict[str, float] = Field(default_factory=dict)
    link: tuple[_Link, ...] = ()
    odds: float = Field(default=1.0, gt=0)
    note: str = ""


@dataclass(frozen=True)
class Hypothesis:
    """One explanation.

    Attributes
    ----------
    name, title, sentence, note : str
    champions : tuple of str
        Keys of the bibliography, or a user's own words.
    mechanisms : tuple of str
        Which carry the effect; the others can be measured and carry nothing.
    free : tuple of Link
        What it estimates: the links it claims, then the shared parameters.
    fixed : mapping of str to float
        Every other link at `off`, and what the file fixes.
    odds : float
        Prior odds against one of the others; 1 for all that ship.
    """

    name: str
    title: str
    sentence: str
    champions: tuple[str, ...]
    mechanisms: tuple[str, ...]
    free: tuple[Link, ...]
    fixed: Mapping[str, float]
    odds: float = 1.0
    note: str = ""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names of what is free, in the order of scores."""
        return tuple(link.symbol for link in self.free)

    @property
    def claims(self) -> tuple[str, ...]:
        """Names of the links it claims, without what every hypothesis has."""
        return tuple(link.symbol for link in self.free if link.kind == LINK)

    def values(self, scores: np.ndarray) -> dict[str, np.ndarray]:
        """Return parameters of the model, arrays of shape (n,).

        Parameters
        ----------
        scores : ndarray, shape (n, free)
            Each standard normal under the prior.
        """
        n = len(scores)
        found = {name: np.full(n, value) for name, value in self.fixed.items()}
        for column, link in enumerate(self.free):
            found[link.symbol] = link.value(scores[:, column])
        return found


@cache
def hypothesis_names() -> tuple[str, ...]:
    """Return the names of the hypotheses that ship."""
    folder = files("ketasim.inference.tournament") / "hypotheses"
    return tuple(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml")))


def load_hypothesis(name: str | Path) -> Hypothesis:
    """Return a hypothesis that ships, or one from a file of a user's.

    Raises
    ------
    UserError
        No such name or file, or a mistake in the file, one line each.
    """
    path = Path(name)
    if path.suffix == ".toml":
        return read_hypothesis(read_text(path), str(path), path.stem)
    if str(name) not in hypothesis_names():
        raise UserError(f"no hypothesis {str(name)!r}{nearest(str(name), hypothesis_names())}")
    with as_file(files("ketasim.inference.tournament") / "hypotheses" / f"{name}.toml") as shipped:
        return read_hypothesis(read_text(shipped), f"{name}.toml", str(name))


def load_hypotheses(names: Sequence[str | Path] = ()) -> tuple[Hypothesis, ...]:
    """Return several hypotheses, by default all that ship.

    Raises
    ------
    UserError
        As `load_hypothesis`; two of one name.
    """
    found = tuple(load_hypothesis(name) for name in (names or hypothesis_names()))
    seen = [each.name for each in found]
    for name in seen:
        if seen.count(name) > 1:
            raise UserError(f"hypothesis {name!r} is there twice; give one another name")
    return found


def read_hypothesis(text: str, file: str, name: str) -> Hypothesis:
    """Return a hypothesis from the text of its file; ``file`` names it in errors."""
    read = checked(_File, parsed(text, file), file)
    known = {row.symbol: row.value for row in assemble().parameters}
    _check_names(read, known, file)
    own = {each.symbol: _own_link(each, known) for each in read.link}
    chosen = [own.get(symbol) or links()[symbol] for symbol in read.free]
    chosen += [link for symbol, link in own.items() if symbol not in read.free]
    free = (*chosen, *(each for each in shared() if each.symbol not in own))
    claimed = {link.symbol for link in free}
    off = {s: link.off for s, link in links().items() if link.kind == LINK and s not in claimed}
    return Hypothesis(
        name,
        read.title,
        " ".join(read.sentence.split()),
        read.champions,
        read.mechanisms,
        free,
        MappingProxyType({**off, **{s: v for s, v in read.fixed.items() if s not in claimed}}),
        read.odds,
        " ".join(read.note.split()),
    )


def _own_link(read: _Link, known: Mapping[str, float]) -> Link:
    prior = Prior(read.symbol, read.median, read.sd, read.scale, read.source, read.note)
    return Link(prior, LINK, known[read.symbol], "", "")


def _check_names(read: _File, known: Mapping[str, float], file: str) -> None:
    """Refuse names that nothing has, and values outside their scale."""
    for name in read.mechanisms:
        if name not in mechanism_names():
            raise UserError(
                f"{file}: mechanisms: no mechanism {name!r}{nearest(name, mechanism_names())}"
            )
    own = [each.symbol for each in read.link]
    claimable = [s for s, link in links().items() if link.kind == LINK]
    for symbol in read.free:
        if symbol not in own and symbol not in claimable:
            raise UserError(f"{file}: free: no link {symbol!r}{nearest(symbol, claimable)}")
    for where, symbols in (("link", own), ("fixed", list(read.fixed))):
        for symbol in symbols:
            if symbol not in known:
                raise UserError(
                    f"{file}: {where}: the model has no parameter {symbol!r}"
                    f"{nearest(symbol, known)}"
                )
    for listed in (read.free, tuple(own)):
        for symbol in listed:
            if listed.count(symbol) > 1:
                raise UserError(f"{file}: {symbol!r} is listed twice")
    for symbol in read.fixed:
        if symbol in (*read.free, *own):
            raise UserError(f"{file}: {symbol!r} is both free and fixed")
    for each in read.link:
        if each.scale == "logit" and each.median >= 1:
            raise UserError(
                f"{file}: link: the median of {each.symbol} is {each.median:g}; "
                "on a logit scale it lies between 0 and 1"
            )
    if len(read.free) + len(own) > MOST_FREE:
        raise UserError(f"{file}: {len(read.free) + len(own)} free links; at most {MOST_FREE}")


def unknown_champions(hypothesis: Hypothesis) -> tuple[str, ...]:
    """Return champions that are no key of the bibliography."""
    return tuple(key for key in hypothesis.champions if key not in load_sources())
