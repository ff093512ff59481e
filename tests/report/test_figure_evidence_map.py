"""Verdicts by system: every finding is in the bar of its system, and none is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ketasim.evidence import Outcome, summary
from ketasim.report.figure_evidence_map import evidence_map
from ketasim.report.style import Missing, Picture, house_style
from tests.evidence.benches import BATH, MICE, read

CAMP, NBQX = read(BATH), read(MICE)


@pytest.fixture
def outcomes():
    return (
        *(Outcome(CAMP, "reproduced", as_tabled=True) for _ in range(3)),
        Outcome(CAMP, "contradicted", as_tabled=False),
        Outcome(replace(CAMP, contested="another"), "contradicted", as_tabled=False),
        Outcome(replace(CAMP, out_of_scope="no such thing"), "out of scope"),
        Outcome(NBQX, "not resolved", as_tabled=True),
    )


def test_bars_hold_every_finding(outcomes):
    with house_style():
        picture = evidence_map(summary(outcomes))
    assert isinstance(picture, Picture)
    (axes,) = picture.figure.axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["Gs alpha, rafts, cAMP (S1)", "glutamate surge, AMPA receptors (S3)"]
    assert [text.get_text() for text in axes.texts] == ["3", "1", "1", "1", "1"]
    ends = [bar.get_extents().transformed(axes.transData.inverted()).x1 for bar in axes.patches]
    assert max(ends) == pytest.approx(1.0)  # every finding of a system is in its bar
    assert "S1 3 of 4 reproduced" in picture.alt
    assert "Of 5 directions that nothing contests, the tabled values show 4" in picture.caption


def test_nothing_to_draw():
    with house_style():
        assert isinstance(evidence_map(summary([])), Missing)
