"""Distributions: closed-form moments, truncation, and the sourced tables."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.population.spread import (
    COVARIATES,
    Spread,
    correlations,
    named,
    names,
    of_parameter,
    table_rows,
)

MIDDLES = (np.arange(100_000) + 0.5) / 100_000  # a fine grid in place of chance


@dataclass(frozen=True)
class Row:
    symbol: str
    value: float
    spread: float | None = None
    distribution: str | None = None


def test_lognormal():
    drawn = Spread("CL", "lognormal", 95.2, 0.16).values(MIDDLES)
    # tolerances: the grid leaves out one part in 1e5 of the tails
    assert np.exp(np.log(drawn).mean()) == pytest.approx(95.2, rel=1e-6)
    assert np.log(drawn).std() == pytest.approx(0.16, rel=1e-3)


def test_normal_and_its_truncation():
    assert Spread("B0", "normal", 33, 4.5).values(MIDDLES).std() == pytest.approx(4.5, rel=1e-3)
    cut = Spread("B0", "normal", 33, 4.5, lower=30).values(MIDDLES)
    alpha = (30 - 33) / 4.5
    density = math.exp(-(alpha**2) / 2) / math.sqrt(2 * math.pi)
    above = 0.5 * math.erfc(alpha / math.sqrt(2))
    assert cut.min() >= 30
    assert cut.mean() == pytest.approx(33 + 4.5 * density / above, rel=1e-4)


def test_logitnormal_stays_a_fraction():
    drawn = Spread("F", "logitnormal", 0.3, 0.7).values(MIDDLES)
    assert np.median(drawn) == pytest.approx(0.3, rel=1e-4)
    assert np.std(np.log(drawn / (1 - drawn))) == pytest.approx(0.7, rel=1e-3)
    assert 0 < drawn.min() < drawn.max() < 1


def test_bernoulli():
    woman = Spread("sex", "bernoulli", 0.584)
    assert set(woman.values(MIDDLES)) == {0.0, 1.0}
    assert woman.values(MIDDLES).mean() == pytest.approx(0.584, abs=1e-5)
    assert woman.typical == 1.0


def test_alleles_in_hardy_weinberg_proportions():
    met = named("trd")["met"]
    values = met.values(MIDDLES)
    counts = [float(np.mean(values == share)) for share in (0.0, 0.5, 1.0)]
    assert sum(counts) == 1.0
    # laje2012: 41, 19 and 2 of 62; two standard errors of the rarest are 4.5 %
    assert counts == pytest.approx([41 / 62, 19 / 62, 2 / 62], abs=0.01)
    assert met.typical == 0.0


def test_parameter_without_spread_is_fixed():
    for row in (Row("k", 2.0), Row("k", 2.0, math.nan), Row("k", 2.0, 0.0, "lognormal")):
        assert not of_parameter(row).is_drawn
        assert of_parameter(row).values(MIDDLES[:3]).tolist() == [2.0] * 3


def test_zero_stays_zero_whatever_its_spread():
    assert Spread("D0", "lognormal", 0.0, 0.15).values(MIDDLES).tolist() == [0.0] * len(MIDDLES)


@pytest.mark.parametrize("name", [name for name in names() if name != "typical"])
def test_every_population_has_every_covariate(name):
    assert set(named(name)) == set(COVARIATES)


@pytest.mark.parametrize("table", ["populations.csv", "correlations.csv"])
def test_every_number_has_tier_source_and_reason(table):
    for row in table_rows(table):
        assert row["tier"] in ("measured", "derived", "calibrated", "assumed")
        assert row["source"]
        assert row["note"]
        assert (row["tier"] == "assumed") == (row["source"] == "assumed:")


def test_correlation_of_clearance_and_volume_is_the_published_covariance():
    link = next(link for link in correlations() if link.symbol == "V1_S")
    log_sd = [math.sqrt(math.log(1 + cv**2)) for cv in (0.162, 0.296)]
    assert link.correlation == pytest.approx(0.0226 / math.prod(log_sd), abs=0.01)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            Row("CL", 1.0, 0.2, "log-normal"),
            "parameter CL: unknown distribution 'log-normal'; nearest: lognormal",
        ),
        (Row("CL", 1.0, -0.2, "normal"), "parameter CL: spread -0.2 is negative"),
        (Row("F", 1.5, 0.2, "logitnormal"), "parameter F: 1.5 is not between 0 and 1"),
    ],
)
def test_mistakes_are_told_in_one_line(row, message):
    with pytest.raises(UserError) as caught:
        of_parameter(row)
    assert str(caught.value) == message


def test_unknown_population():
    with pytest.raises(UserError, match=r"^population: unknown name 'trdd'; nearest: trd$"):
        named("trdd")
