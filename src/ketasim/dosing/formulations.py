"""What a drug comes as: how fast it is released, in what pieces, and by which routes.

Numbers and their sources stand in ``formulations.csv``. The first row that has a drug and a route
is what that drug is given as by that route, unless another is asked for.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ketasim.dosing.drugs import ROUTES, Drug, drug
from ketasim.errors import UserError, nearest


@dataclass(frozen=True)
class Formulation:
    """A form in which drugs are given.

    Attributes
    ----------
    name : str
    aliases, drugs, routes : tuple of str
        Other names; names of drugs; keys of `drugs.ROUTES`.
    release_h : float
        How long it releases the drug at a constant rate [h]; 0 is at once.
    device_mg : float or None
        What one device or film holds [mg of base]; None for any amount.
    device_interval_h : float
        Time from one device to the next [h].
    share_first, share_later : float
        Of the first and of each later device, the part that stays where it is put; the rest is
        swallowed at once. What of that part is absorbed there is up to the person (a parameter).
    lag_h : float
        Time from giving to the start of the release [h].
    tier, source, note : str
        Where the numbers come from.
    """

    name: str
    aliases: tuple[str, ...]
    drugs: tuple[str, ...]
    routes: tuple[str, ...]
    release_h: float
    device_mg: float | None
    device_interval_h: float
    share_first: float
    share_later: float
    lag_h: float
    tier: str
    source: str
    note: str


def formulations() -> tuple[Formulation, ...]:
    """Return every formulation, in the order of ``formulations.csv``."""
    return _table()


def routes_of(what: Drug) -> tuple[str, ...]:
    """Return the routes by which ``what`` can be given, as keys of `drugs.ROUTES`."""
    return tuple(key for key in ROUTES if forms_of(what, key))


def forms_of(what: Drug, route: str) -> tuple[Formulation, ...]:
    """Return what ``what`` comes as by ``route``, its usual form first."""
    return tuple(f for f in _table() if what.name in f.drugs and route in f.routes)


def formulation(what: str | Drug, route: str, name: str | None = None) -> Formulation:
    """Return the form in which a drug is given by a route.

    Parameters
    ----------
    what : str or Drug
    route : str
        Key of `drugs.ROUTES`.
    name : str, optional
        Name or alias, whatever the case; default: the usual form.

    Raises
    ------
    UserError
        A route the drug is not given by, an unknown form, or one that is not for this drug and
        route.
    """
    what = drug(what)
    choices = forms_of(what, route)
    if not choices:
        known = ", ".join(ROUTES[key].label for key in routes_of(what)) or "none"
        label = ROUTES[route].label
        raise UserError(f"route: {what.name} is not given {label} here; its routes: {known}")
    if name is None:
        return choices[0]
    found = _by_name().get(str(name).strip().lower())
    if found is None:
        names = [each for form in _table() for each in (form.name, *form.aliases)]
        raise UserError(f"formulation: unknown formulation {name!r}{nearest(str(name), names)}")
    if found not in choices:
        fitting = ", ".join(form.name for form in choices)
        raise UserError(
            f"formulation: {found.name} is no {ROUTES[route].label} form of {what.name}; "
            f"choose from: {fitting}"
        )
    return found


@cache
def _table() -> tuple[Formulation, ...]:
    """Return every row of ``formulations.csv``."""
    text = files("ketasim.dosing").joinpath("formulations.csv").read_text(encoding="utf-8")
    return tuple(_from_row(row) for row in csv.DictReader(text.splitlines()))


@cache
def _by_name() -> dict[str, Formulation]:
    """Return every formulation by lower-case name and alias."""
    return {name.lower(): form for form in _table() for name in (form.name, *form.aliases)}


def _from_row(row: dict[str, str]) -> Formulation:
    """Return the formulation of one row of ``formulations.csv``."""
    return Formulation(
        name=row["formulation"],
        aliases=tuple(filter(None, row["aliases"].split("|"))),
        drugs=tuple(row["drugs"].split("|")),
        routes=tuple(row["routes"].split("|")),
        release_h=float(row["release_h"]),
        device_mg=float(row["device_mg"]) if row["device_mg"] else None,
        device_interval_h=float(row["device_interval_min"] or 0) / 60,
        share_first=float(row["share_first"]),
        share_later=float(row["share_later"]),
        lag_h=float(row["lag_h"]),
        tier=row["tier"],
        source=row["source"],
        note=row["note"],
    )
