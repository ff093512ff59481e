"""Labels that hide neither marks nor each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketasim.report.figure_marks import label_marks, spaced
from ketasim.report.style import house_style, new_figure

places = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=12)


@given(places, st.floats(0.1, 50))
def test_places_keep_their_distance_and_order(wanted, gap):
    found = spaced(np.array(wanted), gap)
    order = np.argsort(wanted, kind="stable")
    assert np.all(np.diff(found[order]) >= gap - 1e-9)


def test_places_far_apart_stay():
    assert spaced(np.array([5.0, 1.0, 9.0]), 2.0).tolist() == [5.0, 1.0, 9.0]


def test_places_at_one_spot_spread_around_it():
    assert spaced(np.zeros(3), 2.0) == pytest.approx([-2, 0, 2])


def test_no_places():
    assert spaced(np.zeros(0), 1.0).size == 0


def test_labels_do_not_overlap_and_stay_inside():
    with house_style():
        figure = new_figure(5, 5)
        axes = figure.subplots()
        marks = [(0.5 + 0.02 * k, 0.5) for k in range(6)] + [(0.99, 0.99)]
        axes.plot(*zip(*marks, strict=True), "o")
        axes.set(xlim=(0, 1), ylim=(0, 1))
        figure.draw_without_rendering()
        label_marks(axes, marks, [f"Study {k}" for k in range(len(marks))], marks)
        boxes = [t.get_window_extent() for t in axes.texts]
        inside = axes.get_window_extent()
    assert len(boxes) == len(marks)
    for k, box in enumerate(boxes):
        assert inside.x0 <= box.x0
        assert box.x1 <= inside.x1
        assert box.y1 <= inside.y1
        for other in boxes[k + 1 :]:
            assert not box.overlaps(other)
