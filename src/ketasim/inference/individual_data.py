"""From a data file to the people of an estimation, and what of the file was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from ketasim.inference.individual_samples import Individual

if TYPE_CHECKING:
    from ketasim.dosing import DataFile
    from ketasim.model import Model

# What stands in the file after a dose of its own time is seen this much later: 0.11 ms.
_AFTER_H = 2.0**-25


def individuals_of(
    data: DataFile, model: Model, aside: Collection[str] = ()
) -> tuple[list[Individual], list[str]]:
    """Return the people of a data file, and a sentence for all that was left out.

    Parameters
    ----------
    data : DataFile
        From :func:`ketasim.dosing.read_data`.
    model : Model
        Columns that are none of its parameters are left out.
    aside : collection of str
        Outputs to leave out, such as scores that this model does not compute.

    Returns
    -------
    list of Individual
        In the order of the file.
    list of str
    """
    known = {row.symbol for row in model.parameters}
    used = [name for name in data.covariates if name in known]
    notes = [
        f"column {name} is no parameter of kinetics and takes no part"
        for name in data.covariates
        if name not in known
    ]
    notes += [f"column {name} takes no part: {why}" for name, why in data.ignored.items()]
    seen = data.observations
    left = np.isin(seen.output.astype(str), list(aside))
    for name, count in Counter(seen.output[left].tolist()).items():
        notes.append(f"{count} observations of {name} take no part: no output of kinetics")
    unknown = int(np.sum(seen.below_limit & np.isnan(seen.limit) & ~left))
    if unknown:
        notes.append(f"{unknown} observations lie below an unknown limit and take no part")
    people = [_one(data, k, np.flatnonzero(~left), used) for k in range(data.n_individuals)]
    return people, notes


def _one(data: DataFile, k: int, kept: np.ndarray, covariates: list[str]) -> Individual:
    seen = data.observations.only(kept)
    mine = seen.only(np.flatnonzero(seen.individual == k))
    own = np.flatnonzero(data.episode_individual == k)
    return Individual(
        id=data.ids[k],
        regimens=tuple(data.regimens[episode] for episode in own),
        outputs=tuple(str(name) for name in mine.output),
        times_h=mine.time_h + np.where(mine.after_dose, _AFTER_H, 0.0),
        values=np.where(mine.measured, mine.value, np.nan),
        covariates={name: float(data.covariates[name][k]) for name in covariates},
        limits=np.where(mine.below_limit, mine.limit, np.nan),
        episodes=np.searchsorted(own, mine.episode),
        rows=tuple(int(line) for line in mine.line),
    )
