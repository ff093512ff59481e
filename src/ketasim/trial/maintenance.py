"""What follows a first course: set intervals, spacing by severity, boosters when called for."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass

import numpy as np

from ketasim.trial.policies import SAME_H, Policy, Sessions, State, percent


@dataclass(frozen=True)
class Maintenance(Policy, ABC):
    """What follows a first course.

    Attributes
    ----------
    responders : bool
        Whether only those go on who have responded when it is judged; the others stop there and
        are followed.
    share : float
        Fall from baseline that is a response.
    judged_h : float or None
        When: at the first visit from then on [h]; None: at the first visit a night or more after
        the last session of the first course.
    """

    responders: bool = True
    share: float = 0.5
    judged_h: float | None = None

    def stopped(self, state: State) -> bool:
        """Return whether this patient did not respond."""
        if not self.responders:
            return False
        judged = state.judged_after(state.induction)
        if self.judged_h is not None:
            late = np.flatnonzero(state.visits_h >= self.judged_h - SAME_H)
            judged = int(late[0]) if len(late) else None
        return judged is not None and state.fallen(judged) < self.share

    def whom(self) -> str:
        """Return for whom it is, in words."""
        if not self.responders:
            return ""
        when = "" if self.judged_h is None else f" (judged at {_days(self.judged_h)})"
        return f", responders only{when}"


@dataclass(frozen=True)
class Taper(Maintenance):
    """Go on at set intervals, normally widening ones.

    Attributes
    ----------
    intervals_h : tuple of float
        From the last session of the first course to the next, and so on [h].
    go_on : bool
        Whether the last interval repeats until treatment ends.
    """

    intervals_h: tuple[float, ...] = ()
    go_on: bool = True

    def begin(self, sessions: Sessions, until_h: float) -> Sessions:
        """Return the first course and what follows it."""
        first = self.first(sessions, until_h)
        if not first or not self.intervals_h:
            return first
        added, at_h, steps = [], first[-1].start_h, list(self.intervals_h)
        while steps:
            at_h += steps.pop(0)
            if at_h >= until_h - SAME_H:
                break
            added.append(first[-1].at(at_h))
            if not steps and self.go_on:
                steps.append(self.intervals_h[-1])
        return first + tuple(added)

    def decide(self, state: State) -> Sessions:
        """Drop what is planned for those who have not responded."""
        return () if self.stopped(state) else state.planned

    def describe(self) -> str:
        """Return the rule in words."""
        told = ", ".join(_days(each) for each in self.intervals_h)
        if len(self.intervals_h) == 1 and self.go_on:
            return f"then every {told}{self.whom()}"
        return f"then after {told}{', and so on' if self.go_on else ', then stop'}{self.whom()}"


@dataclass(frozen=True)
class Spacing(Maintenance):
    """Seldom where the score is low, often where it is not.

    Attributes
    ----------
    intervals_h : tuple of float
        From the narrowest, with which it begins, to the widest [h].
    cut : float
        Greatest score at which sessions move one interval apart; above it one together.
    every_h : float
        Time between two judgements, and from the first course to the first one [h].
    from_h : float or None
        When it takes over from the first course, and is first judged [h]; None: at the last
        session of the first course.
    """

    intervals_h: tuple[float, ...] = (168.0, 336.0)
    cut: float = 10.0
    every_h: float = 672.0
    from_h: float | None = None

    def first(self, sessions: Sessions, until_h: float) -> Sessions:
        """Return the first course: up to where this takes over."""
        before = super().first(sessions, until_h)
        if self.from_h is None:
            return before
        return tuple(each for each in before if each.start_h <= self.from_h + SAME_H)

    def begin(self, sessions: Sessions, until_h: float) -> Sessions:
        """Return the first course, then the narrowest interval."""
        first = self.first(sessions, until_h)
        return first + _evenly(first, self.intervals_h[0], 0.0, until_h) if first else first

    def decide(self, state: State) -> Sessions:
        """Set the interval by the scores so far."""
        if self.stopped(state):
            return ()
        if len(state.given) == 0 or not (judged := self._judged(state)):
            return state.planned
        if judged[-1] != len(state.visits_h) - 1:
            return state.planned
        interval_h = self.intervals_h[self._level(state, judged)]
        return _evenly(state.given, interval_h, state.now_h, state.until_h)

    def describe(self) -> str:
        """Return the rule in words."""
        told = ", ".join(_days(each) for each in self.intervals_h)
        return (
            f"then every {told}: wider at {self.scale} of {self.cut:g} or less, narrower above, "
            f"judged every {_days(self.every_h)}{self.whom()}"
        )

    def _judged(self, state: State) -> list[int]:
        """Return the visits so far at which the interval was set."""
        starts = [each.start_h for each in (*state.given, *state.planned)]
        last_h = starts[min(state.induction, len(starts)) - 1]
        since = last_h + self.every_h if self.from_h is None else self.from_h
        found: list[int] = []
        for visit, time_h in enumerate(state.visits_h):
            gap_ok = not found or time_h - state.visits_h[found[-1]] >= self.every_h - SAME_H
            if time_h >= since - SAME_H and gap_ok:
                found.append(visit)
        return found

    def _level(self, state: State, judged: list[int]) -> int:
        """Return which interval the scores at those visits lead to."""
        level = 0
        for visit in judged:
            score = state.scores[visit]
            if np.isfinite(score):
                level += 1 if score <= self.cut else -1
            level = min(max(level, 0), len(self.intervals_h) - 1)
        return level


@dataclass(frozen=True)
class Boosters(Maintenance):
    """A session whenever a visit finds that too little is left.

    Attributes
    ----------
    below : float
        Fall from baseline below which a visit ends in a session.
    gap_h : float
        Least time since the last session [h].
    most : int or None
        Greatest number of boosters.
    """

    below: float = 0.5
    gap_h: float = 336.0
    most: int | None = None

    def decide(self, state: State) -> Sessions:
        """Add a session now where it is called for."""
        if self.stopped(state):
            return ()
        if state.planned or state.judged_after(state.induction) is None:
            return state.planned
        if state.now_h >= state.until_h - SAME_H:
            return ()
        had = len(state.given) - state.induction
        rested = state.now_h - state.given[-1].start_h >= self.gap_h - SAME_H
        allowed = self.most is None or had < self.most
        called = state.fallen() < self.below
        return (state.given[-1].at(state.now_h),) if rested and allowed and called else ()

    def describe(self) -> str:
        """Return the rule in words."""
        most = "" if self.most is None else f", {self.most} at most"
        return (
            f"then a session when {self.scale} has fallen by less than {percent(self.below)}, "
            f"{_days(self.gap_h)} apart or more{most}{self.whom()}"
        )


def _evenly(given: Sessions, interval_h: float, now_h: float, until_h: float) -> Sessions:
    """Return the last session again and again, an interval apart, from now on."""
    last = given[-1]
    first_h = max(last.start_h + interval_h, now_h)
    count = int(max(0.0, np.ceil((until_h - SAME_H - first_h) / interval_h)))
    return tuple(last.at(first_h + k * interval_h) for k in range(count))


def _days(time_h: float) -> str:
    """Return a time in days, or whole weeks."""
    days = time_h / 24
    if days >= 14 and days % 7 == 0:
        return f"{days / 7:g} weeks"
    return f"{days:g} d"
