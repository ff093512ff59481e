"""Which values of a trial can be: within the scale, in its unit, at a time after the first dose.

A slip of sign or of unit gives a finding that no prediction can meet; it is told here instead.
"""

from __future__ import annotations

from ketasim.errors import UserError, nearest
from ketasim.evidence.clinical_words import unit_of_finding, units_of_finding
from ketasim.trial.scales import scale, scales

LONGEST_H = 5 * 365 * 24.0
FROM_BASELINE = ("change", "percent change", "response", "any response", "sustained response")
_BODY_UNITS = {"SBP": "mmHg", "DBP": "mmHg", "HR": "beat/min"}


def known_scale(text: str) -> str:
    """Return ``text`` if it is a rated scale or an acute effect.

    Raises
    ------
    UserError
        One line with the nearest, or with every rated scale.
    """
    from ketasim.evidence.clinical import known_scales

    words = known_scales()
    if text in words:
        return text
    alike = {word.lower(): word for word in words}
    if text.lower() in alike:
        raise UserError(f"{text!r} is not a choice; nearest: {alike[text.lower()]}")
    hint = nearest(text, words)
    if hint.startswith("; choose"):
        rated = ", ".join(scales())
        hint = f"; rated scales are {rated}; on any other, leave scale out and say out_of_scope"
    raise UserError(f"{text!r} is not a choice{hint}")


def rated_scale(text: str) -> str:
    """Return ``text`` if patients can be let in by it; UserError otherwise."""
    if text not in scales():
        raise UserError(f"{text!r} is not rated before treatment{nearest(text, scales())}")
    return text


def units_on(scale_name: str, endpoint: str, contrast: str) -> tuple[str, ...]:
    """Return the units that fit a value on a scale."""
    units = units_of_finding(endpoint, contrast)
    if len(units) == 1:
        return units
    if scale_name in scales():
        return ("points",)
    if scale_name.startswith("p_"):
        return ("%",)
    body = _BODY_UNITS.get(scale_name.removeprefix("d"))
    return (body,) if body else ("points", "%")


def check_value(value: float, unit: str, endpoint: str, contrast: str, scale_name: str) -> None:
    """Raise UserError with ``value: ...`` where no trial can have found it.

    Parameters
    ----------
    value : float
        In ``unit``.
    unit, endpoint, contrast, scale_name : str
        As the finding says; ``contrast`` may be empty.
    """
    kind = unit_of_finding(endpoint, contrast)
    if kind == "yes" and value not in (0.0, 1.0):
        raise UserError(f"value: {value:g} is neither 1 (yes) nor 0 (no)")
    if value <= 0 and (kind == "ratio" or (kind == "d" and not contrast)):
        raise UserError(f"value: {value:g} is not positive")
    if kind == "%" or (kind == "points" and unit == "%"):
        low, high = _percents(endpoint, contrast)
        if not low <= value <= high:
            raise UserError(f"value: {value:g} is not between {low:g} and {high:g} %")
    if kind == "points" and scale_name in scales():
        _check_points(value, endpoint, contrast, scale_name)


def _percents(endpoint: str, contrast: str) -> tuple[float, float]:
    if endpoint == "percent change":
        return (-1000.0, 1000.0) if contrast else (-100.0, 1000.0)
    return (-100.0, 100.0) if contrast else (0.0, 100.0)


def _check_points(value: float, endpoint: str, contrast: str, scale_name: str) -> None:
    own = scale(scale_name)
    width = own.high - own.low
    low, high = (-width, width) if contrast or endpoint == "change" else (own.low, own.high)
    if not low <= value <= high:
        raise UserError(
            f"value: {value:g} is not between {low:g} and {high:g}, the ends of {scale_name}"
        )


def check_times(endpoint: str, times_h: dict[str, float | None]) -> None:
    """Raise UserError where a time is later than any trial, or no time after baseline.

    Parameters
    ----------
    endpoint : str
    times_h : dict of str to float or None
        Field to time [h after the first dose].
    """
    for field, time_h in times_h.items():
        if time_h is not None and time_h > LONGEST_H:
            raise UserError(f"{field}: {time_h / 24:g} d is later than five years, the longest run")
    if times_h.get("at") == 0.0 and endpoint in FROM_BASELINE:
        raise UserError(f"at: 0 h is the baseline, from which {endpoint} is counted")


def check_interval(value: float, ends: tuple[float, float] | None, field: str) -> None:
    """Raise UserError where a confidence interval does not hold its value."""
    if ends is not None and not ends[0] <= value <= ends[1]:
        raise UserError(
            f"dispersion.{field}: {list(ends)} does not hold the value, {value:g}; "
            "is a sign missing?"
        )


def check_cut(cut: float | None, scale_name: str) -> None:
    """Raise UserError where a remitter's highest score is beyond the scale."""
    if cut is not None and scale_name in scales() and cut >= scale(scale_name).high:
        raise UserError(f"cut: {cut:g} is not below {scale(scale_name).high:g}, the end of "
                        f"{scale_name}")  # fmt: skip


def check_entry(scale_name: str, minimum: float | None, mean: float | None) -> None:
    """Raise UserError where nobody can have been let in so.

    Parameters
    ----------
    scale_name : str
        Of entry.
    minimum : float or None
        Lowest score let in.
    mean : float or None
        Of those let in.
    """
    high = scale(scale_name).high
    for field, score in (("entry.minimum", minimum), ("baseline.mean", mean)):
        if score is not None and score >= high:
            raise UserError(f"{field}: {score:g} is not below {high:g}, the end of {scale_name}")
    if minimum is not None and mean is not None and mean < minimum:
        raise UserError(f"baseline.mean: {mean:g} is below entry.minimum, {minimum:g}")
