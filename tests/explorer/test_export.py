"""Files to take away: a study that runs, curves with units, pictures, sane names."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.explorer.export import csv_text, exported
from ketasim.explorer.pictures import FIGURE_OF
from ketasim.explorer.simulate import Curves, typical_curves
from ketasim.explorer.study_text import study_as_question
from tests.explorer.asked import INFUSION, plain, question


def made(kind, name="", **changes):
    return exported({"question": plain(**changes), "kind": kind, "name": name})


def test_the_study_asks_the_same():
    text = made("toml", off=["lhb"], title='A "title"').content.decode()
    assert study_as_question(text) == (question(off=["lhb"], title='A "title"'), ())


def test_the_study_runs(tmp_path):
    from ketasim.cli import OK, main

    path = tmp_path / "mine.toml"
    path.write_bytes(made("toml", n=4, people="population").content)
    text = path.read_text() + "\n[attribution]\non = false\n"
    path.write_text(text)
    assert main(["run", str(path), "--out", str(tmp_path / "out"), "--no-report", "-q"]) == OK


def test_curves_with_units_in_the_header():
    rows = list(csv.reader(io.StringIO(made("csv", "CADSS").content.decode())))
    assert rows[0] == ["time (h)", "ketamine CADSS (points)", "saline CADSS (points)"]
    curves = typical_curves(question(), ["CADSS"])
    values = np.array(rows[1:], dtype=float)
    assert values[:, 1] == pytest.approx(curves.series[0][3], rel=1e-6, abs=1e-9)


def test_curves_of_a_population():
    rows = list(
        csv.reader(io.StringIO(made("csv", "response", people="population").content.decode()))
    )
    assert "ketamine MADRS p95 (points)" in rows[0]
    assert "saline MADRS remission (share)" in rows[0]


# The page's test (web/test/doors.test.ts) has the same.
AS_WRITTEN = """\
time (h),ketamine MADRS (points),"a, b MADRS p95 (points)",ketamine Cket (ng/mL),\
ketamine MADRS response (share)
0,33,-4.125,0,0
0.1,31.23457,1e-07,1.234567e+09,nan
336,1234567,0.0001,inf,0.3333333
"""


def test_curves_are_written_as_the_page_writes_them():
    columns = ([33, 31.234567, 1234567], [-4.125, 1e-7, 1e-4], [0, 1234567000.0, np.inf],
               [0, np.nan, 1 / 3])  # fmt: skip
    names = (("ketamine", "MADRS", "value"), ("a, b", "MADRS", "p95"),
             ("ketamine", "Cket", "value"), ("ketamine", "MADRS", "response"))  # fmt: skip
    series = [(*name, np.array(column)) for name, column in zip(names, columns, strict=True)]
    curves = Curves(np.array([0, 0.1, 336]), series, {}, {})
    assert csv_text(curves, {"MADRS": "points", "Cket": "ng/mL"}) == AS_WRITTEN


def test_all_charts_where_none_is_named():
    head = made("csv").content.decode().splitlines()[0]
    assert "ketamine Cket (ng/mL)" in head
    assert "ketamine dHR (beat/min)" in head


@pytest.mark.parametrize(
    "name", ["overview", "MADRS", "concentration", "trigger", "CADSS", "attribution"]
)
def test_pictures(name):
    picture = made("svg", name)
    assert picture.content.startswith(b"<?xml")
    assert b"</svg>" in picture.content
    assert picture.name == f"ketamine_saline_{FIGURE_OF[name]}.svg"


def test_a_picture_as_png():
    assert made("png", "MADRS", people="population").content.startswith(b"\x89PNG")


def test_names_of_files_are_plain():
    arms = [{"name": "a..b+c", "steps": [INFUSION]}]
    assert made("toml", arms=arms, control=None).name == "a--b-c.toml"


REFUSED = {
    "no such chart": (("csv", "MADR"), "export: no chart 'MADR'; nearest: MADRS"),
    "no such figure": (("svg", "moood"), "export: no figure 'moood'; nearest: mood"),
    "one person's share": (("png", "response"), "export: one person has no share of responders"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_mistakes_are_told(case):
    arguments, said = REFUSED[case]
    with pytest.raises(UserError, match=said):
        made(*arguments)
