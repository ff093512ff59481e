"""Studies that never were print what their truth shows, and err as often as they say."""

from dataclasses import replace

import numpy as np
import pytest

from ketasim.evidence import load_findings
from ketasim.inference.tournament.body import body_of_evidence
from ketasim.inference.tournament.hypothesis import load_hypothesis
from ketasim.inference.tournament.synthetic import synthetic_body

IDS = ("moghaddam-glu-low", "li-mtor-up", "autry-eef2k-inhib-suff", "li-rapa-block-behav",
       "moghaddam-glu-200", "gideons-transient", "orser-ca-1uM")  # fmt: skip


@pytest.fixture(scope="module")
def body():
    chosen = [each for each in load_findings() if each.id in IDS]
    return body_of_evidence(chosen)


def strong(truth, **scores):
    return np.array([scores.get(symbol, 0.0) for symbol in truth.symbols])


def test_a_surge_prints_a_surge_and_no_eef2(body):
    """Over many repeats, with no report wrong: words are those of the truth."""
    truth = load_hypothesis("disinhibition")
    certain = replace(body, lapse=np.full(len(body.findings), 1e-9))
    words = {each.id: [] for each in body.findings}
    for seed in range(12):
        found = synthetic_body(certain, truth, strong(truth, w_S=2.0, k_ins=1.0), seed)
        for each in found.findings:
            words[each.id].append(each.direction)
    assert words["moghaddam-glu-200"].count("down") >= 10
    assert words["autry-eef2k-inhib-suff"].count("up") <= 2  # w_E is off
    assert words["gideons-transient"].count("none") >= 10
    assert set(words["li-rapa-block-behav"]) <= {"blocked", "kept"}


def test_wrong_reports_are_as_frequent_as_their_lapse(body):
    truth = load_hypothesis("disinhibition")
    hopeless = replace(body, lapse=np.full(len(body.findings), 1.0))
    words = [
        each.direction
        for seed in range(12)
        for each in synthetic_body(hopeless, truth, strong(truth), seed).findings
        if each.id == "moghaddam-glu-200"
    ]
    assert set(words) == {"up", "down", "none"}


def test_values_scatter_round_the_truth(body):
    truth = load_hypothesis("disinhibition")
    values = [
        float(each.value)
        for seed in range(12)
        for each in synthetic_body(body, truth, strong(truth), seed).findings
        if each.id == "orser-ca-1uM"
    ]
    assert 0.1 < np.std(np.log(values)) < 0.8
    assert 0.05 < np.exp(np.mean(np.log(values))) < 1.0  # a share of a current


def test_the_same_seed_prints_the_same(body):
    truth = load_hypothesis("disinhibition")
    one, two = (synthetic_body(body, truth, strong(truth), 3) for _ in range(2))
    assert [(f.id, f.direction, f.value) for f in one.findings] == [
        (f.id, f.direction, f.value) for f in two.findings
    ]
