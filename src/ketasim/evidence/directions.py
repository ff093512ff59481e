"""Effects and what is left of them: the numbers behind the verdict on a direction.

An effect is what an arm shows against its comparator. Where the read-out rests at 0, or has a
scale in `outputs.csv`, it is the difference in that scale; else the ratio minus 1. It counts from
`threshold` (10 %) on. An inverse read-out is turned round first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from ketasim.evidence.finding import LEFT, Finding
from ketasim.evidence.measures import MEASURES

BLOCKED = 0.4  # at most so much of the drug's effect is left
ATTENUATED = 0.8
KEPT = 0.6  # at least
PROLONGED = 1.2  # more
_LEFT: Mapping[str, Callable[[np.ndarray], np.ndarray]] = MappingProxyType(
    {
        "blocked": lambda left: left <= BLOCKED,
        "attenuated": lambda left: left <= ATTENUATED,
        "kept": lambda left: left >= KEPT,
        "prolonged": lambda left: left > PROLONGED,
    }
)


def scale_of(finding: Finding, rest: float) -> float | None:
    """Return the size of a full effect, or None where ratios are compared.

    Parameters
    ----------
    finding : Finding
    rest : float
        Of the output, in a typical person; 1 for concentrations.
    """
    readout = finding.readout
    if finding.measure == "response":
        return 1.0
    if readout is None or readout.analyte or MEASURES[finding.measure].kind:
        return None
    if readout.word is not None and readout.word.scale is not None:
        return readout.word.scale
    return 1.0 if rest == 0 else None


def effect(
    arm: np.ndarray, comparator: np.ndarray, scale: float | None, sign: int = 1
) -> np.ndarray:
    """Return the effect of an arm: a difference in ``scale``, or a ratio minus 1."""
    if scale is not None:
        return sign * (arm - comparator) / scale
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = arm / comparator if sign > 0 else comparator / arm
    return ratio - 1.0


def shown(finding: Finding, parts: np.ndarray, rest: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the number that tells a direction, and whether it is the one the study saw.

    Parameters
    ----------
    finding : Finding
    parts : ndarray, shape (arms, n)
        As from `runner.sides`.
    rest : float
        Of the output.

    Returns
    -------
    ndarray, shape (n,)
        The effect; the share left of the reference's effect; or, for ``biphasic``, the last
        dose's effect over the greatest.
    ndarray of bool, shape (n,)
    """
    scale = scale_of(finding, rest)
    sign = finding.readout.sign if finding.readout and not MEASURES[finding.measure].kind else 1
    if finding.direction in LEFT:
        return _left(finding, parts)
    if finding.direction == "biphasic":
        effects = np.array([effect(arm, parts[-1], scale, sign) for arm in parts[:-1]])
        return _rise_and_fall(effects, finding.threshold)
    found = effect(parts[0], parts[1], scale, sign)
    up, down = found > finding.threshold, found < -finding.threshold
    said = {"up": up, "down": down, "none": ~(up | down)}[finding.direction]
    return found, said & np.isfinite(found)


def has_reference(finding: Finding, parts: np.ndarray, rest: float) -> np.ndarray:
    """Return whether the drug alone has an effect that could be blocked or kept, shape (n,)."""
    if finding.direction not in LEFT:
        return np.ones(parts.shape[1], bool)
    alone = effect(parts[2], parts[3], scale_of(finding, rest))
    return np.abs(alone) > finding.threshold


def _left(finding: Finding, parts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        left = (parts[0] - parts[1]) / (parts[2] - parts[3])
    return left, _LEFT[finding.direction](left) & np.isfinite(left)


def _rise_and_fall(effects: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the last effect over the greatest, and whether the greatest lies in between."""
    best = effects.max(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        last = effects[-1] / best
    between = (effects[0] < best) & (last < 1 - threshold)
    return last, between & (best > threshold)
