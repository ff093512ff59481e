"""Exposures without a dose: daily drugs, holds and baths."""

import pytest

from ketasim.dosing import bath, bolus, daily, engine_events, hold, interactions
from ketasim.errors import UserError


def course(regimen, name):
    events = engine_events(regimen, [70.0])
    rows = zip(events.time, events.target, events.value, strict=True)
    return [(float(t), float(v)) for t, target, v in rows if events.targets[target] == name]


def factor(drug, target):
    (found,) = (i.factor for i in interactions() if (i.drug, i.target) == (drug, target))
    return found


def test_daily_exposure_is_a_hold():
    (step,) = daily("SSRI", weeks=8, at="-1 week").holds
    assert (step.input, step.value, step.start_h, step.end_h) == ("u_SSRI", 1.0, -168.0, 7 * 168.0)


def test_an_enzyme_inhibitor_multiplies_its_enzymes():
    steps = daily("clarithromycin", for_="4 days", at="-3 days").holds
    assert {step.input: step.value for step in steps} == {
        target: factor("clarithromycin", target) for target in ("act_3A", "act_gut")
    }
    assert {(step.rest, step.combine, step.start_h, step.end_h) for step in steps} == {
        (1.0, "multiply", -72.0, 24.0)
    }


def test_two_inhibitors_multiply_while_both_are_there():
    both = daily("clarithromycin", for_="4 days") + daily("itraconazole", for_="4 days", at="2 d")
    first, second = factor("clarithromycin", "act_3A"), factor("itraconazole", "act_3A")
    assert course(both, "act_3A") == [
        (0.0, first),
        (48.0, pytest.approx(first * second, rel=1e-15)),
        (96.0, second),
        (144.0, 1.0),
    ]


def test_inhibitor_and_inducer_in_either_order_are_the_same():
    one, other = daily("rifampicin", for_="2 d"), daily("clarithromycin", for_="2 d")
    product = factor("rifampicin", "act_gut") * factor("clarithromycin", "act_gut")
    (start, end) = course(one + other, "act_gut")
    assert (start, end) == ((0.0, pytest.approx(product)), (48.0, 1.0))
    assert course(other + one, "act_gut") == [start, end]


def test_hold_takes_an_input_or_a_drug():
    assert hold("NBQX", for_="8 h").holds == hold("u_NBQX", for_="8 h").holds


def test_hold_takes_a_concentration_where_the_input_is_one():
    (step,) = hold("memantine", "1 uM", for_="2 h").holds
    assert (step.input, step.value) == ("bX", 1000.0)
    (mass,) = hold("memantine", "179.3 ng/mL", for_="2 h").holds
    assert mass.value == pytest.approx(1000.0, rel=1e-14)
    assert hold("bX", "0.5 µM", for_="1 h").holds[0].value == 500.0


@pytest.mark.parametrize(
    ("drug", "levels"),
    [
        ("ketamine", {"bS": 5000.0, "bR": 5000.0}),
        ("esketamine", {"bS": 10000.0}),
        ("arketamine", {"bR": 10000.0}),
        ("norketamine", {"bNS": 5000.0, "bNR": 5000.0}),
        ("(2R,6R)-hydroxynorketamine", {"bHR": 10000.0}),
        ("(2S,6S)-HNK", {"bHS": 10000.0}),
        ("memantine", {"bX": 10000.0}),
    ],
)
def test_a_bath_holds_unbound_concentrations_and_is_washed_out(drug, levels):
    regimen = bath("10 uM", drug, for_="1 h", at="30 min")
    assert {step.input: step.value for step in regimen.holds} == levels
    for name, level in levels.items():
        assert course(regimen, name) == [(0.5, level), (1.5, 0.0)]
    assert str(regimen).startswith("10 uM ")
    assert str(regimen).endswith(" in the bath for 1 h from 30 min")


def test_baths_add_up():
    both = bath("2 uM", "ketamine", for_="1 h") + bath("3 uM", "esketamine", for_="2 h")
    assert course(both, "bS") == [(0.0, 4000.0), (1.0, 3000.0), (2.0, 0.0)]
    assert course(both, "bR") == [(0.0, 1000.0), (1.0, 0.0)]


def test_concentrations_by_mass_use_the_molar_mass():
    ketamine, hnk = bath("237.73 ng/mL", for_="1 h"), bath("2.397 mg/L", "HNK", for_="1 h")
    assert sum(step.value for step in ketamine.holds) == pytest.approx(1000.0, rel=1e-14)
    assert sum(step.value for step in hnk.holds) == pytest.approx(10000.0, rel=1e-14)


def test_rules_of_one_input_must_agree():
    both = daily("clarithromycin", for_="1 d") + hold("act_3A", 0.5, for_="1 d", rest=1.0)
    with pytest.raises(UserError) as caught:
        engine_events(both, [70.0])
    assert str(caught.value) == (
        "hold: act_3A is combined in two ways, 'multiply' and 'farthest'; choose one"
    )
    said = hold("act_3A", 0.5, for_="1 d", rest=1.0, combine="multiply")
    both = daily("clarithromycin", for_="1 d") + said
    half = 0.5 * factor("clarithromycin", "act_3A")
    assert course(both, "act_3A") == [(0.0, pytest.approx(half, rel=1e-15)), (24.0, 1.0)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: daily("ketamine", weeks=2),
            "drug: ketamine is not a clamped exposure; "
            "use oral(...).repeat(every='24 h', times=...)",
        ),
        (lambda: daily("SSRI"), "daily: give either weeks=8 or for_='10 days'"),
        (
            lambda: daily("clarithromicin", weeks=1),
            "drug: unknown drug 'clarithromicin'; nearest: clarithromycin",
        ),
        (
            lambda: daily("norketamine", weeks=2),
            "drug: norketamine is not taken daily here; use bath('10 uM', 'norketamine', for_=...)",
        ),
        (
            lambda: hold("ketamine", for_="1 h"),
            "hold: ketamine has kinetics; give it as a dose or in a bath(...)",
        ),
        (
            lambda: hold("clarithromycin", for_="1 h"),
            "hold: clarithromycin is no single input; use daily('clarithromycin', for_=...)",
        ),
        (
            lambda: hold("u_NBQX", float("nan"), for_="1 h"),
            "hold: value nan of u_NBQX is not a finite number",
        ),
        (
            lambda: hold("NBQX", "10 uM", for_="1 h"),
            "hold: u_NBQX is no concentration; give a number instead of '10 uM'",
        ),
        (
            lambda: hold("act_3A", 0.5, for_="1 h", combine="multiply"),
            "rest: 0.0 of act_3A cannot be a resting value to multiply from",
        ),
        (
            lambda: hold("act_3A", 0.5, for_="1 h", rest=1.0, combine="multiplied"),
            "combine: unknown rule 'multiplied'; nearest: multiply",
        ),
        (
            lambda: bath("10", for_="1 h"),
            "concentration: '10' has no unit; write for instance '10 uM'",
        ),
        (
            lambda: bath("-1 uM", for_="1 h"),
            "concentration: '-1 uM' is negative; a concentration is zero or more",
        ),
        (lambda: bath("10 mg", for_="1 h"), "concentration: unknown unit 'mg'; nearest: mg/L"),
        (
            lambda: bath("1 uM", for_="0 h"),
            "for_: '0 h' has no length; it must last some milliseconds at least",
        ),
        (
            lambda: bath("1 uM", "NBQX", for_="1 h"),
            "bath: NBQX has no concentration in the model; use hold('NBQX', for_=...)",
        ),
        (
            lambda: bath("1 uM", "rifampicin", for_="1 h"),
            "bath: rifampicin has no concentration in the model; use daily('rifampicin', for_=...)",
        ),
        (
            lambda: bolus("1 mg", "rifampicin"),
            "drug: rifampicin has no kinetics; use daily('rifampicin', weeks=...)",
        ),
    ],
)
def test_mistakes_are_told_in_one_line(call, message):
    with pytest.raises(UserError) as caught:
        call()
    assert str(caught.value) == message
