"""Exposures without a dose: a drug taken every day, an input held, a drug in the bath of a dish."""

from __future__ import annotations

import math

from ketasim.dosing.drugs import Drug, drug_names
from ketasim.dosing.drugs import drug as find_drug
from ketasim.dosing.interactions import interactions_of
from ketasim.dosing.quantities import concentration as nanomolar
from ketasim.dosing.quantities import hours, positive_hours, whole
from ketasim.dosing.regimen import COMBINATIONS, Hold, Regimen
from ketasim.errors import UserError, nearest


def daily(
    drug: str | Drug, *, weeks: int | None = None, for_: str | None = None, at: str = "0 h"
) -> Regimen:
    """Keep a patient on a drug taken every day: an SSRI, naltrexone, clarithromycin.

    A clamped exposure is held at 1; a drug that changes enzymes multiplies each enzyme input by
    its factor (`interactions`), and two such drugs multiply.

    Parameters
    ----------
    drug : str or Drug
        A drug without kinetics; see `drugs.drug_names`.
    weeks : int, optional
        For how many weeks; or
    for_ : str, optional
        for how long, as ``"10 days"``.
    at : str
        When it begins, on the regimen's clock; may be negative.

    Raises
    ------
    UserError
        Unknown drug, one that is given in doses or only in a dish, or no clear length.

    Examples
    --------
    >>> daily("clarithromycin", for_="4 days", at="-3 days").lead_h
    72.0
    """
    what = find_drug(drug)
    if what.has_kinetics:
        raise UserError(
            f"drug: {what.name} is not a clamped exposure; "
            f"use oral(...).repeat(every='24 h', times=...)"
        )
    if what.given == "device":
        raise UserError(f"drug: {what.name} is given in sessions; use device({what.name!r})")
    effects = interactions_of(what)
    if not what.input and not effects:
        raise UserError(f"drug: {what.name} is not taken daily here; use {_otherwise(what)}")
    if (weeks is None) == (for_ is None):
        raise UserError("daily: give either weeks=8 or for_='10 days'")
    length = f"{whole(weeks, 'weeks')} weeks" if weeks is not None else str(for_)
    start_h, length_h = hours(at, "at", signed=True), positive_hours(length, "for_")
    held = [Hold(what.input, 1.0, start_h, length_h)] if what.input else []
    held += [
        Hold(each.target, each.factor, start_h, length_h, 1.0, "multiply", each.uncertainty)
        for each in effects
    ]
    text = f"daily {what.name} for {length}" + _begun(at)
    return Regimen(holds=tuple(held), text=text, length_h=start_h + length_h)


def hold(
    input: str,
    value: float | str = 1.0,
    *,
    for_: str,
    at: str = "0 h",
    rest: float = 0.0,
    combine: str = "farthest",
) -> Regimen:
    """Hold any input of the model at ``value`` for a while, then return it to ``rest``.

    Parameters
    ----------
    input : str
        Model input, as ``"u_NBQX"``, or a drug without kinetics, as ``"NBQX"``. Whether the
        model has such an input is checked when it is simulated.
    value : float or str
        In the input's own unit; perturbations are shares, 0 to 1. Inputs that are concentrations
        [nM] may be given with a unit, as ``"1 uM"``.
    for_, at : str
        How long, and from when on the regimen's clock (``at="-30 min"``: before time 0).
    rest : float
        Value before and after.
    combine : str
        Where holds of this input overlap: ``"farthest"``, ``"multiply"`` or ``"add"``, see
        `regimen.Hold`.

    Raises
    ------
    UserError
        A value that is not finite or has the wrong kind of unit, no length, a drug that is
        given otherwise, or an unknown rule.

    Examples
    --------
    >>> print(hold("memantine", "1 uM", for_="2 h"))
    bX = 1000 for 2 h
    """
    known = next((find_drug(name) for name in drug_names() if name == input), None)
    name = input if known is None else _single_input(known)
    level = _level(name, known, value)
    if combine not in COMBINATIONS:
        raise UserError(f"combine: unknown rule {combine!r}{nearest(str(combine), COMBINATIONS)}")
    if not math.isfinite(rest) or (combine == "multiply" and rest == 0):
        raise UserError(f"rest: {rest!r} of {name} cannot be a resting value to {combine} from")
    start_h = hours(at, "at", signed=True)
    step = Hold(name, level, start_h, positive_hours(for_, "for_"), float(rest), combine)
    text = f"{name} = {level:g} for {for_}" + _begun(at)
    return Regimen(holds=(step,), text=text, length_h=step.end_h)


def bath(
    concentration: str, drug: str | Drug = "ketamine", *, for_: str, at: str = "0 h"
) -> Regimen:
    """Put a dish or a slice into a bath of a drug, then wash it out.

    The unbound brain concentrations are clamped, each enantiomer at its share; baths of the same
    enantiomer add up. For a model without ``pk`` and ``brain``, which would compute them.

    Parameters
    ----------
    concentration : str
        As ``"10 uM"``, ``"300 nM"`` or ``"2 ug/mL"``; both enantiomers together.
    drug : str or Drug
        Ketamine, norketamine or hydroxynorketamine, one enantiomer or both; or memantine.
    for_, at : str
        How long, and from when on the regimen's clock.

    Raises
    ------
    UserError
        No unit, a negative concentration, no length, or a drug that has no concentration here.

    Examples
    --------
    >>> [(step.input, step.value) for step in bath("10 uM", "ketamine", for_="1 h").holds]
    [('bS', 5000.0), ('bR', 5000.0)]
    """
    what = find_drug(drug)
    if not what.bath:
        way = f"daily({what.name!r}, for_=...)"
        if what.input:
            way = f"hold({what.name!r}, for_=...)"
        elif what.companion:
            way = _otherwise(what)
        raise UserError(f"bath: {what.name} has no concentration in the model; use {way}")
    total_nm = nanomolar(concentration, "concentration", what.molar_mass_g_mol)
    start_h, length_h = hours(at, "at", signed=True), positive_hours(for_, "for_")
    held = tuple(
        Hold(what.bath.format(form), total_nm * share, start_h, length_h, combine="add")
        for form, share in what.shares or (("", 1.0),)
    )
    text = f"{concentration} {what.name} in the bath for {for_}" + _begun(at)
    return Regimen(holds=held, text=text, length_h=start_h + length_h)


def _single_input(what: Drug) -> str:
    """Return the one input that holding a drug sets."""
    if what.has_kinetics:
        raise UserError(f"hold: {what.name} has kinetics; give it as a dose or in a bath(...)")
    if what.input or (what.bath and "{" not in what.bath):
        return what.input or what.bath
    other = f"daily({what.name!r}, for_=...)" if interactions_of(what) else _otherwise(what)
    raise UserError(f"hold: {what.name} is no single input; use {other}")


def _level(name: str, known: Drug | None, value: float | str) -> float:
    """Return the value to hold, a concentration in nM."""
    if isinstance(value, str):
        if name.startswith(("u_", "act_")):
            raise UserError(f"hold: {name} is no concentration; give a number instead of {value!r}")
        return nanomolar(value, "value", known.molar_mass_g_mol if known else None)
    if not math.isfinite(value):
        raise UserError(f"hold: value {value!r} of {name} is not a finite number")
    return float(value)


def _otherwise(what: Drug) -> str:
    """Return the call for a drug that is neither taken daily nor held."""
    if not what.bath:
        return f"infusion('1 mg', '1 h', {what.name!r})"
    return f"bath('10 uM', {what.name!r}, for_=...)"


def _begun(at: str) -> str:
    """Return when a hold begins, in words, or nothing for time 0."""
    return "" if hours(at, "at", signed=True) == 0 else f" from {at}"
