"""``docs/data_files.md`` does what it says: its file is read, its code and its command run."""

import re
import shlex
from pathlib import Path

from ketasim.cli import main
from ketasim.dosing import read_data
from tests.simulation.closed_forms import cases

PAGE = (Path(__file__).parents[2] / "docs" / "data_files.md").read_text(encoding="utf-8")


def block(language):
    """Return the first block of code in a language."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_the_example_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("two_people.csv").write_text(block("csv"))
    exec(compile(block("python"), "data_files.md", "exec"), {})
    told = capsys.readouterr().out
    assert told.startswith("('1', '2') [70. 84.] 1 dose from a data file")
    assert len(told.splitlines()) == 1 + 9
    assert read_data("predicted.csv").ids == ("1", "2")


def test_the_command_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("two_people.csv").write_text(block("csv"))
    program, *words = shlex.split(block("sh"))
    assert program == "ketasim"
    assert main(words) == 0
    assert "2-8 (3)" in capsys.readouterr().out


def test_its_count_of_cases():
    assert f"a data file of {len(cases())} people" in PAGE


def test_every_column_is_told():
    from ketasim.dosing.data_records import COVARIATES, RECORDS

    columns = PAGE.split("## Columns")[1].split("## Conventions")[0]
    for name in (*RECORDS, *COVARIATES):
        assert f"`{name}`" in columns, name
