"""The first words of a regimen: an infusion, a tablet, a spray, a film, an injection."""

from __future__ import annotations

from dataclasses import replace

from ketasim.dosing.drugs import ROUTES, Drug, base_factor, drug_names
from ketasim.dosing.drugs import drug as find_drug
from ketasim.dosing.exposure import bath, daily, hold
from ketasim.dosing.formulations import Formulation, routes_of
from ketasim.dosing.formulations import formulation as find_form
from ketasim.dosing.quantities import SHORTEST_H, Amount, amount, hours, positive_hours
from ketasim.dosing.quantities import rate as hourly
from ketasim.dosing.regimen import Dose, Hold, Regimen
from ketasim.errors import UserError, nearest
from ketasim.input_files import DEVICES


def infusion(
    dose: str | None = None,
    over: str | None = None,
    drug: str | Drug = "ketamine",
    *,
    rate: str | None = None,
    salt: str = "base",
    session: bool = True,
) -> Regimen:
    """Give a drug into a vein at a constant rate.

    Parameters
    ----------
    dose : str
        Amount, as ``"0.5 mg/kg"`` or ``"28 mg"``, free base unless ``salt`` says otherwise; or
    over : str
        Length, as ``"40 min"``.
    drug : str or Drug
        Default ketamine, the racemate.
    rate : str
        instead of ``dose``, as ``"0.14 mg/kg/h"`` or ``"10 ug/kg/min"``. Stepped infusions are
        infusions joined by ``.then(...)``.
    salt : str
        ``"base"`` or ``"hydrochloride"`` (× 0.867 for ketamine).
    session : bool
        Whether ``u_session`` is 1 from the start until 2 h later (or the end, if later).

    Raises
    ------
    UserError
        Unreadable dose, rate or time, both dose and rate or neither, zero length, unknown drug or
        salt, a drug that is not given into a vein.

    Examples
    --------
    >>> print(infusion("0.5 mg/kg", over="40 min").twice_weekly(weeks=2))
    0.5 mg/kg ketamine IV over 40 min, twice weekly for 2 weeks
    >>> print(infusion(rate="0.14 mg/kg/h", over="60 min", drug="esketamine"))
    0.14 mg/kg/h esketamine IV over 60 min
    """
    if dose is not None and rate is not None:
        raise UserError(f"infusion: dose {dose!r} and rate {rate!r} are both given; choose one")
    if over is None:
        raise UserError("over: missing; how long does it last, as in over='40 min'")
    over_h = _length_h(over)
    if rate is not None:
        return _given(rate, hourly(rate).times(over_h), drug, "iv", salt, session, over)
    if dose is None:
        raise UserError("dose: missing; give dose='0.5 mg/kg' or rate='0.5 mg/kg/h'")
    return _given(dose, amount(dose), drug, "iv", salt, session, over)


def bolus(
    dose: str, drug: str | Drug = "ketamine", *, salt: str = "base", session: bool = True
) -> Regimen:
    """Give ``dose`` into a vein at once; parameters as in `infusion`."""
    return _given(dose, amount(dose), drug, "iv", salt, session, how=" bolus")


def injection(
    dose: str,
    route: str = "sc",
    drug: str | Drug = "ketamine",
    *,
    over: str | None = None,
    salt: str = "base",
    session: bool = True,
) -> Regimen:
    """Give ``dose`` under the skin (``"sc"``), into muscle (``"im"``) or peritoneum (``"ip"``).

    At once or, with ``over="24 h"``, at a constant rate. Other parameters as in `infusion`.
    """
    if route not in ("sc", "im", "ip"):
        raise UserError(f"route: {route!r} is no injection; choose from: im, ip, sc")
    return _given(dose, amount(dose), drug, route, salt, session, over)


def oral(
    dose: str,
    drug: str | Drug = "ketamine",
    formulation: str | None = None,
    *,
    lag: str | None = None,
    salt: str = "base",
    session: bool | None = None,
) -> Regimen:
    """Give ``dose`` by mouth, swallowed.

    Parameters
    ----------
    dose, drug, salt
        As in `infusion`.
    session : bool, optional
        As in `infusion`; default: ketamine is taken in a session, tablets of other drugs are not.
    formulation : str, optional
        ``"oral solution"`` (the default), ``"immediate-release tablet"`` or
        ``"prolonged-release tablet"``; see `formulations.formulations`.
    lag : str, optional
        Time until the release begins, as ``"15 min"``; default: that of the formulation.

    Examples
    --------
    >>> print(oral("40 mg", formulation="prolonged-release tablet", lag="15 min"))
    40 mg ketamine oral (prolonged-release tablet, 15 min lag)
    """
    if session is None:
        session = not find_drug(drug).companion
    return _formed(dose, drug, "oral", formulation, lag, salt, session)


def sublingual(
    dose: str,
    drug: str | Drug = "ketamine",
    formulation: str | None = None,
    *,
    lag: str | None = None,
    salt: str = "base",
    session: bool = True,
) -> Regimen:
    """Give ``dose`` under the tongue or in the cheek; what the mouth does not take is swallowed.

    ``formulation`` is ``"film"`` (the default of esketamine), ``"wafer"`` (of ketamine and
    arketamine) or ``"lozenge"``. Other parameters as in `oral`.
    """
    return _formed(dose, drug, "sublingual", formulation, lag, salt, session)


def intranasal(
    dose: str,
    drug: str | Drug = "esketamine",
    formulation: str | None = None,
    *,
    salt: str = "base",
    session: bool = True,
) -> Regimen:
    """Give ``dose`` into the nose; what the nose does not take is swallowed.

    ``formulation`` is ``"nasal device"`` (the default of esketamine: devices of 28 mg, 5 min
    apart, the later ones leaving 0.62 of themselves in the nose; the dose is fixed, since devices
    are) or ``"nasal spray"`` (of ketamine and arketamine: one dose, which may be per kg). Other
    parameters as in `infusion`.

    Examples
    --------
    >>> [(dose.amount.mg, dose.mucosal_share) for dose in intranasal("56 mg").doses]
    [(28.0, 1.0), (28.0, 0.62)]
    """
    return _formed(dose, drug, "nasal", formulation, None, salt, session)


def saline(over: str | None = None, *, route: str = "iv") -> Regimen:
    """Hold a sham session without drug.

    Parameters
    ----------
    over : str, optional
        Length of an infusion; default 40 min. By any other route it is there at once.
    route : str
        Key of `drugs.ROUTES`; a sham tablet is no session.

    Raises
    ------
    UserError
        An unknown route, no length, or a length for what has none.

    Examples
    --------
    >>> print(saline(), saline(route="nasal"), sep=", ")
    saline IV over 40 min, saline intranasal
    """
    if route not in ROUTES:
        raise UserError(f"route: unknown route {route!r}{nearest(route, ROUTES)}")
    if route != "iv":
        if over is not None:
            raise UserError(f"over: saline is given {ROUTES[route].label} at once, not slowly")
        sham = Dose(None, Amount(), route, session=route != "oral")
        return Regimen(doses=(sham,), text=f"saline {ROUTES[route].label}")
    over = over or "40 min"
    sham = Dose(None, Amount(), "iv", duration_h=positive_hours(over, "over"))
    return Regimen(doses=(sham,), text=f"saline IV over {over}", length_h=sham.duration_h)


def device(name: str | Drug) -> Regimen:
    """Hold one session with a device: ECT, rTMS, or a sham of either.

    Nothing is given; the device's input is 1 while the session lasts, and nothing is felt.

    Raises
    ------
    UserError
        Unknown name, or a drug.

    Examples
    --------
    >>> print(device("ECT").thrice_weekly(weeks=4))
    ECT, three times weekly for 4 weeks
    """
    what = find_drug(name)
    if what.given != "device":
        known = [each for each in drug_names() if find_drug(each).given == "device"]
        raise UserError(f"drug: {what.name} is no device; choose from: {', '.join(known)}")
    session = Dose(None, Amount(), "iv")
    length_h = session.session_end_h
    on = (Hold(what.input, 1.0, 0.0, length_h),) if what.input else ()
    return Regimen(doses=(session,), holds=on, text=what.name, length_h=length_h)


def midazolam(dose: str = "0.045 mg/kg", over: str = "40 min") -> Regimen:
    """Hold a session with midazolam, the active control.

    In a model with its companion the dose has kinetics. Without it ``u_midazolam`` is clamped at
    1 for the session, whatever the dose.
    """
    return infusion(dose, over, "midazolam")


def _given(
    said: str,
    given: Amount,
    name: str | Drug,
    route: str,
    salt: str,
    session: bool,
    over: str | None = None,
    how: str = "",
) -> Regimen:
    """Return the regimen of one injection or infusion of ``given``, ``said`` in words."""
    what, form = _what(name, route, None)
    over_h = 0.0 if over is None else _length_h(over)
    if over_h > 0 and not what.places[route].rate:
        raise UserError(
            f"over: {what.name} is given {ROUTES[route].label} at once here, not slowly"
        )
    how = how if over is None else f" over {over}"
    base = given.times(base_factor(what, salt))
    duration_h = form.release_h if over is None else over_h
    one = Dose(what, base, route, 0.0, duration_h, session, form.share_first, form.lag_h)
    text = f"{said} {_salted(what, salt)} {ROUTES[route].label}{how}"
    return Regimen(doses=(one,), text=text, length_h=over_h)


def _formed(
    said: str,
    name: str | Drug,
    route: str,
    formulation: str | None,
    lag: str | None,
    salt: str,
    session: bool,
) -> Regimen:
    """Return the regimen of a tablet, film or spray: released, or device by device."""
    what, form = _what(name, route, formulation)
    base = amount(said).times(base_factor(what, salt))
    lag_h = form.lag_h if lag is None else hours(lag, "lag")
    one = Dose(what, base, route, 0.0, form.release_h, session, form.share_first, lag_h)
    doses = (one,) if form.device_mg is None else _devices(one, form, form.device_mg, said)
    usual = find_form(what, route)
    notes = [form.name] if form != usual else []
    notes += [f"{lag} lag"] if lag is not None and lag_h > 0 else []
    text = f"{said} {_salted(what, salt)} {ROUTES[route].label}"
    return Regimen(doses=doses, text=f"{text} ({', '.join(notes)})" if notes else text)


def _devices(whole: Dose, form: Formulation, device_mg: float, said: str) -> tuple[Dose, ...]:
    """Return ``whole`` in pieces of ``device_mg``, the last one holding what is left."""
    if whole.amount.mg_per_kg:
        raise UserError(
            f"dose: {said!r} must be fixed, as '{2 * device_mg:g} mg': "
            f"one {form.name} holds {device_mg:g} mg"
        )
    if whole.amount.mg > DEVICES * device_mg:
        raise UserError(
            f"dose: {said!r} takes more than {DEVICES} pieces ({form.name}, {device_mg:g} mg "
            f"each); the most is {DEVICES * device_mg:g} mg"
        )
    left_mg, devices = whole.amount.mg, []
    while left_mg > 1e-9 or not devices:
        part = Amount(mg=min(device_mg, left_mg))
        share = form.share_later if devices else form.share_first
        start_h = len(devices) * form.device_interval_h
        devices.append(replace(whole, amount=part, start_h=start_h, mucosal_share=share))
        left_mg -= part.mg
    return tuple(devices)


def _what(name: str | Drug, route: str, formulation: str | None) -> tuple[Drug, Formulation]:
    """Return the drug and its form; refuse a drug that is not given in doses at all."""
    what = find_drug(name)
    if what.given == "device":
        raise UserError(f"drug: {what.name} is a device; use device({what.name!r})")
    if not routes_of(what):
        use = f"daily({what.name!r}, weeks=...)"
        raise UserError(f"drug: {what.name} has no kinetics; use {use}")
    return what, find_form(what, route, formulation)


def _length_h(over: str) -> float:
    """Return the length of an infusion [h]."""
    over_h = hours(over, "over")
    if over_h < SHORTEST_H:
        raise UserError(f"over: {over!r} has no length; for a dose given at once use bolus(...)")
    return over_h


def _salted(what: Drug, salt: str) -> str:
    """Return the drug's name, with its salt where that is what was weighed."""
    return f"{what.name} {salt}" if salt != "base" else what.name


__all__ = [
    "bath",
    "bolus",
    "daily",
    "device",
    "hold",
    "infusion",
    "injection",
    "intranasal",
    "midazolam",
    "oral",
    "saline",
    "sublingual",
]
