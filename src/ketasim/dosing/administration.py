"""The first words of a regimen: an infusion, a tablet, a spray, weeks on a drug, a clamp."""

from __future__ import annotations

import math

from ketasim.dosing.drugs import ROUTES, Drug, base_factor, drug, drug_names
from ketasim.dosing.quantities import SHORTEST_H, Amount, amount, hours, positive_hours, whole
from ketasim.dosing.regimen import Dose, Hold, Regimen
from ketasim.errors import UserError

# One esketamine device holds 28 mg; devices are used 5 min apart (Spravato label).
DEVICE_MG = 28.0
DEVICE_INTERVAL_H = 5 / 60
# Share of a device absorbed through the nose, and its multiplier from the second device on;
# the rest is swallowed (Perez-Ruixo 2021, Table 3, doi 10.1007/s40262-020-00953-4).
NASAL_SHARE = 0.54
NASAL_SHARE_LATER = 0.62 * NASAL_SHARE


def infusion(
    dose: str, over: str, drug: str | Drug = "ketamine", *, salt: str = "base", session: bool = True
) -> Regimen:
    """Give ``dose`` into a vein at a constant rate.

    Parameters
    ----------
    dose : str
        Amount, as ``"0.5 mg/kg"`` or ``"28 mg"``, free base unless ``salt`` says otherwise.
    over : str
        Length, as ``"40 min"``.
    drug : str or Drug
        Default ketamine, the racemate.
    salt : str
        ``"base"`` or ``"hydrochloride"`` (× 0.867 for ketamine).
    session : bool
        Whether ``u_session`` is 1 from the start until 2 h later (or the end, if later).

    Raises
    ------
    UserError
        Unreadable dose or time, zero length, unknown drug or salt.

    Examples
    --------
    >>> print(infusion("0.5 mg/kg", over="40 min").twice_weekly(weeks=2))
    0.5 mg/kg ketamine IV over 40 min, twice weekly for 2 weeks
    """
    over_h = hours(over, "over")
    if over_h < SHORTEST_H:
        raise UserError(f"over: {over!r} has no length; for a dose given at once use bolus(...)")
    return _given(dose, drug, "iv", salt, session, over_h, f" over {over}")


def bolus(
    dose: str, drug: str | Drug = "ketamine", *, salt: str = "base", session: bool = True
) -> Regimen:
    """Give ``dose`` into a vein at once; parameters as in `infusion`."""
    return _given(dose, drug, "iv", salt, session, 0.0, " bolus")


def oral(
    dose: str, drug: str | Drug = "ketamine", *, salt: str = "base", session: bool = True
) -> Regimen:
    """Give ``dose`` by mouth, swallowed; parameters as in `infusion`."""
    return _given(dose, drug, "oral", salt, session, 0.0, "")


def injection(
    dose: str,
    route: str = "sc",
    drug: str | Drug = "ketamine",
    *,
    salt: str = "base",
    session: bool = True,
) -> Regimen:
    """Give ``dose`` under the skin (``"sc"``), into muscle (``"im"``) or peritoneum (``"ip"``)."""
    if route not in ("sc", "im", "ip"):
        raise UserError(f"route: {route!r} is no injection; choose from: im, ip, sc")
    return _given(dose, drug, route, salt, session, 0.0, "")


def intranasal(
    dose: str, drug: str | Drug = "esketamine", *, salt: str = "base", session: bool = True
) -> Regimen:
    """Spray ``dose`` in devices of 28 mg, 5 min apart; what the nose does not take is swallowed.

    Of the first device 54 % is taken up by the nose, of each further one 33 %. The dose must
    be fixed (mg), since devices are. Other parameters as in `infusion`.
    """
    whole_dose = _given(dose, drug, "nasal", salt, session, 0.0, "").doses[0]
    if whole_dose.amount.mg_per_kg:
        raise UserError(f"dose: {dose!r} by nose must be fixed, as '56 mg': devices hold 28 mg")
    left_mg, devices = whole_dose.amount.mg, []
    while left_mg > 1e-9 or not devices:
        part = Amount(mg=min(DEVICE_MG, left_mg))
        share = NASAL_SHARE_LATER if devices else NASAL_SHARE
        start_h = len(devices) * DEVICE_INTERVAL_H
        devices.append(
            Dose(whole_dose.drug, part, "nasal", start_h, session=session, mucosal_share=share)
        )
        left_mg -= part.mg
    text = _words(dose, whole_dose.drug, "nasal", salt, "")
    return Regimen(doses=tuple(devices), text=text)


def saline(over: str = "40 min") -> Regimen:
    """Hold a sham session: an infusion of saline, no drug."""
    sham = Dose(None, Amount(), "iv", duration_h=positive_hours(over, "over"))
    return Regimen(doses=(sham,), text=f"saline IV over {over}", length_h=sham.duration_h)


def midazolam(dose: str = "0.045 mg/kg", over: str = "40 min") -> Regimen:
    """Hold a session with midazolam, the active control.

    Midazolam has no kinetics here: ``u_midazolam`` is clamped at 1 for the session, whatever
    the dose; the dose is kept for the record only.
    """
    return infusion(dose, over, "midazolam")


def daily(
    drug: str | Drug, *, weeks: int | None = None, for_: str | None = None, at: str = "0 h"
) -> Regimen:
    """Keep a patient on a drug taken every day, as a clamped exposure of 1 (an SSRI, naltrexone).

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
    """
    what = _drug(drug)
    if what.has_kinetics:
        raise UserError(
            f"drug: {what.name} is not a clamped exposure; "
            f"use oral(...).repeat(every='24 h', times=...)"
        )
    if (weeks is None) == (for_ is None):
        raise UserError("daily: give either weeks=8 or for_='10 days'")
    length = f"{whole(weeks, 'weeks')} weeks" if weeks is not None else str(for_)
    held = hold(what.input, 1.0, for_=length, at=at)
    return Regimen(
        holds=held.holds,
        text=f"daily {what.name} for {length}" + _begun(at),
        length_h=held.length_h,
    )


def hold(
    input: str, value: float = 1.0, *, for_: str, at: str = "0 h", rest: float = 0.0
) -> Regimen:
    """Hold any input of the model at ``value`` for a while, then return it to ``rest``.

    Parameters
    ----------
    input : str
        Model input, as ``"u_NBQX"``, or a drug without kinetics, as ``"NBQX"``. Whether the
        model has such an input is checked when it is simulated.
    value : float
        In the input's own unit; perturbations are shares, 0 to 1.
    for_, at : str
        How long, and from when on the regimen's clock (``at="-30 min"``: before time 0).
    rest : float
        Value before and after.

    Examples
    --------
    >>> block = hold("u_NBQX", for_="8 h", at="-30 min")
    >>> (block + infusion("0.5 mg/kg", over="40 min")).lead_h
    0.5
    """
    known = next((_drug(name) for name in drug_names() if name == input), None)
    name = input if known is None else known.input
    if not name:
        raise UserError(f"hold: {input} has kinetics; give it as a dose")
    if not (math.isfinite(value) and math.isfinite(rest)):
        raise UserError(f"hold: value {value!r} of {name} is not a finite number")
    start_h = hours(at, "at", signed=True)
    step = Hold(name, float(value), start_h, positive_hours(for_, "for_"), float(rest))
    text = f"{name} = {value:g} for {for_}" + _begun(at)
    return Regimen(holds=(step,), text=text, length_h=step.end_h)


def _given(
    dose: str,
    name: str | Drug,
    route: str,
    salt: str,
    session: bool,
    duration_h: float,
    how: str,
) -> Regimen:
    """Return the regimen of one administration."""
    what = _drug(name)
    if not what.has_kinetics and what.molar_mass_g_mol is None:
        raise UserError(f"drug: {what.name} has no kinetics; use daily({what.name!r}, weeks=...)")
    base = amount(dose).times(base_factor(what, salt))
    given = Dose(what, base, route, 0.0, duration_h, session)
    text = _words(dose, what, route, salt, how)
    return Regimen(doses=(given,), text=text, length_h=duration_h)


def _words(dose: str, what: Drug | None, route: str, salt: str, how: str) -> str:
    """Return one administration as a protocol writes it."""
    name = what.name if what is not None else "saline"
    said = f"{name} {salt}" if salt != "base" else name
    return f"{dose} {said} {ROUTES[route].label}{how}"


def _begun(at: str) -> str:
    """Return when a hold begins, in words, or nothing for time 0."""
    return "" if hours(at, "at", signed=True) == 0 else f" from {at}"


# `drug` is also the natural name of the argument; this one is for the functions above.
_drug = drug
__all__ = [
    "bolus",
    "daily",
    "hold",
    "infusion",
    "injection",
    "intranasal",
    "midazolam",
    "oral",
    "saline",
]
