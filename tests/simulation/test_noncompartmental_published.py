"""Non-compartmental summaries against published output of Phoenix WinNonlin.

``theophylline.csv``: 12 people, 320 mg by mouth, mg/L and h (Boeckmann, Sheiner and Beal 1994,
NONMEM Users Guide V; the data set ``Theoph`` of R). ``theophylline_winnonlin.csv``: WinNonlin's
output for it, as published with the tests of the R package NonCompart
(github.com/asancpt/NonCompart-tests); AUC in mg*h/L, clearance over F in L/h.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from ketasim.simulation.noncompartmental import summary

HERE = Path(__file__).parent
RTOL = 1e-6  # the published numbers have six to nine digits


def columns(name):
    """Return a table's columns as arrays."""
    rows = list(csv.DictReader((HERE / name).read_text().splitlines()))
    return {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}


@pytest.mark.parametrize(("method", "key"), [("linear", "linear"), ("linear-up log-down", "log")])
def test_all_twelve_people(method, key):
    data, published = columns("theophylline.csv"), columns("theophylline_winnonlin.csv")
    times, values = (data[name].reshape(12, 11) for name in ("TIME", "DV"))
    # mg/L are 1000 ng/mL
    told = summary(times, 1000 * values, dose_mg=320, method=method)
    assert told.terminal.half_life_h == pytest.approx(published["half_life_h"], rel=RTOL)
    assert told.auc_last / 1000 == pytest.approx(published[f"auc_last_{key}"], rel=RTOL)
    assert told.auc_inf / 1000 == pytest.approx(published[f"auc_inf_{key}"], rel=RTOL)
    assert told.clearance_L_h == pytest.approx(published[f"cl_f_{key}"], rel=RTOL)
    if method == "linear":
        assert 100 * told.extrapolated == pytest.approx(published["extrapolated_percent"], rel=RTOL)


def test_the_window_of_two_people():
    """Windows that the same source prints: person 1 from 9.05 h, person 2 from 7.03 h."""
    data = columns("theophylline.csv")
    times, values = (data[name].reshape(12, 11) for name in ("TIME", "DV"))
    fit = summary(times, values).terminal
    assert fit.first_h[:2].tolist() == [9.05, 7.03]
    assert fit.points[:2].tolist() == [3, 4]
    assert fit.r2_adjusted[:2] == pytest.approx([0.9999995, 0.9957931], abs=1e-7)
