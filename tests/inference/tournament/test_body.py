"""The body of evidence: everything once, both roles, doubts by rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ketasim import UserError
from ketasim.evidence import load_findings
from ketasim.inference.tournament.body import (
    MOST_LAPSE,
    SMALL,
    WITHIN_STUDY,
    body_of_evidence,
    doubtful,
    laboratories,
    lapse_rules,
    stem,
)


@pytest.fixture(scope="module")
def body():
    return body_of_evidence()


def test_nothing_counts_twice(body):
    ids = [each.id for each in body.findings]
    assert len(set(ids)) == len(ids) > 150
    assert all(each.counts for each in body.findings)
    repeats = {each.same_as for each in load_findings() if each.same_as}
    assert repeats  # there are such rows, and none of them is in
    assert not any(each.same_as for each in body.findings)


def test_both_roles_and_both_sides_of_controversies(body):
    chooses = body.chooses
    assert 30 < chooses.sum() < len(chooses) - 30
    assert sum(bool(each.contested) for each in body.findings) > 5
    directions = {each.direction for each in body.findings}
    assert {"up", "down", "none", "blocked", "kept"} <= directions


def test_doubts_follow_the_rules(body):
    rules = lapse_rules()
    assert body.lapse.min() >= rules["every"]
    assert body.lapse.max() <= MOST_LAPSE
    told = dict(zip([each.id for each in body.findings], body.lapse, strict=True))
    for name in doubtful():
        if name in told:
            assert told[name] >= rules["every"] + rules["doubtful"]
    for each, lapse in zip(body.findings, body.lapse, strict=True):
        least = rules["every"] + rules["recall"] * (each.verified == "recall")
        least += rules["small"] * (each.n is not None and each.n < SMALL)
        assert lapse >= min(least, MOST_LAPSE) - 1e-12


def test_rows_that_share_animals_count_as_fewer(body):
    assert np.all((body.weight > 0) & (body.weight <= 1))
    some = [each for each in body.findings if each.clinical is None][:1]
    twins = body_of_evidence([some[0], replace(some[0], id="twin")])
    assert twins.weight == pytest.approx([1 / (1 + WITHIN_STUDY)] * 2)
    assert body_of_evidence(some).weight == pytest.approx([1])


def test_laboratories_and_papers(body):
    shared = laboratories()
    studies = {stem(each.study) for each in load_findings()} | {e.study for e in load_findings()}
    assert set(shared) <= studies
    assert sum(len(places) for places in body.groups().values()) == len(body.findings)
    assert stem("gerhard2020-slice") == "gerhard2020"
    assert len(set(body.studies)) < len({each.study for each in body.findings})


def test_a_doubtful_finding_is_one_that_exists():
    known = {each.id for each in load_findings()}
    assert set(doubtful()) <= known


def test_nothing_to_hold_it_on():
    with pytest.raises(UserError, match="no findings that can be run"):
        body_of_evidence([])
