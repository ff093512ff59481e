"""Tornado, Sobol indices and their page, from numbers made up here."""

from __future__ import annotations

import re

import numpy as np
import pytest

from ketasim.inference.sensitivity_factors import Factor, NotVaried, Varied
from ketasim.inference.sensitivity_global import GlobalSensitivity
from ketasim.inference.sensitivity_local import LocalSensitivity
from ketasim.inference.sensitivity_measures import MEASURES, Quantity
from ketasim.inference.sensitivity_sobol import Indices
from ketasim.report import sensitivity_words as words
from ketasim.report.figure_sobol import sobol
from ketasim.report.figure_tornado import tornado
from ketasim.report.sensitivity_page import sensitivity_page
from ketasim.report.style import Missing, Picture, house_style
from ketasim.report.svg import standalone

ASKED = (Quantity(MEASURES["advantage"], "MADRS", "points", 24.0),)
WHO = "the typical person of trd"
PARAMETERS = tuple(
    Varied(symbol, unit, tier, "bdnf", "x2020", value, 0.3, "", together)
    for symbol, unit, tier, value, together in (
        ("a", "1/h", "assumed", 2.4e-4, ""),
        ("b", "h", "measured", 60.0, ""),
        ("c", "ratio", "calibrated", 1.0, "mood"),
        ("d", "ratio", "calibrated", 1.0, "mood"),
    )
)
FACTORS = (
    Factor("mood as calibrated", "calibrated together", (2, 3), "calibrated"),
    Factor("a", "parameter", (0,), "assumed"),
    Factor("b", "parameter", (1,), "measured"),
)
STAY = (NotVaried("WT", "person", "a covariate of people"),)


def column(*values):
    return np.array(values, dtype=float)[:, None]


def local(reference=10.0, low=(8.0, 11.0, 9.0), high=(13.0, 9.5, 9.5), lost=0):
    four = np.ones(4)
    return LocalSensitivity(
        ASKED, np.array([reference]), PARAMETERS, column(0.1, -0.5, 0.2, 0.3), column(1, 2, 3, 4),
        0.6 * four, 1.6 * four, column(*four), column(*four), FACTORS, column(*low), column(*high),
        STAY, 1, 19, lost,
    )  # fmt: skip


def indices(total, first, width=0.04):
    total, first = column(*total), column(*first)
    half = width / 2
    ends = first - half, first + half, total - half, total + half
    summed = first.sum(axis=0)
    used = np.full(total.shape, 64)
    return Indices(first, total, *ends, used, summed, summed - 0.05, summed + 0.05)


def whole(width=0.04, sd=3.0, lost=0):
    told = (*FACTORS[:2], Factor("all others", "all others", (1,)))
    mechanisms = (FACTORS[0], Factor("bdnf", "mechanism", (0, 1)))
    return GlobalSensitivity(
        ASKED, np.array([10.0]), np.array([9.0]), np.array([4.0]), np.array([14.0]),
        np.array([sd]), told, indices((0.6, 0.3, 0.2), (0.5, 0.2, 0.1), width), mechanisms,
        indices((0.6, 0.5), (0.5, 0.4), width), PARAMETERS, FACTORS, column(0.5, 0.3, 0.1), 64, 1,
        1, 1234, lost, STAY,
    )  # fmt: skip


def labels(picture):
    return [[t.get_text() for t in axes.get_yticklabels()] for axes in picture.figure.axes]


def test_the_tornado_orders_and_names():
    with house_style():
        drawn = tornado(local(), 0, WHO)
    assert isinstance(drawn, Picture)
    assert labels(drawn) == [["mood as calibrated (2)", "a (bdnf)", "b (bdnf)"]]
    told = [t.get_text() for t in drawn.figure.axes[0].texts]
    assert "jointly" in told
    assert "6×10⁻¹ – 1.6" not in told
    assert "0.6 – 1.6 1/h" in told
    assert "10 points" in drawn.figure.axes[0].get_title(loc="left")
    assert WHO in drawn.figure.axes[0].get_title(loc="left")


def test_a_bar_reaches_both_ends_even_on_one_side():
    with house_style():
        drawn = tornado(local(), 0, WHO)
    assert isinstance(drawn, Picture)
    boxes = [
        p.get_path().get_extents(p.get_patch_transform()) for p in drawn.figure.axes[0].patches
    ]
    ends = {round(box.x0, 6) for box in boxes if round(box.y0 + 0.33) == 2}
    assert ends == {9.0, 9.5}  # b: both below 10


def test_at_most_so_many_bars():
    with house_style():
        drawn = tornado(local(), 0, WHO, most=1)
    assert isinstance(drawn, Picture)
    assert labels(drawn) == [["mood as calibrated (2)"]]


@pytest.mark.parametrize("ends", [(10.0, 10.0, 10.0), (np.nan, np.nan, np.nan)])
def test_nothing_to_draw_is_a_sentence(ends):
    assert isinstance(tornado(local(low=ends, high=ends), 0, WHO), Missing)
    assert isinstance(sobol(whole(sd=0.0), 0, WHO), Missing)


def test_sobol_has_parameters_and_mechanisms_and_the_rest_last():
    with house_style():
        drawn = sobol(whole(), 0, WHO)
    assert isinstance(drawn, Picture)
    assert labels(drawn) == [
        ["mood as calibrated (2)", "a (bdnf)", "all others together (1)"],
        ["mood as calibrated (2)", "bdnf"],
    ]
    assert "64 points" in drawn.caption
    assert "1,234 sets" in drawn.caption
    assert standalone(drawn) == standalone(drawn)


def test_the_page_says_what_it_must():
    with house_style():
        pictures = {"local": [tornado(local(), 0, WHO)], "global": [sobol(whole(), 0, WHO)]}
    page = sensitivity_page("A <title>", local(), whole(lost=3), pictures, WHO, {"n": "64"})
    assert "A &lt;title&gt;" in page
    for text in ("not what biology varies by", "not medical advice", "a covariate of people",
                 "BDNF release and TrkB", "3 sets", WHO):  # fmt: skip
        assert text in page
    assert not re.search(r'(src|href)="http', page)
    assert "nan" not in re.sub(r"<[^>]*>", "", page).lower().split()


def test_either_analysis_alone_makes_a_page():
    with house_style():
        one = {"local": [tornado(local(), 0, WHO)]}
        other = {"global": [sobol(whole(), 0, WHO)]}
    assert "One number at a time" in sensitivity_page("t", local(), None, one, WHO, {})
    assert "Every index" in sensitivity_page("t", None, whole(), other, WHO, {})


def test_wide_intervals_are_a_warning():
    assert not [t for t in words.convergence(whole(), 0) if "Not converged" in t]
    assert [t for t in words.convergence(whole(width=0.3), 0) if "Not converged" in t]
    told = " ".join(words.convergence(whole(), 0))
    assert "add up to 0.80 (95 % interval 0.75 to 0.85)" in told
    assert "interactions" in told
    assert "carry 20 %" in told


def test_headlines():
    assert words.global_headline(whole()) == (
        "Advantage in MADRS at 24 h is 10 points as tabled, and 4 to 14 points in the middle 90 % "
        "when everything that is not known moves. Greatest shares of that variance, interactions "
        "included: mood as calibrated (2) 60 % and a (bdnf) 30 %"
    )
    assert "mood as calibrated (2), a (bdnf) and b (bdnf)" in words.local_headline(local())


@pytest.mark.parametrize(
    ("low", "high", "unit", "text"),
    [
        (1.0, 2.5, "points", "1 to 2.5 points"),
        (30.0, 60.0, "h", "30 h to 2.5 days"),
        (np.nan, 1.0, "h", "none"),
        (0.1, 0.2, "", "0.1 to 0.2"),
    ],
)
def test_spans(low, high, unit, text):
    assert words.span(low, high, unit) == text
