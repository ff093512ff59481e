"""Mice and rats: typical animals with values of their own, which no human population gets."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.dosing import bolus, injection
from ketasim.errors import UserError
from ketasim.model import assemble
from ketasim.model.lint_runs import Event, engine_run
from ketasim.population import Population, covariates, draw, names, preparations
from ketasim.population.preparations import own_rows, own_values
from ketasim.population.spread import table_rows
from ketasim.simulation import simulate

WEIGHT_KG = {"mouse": 0.025, "rat": 0.25}


@pytest.fixture(scope="module")
def model():
    kinetics = ["pk", "absorption", "metabolites", "brain"]
    return assemble([m for m in assemble().mechanisms if m in kinetics])


def half_life_min(times, values, first_h, last_h):
    """Return the half-life [min] of a straight line through the logarithms."""
    kept = (times >= first_h) & (times <= last_h)
    return -60 * np.log(2) / np.polyfit(times[kept], np.log(values[kept]), 1)[0]


def test_who_there_is():
    assert preparations() == ("mouse", "rat")
    assert set(preparations()) < set(names())
    assert [Population(n).preparation for n in ("typical", "trd", "healthy")] == ["human"] * 3
    assert [Population(n).preparation for n in ("mouse", "rat")] == ["mouse", "rat"]


@pytest.mark.parametrize("animal", ["mouse", "rat"])
def test_an_animal_is_typical_and_naive(animal, model):
    known = covariates(Population(animal, n=3, seed=5))
    assert known["WT"].tolist() == [WEIGHT_KG[animal]] * 3
    assert set(known["D0"]) == set(known["japanese"]) == {0.0}
    symbols, values = draw(Population(animal, n=3, seed=5), model.parameters)
    assert np.array_equal(values[0], values[2])
    assert "CL_S" not in symbols  # nobody draws a clearance for it
    own = dict(zip(symbols, values[0], strict=True))
    assert own["ka_im"] == own_rows(animal)["ka_im"][1]
    assert (
        draw(Population(animal).fix(m_CL=3.0), model.parameters)[1][0][symbols.index("m_CL")] == 3
    )


def test_no_human_population_gets_an_animals_values(model):
    rodent = {row["symbol"] for row in table_rows("preparations.csv")}
    typical = {row.symbol: row.value for row in model.parameters}
    for name in set(names()) - set(preparations()):
        assert own_values(name, model.parameters) == {}
        symbols, values = draw(Population(name, between_person=False), model.parameters)
        for symbol, value in zip(symbols, values[0], strict=True):
            assert symbol not in rodent or value == typical[symbol], (name, symbol)


def test_every_row_has_tier_source_and_a_parameter():
    symbols = {row.symbol for row in assemble().parameters}
    for row in table_rows("preparations.csv"):
        assert row["tier"] in ("measured", "derived", "calibrated", "assumed")
        assert row["source"].partition(":")[2].strip() or row["note"] or row["source"]
        assert row["symbol"] in symbols, row["symbol"]
        assert row["how"] in ("set", "times")


@pytest.mark.parametrize("animal", ["mouse", "rat"])
def test_rate_constants_follow_the_fourth_root_of_weight(animal, model):
    """They follow the human values, whatever those become."""
    human = {row.symbol: row.value for row in model.parameters}
    own = own_values(animal, model.parameters)
    for symbol in ("ka_po", "ke0", "k_arm", "k_csf"):
        # two decimals are printed
        faster = (70 / WEIGHT_KG[animal]) ** 0.25
        assert own[symbol].value == pytest.approx(human[symbol] * faster, rel=0.002)
    twice = assemble(list(model.mechanisms), values={"ke0": 2 * human["ke0"]})
    assert own_values(animal, twice.parameters)["ke0"].value == 2 * own["ke0"].value


def test_ketamine_in_a_mouse(model):
    times = np.linspace(0, 3, 361)
    result = simulate(
        model, injection("10 mg/kg", "ip"), Population("mouse"), times, ["Cket_art", "bS", "bR"]
    )
    assert result.attrs["preparation"] == "mouse"
    plasma, brain = result.values[0, :, 0], result.values[0, :, 1:].sum(axis=1)
    # set on 13 min (Ma 2023, from Zanos 2016); a tenth for later changes of pk
    assert half_life_min(times, plasma, 1 / 6, 1) == pytest.approx(13, rel=0.1)
    # receptor occupancy is greatest by 15 min and not significant at 1 h (Lord 2013)
    assert times[brain.argmax()] <= 0.25
    assert brain[times.searchsorted(1.0)] < 0.15 * brain.max()


def test_ketamine_in_a_rat(model):
    times = np.linspace(0, 3, 361)
    given = simulate(model, bolus("10 mg/kg"), Population("rat"), times, ["Cket_art"])
    assert 30 < half_life_min(times, given.values[0, :, 0], 0.5, 2) < 60
    muscle = simulate(
        model, injection("7.5 mg/kg", "im"), Population("rat"), times, ["Cket_art"]
    ).values[0, :, 0]
    # doses of 7.5 mg/kg every 90 min keep plasma above 100 ng/mL (PMID 30027605); not used
    assert muscle[times.searchsorted(1.5)] > 100


def test_hydroxynorketamine_in_a_rat(model):
    own = {s: law.value for s, law in own_values("rat", model.parameters).items()}
    rat = assemble(list(model.mechanisms), values=own | {"WT": 0.25})
    times = np.linspace(0, 96, 9601)
    dose_nmol = 20 * 0.25 * 1e6 / 239.7
    out = engine_run(rat, (Event(0.0, "add", "AH1_S", dose_nmol),), times, ("cHS",))["cHS"]
    # 20 mg/kg i.v. of (2S,6S)-hydroxynorketamine (Moaddel 2015): set on 0.704 L/h/kg (SD 0.139)
    # and 7.35 L/kg (SD 0.74); half-life 8.0 h (SD 4.0)
    halves_h = half_life_min(times, out, 4, 48) / 60
    clearance = dose_nmol / np.trapezoid(out[1:], times[1:]) / 0.25
    assert clearance == pytest.approx(0.704, abs=0.139)
    assert clearance * halves_h / np.log(2) == pytest.approx(7.35, abs=0.74)
    assert halves_h == pytest.approx(8.0, abs=4.0)


def test_the_same_dose_per_kg_leaves_a_mouse_sooner_than_a_rat_than_a_person(model):
    times = np.linspace(0, 4, 241)
    left = []
    for name in ("mouse", "rat", "typical"):
        given = simulate(model, bolus("1 mg/kg"), Population(name), times, ["Cket_art"])
        plasma = given.values[0, :, 0]
        left.append(plasma[-1] / plasma[times.searchsorted(0.25)])
    assert left[0] < left[1] < left[2]


def test_an_unknown_animal_is_refused():
    with pytest.raises(UserError, match="unknown name 'mous'; nearest: mouse"):
        Population("mous")
