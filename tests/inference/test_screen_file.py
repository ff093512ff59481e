"""A file of candidates is read with its units, or refused in one line that says where."""

from __future__ import annotations

import math

import pytest

from ketasim import UserError
from ketasim.cli.screen import shipped_candidates
from ketasim.inference.screen_columns import ACTIVITIES, COLUMNS
from ketasim.inference.screen_file import read_candidates
from ketasim.model import load_sources

from .candidate_files import HEADER, written


def test_units_of_the_header_are_used(tmp_path):
    header = HEADER.replace("NMDA_Ki [nM]", "NMDA_IC50 [uM]").replace("CL [L/h]", "CL [mL/min]")
    header = header.replace("dose [mg]", "dose [mg/kg]").replace(",fu,", ",fu [%],")
    change = {"NMDA_Ki [nM]": "0.5", "CL [L/h]": "1500", "dose [mg]": "0.5", "fu": "50"}
    (one,) = read_candidates(written(tmp_path, change, header=header))
    assert one.numbers["NMDA_Ki"] == 500
    assert one.numbers["CL"] == pytest.approx(90)
    assert (one.dose_mg, one.dose_mg_per_kg) == (0, 0.5)
    assert one.numbers["fu"] == 0.5
    assert one.infusion_h == pytest.approx(2 / 3)
    assert one.regimen_text == "0.5 mg/kg IV over 40 min"


def test_a_half_life_becomes_a_clearance(tmp_path):
    (one,) = read_candidates(written(tmp_path, {"CL [L/h]": "", "half_life [h]": "2"}))
    assert one.numbers["CL"] == pytest.approx(math.log(2) * 100 / 2)
    assert "half_life" not in one.numbers


def test_what_is_empty_is_no_activity_and_said(tmp_path):
    (one,) = read_candidates(written(tmp_path, {}))
    assert one.activities == ("NMDA_Ki",)
    told = " ".join(one.assumptions)
    for name, what in ACTIVITIES.items():
        assert (what in told) == (name != "NMDA_Ki")
    assert "Kp_uu not told" in told
    assert "as ketamine: NMDA_Ki_CD, NMDA_koff, NMDA_trapped, NMDA_delta, ke0" in told
    assert "no source told" in told


MISTAKES = [
    ({"NMDA_Ki [nM]": "-5"}, "some.csv:2: NMDA_Ki '-5' is negative"),
    ({"NMDA_Ki [nM]": "nan"}, "some.csv:2: NMDA_Ki 'nan' is not a finite number"),
    ({"NMDA_Ki [nM]": "0"}, "some.csv:2: NMDA_Ki '0' is zero; leave the cell empty for none"),
    ({"NMDA_Ki [nM]": "low"}, "some.csv:2: NMDA_Ki 'low' is not a number"),
    ({"fu": "1.2"}, "some.csv:2: fu '1.2' is not between 0 and 1"),
    ({"fu": ""}, "some.csv:2: fu is empty"),
    ({"route": "ivy"}, "some.csv:2: unknown route 'ivy'; nearest: iv"),
    ({"route": "oral", "infusion [min]": ""}, "some.csv:2: ka is empty; route 'oral' needs it"),
    ({"route": "sc", "ka [1/h]": "1", "F": "1"}, "infusion is given, but the route is 'sc'"),
    ({"CL [L/h]": ""}, "some.csv:2: CL and half_life are both empty; one is needed"),
    ({"half_life [h]": "2"}, "some.csv:2: CL and half_life are both given; leave one empty"),
    ({"V2 [L]": "2"}, "some.csv:2: V2 and Q2 go together; one of them is empty"),
    ({"CL [L/h]": "", "half_life [h]": "2", "V2 [L]": "2", "Q2 [L/h]": "3"}, "give CL with V2"),
    ({"doses": "3"}, "some.csv:2: doses '3' needs an interval"),
    ({"doses": "2.5", "interval [h]": "24"}, "doses '2.5' is not a whole number"),
    ({"doses": "1000", "interval [h]": "24"}, "doses '1000' is not between 1 and 200"),
    ({"doses": "3", "interval [h]": "0.5"}, "interval 0.5 h is no longer than the infusion"),
    ({"mu_Ki [nM]": "5"}, "some.csv:2: mu_Ki is given without mu_action"),
    ({"mu_action": "agonist"}, "some.csv:2: mu_action is given without mu_Ki"),
    ({"mu_Ki [nM]": "5", "mu_action": "partial"}, "unknown mu_action 'partial'; choose from: ag"),
    ({"molecule": ""}, "some.csv:2: molecule is empty"),
]


@pytest.mark.parametrize(("change", "message"), MISTAKES, ids=[m for _, m in MISTAKES])
def test_a_wrong_cell_is_told_in_one_line(tmp_path, change, message):
    with pytest.raises(UserError) as error:
        read_candidates(written(tmp_path, change))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


HEADERS = [
    (("NMDA_Ki [nM]", "NMDA_Ki"), "some.csv:1: column 'NMDA_Ki' has no unit; write it as 'NMDA_K"),
    (("NMDA_Ki [nM]", "NMDA_Ki [mg]"), "column 'NMDA_Ki' has unknown unit 'mg'; known: nM, uM"),
    (("NMDA_Ki [nM]", "NMDA_Kd [nM]"), "unknown column 'NMDA_Kd [nM]'; nearest: NMDA_Ki"),
    (("NMDA_Ki [nM]", "NMDA_Ki (nM)"), "unknown column 'NMDA_Ki (nM)'; nearest: NMDA_Ki"),
    (("mu_Ki [nM]", "NMDA_Ki [nM]"), "column 'NMDA_Ki' is given twice"),
    ((",fu,", ",note,"), "some.csv:1: column 'fu [fraction]' is missing"),
    (("dose [mg]", "note"), "some.csv:1: column 'dose [mg]' is missing"),
]


@pytest.mark.parametrize(("change", "message"), HEADERS, ids=[m for _, m in HEADERS])
def test_a_wrong_header_is_told_in_one_line(tmp_path, change, message):
    with pytest.raises(UserError) as error:
        read_candidates(written(tmp_path, {}, header=HEADER.replace(*change)))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_files_without_molecules(tmp_path):
    path = tmp_path / "some.csv"
    for text, message in (("", "empty; the first line must name"), (HEADER + "\n", "no rows")):
        path.write_text(text)
        with pytest.raises(UserError, match=message):
            read_candidates(path)
    with pytest.raises(UserError, match="no such file"):
        read_candidates(tmp_path / "none.csv")


def test_a_molecule_named_twice(tmp_path):
    with pytest.raises(UserError) as error:
        read_candidates(written(tmp_path, {}, {}))
    assert str(error.value) == "some.csv:3: molecule 'one' stands already in some.csv:2"


def test_a_field_too_many(tmp_path):
    path = written(tmp_path, {"mu_action": ",x"})
    with pytest.raises(UserError, match="quote a field with a comma"):
        read_candidates(path)


def test_the_shipped_molecules_are_sourced():
    known = load_sources()
    names = []
    for one in read_candidates(shipped_candidates()):
        names.append(one.name)
        assert "dose:" in one.source
        cited = [word.strip(",;:().") for word in one.source.replace(";", " ").split()]
        keys = [word for word in cited if word in known]
        assert len(set(keys)) >= 2
        # every activity is named in the source, or meant by one that is
        for column in one.activities:
            assert column in one.source
        for word in cited:  # what looks like a key is one
            if word[-4:].isdigit() and word[:-4].isalpha() and word.islower():
                assert word in known, word
    assert names == ["ketamine", "S-ketamine", "R-ketamine", "(2R,6R)-HNK", "memantine",
                     "lanicemine", "MK-801", "escitalopram"]  # fmt: skip


def test_every_column_says_what_it_is():
    for name, column in COLUMNS.items():
        assert column.meaning, name
        assert column.header.startswith(name)


def test_semicolons_between_the_columns_are_told(tmp_path):
    path = tmp_path / "some.csv"
    path.write_text("molecule;route;dose [mg]\na;iv;1\n", encoding="utf-8")
    with pytest.raises(UserError, match="separated by ';'; put commas"):
        read_candidates(path)
