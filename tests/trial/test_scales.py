"""Scales: their range, their lines and where these come from."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ketasim import UserError
from ketasim.model import load_sources
from ketasim.model.parameter_table import source_keys
from ketasim.trial import scale, scales, true_score, variation, variation_rows
from ketasim.trial.dropout import rates
from ketasim.trial.readings import readings
from ketasim.trial.tables import FOLDER, parameters, rows, sources


@pytest.mark.parametrize("name", list(scales()))
def test_a_scale_makes_sense(name):
    one = scale(name)
    assert one.low == 0 < one.high
    assert one.slope > 0
    assert 0 < one.error_sd < one.high / 5
    assert one.low <= true_score(one, np.array(33.0)) <= one.high
    assert one.remission_cut is None or one.low < one.remission_cut < one.high / 2
    assert one.madrs(float(one.intercept + one.slope * 20)) == pytest.approx(20)


# What was published as corresponding, and the half step a line may miss it by.
@pytest.mark.parametrize(
    ("name", "madrs", "score", "within"),
    [
        ("HAMD17", 13, 10, 0.5),
        ("HAMD17", 26, 20, 0.5),
        ("HAMD17", 39, 30, 0.5),
        ("HAMD17", 8.5, 7, 1.0),
        ("HAMD21", 26, 23, 1.0),
        ("HAMD24", 26, 27.5, 1.0),
        ("HAMD6", 8.5, 4, 0.5),
        ("QIDS", 7.5, 5, 0.5),
        ("QIDS", 31.9, 17.6, 0.5),
        ("QIDS", 24, 15, 1.5),
        ("PHQ9", 1, 1, 1.0),
        ("PHQ9", 24, 15, 1.0),
        ("PHQ9", 48, 27, 1.0),
    ],
)
def test_lines_pass_through_published_scores(name, madrs, score, within):
    assert true_score(scale(name), np.array(madrs)) == pytest.approx(score, abs=within)


def test_usual_cuts_of_remission():
    found = {name: scale(name).remission_cut for name in ("MADRS", "HAMD17", "QIDS", "PHQ9")}
    assert found == {"MADRS": 10, "HAMD17": 7, "QIDS": 5, "PHQ9": 4}


def test_true_scores_stay_within_the_scale():
    assert true_score(scale("PHQ9"), np.array([0.0, 60.0])).tolist() == [0.9, 27.0]
    assert true_score(scale("SSI"), np.array([0.0, 5.0])).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("typed", ["HAM-D17", "hamd17", "HDRS17", "HDRS-17"])
def test_names_as_people_type_them(typed):
    assert scale(typed).name == "HAMD17"


def test_an_unknown_scale_names_the_nearest():
    with pytest.raises(UserError, match="scale: unknown 'MADR'; nearest: MADRS"):
        scale("MADR")


def test_a_scale_of_another_illness_says_why_not():
    with pytest.raises(UserError, match="CAPS-5 is a scale of PTSD"):
        scale("CAPS-5")


def test_an_empty_error_follows_the_slope():
    assert scale("MADRS").error_sd == variation().score_error
    assert scale("HAMD17").error_sd == pytest.approx(0.77 * variation().score_error)


def test_variation_is_what_the_table_says():
    values = {row.symbol: row.value for row in variation_rows()}
    assert variation().fluctuation_h == values["fluctuation_h"]
    assert all(row.uncertainty for row in variation_rows())
    assert all(value > 0 for value in rates().values())


def test_every_source_is_cited_and_every_citation_known():
    names = ("variation.csv", "dropout.csv")
    cited = {key for name in names for row in parameters(name) for key in row.source_keys}
    words = " ".join(row.note for name in names for row in parameters(name))
    for path in FOLDER.glob("*.csv"):
        if path.name not in names:
            text = path.read_text(encoding="utf-8")
            header = text.splitlines()[0].split(",")
            for row in rows(path.name, header):
                cited |= set(source_keys(row["source"]))
                words += row["note"]
    assert cited <= set(sources())
    own = (FOLDER / "sources.bib").read_text(encoding="utf-8")
    keys = [line.partition("{")[2].rstrip(",") for line in own.splitlines() if line[:1] == "@"]
    assert [key for key in keys if key not in cited and key not in words] == []
    assert not set(keys) & set(load_sources())


def test_readings_have_an_error():
    for each in readings().values():
        assert each.error_sd > 0
        assert not math.isnan(each.lowest)
    assert {"CADSS", "dSBP", "dDBP"} <= set(readings())
