"""Regimens by name: the schedules of trials, labels and clinics, in ``named_regimens.toml``.

A name stands wherever a list of steps stands. Where the source leaves a dose open, one is taken
and another may be said after a comma: ``"SPRAVATO TRD induction, 56 mg"``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ketasim.errors import UserError, nearest

if TYPE_CHECKING:
    from ketasim.dosing.protocol import Step
    from ketasim.dosing.regimen import Regimen

CHOICE = "{choice}"
TABLE = "named_regimens.toml"


@dataclass(frozen=True)
class NamedRegimen:
    """A published schedule.

    Attributes
    ----------
    name : str
    aliases : tuple of str
    lines : tuple of mapping
        Its steps as a file writes them; ``{choice}`` stands for one of `choices`.
    choices : tuple of str
        What the source leaves open, the usual one first.
    asks : str
        What the source does not tell at all and must be said; empty where nothing is missing.
    phase, taper, source, verified, note : str
        In the source's words; ``verified`` is "page" or "recall".
    assumed : tuple of str
        What was filled in because the source does not say.
    policy : mapping or None
        Decisions at visits that belong to it, in the words of ``ketasim.trial``.
    refused : str
        Why it cannot be run; empty where it can.
    """

    name: str
    aliases: tuple[str, ...] = ()
    lines: tuple[Mapping[str, Any], ...] = ()
    choices: tuple[str, ...] = ()
    asks: str = ""
    phase: str = ""
    taper: str = ""
    source: str = ""
    verified: str = ""
    note: str = ""
    assumed: tuple[str, ...] = ()
    policy: Mapping[str, Any] | None = None
    refused: str = ""


def named_regimens() -> tuple[NamedRegimen, ...]:
    """Return every regimen that has a name, those that cannot be run included."""
    return _table()


def find_regimen(name: str) -> NamedRegimen:
    """Return the regimen of a name or alias, whatever the case and whatever is chosen in it.

    Raises
    ------
    UserError
        Unknown name; the nearest one is told.
    """
    return _found(name)[0]


def named_steps(name: str) -> tuple[Step, ...]:
    """Return what a named regimen gives as lines of a protocol.

    Parameters
    ----------
    name : str
        Name or alias, with what is chosen after a comma: ``"SUSTAIN-3, 56 mg"``.

    Raises
    ------
    UserError
        Unknown name, one that cannot be run, a choice that it does not have, or a missing one.

    Examples
    --------
    >>> [(step.dose, step.per_week, step.weeks) for step in named_steps("six infusions")]
    [('0.5 mg/kg', 3, 2)]
    """
    from pydantic import ValidationError

    from ketasim.dosing.protocol import Step

    entry, chosen = _found(name)
    if entry.refused:
        raise UserError(f"{entry.name!r} cannot be run: {entry.refused}")
    chosen = _checked_choice(entry, chosen)
    filled = [
        {k: v.replace(CHOICE, chosen) if isinstance(v, str) else v for k, v in line.items()}
        for line in entry.lines
    ]
    try:
        return tuple(Step.model_validate(line) for line in filled)
    except ValidationError as error:
        said = str(error.errors()[0].get("ctx", {}).get("error", error.errors()[0]["msg"]))
        raise UserError(f"{name!r}: {said}") from None


def named_regimen(name: str) -> Regimen:
    """Return what a named regimen gives, every decision at a visit left out.

    Raises
    ------
    UserError
        As `named_steps`.

    Examples
    --------
    >>> print(named_regimen("IV six infusions in 12 days"))
    0.5 mg/kg ketamine IV over 40 min, three times weekly for 2 weeks
    """
    from ketasim.dosing.protocol import steps_regimen

    return steps_regimen(named_steps(name))


def _found(text: str) -> tuple[NamedRegimen, str]:
    """Return the entry of a name and what is chosen in it, if anything."""
    asked = str(text).strip()
    head, _, tail = asked.rpartition(",")
    for name, chosen in ((asked, ""), (head.strip(), tail.strip())):
        if found := _by_name().get(name.lower()):
            return found, chosen
    names = [each for entry in _table() for each in (entry.name, *entry.aliases)]
    raise UserError(f"unknown regimen {asked!r}{nearest(asked, names)}")


def _checked_choice(entry: NamedRegimen, chosen: str) -> str:
    """Return what stands for ``{choice}``."""
    if entry.asks:
        if not chosen:
            raise UserError(
                f"{entry.name!r}: its source tells no {entry.asks}; say one after a comma, as in "
                f"'{_shortest(entry)}, 0.5 mg/kg'"
            )
        return chosen
    if not chosen:
        return entry.choices[0] if entry.choices else ""
    if not entry.choices:
        raise UserError(f"{entry.name!r} leaves nothing to choose; {chosen!r} has no place in it")
    found = {"".join(each.split()): each for each in entry.choices}.get("".join(chosen.split()))
    if found is None:
        raise UserError(
            f"{entry.name!r}: {chosen!r} is not a choice{nearest(chosen, entry.choices)}"
        )
    return found


def _shortest(entry: NamedRegimen) -> str:
    """Return the shortest of its names."""
    return min((entry.name, *entry.aliases), key=len)


@cache
def _table() -> tuple[NamedRegimen, ...]:
    """Return every entry of the table, in its order."""
    text = files("ketasim.dosing").joinpath(TABLE).read_text(encoding="utf-8")
    return tuple(_from_row(row) for row in tomllib.loads(text)["regimen"])


@cache
def _by_name() -> Mapping[str, NamedRegimen]:
    """Return every entry by lower-case name and alias."""
    return {name.lower(): one for one in _table() for name in (one.name, *one.aliases)}


def _from_row(row: Mapping[str, Any]) -> NamedRegimen:
    """Return the entry of one table of the file."""
    words = ("name", "asks", "phase", "taper", "source", "verified", "note", "refused")
    lists = ("aliases", "choices", "assumed")
    policy = row.get("policy")
    unknown = set(row) - {*words, *lists, "steps", "policy"}
    if unknown:
        raise ValueError(f"{TABLE}: {row.get('name')}: no such key {sorted(unknown)[0]!r}")
    told: dict[str, Any] = {key: row.get(key, "") for key in words}
    told |= {key: tuple(row.get(key, ())) for key in lists}
    return NamedRegimen(
        **told,
        lines=tuple(MappingProxyType(step) for step in row.get("steps", ())),
        policy=None if policy is None else MappingProxyType(policy),
    )
