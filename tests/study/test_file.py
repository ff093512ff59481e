"""Study files: what is read, and one plain line for each mistake."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import get_args

import pytest

from ketasim.dosing.protocol import Step
from ketasim.errors import UserError
from ketasim.study.file import (
    DEFAULT_STUDY,
    SCHEMA_FILE,
    checked_study,
    default_study_text,
    load_study,
    read_study,
    study_schema,
    with_options,
)
from ketasim.study.tables import Arm, Grid, Study
from ketasim.study.times import GRIDS
from tests.study.small import SMALL, small_study


def test_default_study_is_the_main_question():
    study = load_study(None)
    file = study.file
    assert file == f"{DEFAULT_STUDY}.toml"
    assert (study.main_arm, study.control, study.n) == ("ketamine", "saline", 1000)
    assert study.times.until == "28 d"
    assert study.attribution.times == ("2 h", "24 h", "3 d", "7 d", "14 d")
    assert study.attribution.readings == ("rest", "blocked")


@pytest.mark.parametrize("text", [SMALL, default_study_text()], ids=["small", "default"])
def test_resolved_study_reads_back_equal(text):
    study = read_study(text, "s.toml")
    assert checked_study(json.loads(json.dumps(study.plain())), "record") == study


def test_shipped_schema_is_current():
    shipped = files("ketasim.study").joinpath("examples", SCHEMA_FILE).read_text(encoding="utf-8")
    assert shipped == study_schema(), f"renew it: ketasim schema > .../examples/{SCHEMA_FILE}"


def test_schema_names_every_key_of_a_study():
    schema = json.loads(study_schema())
    assert set(schema["properties"]) == set(Study.model_fields)
    assert schema["additionalProperties"] is False


def test_every_grid_can_be_asked_for():
    assert set(get_args(Grid)) == set(GRIDS)


MISTAKES = [
    ("n = 6", "n = 0", "n: 0 is out of range; it must be at least 1"),
    ("n = 6", "n = -5", "n: -5 is out of range; it must be at least 1"),
    ("n = 6", "n = 1.5", "n: 1.5 should be a whole number"),
    ("n = 6", 'n = "many"', "n: 'many' should be a whole number"),
    ("n = 6", "m = 6", "m: no such key"),
    ("seed = 3", "sed = 3", "sed: no such key; nearest: seed"),
    ("seed = 3", "seed = 2026-01-01", "seed: '2026-01-01' should be a whole number"),
    ("n = 6", "n = 6\ntolerance = nan", "tolerance: nan should be a finite number"),
    ("n = 6", "n = 6\ntolerance = 0.5", "tolerance: 0.5 is out of range; it must be at most 0.01"),
    ('"0.5 mg/kg"', '"-0.5 mg/kg"', "arms[1].regimen[1].dose: '-0.5 mg/kg' is negative"),
    ('"0.5 mg/kg"', '"0.5"', "arms[1].regimen[1].dose: '0.5' has no unit"),
    ('"0.5 mg/kg"', "0.5", "arms[1].regimen[1].dose: 0.5 should be text in quotes"),
    ('"40 min"', '"0 min"', "arms[1].regimen[1].over: '0 min' has no length"),
    ('"40 min"', '"-40 min"', "arms[1].regimen[1].over: '-40 min' is negative"),
    ('"40 min"', '"40 mins"', "arms[1].regimen[1].over: unknown unit 'mins'; nearest: min"),
    ('over = "40 min"', "", "arms[1].regimen[1].over: missing; an infusion needs it"),
    ('dose = "0.5 mg/kg"', "", "arms[1].regimen[1].dose: missing"),
    ('"ketamine"\ndose', '"ketmine"\ndose', "regimen[1].drug: unknown drug 'ketmine'; nearest: ke"),
    ('drug = "saline"', 'drug = "saline"\ndose = "1 mg"', "regimen[1].dose: '1 mg' has no meaning"),
    ('drug = "saline"', 'drug = "saline"\nroute = "nasal"', "'nasal' is not a choice; nearest: in"),
    ('drug = "saline"', 'drug = "saline"\nevery = "3 d"', "every: repeats need both"),
    ('control = "saline"', 'control = "salin"', "control: no arm 'salin'; nearest: saline"),
    (
        'control = "saline"',
        "",
        "control: with 2 arms, name one as control; choose from: ketamine, saline",
    ),
    (
        'drug = "saline"',
        'drug = "saline"\nper_week = 5\nweeks = 2',
        "arms[2].regimen[1].per_week: 5 is not a choice; choose from: 1, 2 or 3",
    ),
    ('name = "saline"', 'name = "Ketamine"', "arms: two arms are named"),
    ('name = "saline"', 'name = "../x"', "arms[2].name: '../x' may hold letters"),
    (
        'mechanisms = "all"',
        "mechanisms = 3",
        "mechanisms: 3 should be a list in square brackets or",
    ),
    ('mechanisms = "all"', 'mechanisms = ["gs", 3]', "mechanisms[2]: 3 should be text in quotes"),
    ("outputs = [", "outputs = [] #", "outputs: "),
    ('until = "26 h"', 'until = "26"', "times.until: '26' has no unit"),
    ('until = "26 h"', 'until = "0 h"', "times.until: '0 h' has no length"),
    ("[times]", '[times]\ngrid = "every minute"', "times: give one of grid, every, at"),
    (
        "[times]",
        "[block]\ngs = 1.5\n[times]",
        "block.gs: 1.5 is out of range; it must be at most 1",
    ),
    ("[times]", "[scale]\ngs = -1\n[times]", "scale.gs: -1 is out of range; it must be at least 0"),
    ("[times]", "[values]\nCL_S = inf\n[times]", "values.CL_S: inf should be a finite number"),
    ('["rest"]', '["rset"]', "attribution.readings[1]: 'rset' is not a choice; nearest: rest"),
    ('["24 h"]', '["-2 h"]', "attribution.times[1]: '-2 h' is negative"),
    (
        'over = "40 min"',
        'over = "40 min"\nstart = "30 h"',
        "s.toml: arms[1].regimen[1].start: '30 h' is not before the end of the study, "
        "times.until = '26 h'",
    ),
    (
        'every = "2 h"',
        'at = ["2 h", "1 h"]\n[[arms]]\nname = "x"\n'
        '[[arms.regimen]]\ndrug = "saline"\nstart = "2 h"',
        "arms[1].regimen[1].start: '2 h' is not before the end of the study, times.at = '2 h'",
    ),
    ('title = "Small"', "", "title: missing"),
    ("[population]", "[population", "not TOML: "),
]


@pytest.mark.parametrize(("old", "new", "told"), MISTAKES, ids=[new for _, new, _ in MISTAKES])
def test_mistake_is_told_in_one_line(old, new, told):
    assert old in SMALL
    with pytest.raises(UserError) as caught:
        read_study(SMALL.replace(old, new, 1), "s.toml")
    message = str(caught.value)
    assert message.startswith("s.toml: ")
    assert told in message
    assert "\n" not in message
    assert len(message) < 200


def test_each_of_several_mistakes_has_its_line():
    text = SMALL.replace("n = 6", "n = 0").replace("seed = 3", "sed = 3")
    with pytest.raises(UserError) as caught:
        read_study(text, "s.toml")
    assert str(caught.value).splitlines() == [
        "s.toml: n: 0 is out of range; it must be at least 1",
        "s.toml: sed: no such key; nearest: seed",
    ]


def test_file_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        load_study(tmp_path / "none.toml")


def test_file_that_is_not_text(tmp_path):
    file = tmp_path / "s.toml"
    file.write_bytes(b'title = "\xff"')
    with pytest.raises(UserError, match="not a text file"):
        load_study(file)


def test_options_win_over_the_file_and_are_checked(tmp_path):
    study = load_study(small_study(tmp_path))
    changed = with_options(study, n=2, seed=9)
    assert (changed.n, changed.seed, changed.arms) == (2, 9, study.arms)
    with pytest.raises(UserError, match="command line: n: 0 is out of range"):
        with_options(study, n=0)


def test_open_label_tells_the_patient():
    step = Step.model_validate({"dose": "0.5 mg/kg", "over": "40 min"})
    told = Arm(name="a", regimen=(step,), open_label=True).given()
    assert [hold.input for hold in told.holds] == ["u_open"]
