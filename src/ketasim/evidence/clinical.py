"""A clinical finding, read: which patients, what was counted in them, and of how many.

These are parts of `finding.Arm` and `finding.Finding`; a finding without them is an experiment on
kinetics or mechanisms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ketasim.dosing import Regimen
    from ketasim.trial.policies import Policy

ASSUMED_N = 20  # patients of an arm whose number is not told


@dataclass(frozen=True)
class Group:
    """The patients of one arm of a trial.

    Attributes
    ----------
    n : int or None
        Patients analysed.
    scale : str
        Of the baseline and of the score at entry.
    baseline : tuple of (float, float) or None
        Mean and SD before treatment [points].
    minimum : float or None
        Lowest observed score at entry [points].
    condition : str
        Another illness than depression, or with it; empty for none.
    policy : Policy or None
        Decisions at visits.
    own : Regimen or None
        The arm's own steps, without what every arm gets.
    dress : callable or None
        What puts that onto them.
    """

    n: int | None = None
    scale: str = "MADRS"
    baseline: tuple[float, float] | None = None
    minimum: float | None = None
    condition: str = ""
    policy: Policy | None = None
    own: Regimen | None = None
    dress: Callable[[Regimen], Regimen] | None = None


@dataclass(frozen=True)
class Clinical:
    """What a finding counts, in which patients.

    Attributes
    ----------
    scale : str
        A scale of `ketasim.trial.scales`, or an acute effect (`acute_outputs`).
    at_h, from_h, to_h : float or None
        Visit, or window [h after the first dose].
    share, cut, threshold : float or None
        Of response, of remission, of relapse or of what is above; None: the scale's own.
    among : str
        Key of `clinical_words.AMONG`, or empty for everybody.
    among_h : float or None
        When they were found [h].
    missing : str
        Key of `clinical_words.MISSING`.
    reason : str or None
        Of leaving; None: any.
    consecutive : int
        Visits in a row that show a relapse.
    n_comparator : int or None
        Patients of the comparator, where they are not its arm's.
    crossover : bool
        Whether arm and comparator are the same people.
    trials : int
        Trials that the value is pooled over.
    visits_h : tuple of float
        Visits inside the window [h]; empty for the usual ones.
    """

    scale: str = "MADRS"
    at_h: float | None = None
    from_h: float | None = None
    to_h: float | None = None
    share: float | None = None
    cut: float | None = None
    threshold: float | None = None
    among: str = ""
    among_h: float | None = None
    missing: str = "as if stayed"
    reason: str | None = None
    consecutive: int = 1
    n_comparator: int | None = None
    crossover: bool = False
    trials: int = 1
    visits_h: tuple[float, ...] = ()

    @property
    def is_acute(self) -> bool:
        """Whether it is read from an acute effect, not from a rated scale."""
        return self.scale in acute_outputs()


@cache
def known_scales() -> tuple[str, ...]:
    """Return every word that may stand as a scale."""
    from ketasim.trial.scales import scales

    return (*scales(), *acute_outputs())


@cache
def acute_outputs() -> tuple[str, ...]:
    """Return the outputs of the model that a finding may name where a scale stands."""
    from ketasim.model import load_mechanism, mechanism_names
    from ketasim.trial.scales import scales

    safety = [each for each in map(load_mechanism, mechanism_names()) if "S12" in each.systems]
    names = (name for each in safety for name in each.outputs)
    return tuple(name for name in names if name not in scales())
