"""Single precision against double: near enough, as reproducible, and double where it must be."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from ketasim import UserError
from ketasim.engine import compile_model, ensemble, solve_ensemble
from ketasim.engine.instance import Instance
from tests.engine import models
from tests.engine.test_ensemble import one_row, population


def both(text, outputs, times, **given):
    document = models.sbml(
        text if text.startswith(("model", "\nmodel")) else f"model m\n{text}\nend"
    )
    return [
        solve_ensemble(compile_model(document, outputs, precision=precision), times, **given)
        for precision in ("single", "double")
    ]


@pytest.fixture(scope="module")
def robertson():
    return compile_model(models.sbml(models.ROBERTSON), ["a", "b", "c"], precision="single")


def test_a_stiff_problem_agrees_with_double_to_the_tolerance_and_rounding():
    times = np.geomspace(1e-3, 1e4, 30)
    single, double = both(models.ROBERTSON, ["a", "b", "c"], times, varying=population(64))
    assert not single.status.any()
    size = np.abs(double.values).max(axis=1, keepdims=True)
    # each run keeps 1e-4 per step; between them lie less than ten of these, as check promises
    assert np.max(np.abs(single.values - double.values) / size) < 1e-3
    assert not np.array_equal(single.values, double.values)


def test_doses_and_infusions_follow_their_closed_form():
    times = np.linspace(0, 48, 97)
    events = one_row([0, 2.5, 30.0], [0, 0, 1], [0, 0, 1], [40.1, 0.0, 7.3], ["rate", "A"], n=3)
    single, _ = both(models.ONE_COMPARTMENT, ["c"], times, events=events, rtol=1e-5)
    want = models.infusion_in_one_compartment(times, 40.1, 2.5, 5.0, 20.0)
    want += np.where(times > 30, 7.3 / 20 * np.exp(-0.25 * np.maximum(times - 30, 0)), 0)
    # 1e-5 per step, and the rounding of some sixty steps, 6e-8 each
    np.testing.assert_allclose(single.values[2, :, 0], want, rtol=2e-5, atol=1e-5 * want.max())
    assert not single.widened.any()


def test_results_are_bitwise_the_same_for_any_threads_and_chunks(robertson, monkeypatch):
    given, times = {"varying": population(40)}, np.geomspace(0.01, 100, 15)
    want = solve_ensemble(robertson, times, threads=1, **given).values
    monkeypatch.setattr(ensemble, "CHUNK", 3)
    for threads in (1, 2, 5):
        assert np.array_equal(
            solve_ensemble(robertson, times, threads=threads, **given).values, want
        )


@pytest.mark.parametrize("function", ["exp(x)", "ln(x)", "x^3.3", "sin(x)", "x^-2", "sqrt(x)"])
def test_functions_are_right_to_a_few_roundings(function):
    text = f"v = 0; v' = 0; x := v; f := {function};"
    x = np.concatenate([np.geomspace(1e-8, 1e8, 201), np.linspace(0.7, 1.5, 99)]).astype(np.float32)
    x = x[x < 80] if function == "exp(x)" else x
    events = one_row([0.0], [1], [0], [1.0], ["v"], n=len(x))
    events.value[:] = x
    single, double = both(text, ["f"], np.array([1.0]), events=events)
    assert not single.widened.any()
    # 6e-8 per operation; a power by exp and log has the size of the exponent besides (at most 60)
    np.testing.assert_allclose(single.values, double.values, rtol=60 * 1.2e-7, atol=2e-7)


def test_what_fails_in_single_is_done_in_double_and_harms_nobody():
    text = "k = 1; x = 1; x' = -k*x;"
    single, double = both(
        text, ["x"], np.array([0.5, 1.0]), varying={"k": np.array([1.0, np.nan, 2.0])}
    )
    assert (single.status != 0).tolist() == [False, True, False]
    assert single.status.tolist() == double.status.tolist()
    assert single.widened.tolist() == single.retried.tolist() == [False, True, False]
    assert np.isnan(single.values[1]).all()
    assert "1 of 3 needed double precision" in single.told()
    np.testing.assert_allclose(single.values[2], double.values[2], rtol=1e-3)


def test_fixed_values_outside_the_range_go_to_double_and_keep_its_bits():
    text = "K = 1; n = 8; x = 3; x' = -x*x^n/(K^n + x^n);"
    ks = np.array([2.0, 1e6, 1e-6, 3.0])
    single, double = both(text, ["x"], np.array([0.5, 2.0]), varying={"K": ks})
    assert single.widened.tolist() == [False, True, True, False]
    assert np.array_equal(single.values[1:3], double.values[1:3])
    assert not single.status.any()


def test_an_explosion_ends_as_it_does_in_double():
    single, double = both("x = 1; x' = x^2; k = 1;", ["x"], np.array([0.5, 2.0]))
    assert single.status[0] == double.status[0] != 0
    assert single.widened[0]
    assert np.isnan(single.values).all()


def test_without_the_fallback_a_failure_stays_one():
    single, _ = both("x = 1; x' = x^2; k = 1;", ["x"], np.array([2.0]), fallback=False)
    assert single.status[0] != 0
    assert not single.widened.any()


@pytest.mark.parametrize("given", ["singel", "half", ""])
def test_an_unknown_precision_is_told(given):
    with pytest.raises(UserError, match=f"precision '{given}' is unknown"):
        compile_model(models.sbml(models.ONE_COMPARTMENT), ["c"], precision=given)


def test_what_single_cannot_hold_is_refused_in_a_line(robertson):
    with pytest.raises(UserError, match="rtol 1e-06 is too tight for precision 'single'"):
        solve_ensemble(robertson, np.array([1.0]), rtol=1e-6)
    document = models.sbml("model m\n x = 1; x' = -x*(x + 1e-60); end")
    with pytest.raises(UserError, match="the model has the number 1e-60"):
        compile_model(document, ["x"], precision="single")


def test_a_model_with_events_of_its_own_is_refused():
    document = models.sbml("model m\n x = 1; x' = -x; at (x < 0.5): x = 1; end")
    with pytest.raises(UserError, match="event"):
        compile_model(document, ["x"], precision="single")


def test_it_survives_pickling_and_serves_an_instance_in_double(robertson):
    again = pickle.loads(pickle.dumps(robertson))
    assert again.precision == "single"
    times = np.array([1.0])
    assert np.array_equal(
        solve_ensemble(again, times).values, solve_ensemble(robertson, times).values
    )
    assert Instance(robertson).model.precision == "double"


def test_object_code_of_the_two_is_kept_apart(tmp_path, monkeypatch):
    monkeypatch.setenv("KETASIM_CACHE", str(tmp_path))
    document = models.sbml(models.ONE_COMPARTMENT)
    for _ in range(2):
        for precision in ("single", "double"):
            assert compile_model(document, ["c"], precision=precision).precision == precision
    assert len(list(tmp_path.glob("*.o"))) == 2
