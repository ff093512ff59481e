"""The ledger in words, as a page and in Markdown: both sides, whole and self-contained."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ketasim.evidence import Outcome
from ketasim.evidence.claims_verdicts import judge_claim
from ketasim.report import ledger_words as words
from ketasim.report.ledger_markdown import ledger_markdown
from ketasim.report.ledger_page import ledger_page, ledger_report
from tests.evidence.claims_example import claims


@pytest.fixture(scope="module")
def entries():
    made = claims(("S-ketamine is cleared", "S-ketamine & <all> is cleared"))
    slow, swallowed = made["slow"], made["swallowed"]
    published, simulated = (link.finding for link in slow.links)
    (memory,) = swallowed.links
    memory = replace(memory, finding=replace(memory.finding, verified="recall", weight=0.5))
    ran = [
        Outcome(published, "contradicted", predicted=20.0, low=18.0, high=22.0),
        Outcome(simulated, "reproduced", predicted=1500.0, low=1200.0, high=1900.0),
    ]
    return (
        judge_claim(slow, ran),
        judge_claim(
            replace(swallowed, links=(memory,)),
            [Outcome(memory.finding, "out of scope", "the model does not swallow")],
        ),
    )


@pytest.fixture(scope="module")
def text(entries):
    return ledger_page(entries, None, {"seed": "1"})


def test_headline_counts_both_sides(entries):
    assert words.headline(entries) == (
        "Of 2 claims, what was published supports 1 and contradicts 1; "
        "the model supports 1 and leaves open 1."
    )


def test_summary_names_what_is_apart(entries):
    told = " ".join(words.summary_words(entries))
    assert "contradict each other on 1 claim: “S-ketamine & <all> is cleared slowly”" in told
    assert "The model leaves 1 claim open" in told


def test_sentences_tell_numbers_laboratories_and_memory(entries):
    slow, swallowed = entries
    assert words.evidence_sentences(slow) == (
        "1 finding (Small 2026) speaks against it. A single finding; n = 9."
    )
    assert words.model_sentences(slow) == (
        "2 runs: 2 for it, 0 against. Ketamine an hour after the start of an infusion: "
        "1500 (1200 to 1900) ng/mL."
    )
    assert "all from memory" in words.evidence_sentences(swallowed)
    assert words.model_sentences(swallowed) == "Nothing can be run: the model does not swallow."
    assert words.relation(slow) == "Evidence and model contradict each other."


def test_every_claim_has_both_verdicts_on_the_page(text, entries):
    assert text.count("<dt>Evidence: ") == text.count("<dt>Model: ") == len(entries)
    assert "Slowly means at most 50 L/h." in text
    assert "at most 50 L/h" in text
    assert "Evidence and model contradict each other." in text


def test_page_is_escaped_and_asks_nothing_of_the_network(text):
    assert "S-ketamine &amp; &lt;all&gt;" in text
    assert "<all>" not in text
    assert not re.search(r'(src|href)="https?:', text)
    names = re.findall(r'\bid="([^"]+)"', text)
    assert len(names) == len(set(names))
    targets = set(re.findall(r'href="#([^"]+)"', text))
    assert targets <= set(names)


def test_markdown_tells_the_same(entries):
    page = ledger_markdown(entries, None)
    for entry in entries:
        assert f"### {entry.claim.says}" in page
        assert f"**Evidence: {entry.evidence}.** {words.evidence_sentences(entry)}" in page
        assert words.model_sentences(entry) in page
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in rows if "S9" not in line}) == 1


def test_effects_are_told_as_percent(entries):
    slow = entries[0]
    finding = replace(slow.claim.links[1].finding, direction="down")
    bearing = replace(
        slow.bearings[1],
        outcome=Outcome(finding, "reproduced", predicted=-0.324, low=-0.5, high=-0.001),
    )
    assert words.shown(bearing) == "change −32 % (−50 % to 0 %)"
    left = replace(bearing.outcome, finding=replace(finding, direction="kept"))
    assert words.shown(replace(bearing, outcome=left)).endswith("of the effect left")


def test_report_is_written(entries, tmp_path):
    (path,) = ledger_report(entries, tmp_path)
    assert path.name == "report.html"
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
