"""Who enters: the minimum, the printed baseline, ranges, and regression to the mean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from ketasim import UserError
from ketasim.dosing import Regimen
from ketasim.model import assemble
from ketasim.population.spread import named
from ketasim.trial import Entry, follow, observed, patients, scale, variation
from ketasim.trial.parent import uncut

N = 600


@pytest.fixture(scope="module")
def model():
    return assemble(["pk", "mood"])


@pytest.fixture(scope="module")
def screened(model):
    return patients(Entry(minimum=28), model, N, seed=1)


def test_all_who_enter_reach_the_minimum(screened):
    assert screened.n == len(screened.index) == len(screened.baseline) == N
    assert screened.baseline.min() == 28
    assert all(len(column) == N for column in screened.values.values())


def fall_untreated(model, who):
    """Return by how much each is lower four weeks later when nobody does anything."""
    seen = follow(model, Regimen(), who, [0.0, 672.0])
    assert np.ptp(seen.madrs, axis=1).max() < 1e-6
    return seen.scores["MADRS"][:, 0] - seen.scores["MADRS"][:, 1]


def test_those_enrolled_regress_to_the_mean(model):
    """Untreated, with a severity that stays what it is, the next rating is lower."""
    minimum, vary = 32, variation()
    who = patients(Entry(minimum=minimum), model, N, seed=1)
    everybody = named("trd")["B0"]
    luck = vary.score_error**2 + vary.fluctuation_sd**2 + 1 / 12
    kept = vary.fluctuation_sd**2 * np.exp(-672 / vary.fluctuation_h)
    total = np.sqrt(everybody.spread**2 + luck)
    cut = (minimum - 0.5 - everybody.value) / total
    expected = (luck - kept) / total * norm.pdf(cut) / norm.sf(cut)
    fall = fall_untreated(model, who)
    assert fall.mean() == pytest.approx(expected, abs=4 * fall.std() / np.sqrt(N))
    assert fall.mean() > 4 * fall.std() / np.sqrt(N)


def test_those_taken_as_they_come_do_not_regress(model):
    fall = fall_untreated(model, patients(Entry(), model, N, seed=1))
    assert abs(fall.mean()) < 4 * fall.std() / np.sqrt(N)


def test_screening_saw_the_baseline_that_the_record_shows(screened):
    madrs = screened.values["B0"][:, None]
    again = observed(scale("MADRS"), madrs, [0.0], seed=1, index=screened.index)[:, 0]
    # B0 is severity but for what a low stress load takes off (below 0.1 points at D0 = 0.7)
    assert np.mean(again == screened.baseline) > 0.9


def test_more_patients_are_the_same_and_more(model, screened):
    few = patients(Entry(minimum=28), model, 40, seed=1)
    assert np.array_equal(few.index, screened.index[:40])
    for name, column in few.values.items():
        assert np.array_equal(column, screened.values[name][:40]), name


def test_replicates_and_seeds_differ(model, screened):
    for other in ({"replicate": 1}, {"seed": 2}):
        fresh = patients(Entry(minimum=28), model, 40, **{"seed": 1, **other})
        assert not np.array_equal(fresh.baseline, screened.baseline[:40])


# The SD of a cut-off sample and its mean are within four standard errors.
@pytest.mark.parametrize(
    "entry",
    [
        Entry(baseline=(34.7, 5.0)),
        Entry(baseline=(34.7, 5.0), minimum=28),
        Entry(baseline=(37.3, 5.7), minimum=28),
        Entry(baseline=(22.0, 4.0), minimum=18, scale="HAMD17"),
    ],
    ids=str,
)
def test_the_enrolled_have_the_printed_baseline(model, entry):
    who = patients(entry, model, N, seed=3)
    mean, sd = entry.baseline
    assert who.baseline.mean() == pytest.approx(mean, abs=4 * sd / np.sqrt(N))
    assert who.baseline.std() == pytest.approx(sd, rel=0.15)


@pytest.mark.parametrize(("mean", "sd", "cut"), [(34.7, 5.0, 27.5), (30.0, 1.5, 27.5)])
def test_uncut_is_the_inverse_of_cutting(mean, sd, cut):
    centre, width = uncut(mean, sd, cut)
    law = norm(centre, width)
    grid = np.linspace(cut, centre + 12 * width, 200_001)
    weight = law.pdf(grid) / law.sf(cut)
    found = np.trapezoid(grid * weight, grid)
    assert found == pytest.approx(mean, abs=1e-3)
    spread = np.trapezoid((grid - found) ** 2 * weight, grid)
    assert np.sqrt(spread) == pytest.approx(sd, abs=1e-3)


def test_a_range_cuts_the_population_off(model):
    who = patients(Entry(overrides={"age": (30, 50), "WT": 80}), model, 200, seed=1)
    assert 30 <= who.values["age"].min() < 32
    assert 48 < who.values["age"].max() <= 50
    assert set(who.values["WT"]) == {80}
    old = patients(Entry(overrides={"age": (90, 95)}), model, 200, seed=1)
    assert 90 <= old.values["age"].min() < old.values["age"].max() <= 95


def test_sobol_numbers_place_the_baseline(model):
    entry = Entry(baseline=(34.0, 5.0), overrides={"age": (20, 60)})
    drawn = {
        kind: patients(entry, model, 64, seed=4, sampling=kind, between_trials=False)
        for kind in ("sobol", "random")
    }
    for symbol in ("B0", "age"):
        quantiles = {kind: np.sort(each.values[symbol]).mean() for kind, each in drawn.items()}
        long = patients(entry, model, 4000, seed=9).values[symbol].mean()
        assert abs(quantiles["sobol"] - long) < 0.5


def test_a_trial_multiplies_the_gains_of_everybody(model):
    vary = replace(variation(), trial_sd_g=0.4, trial_sd_gp=0.4)
    ratios = []
    for replicate in range(60):
        one, other = (
            patients(Entry(), model, 3, seed=1, replicate=replicate, between_trials=on, vary=vary)
            for on in (True, False)
        )
        own = other.values.get("g", np.full(3, _typical(model, "g")))
        ratio = one.values["g"] / own
        assert ratio == pytest.approx(np.full(3, ratio[0]))
        ratios.append(np.log(ratio[0]))
    # 60 draws: four standard errors
    assert np.std(ratios) == pytest.approx(0.4, abs=0.15)
    assert np.mean(ratios) == pytest.approx(0, abs=0.2)


def _typical(model, symbol):
    return {row.symbol: row.value for row in model.parameters}[symbol]


def test_nobody_may_enter(model):
    nobody = patients(Entry(minimum=28), model, 0, seed=1)
    assert nobody.n == 0
    assert nobody.take(np.array([], dtype=int)).n == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"minimum": 70}, "entry: minimum 70 lies outside the range of 0 to 60"),
        ({"baseline": (80, 5)}, "entry: baseline mean 80 lies outside"),
        ({"baseline": (30, -1)}, "baseline sd -1 must be 0 or more"),
        ({"baseline": (28, 3), "minimum": 30}, "baseline mean 28 must lie above minimum 30"),
        ({"baseline": (14, 6), "scale": "SSI"}, "baseline on SSI says little of severity"),
        ({"baseline": (30, 5), "overrides": {"B0": 30}}, "overrides.B0 exclude each other"),
        ({"scale": "MADSR"}, "scale: unknown 'MADSR'; nearest: MADRS"),
        ({"population": "trdd"}, "unknown name 'trdd'; nearest: trd"),
        ({"overrides": {"age": (60, 20)}}, "overrides: age: 60 to 20 is no range"),
    ],
)
def test_a_bad_entry_is_one_line(given, told):
    with pytest.raises(UserError) as error:
        Entry(**given)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_an_entry_that_hardly_anybody_meets_is_refused(model):
    with pytest.raises(UserError, match=r"minimum 55: .* fewer than 1 %"):
        patients(Entry(minimum=55), model, 50, seed=1)


def test_an_unknown_override_names_the_nearest(model):
    for value in (3.0, (3.0, 4.0)):
        with pytest.raises(UserError, match="unknown parameter 'agee'; nearest: age"):
            patients(Entry(overrides={"agee": value}), model, 5, seed=1)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"age": (18.0, 1e9)}, "overrides: age = 1e.09 is above 125"),
        ({"WT": 0.0}, "overrides: WT = 0 is not positive"),
        ({"sex": 2.0}, "overrides: sex = 2 is none of 0, 1"),
    ],
)
def test_people_who_cannot_be_are_refused(overrides, words):
    with pytest.raises(UserError, match=words):
        Entry(overrides=overrides)
