"""From the chance of each report to the likelihood of a setting: lapses, laboratories, roles.

Every report is right with chance 1 - lapse, and else says nothing; everything a laboratory reports
may say nothing together. So one laboratory can never count against a hypothesis by more than
``-log(laboratory_lapse)`` plus what chance itself would give.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ketasim.inference.tournament.body import MOST_LAPSE, Body
from ketasim.inference.tournament.effect_model import log_wrong


def with_lapses(body: Body, factor: float) -> Body:
    """Return the evidence with every chance of being wrong multiplied."""
    return replace(
        body,
        lapse=np.minimum(body.lapse * factor, MOST_LAPSE),
        laboratory_lapse=min(body.laboratory_lapse * factor, MOST_LAPSE),
    )


def believed(body: Body, clean: np.ndarray) -> np.ndarray:
    """Return the log chance of each report, its own lapse included, shape (k, findings).

    Parameters
    ----------
    body : Body
    clean : ndarray, shape (k, findings)
        From `effect_model.log_chance`.
    """
    wrong = np.array([log_wrong(each) for each in body.findings])
    return np.logaddexp(np.log1p(-body.lapse) + clean, np.log(body.lapse) + wrong)


def by_laboratory(body: Body, clean: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return the log likelihood of each laboratory's reports, shape (k, laboratories).

    Parameters
    ----------
    body : Body
    clean : ndarray, shape (k, findings)
    chosen : ndarray of bool, shape (findings,)
        Which reports count.
    """
    own = believed(body, clean) * body.weight
    wrong = np.array([log_wrong(each) for each in body.findings]) * body.weight
    columns = []
    for places in body.groups().values():
        held = places[chosen[places]]
        columns.append(laboratory(body, own[:, held], wrong[held]))
    return np.stack(columns, axis=1)


def laboratory(body: Body, own: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    """Return the log likelihood of one laboratory's reports, sound or failed together, shape (k,).

    Parameters
    ----------
    body : Body
    own : ndarray, shape (k, reports)
        Log chance of each, its own lapse included, times its weight.
    wrong : ndarray, shape (reports,)
        The same where the laboratory failed.
    """
    sound = np.log1p(-body.laboratory_lapse) + own.sum(axis=1)
    return np.logaddexp(sound, np.log(body.laboratory_lapse) + wrong.sum())


def log_likelihood(body: Body, clean: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return the log likelihood of each setting on the chosen reports, shape (k,)."""
    return by_laboratory(body, clean, chosen).sum(axis=1)
