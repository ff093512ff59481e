"""The explorer in one file: what it holds is what the model answers, and it asks nobody."""

import base64
import gzip
import json
import re

import numpy as np
import pytest

from ketasim.explorer import replay
from ketasim.explorer.catalogue import default_question
from ketasim.explorer.columns import unpacked
from ketasim.explorer.question import Question, read_question
from ketasim.explorer.simulate import typical_curves

OFF = ("bdnf", "expect")


@pytest.fixture(scope="module")
def question() -> Question:
    plain = default_question().plain()
    return read_question({**plain, "n": 4, "until_d": 3, "title": "A <b>title</b> & </script>"})


@pytest.fixture(scope="module")
def page(question):
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay, "FACTORS", (1.0, 2.0))
        patch.setattr(replay, "_switched", lambda mechanism, _: mechanism["name"] in OFF)
        text = replay.replay_page(question, told.append)
    assert sum(told) == pytest.approx(1)
    return text


@pytest.fixture(scope="module")
def data(page):
    return json.loads(re.search(r'id="replay">(.*?)</script>', page, re.DOTALL)[1])


def column(data, key, output):
    kind = data["kinds"][key.split("|")[0]]
    blob = gzip.decompress(base64.b64decode(data["columns"]))
    shape = len(kind["series"]), len(kind["times_h"])
    entry = data["entries"][key]
    return unpacked(blob[entry["at"] :], *shape)[kind["series"].index([output, "value"])]


def test_every_dose_and_mechanism_is_there_for_the_typical_person(data):
    assert set(data["off"]) == set(OFF)
    main = data["main"]
    for factor in ("1", "2"):
        for name in ("", *OFF):
            assert f"typical|{main}|{factor}|{name}" in data["entries"]
    assert f"ribbon|{main}|2|" in data["entries"]
    assert f"ribbon|{main}|2|bdnf" not in data["entries"]


def test_what_is_kept_is_what_the_model_answers(data, question):
    asked = question.model_copy(
        update={
            "arms": tuple(
                replay._multiplied(arm, 2) if arm.name == data["main"] else arm
                for arm in question.arms
            ),
            "off": ("bdnf",),
        }
    )
    curves = typical_curves(asked, ["MADRS"])
    [truth] = [c for arm, output, _, c in curves.series if (arm, output) == (data["main"], "MADRS")]
    kept = column(data, f"typical|{data['main']}|2|bdnf", "MADRS")
    assert np.ptp(truth) > 1
    assert np.allclose(kept, truth, atol=np.ptp(truth) / 60_000)


def test_double_the_dose_lies_higher_in_plasma(data):
    once, twice = (column(data, f"typical|{data['main']}|{k}|", "Cket").max() for k in (1, 2))
    assert twice == pytest.approx(2 * once, rel=0.02)


def test_the_page_asks_for_nothing_and_no_title_ends_its_script(page):
    assert "A <b>title" not in page
    assert "default-src 'none'" in page
    for tag in re.findall(r"<(?:script|link|img|iframe)\b[^>]*>", page):
        assert "src=" not in tag, tag
        assert "href=" not in tag.replace('href="data:,"', ""), tag
    assert page.count("</script>") == 2


def test_a_dose_of_more_sprays_is_looked_at_at_the_same_times(monkeypatch):
    spray = {"drug": "esketamine", "dose": "56 mg", "route": "intranasal"}
    arms = [{"name": "nasal", "steps": [spray]}]
    monkeypatch.setattr(replay, "FACTORS", (1.0, 3.0))
    monkeypatch.setattr(replay, "READINGS", ())
    monkeypatch.setattr(replay, "_switched", lambda *_: False)
    asked = read_question({"title": "t", "n": 2, "until_d": 2, "arms": arms})
    data = replay.replay_data(asked)
    times_h = data["kinds"]["typical"]["times_h"]
    more = asked.model_copy(update={"arms": (replay._multiplied(asked.arms[0], 3),)})
    own = typical_curves(more, ["Cket"])
    assert len(own.times_h) != len(typical_curves(asked, ["Cket"]).times_h)
    kept = np.interp(own.times_h, times_h, column(data, "typical|nasal|3|", "Cket"))
    # two solutions at a tolerance of 1e-4, kept as half floats, a straight line between times
    np.testing.assert_allclose(kept, own.series[0][3], rtol=5e-3, atol=1e-2 * kept.max())


def test_a_dose_that_cannot_be_given_is_left_out():
    plain = default_question().plain()
    spray = {
        "drug": "esketamine",
        "route": "intranasal",
        "dose": "1500 mg",
        "formulation": "spravato",
    }
    question = read_question(
        {**plain, "arms": [{"name": "spray", "steps": [spray]}], "control": None}
    )
    factors = [factor for factor, _ in replay._doses(question, "spray")]
    assert 1.0 in factors
    assert 2.0 not in factors
