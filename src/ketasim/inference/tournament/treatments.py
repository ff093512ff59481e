"""What patients get while the effect is divided, and when it is read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ketasim.dosing import Regimen, daily, infusion, intranasal, named_regimen

DAY_H = 24.0
COURSE_END_H = 12 * DAY_H
"""A day after the sixth of six infusions on days 1, 3, 5, 8, 10 and 12."""
SSRI_WEEKS = 6
"""The length of the trials that taylor2006 pools."""
SSRI_END_H = SSRI_WEEKS * 7 * DAY_H
TWO_WEEKS_H = 14 * DAY_H
AFTER_ONE = (
    ("2 h", 2.0), ("24 h", DAY_H), ("3 d", 3 * DAY_H), ("7 d", 7 * DAY_H), ("14 d", 14 * DAY_H),
)  # fmt: skip


@dataclass(frozen=True)
class Treatment:
    """What a patient gets, and when the effect is read.

    Attributes
    ----------
    name : str
    regimen : Regimen
    moments : tuple of (str, float)
        In words, and in h.
    """

    name: str
    regimen: Regimen
    moments: tuple[tuple[str, float], ...]


@cache
def treatments(open_label: bool = False) -> tuple[Treatment, ...]:
    """Return ketamine and esketamine, once and as a course, and an SSRI.

    Patients are not told what they get, as in the trials that the hypotheses were judged on: what
    is felt in a session tells them. With ``open_label`` they are told. An SSRI has no sessions.
    """

    def session(regimen: Regimen) -> Regimen:
        return regimen.open_label() if open_label else regimen

    course = (
        ("end of a course", COURSE_END_H),
        ("2 weeks after a course", COURSE_END_H + TWO_WEEKS_H),
    )
    weeks = (("end of 6 weeks", SSRI_END_H), ("2 weeks after 6 weeks", SSRI_END_H + TWO_WEEKS_H))
    spray = intranasal("56 mg")
    return (
        Treatment("ketamine", session(infusion("0.5 mg/kg", over="40 min")), AFTER_ONE),
        Treatment("ketamine", session(named_regimen("IV six infusions in 12 days")), course),
        Treatment("esketamine", session(spray), AFTER_ONE),
        Treatment("esketamine", session(spray.thrice_weekly(2)), course),
        Treatment("SSRI", daily("SSRI", weeks=SSRI_WEEKS), (*AFTER_ONE, *weeks)),
    )
