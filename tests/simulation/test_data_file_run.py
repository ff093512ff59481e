"""People of a data file, simulated at their own times."""

import numpy as np
import pytest

from ketasim.dosing import data_of, infusion, read_data, write_data
from ketasim.dosing.data_doses import STEADY_STATE_H
from ketasim.errors import UserError
from ketasim.model import assemble
from ketasim.population import Population
from ketasim.simulation import data_file_run, simulate, simulate_data
from ketasim.simulation.terminal_slope import half_life
from tests.simulation import closed_forms

MODEL = ["pk", "absorption", "metabolites"]


@pytest.fixture(scope="module")
def model():
    return assemble(MODEL)


def ragged(folder, n=40):
    """Write a file of people with times of their own; return its path."""
    random = np.random.default_rng(3)
    lines = ["ID,TIME,AMT,RATE,CMT,EVID,DV,DVID,WT,age"]
    for who in range(n):
        person = f"{random.uniform(50, 100)},{random.uniform(20, 80)}"
        lines.append(f"{who},0,35,52.5,ketamine iv,1,.,.,{person}")
        for time_h in np.sort(random.uniform(0, 12, random.integers(1, 8))):
            lines.append(f"{who},{time_h},.,.,.,0,1,{random.choice(['Cket', 'Cnk'])},{person}")
    file = folder / "ragged.csv"
    file.write_text("\n".join(lines))
    return file


def test_it_is_what_simulate_says_of_each_person(model, tmp_path):
    data = read_data(ragged(tmp_path, 5))
    predicted = simulate_data(model, data, rtol=1e-7)
    seen = data.observations
    for who in range(5):
        mine = np.flatnonzero(seen.individual == who)
        person = Population("typical").fix(
            WT=data.covariates["WT"][who], age=data.covariates["age"][who]
        )
        alone = simulate(model, data.regimens[who], person, seen.time_h[mine], rtol=1e-7)
        expected = [float(alone.sel(output=seen.output[k])[0, i]) for i, k in enumerate(mine)]
        # two grids of output times, one step tolerance of 1e-7
        assert predicted[mine] == pytest.approx(expected, rel=1e-5)


def test_chunks_do_not_matter(model, tmp_path, monkeypatch):
    data = read_data(ragged(tmp_path))
    whole = simulate_data(model, data)
    monkeypatch.setattr(data_file_run, "CHUNK_NUMBERS", 60)
    assert simulate_data(model, data) == pytest.approx(whole, rel=1e-6)
    assert np.isfinite(whole).all()


def test_values_by_person_win_over_the_file(model, tmp_path):
    data = read_data(ragged(tmp_path, 3))
    low, high = (simulate_data(model, data, values={"CL_S": v}) for v in (60.0, 120.0))
    mixed = simulate_data(model, data, values={"CL_S": np.array([60.0, 120.0, 60.0])})
    second = data.observations.individual == 1
    assert mixed == pytest.approx(np.where(second, high, low), rel=1e-6)
    assert not np.allclose(low, high, rtol=1e-2)
    light = simulate_data(model, data, values={"WT": 50.0})
    assert not np.allclose(light, simulate_data(model, data), rtol=1e-2)


def test_simulated_values_estimate_themselves(model):
    regimen = infusion("0.5 mg/kg", over="40 min", session=False)
    empty = data_of(regimen, [0.0, 1.0, 8.0], {"Cket": np.zeros((2, 3))}, {"WT": [60.0, 90.0]})
    filled = empty.with_values(simulate_data(model, empty))
    assert filled.observations.value == pytest.approx(simulate_data(model, filled))
    assert filled.observations.value[0] == 0.0
    with pytest.raises(UserError, match="values: 2 values for 6 time points"):
        empty.with_values(np.zeros(2))


@pytest.mark.parametrize(
    ("head", "cells", "message"),
    [
        ("CADS", "1", "column CADS is no covariate or parameter of the model"),
        ("CL_S", "x", "column CL_S is a parameter of the model and holds text"),
        ("met", "0.5", None),  # a covariate that this model does not need
    ],
)
def test_columns_the_model_does_not_know(model, head, cells, message, tmp_path):
    file = tmp_path / "data.csv"
    file.write_text(f"ID,TIME,DV,DVID,{head}\n1,1,2,Cket,{cells}\n")
    if message is None:
        assert simulate_data(model, read_data(file)).tolist() == [0.0]
    else:
        with pytest.raises(UserError, match=message):
            simulate_data(model, read_data(file))


def test_other_mistakes(model, tmp_path):
    file = tmp_path / "data.csv"
    file.write_text("ID,TIME,DV,DVID\n1,1,2,bS\n")
    with pytest.raises(UserError, match="the model has no output bS"):
        simulate_data(model, read_data(file))
    file.write_text("ID,TIME,DV,DVID\n1,1,2,Cket\n")
    with pytest.raises(UserError, match="parameter 'CL_X' is not in the model; nearest: CL_"):
        simulate_data(model, read_data(file), values={"CL_X": 1.0})
    with pytest.raises(UserError, match="parameter 'CL_S' has 2 values for 1 individuals"):
        simulate_data(model, read_data(file), values={"CL_S": np.ones(2)})
    with pytest.raises(UserError, match="parameter 'CL_S' must be a finite number, not nan"):
        simulate_data(model, read_data(file), values={"CL_S": np.nan})


def test_a_file_written_again_predicts_the_same(tmp_path):
    """Every case of the closed forms: steady state, resets, lags and all."""
    first = read_data(closed_forms.TABLE)
    write_data(tmp_path / "again.csv", first)
    again = read_data(tmp_path / "again.csv")
    model = assemble(["pk", "absorption"])
    one, two = (simulate_data(model, data) for data in (first, again))
    assert again.observations.value.tolist() == first.observations.value.tolist()
    # doses come back as the same events, to the last bit of a rate
    assert two == pytest.approx(one, rel=1e-9)


@pytest.mark.parametrize("liver", [1.0, 0.28])
def test_steady_state_written_out_is_long_enough(model, liver):
    """The ketamines' slowest half-life, Child-Pugh B included, is below the 12 h allowed for."""
    regimen = infusion("0.5 mg/kg", over="40 min", session=False)
    person = Population("typical").fix(liver=liver)
    times = np.arange(0, 202, 2.0)
    curves = simulate(model, regimen, person, times, ["vS", "vR", "Cnk", "Chnk"], rtol=1e-8)
    fit = half_life(times, curves.values[0].T, (100, 200))
    assert (fit.half_life_h < STEADY_STATE_H / 20).all()
    assert (fit.half_life_h > 6).all()
