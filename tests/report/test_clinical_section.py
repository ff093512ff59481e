"""The part on trials: every finding has its row in a picture, and scores stand beside baselines."""

from __future__ import annotations

import pytest

from ketasim.evidence import Outcome, read_findings, summary
from ketasim.report import clinical_words as words
from ketasim.report.clinical_section import clinical_section
from ketasim.report.evidence_page import evidence_page
from ketasim.report.figure_clinical import MOST_ROWS, clinical_forests, label
from ketasim.report.style import house_style
from tests.evidence.trials import TRIAL, finding

RESPONSE = 'endpoint = "response"\nscale = "HAMD17"\nat = "7 d"\nvalue = 50\nunit = "%"'
RELAPSE = 'endpoint = "relapse"\nfrom = "12 d"\nto = "40 d"\nvalue = 50\nunit = "%"'


@pytest.fixture(scope="module")
def outcomes():
    (change,) = read_findings(TRIAL, "toy.toml")
    found = [Outcome(change, "reproduced", observed=-15, predicted=-14, low=-20, high=-9)]
    found += [
        Outcome(finding(lines), "contradicted", observed=50, predicted=20, low=10, high=30)
        for lines in (RESPONSE, RELAPSE)
    ]
    yes = finding(
        'comparator = "saline"\ncontrast = "superior"\nendpoint = "change"\nat = "24 h"\n'
        'value = 1\nunit = "yes"'
    )
    found.append(Outcome(yes, "reproduced", observed=1, predicted=0.8, agreement=0.8))
    return found


def test_words(outcomes):
    change, response, relapse, yes = outcomes
    assert words.what(change.finding) == "change at 24 h, ketamine"
    assert words.what(response.finding) == "response (HAMD17) at day 7, ketamine"
    assert words.what(relapse.finding) == "relapse within 28 days after day 12, ketamine"
    assert words.what(yes.finding) == "change at 24 h, ketamine against saline (superior)"
    assert (words.observed(change), words.predicted(change)) == ("−15 points", "−14 (−20 to −9)")
    assert (words.observed(yes), words.predicted(yes)) == ("yes", "yes in 80 % of trials")


def test_every_value_has_a_row_in_one_picture(outcomes):
    with house_style():
        drawn = clinical_forests(outcomes)
    labels = [text.get_text() for p in drawn for text in p.figure.axes[0].get_yticklabels()]
    assert sorted(labels) == sorted(label(o.finding) for o in outcomes[:3])
    assert len({each.name for each in drawn}) == len(drawn) == 3
    assert "lies in the 90 % interval of predicted trials in 1 (100 %)" in drawn[0].caption


def test_long_lists_are_cut(outcomes):
    with house_style():
        drawn = clinical_forests([outcomes[1]] * (MOST_ROWS + 4))
    sizes = [len(p.figure.axes[0].get_yticklabels()) for p in drawn]
    assert sum(sizes) == MOST_ROWS + 4
    assert max(sizes) - min(sizes) <= 1


def test_section_tells_scores(outcomes):
    text = clinical_section(outcomes, summary(outcomes), {}).replace("\u00a0", " ")
    assert "Held back from calibration: 0 % of 2 values lie in the 90 % interval." in text
    assert "Used to calibrate: 100 % of 1 value" in text
    assert "<table" in text


def test_page_has_a_part_on_trials(outcomes):
    page = evidence_page(outcomes, summary(outcomes), None, {})
    assert 'id="trials-h"' in page
    assert "Toy 2026, response (HAMD17) at day 7, ketamine" in page
