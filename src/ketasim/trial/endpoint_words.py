"""The words of endpoints, and what each needs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ketasim.errors import UserError, nearest
from ketasim.trial.dropout import REASONS
from ketasim.trial.scales import scale as scale_of
from ketasim.trial.scales import scales

AT = ("score", "change", "percent change", "response", "remission")
COURSE = ("any response", "any remission", "sustained response")
RELAPSE = ("relapse", "relapse-free", "time to relapse")
WINDOW = (*COURSE, *RELAPSE)
PEAKS = ("peak", "share above")
WORDS = (*AT, *WINDOW, *PEAKS, "dropout")
SHARES = (
    "response", "remission", *COURSE, "relapse", "relapse-free", "share above", "dropout",
)  # fmt: skip
BETTER_HIGH = ("response", "remission", *COURSE, "relapse-free", "time to relapse")
STATISTICS = ("mean", "median", "sd", "Kaplan-Meier")
AMONG = ("responders", "non-responders", "remitters", "non-remitters", "completers")
MISSING = ("observed", "failure", "carried")
_CHANCE = "p_"
"""Outputs of the model that are the chance of an adverse event begin so."""
_TIMES = ("at_h", "from_h", "to_h", "among_at_h")


@dataclass(frozen=True)
class Endpoint:
    """What is made of a group's visits.

    Attributes
    ----------
    word : str
        One of `WORDS`.
    scale : str
        A scale, or for score, peak and share above an output of the model, such as ``"CADSS"``.
    at_h : float or None
        Visit [h] of score, change, percent change, response, remission; end of counting for
        dropout (default: the last visit).
    from_h, to_h : float or None
        Window [h], both ends included; default: from the first visit after baseline, to the
        last. Those who can relapse are found at ``from_h``. A change counts from the visit at
        ``from_h`` rather than from baseline, where that is given.
    share : float or None
        Response: share of baseline by which the score has fallen (default: that of the scale).
        Relapse: the patient has relapsed when the score is less than this share below baseline
        (default: the response share).
    cut : float or None
        Remission: greatest score in remission (default: that of the scale). Response: a score
        that must be reached as well. Relapse: those at risk are remitters by this cut.
    threshold : float or None
        Share above: the peak from which on a patient counts, in the output's unit. Relapse: the
        score from which on it is one, rather than ``share``.
    statistic : str or None
        ``"mean"``, ``"median"``, ``"sd"``, or ``"Kaplan-Meier"`` (of relapse and relapse-free).
        Default: mean; of times to relapse the Kaplan-Meier median.
    among : str or None
        One of `AMONG`: only these count, by the scale's own share and cut. Those at risk of a
        relapse are responders by default (of relapse-free: counted among all).
    among_at_h : float or None
        Visit at which that group is formed [h]; default ``from_h``, and without that ``at_h``.
    reason : str or None
        Dropout: only for this reason.
    consecutive : int
        Relapse: visits in a row that must show it; it is dated to the first.
    missing : str
        ``"observed"``: a missing score is missing; ``"failure"``: it counts as no response,
        no remission, not relapse-free; ``"carried"``: the last score before it counts.

    Raises
    ------
    UserError
        An unknown word, or a field that is missing or impossible.
    """

    word: str
    scale: str = "MADRS"
    at_h: float | None = None
    from_h: float | None = None
    to_h: float | None = None
    share: float | None = None
    cut: float | None = None
    threshold: float | None = None
    statistic: str | None = None
    among: str | None = None
    among_at_h: float | None = None
    reason: str | None = None
    consecutive: int = 1
    missing: str = "observed"

    def __post_init__(self) -> None:
        _check_choice("endpoint", self.word, WORDS)
        _check_choice("missing", self.missing, MISSING)
        for name, choices in (("statistic", STATISTICS), ("among", AMONG), ("reason", REASONS)):
            value = getattr(self, name)
            if value is not None:
                _check_choice(name, value, choices)
        _check_numbers(self)
        if self.word in AT and self.at_h is None:
            raise UserError(f"endpoint: '{self.word}' needs at, the time of its visit")
        if self.word in RELAPSE and self.from_h is None:
            raise UserError(
                f"endpoint: '{self.word}' needs from, the visit at which those at risk are found"
            )
        if self.word == "share above" and self.threshold is None:
            raise UserError("endpoint: 'share above' needs threshold")
        if self.statistic == "Kaplan-Meier" and self.word not in RELAPSE:
            raise UserError(f"statistic: 'Kaplan-Meier' is of no use to '{self.word}'")
        if self.word not in ("score", *PEAKS, "dropout"):
            object.__setattr__(self, "scale", scale_of(self.scale).name)

    @property
    def is_share(self) -> bool:
        """Whether a group's value is a share of its patients."""
        chance = self.word in ("score", "peak") and self.scale.startswith(_CHANCE)
        return self.word in SHARES or chance

    @property
    def unit(self) -> str:
        """Unit of the group's value: ``%``, ``d``, ``points``, or empty for an output."""
        if self.is_share or self.word == "percent change":
            return "%"
        if self.word == "time to relapse":
            return "d"
        return "points" if self.scale in scales() else ""

    @property
    def better_high(self) -> bool:
        """Whether more of it is better."""
        return self.word in BETTER_HIGH


def _check_choice(field: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UserError(f"{field}: unknown '{value}'{nearest(value, choices)}")


def _check_numbers(endpoint: Endpoint) -> None:
    """Refuse numbers that are not finite, shares out of range, a window turned round."""
    for name in (*_TIMES, "share", "cut", "threshold"):
        value = getattr(endpoint, name)
        if value is not None and not math.isfinite(value):
            raise UserError(f"endpoint: {name.removesuffix('_h')} {value:g} is not finite")
    if endpoint.share is not None and not 0 < endpoint.share <= 1:
        raise UserError(f"share: {endpoint.share:g} must be above 0 and at most 1")
    start, end = endpoint.from_h, endpoint.to_h
    if start is not None and end is not None and not start < end:
        raise UserError(f"endpoint: from {start:g} h does not lie before to {end:g} h")
    if endpoint.consecutive < 1:
        raise UserError(f"consecutive: {endpoint.consecutive} must be at least 1")
