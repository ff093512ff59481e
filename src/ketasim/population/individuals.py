"""Virtual people: who they are, and the values of the model's parameters for each of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.population.counter import sobol_uniforms, uniforms
from ketasim.population.possible import fault
from ketasim.population.preparations import HUMAN, own_values, preparation_of
from ketasim.population.spread import (
    COVARIATES,
    Correlation,
    Parameter,
    Spread,
    correlations,
    named,
    names,
    of_parameter,
)

_LOG = "lognormal"
SAMPLINGS = ("random", "sobol")


@dataclass(frozen=True)
class Given:
    """Values read from a file, one row per individual.

    Attributes
    ----------
    path : str
    ids : tuple of str
    symbols : tuple of str
    values : ndarray of float, shape (n, symbols)
    lines : tuple of int
        Line of each individual in the file.
    """

    path: str
    ids: tuple[str, ...]
    symbols: tuple[str, ...]
    values: np.ndarray = field(compare=False)
    lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class Population:
    """``n`` virtual people; nothing is drawn until `draw`.

    Attributes
    ----------
    name : str
        ``"typical"`` (one typical patient of ``trd``: nobody differs), ``"trd"``, ``"healthy"``,
        or a typical animal: ``"mouse"``, ``"rat"``.
    n : int
        How many; their indices are 0 to n - 1.
    seed, replicate : int
        Person k of replicate j is the same whatever n, chunk, thread or model.
    overrides : mapping of str to float
        Values fixed for everybody, in the parameter's own unit.
    between_person : bool
        Whether people differ; False gives the typical person of this population.
    sampling : str
        ``"random"`` or ``"sobol"`` (quasi-random: fewer people for the same precision).
    correlated : tuple of Correlation
        Parameters that go together.
    given : Given or None
        Values read from a file.

    Raises
    ------
    UserError
        Unknown name or sampling, n below 1, a seed below 0, an override that is no number or
        a covariate nobody can have.
    """

    name: str = "typical"
    n: int = 1
    seed: int = 0
    replicate: int = 0
    overrides: Mapping[str, float] = field(default_factory=dict, hash=False)
    between_person: bool = True
    sampling: str = "random"
    correlated: tuple[Correlation, ...] = field(default_factory=correlations)
    given: Given | None = None

    def __post_init__(self) -> None:
        if self.name not in names():
            hint = nearest(self.name, names())
            raise UserError(f"population: unknown name {self.name!r}{hint}")
        if self.sampling not in SAMPLINGS:
            hint = nearest(self.sampling, SAMPLINGS)
            raise UserError(f"sampling: unknown {self.sampling!r}{hint}")
        _check_count("n", self.n, 1)
        _check_count("seed", self.seed, 0)
        _check_count("replicate", self.replicate, 0)
        for symbol, value in self.overrides.items():
            if isinstance(value, str) or not math.isfinite(value):
                raise UserError(f"overrides: {symbol} = {value!r} is not a finite number")
            if what := fault(symbol, value):
                raise UserError(f"overrides: {symbol} = {value:g} {what}")
        object.__setattr__(self, "overrides", dict(self.overrides))

    def __str__(self) -> str:
        parts = [self.name if self.given is None else self.given.path, f"n = {self.n}"]
        if self.differs:
            parts.append(f"seed {self.seed}")
        parts += [f"replicate {self.replicate}"] if self.replicate else []
        parts += [self.sampling] if self.sampling != "random" else []
        parts += [f"{symbol} = {value:g}" for symbol, value in self.overrides.items()]
        return ", ".join(parts)

    def _repr_html_(self) -> str:
        from ketasim.html_tables import shown, table

        facts = (
            ("people", self.n),
            ("preparation", self.preparation),
            ("seed", self.seed if self.differs else None),
            ("differ between people", "yes" if self.differs else "no"),
            ("sampling", self.sampling),
            ("read from", self.given.path if self.given else None),
        )
        fixed = table(("fixed for all", "value"), self.overrides.items())
        return shown("Population", self.name, facts, [fixed])

    @property
    def differs(self) -> bool:
        """Whether people are drawn from distributions at all; animals are not."""
        return self.between_person and self.name != "typical" and self.preparation == HUMAN

    @property
    def preparation(self) -> str:
        """Whom it consists of: ``"human"``, ``"mouse"`` or ``"rat"``."""
        return preparation_of(self.name)

    @property
    def ids(self) -> tuple[str, ...]:
        """Names of the individuals: those of the file, or 1 to n."""
        if self.given is not None:
            return self.given.ids
        return tuple(str(index + 1) for index in range(self.n))

    def fix(self, **values: float) -> Population:
        """Return the population with more values fixed, as ``fix(WT=70, D0=0)``."""
        return replace(self, overrides={**self.overrides, **values})


def draw(
    population: Population,
    parameters: Sequence[Parameter],
    first: int = 0,
    last: int | None = None,
) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the parameters that people set for themselves, and their values.

    Parameters
    ----------
    population : Population
    parameters : sequence
        Rows of the model's parameter table: symbol, value, spread, distribution.
    first, last : int
        Persons ``first`` to ``last - 1``; all by default.

    Returns
    -------
    names : tuple of str
        Symbols of ``parameters`` that are covariates, spread, overridden or read from a file,
        in the order of ``parameters``. All others keep the table's value.
    values : ndarray of float, shape (last - first, len(names))
        In each parameter's own unit.

    Raises
    ------
    UserError
        An override or a column of the file that is neither a parameter nor a covariate; a
        value of either that its distribution cannot have; a range outside the population.

    Notes
    -----
    What a file gives wins over an override, that over the population's covariates and what a
    preparation sets (``preparations.csv``), and those over the parameter table. Covariates that
    the model lacks are left to `covariates`.
    """
    symbols = {row.symbol for row in parameters}
    _check_known(population, symbols)
    check_given(population, parameters)
    _check_overrides(population, parameters)
    spreads = {row.symbol: of_parameter(row) for row in parameters}
    own = own_values(population.name, parameters)
    spreads |= {s: law for s, law in _laws(population).items() if s in symbols} | own
    fixed = {*population.overrides, *_given_symbols(population), *COVARIATES, *own}
    varied = {s for s, law in spreads.items() if law.is_drawn and population.differs}
    chosen = tuple(s for s in dict.fromkeys(r.symbol for r in parameters) if s in fixed | varied)
    return chosen, _values(population, spreads, chosen, first, last)


def check_given(population: Population, parameters: Sequence[Parameter]) -> None:
    """Refuse a file that gives a lognormal parameter of the model a value of 0 or less."""
    given = population.given
    if given is None:
        return
    columns = _given_symbols(population)
    for row in parameters:
        column = columns.get(row.symbol)
        if column is None or row.symbol in COVARIATES or of_parameter(row).distribution != _LOG:
            continue
        bad = np.flatnonzero(given.values[:, column] <= 0)
        if bad.size:
            place = int(bad[0])
            where = f"{given.path}:{given.lines[place]}" if given.lines else given.path
            value = given.values[place, column]
            raise UserError(f"{where}: {row.symbol} '{value:g}' is not positive")


def _check_overrides(population: Population, parameters: Sequence[Parameter]) -> None:
    """Refuse an override that the distribution of a model parameter cannot have."""
    laws = {row.symbol: of_parameter(row).distribution for row in parameters}
    for symbol, value in population.overrides.items():
        law = "" if symbol in COVARIATES else laws.get(symbol, "")
        if law == _LOG and value < 0:
            raise UserError(f"overrides: {symbol} = {value:g} is negative")
        if law == "logitnormal" and not 0 <= value <= 1:
            raise UserError(f"overrides: {symbol} = {value:g} is not between 0 and 1")


def covariates(
    population: Population, first: int = 0, last: int | None = None
) -> dict[str, np.ndarray]:
    """Return weight [kg], age [year], sex (1 female), met, liver, B0, D0, japanese, asian, cyp2b6.

    ``met`` is the share of Met alleles of BDNF: 0 Val/Val, 0.5 Val/Met, 1 Met/Met; ``cyp2b6``
    that of ``*6`` alleles of CYP2B6; ``japanese`` and ``asian`` are 0 or 1.
    The values are those that `draw` gives, whether or not the model has such a parameter.
    Parameters and errors as in `draw`; each array has shape (last - first,).
    """
    laws = _laws(population)
    values = _values(population, laws, COVARIATES, first, last)
    return {symbol: values[:, column] for column, symbol in enumerate(COVARIATES)}


def _values(
    population: Population,
    laws: Mapping[str, Spread],
    chosen: tuple[str, ...],
    first: int,
    last: int | None,
) -> np.ndarray:
    """Return the values of ``chosen`` symbols, shape (last - first, len(chosen))."""
    last = population.n if last is None else last
    if not 0 <= first <= last <= population.n:
        raise UserError(f"draw: persons {first} to {last} lie outside 0 to {population.n}")
    overrides, given = population.overrides, _given_symbols(population)
    drawn = {s for s in chosen if laws[s].is_drawn and population.differs}
    numbers = _numbers(population, laws, drawn, first, last)
    values = np.empty((last - first, len(chosen)))
    for column, symbol in enumerate(chosen):
        if population.given is not None and symbol in given:
            values[:, column] = population.given.values[first:last, given[symbol]]
        elif symbol in overrides:
            values[:, column] = overrides[symbol]
        elif symbol in drawn:
            values[:, column] = laws[symbol].values(numbers[symbol])
        else:
            values[:, column] = laws[symbol].typical
    return values


def _numbers(
    population: Population, laws: Mapping[str, Spread], drawn: Iterable[str], first: int, last: int
) -> dict[str, np.ndarray]:
    """Return numbers between 0 and 1 for each symbol, correlated where they should be."""
    linked = {link.symbol: link for link in population.correlated}
    wanted = set(drawn)
    for symbol in sorted(wanted):
        for link in _chain(symbol, linked):
            wanted.add(link.follows)
    own = _own_numbers(population, tuple(sorted(wanted)), first, last)
    tied = [s for s in wanted if s in linked and (s not in laws or laws[s].is_continuous)]
    if not tied:
        return own
    from scipy.special import ndtr, ndtri

    scores: dict[str, np.ndarray] = {}

    def score(symbol: str) -> np.ndarray:
        if symbol not in scores:
            mine, link = ndtri(own[symbol]), linked.get(symbol)
            if link is not None:
                r = link.correlation
                mine = r * score(link.follows) + math.sqrt(1 - r * r) * mine
            scores[symbol] = mine
        return scores[symbol]

    return own | {symbol: ndtr(score(symbol)) for symbol in tied}


def _own_numbers(
    population: Population, symbols: tuple[str, ...], first: int, last: int
) -> dict[str, np.ndarray]:
    """Return independent numbers between 0 and 1 for each symbol."""
    seed, replicate = population.seed, population.replicate
    if population.sampling == "sobol":
        # Covariates first, wanted or not, so that they keep their dimensions in every model.
        ordered = (*COVARIATES, *(s for s in symbols if s not in COVARIATES))
        points = sobol_uniforms(seed, replicate, ordered, first, last)
        return {symbol: points[:, column] for column, symbol in enumerate(ordered)}
    return {s: uniforms(seed, replicate, s, first, last) for s in symbols}


def _chain(symbol: str, linked: Mapping[str, Correlation]) -> list[Correlation]:
    """Return the links from ``symbol`` to the head of what it follows."""
    links: list[Correlation] = []
    while symbol in linked:
        link = linked[symbol]
        if link in links:
            raise UserError(f"correlations: {symbol} follows itself through {link.follows}")
        if not -1 <= link.correlation <= 1:
            raise UserError(f"correlations: {symbol} has correlation {link.correlation:g}")
        links.append(link)
        symbol = link.follows
    return links


def _laws(population: Population) -> Mapping[str, Spread]:
    """Return the distributions of the population's covariates."""
    return named("trd" if population.name == "typical" else population.name)


def _given_symbols(population: Population) -> dict[str, int]:
    """Return the columns of the population's file, by symbol."""
    if population.given is None:
        return {}
    return {symbol: column for column, symbol in enumerate(population.given.symbols)}


def _check_known(population: Population, symbols: set[str]) -> None:
    """Refuse overrides and columns that are neither parameters nor covariates."""
    known = symbols | set(COVARIATES)
    for symbol in population.overrides:
        if symbol not in known:
            raise UserError(f"overrides: unknown parameter {symbol!r}{nearest(symbol, known)}")
    for symbol in _given_symbols(population):
        if symbol not in known:
            path = population.given.path if population.given else ""
            raise UserError(f"{path}: unknown column {symbol!r}{nearest(symbol, known)}")


def _check_count(name: str, number: int, least: int) -> None:
    """Refuse anything but a whole number from ``least`` to 2**64 - 1."""
    is_whole = isinstance(number, (int, np.integer)) and not isinstance(number, bool)
    if not is_whole or not least <= int(number) < 2**64:
        raise UserError(f"{name}: {number!r} is not a whole number of at least {least}")
