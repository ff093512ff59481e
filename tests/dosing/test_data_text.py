"""Delimited text: separators, comments, byte-order marks, what is no table."""

import numpy as np
import pytest

from ketasim.dosing.data_text import read_table
from ketasim.errors import UserError

KNOWN = {"id": "ID", "time": "TIME", "dv": "DV"}


def write(folder, content):
    file = folder / "data.csv"
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    "content",
    [
        b"ID,TIME,DV\n1,0,5\n1,2,.\n",
        b"\xef\xbb\xbfid;time;dv\r\n1;0;5\r\n1;2;NA\r\n",
        b"# made by hand\nID\tTime\tDV\n\n1\t0\t5\n# half way\nC\t9\t9\n1\t2\t\n",
        b"#ID,TIME,DV[ng/mL]\n1, 0, 5\n1 , 2 , nan\n,,\n",
        b"ID TIME DV\n  1   0   5\n1\t2 .\n",
        b'"ID","TIME","DV"\n"1","0","5"\n"1","2",""\n',
    ],
    ids=[
        "commas",
        "BOM, CRLF, semicolons",
        "tabs, comments",
        "header as comment",
        "blanks",
        "quotes",
    ],
)
def test_the_same_table_in_many_dresses(content, tmp_path):
    table = read_table(write(tmp_path, content), KNOWN)
    assert list(table.columns) == ["ID", "TIME", "DV"]
    assert table.columns["ID"].texts().tolist() == ["1", "1"]
    assert table.numbers("TIME").tolist() == [0.0, 2.0]
    assert np.array_equal(table.numbers("DV"), [5.0, np.nan], equal_nan=True)
    assert table.missing("DV").tolist() == [False, True]


def test_lines_are_those_of_the_file(tmp_path):
    table = read_table(write(tmp_path, b"# one\n\nID,DV\n# four\n1,2\n\n1,3\n"), KNOWN)
    assert table.lines.tolist() == [5, 7]


def test_units_stand_in_brackets(tmp_path):
    table = read_table(write(tmp_path, b"ID,TIME [min],DV(nM)\n1,2,3\n"), KNOWN)
    assert dict(table.units) == {"TIME": "min", "DV": "nM"}


def test_a_missing_column_is_all_missing(tmp_path):
    table = read_table(write(tmp_path, b"ID,DV\n1,2\n"), KNOWN)
    assert np.isnan(table.numbers("LLOQ")).all()
    assert table.missing("LLOQ").all()


def test_blocks_join(tmp_path, monkeypatch):
    monkeypatch.setattr("ketasim.dosing.data_text._BLOCK", 64)
    lines = [f"{k // 3},{k},{k % 7}" for k in range(1000)]
    content = "\n".join(["ID,TIME,DV", *lines[:100], "# between", *lines[100:]])
    table = read_table(write(tmp_path, content.encode()), KNOWN)
    assert table.numbers("TIME").tolist() == list(range(1000))
    assert table.numbers("DV").tolist() == [k % 7 for k in range(1000)]
    assert table.lines.tolist() == [*range(2, 102), *range(103, 1003)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ": is empty; a header with ID, TIME and DV or AMT is needed"),
        (b"# nothing\n\n", ": is empty; a header with ID, TIME and DV or AMT is needed"),
        (b"ID,TIME,DV\n", ": has a header but no rows"),
        (b"ID,TIME,DV\n# only a comment\n", ": has a header but no rows"),
        (b"PK\x03\x04\x00\x00\n", ": is not a text file"),
        (b"ID,DV\n1,\xff\xfe\n", ": is not a text file in UTF-8"),
        (b"ID,TIME,\n1,2,3\n", ":1: column 3 has no name"),
        (b"ID,time,TIME\n1,2,3\n", ":1: column TIME stands twice"),
        (b"ID,TIME\n1,2\n\n1\n", ":4: 1 cells for 2 columns"),
        (b"ID,TIME\n1,2\n1,2,5\n", ":3: 3 cells for 2 columns; a decimal comma? write 1.5"),
    ],
)
def test_what_is_no_table(content, message, tmp_path):
    file = write(tmp_path, content)
    with pytest.raises(UserError) as caught:
        read_table(file, KNOWN)
    assert str(caught.value) == f"{file}{message}"


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("x", "is not a number"),
        ('"1,5"', "has a decimal comma; write 1.5"),
        ("10:30", "is a time of day; write hours since the first dose"),
        ("-inf", "is not a finite number"),
        ("1_000", "is not a number"),
    ],
)
def test_a_cell_that_is_no_number(cell, why, tmp_path):
    file = write(tmp_path, f"ID,DV\n1,2\n1,{cell}\n".encode())
    with pytest.raises(UserError) as caught:
        read_table(file, KNOWN).numbers("DV")
    word = cell.strip('"')
    assert str(caught.value) == f"{file}:3: DV = {word!r} {why}"


def test_no_such_file(tmp_path):
    with pytest.raises(UserError, match=r"none.csv: no such file"):
        read_table(tmp_path / "none.csv", KNOWN)
