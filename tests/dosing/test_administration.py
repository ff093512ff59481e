"""Single administrations: what they contain, what they refuse."""

import pytest

from ketasim.dosing import (
    bolus,
    daily,
    hold,
    infusion,
    injection,
    intranasal,
    midazolam,
    oral,
    saline,
)
from ketasim.errors import UserError


def test_hydrochloride_gives_less_base():
    (dose,) = infusion("1 mg/kg", over="40 min", salt="hydrochloride").doses
    assert dose.amount.mg_per_kg == pytest.approx(0.867, rel=1e-12)


def test_nasal_devices_and_their_absorbed_share():
    doses = intranasal("84 mg").doses
    assert [dose.amount.mg for dose in doses] == [28, 28, 28]
    assert [dose.start_h * 60 for dose in doses] == pytest.approx([0, 5, 10])
    # Effective fractions at 28, 56 and 84 mg printed with Perez-Ruixo 2021, to three digits.
    for mg, fraction in ((28, 0.540), (56, 0.437), (84, 0.403)):
        parts = intranasal(f"{mg} mg").doses
        absorbed_mg = sum(dose.amount.mg * dose.mucosal_share for dose in parts)
        assert absorbed_mg / mg == pytest.approx(fraction, abs=5e-4)


def test_daily_exposure_is_a_hold():
    (step,) = daily("SSRI", weeks=8, at="-1 week").holds
    assert (step.input, step.value, step.start_h, step.end_h) == ("u_SSRI", 1.0, -168.0, 7 * 168.0)


def test_hold_takes_an_input_or_a_drug():
    assert hold("NBQX", for_="8 h").holds == hold("u_NBQX", for_="8 h").holds


def test_routes():
    assert [make("10 mg").doses[0].route for make in (oral, bolus)] == ["oral", "iv"]
    assert injection("10 mg", "im").doses[0].route == "im"
    assert saline().doses[0].is_sham
    assert midazolam().doses[0].drug.name == "midazolam"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: infusion("0.5 mg/kg", over="0 min"),
            "over: '0 min' has no length; for a dose given at once use bolus(...)",
        ),
        (
            lambda: infusion("0.5", over="40 min"),
            "dose: '0.5' has no unit; write for instance '0.5 mg/kg'",
        ),
        (
            lambda: infusion("1 mg", over="-40 min"),
            "over: '-40 min' is negative; a length of time is positive",
        ),
        (lambda: oral("1 mg", "esketamin"), "drug: unknown drug 'esketamin'; nearest: esketamine"),
        (
            lambda: oral("20 mg", "SSRI"),
            "drug: SSRI has no kinetics; use daily('SSRI', weeks=...)",
        ),
        (
            lambda: daily("ketamine", weeks=2),
            "drug: ketamine is not a clamped exposure; "
            "use oral(...).repeat(every='24 h', times=...)",
        ),
        (lambda: daily("SSRI"), "daily: give either weeks=8 or for_='10 days'"),
        (
            lambda: intranasal("0.5 mg/kg"),
            "dose: '0.5 mg/kg' by nose must be fixed, as '56 mg': devices hold 28 mg",
        ),
        (
            lambda: injection("1 mg", "iv"),
            "route: 'iv' is no injection; choose from: im, ip, sc",
        ),
        (lambda: hold("ketamine", for_="1 h"), "hold: ketamine has kinetics; give it as a dose"),
        (
            lambda: hold("u_NBQX", float("nan"), for_="1 h"),
            "hold: value nan of u_NBQX is not a finite number",
        ),
        (
            lambda: saline("0 min"),
            "over: '0 min' has no length; it must last some milliseconds at least",
        ),
    ],
)
def test_mistakes_are_told_in_one_line(call, message):
    with pytest.raises(UserError) as caught:
        call()
    assert str(caught.value) == message
