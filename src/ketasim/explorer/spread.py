"""How people spread about a curve: mean, percentiles, shares of responders and remitters."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

PERCENTILES = (5, 25, 50, 75, 95)
RESPONSE_SHARE = 0.5
REMISSION_POINTS = 10.0


def statistics(output: str, values: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the name and the curve of each statistic of an output.

    Parameters
    ----------
    output : str
        ``MADRS`` has response and remission besides.
    values : ndarray, shape (people, times)
        Complete people only; with nobody, all is NaN.

    Yields
    ------
    stat : str
        ``mean``, ``p5`` ... ``p95``, ``response``, ``remission``.
    curve : ndarray of float, shape (times,)
    """
    people, times = values.shape
    if people == 0:
        nothing = np.full(times, np.nan)
        names = ["mean", *(f"p{p}" for p in PERCENTILES)]
        names += ["response", "remission"] if output == "MADRS" else []
        yield from ((name, nothing) for name in names)
        return
    yield "mean", values.mean(axis=0)
    ordered = np.ascontiguousarray(values.T, dtype=np.float32)
    ordered.sort(axis=1)
    for percent in PERCENTILES:
        yield f"p{percent}", _between(ordered, percent / 100 * (people - 1))
    if output == "MADRS":
        start = values[:, :1]
        yield "response", np.mean(start - values >= RESPONSE_SHARE * start, axis=0)
        yield "remission", np.mean(values <= REMISSION_POINTS, axis=0)


def _between(ordered: np.ndarray, place: float) -> np.ndarray:
    """Return ``ordered`` (times, people) at a place between two people, as numpy's quantile."""
    below = int(place)
    above = min(below + 1, ordered.shape[1] - 1)
    share = place - below
    return ordered[:, below] + share * (ordered[:, above] - ordered[:, below])
