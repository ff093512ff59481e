"""The event table: columns, exact round trip, records refused by name."""

import numpy as np
import pytest

from ketasim.dosing import (
    bolus,
    engine_events,
    event_table,
    infusion,
    intranasal,
    oral,
    read_csv,
    regimens,
    write_csv,
)
from ketasim.dosing.event_table import COLUMNS
from ketasim.errors import UserError

PROTOCOL = infusion("0.5 mg/kg", over="40 min").twice_weekly(weeks=1) + oral("1 mg/kg")


def test_rows_are_dose_and_compartment():
    table = event_table(infusion("0.5 mg/kg", over="40 min"), [70.0, 80.0], ids=["a", "b"])
    assert table.ID.tolist() == ["a", "a", "b", "b"]
    assert table.CMT.tolist() == ["A1_R", "A1_S", "A1_R", "A1_S"]
    assert table.AMT.tolist() == pytest.approx([17.5, 17.5, 20.0, 20.0], rel=1e-14)
    assert table.RATE.tolist() == pytest.approx([26.25, 26.25, 30.0, 30.0], rel=1e-14)
    assert set(table.EVID) == {1}


@pytest.mark.parametrize("regimen", [PROTOCOL, bolus("10 mg"), intranasal("84 mg")], ids=str)
def test_a_written_table_gives_the_same_events(regimen, tmp_path):
    weight_kg = [61.7, 84.3]
    write_csv(event_table(regimen, weight_kg), tmp_path / "doses.csv")
    header = (tmp_path / "doses.csv").read_text().splitlines()[0]
    assert header == ",".join(COLUMNS)
    read = regimens(read_csv(tmp_path / "doses.csv"))
    assert list(read) == ["1", "2"]
    again, first = engine_events(list(read.values()), weight_kg), engine_events(regimen, weight_kg)
    assert again.targets == first.targets
    assert np.array_equal(again.offsets, first.offsets)
    # AMT/RATE gives the length back to rounding, the grid of times to 3.4 microseconds
    assert again.time == pytest.approx(first.time, abs=4e-6 / 3600)
    assert again.value == pytest.approx(first.value, rel=3e-9)


def write(tmp_path, *lines):
    file = tmp_path / "doses.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def test_a_file_as_others_write_it(tmp_path):
    file = write(
        tmp_path,
        "ID,TIME,DV,AMT,RATE,CMT,EVID,ADDL,II,SS,WT",
        "1,0,.,35,52.5,ketamine iv,1,2,24,0,70",
        "1,1,120,.,.,A1_S,0,.,.,.,70",
    )
    (regimen,) = regimens(read_csv(file)).values()
    assert [dose.start_h for dose in regimen.doses] == [0.0, 24.0, 48.0]
    assert regimen.doses[0].duration_h == pytest.approx(2 / 3)
    assert regimen.doses[0].drug.name == "ketamine"


def test_without_evid_rows_with_an_amount_are_doses(tmp_path):
    file = write(tmp_path, "ID,TIME,AMT,CMT", "1,0,10,Agut_S", "1,1,0,Agut_S")
    assert len(read_csv(file)) == 1


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["ID,TIME,AMT,CMPT", "1,0,1,A1_S"], ": no column CMT; nearest: CMPT"),
        (["ID,TIME,AMT,CMT", "1,x,1,A1_S"], ":2: TIME = 'x' is not a number"),
        (["ID,TIME,AMT,CMT", "1,nan,1,A1_S"], ":2: TIME = 'nan' is not a finite number"),
        (["ID,TIME,AMT,CMT", ",0,1,A1_S"], ":2: ID is empty"),
        (["ID,TIME,AMT,CMT", "1,0,-1,A1_S"], ":2: AMT = -1 is negative"),
        (["ID,TIME,AMT,CMT", "1,0,1,A1_s"], ":2: unknown compartment CMT = 'A1_s'; nearest: A1_S"),
        (
            ["ID,TIME,AMT,CMT,EVID", "1,0,1,A1_S,4"],
            ":2: EVID = 4; only doses (1) and observations (0) are understood",
        ),
        (
            ["ID,TIME,AMT,CMT,SS", "1,0,1,A1_S,1"],
            ":2: SS = 1; steady state is not guessed; write the doses out",
        ),
        (
            ["ID,TIME,AMT,CMT,ADDL", "1,0,1,A1_S,3"],
            ":2: ADDL = 3 needs an interval II above 0",
        ),
        (["ID,TIME,AMT,RATE,CMT", "1,0,1,-2,A1_S"], ":2: RATE = -2 is negative"),
    ],
)
def test_mistakes_name_file_line_and_column(lines, message, tmp_path):
    file = write(tmp_path, *lines)
    with pytest.raises(UserError) as caught:
        read_csv(file)
    assert str(caught.value) == f"{file}{message}"


def test_other_mistakes(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        read_csv(tmp_path / "none.csv")
    with pytest.raises(UserError, match="ids: 1 identifiers for 2 individuals"):
        event_table(PROTOCOL, [70.0, 80.0], ids=["a"])
    file = write(tmp_path, "ID,TIME,AMT,RATE,CMT", "7,0,10,5,Agut_S")
    with pytest.raises(UserError, match="ID 7: RATE = 5 into Agut_S, not an infusion"):
        regimens(read_csv(file))
