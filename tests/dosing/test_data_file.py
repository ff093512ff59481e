"""Data files: what is read, what is refused and in which words."""

import numpy as np
import pytest

from ketasim.dosing import read_data
from ketasim.errors import UserError
from tests.dosing.data_texts import DOSE, HEADER, write


def test_a_file_as_others_write_it(tmp_path):
    file = write(
        tmp_path,
        "id;Time;AMT;RATE;CMT;EVID;ADDL;II;DV;MDV;DVID;WT;SEX;STUDY",
        "7;0;35;52.5;Ketamine IV;1;2;24;.;1;.;70;F;phase 1",
        "7;1;.;.;.;0;.;.;120;0;ketamine;70;F;phase 1",
        "7;1;.;.;.;0;.;.;61;0;norketamine;.;F;phase 1",
        "7;2;.;.;.;0;.;.;99;1;ketamine;70;F;phase 1",
        "3;0;28;.;Agut_S;1;.;.;.;1;.;81.5;0;phase 1",
        "3;1.5;.;.;.;2;.;.;.;1;Cket;81.5;0;phase 1",
    )
    data = read_data(file)
    assert data.ids == ("7", "3")
    assert data.covariates["WT"].tolist() == [70.0, 81.5]
    assert data.covariates["sex"].tolist() == [1.0, 0.0]
    assert dict(data.ignored) == {"STUDY": "holds text"}
    first, second = data.regimens
    assert [dose.start_h for dose in first.doses] == [0.0, 24.0, 48.0]
    assert first.doses[0].duration_h == pytest.approx(2 / 3, rel=1e-15)
    assert not first.doses[0].session
    assert (second.doses[0].drug.name, second.doses[0].route) == ("esketamine", "oral")
    seen = data.observations
    assert seen.individual.tolist() == [0, 0, 0, 1]
    assert seen.output.tolist() == ["Cket", "Cnk", "Cket", "Cket"]
    assert seen.missing.tolist() == [False, False, True, True]
    assert np.array_equal(seen.value, [120, 61, np.nan, np.nan], equal_nan=True)
    assert seen.line.tolist() == [3, 4, 5, 7]
    assert dict(data.units) == {"Cket": "ng/mL", "Cnk": "ng/mL"}


def test_units_in_the_header_and_in_columns(tmp_path):
    lines = "ID,TIME[min],AMT[ug/kg],RATE,CMT,DV,DV_UNIT,DVID,WT"
    dose, seen = "1,0,500,12.5,ketamine iv,.,.,.,60", "1,90,.,.,.,2,uM,vS,60"
    data = read_data(write(tmp_path, lines, dose, seen, "1,90,.,.,.,7,ng/mL,Cket,60"))
    (given,) = data.regimens[0].doses
    assert given.amount.mg_per_kg == pytest.approx(0.5)
    assert given.duration_h == pytest.approx(40 / 60)  # RATE is per minute, as TIME is
    assert data.observations.time_h.tolist() == [1.5, 1.5]
    assert data.observations.value == pytest.approx([2000.0, 7.0])
    assert data.units["vS"] == "nM"


def test_numbers_in_cmt_mean_what_one_says(tmp_path):
    lines = ["ID,TIME,AMT,CMT,EVID,DV", "1,0,10,1,1,.", "1,1,.,2,0,30", "1,2,.,.,0,20"]
    file = write(tmp_path, *lines)
    data = read_data(file, places={"1": "ketamine oral"}, analytes={"2": "Cnk", "": "ketamine"})
    assert data.regimens[0].doses[0].route == "oral"
    assert data.observations.output.tolist() == ["Cnk", "Cket"]
    with pytest.raises(UserError, match=r"data.csv:2: CMT = '1' is no place for a dose"):
        read_data(file, analytes={"2": "Cnk", "": "ketamine"})


def test_without_evid_an_amount_makes_a_dose(tmp_path):
    data = read_data(write(tmp_path, "ID,TIME,AMT,CMT,DV", "1,0,10,A1_S,.", "1,1,0,Cket,5"))
    assert len(data.regimens[0].doses) == 1
    assert data.observations.value.tolist() == [5.0]


def test_below_the_limit(tmp_path):
    head = "ID,TIME,DV,DVID,BLQ,CENS,LLOQ"
    rows = ["1,0,<2,Cket,.,.,.", "1,1,BLQ,Cket,.,.,3", "1,2,.,Cket,1,.,4", "1,3,5,Cket,.,1,."]
    seen = read_data(write(tmp_path, head, *rows, "1,4,6,Cket,0,0,5")).observations
    assert seen.below_limit.tolist() == [True, True, True, True, False]
    assert seen.limit.tolist() == [2.0, 3.0, 4.0, 5.0, 5.0]
    assert np.array_equal(seen.value, [np.nan] * 4 + [6.0], equal_nan=True)
    assert not seen.missing.any()
    assert seen.measured.tolist() == [False, False, False, False, True]


def test_a_place_in_the_file_decides_before_or_after_a_dose(tmp_path):
    rows = ["1,2,.,.,.,0,4,Cket", "1,2,10,.,A1_S,1,.,.", "1,2,.,.,.,0,9,Cket", "1,3,.,.,.,0,8,Cket"]
    seen = read_data(write(tmp_path, HEADER, *rows)).observations
    assert seen.after_dose.tolist() == [False, True, False]


def test_a_time_point_of_any_kind_needs_no_analyte(tmp_path):
    file = write(tmp_path, HEADER, "1,0,.,.,A1_S,2,.,.", "1,1,.,.,.,0,3,Cnk")
    seen = read_data(file).observations
    assert seen.output.tolist() == ["Cnk", "Cnk"]
    assert seen.missing.tolist() == [True, False]
    assert read_data(write(tmp_path, HEADER, "1,0,.,.,.,2,.,.")).observations.output == ["Cket"]


def test_resets_make_episodes(tmp_path):
    rows = [
        DOSE,
        "1,2,.,.,.,0,5,Cket",
        "1,3,.,.,.,3,.,.",
        "1,4,.,.,.,0,1,Cket",
        "1,0,20,.,ketamine iv,4,.,.",
        "1,1,.,.,.,0,6,Cket",
        "2,0,20,.,ketamine iv,1,.,.",
        "2,1,.,.,.,0,6,Cket",
    ]
    data = read_data(write(tmp_path, HEADER, *rows))
    assert data.n_individuals == 2
    assert data.episode_individual.tolist() == [0, 0, 0, 1]
    assert [len(regimen.doses) for regimen in data.regimens] == [1, 0, 1, 1]
    assert data.observations.episode.tolist() == [0, 1, 2, 3]


def test_covariates_that_change_or_lack(tmp_path):
    rows = ["1,0,1,Cket,{},{}", "1,1,1,Cket,{},{}"]
    head = "ID,TIME,DV,DVID,{},CL_S"

    def read(name, first, second):
        lines = rows[0].format(first, 80), rows[1].format(second, 81)
        return read_data(write(tmp_path, head.format(name), *lines))

    assert read("age", "40", ".").covariates["age"].tolist() == [40.0]
    assert read("age", "40", "40.0").covariates["age"].tolist() == [40.0]
    assert "changes within ID 1, from 80" in read("age", "40", "40").ignored["CL_S"]
    for name, cells, why in (
        (
            "WT",
            ("70", "71"),
            ":3: WT = '71' changes within ID 1, from 70; one value per ID is read",
        ),
        ("WT", (".", ""), ":2: WT = '.' is missing for ID 1"),
        ("cyp2b6", ("0.3", "0.3"), ":2: cyp2b6 = '0.3' is none of 0, 0.5, 1"),
        ("liver", (".", "0"), ":3: liver = '0' is not positive"),
        ("sex", ("W", "W"), ":2: sex = 'W' is not a number"),
    ):
        with pytest.raises(UserError) as caught:
            read(name, *cells)
        assert str(caught.value).endswith(why)


def test_columns_left_out(tmp_path):
    file = write(tmp_path, "ID,TIME,DV,DVID,WT", "1,0,1,Cket,70", "1,1,1,Cket,71")
    assert not read_data(file, ignore=["wt"]).covariates
    with pytest.raises(UserError, match=r"no column WTT to ignore; nearest: WT"):
        read_data(file, ignore=["WTT"])


@pytest.mark.parametrize(
    ("head", "rows", "message"),
    [
        ("ID,TIM,AMT", ["1,0,1"], ": no column TIME; nearest: TIM"),
        ("ID,TIME,WT", ["1,0,1"], ": no column DV or AMT, so nothing to read"),
        (HEADER, [",2,.,.,.,0,4,Cket"], ":2: ID = '' is missing"),
        (HEADER, ["1,.,.,.,.,0,4,Cket"], ":2: TIME = '.' is missing"),
        (
            HEADER,
            [DOSE, "1,2,.,.,.,0,3,Cket", "1,1,.,.,.,0,3,Cket"],
            ":4: TIME = '1' is earlier than the row before (2); sort the rows of ID 1",
        ),
        (
            HEADER,
            ["1,2,.,.,.,0,3,Cket", "2,1,.,.,.,0,3,Cket", "1,3,.,.,.,0,3,Cket"],
            ":4: ID = '1' stands on line 2 already; keep the rows of one ID together",
        ),
        (
            HEADER,
            ["1,2,.,.,.,0,3,ketamine", "1,2,.,.,.,0,3,Cket"],
            ":3: TIME = '2' stands twice for Cket of ID 1",
        ),
        (
            HEADER,
            ["1,2,.,.,.,7,3,Cket"],
            ":2: EVID = '7' is unknown; choose from: 0, 1, 2, 3, 4",
        ),
        (
            HEADER,
            ["1,2,.,.,.,0,-3,Cket"],
            ":2: DV = '-3' is negative; a concentration is 0 or more, "
            "and is not given as a logarithm",
        ),
        (HEADER, ["1,2,-5,.,A1_S,1,.,."], ":2: AMT = '-5' is negative"),
        (HEADER, ["1,2,5,-3,A1_S,1,.,."], ":2: RATE = '-3' is negative"),
        (
            HEADER,
            ["1,2,5,-2,A1_S,1,.,."],
            ":2: RATE = '-2' asks for a modelled rate or duration; "
            "write RATE, or the length in a column DUR",
        ),
        (
            HEADER,
            ["1,2,5,.,ketamine ivv,1,.,."],
            ":2: CMT = 'ketamine ivv' is no place for a dose; nearest: ketamine iv",
        ),
        (HEADER, ["1,2,5,.,.,1,.,."], ":2: CMT is missing; write for instance 'ketamine iv'"),
        (
            HEADER,
            ["1,2,5,2,ketamine nasal,1,.,."],
            ":2: RATE = '2' into ketamine nasal, which takes no infusion; "
            "routes that do: iv, im, sc, ip, oral, sublingual",
        ),
        (
            HEADER,
            ["1,2,5,1e9,A1_S,1,.,."],
            ":2: RATE = '1e9' is over in no time; for a dose given at once write 0",
        ),
        (
            HEADER,
            ["1,0,3,.,.,0,4,Cket"],
            ":2: AMT = '3' stands on a row that gives nothing: EVID 0",
        ),
        (
            HEADER,
            ["1,2,.,.,.,0,4,ketamin"],
            ":2: DVID = 'ketamin' is no analyte; nearest: ketamine",
        ),
        (
            HEADER,
            ["1,2,.,.,.,0,4,."],
            ":2: DVID is missing; name the analyte, for instance ketamine",
        ),
        ("ID,TIME,DV,CMT", ["1,2,4,Ckett"], ":2: CMT = 'Ckett' is no analyte; nearest: Cket"),
        ("ID,TIME,AMT,CMT,ADDL", ["1,0,5,A1_S,3"], ":2: ADDL = '3' needs an interval II above 0"),
        (
            "ID,TIME,AMT,CMT,ADDL,II",
            ["1,0,5,A1_S,1.5,3"],
            ":2: ADDL = '1.5' is not a whole number of 0 or more",
        ),
        (
            "ID,TIME,AMT,CMT,ADDL,II",
            ["1,0,5,A1_S,1e9,3"],
            ":2: ADDL = '1e9' stands for more than 100000 doses; is it in the right unit?",
        ),
        (
            "ID,TIME,AMT,CMT,SS,II",
            ["1,0,5,A1_S,3,4"],
            ":2: SS = '3' is unknown; choose from: 0, 1, 2",
        ),
        ("ID,TIME,AMT,CMT,SS,II", ["1,0,5,A1_S,1,0"], ":2: SS = '1' needs an interval II above 0"),
        (
            "ID,TIME,AMT,CMT,SS,II",
            ["1,0,5,A1_S,1,1e-4"],
            ":2: II = '1e-4' stands for more than 100000 doses; is it in the right unit?",
        ),
        ("ID,TIME,AMT,CMT,SS,II", ["1,0,0,A1_S,1,4"], ":2: SS = '1' has no AMT"),
        (
            "ID,TIME,AMT,CMT,SS,II,DV,DVID",
            ["1,0,5,A1_S,0,0,.,.", "1,1,.,.,.,.,4,Cket", "1,2,5,A1_S,2,12,.,."],
            ":4: SS = '2' after an observation, which the doses before it would change; "
            "use SS 1, or EVID 4 first",
        ),
        (
            "ID,TIME,AMT,CMT,RATE,DUR",
            ["1,0,5,A1_S,3,4"],
            ":2: RATE = '3' and DUR together; give rate or duration",
        ),
        (
            "ID,TIME,AMT,CMT,RATE,II,SS",
            ["1,0,0,A1_S,3,0,0"],
            ":2: RATE = '3' without AMT; only a constant infusion at steady state (SS 1, II 0) "
            "has no amount",
        ),
        (HEADER, ["1,0,.,.,A1_S,1,.,."], ":2: AMT = '.' is missing on a dose; write 0 for none"),
        ("ID,TIME,AMT,CMT,LAG", ["1,0,5,A1_S,-1"], ":2: LAG = '-1' is negative"),
        ("ID,TIME,AMT[mg/kg],CMT", ["1,0,5,A1_S"], ":2: WT is missing; doses are per kg"),
        ("ID,TIME,AMT[mgg],CMT", ["1,0,5,A1_S"], ": AMT[mgg] is no unit of a dose; nearest: mg"),
        (
            "ID,TIME,AMT,CMT,AMT_UNIT",
            ["1,0,5,A1_S,mg", "1,1,5,A1_S,ug"],
            ":3: AMT_UNIT = 'ug' mixes units; earlier doses into A1_S have mg",
        ),
        (
            "ID,TIME,AMT,CMT,AMT_UNIT",
            ["1,0,5,A1_S,."],
            ":2: AMT_UNIT = '.' is missing; write for instance mg",
        ),
        (
            "ID,TIME,AMT[mg],RATE[ug/h],CMT",
            ["1,0,5,2,A1_S"],
            ": RATE[ug/h] must be the unit of AMT per time, as mg/h",
        ),
        (
            "ID,TIME,DV,DVID,DV_UNIT",
            ["1,0,5,Cket,ng/mL", "1,1,5,vS,nM", "1,2,5,Cket,nM"],
            ":4: DV_UNIT = 'nM' mixes units; earlier values of Cket have ng/mL",
        ),
        (
            "ID,TIME,DV,DVID,DV_UNIT",
            ["1,0,5,Cket,ng"],
            ":2: DV_UNIT = 'ng' is no unit of a concentration; nearest: ng/L",
        ),
        (
            "ID,TIME,DV,DVID,TIME_UNIT",
            ["1,0,5,Cket,h", "1,1,5,Cket,min"],
            ":3: TIME_UNIT = 'min' mixes units; the rows before have h",
        ),
        (
            "ID,TIME,DV,DVID",
            ["1,0,BLQ,Cket"],
            ":2: DV is below the limit, which is not given; add LLOQ or write <2",
        ),
        ("ID,TIME,DV,DVID,LLOQ", ["1,0,5,Cket,0"], ":2: LLOQ = '0' is not positive"),
        ("ID,TIME,DV,DVID,BLQ", ["1,0,5,Cket,2"], ":2: BLQ = '2' is unknown; choose from: 0, 1"),
        (
            "ID,TIME,AMT[mg/kg],CMT,WT",
            ["1,0,5,esketamine nasal,70"],
            ":2: AMT: dose: '5.0 mg/kg' must be fixed, as '56 mg': one nasal device holds 28 mg",
        ),
    ],
)
def test_mistakes_name_file_line_and_column(head, rows, message, tmp_path):
    file = write(tmp_path, head, *rows)
    with pytest.raises(UserError) as caught:
        read_data(file)
    assert str(caught.value) == f"{file}{message}"
