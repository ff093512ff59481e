"""Single administrations: what they contain, what they refuse."""

import pytest

from ketasim.dosing import (
    bolus,
    daily,
    device,
    infusion,
    injection,
    intranasal,
    midazolam,
    oral,
    saline,
    sublingual,
)
from ketasim.errors import UserError


def test_hydrochloride_gives_less_base():
    (dose,) = infusion("1 mg/kg", over="40 min", salt="hydrochloride").doses
    assert dose.amount.mg_per_kg == pytest.approx(0.867, rel=1e-12)


def test_an_infusion_by_its_rate_is_the_same_dose():
    by_rate = infusion(rate="0.14 mg/kg/h", over="90 min", drug="esketamine")
    by_dose = infusion("0.21 mg/kg", over="90 min", drug="esketamine")
    (one,), (other,) = by_rate.doses, by_dose.doses
    assert one.amount.mg_per_kg == pytest.approx(other.amount.mg_per_kg, rel=1e-14)
    assert (one.duration_h, one.route) == (other.duration_h, other.route)
    assert str(by_rate) == "0.14 mg/kg/h esketamine IV over 90 min"


def test_a_stepped_infusion_is_then_and_then():
    # the steps of Kamp 2020, an hour each
    steps = [infusion(rate=f"{r} mg/kg/h", over="60 min") for r in (0.28, 0.57, 1.14)]
    stepped = steps[0].then(steps[1]).then(steps[2])
    assert [dose.start_h for dose in stepped.doses] == [0.0, 1.0, 2.0]
    assert sum(dose.amount.mg_per_kg for dose in stepped.doses) == pytest.approx(1.99, rel=1e-12)


def test_nasal_devices_keep_what_perezruixo_found():
    doses = intranasal("84 mg").doses
    assert [dose.amount.mg for dose in doses] == [28, 28, 28]
    assert [dose.start_h * 60 for dose in doses] == pytest.approx([0, 5, 10])
    # Effective fractions at 28, 56 and 84 mg printed with Perez-Ruixo 2021, to three digits, with
    # the share of a typical person, 0.54, which the model multiplies by.
    for mg, fraction in ((28, 0.540), (56, 0.437), (84, 0.403)):
        parts = intranasal(f"{mg} mg").doses
        kept_mg = sum(dose.amount.mg * dose.mucosal_share for dose in parts)
        assert 0.54 * kept_mg / mg == pytest.approx(fraction, abs=5e-4)


def test_a_part_of_a_device_is_the_last_one():
    assert [dose.amount.mg for dose in intranasal("70 mg").doses] == [28, 28, 14]


@pytest.mark.parametrize(
    ("give", "dose", "most"),
    [(intranasal, "1e20 mg", "2800 mg"), (intranasal, "2801 mg", "2800 mg"),
     (lambda dose: sublingual(dose, "esketamine"), "1e300 mg", "5000 mg")],
)  # fmt: skip
def test_more_devices_than_anybody_takes_are_refused(give, dose, most):
    with pytest.raises(UserError, match=rf"dose: '{dose}' takes more than 100 pieces.*{most}$"):
        give(dose)
    assert len(give(most).doses) == 100


@pytest.mark.parametrize("drug", ["ketamine", "arketamine"])
def test_a_spray_is_one_dose_whatever_its_size(drug):
    (one,) = intranasal("50 mg", drug).doses
    assert (one.amount.mg, one.mucosal_share, one.duration_h) == (50.0, 1.0, 0.0)
    (per_kg,) = intranasal("0.5 mg/kg", drug).doses
    assert per_kg.amount.mg_per_kg == 0.5


def test_what_a_drug_is_usually_given_as():
    assert oral("10 mg").doses[0].duration_h == 0.32
    assert sublingual("10 mg").doses[0].duration_h == 0.0
    assert sublingual("50 mg", "esketamine").doses[0].duration_h == pytest.approx(13.1 / 60)
    assert len(intranasal("56 mg", "esketamine").doses) == 2
    assert len(intranasal("56 mg", "esketamine", "nasal spray").doses) == 1


def test_a_release_is_no_longer_a_session():
    (slow,) = oral("40 mg", formulation="prolonged-release tablet").doses
    assert slow.duration_h == 6.0
    assert slow.session_end_h == 2.0
    (pumped,) = injection("10 mg", "sc", over="6 h").doses
    assert pumped.session_end_h == 6.0


def test_a_lag_delays_the_drug_and_not_the_session():
    (dose,) = oral("10 mg", lag="15 min").doses
    assert (dose.start_h, dose.enters_h) == (0.0, 0.25)


@pytest.mark.parametrize(
    ("regimen", "words"),
    [
        (oral("20 mg"), "20 mg ketamine oral"),
        (
            oral("60 mg", formulation="controlled release", lag="15 min").twice_weekly(weeks=12),
            "60 mg ketamine oral (prolonged-release tablet, 15 min lag), twice weekly for 12 weeks",
        ),
        (oral("20 mg", lag="0 min"), "20 mg ketamine oral"),
        (sublingual("25 mg"), "25 mg ketamine sublingual"),
        (sublingual("25 mg", formulation="Lozenge"), "25 mg ketamine sublingual (lozenge)"),
        (
            sublingual("57.7 mg", "esketamine", salt="hydrochloride"),
            "57.7 mg esketamine hydrochloride sublingual",
        ),
        (intranasal("56 mg"), "56 mg esketamine intranasal"),
        (injection("0.5 mg/kg"), "0.5 mg/kg ketamine SC"),
        (injection("100 mg", over="24 h"), "100 mg ketamine SC over 24 h"),
        (bolus("1 mg/kg"), "1 mg/kg ketamine IV bolus"),
    ],
    ids=str,
)
def test_words_read_like_a_protocol(regimen, words):
    assert str(regimen) == words


def test_routes():
    assert [make("10 mg").doses[0].route for make in (oral, bolus)] == ["oral", "iv"]
    assert injection("10 mg", "im").doses[0].route == "im"
    assert sublingual("10 mg").doses[0].route == "sublingual"
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
            lambda: intranasal("0.5 mg/kg"),
            "dose: '0.5 mg/kg' must be fixed, as '56 mg': one nasal device holds 28 mg",
        ),
        (
            lambda: infusion("1 mg", over="1 h", rate="1 mg/h"),
            "infusion: dose '1 mg' and rate '1 mg/h' are both given; choose one",
        ),
        (
            lambda: infusion(over="1 h"),
            "dose: missing; give dose='0.5 mg/kg' or rate='0.5 mg/kg/h'",
        ),
        (
            lambda: infusion("1 mg"),
            "over: missing; how long does it last, as in over='40 min'",
        ),
        (
            lambda: infusion(rate="-1 mg/h", over="1 h"),
            "rate: '-1 mg/h' is negative; a rate is zero or more",
        ),
        (lambda: infusion(rate="nan mg/h", over="1 h"), "rate: 'nan mg/h' is not a finite number"),
        (lambda: oral("nan mg"), "dose: 'nan mg' is not a finite number"),
        (lambda: oral("-2 mg"), "dose: '-2 mg' is negative; a dose is zero or more"),
        (
            lambda: oral("1 mg", lag="-5 min"),
            "lag: '-5 min' is negative; a length of time is positive",
        ),
        (
            lambda: oral("1 mg", formulation="tablett"),
            "formulation: unknown formulation 'tablett'; nearest: tablet",
        ),
        (
            lambda: oral("1 mg", formulation="film"),
            "formulation: film is no oral form of ketamine; choose from: "
            "oral solution, immediate-release tablet, prolonged-release tablet",
        ),
        (
            lambda: intranasal("28 mg", "arketamine", "nasal device"),
            "formulation: nasal device is no intranasal form of arketamine; "
            "choose from: nasal spray",
        ),
        (
            lambda: intranasal("5 mg", "midazolam"),
            "route: midazolam is not given intranasal here; its routes: IV, oral",
        ),
        (
            lambda: injection("5 mg", "sc", "midazolam"),
            "route: midazolam is not given SC here; its routes: IV, oral",
        ),
        (
            lambda: oral("5 mg", "norketamine"),
            "route: norketamine is not given oral here; its routes: IV, IM, SC, IP",
        ),
        (
            lambda: injection("10 mg", "ip", "NBQX", over="1 h"),
            "over: NBQX is given IP at once here, not slowly",
        ),
        (
            lambda: injection("1 mg", "sc", over="0 h"),
            "over: '0 h' has no length; for a dose given at once use bolus(...)",
        ),
        (
            lambda: injection("1 mg", "iv"),
            "route: 'iv' is no injection; choose from: im, ip, sc",
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


def test_a_device_is_a_session_that_holds_its_input_and_gives_nothing():
    course = device("ECT").thrice_weekly(weeks=4)
    assert len(course.doses) == len(course.holds) == 12
    assert all(dose.is_sham and dose.session for dose in course.doses)
    assert {hold.input for hold in course.holds} == {"u_ECT"}
    assert course.holds[1].start_h == 48.0
    assert not device("sham ECT").holds
    assert len(course.open_label().holds) == 24


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda: device("ketamine"), "drug: ketamine is no device; choose from: ECT, rTMS, "),
        (lambda: daily("ECT", weeks=1), "drug: ECT is given in sessions; use device('ECT')"),
        (lambda: bolus("1 mg", "rTMS"), "drug: rTMS is a device; use device('rTMS')"),
    ],
)
def test_devices_and_drugs_are_not_mixed_up(write, message):
    with pytest.raises(UserError) as told:
        write()
    assert str(told.value).startswith(message)
