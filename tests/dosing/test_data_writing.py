"""Written data files read back as they were."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketasim.dosing import (
    Dose,
    Regimen,
    bolus,
    data_of,
    drug,
    engine_events,
    hold,
    infusion,
    injection,
    intranasal,
    oral,
    read_data,
    sublingual,
    write_data,
)
from ketasim.dosing.quantities import Amount
from ketasim.errors import UserError
from tests.dosing.data_texts import write

WEIGHTS = np.array([61.7, 84.3])
PROTOCOL = infusion("0.5 mg/kg", over="40 min", session=False).twice_weekly(weeks=1)


def data(regimen, values=None, **more):
    seen = {"Cket": np.arange(6).reshape(2, 3) / 7} if values is None else values
    return data_of(regimen, [0.0, 1.5, 60.0], seen, {"WT": WEIGHTS}, **more)


@pytest.mark.parametrize(
    "regimen",
    [
        PROTOCOL,
        bolus("10 mg", session=False),
        oral("1 mg/kg", session=False),
        oral("40 mg", formulation="prolonged-release tablet", session=False),
        intranasal("84 mg", session=False),
        intranasal("0.5 mg/kg", "ketamine", session=False).repeat(every="8 h", times=4),
        sublingual("100 mg", "esketamine", lag="10 min", session=False),
        injection("0.3 mg/kg", "im", session=False) + PROTOCOL,
        oral("20 mg", "memantine", session=False)
        + infusion("2 mg", "20 min", "midazolam", session=False),
    ],
    ids=str,
)
def test_doses_read_back_as_the_same_events(regimen, tmp_path):
    write_data(tmp_path / "data.csv", data(regimen))
    read = read_data(tmp_path / "data.csv")
    again, first = engine_events(read.regimens, WEIGHTS), engine_events(regimen, WEIGHTS)
    assert again.targets == first.targets
    assert np.array_equal(again.offsets, first.offsets)
    assert np.array_equal(again.kind, first.kind)
    assert np.array_equal(again.time, first.time)  # on the engine's grid, to the last bit
    assert again.value == pytest.approx(first.value, rel=1e-13)  # sums of a few rounded products


def test_observations_read_back_exactly(tmp_path):
    values = {"Cket": np.arange(6).reshape(2, 3) / 7, "vS": np.arange(6).reshape(2, 3) / 3}
    values["vS"][1, 2] = np.nan
    written = data(PROTOCOL, values, ids=["a", "b"])
    write_data(tmp_path / "data.csv", written)
    read = read_data(tmp_path / "data.csv")
    assert read.ids == ("a", "b")
    assert read.covariates["WT"].tolist() == WEIGHTS.tolist()
    assert read.units == {"Cket": "ng/mL", "vS": "nM"}
    for name in ("individual", "episode", "time_h", "output", "missing", "below_limit"):
        assert np.array_equal(getattr(read.observations, name), getattr(written.observations, name))
    assert np.array_equal(read.observations.value, written.observations.value, equal_nan=True)


def test_everything_a_file_can_say_comes_back(tmp_path):
    file = write(
        tmp_path,
        "ID,TIME,AMT,RATE,CMT,EVID,ADDL,II,SS,LAG,DV,MDV,DVID,BLQ,LLOQ,age,CL_S",
        "1,0,35,52.5,ketamine iv,1,3,12,1,.,.,1,.,.,.,40,88.5",
        "1,0,.,.,.,0,.,.,.,.,7,0,Cket,.,.,40,88.5",
        "1,2,.,.,.,0,.,.,.,.,.,0,Cket,1,2,40,88.5",
        "1,3,9,.,A1_S,1,.,.,.,.,.,1,.,.,.,40,88.5",
        "1,3,.,.,.,0,.,.,.,.,5,0,Cket,.,2,40,88.5",
        "1,4,.,.,.,2,.,.,.,.,.,1,Cnk,.,.,40,88.5",
        "1,1,9,.,ketamine oral,4,.,.,.,0.5,.,1,.,.,.,40,88.5",
        "1,6,.,.,.,0,.,.,.,.,5,0,Cnk,.,.,40,88.5",
        "2,0,0,.,.,1,.,.,.,.,.,1,.,.,.,50,80",
    )
    first = read_data(file)
    write_data(tmp_path / "again.csv", first)
    again = read_data(tmp_path / "again.csv")
    write_data(tmp_path / "third.csv", again)
    assert (tmp_path / "third.csv").read_text() == (tmp_path / "again.csv").read_text()
    assert again.ids == first.ids
    assert again.regimens == first.regimens
    assert again.episode_individual.tolist() == first.episode_individual.tolist()
    for name in first.covariates:
        assert again.covariates[name].tolist() == first.covariates[name].tolist()
    for name in vars(first.observations):
        if name != "line":
            was, now = getattr(first.observations, name), getattr(again.observations, name)
            same = np.array_equal(was, now, equal_nan=was.dtype == float)
            assert same, name


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 500),
            st.floats(1e-3, 1e3),
            st.sampled_from(["0", "7.3", "0.01"]),
            st.sampled_from(["ketamine iv", "esketamine iv", "A1_R"]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_any_injections_come_back(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("any")
    lines = [f"1,{time!r},{mg!r},{cmt},{length}" for time, mg, length, cmt in sorted(rows)]
    first = read_data(write(folder, "ID,TIME,AMT,CMT,DUR", *lines))
    write_data(folder / "again.csv", first)
    again = read_data(folder / "again.csv")
    one, two = engine_events(first.regimens, [70.0]), engine_events(again.regimens, [70.0])
    assert np.array_equal(one.time, two.time)
    assert two.value == pytest.approx(one.value, rel=1e-6)  # a length of 0.01 h on a grid of 1e-9 h


def test_dose_rows_have_no_value(tmp_path):
    write_data(tmp_path / "data.csv", data(PROTOCOL))
    lines = (tmp_path / "data.csv").read_text().splitlines()
    assert lines[0] == "ID,TIME,AMT,RATE,CMT,EVID,ADDL,II,SS,DV,MDV,DVID,WT"
    assert lines[2] == "1,0.0,30.85,46.275000000000006,ketamine iv,1,1,72.0,.,.,1,.,61.7"


@pytest.mark.parametrize(
    ("regimen", "message"),
    [
        (hold("u_NBQX", for_="8 h"), "u_NBQX is held, for which there is no column"),
        (
            Regimen((Dose(drug("SSRI"), Amount(mg=1.0), "oral"),)),
            "SSRI has no kinetics, so no compartment to write",
        ),
    ],
)
def test_what_has_no_column(regimen, message, tmp_path):
    with pytest.raises(UserError, match=message):
        write_data(tmp_path / "data.csv", data(regimen))
    assert not list(tmp_path.iterdir())


def test_shapes_that_do_not_fit():
    with pytest.raises(UserError, match=r"values: Cket has shape \(2, 2\), not \(2, 3\)"):
        data(PROTOCOL, {"Cket": np.zeros((2, 2))})
    with pytest.raises(UserError, match="ids: 1 given for 2 individuals"):
        data(PROTOCOL, ids=["a"])
    with pytest.raises(UserError, match="regimen: 3 given for 2 individuals"):
        data([PROTOCOL] * 3)
    with pytest.raises(UserError, match="the unit of lig is not known"):
        data(PROTOCOL, {"lig": np.zeros((2, 3))})
