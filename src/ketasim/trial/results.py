"""What a trial gave, as plain data: filled by the run, read by statistics and page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

CHANGE, SHARE, TIME, LEVEL = "change", "share", "time", "level"


@dataclass(frozen=True)
class ArmResult:
    """One arm as observed.

    Attributes
    ----------
    name : str
    given : str
        What its patients get, in words.
    control : bool
        Exactly one arm of a trial is the control.
    scores : mapping of str to ndarray, shape (n, visits)
        Observed scores by scale, in points; column 0 is the baseline; NaN where a patient had
        left or a visit was missed.
    left_h : ndarray, shape (n,)
        When a patient left [h since randomisation]; infinity for those who stayed.
    left_why : tuple of str
        A reason for each patient, ``""`` for those who stayed; may be empty.
    strata : ndarray of int, shape (n,)
        Stratum of each patient; ``None`` without stratification.
    sequence : ndarray of int, shape (n,)
        Crossover only: the order in which a patient got the arms (0, 1, ...).
    people : mapping of str to ndarray, shape (n,)
        Who they are: ``"age (years)"``, ``"weight (kg)"``, ``"women"`` (1 or 0); may be empty.
    """

    name: str
    given: str
    control: bool
    scores: Mapping[str, np.ndarray]
    left_h: np.ndarray
    left_why: tuple[str, ...] = ()
    strata: np.ndarray | None = None
    sequence: np.ndarray | None = None
    people: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Patients randomised to the arm."""
        return len(self.left_h)


@dataclass(frozen=True)
class EndpointResult:
    """One endpoint of every patient.

    Attributes
    ----------
    name : str
        As in the trial file.
    what : str
        In words, as they stand in a sentence: ``"change in MADRS at 24 h"``.
    kind : str
        ``"change"`` of a scale at a visit (repeated measures); ``"share"`` of 1 and 0;
        ``"time"`` to an event [d]; ``"level"``, any other number.
    values : mapping of str to ndarray, shape (n,)
        By arm, in ``unit``; NaN where missing. Of ``"time"``: days to the event or to the end of
        observation.
    unit : str
    scale : str
        Of ``"change"``: a key of ``ArmResult.scores``.
    at_h : float
        Of ``"change"``: one of the visits [h].
    happened : mapping of str to ndarray of bool, shape (n,)
        Of ``"time"``: whether the event was seen.
    lower_is_better : bool
        Of ``"change"`` and ``"level"``.
    event_is_bad : bool
        Of ``"share"`` and ``"time"``: a relapse (true) or a response (false).
    primary : bool
    missing : str
        Of ``"share"``: ``"failure"``, missing counts as not having it (intention to treat; only
        of good events); ``"left out"``, missing takes no part (an endpoint among some).
    """

    name: str
    what: str
    kind: str
    values: Mapping[str, np.ndarray]
    unit: str = "points"
    scale: str = ""
    at_h: float = float("nan")
    happened: Mapping[str, np.ndarray] = field(default_factory=dict)
    lower_is_better: bool = True
    event_is_bad: bool = False
    primary: bool = False
    missing: str = "failure"


@dataclass(frozen=True)
class LeadIn:
    """What happened before randomisation in a randomised withdrawal.

    Attributes
    ----------
    given : str
        The open-label treatment, in words.
    entered, left, not_eligible : int
        Patients who began, left, and stayed but did not qualify; the rest was randomised.
    rule : str
        Who was randomised: ``"responders on day 28"``.
    """

    given: str
    entered: int
    left: int
    not_eligible: int
    rule: str


@dataclass(frozen=True)
class Contrast:
    """An arm against the control in one measure.

    Attributes
    ----------
    endpoint, arm, control : str
    measure : str
        ``"difference"``, ``"risk difference"``, ``"odds ratio"``, ``"risk ratio"``,
        ``"hazard ratio"``, ``"Hedges g"``.
    value, low, high : float
        Estimate and its 95 % interval (risk difference as a share, not in %).
    se : float
        Standard error; of ratios that of the logarithm.
    p : float
        Two-sided.
    df : float
        Degrees of freedom; infinity where the normal law was used.
    n_arm, n_control : int
        Patients who took part in the estimate.
    better : int
        Sign of ``value`` (of its logarithm for ratios) that favours the arm: -1 or 1.
    method : str
        In words.
    """

    endpoint: str
    arm: str
    control: str
    measure: str
    value: float
    low: float
    high: float
    se: float
    p: float
    df: float
    n_arm: int
    n_control: int
    better: int
    method: str

    @property
    def is_ratio(self) -> bool:
        """Tell whether nothing is 1 rather than 0."""
        return self.measure.endswith("ratio")

    @property
    def estimate(self) -> float:
        """The value on the scale of its standard error: the logarithm of a ratio.

        Minus infinity for a ratio of 0: an arm without any event can have won.
        """
        if not self.is_ratio:
            return self.value
        with np.errstate(divide="ignore"):
            return float(np.log(self.value))


@dataclass(frozen=True)
class Replicates:
    """One contrast in many replicates of a trial; all arrays have shape (replicates,).

    Attributes
    ----------
    endpoint, what, arm, control, measure : str
    estimate, se, p : ndarray
        As `Contrast.estimate`, ``se`` and ``p``; NaN where a replicate could not be analysed, and
        an infinite estimate with its p where one group had no event.
    low, high : ndarray
        Intervals on the scale of ``estimate``.
    better : int
        Sign of ``estimate`` that favours the arm.
    n : int
        Patients randomised in all, in each replicate.
    draw : ndarray of int
        Which draw of what is unknown (parameters, effect of the trial) a replicate had; all
        different where each had its own.
    """

    endpoint: str
    what: str
    arm: str
    control: str
    measure: str
    estimate: np.ndarray
    se: np.ndarray
    p: np.ndarray
    low: np.ndarray
    high: np.ndarray
    better: int
    n: int
    draw: np.ndarray | None = None
    primary: bool = False


@dataclass(frozen=True)
class Published:
    """A published contrast to set beside the simulated one; ratios not as logarithms."""

    endpoint: str
    arm: str
    measure: str
    value: float
    low: float
    high: float
    source: str


@dataclass(frozen=True)
class TrialResult:
    """One run of a trial.

    Attributes
    ----------
    title, question : str
    kind : str
        ``"parallel"``, ``"crossover"`` or ``"randomised withdrawal"``.
    blinding : str
        ``"double-blind"`` or ``"open"``.
    population : str
        Who was enrolled, in words.
    visits_h : ndarray, shape (visits,)
        Visits since randomisation [h], first 0 (baseline).
    scale : str
        Scale of the mean profiles and the waterfall.
    arms : tuple of ArmResult
        In a crossover row i of every arm is the same patient.
    endpoints : tuple of EndpointResult
        The first one with ``primary`` (else the first) is the primary one.
    screened : int
        Candidates looked at; 0 where nobody was screened.
    seed : int
    lead_in : LeadIn
        Randomised withdrawal only.
    stratified_by : tuple of str
    entry : str
        What was asked of those screened: ``"MADRS of at least 28"``.
    concomitant : str
        What everybody gets besides, in words.
    washout : str
        Crossover only: from the last visit of a period to the next.
    assumptions : tuple of str
        What was assumed, each a sentence (dropout, effect between trials, unblinding).
    limits : tuple of str
        What a reader must know against the result, each a sentence.
    peaks : mapping of str to mapping of str to ndarray, shape (n,)
        Greatest value after dosing by output (``"CADSS"``, ``"dSBP"``) and arm.
    replicates : tuple of Replicates
        Of the primary endpoint first.
    published : tuple of Published
    provenance : mapping of str to str
    """

    title: str
    kind: str
    blinding: str
    population: str
    visits_h: np.ndarray
    scale: str
    arms: tuple[ArmResult, ...]
    endpoints: tuple[EndpointResult, ...]
    question: str = ""
    screened: int = 0
    seed: int = 0
    lead_in: LeadIn | None = None
    stratified_by: tuple[str, ...] = ()
    entry: str = ""
    concomitant: str = ""
    washout: str = ""
    assumptions: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    peaks: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    replicates: tuple[Replicates, ...] = ()
    published: tuple[Published, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        from ketasim.trial.notebook import trial_html

        return trial_html(self)

    @property
    def control(self) -> ArmResult:
        """The arm that the others are compared with."""
        return next(arm for arm in self.arms if arm.control)

    @property
    def primary(self) -> EndpointResult:
        """The endpoint that answers the question."""
        return next((e for e in self.endpoints if e.primary), self.endpoints[0])
