"""``ketasim regimens``: the list, one regimen, and the page in the documentation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ketasim.cli import OK, USAGE, main
from ketasim.cli.regimens import markdown
from ketasim.dosing.named_regimens import named_regimens

PAGE = Path(__file__).parents[2] / "docs" / "regimens.md"


def test_the_list_names_everything(capsys):
    assert main(["regimens"]) == OK
    told = capsys.readouterr().out
    for entry in named_regimens():
        assert entry.name in told
    assert "0.5 mg/kg ketamine IV, 6 sessions, day 1 to 12" in told
    assert "cannot be run: inhaled" in told


def test_one_regimen_day_by_day(capsys):
    assert main(["regimens", "sustain-3, 28 mg"]) == OK
    told = capsys.readouterr().out
    assert "SUSTAIN-3 long-term flexible" in told
    assert "every 4 weeks" in told
    days = [line.split()[1] for line in told.splitlines() if line.strip()[:1].isdigit()]
    assert days[:10] == ["1", "4", "8", "11", "15", "18", "22", "25", "29", "36"]
    assert "28 mg" in told


def test_json(capsys):
    assert main(["regimens", "AUD single", "--json"]) == OK
    found = json.loads(capsys.readouterr().out)
    assert [s["dose"] for s in found["sessions"]] == ["0.71 mg/kg"]
    assert "2 min, 50 min" in found["sessions"][0]["how"]
    assert main(["regimens", "--json"]) == OK
    assert len(json.loads(capsys.readouterr().out)) == len(named_regimens())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["six infuzions"], "unknown regimen 'six infuzions'; nearest: six infusions"),
        (["Nitrous oxide weekly"], "cannot be run: inhaled"),
        (["Community IV induction"], "its source tells no dose"),
        (["six infusions", "--markdown"], "--markdown: prints the whole list"),
    ],
)
def test_mistakes_are_one_line(words, message, capsys):
    assert main(["regimens", *words]) == USAGE
    said = capsys.readouterr()
    assert message in said.err
    assert said.err.count("\n") == 1
    assert not said.out


def test_the_page_has_the_list():
    """Renew it by replacing its table with what ``ketasim regimens --markdown`` prints."""
    assert markdown() in PAGE.read_text(encoding="utf-8")
