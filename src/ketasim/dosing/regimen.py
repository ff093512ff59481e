"""Regimens: what is given, when, as a small algebra of immutable steps.

Clock: time 0 of a regimen is where its first writer put it, normally the first dose. Steps
may lie before it (an antagonist at ``at="-30 min"``); ``Regimen.lead_h`` tells by how much, and
nothing is shifted behind the user's back: hours asked for stay hours after that first dose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ketasim.dosing.drugs import ROUTES, Drug
from ketasim.dosing.quantities import Amount, hours, positive_hours, whole
from ketasim.errors import UserError

SESSION_H = 2.0  # observation after a dose, as on the esketamine label
WEEK_H = 168.0
# Days of the week on which sessions fall, counted from the first: trials dose on days 1 and 4
# (NCT04599855) or Monday, Wednesday and Friday (murrough2013b).
WEEKDAYS = {1: (0,), 2: (0, 3), 3: (0, 2, 4)}
COMBINATIONS = ("farthest", "multiply", "add")
_TIMES_A_WEEK = {1: "once weekly", 2: "twice weekly", 3: "three times weekly"}


@dataclass(frozen=True)
class Dose:
    """One administration.

    Attributes
    ----------
    drug : Drug or None
        None for saline.
    amount : Amount
        Free base [mg, mg/kg].
    route : str
        Key of `drugs.ROUTES`.
    start_h, duration_h : float
        On the regimen's clock [h]; duration is that of an infusion, or of the release from a
        tablet or film; 0 is a dose there at once.
    session : bool
        Whether it is a supervised session (sets ``u_session`` for `SESSION_H` hours or longer).
    mucosal_share : float
        Share that stays where it is put; the rest is swallowed at once (later nasal devices).
    lag_h : float
        Time from giving to the start of the release [h]; the session starts with giving.
    """

    drug: Drug | None
    amount: Amount
    route: str
    start_h: float = 0.0
    duration_h: float = 0.0
    session: bool = True
    mucosal_share: float = 1.0
    lag_h: float = 0.0

    @property
    def enters_h(self) -> float:
        """When it starts to enter the model [h]."""
        return self.start_h + self.lag_h

    @property
    def session_end_h(self) -> float:
        """End of the observation period [h]: that of a pump, or two hours, if that is later."""
        pumped_h = self.duration_h if ROUTES[self.route].pumped else 0.0
        return self.start_h + max(SESSION_H, pumped_h)

    @property
    def is_sham(self) -> bool:
        """Whether it is saline: a session without drug."""
        return self.drug is None


@dataclass(frozen=True)
class Hold:
    """An input of the model held at a value for a while.

    Attributes
    ----------
    input : str
    value, rest : float
        While held, and before and after, in the input's unit.
    start_h, duration_h : float
        On the regimen's clock [h].
    combine : str
        Where holds of one input overlap: ``"farthest"``, the value farthest from rest counts (a
        block is a block); ``"multiply"``, ratios to rest multiply (two inhibitors of an enzyme);
        ``"add"``, departures from rest add up (concentrations in a bath).
    uncertainty : float
        SD of the logarithm of ``value``; simulation uses ``value``, findings draw around it.
    """

    input: str
    value: float
    start_h: float
    duration_h: float
    rest: float = 0.0
    combine: str = "farthest"
    uncertainty: float = 0.0

    @property
    def end_h(self) -> float:
        """When the input returns to rest [h]."""
        return self.start_h + self.duration_h


@dataclass(frozen=True)
class Regimen:
    """Doses and holds on one clock, with the words that describe them.

    Build one with the functions of `administration` (`infusion`, `oral`, ...), then combine.

    Attributes
    ----------
    doses : tuple of Dose
    holds : tuple of Hold
    text : str
        What ``str()`` shows.
    anchor_h : float
        Start of the last session [h]: where ``then(after=...)`` and ``then(every=...)`` count from.
    length_h : float
        End of the schedule [h]: where ``then(other)`` begins.
    unit : Regimen or None
        The session being repeated, which ``then(every=...)`` goes on with.
    """

    doses: tuple[Dose, ...] = ()
    holds: tuple[Hold, ...] = ()
    text: str = "nothing"
    anchor_h: float = 0.0
    length_h: float = 0.0
    unit: Regimen | None = None

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        from ketasim.dosing.notebook import regimen_html

        return regimen_html(self)

    @property
    def lead_h(self) -> float:
        """Hours by which the earliest step precedes time 0 (zero or more)."""
        starts = [step.start_h for step in (*self.doses, *self.holds)]
        return max(0.0, -min(starts, default=0.0))

    def __add__(self, other: Regimen) -> Regimen:
        """Give both on one clock; both count from the same time 0."""
        if not isinstance(other, Regimen):
            return NotImplemented
        return Regimen(
            doses=self.doses + other.doses,
            holds=self.holds + other.holds,
            text=f"{_bracketed(self, (';',))} + {_bracketed(other, (';',))}",
            anchor_h=max((r.anchor_h for r in (self, other) if r.doses), default=0.0),
            length_h=max(self.length_h, other.length_h),
        )

    def delay(self, by: str) -> Regimen:
        """Return the regimen begun ``by`` later (or, negative, earlier)."""
        moved = _moved(self, hours(by, "by", signed=True))
        return replace(moved, text=f"{_bracketed(self)} delayed by {by}")

    def repeat(self, every: str, times: int) -> Regimen:
        """Give it ``times`` times, begun anew ``every`` so often."""
        every_h, count = positive_hours(every, "every"), whole(times, "times")
        offsets = [index * every_h for index in range(count)]
        text = f"{_bracketed(self)}, every {every}, {count} times"
        return _repeated(self, offsets, text, count * every_h)

    def weekly(self, weeks: int) -> Regimen:
        """Give it once a week."""
        return _weekly(self, 1, weeks)

    def twice_weekly(self, weeks: int) -> Regimen:
        """Give it on days 1 and 4 of each week."""
        return _weekly(self, 2, weeks)

    def thrice_weekly(self, weeks: int) -> Regimen:
        """Give it on days 1, 3 and 5 of each week."""
        return _weekly(self, 3, weeks)

    def then(
        self,
        other: Regimen | None = None,
        *,
        after: str | None = None,
        every: str | None = None,
        until: str | None = None,
        times: int | None = None,
    ) -> Regimen:
        """Continue.

        Parameters
        ----------
        other : Regimen, optional
            What follows. Without ``every``: given once, ``after`` the last session began, or
            at the end of this schedule. With ``every``: repeated. Default: the same session.
        after : str, optional
            Time from the start of the last session (without doses: from the end) to ``other``.
        every : str, optional
            Interval, the first one counted from the start of the last session.
        until : str, optional
            Last time a session may begin, on this regimen's clock.
        times : int, optional
            How many further sessions, instead of ``until``.

        Raises
        ------
        UserError
            Nothing to continue with, or ``every`` without an end.
        """
        if every is not None:
            if after is not None:
                raise UserError("then: give either every or after, not both")
            return _continued(self, other, every, until, times)
        if until is not None or times is not None:
            raise UserError("then: until and times need every, as in every='4 weeks'")
        if other is None:
            raise UserError("then: nothing to continue with; give a regimen or every='4 weeks'")
        last_h = self.anchor_h if self.doses else self.length_h
        start_h = self.length_h if after is None else last_h + hours(after, "after")
        origin = "the last session" if self.doses else "that"
        when = "then" if after is None else f"then, {after} after {origin},"
        joined = self + _moved(other, start_h)
        return replace(joined, text=f"{self.text}; {when} {other.text}", unit=other.unit or other)

    def until(self, time: str) -> Regimen:
        """Stop at ``time``: no dose begins then or later (one begun is finished), holds end."""
        stop_h = hours(time, "until")
        holds = (
            replace(hold, duration_h=min(hold.end_h, stop_h) - hold.start_h)
            for hold in self.holds
            if hold.start_h < stop_h
        )
        doses = tuple(dose for dose in self.doses if dose.start_h < stop_h)
        return replace(
            self,
            doses=doses,
            holds=tuple(holds),
            text=f"{self.text}; stopped at {time}",
            anchor_h=min(self.anchor_h, max((d.start_h for d in doses), default=stop_h)),
            length_h=min(self.length_h, stop_h),
        )

    def open_label(self) -> Regimen:
        """Tell the patient what is given: ``u_open`` = 1 during every session."""
        told = tuple(
            Hold("u_open", 1.0, dose.start_h, dose.session_end_h - dose.start_h)
            for dose in self.doses
            if dose.session
        )
        unit = self.unit.open_label() if self.unit is not None else None
        holds = self.holds + told
        return replace(self, holds=holds, text=f"{_bracketed(self)}, open label", unit=unit)


def _moved(regimen: Regimen, by_h: float) -> Regimen:
    """Return the regimen begun ``by_h`` hours later, its words unchanged."""
    return replace(
        regimen,
        doses=tuple(replace(dose, start_h=dose.start_h + by_h) for dose in regimen.doses),
        holds=tuple(replace(hold, start_h=hold.start_h + by_h) for hold in regimen.holds),
        anchor_h=regimen.anchor_h + by_h,
        length_h=regimen.length_h + by_h,
    )


def _repeated(unit: Regimen, offsets_h: list[float], text: str, length_h: float) -> Regimen:
    """Return ``unit`` begun at each of ``offsets_h``, the first being 0 or later."""
    copies = [_moved(unit, offset_h) for offset_h in offsets_h]
    return Regimen(
        doses=tuple(dose for copy in copies for dose in copy.doses),
        holds=tuple(hold for copy in copies for hold in copy.holds),
        text=text,
        anchor_h=max(copy.anchor_h for copy in copies),
        length_h=length_h,
        unit=unit.unit or unit,
    )


def _weekly(unit: Regimen, sessions: int, weeks: int) -> Regimen:
    """Return ``unit`` given on the usual days of each of ``weeks`` weeks."""
    count = whole(weeks, "weeks")
    offsets = [week * WEEK_H + day * 24 for week in range(count) for day in WEEKDAYS[sessions]]
    plural = "week" if count == 1 else "weeks"
    text = f"{_bracketed(unit)}, {_TIMES_A_WEEK[sessions]} for {count} {plural}"
    return _repeated(unit, offsets, text, count * WEEK_H)


def _continued(
    regimen: Regimen, other: Regimen | None, every: str, until: str | None, times: int | None
) -> Regimen:
    """Return ``regimen`` followed by ``other``, or its own session, at intervals."""
    if (until is None) == (times is None):
        raise UserError(f"then: every={every!r} needs an end; give until='6 months' or times=6")
    every_h = positive_hours(every, "every")
    unit = other or regimen.unit or regimen
    first_h = regimen.anchor_h + every_h
    if times is None:
        last_h = hours(until or "", "until")
        count = int((last_h - first_h) / every_h + 1 + 1e-9) if last_h >= first_h else 0
        end = f"until {until}"
    else:
        count, end = whole(times, "times"), f"{times} times"
    if count == 0:
        raise UserError(f"until: {until!r} is before the first session of every={every!r}")
    shift_h, count = first_h - unit.anchor_h, whole(count, "then")
    copies = _repeated(unit, [shift_h + k * every_h for k in range(count)], "", 0.0)
    end_h = copies.anchor_h + every_h
    what = "" if other is None else f"{_bracketed(other)}, "
    text = f"{regimen.text}; then {what}every {every} {end}"
    return replace(regimen + copies, text=text, unit=unit.unit or unit, length_h=end_h)


def _bracketed(regimen: Regimen, signs: tuple[str, ...] = (" + ", ";")) -> str:
    """Return the words of ``regimen``, in brackets where one of ``signs`` stands open."""
    open_text = re.sub(r"\([^()]*\)", "", regimen.text)
    return f"({regimen.text})" if any(sign in open_text for sign in signs) else regimen.text
