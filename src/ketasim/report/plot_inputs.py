"""What a user has in hand, checked and brought into the form that figures take."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.dosing.quantities import hours
from ketasim.errors import UserError, nearest
from ketasim.report import summary
from ketasim.report.style import Missing, Picture
from ketasim.trial.results import TIME, ArmResult, EndpointResult, TrialResult

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.inference.sensitivity_global import GlobalSensitivity
    from ketasim.inference.sensitivity_local import LocalSensitivity

DIMENSIONS = {"individual", "time", "output"}


def only(plot: str, field: str, word: str, choices: Collection[str]) -> None:
    """Refuse a word that is no choice."""
    if word not in choices:
        raise UserError(f"plot.{plot}: {field} {word!r} is unknown{nearest(str(word), choices)}")


def drawn(plot: str, picture: Picture | Missing) -> Picture:
    """Return a picture; one that could not be drawn is the user's to know."""
    if isinstance(picture, Missing):
        raise UserError(f"plot.{plot}: {picture.sentence.removeprefix('Not shown: ').rstrip('.')}")
    return picture


def arms_of(plot: str, result: Any, outputs: Sequence[str]) -> dict[str, xr.DataArray]:
    """Return simulated arms by name, one alone under ``""``.

    Raises
    ------
    UserError
        Anything but results of ``simulate``; an output that one of them lacks, or in which
        nobody has a number.
    """
    import xarray as xr

    arms = {"": result} if isinstance(result, xr.DataArray) else result
    if not isinstance(arms, Mapping) or not arms:
        raise UserError(f"plot.{plot}: needs what ketasim.simulate returns, or several as "
                        f"{{'name': result}}, not {type(result).__name__}")  # fmt: skip
    for name, arm in arms.items():
        where = f"plot.{plot}: arm {name!r}" if name else f"plot.{plot}: the result"
        if not isinstance(arm, xr.DataArray) or set(arm.dims) != DIMENSIONS:
            raise UserError(f"{where} has not the dimensions individual, time and output that "
                            "ketasim.simulate gives")  # fmt: skip
        for output in outputs:
            there = [str(each) for each in arm.coords["output"].values]
            if output not in there:
                raise UserError(f"{where} has no output {output!r}{nearest(output, there)}")
            if not len(summary.complete(arm, output)):
                raise UserError(f"{where} has no person with all values of {output}")
    return {str(name): arm for name, arm in arms.items()}


def at_hours(plot: str, at: str | None, arms: Mapping[str, xr.DataArray]) -> float:
    """Return a time inside what was simulated [h]."""
    if at is None:
        raise UserError(f"plot.{plot}: say when, as at='24 h'")
    when_h = hours(at, f"plot.{plot}: at")
    for arm in arms.values():
        time_h = summary.times(arm)
        if not time_h[0] <= when_h <= time_h[-1] or when_h <= time_h[0]:
            raise UserError(f"plot.{plot}: at {at!r} lies outside of what was simulated "
                            f"({time_h[0]:g} to {time_h[-1]:g} h)")  # fmt: skip
    return when_h


def trial_of_scores(
    arms: Mapping[str, xr.DataArray], when_h: float, control: str | None
) -> TrialResult:
    """Return simulated MADRS before the first dose and at one time as groups of patients."""
    groups = []
    for name, arm in arms.items():
        values, time_h = summary.persons(arm, "MADRS"), summary.times(arm)
        before = values[:, summary.start_index(time_h)]
        after = summary.at(values, time_h, when_h)
        assert after is not None  # `at_hours` has seen to it
        scores = {"MADRS": np.column_stack([before, after])}
        named = name or str(arm.attrs.get("regimen", "population"))
        groups.append(
            ArmResult(named, named, name == control, scores, np.full(len(before), np.inf))
        )
    return _trial(tuple(groups), (_none(groups),), np.array([0.0, when_h]))


def trial_of_times(arms: Any, control: str | None) -> TrialResult:
    """Return days to an event, by arm, as a trial with that one endpoint."""
    if not isinstance(arms, Mapping) or not arms:
        raise UserError("plot.kaplan_meier: needs a trial's result (ketasim.trial.run_trial), or "
                        f"{{'arm': (days, happened)}}, not {type(arms).__name__}")  # fmt: skip
    values, happened, groups = {}, {}, []
    for name, pair in arms.items():
        values[name], happened[name] = _checked_times(str(name), pair)
        n = len(values[name])
        groups.append(ArmResult(str(name), str(name), name == control, {}, np.full(n, np.inf)))
    endpoint = EndpointResult(
        "event", "time to the event", TIME, values, "days", happened=happened, primary=True
    )
    return _trial(tuple(groups), (endpoint,), np.array([0.0]))


def _checked_times(name: str, pair: Any) -> tuple[np.ndarray, np.ndarray]:
    where = f"plot.kaplan_meier: arm {name!r}"
    try:
        days, seen = (np.asarray(each) for each in pair)
        days = days.astype(float)
    except (TypeError, ValueError):
        raise UserError(f"{where}: needs a pair of days and whether it happened") from None
    if days.ndim != 1 or days.shape != seen.shape or not len(days):
        raise UserError(f"{where}: {days.size} days and {seen.size} events; one of each a person")
    if not np.isfinite(days).all() or (days < 0).any():
        raise UserError(f"{where}: days must be 0 or more, all of them numbers")
    if not np.isin(seen, (0, 1)).all():
        raise UserError(f"{where}: whether it happened must be True or False")
    return days, seen.astype(bool)


def _none(groups: Sequence[ArmResult]) -> EndpointResult:
    nothing = {group.name: np.full(group.n, np.nan) for group in groups}
    return EndpointResult("none", "nothing", "level", nothing)


def _trial(
    arms: tuple[ArmResult, ...], endpoints: tuple[EndpointResult, ...], visits_h: np.ndarray
) -> TrialResult:
    return TrialResult("", "parallel", "open", "", visits_h, "MADRS", arms, endpoints)


def quantity_of(plot: str, found: LocalSensitivity | GlobalSensitivity, wanted: int | str) -> int:
    """Return the place of an answer."""
    names = [str(each) for each in found.quantities]
    keys = [each.key for each in found.quantities]
    if isinstance(wanted, str):
        only(plot, "quantity", wanted, [*names, *keys])
        return (names if wanted in names else keys).index(wanted)
    if not 0 <= wanted < len(names):
        raise UserError(f"plot.{plot}: quantity {wanted} of {len(names)}: {', '.join(names)}")
    return wanted


def who_of(found: LocalSensitivity | GlobalSensitivity) -> str:
    """Return whose answer it is."""
    n = found.people
    return "n = 1, the typical person" if n == 1 else f"mean of n = {n:,} people"
