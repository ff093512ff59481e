"""Engine events: areas, superposition, permutation, exact return to rest."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketasim.dosing import (
    Regimen,
    bolus,
    daily,
    delivered_mg,
    engine_events,
    hold,
    infusion,
    injection,
    intranasal,
    midazolam,
    oral,
    saline,
    sublingual,
)
from ketasim.engine.events import ADD_TO_STATE, SET_PARAMETER, Events
from ketasim.errors import UserError

KETAMINE = infusion("0.5 mg/kg", over="40 min")
NMOL_PER_MG = 1e6 / 237.73

weights = st.lists(st.floats(30, 200), min_size=1, max_size=6)
starts = st.floats(0, 50)
lengths = st.floats(0.05, 20)
milligrams = st.floats(0.5, 500)


def course(events: Events, name: str, person: int = 0) -> list[tuple[float, float]]:
    """Return (time h, value) of one target of one individual."""
    mine = events.rows(person, person + 1)
    rows = zip(mine.time, mine.target, mine.value, strict=True)
    return [(float(t), float(v)) for t, target, v in rows if mine.targets[target] == name]


def level(events: Events, name: str, at_h: float) -> float:
    """Return the value of a target set at or before ``at_h``, 0 before any."""
    return next((v for t, v in reversed(course(events, name)) if t <= at_h), 0.0)


def dose(mg: float, length_h: float, start_h: float) -> Regimen:
    return infusion(f"{mg!r} mg", over=f"{length_h!r} h").delay(f"{start_h!r} h")


def test_half_a_milligram_per_kilogram_by_hand():
    events = engine_events(KETAMINE, [70.0])
    rate = 0.5 * 70 / 2 * NMOL_PER_MG / (40 / 60)
    for name in ("rate_S_iv", "rate_R_iv"):
        # 3e-9: event times lie on a grid of 3.4 microseconds, the infusion lasts 2400 s
        assert course(events, name) == [
            (0.0, pytest.approx(rate, rel=3e-9)),
            (pytest.approx(40 / 60, rel=3e-9), 0.0),
        ]
    assert course(events, "u_session") == [(0.0, 1.0), (2.0, 0.0)]


def test_esketamine_reaches_only_its_enantiomer():
    events = engine_events(infusion("28 mg", over="40 min", drug="esketamine"), [70.0])
    assert events.targets == ("rate_S_iv", "u_session")


def test_each_way_in_has_its_own_target():
    half = 35 * NMOL_PER_MG
    ways = {
        "A1_S": bolus("70 mg"),
        "Aim_S": injection("70 mg", "im"),
        "Anas_S": intranasal("70 mg", "ketamine"),
        "Asl_S": sublingual("70 mg"),
    }
    for name, regimen in ways.items():
        events = engine_events(regimen, [50.0])
        assert events.targets == (name.replace("_S", "_R"), name, "u_session")
        assert course(events, name) == [(0.0, pytest.approx(half, rel=1e-14))]
    slow = {
        "rate_S_iv": infusion("70 mg", over="2 h"),
        "rate_S_im": injection("70 mg", "sc", over="2 h"),
        "rate_S_po": oral("70 mg", formulation="immediate-release tablet"),
        "rate_S_sl": sublingual("70 mg", formulation="lozenge"),
    }
    for name, regimen in slow.items():
        (begun, ended) = course(engine_events(regimen, [50.0]), name)
        assert begun[1] * ended[0] == pytest.approx(half, rel=1e-14)
        assert ended[1] == 0.0


def test_a_device_is_all_in_the_nose_and_a_later_one_partly_swallowed():
    one = 28 * NMOL_PER_MG
    events = engine_events(intranasal("84 mg"), [70.0])
    times = [0.0, 5 / 60, 10 / 60]
    up, down = course(events, "Anas_S"), course(events, "Agut_S")
    assert [t for t, _ in up] == pytest.approx(times, abs=1e-9)
    assert [v for _, v in up] == pytest.approx([one, 0.62 * one, 0.62 * one], rel=1e-14)
    assert [t for t, _ in down] == pytest.approx(times[1:], abs=1e-9)
    assert [v for _, v in down] == pytest.approx([0.38 * one, 0.38 * one], rel=1e-14)


def test_a_lag_moves_the_release():
    events = engine_events(oral("70 mg", formulation="PR tablet", lag="15 min"), [70.0])
    assert [t for t, _ in course(events, "rate_S_po")] == [0.25, 6.25]
    assert course(events, "u_session") == [(0.0, 1.0), (2.0, 0.0)]


def test_films_overlap_without_loss():
    twice = sublingual("50 mg", "esketamine").repeat(every="5 min", times=2)
    events = engine_events(twice, [70.0])
    rates = [v for _, v in course(events, "rate_S_sl")]
    assert rates[1] == pytest.approx(2 * rates[0], rel=1e-14)
    assert rates[-1] == 0.0


def test_a_drug_is_clamped_unless_the_model_has_its_kinetics():
    session = midazolam("0.07 mg/kg", over="1 h")
    clamped = engine_events(session, [70.0])
    assert clamped.targets == ("u_midazolam", "u_session")
    dosed = engine_events(session, [70.0], ["nmda", "midazolam"])
    assert dosed.targets == ("rate_midazolam_iv", "u_session")
    nmol = 0.07 * 70 * 1e6 / 325.77
    assert course(dosed, "rate_midazolam_iv") == [(0.0, pytest.approx(nmol, rel=1e-14)), (1.0, 0.0)]
    memantine = engine_events(oral("16.6 mg", "memantine"), [70.0])
    assert memantine.targets == ("Agut_memantine",), "a tablet at home is no session"


def test_sham_sessions():
    assert engine_events(saline(), [70.0]).targets == ("u_session",)
    clamped = engine_events(midazolam(), [70.0])
    assert clamped.targets == ("u_midazolam", "u_session")
    assert course(clamped, "u_midazolam") == [(0.0, 1.0), (2.0, 0.0)]


def test_a_long_infusion_is_a_session_to_its_end():
    assert course(engine_events(infusion("1 mg", over="5 h"), [70.0]), "u_session")[-1][0] == 5.0


def test_exposure_over_weeks():
    events = engine_events(daily("SSRI", weeks=8), [70.0])
    assert course(events, "u_SSRI") == [(0.0, 1.0), (8 * 168.0, 0.0)]


def test_engine_clock_starts_at_the_earliest_step():
    blocked = hold("u_NBQX", for_="8 h", at="-30 min") + KETAMINE
    events = engine_events(blocked, [70.0])
    assert course(events, "u_NBQX") == [(0.0, 1.0), (8.0, 0.0)]
    assert course(events, "rate_S_iv")[0][0] == 0.5


def test_touching_and_overlapping_holds():
    twice = hold("u_rapa", for_="1 h") + hold("u_rapa", for_="1 h", at="1 h")
    assert course(engine_events(twice, [70.0]), "u_rapa") == [(0.0, 1.0), (2.0, 0.0)]
    strong = hold("u_rapa", 0.3, for_="3 h") + hold("u_rapa", 0.9, for_="1 h", at="1 h")
    expected = [(0.0, 0.3), (1.0, 0.9), (2.0, 0.3), (3.0, 0.0)]
    assert course(engine_events(strong, [70.0]), "u_rapa") == expected


def test_a_hold_returns_to_its_own_rest():
    events = engine_events(hold("f_IN", 0.2, for_="1 h", rest=1.0), [70.0])
    assert course(events, "f_IN") == [(0.0, 0.2), (1.0, 1.0)]


def test_overlapping_holds_compare_departures_from_rest():
    both = hold("f_IN", 0.9, for_="3 h", rest=1.0) + hold("f_IN", 0.2, for_="1 h", rest=1.0)
    expected = [(0.0, 0.2), (1.0, 0.9), (3.0, 1.0)]
    assert course(engine_events(both, [70.0]), "f_IN") == expected


def test_any_input_of_the_model_may_be_held():
    assert course(engine_events(hold("bX", 130, for_="1 h"), [70.0]), "bX")[0] == (0.0, 130.0)


def test_ratios_of_one_input_multiply():
    halved = hold("act_3A", 0.5, for_="2 h", rest=1.0, combine="multiply")
    tripled = hold("act_3A", 3.0, for_="2 h", at="1 h", rest=1.0, combine="multiply")
    expected = [(0.0, 0.5), (1.0, 1.5), (2.0, 3.0), (3.0, 1.0)]
    assert course(engine_events(halved + tripled, [70.0]), "act_3A") == expected


def test_two_rests_of_one_input_are_refused():
    both = hold("f_IN", 0.2, for_="1 h", rest=1.0) + hold("f_IN", 0.2, for_="1 h")
    with pytest.raises(UserError, match=r"^hold: f_IN is given two resting values, 1 and 0$"):
        engine_events(both, [70.0])


def test_back_to_back_infusions_need_no_pause():
    # 3e-9: the grid of event times, as above
    joined = infusion("1 mg", over="20 min") + infusion("1 mg", over="20 min").delay("20 min")
    events = engine_events(joined, [70.0])
    values = [v for _, v in course(events, "rate_S_iv")]
    assert values[-1] == 0.0
    assert 0.0 not in values[:-1]
    assert values[0] == pytest.approx(values[-2], rel=3e-9)


@settings(max_examples=60, deadline=None)
@given(mg=milligrams, length_h=lengths, start_h=starts, pieces=st.integers(2, 7))
def test_splitting_an_infusion_changes_nothing(mg, length_h, start_h, pieces):
    whole = dose(mg, length_h, start_h)
    split = Regimen()
    for k in range(pieces):
        split += dose(mg / pieces, length_h / pieces, start_h + k * length_h / pieces)
    one, many = (engine_events(r, [70.0]) for r in (whole, split))
    assert delivered_mg(many)[0] == pytest.approx(delivered_mg(one)[0], rel=1e-9)
    assert delivered_mg(one)[0] == pytest.approx(mg, rel=1e-9)
    # the rate itself is the same throughout: pieces are at least 25 s, the grid 3.4 us
    for at_h in start_h + length_h * np.linspace(0.01, 0.99, 9):
        rates = level(many, "rate_S_iv", at_h), level(one, "rate_S_iv", at_h)
        assert rates[0] == pytest.approx(rates[1], rel=1e-6)
    assert course(many, "rate_S_iv")[-1][1] == 0.0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(milligrams, lengths, starts), min_size=1, max_size=6))
def test_superposition_and_exact_return_to_zero(parts):
    regimens = [dose(*part) for part in parts]
    total = regimens[0]
    for other in regimens[1:]:
        total += other
    events = engine_events(total, [70.0])
    alone = [engine_events(r, [70.0]) for r in regimens]
    for at_h, rate in course(events, "rate_R_iv"):
        assert rate == pytest.approx(sum(level(e, "rate_R_iv", at_h) for e in alone), rel=1e-12)
    assert course(events, "rate_R_iv")[-1][1] == 0.0
    backwards = regimens[-1]
    for other in regimens[-2::-1]:
        backwards += other
    assert course(engine_events(backwards, [70.0]), "rate_R_iv") == course(events, "rate_R_iv")


@settings(max_examples=40, deadline=None)
@given(weights, st.randoms())
def test_permuting_individuals_permutes_events(weight_kg, random):
    order = list(range(len(weight_kg)))
    random.shuffle(order)
    regimen = KETAMINE.weekly(weeks=3) + oral("20 mg")
    straight = engine_events(regimen, weight_kg)
    shuffled = engine_events(regimen, [weight_kg[k] for k in order])
    for place, k in enumerate(order):
        mine, same = shuffled.rows(place, place + 1), straight.rows(k, k + 1)
        assert np.array_equal(mine.value, same.value)
        assert np.array_equal(mine.time, same.time)


@settings(max_examples=40, deadline=None)
@given(weights, st.floats(0.1, 10))
def test_scaling_weight_scales_the_amount(weight_kg, factor):
    once = delivered_mg(engine_events(KETAMINE, weight_kg))
    scaled = delivered_mg(engine_events(KETAMINE, np.multiply(weight_kg, factor)))
    assert scaled == pytest.approx(once * factor, rel=1e-12)


@pytest.mark.parametrize(
    "regimen",
    [infusion("0 mg/kg", over="40 min"), bolus("0 mg"), oral("0 mg/kg"), intranasal("0 mg")],
)
def test_zero_dose_is_no_event(regimen):
    events = engine_events(regimen, [70.0, 80.0])
    assert len(events.time) == 0
    assert events.offsets.tolist() == [0, 0, 0]


def test_a_regimen_each_equals_one_at_a_time():
    each = [KETAMINE, saline(), hold("u_NBQX", for_="1 h", at="-1 h") + bolus("10 mg"), KETAMINE]
    together = engine_events(each, [60.0, 70.0, 80.0, 90.0])
    assert course(together, "rate_S_iv", 0)[0][0] == 1.0  # one clock for all
    assert course(together, "rate_S_iv", 3)[0][1] == pytest.approx(
        1.5 * course(together, "rate_S_iv", 0)[0][1], rel=1e-12
    )
    assert course(together, "rate_S_iv", 1) == []
    assert course(together, "A1_R", 2) == [(1.0, pytest.approx(5 * NMOL_PER_MG))]


def test_layout_is_what_the_engine_takes():
    events = engine_events(KETAMINE + bolus("1 mg") + oral("1 mg/kg"), np.array([60.0, 70.0]))
    assert (events.offsets.dtype, events.time.dtype) == (np.int64, np.float64)
    assert (events.kind.dtype, events.target.dtype) == (np.int8, np.int32)
    assert set(events.kind.tolist()) == {SET_PARAMETER, ADD_TO_STATE}
    for k in range(2):
        assert np.all(np.diff(events.rows(k, k + 1).time) >= 0)


def test_ten_thousand_individuals_in_well_under_a_second():
    regimen = KETAMINE.repeat(every="84 h", times=17)
    weight_kg = np.linspace(40, 140, 10_000)
    start = time.perf_counter()
    events = engine_events(regimen, weight_kg)
    assert time.perf_counter() - start < 1.0  # 0.07 s on two loaded cores
    assert len(events.time) == 10_000 * 102


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: engine_events(KETAMINE, [70.0, float("nan")]),
            "weight_kg: nan of individual 1 is not positive",
        ),
        (lambda: engine_events(KETAMINE, [0.0]), "weight_kg: 0 of individual 0 is not positive"),
        (
            lambda: engine_events([KETAMINE], [70.0, 80.0]),
            "regimen: 1 regimens for 2 individuals",
        ),
    ],
)
def test_mistakes_are_told_in_one_line(call, message):
    with pytest.raises(UserError) as caught:
        call()
    assert str(caught.value) == message
