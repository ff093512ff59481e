"""Every design simulated once under draws of each hypothesis: what experiments are chosen from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.evidence import directions
from ketasim.evidence.experiments import arm_lacks
from ketasim.evidence.finding import Arm
from ketasim.evidence.models import bath_model, whole_model
from ketasim.evidence.outputs import output_word
from ketasim.evidence.people import Values, perturbed, tiled, typical_person
from ketasim.evidence.runner import RTOL
from ketasim.evidence.verdicts import rest_of
from ketasim.inference.tournament.designs import (
    BATH,
    NONE,
    READOUTS,
    Arms,
    Design,
    Vocabulary,
    arms_of,
    checked_vocabulary,
    designs_of,
    done,
    is_done,
)
from ketasim.inference.tournament.effect_model import effects
from ketasim.inference.tournament.information import outcome_chances
from ketasim.inference.tournament.results import Tournament
from ketasim.model import Model
from ketasim.population import Population
from ketasim.simulation import simulate

SETTINGS_AT_ONCE = 8192
"""Simulations of one call: few enough to tell progress, many enough to fill every core."""
Progress = Callable[[int, int], None]
"""Called with the number of arms done and their total."""


@dataclass(frozen=True)
class Crowd:
    """Draws of every hypothesis, in a row.

    Attributes
    ----------
    names : tuple of str
        Hypotheses.
    weight : ndarray, shape (hypotheses,)
        Sums to 1.
    values : dict of str to ndarray, shape (k,)
        Parameters of the model.
    group, draw : ndarray of int, shape (k,)
        Hypothesis of each, and which of its draws it is.
    free : tuple of tuple of str
        What each hypothesis estimates.
    """

    names: tuple[str, ...]
    weight: np.ndarray
    values: dict[str, np.ndarray]
    group: np.ndarray
    draw: np.ndarray
    free: tuple[tuple[str, ...], ...]

    @property
    def weights(self) -> np.ndarray:
        """Weight of each draw, shape (k,)."""
        return self.weight[self.group] / np.bincount(self.group)[self.group]


@dataclass(frozen=True)
class Pool:
    """Designs, and the effect of each under every draw.

    Attributes
    ----------
    crowd : Crowd
    designs : tuple of Design
    effect : tuple of ndarray, shape (1 or 2, k)
        As from `effect_model.effects`.
    scale : tuple of float or None
    done : int
        Designs left out because a finding tells already.
    """

    crowd: Crowd
    designs: tuple[Design, ...]
    effect: tuple[np.ndarray, ...]
    scale: tuple[float | None, ...]
    done: int

    def chances(self, place: int, n: int) -> np.ndarray:
        """Return how likely each outcome of one design is, shape (k, outcomes)."""
        finding = self.designs[place].finding
        return outcome_chances(finding, self.effect[place], self.scale[place], n)

    def _alike(self) -> dict[tuple[int, bool], np.ndarray]:
        """Return places of designs that have the same outcomes and errors."""
        keys = [(len(e), s is None) for e, s in zip(self.effect, self.scale, strict=True)]
        return {
            key: np.array([k for k, own in enumerate(keys) if own == key])
            for key in dict.fromkeys(keys)
        }

    def every_chance(self, n: int, alone: bool = False) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return places, and chances of shape (places, k, outcomes), of designs alike.

        With ``alone``, of those that ask what is left of a drug's effect: the chances of that
        drug alone against vehicle.
        """
        found = []
        for (asked, _), places in self._alike().items():
            if alone and asked == 1:
                continue
            first = int(places[0])
            effect = np.stack([self.effect[k][-1:] if alone else self.effect[k] for k in places], 1)
            finding = self.designs[first].finding
            found.append((places, outcome_chances(finding, effect, self.scale[first], n)))
        return found


def checked_weights(
    tournament: Tournament, weights: Mapping[str, float]
) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the hypotheses that have a weight, and the weights, summing to 1.

    Raises
    ------
    UserError
        A weight of no hypothesis of the tournament, below 0, or none above 0.
    """
    for name, weight in weights.items():
        if name not in tournament.names:
            raise UserError(f"weights: no hypothesis {name!r}{nearest(name, tournament.names)}")
        if not (np.isfinite(weight) and weight >= 0):
            raise UserError(f"weights: {name} is {weight:g}; give a number not below 0")
    total = float(sum(weights.values()))
    if total <= 0:
        raise UserError("weights: no hypothesis has a weight above 0")
    names = tuple(name for name in tournament.names if name in weights)
    return names, np.array([weights[name] for name in names]) / total


def crowd_of(tournament: Tournament, weights: Mapping[str, float], draws: int, seed: int) -> Crowd:
    """Return draws of each hypothesis after the evidence that chooses numbers.

    Raises
    ------
    UserError
        A weight of no hypothesis of the tournament, below 0, or none above 0; no draws.
    """
    names, weight = checked_weights(tournament, weights)
    if draws < 1:
        raise UserError(f"draws: {draws} is too few; give 1 or more")
    parts, group, draw = [], [], []
    for place, name in enumerate(names):
        fit = tournament.fit_of(name)
        held = min(draws, len(fit.scores))
        rng = np.random.default_rng([seed, place])
        chosen = rng.choice(len(fit.scores), held, replace=False)
        parts.append(fit.hypothesis.values(fit.scores[np.sort(chosen)]))
        group += [place] * held
        draw += range(held)
    defaults = {row.symbol: row.value for row in whole_model().parameters}
    symbols = sorted({symbol for part in parts for symbol in part})
    sizes = np.bincount(group)
    values = {
        symbol: np.concatenate(
            [p.get(symbol, np.full(m, defaults[symbol])) for p, m in zip(parts, sizes, strict=True)]
        )
        for symbol in symbols
    }
    free = tuple(tournament.fit_of(name).hypothesis.symbols for name in names)
    return Crowd(names, weight, values, np.array(group), np.array(draw), free)


def simulated_pool(
    tournament: Tournament,
    weights: Mapping[str, float],
    *,
    words: Vocabulary | None = None,
    draws: int = 12,
    seed: int = 1,
    told: Progress | None = None,
) -> Pool:
    """Return every design of a vocabulary that no finding tells already, simulated.

    Parameters
    ----------
    tournament : Tournament
    weights : mapping of str to float
        Of the hypotheses that take part.
    words : Vocabulary, optional
    draws : int
        Of each hypothesis.
    seed : int
    told : callable, optional

    Raises
    ------
    UserError
        Words or weights that are not known; no design that can be run and is not done.
    """
    chosen = checked_vocabulary(words or Vocabulary())
    crowd = crowd_of(tournament, weights, draws, seed)
    told_already = done(tournament.body.findings)
    groups = [arms_of(each, chosen) for each in chosen.preparations]
    total, ran = sum(len(each.of) for each in groups), 0
    designs: list[Design] = []
    effect: list[np.ndarray] = []
    scale: list[float | None] = []
    known = 0
    for arms in groups:
        shown = _Shown(arms, crowd, chosen.readouts)
        for what in shown.parts():
            shown.run(what)
            for drug in arms.drugs:
                for each in designs_of(arms, drug, what, chosen.readouts):
                    if is_done(each, told_already):
                        known += 1
                    elif (found := shown.effect(each)) is not None:
                        designs.append(each)
                        effect.append(found[0])
                        scale.append(found[1])
            ran += len(arms.drugs)
            if told:
                told(ran, total)
    if not designs:
        raise UserError(
            "next experiment: none of the designs can be run and is not done"
            if not known
            else f"next experiment: all {known} designs are done; widen the vocabulary"
        )
    return Pool(crowd, tuple(designs), tuple(effect), tuple(scale), known)


class _Shown:
    """What the arms of one preparation show, a perturbation at a time."""

    def __init__(self, arms: Arms, crowd: Crowd, readouts: tuple[str, ...]) -> None:
        self._arms, self._crowd = arms, crowd
        self._model: Model = bath_model() if arms.preparation == BATH else whole_model()
        words = {name: output_word(name) for name in readouts}
        outputs = [word.output for word in words.values() if word and word.output]
        self._outputs = tuple(
            dict.fromkeys(name for name in outputs if name in self._model.outputs)
        )
        self._times = tuple(sorted({hour for name in readouts for hour in READOUTS[name]}))
        self._of: dict[Arm, np.ndarray] = {}
        self._rest: dict[str, float] = {}

    def parts(self) -> tuple[str, ...]:
        """Return the perturbations in turn, none first."""
        return self._arms.perturbations

    def run(self, what: str) -> None:
        """Simulate every drug and dose under one perturbation."""
        kept = {self._arms.of[(*drug, NONE)] for drug in self._arms.drugs}
        self._of = {arm: values for arm, values in self._of.items() if arm in kept}
        wanted = [self._arms.of[(*drug, what)] for drug in self._arms.drugs]
        able = [
            arm
            for arm in wanted
            if not arm.lacks and not arm_lacks(arm, self._outputs, self._model)
        ]
        size = max(1, SETTINGS_AT_ONCE // len(self._crowd.group))
        for first in range(0, len(able), size):
            self._simulate(able[first : first + size])

    def _simulate(self, arms: list[Arm]) -> None:
        model, k = self._model, len(self._crowd.group)
        defaults = {row.symbol: row.value for row in model.parameters}
        given: list[Values] = [
            perturbed(
                arm, tiled({**typical_person(arm, model), **self._crowd.values}, k), defaults, k
            )
            for arm in arms
        ]
        symbols = dict.fromkeys(s for values in given for s in values if s in defaults)
        table = {
            s: np.concatenate([values.get(s, np.full(k, defaults[s])) for values in given])
            for s in symbols
        }
        result = simulate(
            model,
            [arm.regimen for arm in arms for _ in range(k)],
            Population("typical", n=k * len(arms)),
            np.array(self._times),
            self._outputs,
            values=table,
            rtol=RTOL,
        )
        values = result.values.reshape(len(arms), k, len(self._times), len(self._outputs))
        self._of.update(zip(arms, values.astype(np.float32), strict=True))

    def effect(self, design: Design) -> tuple[np.ndarray, float | None] | None:
        """Return the effects of a design and their scale; None where an arm cannot be run."""
        finding = design.finding
        readout = finding.readout
        named = (finding.arm, finding.comparator, finding.reference, finding.reference_comparator)
        arms = [arm for arm in named if arm is not None]
        if readout is None or readout.output not in self._outputs:
            return None
        if any(arm not in self._of for arm in arms):
            return None
        column = self._outputs.index(readout.output)
        row = self._times.index(design.at_h)
        shown = np.stack([self._of[arm][:, row, column] for arm in arms]).astype(float)
        rest = self._rest.setdefault(readout.output, rest_of(finding, self._model))
        with np.errstate(divide="ignore", invalid="ignore"):
            found = effects(finding, shown, rest)[0]
        return found, directions.scale_of(finding, rest)
