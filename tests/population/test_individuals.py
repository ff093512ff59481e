"""People: the same whatever their number, chunk, model or order of parameters."""

import pickle
import time
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketasim.errors import UserError
from ketasim.population import COVARIATES, Correlation, Population, covariates, draw


@dataclass(frozen=True)
class Row:
    symbol: str
    value: float
    spread: float | None = None
    distribution: str | None = None


MODEL = (
    Row("WT", 70.0),
    Row("CL_S", 95.2, 0.16, "lognormal"),
    Row("V1_S", 133.0, 0.25, "lognormal"),
    Row("CL_R", 88.0, 0.16, "lognormal"),
    Row("Kpuu", 0.7),
    Row("B0", 33.0, 4.5, "normal"),
    Row("D0", 1.0, 0.15, "lognormal"),
    Row("met", 0.0),
)


def column(population, symbol, parameters=MODEL):
    names, values = draw(population, parameters)
    return values[:, names.index(symbol)]


def test_names_are_those_that_people_set():
    names, values = draw(Population("trd", n=3), MODEL)
    assert names == ("WT", "CL_S", "V1_S", "CL_R", "B0", "D0", "met")
    assert values.shape == (3, 7)


@settings(max_examples=40, deadline=None)
@given(
    sampling=st.sampled_from(["random", "sobol"]),
    seed=st.integers(0, 2**64 - 1),
    n=st.integers(1, 60),
    person=st.integers(0, 59),
)
def test_person_k_is_the_same_whatever_n_or_chunk(sampling, seed, n, person):
    person = min(person, n - 1)
    large = Population("trd", n=60, seed=seed, sampling=sampling)
    small = Population("trd", n=n, seed=seed, sampling=sampling)
    _, everybody = draw(large, MODEL)
    _, alone = draw(small, MODEL, person, person + 1)
    assert np.array_equal(alone[0], everybody[person])


@settings(max_examples=30, deadline=None)
@given(st.permutations(MODEL), st.integers(1, len(MODEL)))
def test_a_person_does_not_depend_on_the_other_parameters(rows, kept):
    population = Population("trd", n=20, seed=4)
    names, values = draw(population, rows[:kept])
    for symbol in names:
        assert np.array_equal(values[:, names.index(symbol)], column(population, symbol))


@pytest.mark.parametrize("sampling", ["random", "sobol"])
def test_covariates_are_those_drawn(sampling):
    population = Population("trd", n=50, seed=2, sampling=sampling)
    known = covariates(population)
    for symbol in ("WT", "B0", "D0", "met"):
        assert np.array_equal(known[symbol], column(population, symbol))
    assert np.array_equal(covariates(population, 10, 20)["age"], known["age"][10:20])


def test_typical_is_one_person_many_times():
    names, values = draw(Population("typical", n=3, seed=9), MODEL)
    assert names == ("WT", "B0", "D0", "met")
    assert values.tolist() == [[74.0, 33.0, 1.0, 0.0]] * 3
    same = draw(Population("trd", n=3, between_person=False), MODEL)
    assert same[1].tolist() == values.tolist()


def test_healthy_people_carry_no_stress_load():
    population = Population("healthy", n=500)
    assert set(column(population, "D0")) == {0.0}
    assert 0 < np.median(column(population, "B0")) < 7


def test_trd_moments():
    known = covariates(Population("trd", n=20_000))
    # five standard errors each
    assert np.median(known["WT"]) == pytest.approx(74, rel=5 * 1.25 * 0.23 / np.sqrt(20_000))
    assert known["B0"].mean() == pytest.approx(33, abs=5 * 4.5 / np.sqrt(20_000) + 0.02)
    assert known["met"].mean() == pytest.approx(0.185, abs=5 * 0.275 / np.sqrt(20_000))
    assert known["WT"].min() >= 39
    assert known["WT"].max() <= 170


def test_correlations():
    population = Population("trd", n=20_000)
    clearance, volume = (np.log(column(population, s)) for s in ("CL_S", "V1_S"))
    # five standard errors of a correlation
    assert np.corrcoef(clearance, volume)[0, 1] == pytest.approx(0.48, abs=5 / np.sqrt(20_000))
    free = Population("trd", n=20_000, correlated=())
    apart = np.corrcoef(np.log(column(free, "CL_S")), np.log(column(free, "V1_S")))[0, 1]
    assert abs(apart) < 5 / np.sqrt(20_000)


def test_one_parameter_may_follow_another_entirely():
    tied = Population("trd", n=50, correlated=(Correlation("CL_R", "CL_S", 1.0),))
    clearance, other = (np.log(column(tied, s)) for s in ("CL_S", "CL_R"))
    assert clearance - np.log(95.2) == pytest.approx(other - np.log(88.0), abs=1e-9)


def test_overrides_win_over_spread_and_population():
    fixed = Population("trd", n=5, overrides={"CL_S": 100.0}).fix(WT=60.0, Kpuu=0.5)
    assert set(column(fixed, "CL_S")) == {100.0}
    assert set(column(fixed, "WT")) == {60.0}
    assert set(column(fixed, "Kpuu")) == {0.5}
    assert set(covariates(fixed)["WT"]) == {60.0}
    others = Population("trd", n=5)
    assert np.array_equal(column(fixed, "V1_S"), column(others, "V1_S"))


def test_new_covariates_are_drawn_ignored_and_leave_the_others_alone():
    known = covariates(Population("trd", n=20_000))
    # five standard errors; the share of *6 alleles of a person has SD sqrt(0.25*0.75/2)
    assert known["cyp2b6"].mean() == pytest.approx(0.25, abs=5 * 0.306 / np.sqrt(20_000))
    assert set(known["japanese"]) == set(known["asian"]) == {0.0}
    assert "cyp2b6" not in draw(Population("trd", n=3), MODEL)[0]
    more = (*MODEL, Row("cyp2b6", 0.0), Row("asian", 0.0))
    fixed = Population("trd", n=4).fix(asian=1)
    assert set(column(fixed, "asian", more)) == {1.0}
    for sampling in ("random", "sobol"):
        population = Population("trd", n=16, seed=3, sampling=sampling)
        for symbol in ("WT", "CL_S", "met"):
            same = column(population, symbol, more) == column(population, symbol)
            assert same.all(), (sampling, symbol)


def test_the_first_sobol_dimensions_are_kept():
    # Written down before the last three covariates came: a change here changes populations.
    assert COVARIATES[:7] == ("WT", "age", "sex", "met", "liver", "B0", "D0")
    drawn = covariates(Population("trd", n=2, seed=1, sampling="sobol"))
    assert drawn["WT"].tolist() == pytest.approx([89.21420146381655, 65.29979253345492], rel=1e-9)
    assert drawn["D0"].tolist() == pytest.approx([0.9558310568678084, 1.1942140626331539], rel=1e-9)


def test_replicates_are_other_people():
    first, second = (column(Population("trd", n=9, replicate=r), "CL_S") for r in (0, 1))
    assert not np.any(first == second)


def test_population_is_plain_data():
    population = Population("trd", n=5, overrides={"WT": 60.0})
    assert pickle.loads(pickle.dumps(population)) == population
    assert isinstance(hash(population), int)
    assert str(population) == "trd, n = 5, seed 0, WT = 60"
    assert str(Population()) == "typical, n = 1"
    assert population.ids == ("1", "2", "3", "4", "5")


def test_hundred_thousand_people_and_thirty_parameters_in_about_a_second():
    rows = tuple(Row(f"k{i}", 1.0, 0.3, "lognormal") for i in range(30))
    draw(Population("trd", n=10), rows)
    start = time.perf_counter()
    _, values = draw(Population("trd", n=100_000), rows)
    assert time.perf_counter() - start < 2.0  # 0.2 s on two loaded cores
    assert values.shape == (100_000, 30)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Population("helthy"), "population: unknown name 'helthy'; nearest: healthy"),
        (lambda: Population("trd", n=0), "n: 0 is not a whole number of at least 1"),
        (lambda: Population("trd", n=2.5), "n: 2.5 is not a whole number of at least 1"),  # type: ignore[arg-type]
        (lambda: Population("trd", seed=-1), "seed: -1 is not a whole number of at least 0"),
        (lambda: Population(sampling="sobl"), "sampling: unknown 'sobl'; nearest: sobol"),
        (
            lambda: Population(overrides={"WT": float("nan")}),
            "overrides: WT = nan is not a finite number",
        ),
        (lambda: Population().fix(WT=-5), "overrides: WT = -5 is not positive"),
        (lambda: Population().fix(B0=61), "overrides: B0 = 61 is above 60"),
        (lambda: Population().fix(D0=-1), "overrides: D0 = -1 is negative"),
        (lambda: Population().fix(cyp2b6=0.3), "overrides: cyp2b6 = 0.3 is none of 0, 0.5, 1"),
        (lambda: Population().fix(asian=2), "overrides: asian = 2 is none of 0, 1"),
        (
            lambda: draw(Population("trd", overrides={"CL_S": -1.0}), MODEL),
            "overrides: CL_S = -1 is negative",
        ),
        (
            lambda: draw(Population().fix(F=1.5), (Row("F", 0.5, 0.3, "logitnormal"),)),
            "overrides: F = 1.5 is not between 0 and 1",
        ),
        (
            lambda: draw(Population(overrides={"CL_s": 1.0}), MODEL),
            "overrides: unknown parameter 'CL_s'; nearest: CL_S",
        ),
        (
            lambda: draw(Population("trd", n=5), MODEL, 3, 6),
            "draw: persons 3 to 6 lie outside 0 to 5",
        ),
        (
            lambda: draw(Population("trd", correlated=(Correlation("CL_S", "CL_S", 1.0),)), MODEL),
            "correlations: CL_S follows itself through CL_S",
        ),
        (
            lambda: draw(Population("trd", correlated=(Correlation("CL_S", "V1_S", 1.2),)), MODEL),
            "correlations: CL_S has correlation 1.2",
        ),
    ],
)
def test_mistakes_are_told_in_one_line(call, message):
    with pytest.raises(UserError) as caught:
        call()
    assert str(caught.value) == message
