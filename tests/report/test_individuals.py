"""Pictures and page of individual estimates, and what they say."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.dosing import infusion
from ketasim.errors import UserError
from ketasim.inference.individual import estimate
from ketasim.inference.individual_bands import bands
from ketasim.inference.individual_samples import Individual
from ketasim.model import assemble, load_mechanism, mechanism_names
from ketasim.report import plot
from ketasim.report.figure_individuals import (
    MOST_PEOPLE,
    agreement,
    people_curves,
    shown_people,
)
from ketasim.report.individuals_page import (
    far_off,
    headline,
    individuals_page,
    told_parameters,
)
from ketasim.report.style import house_style
from ketasim.report.svg import png, standalone

DOSE = infusion("0.5 mg/kg", over="40 min")
EVIL = "<script>alert(1)</script>"


def person(name, values, outputs=("Cket", "Cket", "Cnk")):
    return Individual(name, (DOSE,), outputs, [0.67, 3.0, 3.0], values, {"WT": 70})


@pytest.fixture(scope="module")
def found():
    carriers = [m for m in mechanism_names() if load_mechanism(m).clock == "kinetics"]
    model = assemble([m for m in carriers if m != "brain"])
    people = [
        person("a", [150.0, 30.0, 60.0]),
        person(EVIL, [np.nan] * 3),
        person("c", [200.0, 45.0, 30.0]),
    ]
    return estimate(model, people)


@pytest.fixture(scope="module")
def pictures(found):
    with house_style():
        drawn = people_curves(found, [0, 1, 2], bands(found))
        return [drawn, agreement(found)]


def test_each_person_has_a_panel_with_its_samples(pictures):
    panels = pictures[0].figure.axes
    titles = [panel.get_title(loc="left") or panel.get_title() for panel in panels]
    assert len(panels) == 3
    assert titles[1].endswith(": no samples")
    drawn = [line for line in panels[0].get_lines() if line.get_marker() == "o"]
    assert np.concatenate([line.get_ydata() for line in drawn]).tolist() == [150.0, 30.0]
    assert panels[0].get_yscale() == "log"


def test_the_curve_passes_through_the_individual_predictions(found, pictures):
    band = bands(found, [0], outputs=["Cket"])[0][0]
    at = [np.flatnonzero(np.isclose(band.times_h, t, atol=1e-6))[0] for t in (0.67, 3.0)]
    # both from the engine at a tolerance of 1e-8, on other time grids; times rounded to 1e-6 h
    np.testing.assert_allclose(band.individual[at], found.individuals[0].ipred[:2], rtol=1e-4)


def test_agreement_shows_what_was_used(pictures):
    own = pictures[1].figure.axes[0]
    counts = [len(line.get_xdata()) for line in own.get_lines() if line.get_linestyle() == "None"]
    assert sum(counts) == 6
    assert "6 samples" in pictures[1].caption


def test_linear_axes_start_at_zero(found):
    with house_style():
        panel = people_curves(found, [0], bands(found, [0]), log=False).figure.axes[0]
    assert panel.get_yscale() == "linear"
    assert panel.get_ylim()[0] == 0.0


def test_pictures_become_files(pictures):
    for picture in pictures:
        assert standalone(picture).lstrip().startswith("<?xml")
        assert png(picture, dpi=50).startswith(b"\x89PNG")


def test_people_with_samples_come_first():
    class One:
        def __init__(self, n):
            self.n_used = n

    class Many:
        individuals = tuple(One(0) for _ in range(5)) + tuple(One(2) for _ in range(10))

    shown = shown_people(Many())  # pyright: ignore[reportArgumentType]
    assert len(shown) == MOST_PEOPLE
    assert set(range(5, 15)) <= set(shown)


def test_the_page_stands_alone_and_is_safe(found, pictures):
    text = individuals_page("one & two", found, pictures, ["column HT takes no part"], {"k": EVIL})
    assert EVIL not in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text
    assert "one &amp; two" in text
    assert "Column HT takes no part." in text
    assert text.count("<figure") == 2


def test_the_headline_counts_people_and_samples(found):
    told = "2 people estimated from 6 samples; 1 without samples keep typical values."
    assert headline(found) == told


def test_parameters_of_other_routes_are_not_told(found):
    told = {found.prior.symbols[k] for k in told_parameters(found)}
    assert "CL_S" in told
    assert "ka_po" not in told


def test_people_the_estimate_does_not_describe_are_named(found):
    strange = Individual("s1", (DOSE,), ("Cket",) * 3, [0.7, 1.0, 4.0], [5.0, 900.0, 2.0])
    other = estimate(found.curves.model, [strange, person("b", [150.0, 30.0, 60.0])])
    assert far_off(other)[0].startswith("ID s1: residuals larger than their error")
    assert far_off(found) == []


def test_plot_draws_those_asked_for_and_says_how_many(found):
    picture = plot.individuals(found, [2, 0])
    assert [axes.get_title(loc="left") for axes in picture.figure.axes] == ["ID c", "ID a"]
    label = picture.figure.get_supxlabel()
    assert label.endswith("\nn = 2 of 3 people of the data")
    assert label.startswith(("hours", "minutes", "days"))
    assert len(plot.individuals(found).figure.axes) == 3


@pytest.mark.parametrize(
    ("given", "which", "told"),
    [(3, [0], "not int"), (None, [3], "nobody at place 3; 0 to 2"), (None, [-1], "place -1"),
     (None, [0] * (MOST_PEOPLE + 1), "13 people; draws 1 to 12")],
)  # fmt: skip
def test_plot_of_nobody_is_refused(found, given, which, told):
    with pytest.raises(UserError, match=told):
        plot.individuals(given or found, which)
