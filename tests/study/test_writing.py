"""A study written is the study read, whatever stands in it."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketasim.study.file import checked_study, default_study_text, read_study
from ketasim.study.writing import study_toml

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
SYMBOL = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


def least(**more):
    return {"title": "t", "outputs": ["MADRS"], "arms": [{"name": "a"}], **more}


def test_the_study_shipped():
    study = read_study(default_study_text(), "x.toml")
    text = study_toml(study)
    assert read_study(text, "x.toml") == study
    assert text.splitlines()[0].startswith('title = "One infusion')
    assert "tolerance" not in text  # as usual


@settings(max_examples=150, deadline=None)
@given(TEXT, TEXT, st.dictionaries(SYMBOL, NUMBER, max_size=4), st.booleans())
def test_any_words_and_numbers(title, question, values, open_label):
    data = least(title=title, question=question, values=values)
    data["arms"] = [{"name": "a", "open_label": open_label}]
    study = checked_study(data, "x")
    assert read_study(study_toml(study), "x") == study


def test_every_key():
    step = {"drug": "esketamine", "dose": "84 mg", "route": "intranasal", "salt": "hydrochloride",
            "formulation": "nasal device", "session": False, "start": "-2 h", "per_week": 2,
            "weeks": 4}  # fmt: skip
    study = checked_study(
        least(
            n=10, seed=2**62, tolerance=1e-6, mechanisms=["pk", "brain"], without=["brain"],
            outputs=["MADRS"] * 40, scale={"lhb": 0.0}, block={"a b": 1e-7}, typical=False,
            times={"until": "9 d", "at": ["1 h", "2 h"]}, population={"name": "healthy",
            "file": "p.csv", "overrides": {"WT": 70.0}}, control="b",
            attribution={"on": False, "times": ["1 h"], "readings": ["rest"], "n": 3},
            arms=[{"name": "a", "regimen": [step, {"drug": "SSRI", "route": "daily",
                   "for": "6 weeks"}]}, {"name": "b"}],
        ), "x",
    )  # fmt: skip
    text = study_toml(study)
    assert read_study(text, "x") == study
    assert max(map(len, text.splitlines())) <= 200
    assert list(tomllib.loads(text))[-1] == "arms"


def test_lines_read_well():
    step = {"drug": "ketamine", "dose": "0.5 mg/kg", "route": "infusion", "over": "40 min"}
    study = checked_study(least(arms=[{"name": "a", "regimen": [step]}]), "x")
    assert study_toml(study) == (
        'title = "t"\noutputs = ["MADRS"]\n\n[[arms]]\nname = "a"\nregimen = '
        '[{ drug = "ketamine", route = "infusion", dose = "0.5 mg/kg", over = "40 min" }]\n'
    )


@pytest.mark.parametrize("value", [1e-320, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, -0.0])
def test_numbers_to_the_last_digit(value):
    study = checked_study(least(values={"x": value}), "x")
    assert repr(read_study(study_toml(study), "x").values["x"]) == repr(value)
