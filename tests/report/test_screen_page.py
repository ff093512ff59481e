"""Words and pictures of a screening, on results made by hand."""

from __future__ import annotations

import re

import numpy as np
import pytest

from ketasim.inference.screen import TIMES_H, Screened
from ketasim.inference.screen_file import Candidate
from ketasim.inference.screen_measures import MEASURES
from ketasim.report.figure_pareto import pareto_figure, state
from ketasim.report.screen_page import screen_page
from ketasim.report.screen_words import cells, headline, time, times
from ketasim.report.style import house_style
from ketasim.report.svg import png


def made(name, front, size=5.0):
    """A result with an advantage of ``size`` points."""
    numbers = {"molar_mass": 240.0, "CL": 90.0, "V1": 100.0, "fu": 0.5, "NMDA_Ki": 500.0}
    candidate = Candidate(name, "iv", 37.0, 0.0, 0.667, 0.0, 1, numbers, source="<b>a paper</b>")
    rows = 11
    scale = np.linspace(0.5, 1.5, rows)[:, None]
    scale[0] = 1.0
    measures = scale * np.full((rows, len(MEASURES)), size)
    measures[:, MEASURES.index("half_life_h")] = np.inf
    measures[:, MEASURES.index("onset_h")] = np.nan
    course = scale * size * np.exp(-TIMES_H / 100)[None]
    return Screened(candidate, measures, course, course, front, 0.5, 0.9, 0)


def page(screened):
    with house_style():
        picture = pareto_figure(screened)
    return screen_page("A title", screened, [picture], 32, {"program": "ketasim"}), picture


def test_the_page_is_whole_and_escaped():
    screened = [made("alpha", 1), made("beta & gamma", 2, 3.0), made("delta", 0, 0.5)]
    text, picture = page(screened)
    assert "beta &amp; gamma" in text
    assert "<b>a paper</b>" not in text
    assert "No molecule beats alpha in onset" in text
    assert "delta: no effect to speak of" in text
    assert not re.search(r'(src|href)="https?:', text)
    assert [state(one) for one in screened] == ["front", "beaten", "none"]
    assert "on the front: alpha" in picture.alt
    assert len(png(picture, 40)) > 1000


@pytest.mark.parametrize("n", [1, 20])
def test_any_number_of_molecules_can_be_drawn(n):
    text, _ = page([made(f"m{k}", 1 + k // 6, 9.0 - 0.3 * k) for k in range(n)])
    assert f"{n} molecule" in text


def test_nothing_has_an_effect():
    assert headline([made("a", 0, 0.1)]).startswith("None of 1 molecule gets 2 MADRS points")


def test_cells_leave_out_what_is_not_there():
    row = dict(zip(("molecule", "front", "at 2 h", "onset", "at 24 h", "at day 7", "half-life"),
                   cells(made("a", 1)), strict=False))  # fmt: skip
    assert row["onset"] == ("–", "")
    assert row["half-life"] == (">28 d", ">28 d")
    assert row["at 2 h"] == ("5.0", "3.0 to 7.5")
    assert row["front"] == ("1", "1st in 50 %")


def test_times_as_examples_say():
    assert (time(1.24), time(100), time(np.inf)) == ("1.2 h", "4.2 d", ">28 d")
    assert times(0.7, 1.84) == "0.7 to 1.8 h"
    assert times(28, 400) == "28 h to 17 d"
    assert times(100, np.inf) == "4.2 to >28 d"
    assert times(np.nan, 1.0) == ""
