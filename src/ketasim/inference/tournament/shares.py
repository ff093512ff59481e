"""What each mechanism carries of the effect in patients, hypotheses not being sure either.

The fall of MADRS of a typical patient against the same patient without treatment is divided among
mechanisms by Shapley values (`ketasim.inference.attribution`, decision 5), for each of many draws
from the mixture of hypotheses; intervals are over those draws, so they hold what is not known of
the numbers and of the hypothesis. A permission (adenosine, opioid, serotonin, dopamine, VEGF) that
is absent is not needed, so its own share is small or negative; what an antagonist would take away
stands beside it as *lost when blocked*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ketasim.dosing import Regimen
from ketasim.errors import UserError
from ketasim.evidence.models import whole_model
from ketasim.inference.tournament.players import (
    Game,
    Player,
    game,
    players,
    playing,
    shapley,
    values_of,
)
from ketasim.inference.tournament.pool import checked_weights
from ketasim.inference.tournament.results import Tournament
from ketasim.inference.tournament.treatments import Treatment, treatments
from ketasim.population import Population
from ketasim.simulation import simulate

OUTPUT = "MADRS"
EVERYBODY = "all"
REST = "none of these"
STRONGEST = 6
"""Players whose pairs are shown."""
AT_ONCE = 8192
"""Simulations of one call."""
INTERVAL = (5.0, 95.0)
"""Percentiles over draws that bound 90 %."""
LEAST_EFFECT = 0.5
"""MADRS points below which a share of the effect has no meaning."""
Progress = Callable[[int, int], None]
"""Called with simulations done and in all."""


@dataclass(frozen=True)
class Interval:
    """A mean over draws and its 90 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Share:
    """What one mechanism carries at one moment, in MADRS points of fall.

    Attributes
    ----------
    treatment, moment : str
    at_h : float
    player : str
        A mechanism; `EVERYBODY` for the whole effect; `REST` for what no player carries.
    points : Interval
        Shapley share.
    share : Interval
        Of the whole effect; NaN where that is below `LEAST_EFFECT` on average.
    alone, lost : Interval
        What it does by itself, and what is lost without it: where they differ from ``points``,
        mechanisms interact.
    blocked : Interval
        What is lost when its outputs are forced below rest; NaN of what permits nothing.
    """

    treatment: str
    moment: str
    at_h: float
    player: str
    points: Interval
    share: Interval
    alone: Interval
    lost: Interval
    blocked: Interval


@dataclass(frozen=True)
class Pair:
    """What two mechanisms do together beyond what each adds to all others, in MADRS points.

    Positive: each is worth more while the other is there. Negative: one stands in for the other.
    """

    treatment: str
    moment: str
    one: str
    other: str
    points: Interval


@dataclass(frozen=True)
class Carried:
    """The effect of each treatment divided, under the mixture of hypotheses.

    Attributes
    ----------
    weights : dict of str to float
        Of the hypotheses, summing to 1.
    draws, lost, seed : int
        Draws used, and left out because a combination could not be computed.
    of : dict of str to int
        Draws of each hypothesis.
    shares : tuple of Share
    pairs : tuple of Pair
        Of the strongest players.
    """

    weights: dict[str, float]
    draws: int
    lost: int
    seed: int
    of: dict[str, int]
    shares: tuple[Share, ...]
    pairs: tuple[Pair, ...]


def carried(
    tournament: Tournament,
    weights: Mapping[str, float],
    *,
    draws: int = 48,
    seed: int = 1,
    given: Sequence[Treatment] | None = None,
    told: Progress | None = None,
) -> Carried:
    """Return what each mechanism carries, over draws from the mixture of hypotheses.

    Parameters
    ----------
    tournament : Tournament
    weights : mapping of str to float
        Posterior weight of each hypothesis.
    draws : int
        In all, dealt out by weight.
    seed : int
    given : sequence of Treatment, optional
        Default: `treatments()`.
    told : callable, optional
        Called with simulations done and in all.

    Raises
    ------
    UserError
        Weights that are not known or all 0; fewer than 2 draws; nothing that could be computed.
    """
    names, weight = checked_weights(tournament, weights)
    if draws < 2:
        raise UserError(f"draws: {draws} is too few; give 2 or more")
    chosen = tuple(given) if given is not None else treatments()
    everybody = players()
    dealt = _dealt(weight, draws, seed)
    plays = [
        _Play.of(tournament, name, int(m), seed + place, everybody)
        for place, (name, m) in enumerate(zip(names, dealt, strict=True))
        if m
    ]
    whole, lost = _played(plays, chosen, told)
    shares, pairs = [], []
    moments = [(each.name, moment) for each in chosen for moment in each.moments]
    for column, (name, moment) in enumerate(moments):
        at = {key: value[..., column, :] for key, value in whole.items()}
        shares += _shares(name, moment, at, everybody)
        pairs += _pairs(name, moment[0], at, everybody)
    return Carried(
        dict(zip(names, weight.tolist(), strict=True)),
        draws - lost,
        lost,
        seed,
        {each.name: each.m for each in plays},
        tuple(shares),
        tuple(pairs),
    )


def _played(
    plays: Sequence[_Play], given: Sequence[Treatment], told: Progress | None
) -> tuple[dict[str, np.ndarray], int]:
    """Return points of every draw that could be computed in full, and how many could not."""
    total = sum(each.size(given) for each in plays)
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if told:
            told(done, total)

    parts = [each.parts(given, tell) for each in plays]
    whole = {key: np.concatenate([part[key] for part in parts], axis=-1) for key in parts[0]}
    kept = np.ones(whole["all"].shape[-1], bool)
    for value in whole.values():
        kept &= np.isfinite(value).reshape(-1, len(kept)).all(axis=0)
    if not kept.any():
        raise UserError("attribution: no draw could be computed in every combination")
    return {key: value[..., kept] for key, value in whole.items()}, int(np.sum(~kept))


def _dealt(weight: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Return how many draws each hypothesis gets: as its weight says, to within one."""
    start = np.random.default_rng([seed, 0]).random()
    places = (start + np.arange(draws)) / draws
    held = np.minimum(np.searchsorted(np.cumsum(weight), places), len(weight) - 1)
    return np.bincount(held, minlength=len(weight))


@dataclass(frozen=True)
class _Play:
    """Draws of one hypothesis in every combination that its players need."""

    name: str
    m: int
    values: dict[str, np.ndarray]
    game: Game
    everybody: tuple[Player, ...]

    @classmethod
    def of(
        cls, tournament: Tournament, name: str, m: int, seed: int, everybody: tuple[Player, ...]
    ) -> _Play:
        fit = tournament.fit_of(name)
        rng = np.random.default_rng([seed, 1])
        rows = rng.choice(len(fit.scores), m, replace=m > len(fit.scores))
        among = playing(fit.hypothesis, everybody, whole_model())
        values = fit.hypothesis.values(fit.scores[np.sort(rows)])
        return cls(name, m, values, game(among, seed), everybody)

    def _settings(self) -> list[dict[str, float]]:
        """Return what each run sets: combinations, then what is blocked below rest."""
        found = [values_of(c, self.everybody, self.game.among) for c in self.game.coalitions]
        return found + [{f"block_{p.gate}": 1.0} for p in self.everybody if p.gate]

    def size(self, given: Sequence[Treatment]) -> int:
        """Return how many simulations it takes."""
        return len(self._settings()) * self.m * (len(given) + 1)

    def parts(
        self, given: Sequence[Treatment], tell: Callable[[int], None]
    ) -> dict[str, np.ndarray]:
        """Return points of every player, moments and draws last: see `_shares`."""
        settings = self._settings()
        effect = self._effects(settings, given, tell)
        n = len(self.everybody)
        shape = effect.shape[1:]
        held = effect[: len(self.game.coalitions)]
        among, at = self.game.among, self.game.at
        whole, none = held[at(among)], held[at(())]
        found = {
            "points": np.zeros((n, *shape)), "alone": np.zeros((n, *shape)),
            "lost": np.zeros((n, *shape)), "blocked": np.zeros((n, *shape)),
            "pairs": np.zeros((n, n, *shape)), "all": whole, "rest": none,
        }  # fmt: skip
        found["points"][list(among)] = shapley(self.game, held)
        for k in among:
            found["alone"][k] = held[at((k,))] - none
            found["lost"][k] = whole - held[at(set(among) - {k})]
        for one, other in combinations(among, 2):
            apart = held[at(set(among) - {one, other})]
            both = found["lost"][one] + found["lost"][other] - (whole - apart)
            found["pairs"][one, other] = found["pairs"][other, one] = both
        gates = [k for k, each in enumerate(self.everybody) if each.gate]
        for row, k in enumerate(gates, len(self.game.coalitions)):
            found["blocked"][k] = whole - effect[row]
        return found

    def _effects(
        self,
        settings: list[dict[str, float]],
        given: Sequence[Treatment],
        tell: Callable[[int], None],
    ) -> np.ndarray:
        """Return the fall against no treatment, shape (settings, moments, draws)."""
        regimens = [Regimen(), *(each.regimen for each in given)]
        times = np.array(sorted({0.0, *(hour for each in given for _, hour in each.moments)}))
        size = max(1, AT_ONCE // (self.m * len(regimens)))
        parts = []
        for first in range(0, len(settings), size):
            some = settings[first : first + size]
            scores = self._simulated(some, regimens, times)
            parts.append(_falls(scores, given, times))
            tell(len(some) * self.m * len(regimens))
        return np.concatenate(parts)

    def _simulated(
        self, settings: list[dict[str, float]], regimens: list[Regimen], times: np.ndarray
    ) -> np.ndarray:
        """Return the score, shape (settings, regimens, draws, times)."""
        model = whole_model()
        defaults = {row.symbol: row.value for row in model.parameters}
        symbols = {*self.values, *(s for each in settings for s in each)}
        usual = {s: self.values.get(s, np.full(self.m, _default(s, defaults))) for s in symbols}
        table = {
            symbol: np.concatenate([
                np.tile(np.full(self.m, each[symbol]) if symbol in each else own, len(regimens))
                for each in settings
            ])
            for symbol, own in usual.items()
        }  # fmt: skip
        many = [regimen for _ in settings for regimen in regimens for _ in range(self.m)]
        result = simulate(
            model, many, Population("typical", n=len(many)), times, [OUTPUT], values=table
        )
        return result.values.reshape(len(settings), len(regimens), self.m, len(times))


def _default(symbol: str, defaults: Mapping[str, float]) -> float:
    """Return the usual value of a parameter, or of a mechanism's switch."""
    if symbol in defaults:
        return defaults[symbol]
    return 0.0 if symbol.startswith("block_") else 1.0


def _falls(scores: np.ndarray, given: Sequence[Treatment], times: np.ndarray) -> np.ndarray:
    """Return falls against no treatment, shape (settings, moments, draws)."""
    columns = []
    for k, each in enumerate(given, 1):
        for _, hour in each.moments:
            at = int(np.searchsorted(times, hour))
            columns.append(scores[:, 0, :, at] - scores[:, k, :, at])
    return np.stack(columns, axis=1)


def _interval(values: np.ndarray) -> Interval:
    low, high = np.percentile(values, INTERVAL)
    return Interval(float(values.mean()), float(low), float(high))


_NOTHING = Interval(float("nan"), float("nan"), float("nan"))


def _shares(
    name: str, moment: tuple[str, float], at: Mapping[str, np.ndarray], everybody: Sequence[Player]
) -> list[Share]:
    """Return the rows of one moment; arrays have draws last and players first."""
    whole = at["all"]
    counts = abs(whole.mean()) >= LEAST_EFFECT

    def of_whole(points: np.ndarray) -> Interval:
        """Each draw's points over the mean effect, so that shares of all players add up to 1."""
        return _interval(points / whole.mean()) if counts else _NOTHING

    rows = [
        Share(name, *moment, EVERYBODY, _interval(whole), of_whole(whole), _NOTHING, _NOTHING,
              _NOTHING)
    ]  # fmt: skip
    for k, each in enumerate(everybody):
        rows.append(
            Share(
                name,
                *moment,
                each.name,
                _interval(at["points"][k]),
                of_whole(at["points"][k]),
                _interval(at["alone"][k]),
                _interval(at["lost"][k]),
                _interval(at["blocked"][k]) if each.gate else _NOTHING,
            )
        )
    rest = at["rest"]
    rows.append(
        Share(name, *moment, REST, _interval(rest), of_whole(rest), _NOTHING, _NOTHING, _NOTHING)
    )
    return rows


def _pairs(
    name: str, moment: str, at: Mapping[str, np.ndarray], everybody: Sequence[Player]
) -> list[Pair]:
    size = np.abs(at["points"]).mean(axis=-1)
    strongest = sorted(np.argsort(-size, kind="stable")[:STRONGEST].tolist())
    return [
        Pair(name, moment, everybody[i].name, everybody[j].name, _interval(at["pairs"][i, j]))
        for i, j in combinations(strongest, 2)
        if np.abs(at["pairs"][i, j]).max() > 0
    ]
