"""From the dose records of a data file to regimens: ADDL and SS written out, lags added."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ketasim.dosing.administration import intranasal, oral, sublingual
from ketasim.dosing.data_records import Records
from ketasim.dosing.data_text import is_missing
from ketasim.dosing.data_units import milligrams
from ketasim.dosing.drugs import ROUTES, Drug, drug, drug_names
from ketasim.dosing.formulations import forms_of, routes_of
from ketasim.dosing.quantities import SHORTEST_H, Amount
from ketasim.dosing.regimen import Dose, Regimen
from ketasim.errors import UserError, nearest

# Doses before a steady-state dose reach back this long: 20 half-lives, which leave 2^-20 = 9.5e-7
# of steady state missing, of 20 h for the ketamines and of 120 h for other drugs (memantine).
STEADY_STATE_H = 400.0
STEADY_STATE_OTHERS_H = 2400.0
# What people write for the keys of `drugs.ROUTES`.
_ROUTE_WORDS = {
    **dict.fromkeys(("intravenous", "i.v."), "iv"),
    **dict.fromkeys(("intramuscular", "i.m."), "im"),
    **dict.fromkeys(("subcutaneous", "s.c."), "sc"),
    **dict.fromkeys(("intraperitoneal", "i.p."), "ip"),
    **dict.fromkeys(("po", "p.o."), "oral"),
    **dict.fromkeys(("in", "i.n.", "intranasal"), "nasal"),
    **dict.fromkeys(("sl", "s.l."), "sublingual"),
}
MOST_DOSES = 100_000  # that one record may stand for
# Routes by which a drug is given in a form of its own: released, or device by device.
_FORMED = {"oral": oral, "sublingual": sublingual, "nasal": intranasal}


@dataclass(frozen=True)
class Place:
    """What CMT names: a drug by a route, in a form or (``form`` None) right in a compartment."""

    drug: Drug
    route: str
    form: str | None


def regimens(rows: Records, names: Mapping[str, str], *, session: bool) -> tuple[Regimen, ...]:
    """Return the regimen of each episode.

    Parameters
    ----------
    rows : Records
    names : mapping of str to str
        What a cell of CMT means, as ``{"1": "ketamine iv"}``; ``""`` for an empty one.
    session : bool
        Whether each dose is a supervised session.

    Raises
    ------
    UserError
        An unknown compartment, an infusion where none can be given, or a unit that is missing,
        unknown or mixed.
    """
    given: list[list[Dose]] = [[] for _ in range(int(rows.episode[-1]) + 1)]
    last_h = _last_time_before_reset(rows)
    has_lag = ~rows.table.missing("LAG")
    units: dict[str, str] = {}
    for row in np.flatnonzero(rows.is_dose & ((rows.amt > 0) | (rows.rate > 0))).tolist():
        place, said = _place(rows, row, names)
        one = Dose(
            place.drug,
            _amount(rows, row, place.drug, said, units),
            place.route,
            float(rows.time_h[row]),
            _length(rows, row, place.route),
            session,
            lag_h=float(rows.lag_h[row]),
        )
        episode = int(rows.episode[row])
        for dose in _written_out(rows, row, place, one, bool(has_lag[row])):
            if dose.start_h <= last_h[episode]:
                given[episode].append(dose)
    return tuple(_regimen(doses) for doses in given)


def _written_out(rows: Records, row: int, place: Place, one: Dose, has_lag: bool) -> list[Dose]:
    """Return every dose that one record stands for."""
    interval_h, steady = float(rows.interval_h[row]), int(rows.steady[row])
    if steady and interval_h == 0:
        back_h = _back_h(place)
        whole = one.amount.times(back_h)
        return [replace(one, amount=whole, start_h=one.start_h - back_h, duration_h=back_h)]
    further = int(rows.additional[row])
    before = _back_h(place) / interval_h if steady else 0.0
    if before + further > MOST_DOSES:
        name = "II" if before > MOST_DOSES else "ADDL"
        why = f"stands for more than {MOST_DOSES} doses; is it in the right unit?"
        raise rows.table.refuse(row, name, why)
    try:
        parts = as_given(place, one, has_lag)
    except UserError as error:
        raise UserError(f"{rows.table.where(row)}: AMT: {error}") from None
    if not steady and not further:
        return list(parts)
    steps = range(-math.ceil(before), further + 1)
    return [
        replace(part, start_h=part.start_h + step * interval_h) for step in steps for part in parts
    ]


def _back_h(place: Place) -> float:
    """Return how far doses before a steady-state dose reach back [h]."""
    return STEADY_STATE_H if place.drug.has_kinetics else STEADY_STATE_OTHERS_H


def as_given(place: Place, one: Dose, has_lag: bool) -> tuple[Dose, ...]:
    """Return a dose as its form gives it: released over a while, or device by device.

    A dose right into a compartment, an injection, or one whose length the file gives stays as it
    is. Without a lag of the file's own, that of the form holds.
    """
    give = _FORMED.get(one.route)
    if place.form is None or give is None or one.duration_h > 0:
        return (one,)
    amount = one.amount
    said = f"{amount.mg_per_kg!r} mg/kg" if amount.mg_per_kg else f"{amount.mg!r} mg"
    parts = give(said, place.drug, place.form, session=one.session).doses
    lag_h = one.lag_h if has_lag else parts[0].lag_h
    return tuple(replace(part, start_h=one.start_h + part.start_h, lag_h=lag_h) for part in parts)


def _length(rows: Records, row: int, route: str) -> float:
    """Return how long a dose takes [h], 0 for one given at once."""
    amt, rate = float(rows.amt[row]), float(rows.rate[row])
    name = "RATE" if rate > 0 else "DUR"
    length_h = float(rows.length_h[row])
    if rate > 0:
        length_h = amt / rate if amt > 0 else STEADY_STATE_H
    if 0 < length_h < SHORTEST_H:
        raise rows.table.refuse(row, name, "is over in no time; for a dose given at once write 0")
    if length_h > 0 and not ROUTES[route].rate:
        takes = ", ".join(key for key, each in ROUTES.items() if each.rate)
        why = f"into {_cell(rows, row)}, which takes no infusion; routes that do: {takes}"
        raise rows.table.refuse(row, name, why)
    return length_h


def _amount(rows: Records, row: int, what: Drug, said: str, units: dict[str, str]) -> Amount:
    """Return what a record gives [mg, mg/kg]; per hour for a constant infusion."""
    table = rows.table
    unit = table.units.get("AMT", "")
    column = table.columns.get("AMT_UNIT")
    if column is not None:
        if unit:
            raise UserError(f"{table.path}: AMT has a unit in the header and in AMT_UNIT")
        unit = column.words[column.codes[row]]
        if is_missing(unit):
            raise table.refuse(row, "AMT_UNIT", "is missing; write for instance mg")
        if units.setdefault(said, unit) != unit:
            why = f"mixes units; earlier doses into {said} have {units[said]}"
            raise table.refuse(row, "AMT_UNIT", why)
    found = milligrams(unit or "mg", what)
    if isinstance(found, str):
        if column is not None:
            raise table.refuse(row, "AMT_UNIT", found)
        raise UserError(f"{table.path}: AMT[{unit}] {found}")
    factor, per_kg = found
    size = float(rows.amt[row] or rows.rate[row]) * factor
    return Amount(mg_per_kg=size) if per_kg else Amount(mg=size)


@cache
def dose_places() -> Mapping[str, Place]:
    """Return what CMT may name: ``A1_S``, ``ketamine iv``, ``ketamine oral lozenge``."""
    places: dict[str, Place] = {}
    for what in (drug(name) for name in drug_names() if drug(name).shares):
        for key in reversed(routes_of(what)):
            forms = forms_of(what, key)
            if len(what.shares) == 1:
                places[what.places[key].compartment.format(what.shares[0][0])] = Place(
                    what, key, None
                )
            places[f"{what.name} {key}"] = Place(what, key, forms[0].name)
            places |= {f"{what.name} {key} {f.name}": Place(what, key, f.name) for f in forms}
    return places


@cache
def _folded_places() -> Mapping[str, str]:
    """Return drugs and routes by small letters; compartments are as they are written."""
    return {name.lower(): name for name in dose_places() if " " in name}


def _plain_words(said: str) -> str:
    """Return a drug and a route in small letters, by their own names: ``esketamine oral``."""
    words = said.lower().split()
    for count in range(len(words) - 1, 0, -1):
        route = _ROUTE_WORDS.get(words[count], words[count])
        try:
            name = drug(" ".join(words[:count])).name.lower()
        except UserError:
            continue
        return " ".join((name, route, *words[count + 1 :]))
    return " ".join(words)


def _place(rows: Records, row: int, names: Mapping[str, str]) -> tuple[Place, str]:
    """Return what a dose record goes into, and the words for it."""
    cell, known = _cell(rows, row), dose_places()
    said = names.get(cell, cell)
    if said not in known:
        said = _folded_places().get(_plain_words(said), said)
    if said not in known:
        if not cell:
            where = rows.table.where(row)
            raise UserError(f"{where}: CMT is missing; write for instance 'ketamine iv'")
        raise rows.table.refuse(row, "CMT", f"is no place for a dose{nearest(cell, known)}")
    return known[said], said


def _cell(rows: Records, row: int) -> str:
    """Return what CMT says, nothing where it is missing."""
    column = rows.table.columns.get("CMT")
    word = "" if column is None else column.words[column.codes[row]]
    return "" if is_missing(word) else word


def _last_time_before_reset(rows: Records) -> np.ndarray:
    """Return the last time of each episode that another follows [h], infinity for the others."""
    first = rows.first_row
    last = np.append(first[1:], len(rows.evid)) - 1
    followed = np.append(rows.individual[first[1:]] == rows.individual[last[:-1]], False)
    return np.where(followed, rows.time_h[last], np.inf)


def _regimen(doses: list[Dose]) -> Regimen:
    """Return the regimen of the doses of one episode."""
    if not doses:
        return Regimen(text="no doses in a data file")
    text = f"{len(doses)} dose{'s' if len(doses) > 1 else ''} from a data file"
    end_h = max(dose.enters_h + dose.duration_h for dose in doses)
    return Regimen(tuple(doses), text=text, anchor_h=doses[-1].start_h, length_h=end_h)
