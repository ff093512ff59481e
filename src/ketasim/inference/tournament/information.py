"""How much the outcome of an experiment would tell: chances of outcomes, and bits.

The chances are those of `effect_model`, made whole: every outcome that a study could report, once.
A plain comparison ends *up*, *down* or with *none*. Where a manipulation is given with a drug, the
drug alone may fail to work, and else some of its effect is left: *blocked* to 0.4, *attenuated* to
the middle of what is called attenuated (to 0.8) and what is called kept (from 0.6), *kept* to 1.2,
*enhanced* beyond.

Information is the mutual information of outcome and hypothesis [bits]. Draws of a hypothesis are
few, and few draws look as if they differed; a jackknife over draws takes that off and gives the
error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from ketasim.evidence import directions
from ketasim.evidence.finding import Finding
from ketasim.inference.tournament.body import MOST_LAPSE, SMALL, lapse_rules
from ketasim.inference.tournament.effect_model import LEAST_EFFECT, bounds

CHANGE = ("up", "none", "down")
LEFT = ("no effect to block", "blocked", "attenuated", "kept", "enhanced")
HALFWAY = (directions.ATTENUATED + directions.KEPT) / 2
"""Share left from which it is called kept: where both words apply, their middle."""
_CUTS = (directions.BLOCKED, HALFWAY, directions.PROLONGED)


def lapse_of(n: int) -> float:
    """Return the chance that a new experiment's report says nothing, by ``lapse_rules.csv``.

    It is read at the source, of one laboratory, and small below `SMALL` individuals a group; or
    everything that laboratory reports is wrong.
    """
    rules = lapse_rules()
    own = min(rules["every"] + rules["single"] + rules["small"] * (n < SMALL), MOST_LAPSE)
    return 1.0 - (1.0 - own) * (1.0 - rules["laboratory"])


def outcome_chances(
    finding: Finding, effect: np.ndarray, scale: float | None, n: int
) -> np.ndarray:
    """Return how likely each outcome is, its own lapse included.

    Parameters
    ----------
    finding : Finding
        Its threshold counts.
    effect : ndarray, shape (1 or 2, ...)
        From `effect_model.effects`: of a comparison; or with the manipulation, and of the drug
        alone.
    scale : float or None
        From `directions.scale_of`.
    n : int
        Individuals of each group.

    Returns
    -------
    ndarray, shape (..., outcomes)
        `CHANGE` or `LEFT`; sums to 1. What could not be computed is even.
    """
    bound, error = bounds(replace(finding, n=n), scale)
    with np.errstate(invalid="ignore", divide="ignore"):
        sound = (
            _change(effect[0], bound, error) if len(effect) == 1 else _left(effect, bound, error)
        )
    k = sound.shape[-1]
    whole = np.isfinite(sound).all(axis=-1, keepdims=True)
    sound = np.where(whole, sound, 1.0 / k)
    lapse = lapse_of(n)
    return (1.0 - lapse) * sound + lapse / k


def _change(effect: np.ndarray, bound: float, error: float) -> np.ndarray:
    up, down = ndtr((effect - bound) / error), ndtr((-effect - bound) / error)
    none = ndtr((bound - effect) / error) - down
    return np.stack([up, none, down], axis=-1)


def _left(effect: np.ndarray, bound: float, error: float) -> np.ndarray:
    treated, alone = effect
    unseen = ndtr((bound - np.abs(alone)) / error)
    size = np.maximum(np.abs(alone), LEAST_EFFECT)
    share = treated * np.sign(alone) / size
    spread = error * np.sqrt(1 + share**2) / size
    below = [np.zeros_like(share), *(ndtr((cut - share) / spread) for cut in _CUTS)]
    parts = np.diff(np.stack([*below, np.ones_like(share)]), axis=0)
    return np.stack([unseen, *((1.0 - unseen) * part for part in parts)], axis=-1)


def group_weights(groups: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what averages draws into groups, and the weight of each group.

    Parameters
    ----------
    groups : ndarray of int, shape (k,)
    weights : ndarray, shape (k,)

    Returns
    -------
    ndarray, shape (groups, k)
        Each row sums to 1, or to 0 where nothing is in it.
    ndarray, shape (groups,)
        Sums to 1.
    """
    member = (groups == np.arange(groups.max() + 1)[:, None]) * weights
    total = member.sum(axis=1)
    safe = np.where(total > 0, total, 1.0)
    return member / safe[:, None], total / total.sum()


def information(chances: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the mutual information of outcome and group [bits], shape (...).

    Parameters
    ----------
    chances : ndarray, shape (..., groups, outcomes)
    weight : ndarray, shape (groups,)
    """
    mean = np.einsum("g,...go->...o", weight, chances)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where((chances > 0) & (mean[..., None, :] > 0), chances / mean[..., None, :], 1)
    return np.einsum("g,...go,...go->...", weight, chances, np.log2(ratio))


def jackknifed(
    chances: np.ndarray, groups: np.ndarray, weights: np.ndarray, draw: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return information about groups, without what few draws feign, and its error [bits].

    Parameters
    ----------
    chances : ndarray, shape (..., k, outcomes)
        Under each draw.
    groups : ndarray of int, shape (k,)
    weights : ndarray, shape (k,)
    draw : ndarray of int, shape (k,)
        Draws of one number are left out together.

    Returns
    -------
    ndarray, shape (...)
        At least 0.
    ndarray, shape (...)
        NaN with one draw alone.
    """
    whole = _of_groups(chances, groups, weights)
    labels = np.unique(draw)
    r = len(labels)
    if r < 2:
        return whole, np.full(whole.shape, np.nan)
    left = np.stack([_of_groups(chances, groups, weights * (draw != each)) for each in labels])
    bits = r * whole - (r - 1) * left.mean(axis=0)
    error = np.sqrt((r - 1) * left.var(axis=0))
    return np.clip(bits, 0.0, None), error


def _of_groups(chances: np.ndarray, groups: np.ndarray, weights: np.ndarray) -> np.ndarray:
    member, weight = group_weights(groups, weights)
    return information(np.matmul(member, chances), weight)


def told_apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the chance that the outcome points to the right one of two, at even odds.

    Parameters
    ----------
    one, other : ndarray, shape (..., outcomes)
    """
    return 0.5 + np.abs(one - other).sum(axis=-1) / 4.0


def smallest(sizes: Sequence[int], reached: np.ndarray) -> int | None:
    """Return the first size at which something is reached; None where it never is."""
    return next((int(n) for n, yes in zip(sizes, reached, strict=True) if yes), None)
