"""Percentiles and shares are numpy's."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.explorer.spread import PERCENTILES, statistics


@pytest.mark.parametrize("people", [1, 2, 3, 7, 200])
def test_percentiles_are_numpys(people):
    values = np.random.default_rng(people).normal(30, 5, (people, 4))
    found = dict(statistics("CADSS", values))
    assert list(found) == ["mean", *(f"p{p}" for p in PERCENTILES)]
    assert found["mean"] == pytest.approx(values.mean(axis=0))
    for percent in PERCENTILES:
        wanted = np.percentile(values, percent, axis=0)
        assert found[f"p{percent}"] == pytest.approx(wanted, rel=2e-7)  # single precision


def test_responders_and_remitters():
    values = np.array([[30.0, 15.0, 10.0], [20.0, 10.1, 10.1], [40.0, 40.0, 11.0]])
    found = dict(statistics("MADRS", values))
    assert found["response"] == pytest.approx([0, 1 / 3, 2 / 3])
    assert found["remission"] == pytest.approx([0, 0, 1 / 3])


def test_nobody_is_nan():
    found = dict(statistics("MADRS", np.empty((0, 3))))
    assert len(found) == 8
    assert all(np.isnan(column).all() for column in found.values())
