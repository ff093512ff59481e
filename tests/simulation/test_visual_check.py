"""The visual predictive check: a true model passes at its nominal rate, a wrong one does not."""

from __future__ import annotations

import numpy as np
import pytest

import ketasim as ks
from ketasim.dosing.data_writing import data_of
from ketasim.errors import UserError
from ketasim.population import (
    ResidualError,
    covariates,
    residual_errors,
    with_residual_error,
)
from ketasim.simulation.time_bins import binned, clock_h
from ketasim.simulation.visual_check import visual_check, with_limit

TIMES_H = [0.33, 0.67, 1.0, 1.5, 2.0, 4.0, 8.0, 12.0]
DOSE = ks.infusion("0.5 mg/kg", over="40 min")


@pytest.fixture(scope="module")
def model():
    return ks.assemble(["pk"])


def study(model, n, seed, factor=1.0, dose=DOSE, times=TIMES_H):
    """Return a data file that the model itself made, or one whose values are all off."""
    people = ks.Population("healthy", n, seed=seed)
    true = ks.simulate(model, dose, people, times, "Cket").values[:, :, 0]
    error = residual_errors("infusion")["Cket"]
    values = with_residual_error(true * factor, error, output="Cket", seed=seed)
    who = {name: covariates(people)[name] for name in ("WT", "age", "sex")}
    return data_of(dose, times, {"Cket": values}, who)


def test_a_true_model_passes_at_about_its_nominal_rate(model):
    inside = [
        visual_check(model, study(model, 30, seed), replicates=100, seed=1).inside
        for seed in range(40, 50)
    ]
    # 240 percentiles, of one person correlated over times: SD of the share about 0.04
    assert 0.80 < np.mean(inside) < 0.98
    assert np.mean(inside, axis=(0, 2)).min() > 0.70  # each of the three percentiles


@pytest.mark.parametrize("factor", [0.55, 1.8])
def test_a_wrong_model_is_visibly_outside(model, factor):
    found = visual_check(model, study(model, 30, 41, factor), replicates=100)
    assert found.inside.mean() < 0.35
    assert not found.inside[1].any()  # no median
    above = found.observed[1] > found.simulated[1, 1]
    assert above.all() if factor > 1 else not above.any()


def test_too_little_spread_between_people_is_seen(model):
    data = study(model, 60, 42)
    with_spread = visual_check(model, data, replicates=100)
    without = visual_check(model, data, population="typical", replicates=100)
    outer = [0, 2]
    assert without.inside[outer].mean() < 0.5 < with_spread.inside[outer].mean()


def test_below_the_limit_counts_as_low_in_data_and_replicates(model):
    data = study(model, 30, 43)
    limited = with_limit(data, "Cket", 5.0)
    found, free = (visual_check(model, each, replicates=60) for each in (limited, data))
    assert found.below == int((data.observations.value < 5).sum()) > 20
    assert found.samples == free.samples == 240
    low = found.below_observed
    assert low[0] == 0 < low[-1] <= 1
    # nothing moves where the percentile lies above the limit
    known = np.isfinite(found.observed)
    assert np.array_equal(found.observed[known], free.observed[known])
    assert (free.observed[~known] < 5).all()
    assert (~known).any()
    share = np.array([np.mean(free.value[free.bins.which == k] < 5) for k in range(8)])
    assert np.allclose(low, share)
    assert (found.below_simulated[0] <= found.below_simulated[2]).all()


def test_limit_of_some_rows_holds_for_all(model):
    data = with_limit(study(model, 20, 44), "Cket", 5.0)
    seen = data.observations
    from dataclasses import replace

    only_low = replace(seen, limit=np.where(seen.below_limit, 5.0, np.nan))
    some = visual_check(model, replace(data, observations=only_low), replicates=30)
    every = visual_check(model, data, replicates=30)
    assert np.array_equal(some.below_simulated, every.below_simulated)


def test_correction_brings_doses_together(model):
    small, large = (ks.infusion(f"{mg} mg", over="40 min") for mg in (10, 80))
    people = ks.Population("typical", 40)
    doses = [small, large] * 20
    times = [1.0, 2.0, 4.0]
    true = ks.simulate(model, doses, people, times, "Cket").values[:, :, 0]
    data = data_of(doses, times, {"Cket": true}, {"WT": covariates(people)["WT"]})
    plain, corrected = (
        visual_check(model, data, population="typical", residual="none", replicates=20,
                     corrected=c) for c in (False, True)
    )  # fmt: skip
    spread = [found.observed[2] / found.observed[0] for found in (plain, corrected)]
    assert (spread[0] > 7.9).all()
    assert np.allclose(spread[1], 1.0, rtol=1e-3)  # the engine's tolerance
    assert corrected.corrected
    assert not plain.corrected


def test_replicates_do_not_depend_on_how_many_are_at_once(model, monkeypatch):
    from ketasim.simulation import visual_check as module

    data = study(model, 6, 45)
    once = visual_check(model, data, replicates=20)
    monkeypatch.setattr(module, "NUMBERS_AT_ONCE", 48 * 3)
    parts = visual_check(model, data, replicates=20)
    assert np.array_equal(once.simulated, parts.simulated)


def test_time_counts_from_the_first_or_the_last_dose(model):
    twice = DOSE.repeat(every="24 h", times=2).delay("2 h")
    data = study(model, 2, 46, dose=twice, times=[1.0, 3.0, 26.0, 27.0])
    first, last = (clock_h(data, word)[:4] for word in ("first dose", "last dose"))
    assert first.tolist() == [-1.0, 1.0, 24.0, 25.0]
    # a sample at the very time of a dose stands before it
    assert last.tolist() == [-1.0, 1.0, 24.0, 1.0]


def test_bins_keep_samples_of_one_time_together():
    times = np.repeat([1.0, 2.0, 3.0, 9.0], [50, 2, 40, 8])
    assert binned(times).count.tolist() == [50, 2, 40, 8]
    assert binned(times, 2).count.tolist() == [50, 50]
    assert binned(times, 1).count.tolist() == [100]
    found = binned(times, [0, 2.5, 5, 7, 10])
    assert found.count.tolist() == [52, 40, 8]
    assert found.start_h.tolist() == [0, 2.5, 7]
    many = binned(np.linspace(0, 24, 400))
    assert len(many) == 8
    assert many.count.min() >= 45
    assert binned(np.ones(3)).count.tolist() == [3]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"output": "Cke"}, "has no 'Cke'; nearest: Cket"),
        ({"replicates": 3}, "replicates: 3 is out of range"),
        ({"replicates": True}, "replicates: True"),
        ({"level": 1.0}, "level: 1"),
        ({"clock": "dose"}, "clock: 'dose' is unknown"),
        ({"bins": 0}, "bins: 0 is out of range"),
        ({"bins": 2.5}, "bins: 2.5"),
        ({"bins": [2, 1]}, "do not ascend"),
        ({"bins": [1, 2]}, "lie outside the edges"),
        ({"residual": "nose"}, "nose"),
        ({"residual": {"Cnk": ResidualError(0.2)}}, "Cket has no residual error"),
        ({"population": "helthy"}, "nearest: healthy"),
    ],
)
def test_mistakes_are_told_in_one_line(model, options, told):
    data = study(model, 2, 47)
    with pytest.raises(UserError, match=told) as caught:
        visual_check(model, data, **options)
    assert "\n" not in str(caught.value)


def test_nothing_measured_is_told(model):
    data = study(model, 2, 48)
    with pytest.raises(UserError, match="no value of Cket"):
        visual_check(model, data.with_values(np.full(len(data.observations), np.nan)))
    with pytest.raises(UserError, match="not positive"):
        with_limit(data, "Cket", 0.0)
