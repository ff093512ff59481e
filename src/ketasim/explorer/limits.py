"""How much one question may ask for, so that no message from a browser can occupy the machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ketasim.errors import UserError

if TYPE_CHECKING:
    from ketasim.dosing import Regimen

MOST_PEOPLE = 1000
LONGEST_D = 365.0
SHORTEST_D = 0.05
MOST_ARMS = 3
MOST_STEPS = 40
MOST_DOSES = 1000
MOST_REPEATS = 400
# Largest single dose [mg, or mg/kg]: a thousand times what is given; more is a slip of the hand.
LARGEST_MG = 1e5
# Of what comes in devices or films, each of which is a dose of its own [mg].
LARGEST_PIECES_MG = 2000.0
LONGEST_LEAD_H = LONGEST_D * 24


def check_steps(arms: Any, key: str, place: str) -> None:
    """Refuse steps too many or too large to be laid out, before anything lays them out.

    Parameters
    ----------
    arms : object
        Plain data; what has another shape than arms with steps is left for others to refuse.
    key : str
        Under which the steps of an arm stand: ``steps`` or ``regimen``.
    place : str
        What errors name first.
    """
    for a, arm in enumerate(_list(arms), 1):
        steps = _list(arm.get(key) if isinstance(arm, Mapping) else None)
        where = f"{place}: arms[{a}].{key}"
        if len(steps) > MOST_STEPS:
            raise UserError(f"{where}: {len(steps)} steps; the most here is {MOST_STEPS}")
        for s, step in enumerate(steps, 1):
            if isinstance(step, Mapping):
                _check_step(step, f"{where}[{s}]")


def check_regimen(regimen: Regimen, place: str) -> None:
    """Refuse a regimen of too many doses, or one that begins too long before time 0."""
    if len(regimen.doses) > MOST_DOSES:
        raise UserError(f"{place}: {len(regimen.doses):,} doses; the most here is {MOST_DOSES:,}")
    if regimen.lead_h > LONGEST_LEAD_H:
        days = regimen.lead_h / 24
        raise UserError(f"{place}: begins {days:.6g} d before time 0; the most is {LONGEST_D:g} d")


def _check_step(step: Mapping[str, Any], where: str) -> None:
    from ketasim.dosing.quantities import amount, rate

    for key in ("times", "weeks"):
        count = step.get(key)
        if isinstance(count, (int, float)) and not isinstance(count, bool) and count > MOST_REPEATS:
            raise UserError(f"{where}.{key}: {count} is too many; the most here is {MOST_REPEATS}")
    if step.get("route") == "bath":
        return
    pieces = step.get("route") in ("intranasal", "sublingual")
    largest = LARGEST_PIECES_MG if pieces else LARGEST_MG
    for key, read in (("dose", amount), ("rate", rate)):
        text = step.get(key)
        if not isinstance(text, str):
            continue
        with suppress(UserError):
            given = read(text)
            most = max(given.mg, given.mg_per_kg)
            if most > largest:
                break
    else:
        return
    raise UserError(f"{where}.{key}: {text[:40]!r} is too much; the most here is {largest:g} mg")


def _list(given: Any) -> list[Any]:
    return list(given) if isinstance(given, Iterable) and isinstance(given, (list, tuple)) else []
