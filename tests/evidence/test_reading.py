"""Files of findings: what is read, and one plain line for each mistake."""

from __future__ import annotations

import math

import pytest

from ketasim.errors import UserError
from ketasim.evidence import load_findings, read_findings
from tests.evidence.small import SMALL, findings, one, small


def test_what_stands_in_the_file_is_in_the_finding():
    found = findings()
    cl, f = found["iv_cl"], found["oral_f"]
    assert (cl.study, cl.role, cl.n, cl.value, cl.unit) == ("small", "validate", 9, 90.0, "L/h")
    assert cl.dispersion is not None
    assert (cl.dispersion.kind, cl.dispersion.low) == ("sd", 18.0)
    assert f.role == "calibrate"
    assert f.comparator is cl.arm
    assert f.route == "oral"
    assert f.arm is not None
    assert f.arm.people.ranges == (("WT", 60.0, 80.0), ("age", 20.0, 35.0))
    assert f.arm.people.typical() == {"WT": 70.0, "age": 27.5}


def test_recall_halves_the_weight():
    recalled = findings(('unit = "%"', 'unit = "%"\nverified = "recall"'))
    assert (recalled["oral_f"].weight, recalled["iv_cl"].weight) == (0.5, 1.0)


def test_window_is_in_hours_and_open_at_the_end():
    area = one('measure = "AUC"\nfrom = "30 min"\nvalue = 1\nunit = "ng*h/mL"')
    assert (area.start_h, area.end_h) == (0.5, math.inf)
    level = one('measure = "concentration"\nat = "90 min"\nvalue = 1\nunit = "nM"')
    assert (level.start_h, level.end_h) == (1.5, 1.5)


def test_route_of_a_rate_is_told_and_a_daily_drug_is_not():
    both = (
        '[{ rate = "1 mg/h", over = "1 h" }, { drug = "rifampicin", route = "daily", for = "2 d" }]'
    )
    old = '[{ drug = "ketamine", dose = "5 mg", route = "infusion", over = "30 min" }]'
    assert findings((old, both))["iv_cl"].route == "infusion"


def test_what_does_not_count():
    for key in ("excluded", "same_as"):
        left = findings(('unit = "%"', f'unit = "%"\n{key} = "iv_cl"'))
        assert not left["oral_f"].counts
        assert left["iv_cl"].counts


F = 'id = "oral_f"'
MISTAKES = [
    ('id = "iv_cl"', 'id = "iv cl"', "finding[1] (iv cl).id: 'iv cl' may hold letters"),
    ('id = "iv_cl"', "", "finding[1].id: missing"),
    (
        '"S-ketamine"',
        '"S-ketamin"',
        "finding[1] (iv_cl).analyte: 'S-ketamin' is not a choice; nea",
    ),
    ('site = "venous"', "", "finding[1] (iv_cl).site: missing; venous and arterial"),
    ('site = "venous"', 'site = "vein"', "site: 'vein' is not a choice"),
    ('"S-ketamine"\nsite = "venous"', '"S-ketamine"\nsite = "csf"', "not followed in csf; neares"),
    ('"clearance"', '"clearence"', "measure: 'clearence' is not a choice; nearest: clearance"),
    ('"clearance"', '"value"', "measure: 'value' is not for S-ketamine"),
    ('"L/h"', '"ng/mL"', "(iv_cl).unit: 'ng/mL' is no unit of clearance"),
    ('"L/h"', '"L/hr"', "unit: 'L/hr' is no unit of clearance; nearest: L/h"),
    ("value = 90", "value = -90", "(iv_cl).value: -90 is not positive"),
    ("value = 90", 'value = "90"', "value: '90' should be a number"),
    ("value = 90", "", "(iv_cl).value: missing; give value and unit, or a direction"),
    ("value = 90", 'value = 90\nat = "1 h"', "(iv_cl).at: has no meaning for clearance"),
    ("value = 90", 'value = 90\nto = "1 h"', "(iv_cl).to: has no meaning for clearance"),
    ("value = 90", 'value = 90\ncontrast = "ratio"', "comparator: missing; a ratio is against"),
    ("value = 90", 'value = 90\ncomparator = "oral"', "contrast: missing; is the value a ratio"),
    ("value = 90", 'value = 90\ndirection = "up"', "direction: give either a direction, or"),
    ('value = 90\nunit = "L/h"', 'direction = "up"', "comparator: missing; a direction is again"),
    ("value = 90", "value = 90\nwithin = 1", "within: 1 is out of range; it must be more than 1"),
    ("value = 90", "value = 90\nvalu = 1", "finding[1] (iv_cl).valu: no such key; nearest: value"),
    ("{ sd = 18 }", "{ sd = 0 }", "dispersion.sd: 0 is out of range; it must be more than 0"),
    ("{ sd = 18 }", "{ sd = 18, se = 6 }", "dispersion: give one of sd, se"),
    ("{ sd = 18 }", "{ range = [9, 3] }", "dispersion.range: [9.0, 3.0] does not ascend"),
    ('comparator = "iv"\n', "", "finding[2] (oral_f).comparator: missing; F needs it"),
    (
        'comparator = "iv"',
        'comparator = "vi"',
        "finding[2] (oral_f).comparator: no arm 'vi'; near",
    ),
    ('comparator = "iv"', 'comparator = "iv"\ncontrast = "ratio"', "contrast: 'ratio' has no mean"),
    ('"calibrate"', '"test"', "role: 'test' is not a choice"),
    ('name = "oral"', 'name = "iv"', "arm: two arms are named 'iv'"),
    ('route = "oral"', 'route = "orally"', "regimen[1].route: 'orally' is not a choice; nearest"),
    ('"0.5 mg/kg"', '"0.5 mg/kgg"', "arm[2].regimen[1].dose: unknown unit 'mg/kgg'; nearest: mg/k"),
    ('route = "oral"', 'route = "oral"\nformulation = "tablett"', "not TOML"),
    (
        'route = "oral" }',
        'route = "oral", formulation = "tablett" }',
        "formulation: unknown formulation 'tablett'",
    ),
    ("[20, 35]", "[35, 20]", "population.overrides.age: [35.0, 20.0] does not ascend"),
    ("WT = 70", 'WT = "heavy"', "population.overrides.WT: 'heavy' should be"),
    ("[population]", '[population]\nname = "helthy"', "name: 'helthy' is not a choice; nearest: h"),
    ("n = 9", 'n = 9\npreparation = "dog"', "preparation: 'dog' is not a choice"),
    (
        "[population]",
        '[population]\nname = "mouse"',
        "population.name: 'mouse' is mouse, and the preparation is 'human'",
    ),
    ("n = 9", "n = 0", "small.toml: n: 0 is out of range; it must be at least 1"),
    ('title = "Small 2026"', "", "small.toml: title: missing"),
    ("[population]", "[population", "small.toml: not TOML: "),
]


@pytest.mark.parametrize(("old", "new", "told"), MISTAKES, ids=[told for *_, told in MISTAKES])
def test_mistake_is_told_in_one_line(old, new, told):
    with pytest.raises(UserError) as caught:
        read_findings(small((old, new)), "small.toml")
    message = str(caught.value)
    assert message.startswith("small.toml: ")
    assert told in message
    assert "\n" not in message
    assert len(message) < 250


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('measure = "half-life"\nfrom = "1 h"\nvalue = 1\nunit = "h"', "to: missing; half-life ne"),
        (
            'measure = "half-life"\nfrom = "9 h"\nto = "3 h"\nvalue = 1\nunit = "h"',
            "to: '3 h' is not after from = '9 h'",
        ),
        ('measure = "AUC ratio"\nvalue = 1\nunit = "ratio"', "over: missing; AUC ratio needs it"),
        ('measure = "concentration"\nvalue = 1\nunit = "nM"', "at: missing; concentration needs"),
        (
            'measure = "AUC"\ncomparator = "oral"\ncontrast = "change"\nvalue = -100\nunit = "%"',
            "value: -100 % leaves nothing of it",
        ),
        (
            'output = "MADRS"\nmeasure = "value"\nat = "1 d"\nvalue = 1\nunit = "points"',
            "output: giv",
        ),
    ],
)
def test_fields_that_a_measure_needs(lines, told):
    with pytest.raises(UserError, match=r"^small\.toml: ") as caught:
        one(lines)
    assert told in str(caught.value)


def test_out_of_scope_needs_no_arm_but_a_reason():
    assert one('out_of_scope = "no such route"', arm="").out_of_scope == "no such route"
    with pytest.raises(UserError, match="arm: missing; without it, say out_of_scope and why"):
        one('measure = "Cmax"\nvalue = 1\nunit = "nM"', arm="")
    with pytest.raises(UserError, match="out_of_scope"):
        one('out_of_scope = ""', arm="")


def test_folder_is_read_with_all_below_it(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.toml").write_text(SMALL)
    other = SMALL.replace("iv_cl", "iv_cl2").replace("oral_f", "oral_f2")
    (tmp_path / "two.toml").write_text(other)
    assert {each.study for each in load_findings(tmp_path)} == {"one", "two"}
    assert {each.id for each in load_findings(tmp_path, "calibrate")} == {"oral_f", "oral_f2"}


def test_id_that_stands_twice(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(SMALL)
    with pytest.raises(UserError, match=r"two\.toml: finding id 'iv_cl' stands in .*one\.toml"):
        load_findings(tmp_path)
    with pytest.raises(UserError, match="finding id 'iv_cl' stands twice"):
        read_findings(small((F, 'id = "iv_cl"')), "small.toml")


def test_repeat_of_a_finding_that_is_not_there(tmp_path):
    (tmp_path / "one.toml").write_text(small(('unit = "%"', 'unit = "%"\nsame_as = "iv_cll"')))
    with pytest.raises(UserError, match="oral_f: same_as: no finding 'iv_cll'; nearest: iv_cl"):
        load_findings(tmp_path)


def test_folders_that_hold_no_findings(tmp_path):
    with pytest.raises(UserError, match="holds no findings"):
        load_findings(tmp_path)
    with pytest.raises(UserError, match="none: no such folder"):
        load_findings(tmp_path / "none")
    file = tmp_path / "a.toml"
    file.write_bytes(b'title = "\xff"')
    with pytest.raises(UserError, match=r"a\.toml: is not a folder"):
        load_findings(file)
    with pytest.raises(UserError, match=r"a\.toml: not a text file \(byte 9 is not UTF-8\)"):
        load_findings(tmp_path)


def test_mistakes_of_every_file_are_told_at_once(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text("title = 3\n")
    with pytest.raises(UserError) as caught:
        load_findings(tmp_path)
    lines = str(caught.value).splitlines()
    assert any("a.toml: title: " in line for line in lines)
    assert any("b.toml: title: " in line for line in lines)
