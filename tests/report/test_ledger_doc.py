"""The page of the documentation is that of the shipped claims.

What does not need the model (claims, findings, evidence) must be word for word; the model's
numbers are run again for kinetics alone, and there the verdicts must be the same.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ketasim.evidence import Outcome, load_findings
from ketasim.evidence.claims_reading import load_claims, read_claims
from ketasim.evidence.claims_verdicts import judge_claim, judge_claims
from ketasim.report.ledger_markdown import ledger_markdown
from ketasim.report.ledger_words import model_verdict

PAGE = Path(__file__).parents[2] / "docs" / "ledger.md"
RENEW = "write it again: ketasim ledger --docs docs/ledger.md"


@pytest.fixture(scope="module")
def claims():
    return load_claims()


@pytest.fixture(scope="module")
def page():
    return PAGE.read_text(encoding="utf-8")


def without_the_model(text: str) -> list[str]:
    """Return the lines that do not depend on a simulation, tables without their last column."""
    kept = []
    for line in text[text.index("\n## S1") :].splitlines():
        if line.startswith("|"):
            kept.append(line.rsplit(" | ", 1)[0])
        elif line.startswith(("#", "*Said by", "**Evidence: ")):
            kept.append(line)
    return kept


def test_structure_is_that_of_the_claims(claims, page):
    unrun = [
        judge_claim(each, [Outcome(link.finding, "out of scope", "not run") for link in each.links])
        for each in claims
    ]
    made = without_the_model(ledger_markdown(unrun, None))
    there = without_the_model(page)
    missing = [line for line in made if line not in there]
    assert not missing, f"{RENEW}; first: {missing[0]}"
    assert made == there, RENEW


def test_every_claim_has_a_verdict_of_the_model(claims, page):
    told = re.findall(
        r"^\*\*Model: (?:supported|contested|contradicted|open)(?: \([a-z ]+\))?\.\*\*", page, re.M
    )
    assert len(told) == len(claims), RENEW


def test_kinetic_verdicts_are_those_of_the_page(claims, page):
    chosen = tuple(claim for claim in claims if claim.system == "S9")
    for entry in judge_claims(chosen):
        part = page[page.index(f"(`{entry.claim.id}`)") :]
        assert f"**Model: {model_verdict(entry)}.**" in part[: part.index("\n| what")], RENEW


def test_the_example_on_the_page_reads_and_runs(page):
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.S)
    known = {each.id: each for each in load_findings()}
    (entry,) = judge_claims(read_claims(example, "example.toml", known), draws=4)
    assert [bearing.observed for bearing in entry.bearings] == ["for", "silent"]
    assert all(bearing.model != "silent" for bearing in entry.bearings)


def test_the_entry_on_half_lives_is_there(page):
    assert "Ketamine has no single half-life" in page
    assert (PAGE.parent / "half_life.md").is_file()
