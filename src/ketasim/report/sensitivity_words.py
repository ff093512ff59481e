"""What a sensitivity analysis says, in sentences and names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ketasim.inference.sensitivity_global import WIDE
from ketasim.report.phrases import counted, duration, listed, number, percent

if TYPE_CHECKING:
    from ketasim.inference.sensitivity_factors import Factor, Varied
    from ketasim.inference.sensitivity_global import GlobalSensitivity
    from ketasim.inference.sensitivity_local import LocalSensitivity
    from ketasim.inference.sensitivity_measures import Quantity

_RAISED = str.maketrans("−0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

LIMITS = (
    "Most of these uncertainties are judgements, not measurements: the analysis says what the "
    "model's answer leans on, not what biology varies by. A number wrongly held to be certain "
    "carries nothing here.",
    "Uncertainty of the equations is not in it. A mechanism that is written wrongly, or left out, "
    "carries nothing.",
    "Differences between people are not in it, nor are raters, drop-outs and how far trials "
    "differ. They are spread around the answer; this is about where the answer stands.",
    "Numbers calibrated together err together, so their set is moved as one. Everything else is "
    "taken to be independent, which numbers from one laboratory are not.",
)


def factor_name(factor: Factor, parameters: Sequence[Varied] = ()) -> str:
    """Return a factor's name as readers should see it, a parameter's with its mechanism."""
    if factor.kind == "all others":
        return f"all others together ({len(factor.columns)})"
    if factor.kind == "calibrated together":
        return f"{factor.name} ({len(factor.columns)})"
    if factor.kind == "mechanism":
        return factor.name
    if parameters:
        return f"{factor.name} ({parameters[factor.columns[0]].mechanism})"
    return factor.name


def mechanism_title(factor: Factor) -> str:
    """Return the title of a mechanism's file; empty for other factors."""
    from ketasim.model import load_mechanism, mechanism_names

    if factor.kind != "mechanism" or factor.name not in mechanism_names():
        return ""
    return load_mechanism(factor.name).title


def figures(value: float, digits: int = 3) -> str:
    """Write a number with raised powers of ten.

    >>> figures(0.0042), figures(0.000185)
    ('0.0042', '1.85×10⁻⁴')
    """
    head, power, tail = number(value, digits).partition("×10^")
    return f"{head}×10{tail.translate(_RAISED)}" if power else head


def answer(value: float, unit: str, digits: int = 3) -> str:
    """Write an answer with its unit; times in the unit a reader would choose.

    >>> answer(10.87, "points"), answer(36.0, "h"), answer(float("nan"), "h")
    ('10.9 points', '36 h', 'none')
    """
    if not np.isfinite(value):
        return "none"
    if unit == "h":
        return duration(value)
    return f"{number(value, digits)} {unit}".strip()


def span(low: float, high: float, unit: str) -> str:
    """Write an interval, the unit once where both have it."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return "none"
    first, last = answer(low, unit), answer(high, unit)
    head, _, tail = first.rpartition(" ")
    return f"{head if last.endswith(f' {tail}') else first} to {last}"


def local_headline(found: LocalSensitivity) -> str:
    """Return the answer of the local analysis in a sentence."""
    quantity = found.quantities[0]
    top = [factor_name(found.factors[k], found.parameters) for k in found.ranking(0)[:3]]
    at = answer(found.reference[0], quantity.unit)
    if not top:
        return f"{_capital(str(quantity))} is {at}; no single number could be moved."
    return f"{_capital(str(quantity))} is {at}; the single numbers that move it most: {listed(top)}"


def global_headline(found: GlobalSensitivity) -> str:
    """Return the answer of the global analysis in a sentence."""
    quantity = found.quantities[0]
    told = (
        f"{_capital(str(quantity))} is {answer(found.reference[0], quantity.unit)} as tabled, and "
        f"{span(found.low[0], found.high[0], quantity.unit)} in the middle 90 % when everything "
        "that is not known moves"
    )
    named = [k for k in found.ranking(0) if found.factors[k].kind != "all others"]
    top = [
        f"{factor_name(found.factors[k], found.parameters)} "
        f"{percent(float(found.indices.total[k, 0]))}"
        for k in named[:3]
        if found.indices.total[k, 0] > 0
    ]
    if not top:
        return f"{told}; nothing moves it"
    return f"{told}. Greatest shares of that variance, interactions included: {listed(top)}"


def convergence(found: GlobalSensitivity, quantity: int) -> tuple[str, ...]:
    """Say how far the indices of a quantity can be trusted."""
    indices, width = found.indices, float(found.width[quantity])
    if not found.sd[quantity] > 0:
        return ("Nothing that was moved changes it, so there is no variance to share out.",)
    total = indices.sum_first[quantity]
    ends = indices.sum_low[quantity], indices.sum_high[quantity]
    told = [
        f"First indices add up to {total:.2f} (95 % interval {ends[0]:.2f} to {ends[1]:.2f}): "
        + _additive(ends)
    ]
    if width > WIDE:
        told.append(
            f"Not converged: the widest 95 % interval of a total index spans {width:.2f} "
            f"(aim: {WIDE:g}). Run again with a larger n than {found.n:,}."
        )
    else:
        told.append(f"The widest 95 % interval of a total index spans {width:.2f}.")
    rest = [k for k, each in enumerate(found.factors) if each.kind == "all others"]
    if rest:
        k = rest[0]
        share = indices.total[k, quantity]
        ends = indices.total_low[k, quantity], indices.total_high[k, quantity]
        told.append(
            f"The {len(found.factors[k].columns)} parameters that the screening left aside moved "
            f"together and carry {percent(float(share))} "
            f"({percent(float(ends[0]))} to {percent(float(ends[1]))}) of the variance, "
            "interactions included."
        )
    lost = 1 - float(np.min(indices.used[:, quantity])) / found.n
    if lost > 0:
        told.append(f"Up to {percent(lost)} of the points could not be used.")
    return tuple(told)


def _additive(ends: tuple[float, float]) -> str:
    if ends[0] > 0.9:
        return "what moves it adds up; interactions carry little."
    if ends[1] < 0.97:
        return "the rest of the variance comes from interactions."
    return "interactions cannot be told from the noise of the sample."


def method(
    local: LocalSensitivity | None, whole: GlobalSensitivity | None, who: str
) -> tuple[str, ...]:
    """Say how it was done."""
    told = [
        f"Every answer is that of {who}. A parameter's uncertainty is the SD of the logarithm of "
        "its typical value in the parameter tables, so what is varied is log-normal; shares are "
        "capped at 1. Values calibrated together have the correlations that their calibration "
        "found."
    ]
    if local is not None:
        told.append(
            "Local: each parameter is moved by 1 % up and down for its elasticity (relative "
            "change of the answer per relative change of the parameter), and to both ends of the "
            "middle 90 % of its own uncertainty for its swing, all others held. A set calibrated "
            "together is moved once for each answer, in the direction in which its errors move "
            f"the answer most, as far as its middle 90 % reaches. {local.runs:,} sets of "
            "parameters."
        )
    if whole is not None:
        told.append(
            f"Global: two independent samples of {whole.n:,} points from one scrambled Sobol "
            f"sequence (seed {whole.seed}), and for every factor the first with that factor from "
            "the second. First index: share of the variance that goes with the factor alone; "
            "total: with all its interactions (estimators of Saltelli 2010). Intervals: bootstrap "
            f"over points, 95 %. A screening with few points over all "
            f"{counted(len(whole.screened), 'factor')} chose those told apart; all others were "
            f"moved together as one. {whole.runs:,} sets of parameters."
        )
    return tuple(told)


def failures(lost: int, runs: int) -> str:
    """Say how many sets gave no answer; empty where none did."""
    if not lost:
        return ""
    return (
        f"{counted(lost, 'set')} of {runs:,} gave no answer (a person in it could not be "
        "computed, or nothing changed) and are left out."
    )


def group_of_stayed(reasons: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return reasons with the symbols that stay for them."""
    groups: dict[str, list[str]] = {}
    for symbol, reason in reasons:
        groups.setdefault(reason, []).append(symbol)
    return [(reason, ", ".join(symbols)) for reason, symbols in groups.items()]


def axis(quantity: Quantity) -> str:
    """Return what an axis calls a quantity."""
    return f"{quantity} ({quantity.unit})" if quantity.unit else str(quantity)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
