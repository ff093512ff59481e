"""``ketasim nca``: from a data file to a table, JSON and CSV."""

import csv
import json

import numpy as np
import pytest

from ketasim.cli import main
from ketasim.cli.nca import nca_rows
from ketasim.errors import UserError

TIMES = (0.25, 0.5, 1, 2, 4, 8, 12, 24)


def write(folder, *lines, head="ID,TIME,AMT,RATE,CMT,DV,DVID,WT"):
    file = folder / "data.csv"
    file.write_text("\n".join([head, *lines]) + "\n")
    return file


def falling(who, k=0.25, start=400.0, name="Cket", factor=1.0):
    """Return rows of an exponential: 40 mg in 100 L."""
    return [f"{who},{t},.,.,.,{factor * start * np.exp(-k * t)},{name},80" for t in TIMES]


def test_a_bolus_is_drawn_back_to_its_dose(tmp_path):
    file = write(tmp_path, "7,0,40,.,ketamine iv,.,.,80", *falling("7"))
    (row,) = nca_rows(file)
    assert (row["ID"], row["analyte"], row["dose_mg"]) == ("7", "Cket", 40.0)
    assert row["cmax_ng_mL"] == pytest.approx(400)
    assert row["half_life_h"] == pytest.approx(np.log(2) / 0.25)
    assert row["clearance_L_h"] == pytest.approx(25)
    assert row["vss_L"] == pytest.approx(100)
    assert (row["window_first_h"], row["window_last_h"], row["window_points"]) == (0, 24, 9)
    assert row["note"] == "start drawn back from the first two samples"


def test_times_count_from_the_dose_and_units_are_converted(tmp_path):
    rows = falling("1", name="S-ketamine")
    later = [f"1,{float(r.split(',')[1]) + 5},{','.join(r.split(',')[2:])}" for r in rows]
    file = write(tmp_path, "1,5,80,.,ketamine iv,.,.,80", *later)
    (row,) = nca_rows(file, window="4h..24h")
    assert row["dose_mg"] == 40  # the S half of the racemate
    assert row["clearance_L_h"] == pytest.approx(25)
    assert (row["window_first_h"], row["window_last_h"]) == (4, 24)


def test_an_infusion_begins_at_nothing(tmp_path):
    rows = ["1,1,.,.,.,50,Cket,80", "1,2,.,.,.,25,Cket,80", "1,3,.,.,.,12.5,Cket,80"]
    file = write(tmp_path, "1,0,40,40,ketamine iv,.,.,80", *rows, "1,4,.,.,.,6.25,Cket,80")
    (row,) = nca_rows(file)
    assert row["tmax_h"] == 1
    assert row["auc_last_ng_h_mL"] == pytest.approx(25 + (50 - 6.25) / np.log(2))
    assert row["mrt_h"] > 0
    assert row["note"] == ""


def test_a_release_by_mouth_is_no_infusion(tmp_path):
    rows = [f"1,{t},.,.,.,{9 * np.exp(-t / 4)},Cket,80" for t in (1, 2, 4, 8)]
    (row,) = nca_rows(write(tmp_path, "1,0,40,20,ketamine oral,.,.,80", *rows))
    (other,) = nca_rows(write(tmp_path, "1,0,40,20,ketamine iv,.,.,80", *rows))
    assert row["mrt_h"] == pytest.approx(other["mrt_h"] + 1)


def test_below_the_limit_is_nothing_before_and_left_out_after(tmp_path):
    rows = ["1,0.5,.,.,.,<2,Cket,80", "1,1,.,.,.,8,Cket,80", "1,2,.,.,.,4,Cket,80"]
    more = ["1,3,.,.,.,2,Cket,80", "1,4,.,.,.,<2,Cket,80"]
    file = write(tmp_path, "1,0,40,.,ketamine oral,.,.,80", *rows, *more)
    (row,) = nca_rows(file)
    assert row["auc_last_ng_h_mL"] == pytest.approx(2 + (8 - 2) / np.log(2))
    assert row["half_life_h"] != row["half_life_h"]
    assert row["note"] == "fewer than 3 points after the peak"


def test_after_several_doses_there_is_no_clearance(tmp_path):
    head = "ID,TIME,AMT,CMT,ADDL,II,DV,DVID"
    rows = [f"1,{24 + t},.,.,.,.,{90 * np.exp(-0.2 * t)},Cket" for t in (1, 2, 4, 8)]
    (row,) = nca_rows(write(tmp_path, "1,0,40,A1_S,1,24,.,.", *rows, head=head))
    assert row["half_life_h"] == pytest.approx(np.log(2) / 0.2)
    assert row["tmax_h"] == 1
    assert np.isnan(row["clearance_L_h"])
    assert np.isnan(row["auc_inf_ng_h_mL"])
    assert row["note"] == "several doses: after the last one"


def test_analytes_people_and_episodes_are_rows(tmp_path):
    dose = "{},0,40,.,ketamine iv,.,.,80"
    people = [dose.format(1), *falling(1), *falling(1, name="Cnk", factor=0.5)]
    people = [people[0], *sorted(people[1:], key=lambda row: float(row.split(",")[1]))]
    file = write(tmp_path, *people, dose.format(2), *falling(2))
    assert [(r["ID"], r["analyte"]) for r in nca_rows(file)] == [
        ("1", "Cket"),
        ("1", "Cnk"),
        ("2", "Cket"),
    ]
    (row,) = nca_rows(file, analytes=["norketamine"])
    assert np.isnan(row["clearance_L_h"])  # of a metabolite the dose is not known
    numbered = write(tmp_path, "1,0,40,.,1,.,.,80", *falling(1, name="2"))
    (row,) = nca_rows(numbered, analytes=["2=Cket"], place=["1=ketamine iv"])
    assert row["clearance_L_h"] == pytest.approx(25)


def test_the_command_prints_json_and_writes_csv(tmp_path, capsys):
    file = write(tmp_path, "7,0,40,.,ketamine iv,.,.,80", *falling("7"))
    out = tmp_path / "nca.csv"
    assert main(["nca", str(file), "--json", "--out", str(out), "--window", "1h..24h"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    (row,) = csv.DictReader(out.read_text().splitlines())
    assert told["clearance_L_h"] == pytest.approx(25)
    assert float(row["clearance_L_h"]) == told["clearance_L_h"]
    assert float(row["window_first_h"]) == 1
    assert main(["nca", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "half-life" in shown
    assert "0-24 (9)" in shown
    assert "start drawn back from the first two samples: 7 Cket" in shown


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--analyte", "norketamine"], "--analyte: 'norketamine' is not in"),
        (["--window", "8h"], "--window: '8h' has no two edges; write for instance 8h..24h"),
        (["--window", "24h..8h"], "--window: '24h..8h' ends before it begins"),
        (["--window", "8..24h"], "--window: '8' has no unit"),
        (["--place", "1"], "--place: '1' is not NAME=VALUE"),
    ],
)
def test_mistakes_are_told_in_one_line(options, message, tmp_path, capsys):
    file = write(tmp_path, "7,0,40,.,ketamine iv,.,.,80", *falling("7"))
    assert main(["nca", str(file), *options]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"ketasim: {message}")
    assert told.count("\n") == 1


def test_a_file_without_concentrations(tmp_path):
    with pytest.raises(UserError, match="no concentrations in it"):
        nca_rows(write(tmp_path, "1,0,30,MADRS", head="ID,TIME,DV,DVID"))
