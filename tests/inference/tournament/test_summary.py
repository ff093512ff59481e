"""The summary of a tournament: what is made from draws, and what a file gives back."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.inference.tournament.body import Body
from ketasim.inference.tournament.fit import Fit
from ketasim.inference.tournament.hypothesis import Hypothesis
from ketasim.inference.tournament.results import Tournament
from ketasim.inference.tournament.smc import Size
from ketasim.inference.tournament.summarise import among, summary_of, word
from ketasim.inference.tournament.summary import plain, read_summary, summary_text
from ketasim.inference.tournament.verdict import weigh
from tests.report.synthetic_tournament import made


def finding(k, direction="up", role="calibrate"):
    """As much of a finding as a summary needs."""
    return SimpleNamespace(
        id=f"f{k}", study=f"s{k}", title=f"Author {k}: a study", role=role, direction=direction,
        value=None if direction else 0.534, unit="ratio", statistic="mean", contested="",
    )  # fmt: skip


def fitted(name, chances, log_evidence, error=0.1, odds=1.0):
    """A fit whose every draw finds the reports this likely."""
    hypothesis = Hypothesis(name, name.title(), "x" * 30, ("li2010",), ("bdnf",), (), {}, odds)
    clean = np.log(np.tile(chances, (16, 1)))
    return Fit(
        hypothesis, np.zeros((16, 0)), clean, clean, 1, log_evidence, error, -5.0, error, 640
    )


@pytest.fixture
def held():
    """Three reports; the first is failed by both hypotheses, the last is a value."""
    found = (finding(0), finding(1, role="validate"), finding(2, ""))
    body = Body(found, np.full(3, 0.1), np.ones(3), ("a", "b", "b"), 0.05)  # type: ignore[arg-type]
    fits = (fitted("one", [0.2, 0.9, 0.4], -10.0), fitted("two", [0.4, 0.1, 0.2], -11.0))
    return Tournament(body, fits, Size(16, 8), 1)


def test_weights_follow_evidence_and_odds(held):
    found = summary_of(held)
    one, two = found.hypotheses
    assert one.weight / two.weight == pytest.approx(np.e)
    assert one.low < one.weight < one.high
    heavier = replace(held, fits=(held.fits[0], fitted("two", [0.4, 0.1, 0.2], -11.0, odds=5.0)))
    assert summary_of(heavier).leader.name == "two"
    assert summary_of(held) == found  # the same draws of the error


def test_no_error_no_interval(held):
    sharp = replace(held, fits=tuple(replace(each, log_evidence_error=0.0, log_held_out_error=0.0)
                                     for each in held.fits))  # fmt: skip
    one = summary_of(sharp).hypotheses[0]
    assert one.low == pytest.approx(one.weight)
    assert one.high == pytest.approx(one.weight)


def test_a_report_fails_where_a_wrong_one_is_likelier(held):
    found = summary_of(held, {"f0": "behaviour"})
    assert [each.id for each in found.failed] == ["f0"]  # 0.4 < 1/2; of a value 0.4 > 1/3
    assert found.reports[0].what == "behaviour"
    assert found.reports[1].what == "Author 1: a study"
    assert found.reports[0].best == 1
    assert found.reports[1].chances == pytest.approx((0.9, 0.1))
    assert found.facts["findings_held_out"] == 1
    assert found.facts["laboratories"] == 2


def test_words_of_reports():
    assert word(finding(1, "kept")) == "kept"
    assert word(finding(1, "")) == "0.534"


def test_weights_of_distant_evidence_do_not_overflow():
    found = weigh(("near", "far"), np.array([-1e6, -1e6 - 1000.0]), np.zeros(2), np.ones(2))
    assert found.weight == pytest.approx([1.0, 0.0])


def test_a_file_gives_the_same_back():
    found = made()
    text = summary_text(found)
    again = read_summary(text, "x.json")
    assert summary_text(again) == text
    assert [each.id for each in again.failed] == [each.id for each in found.failed]
    told = json.loads(text)
    assert told["leader"] == "surge"
    assert {row["id"] for row in told["failed_by_all"]} == {each.id for each in found.failed}
    assert again.hypotheses[0].champions == ("li2010",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json", "is no summary"),
        ("[]", "is no summary of a tournament"),
        ('{"format": 99}', "is no summary of a tournament"),
        ('{"format": 1, "hypotheses": [], "reports": []}', "for each of 0 hypotheses"),
        ('{"format": 1, "hypotheses": [{}], "reports": []}', "is no summary"),
    ],
)
def test_a_spoilt_file_is_refused_in_one_line(text, said):
    with pytest.raises(UserError, match=said) as told:
        read_summary(text, "x.json")
    assert len(str(told.value).splitlines()) == 1


def test_rows_of_another_length_are_refused():
    data = plain(made())
    data["shifts"][0]["weights"].pop()
    with pytest.raises(UserError, match="each of 5 hypotheses"):
        read_summary(json.dumps(data), "x.json")


def test_among_some_weights_are_shared_anew():
    found = made()
    kept = among(found, ["habenula", "resting"])
    assert [each.name for each in kept.hypotheses] == ["habenula", "resting"]
    assert sum(each.weight for each in kept.hypotheses) == pytest.approx(1.0)
    assert kept.leader.name == "resting"
    ratio = kept.hypotheses[1].weight / kept.hypotheses[0].weight
    assert ratio == pytest.approx(np.exp(_log(found, 1) - _log(found, 2)))
    assert kept.reports[0].chances == (found.reports[0].chances[2], found.reports[0].chances[1])
    assert sum(kept.shifts[0].weights) == pytest.approx(1.0)
    assert kept.carried == ()
    assert kept.proposed == ()
    with pytest.raises(UserError, match="no draws of 'rezting'; nearest: resting"):
        among(found, ["rezting"])


def _log(found, k):
    return found.hypotheses[k].log_chosen + found.hypotheses[k].log_held_out
