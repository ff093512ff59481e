"""Many individuals of any SBML model: each as if alone, whoever and whatever is beside it."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.engine import sbml_people
from ketasim.engine.dose_table import Dose
from ketasim.engine.event_run import Limits
from ketasim.engine.sbml_people import People, Question, run_people
from ketasim.engine.sbml_run import run_sbml
from ketasim.errors import UserError
from tests.engine import models

PLAIN = """model m
 compartment c = 2; species A in c, B in c; A = 1; B := 3*A; k = 0.5; rate_in = 0.25;
 J: -> A; c*rate_in; J2: A -> ; k*A*c;
 x = y0; y0 = 4; x' = -k*x;
end
"""
COUNTED = """model m
 compartment c = 2; species A in c; A = 0; k = 0.5; J: A -> ; k*A*c;
 n = 0; at A > 3: n = n + 1;
end
"""
CLOCKED = """model m
 k = 1; x = 1; x' = piecewise(-k*x, time > 2, 0);
end
"""
TIMES = np.arange(7.0)
N = 5
VALUES = {"A": np.linspace(0, 4, N), "k": np.linspace(0.2, 0.6, N), "c": np.linspace(1, 3, N)}
DOSES = tuple((Dose(0, "A", 2.0 * i, 2), Dose(4, "A", 6)) for i in range(N))


def run(text, values, doses=None, jobs=1, **given):
    """Return names, and values of shape (n, n_times, n_outputs)."""
    n = len(next(iter(values.values()))) if values else len(doses)
    people = People(values, doses or tuple(() for _ in range(n)))
    names, courses = run_people(Question(models.sbml(text), TIMES, people, **given), jobs=jobs)
    return names, np.stack([course.values for course in courses])


def alone(text, values, doses=None):
    """Return the same from runs of one individual each."""
    n = len(next(iter(values.values())))
    found = []
    for i in range(n):
        own = {name: float(column[i]) for name, column in values.items()}
        _, course = run_sbml(models.sbml(text), TIMES, values=own, doses=doses[i] if doses else ())
        assert course.status == "ok"
        found.append(course.values)
    return np.stack(found)


def test_with_events_each_has_the_bits_of_a_run_alone():
    names, found = run(COUNTED, VALUES, DOSES)
    assert names == ("A", "n", "J")
    assert np.array_equal(found, alone(COUNTED, VALUES, DOSES))
    assert len(set(found[:, -1, 1])) > 1  # the event acts for some, more often for others


def test_with_formulas_of_time_each_has_the_bits_of_a_run_alone():
    values = {"k": np.array([0.5, 2.0]), "x": np.array([1.0, 3.0])}
    _, found = run(CLOCKED, values)
    assert np.array_equal(found, alone(CLOCKED, values))
    expected = values["x"] * np.exp(-values["k"] * 4)
    np.testing.assert_allclose(found[:, -1, 0], expected, rtol=1e-7)


def test_without_events_each_is_a_run_alone_to_the_tolerance():
    _, found = run(PLAIN, VALUES, DOSES)
    np.testing.assert_allclose(found, alone(PLAIN, VALUES, DOSES), rtol=1e-6, atol=1e-9)


def test_a_start_given_replaces_the_assignment_of_the_model():
    names, found = run(PLAIN, {"x": np.array([1.0, 2.0])})
    x = names.index("x")
    np.testing.assert_allclose(found[:, :, x], np.outer([1, 2], np.exp(-TIMES / 2)), rtol=1e-6)
    names, found = run(PLAIN, {"y0": np.array([1.0, 2.0])})
    np.testing.assert_allclose(found[:, 0, names.index("x")], [1, 2])


def test_an_infusion_comes_on_top_of_each_ones_own_rate():
    values = {"rate_in": np.array([0.0, 1.0])}
    dose = (Dose(1, "rate_in", 6.0, 2.0),)
    names, found = run(PLAIN, values, (dose, dose))
    np.testing.assert_allclose(found, alone(PLAIN, values, (dose, dose)), rtol=1e-6, atol=1e-9)
    assert found[1, 3, names.index("A")] > found[0, 3, names.index("A")] + 1


@pytest.mark.parametrize("text", [COUNTED, PLAIN])
def test_neither_jobs_nor_portions_change_a_bit(monkeypatch, text):
    values = {name: np.tile(column, 8) for name, column in VALUES.items()}
    _, one = run(text, values, DOSES * 8)
    monkeypatch.setattr(sbml_people, "NUMBERS_AT_ONCE", 100)
    _, other = run(text, values, DOSES * 8, jobs=2)
    assert np.array_equal(one, other)


def test_doses_alone_may_differ():
    names, found = run(COUNTED, {}, DOSES)
    assert found.shape == (N, len(TIMES), len(names))
    assert np.all(np.diff(found[:, 2, 0]) > 0)


def test_who_fails_is_told_and_harms_nobody():
    text = "model m\n k = 1; x = 1; x' = k*x^2;\nend\n"
    people = People({"k": np.array([0.1, 1.0, 0.05])}, ((), (), ()))
    _, courses = run_people(Question(models.sbml(text), TIMES, people))
    first, second, third = courses
    assert first.status == third.status == "ok"
    assert second.status != "ok"
    assert np.isnan(second.values[-1, 0])
    np.testing.assert_allclose(second.values[0], 1.0)
    np.testing.assert_allclose(first.values[:, 0], 1 / (1 - 0.1 * TIMES), rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "given", "told"),
    [
        ({"kk": np.ones(2)}, {}, "nearest: k"),
        ({"B": np.ones(2)}, {}, "follows from a rule"),
        ({"k": np.ones(2)}, {"k": 2.0}, "'k' is given for everybody and for each"),
    ],
)
def test_values_that_do_not_fit_are_refused(values, given, told):
    with pytest.raises(UserError, match=told):
        run(PLAIN, values, given=given)


def test_limits_hold_for_each():
    asked = Question(models.sbml(COUNTED), TIMES, People({}, DOSES), limits=Limits(most_events=1))
    _, courses = run_people(asked)
    events = run(COUNTED, {}, DOSES)[1][:, -1, 1]
    assert 1 in events
    assert [course.status for course in courses] == [
        "too many events" if count > 1 else "ok" for count in events
    ]
