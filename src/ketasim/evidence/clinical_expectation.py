"""What a trial would show on average, as a smooth function of parameters: for calibration.

No trial is drawn. A patient's true course is simulated; what a rating adds to it is a normal
law, so the chance of a response is a normal probability and moves smoothly with parameters.
Those whom a rating let in had a bad day on average: their noise at baseline is a normal law cut
off at the entry minimum, and later noise follows it as far as the day is still the same.
The bounds of a scale and the error between trials are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ketasim.evidence.clinical import ASSUMED_N, Clinical
from ketasim.evidence.clinical_pools import (
    Pool,
    enrolled,
    model_of_pool,
    moved,
    pools,
    run_pool,
    why_not,
)
from ketasim.evidence.finding import Arm, Finding
from ketasim.trial.endpoints import BETTER_HIGH, per_patient
from ketasim.trial.patients import Patients
from ketasim.trial.record import Course
from ketasim.trial.scales import Scale, scale
from ketasim.trial.variation import variation

SMOOTH = ("score", "change", "percent change", "response", "remission", "peak", "share above")
LEAST_SHARE = 1e-3  # shares are kept so far from none and all, where a ratio is made of them
Z_SUPERIOR = 1.96
READINGS = 4  # of acute effects of each patient


@dataclass(frozen=True)
class Moments:
    """One group's endpoint: mean and SD over its patients and their ratings, shape (k,)."""

    mean: np.ndarray
    sd: np.ndarray


def expected(
    findings: Iterable[Finding],
    values: Mapping[str, np.ndarray] | None = None,
    people: int = 64,
    seed: int = 1,
) -> np.ndarray:
    """Return the expected value of each clinical finding, without error between trials.

    Parameters
    ----------
    findings : iterable of Finding
        Clinical ones, as from `load_findings`.
    values : mapping of str to ndarray, shape (k,), optional
        Parameters of the typical person instead of the tables', k settings at once. What people
        differ by moves along. Numbers count as k equal ones.
    people : int
        Patients of each group; the same ones under every setting.
    seed : int

    Returns
    -------
    ndarray, shape (k, len(findings))
        In each finding's unit; ``superior`` as the chance of it. NaN for a finding that cannot be
        run, and for endpoints that are no smooth function (`SMOOTH` lists those that are).
    """
    chosen = tuple(findings)
    settings = {
        name: np.atleast_1d(np.asarray(v, dtype=float)) for name, v in (values or {}).items()
    }
    k = max((value.size for value in settings.values()), default=1)
    settings = {name: np.broadcast_to(value, (k,)) for name, value in settings.items()}
    usable = [f for f in chosen if f.measure in SMOOTH and not why_not(f) and not _conditional(f)]
    of_arm = pools(usable)
    ran: dict[Pool, tuple[Course, Patients]] = {}
    for pool in dict.fromkeys(of_arm.values()):
        model = model_of_pool(pool)
        who = enrolled(pool, model, people, seed)
        ran[pool] = run_pool(pool, model, moved(who, model, settings, pool.arm, k)), who
    found = np.full((k, len(chosen)), np.nan)
    for column, finding in enumerate(chosen):
        if finding in usable:
            found[:, column] = _expected(finding, of_arm, ran, k)
    return found


def _conditional(finding: Finding) -> bool:
    """Return whether a finding is of some of the patients only, or its doses are decided on."""
    assert finding.clinical is not None
    decided = (arm.group is not None and arm.group.policy is not None for arm in finding.every_arm)
    return (
        any(decided) or bool(finding.clinical.among) or finding.clinical.missing != "as if stayed"
    )


def _expected(
    finding: Finding,
    of_arm: Mapping[tuple[Finding, Arm], Pool],
    ran: Mapping[Pool, tuple[Course, Patients]],
    k: int,
) -> np.ndarray:
    clinical = finding.clinical
    assert clinical is not None
    groups = []
    for arm in (finding.arm, finding.comparator):
        if arm is not None:
            pool = of_arm[finding, arm]
            course, who = ran[pool]
            if clinical.is_acute:
                groups.append(_acute(finding, pool, course, k, who.seed))
            else:
                groups.append(_moments(finding.measure, clinical, pool, course, who, k))
    if not finding.contrast:
        return groups[0].sd if finding.statistic == "sd" else groups[0].mean
    return compared(finding, groups[0], groups[1])


def compared(finding: Finding, arm: Moments, comparator: Moments) -> np.ndarray:
    """Return a contrast of two groups, shape (k,)."""
    clinical = finding.clinical
    assert clinical is not None
    gain = arm.mean - comparator.mean
    better = gain if finding.measure in BETTER_HIGH else -gain
    if finding.contrast == "difference":
        return gain
    if finding.contrast == "effect size":
        return better / np.sqrt((arm.sd**2 + comparator.sd**2) / 2)
    if finding.contrast == "superior":
        from scipy.special import ndtr

        n, m = numbers(finding)
        error = np.sqrt(arm.sd**2 / n + comparator.sd**2 / m)
        return ndtr(better / error - Z_SUPERIOR)
    p, q = (np.clip(each.mean / 100, LEAST_SHARE, 1 - LEAST_SHARE) for each in (arm, comparator))
    return p / q if finding.contrast == "risk ratio" else p / (1 - p) / (q / (1 - q))


def numbers(finding: Finding) -> tuple[int, int]:
    """Return how many patients stand behind arm and comparator."""
    clinical = finding.clinical
    assert clinical is not None
    n = finding.n or ASSUMED_N
    other = finding.comparator.group.n if finding.comparator and finding.comparator.group else None
    return n, clinical.n_comparator or other or n


def _moments(
    word: str, clinical: Clinical, pool: Pool, course: Course, who: Patients, k: int
) -> Moments:
    """Return mean and SD of an endpoint over patients and their ratings."""
    own = scale(clinical.scale)
    madrs = course.madrs.reshape(k, who.n, -1)
    times = {t: place for place, t in enumerate(pool.visits_h)}
    noise = Noise.at_entry(own, pool, madrs[:, :, 0])
    start_h = clinical.from_h if word == "change" and clinical.from_h is not None else 0.0
    end_h = clinical.at_h if clinical.at_h is not None else clinical.to_h
    assert end_h is not None
    before = own.intercept + own.slope * madrs[:, :, times[start_h]]
    now = own.intercept + own.slope * madrs[:, :, times[end_h]]
    if word == "score":
        return _mixed(now + noise.mean(end_h), noise.variance(end_h))
    if word == "remission":
        cut = own.remission_cut if clinical.cut is None else clinical.cut
        assert cut is not None
        sure = (cut + _half(own) - now - noise.mean(end_h)) / np.sqrt(noise.variance(end_h))
        return _shares(sure)
    if word == "response":
        share = own.response_share if clinical.share is None else clinical.share
        kept = 1.0 - share
        # whole points: score <= kept * baseline on a lattice half as fine as a point
        middle = now + noise.mean(end_h) - kept * (before + noise.mean(0.0)) - _half(own) / 2
        return _shares(-middle / np.sqrt(noise.variance_of(end_h, kept)))
    change = now + noise.mean(end_h) - before - noise.mean(start_h)
    spread = noise.variance_between(end_h, start_h)
    if word == "change":
        return _mixed(change, spread)
    baseline = np.maximum(before + noise.mean(start_h), 1.0)
    return _mixed(100 * change / baseline, spread * (100 / baseline) ** 2)


def _half(own: Scale) -> float:
    """Return half a point, where ratings are whole."""
    return 0.5 if own.whole else 0.0


def _mixed(means: np.ndarray, variances: np.ndarray) -> Moments:
    """Return mean and SD over patients of normal laws, one each."""
    sd = np.sqrt(means.var(axis=1) + np.mean(np.broadcast_to(variances, means.shape), axis=1))
    return Moments(means.mean(axis=1), sd)


def _shares(sure: np.ndarray) -> Moments:
    """Return mean and SD [%] of a yes or no whose chance is a normal probability."""
    from scipy.special import ndtr

    share = ndtr(sure).mean(axis=1)
    return Moments(100 * share, 100 * np.sqrt(share * (1 - share)))


def _acute(finding: Finding, pool: Pool, course: Course, k: int, seed: int) -> Moments:
    """Return mean and SD of an acute effect at a time, of its peak, or of its being high."""
    from ketasim.evidence.clinical_ratings import rated
    from ketasim.evidence.clinical_runner import endpoint_of

    endpoint = endpoint_of(finding)
    plain = endpoint if endpoint.word == "score" else replace(endpoint, word="peak")
    top = per_patient(plain, rated(pool, course, READINGS, seed)).reshape(k, -1)
    if endpoint.word != "share above":
        size = 100.0 if finding.unit == "%" else 1.0
        return _mixed(size * top, np.zeros_like(top))
    # a share of few people moves in steps: each counts as a normal law of the usual width
    width = np.maximum(1.06 * top.std(axis=1) * top.shape[1] ** -0.2, 1e-9)
    assert endpoint.threshold is not None
    return _shares((top - endpoint.threshold) / width[:, None])


@dataclass(frozen=True)
class Noise:
    """What ratings of one scale add to the true score of each patient, given who was let in.

    Attributes
    ----------
    day_sd, error_sd : float
        SD of the day and of the rating, in points of the scale.
    keep_h : float
        In which the day's departure falls to 1/e.
    entry_mean, entry_factor : ndarray, shape (k, people)
        Mean of the noise at entry in SDs, and its variance over that before selection.
    same : bool
        Whether entry was on this scale, so that the rating at baseline is the one that let in.
    entry_error_sd, entry_day_sd : float
        Of the scale of entry.
    """

    day_sd: float
    error_sd: float
    keep_h: float
    entry_mean: np.ndarray
    entry_factor: np.ndarray
    same: bool
    entry_error_sd: float
    entry_day_sd: float

    @classmethod
    def at_entry(cls, own: Scale, pool: Pool, madrs: np.ndarray) -> Noise:
        """Return the noise on a scale, after selection by the pool's minimum."""
        vary = variation()
        entry = scale(pool.group.scale)
        day = entry.slope * vary.fluctuation_sd
        mean, factor = np.zeros_like(madrs), np.ones_like(madrs)
        if pool.group.minimum is not None:
            true = entry.intercept + entry.slope * madrs
            total = math.hypot(day, entry.error_sd)
            mean, factor = _cut_off((pool.group.minimum - _half(entry) - true) / total)
        return cls(own.slope * vary.fluctuation_sd, own.error_sd, vary.fluctuation_h, mean, factor,
                   entry.name == own.name, entry.error_sd, day)  # fmt: skip

    def _entry_weight(self, at_h: float) -> float:
        """Return how far noise at a time follows that at entry [points per SD of entry]."""
        total = math.hypot(self.entry_day_sd, self.entry_error_sd)
        day = self.day_sd * self.entry_day_sd * math.exp(-at_h / self.keep_h)
        rating = self.error_sd * self.entry_error_sd if self.same and at_h == 0 else 0.0
        return (day + rating) / total if total else 0.0

    def _covariance(self, one_h: float, other_h: float) -> float:
        """Return the covariance of noise at two visits, before selection."""
        day = self.day_sd**2 * math.exp(-abs(one_h - other_h) / self.keep_h)
        return day + (self.error_sd**2 if one_h == other_h else 0.0)

    def mean(self, at_h: float) -> np.ndarray:
        """Return the mean noise at a visit [points], shape (k, people)."""
        return self._entry_weight(at_h) * self.entry_mean

    def _selected(self, one_h: float, other_h: float) -> np.ndarray:
        """Return the covariance after selection, shape (k, people)."""
        weights = self._entry_weight(one_h) * self._entry_weight(other_h)
        return self._covariance(one_h, other_h) - weights * (1 - self.entry_factor)

    def variance(self, at_h: float) -> np.ndarray:
        """Return the variance at a visit."""
        return self._selected(at_h, at_h)

    def variance_of(self, at_h: float, kept: float) -> np.ndarray:
        """Return the variance of a score minus ``kept`` times that at baseline."""
        return (
            self._selected(at_h, at_h)
            + kept**2 * self._selected(0.0, 0.0)
            - 2 * kept * self._selected(at_h, 0.0)
        )

    def variance_between(self, at_h: float, start_h: float) -> np.ndarray:
        """Return the variance of the change from one visit to another."""
        return (
            self._selected(at_h, at_h)
            + self._selected(start_h, start_h)
            - 2 * self._selected(at_h, start_h)
        )


def _cut_off(low: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of a standard normal number above ``low``."""
    from scipy.special import log_ndtr

    hazard = np.exp(-0.5 * low**2 - 0.5 * math.log(2 * math.pi) - log_ndtr(-low))
    return hazard, np.maximum(1 - hazard * (hazard - low), 1e-6)
