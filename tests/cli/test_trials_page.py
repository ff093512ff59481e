"""``docs/trials.md`` does what it says: its trial is run, its code too, its words are there."""

from __future__ import annotations

import re
from pathlib import Path

from ketasim.cli import main
from ketasim.cli.trial_examples import example_names
from ketasim.cli.trial_tables import COLUMNS
from ketasim.trial.endpoints import WORDS
from ketasim.trial.trial_file import read_trial

PAGE = (Path(__file__).parents[2] / "docs" / "trials.md").read_text(encoding="utf-8")


def block(language):
    """Return the first block of code in a language."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_its_trial_and_its_code_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("two_doses.toml").write_text(block("toml"))
    assert main(["trial", "two_doses.toml", "--no-report"]) == 0
    told = capsys.readouterr().out
    assert "1 mg/kg" in told
    written = {path.name for path in Path("out/trial-two_doses/results").iterdir()}
    assert written <= set(re.findall(r"[\w_]+\.(?:csv|parquet)", PAGE))
    exec(compile(block("python"), "trials.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 * 2  # three endpoints, two arms against the control
    value = float(lines[0].split()[-2])
    assert f"{abs(value):.1f}" in told


def test_its_words_are_those_of_the_program():
    for word in WORDS:
        assert f"`{word}`" in PAGE, word
    for name in example_names():
        assert f"`{name}`" in PAGE, name
    for name in ("USUBJID", "TRT01P", "ABLFL", "DCFL"):
        assert name in PAGE
        assert name in COLUMNS


def test_its_trial_says_what_may_be_said():
    trial = read_trial(block("toml"), "trials.md")
    assert [arm.name for arm in trial.arms] == ["0.5 mg/kg", "1 mg/kg", "saline"]
