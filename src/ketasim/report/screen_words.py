"""What a screening says, in sentences and cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ketasim.inference.screen_measures import EFFECTIVE
from ketasim.report.phrases import counted, listed, number, percent, points

if TYPE_CHECKING:
    from ketasim.inference.screen import Screened

HEAD = ("molecule", "front", "at 2 h", "onset", "at 24 h", "at day 7", "half-life", "CADSS",
        "pressure")  # fmt: skip
UNITS = ("", "draws", "points", "", "points", "points", "", "points", "mmHg")

LIMITS = (
    "It inherits all that the model does not know: three quarters of its numbers are assumed or "
    "set by hand on ketamine, so molecules like ketamine are judged better than others.",
    "A molecule acts here only through the targets in its row. One that works through anything "
    "else scores nothing, and one with a hidden target is judged without it.",
    "Safety is dissociation and blood pressure from NMDA receptor block. Abuse, bladder, liver, "
    "sedation by other targets, seizures and neurotoxicity are not in it; kappa receptors are "
    "reported and drive nothing.",
    "No metabolite of a candidate is followed, and a racemate is one molecule with mean numbers.",
    "Advantages hold what patients notice and hope: who feels a drug expects more of it.",
    "Known failures: lanicemine gets ahead of saline here, and its larger trial saw nothing; "
    "whether R-ketamine and hydroxynorketamine work in patients is not settled.",
)


def headline(screened: Sequence[Screened]) -> str:
    """Return the answer in a sentence."""
    front = [one.candidate.name for one in screened if one.front == 1]
    without = [one.candidate.name for one in screened if one.front == 0]
    if not front:
        return (
            f"None of {counted(len(screened), 'molecule')} gets {EFFECTIVE:g} MADRS points ahead "
            "of saline within 28 days."
        )
    told = f"No molecule beats {listed(front, 'or')} in onset, duration and dissociation at once"
    return told + (f"; {listed(without)}: no effect to speak of." if without else ".")


def span(low: float, high: float, write: Callable[[float], str] = points) -> str:
    """Write an interval; empty where there is none."""
    if math.isnan(low) or math.isnan(high):
        return ""
    return f"{write(low)} to {write(high)}" if write(low) != write(high) else write(low)


def time(hours: float) -> str:
    """Write a time; beyond the simulated 28 days as such, a dash where there is none.

    >>> time(1.24), time(100), time(float("inf")), time(float("nan"))
    ('1.2 h', '4.2 d', '>28 d', '–')
    """
    if math.isnan(hours):
        return "–"
    if math.isinf(hours):
        return ">28 d"
    return f"{number(hours, 2)} h" if hours < 48 else f"{number(hours / 24, 2)} d"


def times(low: float, high: float) -> str:
    """Write an interval of times, the unit once where both have it.

    >>> times(0.7, 1.84), times(28, 400), times(100, float("inf"))
    ('0.7 to 1.8 h', '28 h to 17 d', '4.2 to >28 d')
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    first, last = time(low), time(high)
    same = first[-2:] == last[-2:]
    return first if first == last else f"{first[:-2] if same else first} to {last}"


def cells(one: Screened) -> list[tuple[str, str]]:
    """Return value and interval of every column of `HEAD`."""

    def both(name: str, write: Callable[[float], str] = points) -> tuple[str, str]:
        return write(one.told(name)), span(*one.interval(name), write)

    def when(name: str) -> tuple[str, str]:
        return time(one.told(name)), times(*one.interval(name))

    return [
        (one.candidate.name, ""),
        (str(one.front) if one.front else "–", f"1st in {percent(one.on_front)}"),
        both("onset_points"),
        when("onset_h"),
        both("day1_points"),
        both("day7_points"),
        when("half_life_h"),
        both("CADSS"),
        both("dSBP", lambda mmhg: f"{mmhg:.0f}"),
    ]


def greatest(one: Screened) -> str:
    """Say how large the effect ever gets, and when."""
    told = f"greatest advantage {points(one.told('best_points'))} points"
    when = one.told("best_h")
    return told if math.isnan(when) else f"{told} at {time(when)}"


def method(n: int, people: int) -> tuple[str, ...]:
    """Say how it was done, in paragraphs."""
    return (
        f"Every molecule is given to the same {people} virtual patients (treatment-resistant "
        f"depression) in {n} draws of what is not known: of the model's numbers, the same for all "
        "molecules, and of each molecule's own. Intervals are the middle 90 % of the draws.",
        "Advantage is MADRS on saline less MADRS on the molecule, mean over patients, one session "
        "for everybody. Onset: time to half of the advantage at 24 h. Half-life: from the greatest "
        "advantage within 28 days until half of it, while doses go on where there are several. "
        "CADSS and rise of systolic pressure: peak of the mean over patients.",
        "Front 1: no other molecule is at least as good in all three of advantage at 2 h, "
        "advantage at day 7 and CADSS, and better in one (differences below 0.1 points do not "
        f"count). A molecule that never gets {EFFECTIVE:g} points ahead takes no part. Below the "
        "front stands the share of the draws in which it is on front 1; within a front the "
        "greater share stands first.",
    )
