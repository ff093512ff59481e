"""The page of verdicts: misses as plain as hits, whole and self-contained."""

from __future__ import annotations

import re

import pytest

from ketasim.evidence import Outcome, summary
from ketasim.report import evidence_page, evidence_words
from ketasim.report.evidence_page import evidence_report
from ketasim.report.figure_evidence import observed_predicted, spread_figure
from ketasim.report.style import Missing, Picture, house_style
from tests.evidence.small import findings
from tests.report.test_evidence_points import outcome


@pytest.fixture(scope="module")
def outcomes():
    both = findings(("Small 2026", "Small & <Sons> 2026: a title"))
    hit = outcome(both["iv_cl"], 90.0, 1.1, verdict="reproduced", observed_spread=0.2,
                  predicted_spread=0.1)  # fmt: skip
    miss = outcome(both["oral_f"], 15.0, 3.0, observed_spread=0.5, predicted_spread=0.4)
    outside = findings(("oral_f", "urine"))["urine"]
    return (hit, miss, Outcome(outside, "out of scope", "the model does not follow urine"))


@pytest.fixture(scope="module")
def text(outcomes):
    return evidence_page.evidence_page(outcomes, summary(outcomes), None, {"seed": "1"})


def test_summary_comes_first(text, outcomes):
    assert "1 of 2 findings reproduced, 1 contradicted, 0 not resolved." in text
    assert text.index("1 of 2 findings") < text.index("<figure")
    assert (
        "of these 1, 1 are reproduced"
        in evidence_words.summary_words(outcomes, summary(outcomes))[0]
    )


def test_misses_are_told(text):
    miss = re.search(r'id="misses-h".*?</section>', text, re.S)
    assert miss is not None
    assert "share taken up (F) of ketamine" in miss[0]
    assert "3-fold" in miss[0]
    assert "clearance" not in miss[0]


def test_every_finding_has_a_row(text, outcomes):
    table = text[text.index('id="findings-table"') :]
    for each in outcomes:
        assert f"<code>{each.finding.id}</code>" in table
    assert "the model does not follow urine" in table
    assert table.count("data-tier=") == len(outcomes)


def test_text_is_escaped_and_asks_nothing_of_the_network(text):
    assert "Small &amp; &lt;Sons&gt; 2026" in text
    assert "<Sons>" not in text
    assert not re.search(r'(src|href)="https?:', text)


def test_identifiers_are_unique(text):
    names = re.findall(r'\bid="([^"]+)"', text)
    assert len(names) == len(set(names))


def test_figures(outcomes):
    with house_style():
        both = [observed_predicted(outcomes, summary(outcomes)), spread_figure(outcomes)]
    for picture in both:
        assert not isinstance(picture, Missing)
        assert picture.alt
        assert picture.caption
    first = both[0]
    assert isinstance(first, Picture)
    named = [t.get_text() for axes in first.figure.axes for t in axes.texts]
    assert "Small & <Sons> 2026" in named  # the miss, by its study


def test_figures_without_findings():
    with house_style():
        assert isinstance(observed_predicted([], summary([])), Missing)
        assert isinstance(spread_figure([]), Missing)
    assert "No finding" in evidence_words.headline(summary([]))


def test_report_with_the_ledger(outcomes, tmp_path):
    (path,) = evidence_report(outcomes, summary(outcomes), tmp_path / "new")
    text = path.read_text("utf-8")
    assert path.name == "report.html"
    assert "One curve, many half-lives" in text
    assert "Yanagihara 2003" in text
