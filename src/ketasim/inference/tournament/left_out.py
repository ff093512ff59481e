"""The likelihood without some of the reports, of every draw at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ketasim.inference.tournament.body import Body
from ketasim.inference.tournament.effect_model import log_wrong
from ketasim.inference.tournament.likelihood import believed, laboratory


@dataclass(frozen=True)
class Reports:
    """What every report adds, kept so that leaving some out costs little.

    Attributes
    ----------
    body : Body
    own : ndarray, shape (n, findings)
        Log chance of each report under each draw, its own lapse included, times its weight.
    wrong : ndarray, shape (findings,)
        The same where its laboratory failed.
    """

    body: Body
    own: np.ndarray
    wrong: np.ndarray

    def without(self, places: Iterable[int] | np.ndarray) -> np.ndarray:
        """Return how the log likelihood changes when these reports are left out, shape (n,)."""
        out = np.zeros(len(self.body.findings), bool)
        out[np.asarray(list(places), dtype=int)] = True
        change = np.zeros(len(self.own))
        for held in self.body.groups().values():
            if out[held].any():
                change += self._laboratory(held[~out[held]]) - self._laboratory(held)
        return change

    def _laboratory(self, held: np.ndarray) -> np.ndarray:
        return laboratory(self.body, self.own[:, held], self.wrong[held])


def reports(body: Body, clean: np.ndarray) -> Reports:
    """Return what every report adds under each draw.

    Parameters
    ----------
    body : Body
    clean : ndarray, shape (n, findings)
        Log chances before lapses.
    """
    wrong = np.array([log_wrong(each) for each in body.findings])
    return Reports(body, believed(body, clean) * body.weight, wrong * body.weight)


def places_by(names: Iterable[str]) -> dict[str, np.ndarray]:
    """Return the places of each name, in the order they first come."""
    held = np.array(list(names))
    return {str(name): np.flatnonzero(held == name) for name in dict.fromkeys(held.tolist())}
