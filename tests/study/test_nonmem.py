"""NONMEM data sets: numbers alone, and the same events when they are read back."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from ketasim.dosing import engine_events
from ketasim.errors import UserError
from ketasim.study import Setup, prepare, read_study
from ketasim.study.nonmem import OWN, codes_path, read_nonmem, write_nonmem

STUDY = """
title = "Ways in"
n = 3
seed = 5
mechanisms = ["pk", "absorption", "metabolites", "brain"]
outputs = ["Cket"]
control = "saline"
times = { until = "30 d" }
[[arms]]
name = "mixed"
regimen = [
  { drug = "ketamine", dose = "0.5 mg/kg", over = "40 min", per_week = 2, weeks = 2 },
  { route = "intranasal", drug = "esketamine", dose = "56 mg", start = "20 d" },
  { route = "oral", dose = "50 mg", formulation = "prolonged-release tablet", start = "21 d" },
]
[[arms]]
name = "saline"
regimen = [{ drug = "saline" }]
[[arms]]
name = "clamped"
open_label = true
regimen = [{ route = "daily", drug = "SSRI", for = "7 d" }, { route = "im", dose = "20 mg" }]
"""
NUMBER = re.compile(r"-?\d+(\.\d*)?(e-?\d+)?\Z|\.\Z")


@pytest.fixture(scope="module")
def setup() -> Setup:
    return prepare(read_study(STUDY, "study.toml"))


def events_of(events) -> list[tuple[float, str, int, float]]:
    """Return times, targets, kinds and values of what enters the body, sorted."""
    rows = zip(events.time, events.target, events.kind, events.value, strict=True)
    return sorted((float(t), events.targets[k], int(kind), float(v)) for t, k, kind, v in rows)


@pytest.mark.parametrize("samples_h", [(), (2 / 3, 2.0, 24.0, 481.0)])
def test_reads_back_to_the_same_events(setup, tmp_path, samples_h):
    found = write_nonmem(setup, tmp_path / "trial.csv", samples_h)
    data = read_nonmem(found.data)
    n = setup.population.n
    assert data.n_individuals == 3 * n
    weights = data.covariates["WT"]
    assert np.array_equal(weights[:n], weights[n : 2 * n])
    place = 0
    for name, regimen in setup.regimens.items():
        for _ in range(n):
            given = engine_events(regimen, [weights[place]])
            ours = events_of(given.without({"u_session", "u_open", "u_SSRI"}))
            again = events_of(engine_events(data.regimens[place], [weights[place]]))
            assert [row[1:3] for row in again] == [row[1:3] for row in ours], name
            # RATE goes through a quotient, which may lose a bit
            np.testing.assert_allclose([r[0] for r in again], [r[0] for r in ours], rtol=1e-12)
            np.testing.assert_allclose([r[3] for r in again], [r[3] for r in ours], rtol=1e-12)
            place += 1


def test_every_cell_is_a_number(setup, tmp_path):
    found = write_nonmem(setup, tmp_path / "trial.csv", (1.0, 4.0))
    rows = list(csv.reader(found.data.open()))
    assert rows[0][:10] == ["ID", "TIME", "AMT", "RATE", "CMT", "EVID", "ADDL", "II", "SS", "DV"]
    assert rows[0][-2:] == list(OWN)
    assert {"WT", "AGE", "SEX"} <= set(rows[0])
    assert all(NUMBER.match(cell) for row in rows[1:] for cell in row)
    assert not found.data.read_text().startswith("#")
    evid = rows[0].index("EVID")
    amt = rows[0].index("AMT")
    assert all(row[amt] != "." for row in rows[1:] if row[evid] == "1")


def test_codes_say_what_numbers_mean(setup, tmp_path):
    found = write_nonmem(setup, tmp_path / "trial.csv", (1.0,))
    assert found.codes == codes_path(found.data) == tmp_path / "trial.codes.csv"
    rows = list(csv.DictReader(found.codes.open()))
    arms = {row["code"]: row["meaning"] for row in rows if row["column"] == "ARM"}
    assert arms == {"1": "mixed", "2": "saline", "3": "clamped"}
    seen = {row["meaning"]: row["unit or words"] for row in rows if row["column"] == "DVID"}
    assert seen == {"Cket": "ng/mL", "Cnk": "ng/mL", "Chnk": "ng/mL"}


def test_what_has_no_record_is_named(setup, tmp_path):
    found = write_nonmem(setup, tmp_path / "trial.csv")
    assert len(found.left_out) == 2
    assert all(line.startswith("arm clamped: ") for line in found.left_out)
    assert "u_SSRI" in " ".join(found.left_out)
    assert "u_open" in " ".join(found.left_out)


def test_samples_are_near_the_model_and_never_negative(setup, tmp_path):
    """Errors are of some 10 to 40 %: the logs of seen over true average near 0."""
    from ketasim.simulation import simulate

    times_h = (0.5, 1.0, 2.0, 4.0)
    data = read_nonmem(write_nonmem(setup, tmp_path / "trial.csv", times_h).data)
    seen = data.observations
    assert np.all(seen.value[seen.measured] >= 0)
    mine = seen.measured & (seen.individual < 3) & (seen.output == "Cket")
    true = simulate(setup.model, setup.regimens["mixed"], setup.population, times_h, "Cket").values
    ratio = np.log(seen.value[mine] / true[:, :, 0].ravel())
    assert 0.05 < np.std(ratio) < 0.6
    assert abs(np.mean(ratio)) < 0.3
    again = read_nonmem(write_nonmem(setup, tmp_path / "again.csv", times_h).data)
    assert np.array_equal(again.observations.value, seen.value, equal_nan=True)


@pytest.mark.parametrize(
    ("samples_h", "outputs", "said"),
    [
        ((-1.0,), ("Cket",), "not times"),
        ((float("nan"),), ("Cket",), "not times"),
        ((1.0,), ("Ckett",), "nearest: Cket"),
        ((1.0,), ("A1_S",), "no residual error"),
    ],
)
def test_refusals(setup, tmp_path, samples_h, outputs, said):
    with pytest.raises(UserError, match=said):
        write_nonmem(setup, tmp_path / "trial.csv", samples_h, outputs)
    assert list(tmp_path.iterdir()) == []


def test_without_its_codes_it_is_not_read(setup, tmp_path):
    found = write_nonmem(setup, tmp_path / "trial.csv")
    found.codes.unlink()
    with pytest.raises(UserError, match=r"trial\.codes\.csv, are not there"):
        read_nonmem(found.data)


def test_one_file_cannot_take_a_folders_place(setup, tmp_path):
    Path(tmp_path / "trial.codes.csv").mkdir()
    with pytest.raises(UserError, match="it is a folder"):
        write_nonmem(setup, tmp_path / "trial.csv")
    assert not (tmp_path / "trial.csv").exists()


@pytest.mark.parametrize("row", ["CMT,1", "WEIGHT,1,kg,kg", "CMT,,ketamine iv,mg"])
def test_codes_that_say_nothing_are_told_by_line(tmp_path, row):
    (tmp_path / "t.csv").write_text("ID,TIME,AMT,CMT\n1,0,1,1\n")
    (tmp_path / "t.codes.csv").write_text(f"column,code,meaning,unit or words\n{row}\n")
    with pytest.raises(UserError, match=r"t\.codes\.csv:2: needs column"):
        read_nonmem(tmp_path / "t.csv")
