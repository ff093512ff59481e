"""Ketamine's many half-lives: one simulated curve, read in the window of each study.

A sum of exponentials has no single half-life: the slope depends on when one looks. Every
published value is set beside the same model, dosed as in its study. Where the study tells how
long it sampled, the model is read in that window and judged; where it does not, the table says
when sampling would have to end for the model to give the published value.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from ketasim.evidence.observed import ASSUMED_N

if TYPE_CHECKING:
    from ketasim.dosing import Regimen

MECHANISMS = ("absorption", "pk")
FOLLOWED_H = 96.0
LAST_SHARE = 1 / 3  # of the sampled time, at its end, whose slope is the half-life
FIRST_SAMPLE_H = 1 / 12  # of a fit of two exponentials (assumed)
SAMPLES = 12  # in a window; in a fit of two exponentials even in the logarithm of time (assumed)
WITHIN_FOLD = 1.5
Z95 = 1.96
SHORTEST_H, LONGEST_H = 0.25, 48.0  # ends of sampling that are tried
LIMITS_NG_ML = (6.0, 1.0, 0.1)  # 6: S-ketamine in Simons 2022 (LC-QTOF); the others as examples


@dataclass(frozen=True)
class Published:
    """A half-life that a study or a label gives, and how it was found.

    Attributes
    ----------
    id, short, citation, place, note, verified : str
        ``verified`` is ``page`` (read at a page that gives it) or ``recall`` (from memory).
    half_life_h, low_h, high_h : float
        The value, and the ends of the range where one is printed (otherwise the value itself).
    sd_h : float
        Between people; 0 where it was not told.
    n : int or None
    drug, route, dose, over, analyte : str
    weight_kg : float or None
        Of the people, where they were no adults of usual weight.
    method : str
        ``slope`` of the last third, or ``alpha`` or ``beta`` of two exponentials.
    sampled_to_h : float or None
        End of sampling; None where it was not told.
    limit_ng_ml : float
        Below it the assay sees nothing; 0 where that plays no part.
    """

    id: str
    short: str
    half_life_h: float
    low_h: float
    high_h: float
    sd_h: float
    n: int | None
    drug: str
    route: str
    dose: str
    over: str
    weight_kg: float | None
    analyte: str
    method: str
    sampled_to_h: float | None
    limit_ng_ml: float
    verified: str
    citation: str
    place: str
    note: str


@dataclass(frozen=True, eq=False)
class Curve:
    """Concentration of one typical person in plasma of a forearm vein.

    Attributes
    ----------
    label : str
    time_h : ndarray, shape (times,)
        From the start of the dose.
    ng_ml : ndarray, shape (times,)
    falling_from_h : float
        Peak, or end of the dose where that is later: no half-life is read before it.
    """

    label: str
    time_h: np.ndarray
    ng_ml: np.ndarray
    falling_from_h: float

    def at(self, time_h: float | np.ndarray) -> np.ndarray:
        """Return the concentration [ng/mL] at any time within the curve."""
        return np.exp(np.interp(time_h, self.time_h[1:], np.log(self.ng_ml[1:])))

    def below_h(self, limit_ng_ml: float) -> float:
        """Return when the falling curve passes a limit; infinite if it does not."""
        late = self.time_h >= self.falling_from_h
        under = np.flatnonzero(self.ng_ml[late] < limit_ng_ml)
        return float(self.time_h[late][under[0]]) if len(under) else np.inf


@dataclass(frozen=True)
class Reading:
    """A published half-life beside the model's.

    Attributes
    ----------
    published : Published
    window_told : bool
        Whether the study tells how long it sampled, so that the model can be read there.
    model_h : float
        Half-life of the model: in the study's window where it is told; otherwise the nearest to
        the published value that any end of sampling gives.
    end_h : float
        End of sampling: the study's (or when the assay sees nothing any more), or the one that
        gives ``model_h``.
    until_h : float or None
        For a printed range without a window: the latest end of sampling that gives it.
    verdict : str
        ``reproduced`` within 1.5-fold; ``contradicted`` where the 95 % interval of the
        observation lies wholly outside; otherwise, and always where no window is told but the
        curve can give the value, ``not resolved``.
    """

    published: Published
    window_told: bool
    model_h: float
    end_h: float
    until_h: float | None
    verdict: str

    @property
    def start_h(self) -> float:
        """Where the slope's window begins."""
        return last_part(self.end_h)

    @property
    def reached(self) -> bool:
        """Whether the curve gives the published value for some end of sampling."""
        return abs(np.log(self.model_h / _nearest_in_range(self.published, self.model_h))) < 0.02


@dataclass(frozen=True, eq=False)
class HalfLives:
    """Everything the entry on half-lives needs.

    Attributes
    ----------
    curves : dict of str to Curve
        ``infusion`` (0.5 mg/kg in 40 min), ``bolus`` and ``nasal``.
    readings : tuple of Reading
    """

    curves: dict[str, Curve]
    readings: tuple[Reading, ...]


def published_half_lives() -> tuple[Published, ...]:
    """Return the rows of ``half_life.csv``, shortest half-life first."""
    text = resources.files("ketasim.evidence").joinpath("half_life.csv").read_text("utf-8")
    rows = [_published(row) for row in csv.DictReader(text.splitlines())]
    return tuple(sorted(rows, key=lambda row: row.half_life_h))


def _published(row: Mapping[str, str]) -> Published:
    value = float(row["half_life_h"])
    numbers = {
        "half_life_h": value,
        "low_h": float(row["low_h"] or value),
        "high_h": float(row["high_h"] or value),
        "sd_h": float(row["sd_h"] or 0),
        "n": int(row["n"]) if row["n"] else None,
        "weight_kg": float(row["weight_kg"]) if row["weight_kg"] else None,
        "sampled_to_h": float(row["sampled_to_h"]) if row["sampled_to_h"] else None,
        "limit_ng_ml": float(row["limit_ng_ml"] or 0),
    }
    return Published(**{**row, **numbers})


def half_lives() -> HalfLives:
    """Simulate the typical person and read every published half-life."""
    from ketasim.dosing import bolus, infusion, intranasal

    curves = {
        "infusion": simulated("0.5 mg/kg in 40 min", infusion("0.5 mg/kg", over="40 min"), 2 / 3),
        "bolus": simulated("bolus of 2 mg/kg", bolus("2 mg/kg")),
        "nasal": simulated(
            "84 mg esketamine by nose", intranasal("84 mg", drug="esketamine"), 0, "S-ketamine"
        ),
    }
    return HalfLives(curves, tuple(read(each) for each in published_half_lives()))


def simulated(
    label: str,
    regimen: Regimen,
    given_h: float = 0.0,
    analyte: str = "ketamine",
    weight_kg: float | None = None,
) -> Curve:
    """Return the typical person's curve after a regimen whose dose takes ``given_h`` hours."""
    from ketasim.evidence.readouts import Readout
    from ketasim.population import Population
    from ketasim.simulation import simulate

    model = _model()
    times = np.unique(
        np.concatenate([np.arange(0, 8, 1 / 60), np.arange(8, FOLLOWED_H + 0.05, 0.1)])
    )
    readout = Readout(analyte, "venous")
    weight = {} if weight_kg is None else {"WT": weight_kg}
    found = simulate(
        model, regimen, Population("typical", overrides=weight), times, readout.outputs()
    )
    masses = {row.symbol: row.value for row in model.parameters if row.symbol.startswith("MW_")}
    total = found.values[0].sum(axis=1) * readout.mass_ng_nmol(masses) * 1e-3
    return Curve(label, times, total, max(given_h, float(times[total.argmax()])))


@cache
def _model():
    from ketasim.model import assemble

    return assemble(MECHANISMS)


def slope_half_life(curve: Curve, start_h: float, end_h: float) -> float:
    """Return the half-life [h] on even times of a window; infinite where the curve rises."""
    from ketasim.simulation.terminal_slope import half_life

    times = np.linspace(start_h, end_h, SAMPLES)
    found = half_life(times, curve.at(times), (start_h, end_h)).half_life_h
    return float(np.nan_to_num(found, nan=np.inf))


def last_part(end_h: float) -> float:
    """Return where the last third of a sampling that ends at ``end_h`` begins."""
    return end_h * (1 - LAST_SHARE)


def two_exponentials(curve: Curve, end_h: float) -> tuple[float, float]:
    """Return both half-lives [h] of two exponentials fitted on the log scale, short one first.

    As studies did before there were computers to fit three: `SAMPLES` samples from
    `FIRST_SAMPLE_H` after the bolus to ``end_h``.
    """
    from scipy.optimize import least_squares

    times = np.geomspace(FIRST_SAMPLE_H, end_h, SAMPLES)
    logs = np.log(curve.at(times))

    def misfit(p: np.ndarray) -> np.ndarray:
        return np.logaddexp(p[0] - np.exp(p[1]) * times, p[2] - np.exp(p[3]) * times) - logs

    start = [logs[0], np.log(np.log(2) / 0.2), logs[-1], np.log(3 * np.log(2) / end_h)]
    rates = np.exp(least_squares(misfit, start).x[[1, 3]])
    return float(np.log(2) / rates.max()), float(np.log(2) / rates.min())


def measured(method: str, curve: Curve, end_h: float) -> float:
    """Return the half-life [h] that a method finds when sampling ends at ``end_h``."""
    if method == "slope":
        return slope_half_life(curve, last_part(end_h), end_h)
    return two_exponentials(curve, end_h)[method == "beta"]


def read(published: Published) -> Reading:
    """Set one published half-life beside the model, dosed as in its study."""
    curve = study_curve(published)
    if published.sampled_to_h is None:
        return _where_it_is(published, curve)
    end_h = min(published.sampled_to_h, curve.below_h(published.limit_ng_ml))
    model_h = measured(published.method, curve, end_h)
    return Reading(published, True, model_h, end_h, None, _verdict(published, model_h))


def _verdict(published: Published, model_h: float) -> str:
    """Judge as `verdicts` does: the 1.5-fold band, and the error of the observation."""
    told = _nearest_in_range(published, model_h)
    error = published.sd_h / told / np.sqrt(published.n or ASSUMED_N)
    away = abs(np.log(model_h / told))
    if away <= np.log(WITHIN_FOLD):
        return "reproduced"
    return "contradicted" if away - Z95 * error > np.log(WITHIN_FOLD) else "not resolved"


def _nearest_in_range(published: Published, model_h: float) -> float:
    return min(max(model_h, published.low_h), published.high_h)


def study_curve(published: Published) -> Curve:
    """Return the model's curve after the dose of a study."""
    from ketasim.dosing import bolus, infusion, injection, intranasal
    from ketasim.dosing.quantities import hours

    given: dict[str, Callable[[], Regimen]] = {
        "iv bolus": lambda: bolus(published.dose, published.drug),
        "iv infusion": lambda: infusion(published.dose, published.over, published.drug),
        "im": lambda: injection(published.dose, "im", published.drug),
        "nasal": lambda: intranasal(published.dose, published.drug),
    }
    length_h = hours(published.over) if published.over else 0.0
    return simulated(
        published.id, given[published.route](), length_h, published.analyte, published.weight_kg
    )


def _where_it_is(published: Published, curve: Curve) -> Reading:
    """Find the end of sampling at which the model gives the published value, or comes nearest."""
    if published.method == "alpha":
        # Both half-lives are of one fit: its end is where it gives the label's own beta.
        beta = next(p for p in published_half_lives() if p.id == "ketalar_label_beta")
        end_h = _end_for(curve, "beta", beta.half_life_h)[0]
        model_h = measured("alpha", curve, end_h)
    else:
        end_h, model_h = _end_for(curve, published.method, published.low_h)
    until_h = None
    if published.high_h > published.low_h and published.method != "alpha":
        until_h = _end_for(curve, published.method, published.high_h)[0]
    verdict = _verdict(published, model_h)
    verdict = "not resolved" if verdict == "reproduced" else verdict
    return Reading(published, False, model_h, end_h, until_h, verdict)


def ends_h(curve: Curve, count: int = 160) -> np.ndarray:
    """Return ends of sampling [h] whose last third lies on the falling part of the curve."""
    first = max(SHORTEST_H, curve.falling_from_h / (1 - LAST_SHARE))
    return np.geomspace(first, LONGEST_H, count)


def _end_for(curve: Curve, method: str, wanted_h: float) -> tuple[float, float]:
    """Return the end of sampling [h] that first gives ``wanted_h``, and what it gives.

    Where none does, the one that comes nearest.
    """
    ends = ends_h(curve, 160 if method == "slope" else 40)
    ends = ends if method == "slope" else ends[ends >= 2.0]  # two exponentials need two phases
    found = np.array([measured(method, curve, float(end)) for end in ends])
    passed = np.flatnonzero((found[:-1] < wanted_h) & (found[1:] >= wanted_h))
    if len(passed):
        k = int(passed[0])
        return float(np.interp(wanted_h, found[k : k + 2], ends[k : k + 2])), wanted_h
    k = int(np.argmin(np.abs(np.log(found / wanted_h))))
    return float(ends[k]), float(found[k])
