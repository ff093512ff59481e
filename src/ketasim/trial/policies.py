"""Decisions at visits: who gets how much, and when, judged by the scores seen so far.

A policy is a rule without memory. It is shown what a clinic knows of one patient at a visit, the
observed scores up to then and the sessions given and planned, and returns the sessions from then
on. So the same scores always lead to the same decision.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from ketasim.trial.sessions import Session

NEXT_DAY_H = 12.0
"""Nobody is judged sooner after a session [h]: what is felt on the day itself is not response."""
SAME_H = 1e-6

Sessions = tuple[Session, ...]


@dataclass(frozen=True)
class State:
    """What a clinic knows of one patient at a visit.

    Attributes
    ----------
    now_h, until_h : float
        This visit, and when treatment ends at the latest [h].
    visits_h, scores : ndarray, shape (k,)
        Visits so far, baseline first, this one last, and the observed scores there.
    given, planned : tuple of Session
        Sessions before now, and from now on.
    induction : int
        How many sessions the regimen has with which treatment began.
    """

    now_h: float
    until_h: float
    visits_h: np.ndarray
    scores: np.ndarray
    given: Sessions
    planned: Sessions
    induction: int

    def fallen(self, visit: int = -1) -> float:
        """Return the share by which the score has fallen since baseline; NaN where not seen."""
        first = self.scores[0]
        return float(1 - self.scores[visit] / first) if first > 0 else float("nan")

    def judged_after(self, sessions: int) -> int | None:
        """Return the first visit a night or more after so many sessions; None before it."""
        if len(self.given) < sessions or sessions < 1:
            return None
        since = self.given[sessions - 1].start_h + NEXT_DAY_H
        late = np.flatnonzero(self.visits_h >= since - SAME_H)
        return int(late[0]) if len(late) else None


@dataclass(frozen=True)
class Policy(ABC):
    """A rule for what happens next.

    Attributes
    ----------
    scale : str
        Scale whose scores decide.
    """

    scale: str = "MADRS"

    def first(self, sessions: Sessions, until_h: float) -> Sessions:
        """Return the first course: what the regimen gives before the policy adds to it."""
        return tuple(each for each in sessions if each.start_h < until_h - SAME_H)

    def begin(self, sessions: Sessions, until_h: float) -> Sessions:
        """Return what is planned before anybody has been seen, from the regimen to begin with."""
        return self.first(sessions, until_h)

    @abstractmethod
    def decide(self, state: State) -> Sessions:
        """Return the sessions from this visit on."""

    @abstractmethod
    def describe(self) -> str:
        """Return the rule in words."""


@dataclass(frozen=True)
class StepUp(Policy):
    """Give more where the score has not fallen enough.

    Attributes
    ----------
    doses : tuple of str
        From the first to the highest, each with its unit.
    share : float
        Fall from baseline that is enough.
    every_sessions : int
        Sessions at one dose before it is judged.
    """

    doses: tuple[str, ...] = ()
    share: float = 0.5
    every_sessions: int = 1

    def decide(self, state: State) -> Sessions:
        """Step up everything planned where the sessions at this dose did not do."""
        level = self._level(state.given[-1]) if state.given else None
        if level is None or level + 1 >= len(self.doses) or not state.planned:
            return state.planned
        recent = state.given[-self.every_sessions :]
        tried = len(recent) == self.every_sessions and all(
            self._level(each) == level for each in recent
        )
        seen = state.judged_after(len(state.given)) == len(state.visits_h) - 1
        stepped = self._level(state.planned[0]) != level
        if not tried or not seen or stepped or not state.fallen() < self.share:
            return state.planned
        return tuple(each.redosed(self.doses[level + 1]) for each in state.planned)

    def describe(self) -> str:
        """Return the rule in words."""
        often = "session" if self.every_sessions == 1 else f"{self.every_sessions} sessions"
        return (
            f"{' to '.join(self.doses)}: a step up after every {often} where {self.scale} has "
            f"fallen by less than {percent(self.share)}"
        )

    def _level(self, session: Session) -> int | None:
        """Return which of the doses a session gives."""
        return next((k for k, said in enumerate(self.doses) if session.gives(said)), None)


@dataclass(frozen=True)
class StopWithoutResponse(Policy):
    """Stop where some sessions have not helped.

    Attributes
    ----------
    after_sessions : int
        When it is judged: at the first visit a night or more after so many.
    share : float
        Fall from baseline that is enough to go on.
    """

    after_sessions: int = 1
    share: float = 0.5

    def decide(self, state: State) -> Sessions:
        """Drop what is planned where the score has not fallen enough."""
        due = state.judged_after(self.after_sessions) == len(state.visits_h) - 1
        return () if due and state.fallen() < self.share else state.planned

    def describe(self) -> str:
        """Return the rule in words."""
        return (
            f"stop after session {self.after_sessions} where {self.scale} has fallen by less "
            f"than {percent(self.share)}"
        )


@dataclass(frozen=True)
class StopWhen(Policy):
    """Stop as soon as enough is reached, and follow.

    Attributes
    ----------
    share : float or None
        Fall from baseline that is enough (response); or
    cut : float or None
        greatest score that is (remission).
    """

    share: float | None = 0.5
    cut: float | None = None

    def decide(self, state: State) -> Sessions:
        """Drop what is planned where enough is reached."""
        if state.judged_after(len(state.given)) is None:
            return state.planned
        if self.cut is not None:
            enough = bool(state.scores[-1] <= self.cut)
        else:
            enough = state.fallen() >= (self.share or 0.5)
        return () if enough else state.planned

    def describe(self) -> str:
        """Return the rule in words."""
        if self.cut is not None:
            return f"stop at {self.scale} of {self.cut:g} or less"
        return f"stop once {self.scale} has fallen by {percent(self.share or 0.5)}"


@dataclass(frozen=True)
class StopAfter(Policy):
    """Stop after some sessions, whatever the score, and follow."""

    after_sessions: int = 1

    def first(self, sessions: Sessions, until_h: float) -> Sessions:
        """Return the first sessions only."""
        return super().first(sessions[: self.after_sessions], until_h)

    def decide(self, state: State) -> Sessions:
        """Change nothing."""
        return state.planned

    def describe(self) -> str:
        """Return the rule in words."""
        return f"stop after session {self.after_sessions} and follow"


def percent(share: float) -> str:
    """Return a share as a percentage."""
    return f"{100 * share:g} %"
