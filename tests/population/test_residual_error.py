"""Residual error: sourced, in the output's unit, and the same whatever the chunk."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim import UserError
from ketasim.model import load_sources
from ketasim.population import ResidualError, residual_errors, with_residual_error
from ketasim.population.residual_error import error_names


@pytest.mark.parametrize("name", error_names())
def test_every_number_has_a_source_and_a_tier(name):
    for output, error in residual_errors(name).items():
        assert error.source in load_sources(), output
        assert error.tier in ("measured", "derived", "calibrated", "assumed")


def test_an_additive_error_is_in_the_unit_of_its_output():
    errors = residual_errors()
    assert errors["vHS"].additive == 20.0
    # simons2022: 0.020 nmol/mL of 239.7 ng/nmol are 4.794 ng/mL
    assert errors["Chnk"].additive == pytest.approx(0.020 * 239.7)
    assert errors["Cket"].additive == 0.0


def test_the_scatter_has_the_size_it_should():
    clean = np.full((20_000, 1), 50.0)
    both = ResidualError(proportional=0.1, additive=12.0)
    seen = with_residual_error(clean, both, output="Cket", seed=1)
    # SD of a sample SD of 20 000: 0.5 %; four of them
    assert seen.std() == pytest.approx(13.0, rel=0.02)
    assert seen.mean() == pytest.approx(50.0, abs=4 * 13 / 20_000**0.5)
    on_log = with_residual_error(clean, ResidualError(log_sd=0.3), output="Cket", seed=1)
    assert np.log(on_log / 50).std() == pytest.approx(0.3, rel=0.02)


def test_a_persons_scatter_depends_on_nobody_else():
    clean = np.linspace(1, 60, 60).reshape(20, 3)
    error = ResidualError(proportional=0.2)
    whole = with_residual_error(clean, error, output="Cket", seed=4)
    part = with_residual_error(clean[7:12], error, output="Cket", seed=4, first=7)
    assert np.array_equal(part, whole[7:12])
    assert not np.any(with_residual_error(clean, error, output="Cnk", seed=4) == whole)
    assert not np.any(with_residual_error(clean, error, output="Cket", seed=5) == whole)
    fewer = with_residual_error(clean[:, :2], error, output="Cket", seed=4)
    assert np.array_equal(fewer, whole[:, :2])


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({}, "give a proportional SD"),
        ({"proportional": -0.1}, "-0.1 is no SD"),
        ({"additive": float("nan")}, "nan is no SD"),
        ({"log_sd": 0.2, "proportional": 0.1}, "or log_sd alone"),
    ],
)
def test_an_impossible_error_is_refused(sizes, message):
    with pytest.raises(UserError, match=message):
        ResidualError(**sizes)


def test_an_unknown_set_is_refused_with_the_nearest():
    with pytest.raises(UserError, match="unknown name 'nasel'; nearest: nasal"):
        residual_errors("nasel")
