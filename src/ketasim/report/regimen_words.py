"""What a regimen search says, in sentences and cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ketasim.inference.regimen_aim import MEASURES
from ketasim.report.phrases import counted, number

if TYPE_CHECKING:
    from ketasim.inference.regimen_search import Outcome, Search, Value

HEAD = ("first course; what follows", "sessions", "relapse", "response", "remission", "MADRS",
        "CADSS", "raised BP", "dose")  # fmt: skip
UNITS = ("", "", "% of responders", "%", "%", "points", "points", "days", "mg")
WORDS = ("relapse", "response", "remission", "MADRS", "CADSS", "days of raised BP",
         "cumulative dose")  # fmt: skip

LIMITS = (
    "It finds what is best in this model, not in patients: how long an effect lasts here rests on "
    "rates from rodents and on assumptions, and no trial of spacing by symptoms was used.",
    "The interval is that of finitely many virtual patients. What is not known of the model is "
    "not in it, and is larger.",
    "Nobody leaves treatment, misses a session or changes another drug.",
    "Sessions are counted alike whatever they cost; cumulative dose is no measure of abuse or of "
    "harm to the bladder, which this search does not weigh.",
    "Candidates whose intervals overlap are not told apart; more virtual patients (--n) tell more.",
)


def headline(search: Search) -> str:
    """Return the answer in a sentence."""
    word, best = search.aim.measure.word, search.best
    told = " and ".join(each.text for each in (search.aim, *search.limits))
    if best is None:
        near = search.outcomes[0]
        return (
            f"None of {counted(len(search.outcomes), 'course')} reaches {told}. Nearest: "
            f"{near.candidate.name}, with {value_text(near.values[word], search.aim.measure.unit)}"
            f" and {number(near.sessions.value)} sessions."
        )
    return (
        f"Fewest sessions for {told}: {best.candidate.name}. {number(best.sessions.value)} sessions"
        f"{of_whom(search)}, {word} "
        f"{value_text(best.values[word], search.aim.measure.unit)}."
    )


def doubt(search: Search) -> str:
    """Say how sure the best is; empty where there is none."""
    best = search.best
    if best is None:
        return ""
    if best.sure:
        return "Its whole 95 % interval keeps the aim."
    surest = next((each for each in search.outcomes if each.sure), None)
    told = "Its 95 % interval reaches beyond the aim; "
    if surest is None:
        return told + "so does that of every other."
    return (
        told + f"the fewest sessions whose whole interval keeps it: {surest.candidate.name}, "
        f"{number(surest.sessions.value)} sessions."
    )


def of_whom(search: Search) -> str:
    """Say whose sessions are counted."""
    return " per responder" if search.aim.measure.word == "relapse" else " per patient"


def value_text(value: Value, unit: str) -> str:
    """Write a value with its interval.

    >>> from ketasim.inference.regimen_search import Value
    >>> value_text(Value(12.5, 8.0, 19.2, 150), "%")
    '12 % (95 % interval 8–19; 150 patients)'
    """
    if math.isnan(value.value):
        return "nobody to tell by"
    sign = f" {unit}" if unit else ""
    if unit == "%":
        span = f"{value.low:.0f}–{value.high:.0f}"
        told = f"{value.value:.0f}{sign}"
    else:
        span = f"{number(value.low, 3)}–{number(value.high, 3)}"
        told = f"{number(value.value, 3)}{sign}"
    return f"{told} (95 % interval {span}; {counted(value.n, 'patient')})"


def cells(one: Outcome) -> list[tuple[str, str]]:
    """Return value and interval of every column of `HEAD`."""
    found = [("; ".join(filter(None, (one.candidate.induction, one.candidate.maintenance))), "")]
    if not one.candidate.induction:
        found = [(one.candidate.name, "")]
    found.append(_cell(one.sessions, 1))
    return found + [_cell(one.values[word], 1 if word == "MADRS" else 0) for word in WORDS]


def mark(one: Outcome) -> str:
    """Return a sign for whether the aim is met: surely, by its value, or not."""
    return "✓" if one.sure else "(✓)" if one.met else "–"


def meanings() -> tuple[tuple[str, str, str], ...]:
    """Return word, unit and meaning of every measure."""
    return tuple((each.word, each.unit, each.meaning) for each in MEASURES.values())


def method(search: Search) -> tuple[str, ...]:
    """Say how it was done, in paragraphs."""
    return (
        f"Every course is given to the same {search.people} virtual patients, open label and with "
        "the attention of a clinic for the whole time. They are rated with all the error of "
        "ratings at every session of the first course, the day after it, and weekly from then on; "
        "policies decide on those scores. Time counts from the first session.",
        "Responders are those whose MADRS has fallen by half the day after the first course (or "
        "when a named policy says). Who goes on is told with each course; who does not respond "
        "stops and is followed. Relapse: a responder is no longer one at two visits in a row.",
        f"Sessions are those with drug{of_whom(search)} up to {search.aim.at}. The frontier holds "
        "the courses for which no other is as good in sessions and aim and better in one. "
        "Intervals: Wilson's for shares, the normal law for means.",
    )


def _cell(value: Value, digits: int) -> tuple[str, str]:
    if math.isnan(value.value):
        return "–", ""
    span = f"{value.low:.{digits}f}–{value.high:.{digits}f}"
    return f"{value.value:.{digits}f}", "" if value.low == value.high else span


def by_treatment(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Return outcomes by drug, dose and route, in their order; named regimens together."""
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        key = one.candidate.treatment if one.candidate.induction else "by name"
        groups.setdefault(key, []).append(one)
    return groups
