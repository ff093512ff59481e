"""The page on findings holds an example that reads and runs."""

from __future__ import annotations

import re
from pathlib import Path

from ketasim.evidence import VERDICTS, predict, read_findings

PAGE = Path(__file__).parents[2] / "docs" / "findings.md"


def test_example_runs():
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    findings = read_findings(example, "example.toml")
    assert [each.measure for each in findings] == ["Cmax", "AUC", "half-life"]
    outcomes = predict(findings, people=10, draws=4)
    assert {each.verdict for each in outcomes} <= set(VERDICTS[:3])
    assert not [each.reason for each in outcomes if each.reason]


def test_every_verdict_is_explained():
    text = PAGE.read_text(encoding="utf-8").lower()
    for verdict in VERDICTS:
        assert f"*{verdict}*" in text
