"""Ensembles against closed forms, SciPy and themselves."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from ketasim import UserError
from ketasim.engine import Events, compile_model, solve_ensemble
from tests.engine import models

TIGHT = {"rtol": 1e-9, "atol": 1e-14}


def one_row(time, kind, target, value, targets, n=1):
    m = len(time)
    return Events(
        np.arange(n + 1) * m,
        np.tile(np.asarray(time, float), n),
        np.tile(np.asarray(kind, np.int8), n),
        np.tile(np.asarray(target, np.int32), n),
        np.tile(np.asarray(value, float), n),
        tuple(targets),
    )


@pytest.fixture(scope="module")
def one():
    return compile_model(models.sbml(models.ONE_COMPARTMENT), ["c", "A"])


def test_an_infusion_follows_its_closed_form(one):
    times = np.linspace(0, 48, 97)
    events = one_row([0, 2.5], [0, 0], [0, 0], [40.0, 0.0], ["rate"])
    got = solve_ensemble(one, times, events=events, **TIGHT)
    want = models.infusion_in_one_compartment(times, 40.0, 2.5, 5.0, 20.0)
    # the tolerance of each step is 1e-9; 48 h are some 60 steps
    np.testing.assert_allclose(got.values[0, :, 0], want, rtol=1e-7, atol=1e-12)


def test_a_bolus_adds_to_its_state_and_outputs_at_its_time_come_before_it(one):
    times = np.array([0.0, 1.0, 4.0, 6.0])
    events = one_row([1.0, 4.0], [1, 1], [0, 0], [10.0, 5.0], ["A"])
    a = solve_ensemble(one, times, events=events, **TIGHT).values[0, :, 1]
    decay = np.exp(-0.25 * 3)
    np.testing.assert_allclose(a, [0, 0, 10 * decay, (10 * decay + 5) * np.exp(-0.5)], rtol=1e-8)


def test_events_at_one_time_act_in_order_and_events_after_the_end_do_nothing(one):
    events = one_row([0, 0, 99], [0, 0, 1], [0, 0, 1], [7.0, 3.0, 1e6], ["rate", "A"])
    got = solve_ensemble(one, np.array([200.0 / 7, 50.0]), events=events, **TIGHT).values[0, :, 1]
    np.testing.assert_allclose(got, 12 * (1 - np.exp(-0.25 * np.array([200 / 7, 50]))), rtol=1e-8)


@pytest.mark.parametrize("text", [models.VAN_DER_POL, models.ROBERTSON])
def test_stiff_problems_agree_with_scipy(text):
    model = compile_model(models.sbml(text), ["x", "y"] if "mu" in text else ["a", "b", "c"])
    times = np.linspace(0, 40, 41)

    def vdp(t, s):
        return [s[1], 50 * (1 - s[0] ** 2) * s[1] - s[0]]

    def rober(t, s):
        a, b, c = s
        return [-0.04 * a + 1e4 * b * c, 0.04 * a - 1e4 * b * c - 3e7 * b**2, 3e7 * b**2]

    rates, start = (vdp, [2.0, 0.0]) if "mu" in text else (rober, [1.0, 0.0, 0.0])
    truth = solve_ivp(rates, (0, 40), start, "Radau", times, rtol=1e-11, atol=1e-14).y.T
    got = solve_ensemble(model, times, rtol=1e-7, atol=1e-13).values[0]
    # relative to each state's largest value; van der Pol magnifies errors at its jumps
    assert np.max(np.abs(got - truth) / np.abs(truth).max(axis=0)) < 2e-5


def test_a_tighter_tolerance_gives_a_smaller_error():
    model = compile_model(models.sbml(models.ROBERTSON), ["a", "b", "c"])
    times = np.linspace(0, 40, 41)
    truth = solve_ensemble(model, times, rtol=1e-11, atol=1e-16).values
    errors = [
        np.abs(solve_ensemble(model, times, rtol=rtol, atol=1e-14).values - truth).max()
        for rtol in (1e-3, 1e-5, 1e-7)
    ]
    assert errors[0] > 5 * errors[1] > 25 * errors[2]


def test_interpolated_outputs_are_as_good_as_landed_ones():
    model = compile_model(models.sbml("model m\n x = 1; x' = -x + sin(time); end"), ["x"])
    dense = np.linspace(0, 20, 4001)
    got = solve_ensemble(model, dense, rtol=1e-6, atol=1e-12, largest_step=0.5).values[0, :, 0]
    want = 1.5 * np.exp(-dense) + 0.5 * (np.sin(dense) - np.cos(dense))
    assert np.abs(got - want).max() < 5e-6


def population(n: int):
    generator = np.random.default_rng(7)
    k = np.exp(generator.normal(0, 0.7, (3, n)))
    return {"k1": 0.04 * k[0], "k2": 3e7 * k[1], "k3": 1e4 * k[2]}


@pytest.fixture(scope="module")
def robertson():
    return compile_model(models.sbml(models.ROBERTSON), ["a", "b", "c"])


def test_results_are_bitwise_the_same_for_any_threads_and_chunks(robertson, monkeypatch):
    people, times = population(701), np.linspace(0, 40, 21)
    one = solve_ensemble(robertson, times, varying=people, threads=1).values
    for chunk, threads in ((512, 2), (1, 2), (37, 1), (64, 3)):
        monkeypatch.setattr("ketasim.engine.ensemble.CHUNK", chunk)
        again = solve_ensemble(robertson, times, varying=people, threads=threads).values
        assert np.array_equal(one, again)


def test_an_individual_does_not_depend_on_its_neighbours(robertson):
    people, times = population(23), np.linspace(0, 40, 21)
    together = solve_ensemble(robertson, times, varying=people).values
    order = np.random.default_rng(1).permutation(23)
    shuffled = {name: column[order] for name, column in people.items()}
    assert np.array_equal(
        together[order], solve_ensemble(robertson, times, varying=shuffled).values
    )
    for k in (0, 5, 22):
        alone = {name: column[k : k + 1] for name, column in people.items()}
        assert np.array_equal(
            together[k], solve_ensemble(robertson, times, varying=alone).values[0]
        )


def test_individuals_may_have_different_numbers_of_events(one):
    offsets = np.array([0, 0, 1, 3])
    events = Events(
        offsets,
        np.array([1.0, 0.0, 2.0]),
        np.ones(3, np.int8),
        np.zeros(3, np.int32),
        np.array([10.0, 4.0, 4.0]),
        ("A",),
    )
    got = solve_ensemble(one, np.array([3.0]), events=events, **TIGHT).values[:, 0, 1]
    want = [0, 10 * np.exp(-0.5), 4 * np.exp(-0.75) + 4 * np.exp(-0.25)]
    np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-14)


def test_a_failed_individual_is_nan_with_a_status_and_harms_nobody():
    model = compile_model(models.sbml("model m\n k=1; x = 1; x' = k*x^2; end"), ["x"])
    ks = np.array([0.1, 1.0, 0.1, np.nan, 0.2])
    got = solve_ensemble(model, np.array([0.5, 2.0]), varying={"k": ks}, **TIGHT)
    assert list(got.status != 0) == [False, True, False, True, False]
    assert np.isnan(got.values[[1, 3]]).all()
    np.testing.assert_allclose(got.values[[0, 4], 1, 0], [1 / 0.8, 1 / 0.6], rtol=1e-7)


def test_a_step_limit_ends_an_individual(robertson):
    got = solve_ensemble(robertson, np.array([1e5]), most_steps=5, fallback=False)
    assert got.status[0] == 1
    assert np.isnan(got.values).all()


@settings(max_examples=15, deadline=None)
@given(
    cut=st.floats(0.05, 0.95),
    rate=st.floats(0.1, 1e3),
    duration=st.floats(0.05, 10),
)
def test_splitting_an_infusion_changes_nothing(one, cut, rate, duration):
    times = np.array([duration, duration + 1, duration + 10])
    whole = one_row([0, duration], [0, 0], [0, 0], [rate, 0], ["rate"])
    middle = cut * duration
    split = one_row([0, middle, duration], [0] * 3, [0] * 3, [rate, rate, 0], ["rate"])
    a = solve_ensemble(one, times, events=whole, **TIGHT).values
    b = solve_ensemble(one, times, events=split, **TIGHT).values
    np.testing.assert_allclose(a, b, rtol=1e-7)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"times": []}, "no output times"),
        ({"times": [1.0, 1.0]}, "must ascend: time 1 follows 1"),
        ({"times": [0.0, np.nan]}, "finite"),
        ({"times": [-1.0, 2.0]}, "before the start"),
        ({"varying": {"CLL": np.ones(2)}}, "'CLL' is not in the model; nearest: CL"),
        ({"varying": {"CL": np.ones(2), "V": np.ones(3)}}, "differ in number"),
        ({"events": one_row([0], [1], [0], [1.0], ["AA"])}, "'AA' is no state"),
        ({"events": one_row([0], [0], [0], [1.0], ["A"])}, "'A' is no parameter"),
    ],
)
def test_mistakes_are_told_in_one_line(one, given, message):
    times = given.pop("times", [1.0])
    with pytest.raises(UserError, match=message) as caught:
        solve_ensemble(one, np.array(times), **given)
    assert "\n" not in str(caught.value)


def test_an_unknown_output_names_the_nearest():
    with pytest.raises(UserError, match="output 'cc' is not in the model"):
        compile_model(models.sbml(models.ONE_COMPARTMENT), ["cc"])


def test_a_compiled_model_survives_pickling(one):
    again = pickle.loads(pickle.dumps(one))
    a = solve_ensemble(one, np.array([1.0]), varying={"rate": np.ones(1)}).values
    assert np.array_equal(
        a, solve_ensemble(again, np.array([1.0]), varying={"rate": np.ones(1)}).values
    )


def test_zero_individuals_give_an_empty_result(one):
    got = solve_ensemble(one, np.array([1.0]), varying={"CL": np.zeros(0)})
    assert got.values.shape == (0, 1, 2)


def test_events_can_be_taken_apart(one):
    events = one_row([0, 1, 2], [0, 1, 0], [0, 1, 0], [7.0, 3.0, 0.0], ["rate", "A"], n=3)
    left = events.without({"rate"})
    assert left.offsets.tolist() == [0, 1, 2, 3]
    assert left.time.tolist() == [1.0, 1.0, 1.0]
    assert events.rows(1, 3).offsets.tolist() == [0, 3, 6]
