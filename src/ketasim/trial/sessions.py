"""A regimen as sessions: what a visit can add, drop, move or step up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ketasim.dosing import Dose, Regimen, intranasal
from ketasim.dosing.quantities import Amount, amount
from ketasim.dosing.regimen import SESSION_H
from ketasim.errors import UserError

SAME_AMOUNT = 1e-9


@dataclass(frozen=True)
class Session:
    """Doses given together: an infusion, or the devices of one visit.

    Attributes
    ----------
    start_h : float
        When the first of them begins [h].
    doses : tuple of Dose
        Their times counted from there.
    """

    start_h: float
    doses: tuple[Dose, ...]

    def at(self, start_h: float) -> Session:
        """Return the same session at another time [h]."""
        return replace(self, start_h=start_h)

    @property
    def amount(self) -> Amount:
        """What it gives in all, as mg of base."""
        return Amount(
            sum(dose.amount.mg for dose in self.doses),
            sum(dose.amount.mg_per_kg for dose in self.doses),
        )

    @property
    def is_sham(self) -> bool:
        """Whether no drug is in it."""
        return all(dose.is_sham or dose.amount.is_zero for dose in self.doses)

    def mg(self, weight_kg: float) -> float:
        """Return what it gives a person of that weight [mg of base]."""
        return self.amount.mg + self.amount.mg_per_kg * weight_kg

    def redosed(self, said: str) -> Session:
        """Return the session with another dose; sham sessions stay what they are.

        Raises
        ------
        UserError
            Where it holds several different doses, so that it is not clear which is meant.
        """
        if self.is_sham:
            return self
        first, wanted = self.doses[0], amount(said)
        if first.route == "nasal" and first.drug is not None and not wanted.mg_per_kg:
            fresh = intranasal(said, first.drug)
            if len(fresh.doses) > 1 or len(self.doses) > 1:
                doses = (replace(d, session=first.session) for d in fresh.doses)
                return replace(self, doses=tuple(doses))
        if len(self.doses) > 1:
            raise UserError(f"doses: {said!r} is not clear where one session holds several doses")
        return replace(self, doses=(replace(first, amount=wanted),))

    def gives(self, said: str) -> bool:
        """Return whether its dose is the one said."""
        mine, other = self.amount, amount(said)
        return bool(
            np.isclose(mine.mg, other.mg, rtol=SAME_AMOUNT)
            and np.isclose(mine.mg_per_kg, other.mg_per_kg, rtol=SAME_AMOUNT)
        )


def sessions_of(regimen: Regimen) -> tuple[Session, ...]:
    """Return the sessions of a regimen in the order they are given.

    Doses that begin within two hours belong together. Tablets of other drugs are no sessions.
    """
    found: list[list[Dose]] = []
    for dose in sorted(filter(_counts, regimen.doses), key=lambda dose: dose.start_h):
        if found and dose.start_h - found[-1][0].start_h < SESSION_H:
            found[-1].append(dose)
        else:
            found.append([dose])
    return tuple(_session(doses) for doses in found)


def with_sessions(regimen: Regimen, sessions: Iterable[Session], text: str) -> Regimen:
    """Return a regimen with other sessions, all else as it is; ``text`` is what it is called."""
    given = tuple(sessions)
    kept = tuple(dose for dose in regimen.doses if not _counts(dose))
    moved = tuple(
        replace(dose, start_h=session.start_h + dose.start_h)
        for session in given
        for dose in session.doses
    )
    last_h = max((session.start_h for session in given), default=0.0)
    return Regimen(kept + moved, regimen.holds, text, last_h, max(last_h, regimen.length_h))


def counted(sessions: Sequence[Session], until_h: float = np.inf) -> int:
    """Return how many sessions with drug begin before ``until_h``."""
    return sum(not each.is_sham and each.start_h < until_h for each in sessions)


def _counts(dose: Dose) -> bool:
    """Return whether a dose is one that visits decide on."""
    return dose.session or (dose.drug is not None and dose.drug.has_kinetics)


def _session(doses: Sequence[Dose]) -> Session:
    start_h = doses[0].start_h
    return Session(start_h, tuple(replace(d, start_h=d.start_h - start_h) for d in doses))
