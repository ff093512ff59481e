"""What a step and its code cost as a model grows: close to linearly with its states."""

from __future__ import annotations

import time

import numpy as np
import pytest
from bench.limits import code_of, copies, operations

from ketasim.engine import compile_model, solve_ensemble

SIZES = {1: 49, 2: 98, 4: 196, 8: 392}


@pytest.fixture(scope="module")
def documents():
    return {count: copies(count) for count in SIZES}


def test_the_operations_of_a_step_grow_linearly_with_states(documents):
    steps = {k: operations(code_of(sbml, ("C0_sym",)))["step"] for k, sbml in documents.items()}
    assert steps[1] > 49 * 100  # eight stages' sums alone take more
    for count in SIZES:
        assert steps[count] / (count * steps[1]) == pytest.approx(1.0, abs=0.15)


def test_code_for_392_states_is_generated_in_seconds(documents):
    start = time.process_time()
    model = compile_model(documents[8], ["C0_sym", "C7_sym"], cache=False)
    assert len(model.states) == 392
    assert time.process_time() - start < 10.0  # 3 s on a quiet machine; the goal is 5
    last = solve_ensemble(model, np.array([0.0, 24.0])).values[0, -1]
    assert np.isfinite(last).all()


def test_a_copy_that_feeds_on_nothing_else_runs_as_it_does_alone(documents):
    grid = np.linspace(0, 48, 9)
    dose = {"C0_RinfS": np.array([80.0])}
    alone, first = (
        solve_ensemble(compile_model(documents[k], ["C0_sym"]), grid, varying=dose, rtol=1e-8)
        for k in (1, 2)
    )
    np.testing.assert_allclose(first.values, alone.values, rtol=1e-6)
