"""What a notebook shows: short, with units, and no word of it runs."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

from ketasim.dosing import Regimen, infusion
from ketasim.html_tables import MOST_ROWS, shown, table
from ketasim.inference.attribution import Attribution
from ketasim.model import assemble, load_mechanism
from ketasim.population import Population
from ketasim.study import checked_study, load_study

EVIL = "<script>alert(1)</script>"
ATTRIBUTION = Attribution(
    "left at rest", "MADRS", "points", ("nmda", EVIL), np.array([2.0, 24.0]),
    np.array([[3.0, 5.0], [0.5, -0.25]]), np.ones((2, 2)), np.array([3.5, 4.75]), 7, 0,
)  # fmt: skip


class _Checker(HTMLParser):
    """Collects tags, and whether each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.open.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def check(html: str) -> str:
    reader = _Checker()
    reader.feed(html)
    assert reader.open == []
    assert reader.seen <= {"div", "strong", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    return html


def test_words_are_escaped_everywhere():
    html = shown(EVIL, EVIL, [(EVIL, EVIL)], [table((EVIL,), [(EVIL,)], EVIL)], EVIL)
    assert "<script" not in check(html)
    assert html.count("&lt;script&gt;") == 8


def test_long_tables_say_what_is_left_out_and_empty_ones_are_nothing():
    html = table(("k",), [(k,) for k in range(MOST_ROWS + 30)])
    assert "and 30 more" in check(html)
    assert html.count("<td") == MOST_ROWS
    assert table(("k",), []) == ""


def test_numbers_stand_right_and_are_short():
    html = table(("x", "n"), [(1 / 3, 1_000_000)])
    assert "0.3333" in html
    assert "1,000,000" in html
    assert html.count("text-align:right") == 4


def study_with(title: str):
    return checked_study({**load_study().plain(), "title": title}, "test")


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (lambda: study_with(EVIL), ["Study", "ketamine", "saline (control)", "n = 1000"]),
        (lambda: infusion("0.5 mg/kg", over="40 min").twice_weekly(2),
         ["Regimen", "start (h)", "72", "0.5 mg/kg", "dose, free base"]),
        (lambda: Regimen(), ["Regimen", "nothing"]),
        (lambda: assemble(without=["gs"]), ["without gs", "measured", "Opioid tone"]),
        (lambda: load_mechanism("spines"), ["spines.ant", "modasava2019", "ratio"]),
        (lambda: Population("trd", n=20, overrides={"WT": 70.0}), ["trd", "20", "WT"]),
        (lambda: ATTRIBUTION, ["left at rest", "points", "24 h", "4.75", "n"]),
    ],
)  # fmt: skip
def test_every_noun_shows_itself(thing, words):
    html = check(thing()._repr_html_())
    for word in words:
        assert word in html, word
    assert "<script" not in html
    assert len(html) < 12_000


def test_showing_costs_no_import():
    code = "import ketasim, sys; ketasim.Regimen; print('ketasim.html_tables' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
