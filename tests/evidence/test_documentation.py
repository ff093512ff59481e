"""The page on findings holds examples that read and run."""

from __future__ import annotations

import re
from pathlib import Path

from ketasim.evidence import VERDICTS, Finding, predict, read_findings
from ketasim.evidence.clinical_runner import Size
from ketasim.evidence.finding import DIRECTIONS

PAGE = Path(__file__).parents[2] / "docs" / "findings.md"


def examples() -> list[tuple[Finding, ...]]:
    texts = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    return [read_findings(text, "example.toml") for text in texts]


def test_examples_run():
    kinetic, bath, blocked, trial = examples()
    assert [each.measure for each in kinetic] == ["Cmax", "AUC", "half-life"]
    assert [each.preparation for each in bath] == ["bath", "bath"]
    assert [each.direction for each in blocked] == ["blocked"]
    assert [each.measure for each in trial] == ["change", "relapse"]
    for findings in (kinetic, bath, blocked, trial):
        outcomes = predict(findings, people=10, draws=4, trials=Size(16, 4, 10, 4))
        assert {each.verdict for each in outcomes} <= set(VERDICTS[:3])
        assert not [each.reason for each in outcomes if each.reason]


def test_examples_show_what_the_page_says():
    _, bath, blocked, _ = examples()
    assert [each.as_tabled for each in predict((*bath, *blocked), draws=2)] == [True] * 3


def test_every_direction_is_told():
    text = PAGE.read_text(encoding="utf-8").lower()
    for direction in DIRECTIONS:
        assert f"*{direction}*" in text


def test_every_verdict_is_explained():
    text = PAGE.read_text(encoding="utf-8").lower()
    for verdict in VERDICTS:
        assert f"*{verdict}*" in text
