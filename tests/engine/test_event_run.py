"""Events against what can be worked out by hand."""

from __future__ import annotations

import re

import numpy as np
import pytest

from ketasim.engine.dose_table import Dose
from ketasim.engine.event_run import Limits
from ketasim.engine.sbml_run import run_sbml
from ketasim.errors import UserError
from tests.engine import models


def run(text, times, outputs, **more):
    """Return the values of a model in Antimony, shape (n_times, n_outputs)."""
    course = run_sbml(models.sbml(f"model m\n{text}\nend"), np.array(times, float),
                      outputs=outputs, **more)[1]  # fmt: skip
    assert course.status == "ok"
    return course.values


def test_a_condition_on_a_state_acts_when_it_comes_true():
    x = run(
        "x = 4; x' = -x; at x < 1: x = x + 3;", [np.log(4) - 1e-6, np.log(4) + 1e-6, 2.0], ["x"]
    )
    # decays from 4 to 1 in ln 4, then starts from 4 again
    np.testing.assert_allclose(x[:, 0], [1, 4, 16 * np.exp(-2)], rtol=3e-6)


def test_a_bouncing_ball_bounces_when_it_should():
    text = "g = 9.81; h = 10; v = 0; h' = v; v' = -g; n = 0; at h < 0: v = -0.8*v, n = n + 1;"
    fall = np.sqrt(2 * 10 / 9.81)
    impact = fall * (1 + 2 * 0.8 * np.array([0, 1, 1.8, 2.44]))
    bounces = run(text, sorted([*(impact - 1e-6), *(impact + 1e-6)]), ["n"])
    np.testing.assert_array_equal(bounces[:, 0], [0, 1, 1, 2, 2, 3, 3, 4])


def test_at_its_own_time_an_event_has_acted_unless_the_condition_is_strict():
    text = "a = 0; b = 0; at time >= 2: a = 1; at time > 2: b = 1;"
    np.testing.assert_array_equal(run(text, [1.9, 2, 2.1], ["a", "b"]), [[0, 0], [1, 0], [1, 1]])


def test_an_event_waits_for_its_delay_and_takes_the_values_that_it_should():
    text = """x = 1; x' = 1; a = 0; b = 0;
        at 2 after time >= 3, fromTrigger=true: a = x;
        at 2 after time >= 3, fromTrigger=false: b = x;"""
    np.testing.assert_allclose(run(text, [4.9, 5.0], ["a", "b"]), [[0, 0], [4, 6]], rtol=1e-9)


@pytest.mark.parametrize(("persistent", "acted"), [("true", 1), ("false", 0)])
def test_only_a_persistent_event_outlives_its_condition(persistent, acted):
    text = f"n = 0; at 2 after (time > 1 && time < 2), persistent={persistent}: n = n + 1;"
    np.testing.assert_array_equal(run(text, [2.9, 3.1], ["n"])[:, 0], [0, acted])


@pytest.mark.parametrize(("t0", "acted"), [("true", 0), ("false", 1)])
def test_a_condition_that_holds_at_the_start_acts_only_where_told_so(t0, acted):
    np.testing.assert_array_equal(
        run(f"n = 0; at time >= 0, t0={t0}: n = 1;", [0, 1], ["n"]), [[acted]] * 2
    )


def test_the_higher_priority_acts_first_and_may_stop_the_other():
    first = """x = 1; at time > 1, priority = 2, fromTrigger=false: x = x + 10;
        at time > 1, priority = 5, fromTrigger=false: x = 2*x;"""
    np.testing.assert_array_equal(run(first, [2], ["x"]), [[12]])
    stopped = """x = 1; a = 0; b = 0;
        at time > 1 && x == 1, priority = 5: a = 1, x = 2;
        at time > 1 && x == 1, priority = 2, persistent=false: b = 1;"""
    np.testing.assert_array_equal(run(stopped, [2], ["a", "b"]), [[1, 0]])


def test_assignments_of_one_event_are_simultaneous():
    np.testing.assert_array_equal(
        run("a = 1; b = 2; at time > 1: a = b, b = a;", [2], ["a", "b"]), [[2, 1]]
    )


def test_one_event_sets_off_another_at_once():
    text = "a = 0; b = 0; c = 0; at time >= 1: a = 1; at a > 0.5: b = 1; at b > 0.5: c = 1;"
    np.testing.assert_array_equal(run(text, [1], ["a", "b", "c"]), [[1, 1, 1]])


@pytest.mark.parametrize("what", ["x == 2", "!(x != 2)", "time == 2"])
def test_an_instant_of_equality_is_not_missed(what):
    text = f"n = 0; x = 0; x' = 0.5 + 0.25*x; at {what}: n = n + 1;"
    when = 4 * np.log(2) if "x" in what else 2.0
    np.testing.assert_array_equal(run(text, [when - 1e-6, when + 1e-6, 5], ["n"])[:, 0], [0, 1, 1])


def test_a_short_dip_below_a_threshold_within_one_step_is_found():
    # the sine is below -0.999999 for 2.8 ms around 1.5 pi, far less than a step
    text = "n = 0; s = 0; c = 1; s' = c; c' = -s; at s < -0.999999: n = n + 1;"
    n = run(text, [4.70, 4.72], ["n"])
    np.testing.assert_array_equal(n[:, 0], [0, 1])


def test_a_narrow_pulse_in_time_is_not_stepped_over():
    text = "x = 0; x' = piecewise(1000, time > 700.1 && time < 700.101, 0);"
    np.testing.assert_allclose(run(text, [700, 1000], ["x"])[:, 0], [0, 1], rtol=1e-9)


def test_a_changed_compartment_keeps_amounts():
    text = """compartment c = 2; species S in c; S = 3; k = 0.5; J: S -> ; k*S*c;
        species $R in c; R = 5; at time >= 1: c = 4;"""
    values = run(text, [1 - 1e-9, 1, 2], ["S", "R"])
    decay = np.exp(-0.5)
    np.testing.assert_allclose(values[:, 0], [3 * decay, 1.5 * decay, 1.5 * decay**2], rtol=1e-7)
    np.testing.assert_allclose(values[:, 1], [5, 2.5, 2.5], rtol=1e-12)


def test_ties_are_drawn_the_same_way_in_every_run_and_not_always_alike():
    text = """n = 0; last = 0; r = 0; x = 0; x' = 1; at x > 1: x = 0, n = n + 1;
        at n > r + 0.5, priority=1, persistent=false: r = n, last = last*2;
        at n > r + 0.5, priority=1, persistent=false: r = n, last = last*2 + 1;"""
    one = run(text, [20.5], ["n", "last"])
    assert one[0, 0] == 20
    assert 0 < one[0, 1] < 2**20 - 1
    np.testing.assert_array_equal(one, run(text, [20.5], ["n", "last"]))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a = 0; at time > 1 && a < 1: a = 1; at a >= 1: a = 0;", "too many events|without end"),
        ("x = 1; x' = x^2;", "not finite|too small"),
        ("x = 1; x' = -1; at x < 0.5: x = 0.5 + 1e-7;", "too many events"),
        ("x = 1; d = -1; n = 0; at d after time > 1: n = 1;", "delay -1 at time 1"),
    ],
)
def test_a_run_that_cannot_go_on_says_why(text, why):
    limits = Limits(most_events=1000)
    course = run_sbml(
        models.sbml(f"model m\n{text}\nend"), np.array([0, 0.25, 3.0]), limits=limits
    )[1]
    assert re.search(why, course.status)
    assert np.isfinite(course.values[:2]).all()
    assert np.isnan(course.values[2]).all()


def test_doses_add_amounts_and_infusions_overlap():
    text = "compartment c = 2; species A in c; A = 0; k = 0.25; J: A -> ; k*A*c;"
    doses = [Dose(1, "A", 10), Dose(2, "A", 6, 3), Dose(4, "A", 4, 2)]
    got = run(text, [1, 2, 4, 5, 6, 9], ["A"], doses=doses)[:, 0]

    def infused(t, start, amount, duration):
        return models.infusion_in_one_compartment(
            np.maximum(np.array(t) - start, 0), amount / duration, duration, 0.5, 2.0)  # fmt: skip

    t = np.array([1, 2, 4, 5, 6, 9.0])
    want = (
        np.where(t > 1, 5 * np.exp(-0.25 * (t - 1)), 0) + infused(t, 2, 6, 3) + infused(t, 4, 4, 2)
    )
    np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-12)


def test_a_rate_parameter_takes_a_dose_by_its_duration():
    got = run(models.ONE_COMPARTMENT.split("\n", 2)[2].rsplit("end", 1)[0], [2.5, 10], ["c"],
              doses=[Dose(0, "rate", 100, 2.5)])[:, 0]  # fmt: skip
    want = models.infusion_in_one_compartment(np.array([2.5, 10]), 40.0, 2.5, 5.0, 20.0)
    np.testing.assert_allclose(got, want, rtol=1e-7)


@pytest.mark.parametrize(
    ("dose", "message"),
    [
        (Dose(0, "y", 1), "'y' is no species.*choose from: k, n, x"),
        (Dose(0, "k", 1), "takes a rate"),
        (Dose(0, "n", 1), "assigned by an event"),
    ],
)
def test_a_dose_that_does_not_fit_is_told(dose, message):
    text = models.sbml("model m\n k = 1; x = 1; x' = -k*x; n = 0; at x < 0.5: n = 1; end")
    with pytest.raises(UserError, match=message):
        run_sbml(text, np.array([1.0]), doses=[dose])


def test_values_at_the_start_can_be_given():
    text = "compartment c = 2; species A in c; A = 3; k = 1; J: A -> ; k*A*c; z := 2*A;"
    got = run(text, [0, 1], ["A", "z"], values={"A": 7, "k": 0.5, "c": 4})
    np.testing.assert_allclose(got[:, 0], [7, 7 * np.exp(-0.5)], rtol=1e-7)
    for name, message in (("z", "follows from a rule"), ("kk", "nearest: k")):
        with pytest.raises(UserError, match=message):
            run(text, [1], ["A"], values={name: 1.0})


def test_the_slower_method_takes_over_and_agrees():
    text = models.sbml(models.ROBERTSON.replace("end", " n = 0; at a < 0.9: n = 1; end"))
    times = np.array([0.1, 10.0, 40.0])
    good = run_sbml(text, times, outputs=["a", "b", "n"])[1]
    from ketasim.engine.event_model import event_model
    from ketasim.engine.event_run import EventRun
    from ketasim.engine.sbml_reading import read_sbml
    from ketasim.engine.steps import ScipySteps

    model = event_model(read_sbml(text, events=True), ["a", "b", "n"])
    for method in ("Radau", "LSODA"):
        other = EventRun(model, times, Limits()).run(
            lambda one, largest, m=method: ScipySteps(one, 1e-8, 1e-14, largest, m)
        )
        assert (good.status, other.status) == ("ok", "ok")
        np.testing.assert_allclose(other.values, good.values, rtol=1e-5)
