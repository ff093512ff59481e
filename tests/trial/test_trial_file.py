"""Trial files: what is read, and one plain line for each mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ketasim.errors import UserError
from ketasim.trial.trial_file import (
    Trial,
    checked_trial,
    load_trial,
    read_trial,
    trial_schema,
    with_options,
)
from ketasim.trial.trial_rules import ratio
from tests.trial.small_trials import CROSSOVER, SMALL, WITHDRAWAL, changed, small


def test_what_is_not_said_has_its_default():
    trial = small()
    assert (trial.replicates, trial.design.blinding, trial.design.stratify) == (
        1, "double-blind", (),
    )  # fmt: skip
    assert (trial.control.name, trial.primary.name, trial.lasts_h) == ("saline", "day 1", 24)
    assert trial.endpoints[0].scale == "MADRS"


@pytest.mark.parametrize("changes", [(), CROSSOVER, WITHDRAWAL])
def test_trial_reads_back_equal(changes):
    trial = small(*changes)
    assert checked_trial(json.loads(json.dumps(trial.plain())), "record") == trial


def test_only_endpoint_is_the_primary_one():
    text = SMALL[: SMALL.rindex("[[endpoints]]")].replace("primary = true", "")
    assert read_trial(text, "t.toml").primary.name == "day 1"


def test_steps_may_lie_before_the_first_dose():
    step = '{ drug = "naltrexone", dose = "50 mg", route = "oral", start = "-50 min" }'
    trial = small(('regimen = [{ drug = "saline" }]', f"regimen = [{step}]"))
    assert trial.arms[1].regimen[0].start == "-50 min"


def test_a_regimen_may_be_named():
    trial = small(
        ('regimen = [{ drug = "saline" }]', 'regimen = "IV six infusions in 12 days"'),
    )
    assert {step.drug for step in trial.arms[1].regimen} == {"ketamine"}


def test_schema_names_every_key_of_a_trial():
    schema = json.loads(trial_schema())
    assert set(schema["properties"]) == set(Trial.model_fields)
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("allocation", "parts"),
    [
        ((1, 1), (1, 1)),
        ((4, 2), (2, 1)),
        ((1.0, 1.0), (1, 1)),
        ((0.5, 0.5), (1, 1)),
        ((0.5, 0.25, 0.25), (2, 1, 1)),
        ((0.333, 0.333, 0.334), (1, 1, 1)),
        ((0.6, 0.4), (3, 2)),
        ((0.9, 0.1), (9, 1)),
    ],
)
def test_allocation_becomes_the_smallest_whole_numbers(allocation, parts):
    assert ratio(allocation) == parts


SALINE = (
    '[[arms]]\nname = "saline"\nallocation = 1\ncontrol = true\nregimen = [{ drug = "saline" }]'
)
MISTAKES = [
    # arms
    (((SALINE, ""),), "arms: only 'ketamine'; a trial compares at least two"),
    ((("allocation = 1", "allocation = 0"),), "arms[2].allocation: 0 leaves 'saline' without"),
    ((("allocation = 1", "allocation = -1"),), "arms[2].allocation: -1 is out of range"),
    (
        (("allocation = 2", "allocation = 0.5"), ("allocation = 1", "allocation = 0.4")),
        "arms: allocation: 0.5 + 0.4 = 0.9; shares sum to 1, or give whole numbers",
    ),
    ((("allocation = 2", "allocation = 0.5"),), "arms: allocation: 0.5 + 1 = 1.5; shares sum to 1"),
    ((("n = 12", "n = 2"),), "design.n: 2 cannot fill every arm at 2:1; it must be at least 3"),
    ((("n = 12", "n = 0"),), "design.n: 0 is out of range; it must be at least 1"),
    ((("n = 12", "n = 1_000_001"),), "design.n: 1000001 is out of range; it must be at most 1e+06"),
    ((('name = "saline"', 'name = "Ketamine"'),), "arms: two arms are named 'ketamine'"),
    ((("control = true", ""),), "arms: none has control = true; choose from: ketamine, saline"),
    ((("allocation = 2", "control = true"),), "'ketamine' and 'saline' have control = true"),
    # regimens
    (
        (('drug = "ketamine"', 'drug = "ketmine"'),),
        "arms[1].regimen[1].drug: unknown drug 'ketmine'",
    ),
    (
        (('route = "infusion", over = "40 min"', 'route = "nasal"'),),
        "arms[1].regimen[1].route: 'nasal' is not a choice; nearest: intranasal",
    ),
    (
        (
            (
                'drug = "ketamine", dose = "0.5 mg/kg", route = "infusion", over = "40 min"',
                'drug = "midazolam", dose = "2 mg", route = "intranasal"',
            ),
        ),
        "arms[1].regimen[1]",
    ),
    (
        (('over = "40 min"', 'over = "40 min", start = "30 h"'),),
        "arms[1].regimen[1].start: '30 h' is not before the last visit, '24 h'",
    ),
    ((('regimen = [{ drug = "saline" }]', 'regimen = "IV seven infusions"'),), "arms[2].regimen: "),
    # visits
    (
        (('["2 h", "24 h"]', '["24 h", "2 h"]'),),
        "design.visits[2]: '2 h' is before the visit before",
    ),
    (
        (('["2 h", "24 h"]', '["2 h", "24 h", "1 d"]'),),
        "design.visits[3]: '1 d' is the same time as",
    ),
    ((('["2 h", "24 h"]', '["-2 h", "24 h"]'),), "design.visits[1]: '-2 h' is negative"),
    ((('["2 h", "24 h"]', '["0 h", "24 h"]'),), "design.visits[1]: '0 h' is the baseline"),
    ((('["2 h", "24 h"]', "[]"),), "design.visits: [] is empty"),
    # endpoints
    (
        (('endpoint = "change"', 'endpoint = "chnge"'),),
        "endpoints[1].endpoint: 'chnge' is not an endpoint; nearest: change",
    ),
    (
        (('endpoint = "change"', 'endpoint = "change"\nscale = "MADSR"'),),
        "endpoints[1].scale: no scale 'MADSR' for 'change'; nearest: MADRS",
    ),
    (
        (('endpoint = "change"', 'endpoint = "change"\nscale = "CADSS"'),),
        "endpoints[1].scale: no scale 'CADSS' for 'change'",
    ),
    ((('at = "24 h"', 'at = "23 h"'),), "endpoints[1].at: '23 h' is no visit; nearest: 24 h"),
    ((('at = "24 h"', 'at = "30 h"'),), "endpoints[1].at: '30 h' is after the last visit, '24 h'"),
    ((('at = "24 h"', ""),), "endpoints[1].at: missing; 'change' is read at a visit"),
    (
        (('endpoint = "response"', 'endpoint = "peak"'),),
        "endpoints[2].at: '24 h' has no meaning for 'peak'; give from and to",
    ),
    ((('endpoint = "response"\nat', 'endpoint = "relapse"\nto'),), "endpoints[2].from: missing"),
    (
        (('endpoint = "response"\nat', 'endpoint = "share above"\nto'),),
        "endpoints[2].threshold: missing",
    ),
    (
        (
            (
                'endpoint = "response"\nat = "24 h"',
                'endpoint = "any response"\nfrom = "24 h"\nto = "2 h"',
            ),
        ),
        "endpoints[2].to: '2 h' is not after from = '24 h'",
    ),
    (
        (('endpoint = "response"', 'endpoint = "response"\namong = "responder"'),),
        "endpoints[2].among: 'responder' is not a choice; nearest: responders",
    ),
    (
        (('endpoint = "response"', 'endpoint = "response"\nprimary = true'),),
        "endpoints: 'day 1' and 'responders' have primary = true; only one can",
    ),
    (
        (("primary = true", ""),),
        "endpoints: none has primary = true; choose from: day 1, responders",
    ),
    (
        (('name = "responders"', 'name = "day 1"'),),
        "endpoints[2].name: two endpoints are named 'day 1'",
    ),
    # designs
    ((('kind = "parallel"', 'kind = "randomised withdrawal"'),), "lead_in: missing"),
    ((('kind = "parallel"', 'kind = "crossover"'),), "design.washout: missing"),
    (
        (("dropout = false", 'washout = "7 d"'),),
        "design.washout: '7 d' has no meaning in a parallel",
    ),
    (
        (('kind = "parallel"', 'kind = "crossover"\nwashout = "7 d"'),),
        "arms: allocation: every patient of a crossover gets every arm",
    ),
    (
        (
            (
                "[population]",
                '[lead_in]\nregimen = [{ drug = "saline" }]\nuntil = "7 d"\n[population]',
            ),
        ),
        "lead_in: has no meaning in a parallel trial",
    ),
    (
        (("dropout = false", 'stratify = ["weight"]'),),
        "design.stratify[1]: 'weight' is not a choice",
    ),
    (
        (("dropout = false", 'stratify = ["sex", "sex"]'),),
        "design.stratify[2]: 'sex' stands there twice",
    ),
    ((("dropout = false", "dropouts = false"),), "design.dropouts: no such key; nearest: dropout"),
    (
        (('kind = "parallel"', 'kind = "paralel"'),),
        "design.kind: 'paralel' is not a choice; nearest: parallel",
    ),
    ((("[21, 80]", "[80, 21]"),), "population.overrides.age: [80.0, 21.0] runs downwards"),
    ((("seed = 3", "seed = 3\nreplicates = 0"),), "replicates: 0 is out of range"),
    (
        (("allocation = 2", "allocation = 1e300"),),
        "arms[1].allocation: 1e+300 is out of range; it must be at most 1e+06",
    ),
    (
        (('"24 h"]', '"24 h", "7300 d"]'),),
        "design.visits[3]: '7300 d' is later than ten years",
    ),
    (
        (('endpoint = "change"', 'endpoint = "change"\nscale = "Y-BOCS"'),),
        "Y-BOCS is a scale of OCD: there is no model of obsessions",
    ),
    (((SMALL, "   \n"),), "t.toml: the file is empty; `ketasim schema --trial` tells"),
    ((("[design]", "[design"),), "not TOML"),
]


@pytest.mark.parametrize(("changes", "told"), MISTAKES, ids=[told for _, told in MISTAKES])
def test_mistake_is_told_in_one_line(changes, told):
    with pytest.raises(UserError) as caught:
        read_trial(changed(*changes), "t.toml")
    message = str(caught.value)
    assert message.startswith("t.toml: ")
    assert told in message
    assert "\n" not in message
    assert len(message) < 250


OF_WITHDRAWAL = [
    (
        "times = 2 }",
        'times = 2, start = "72 h" }',
        "lead_in.regimen[1].start: '72 h' is not before",
    ),
    ("randomise =", 'visits = ["72 h"]\nrandomise =', "lead_in.visits[1]: '72 h' is not before"),
    (
        "randomise =",
        'visits = ["48 h", "24 h"]\nrandomise =',
        "lead_in.visits[2]: '24 h' is before",
    ),
    ('until = "72 h"', "", "lead_in.until: missing"),
    ('randomise = "responders"', 'randomise = "all"', "lead_in.randomise: 'all' is not a choice"),
]


@pytest.mark.parametrize(("old", "new", "told"), OF_WITHDRAWAL)
def test_lead_in_is_checked(old, new, told):
    text = changed(*WITHDRAWAL)
    assert old in text
    with pytest.raises(UserError) as caught:
        read_trial(text.replace(old, new), "t.toml")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_crossover_refuses_what_outlasts_its_washout():
    step = 'regimen = [{ drug = "SSRI", route = "daily", for = "30 d" }]'
    with pytest.raises(UserError, match=r"arms\[2\]\.regimen: lasts until 30 d"):
        small(*CROSSOVER, ('regimen = [{ drug = "saline" }]', step))
    step = step.replace('for = "30 d"', 'for = "5 d", start = "-7 d"')
    with pytest.raises(UserError, match=r"start: '-7 d' is longer before dosing"):
        small(*CROSSOVER, ('regimen = [{ drug = "saline" }]', step))


@pytest.mark.parametrize("name", ["a folder", "missing.toml"])
def test_no_file_there(tmp_path, name):
    (tmp_path / "a folder").mkdir()
    with pytest.raises(UserError, match=r"is a folder|no such file"):
        load_trial(tmp_path / name)


def test_file_is_read_from_disk(tmp_path):
    file = Path(tmp_path) / "t.toml"
    file.write_text(SMALL)
    assert load_trial(file) == small()


def test_options_win_over_the_file_and_are_checked():
    trial = small()
    assert with_options(trial) is trial
    other = with_options(trial, n=30, seed=9, replicates=5)
    assert (other.design.n, other.seed, other.replicates) == (30, 9, 5)
    assert other.arms == trial.arms
    with pytest.raises(UserError, match=r"command line: design\.n: 1 cannot fill"):
        with_options(trial, n=1)
