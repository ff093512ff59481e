"""Parameter tables: what loads, and what is refused with which words."""

from __future__ import annotations

import pytest

from ketasim import UserError
from ketasim.model.parameter_table import read_parameters, source_keys

from .toys import HEADER, KIN_CSV

KEYS = ("smith2020", "label")


def read(tmp_path, text):
    path = tmp_path / "kin.csv"
    path.write_text(text, encoding="utf-8")
    return read_parameters(path, KEYS)


def test_a_good_table(tmp_path):
    clearance, volume = read(tmp_path, "# a comment\n" + KIN_CSV)
    assert (clearance.symbol, clearance.value, clearance.unit) == ("CL", 10.0, "L/h")
    assert (clearance.spread, clearance.distribution, clearance.uncertainty) == (
        0.2, "lognormal", 0.1,
    )  # fmt: skip
    assert (volume.spread, volume.uncertainty, volume.where) == (None, None, "kin.csv:4")


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        ("smith2020", ("smith2020",)),
        ("@smith2020; @label", ("smith2020", "label")),
        ("smith2020, label", ("smith2020", "label")),
        ("derived: 2*3", ()),
        ("assumed:", ()),
        ("derived: from @label", ("label",)),
    ],
)
def test_source_keys(source, keys):
    assert source_keys(source) == keys


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("CL,1,L/h,,,,,smith2020,", "CL has no tier"),
        ("CL,1,L/h,,,,measured,,", "CL has no source"),
        ("CL,1,,,,,measured,smith2020,", "CL has no unit"),
        ("CL,,L/h,,,,measured,smith2020,", "CL has no value"),
        ("CL,1,L/hr,,,,measured,smith2020,", "CL: unknown unit 'hr' in 'L/hr'; nearest: h"),
        ("CL,1,L/h,,,,mesured,smith2020,", "CL: unknown tier 'mesured'; nearest: measured"),
        ("CL,1,L/h,,,,measured,smith2021,",
         "CL: source 'smith2021' is not in sources.bib; nearest: smith2020"),
        ("CL,1,L/h,,,,measured,derived: guess,",
         "CL: tier measured needs a key of sources.bib, got 'derived: guess'"),
        ("CL,1,L/h,,,,assumed,assumed:,", "CL: source 'assumed:' gives no reason; add one in note"),
        ("CL,nan,L/h,,,,measured,smith2020,", "CL: value 'nan' is not finite"),
        ("CL,inf,L/h,,,,measured,smith2020,", "CL: value 'inf' is not finite"),
        ("CL,ten,L/h,,,,measured,smith2020,", "CL: value 'ten' is not a number"),
        ("CL,1,L/h,nan,normal,,measured,smith2020,", "CL: spread 'nan' is not finite"),
        ("CL,1,L/h,-1,normal,,measured,smith2020,", "CL: spread -1 is negative"),
        ("CL,1,L/h,,,-1,measured,smith2020,", "CL: uncertainty -1 is negative"),
        ("CL,1,L/h,0.2,,,measured,smith2020,", "CL: spread 0.2 needs a distribution"),
        ("CL,1,L/h,0.2,lognorml,,measured,smith2020,",
         "CL: unknown distribution 'lognorml'; nearest: lognormal"),
        ("CL,0,L/h,0.2,lognormal,,measured,smith2020,", "CL: value 0 cannot be lognormal"),
        ("CL,1,ratio,0.2,logitnormal,,measured,smith2020,", "CL: value 1 cannot be logitnormal"),
        ("2CL,1,L/h,,,,measured,smith2020,", "symbol '2CL' is not a name"),
        ("time,1,h,,,,measured,smith2020,", "'time' is a word of the model language"),
        ("CL,1,L/h,,,,measured,smith2020", "8 fields, expected 9"),
        ("V,1,L,,,,measured,label,\nV,2,L,,,,measured,label,",
         "symbol 'V' stands already in kin.csv:2"),
    ],
)  # fmt: skip
def test_a_bad_row_is_refused_in_one_line(tmp_path, row, told):
    with pytest.raises(UserError) as error:
        read(tmp_path, HEADER + row + "\n")
    line = 1 + len(row.splitlines())
    assert str(error.value).startswith(f"kin.csv:{line}: {told}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("symbol,value", "kin.csv:1: column 'unit' is missing"),
        ("symbol,valeu", "kin.csv:1: unknown column 'valeu'; nearest: value"),
        ("symbol,symbol", "kin.csv:1: column 'symbol' is given twice"),
        ("", "kin.csv: empty table"),
    ],
)
def test_a_bad_header_is_refused(tmp_path, header, told):
    with pytest.raises(UserError) as error:
        read(tmp_path, header + "\n")
    assert str(error.value).startswith(told)


def test_text_that_is_not_utf8_is_refused(tmp_path):
    (tmp_path / "kin.csv").write_bytes(HEADER.encode() + b"\xff")
    with pytest.raises(UserError, match=r"kin\.csv: not a text file \(byte .* is not UTF-8"):
        read_parameters(tmp_path / "kin.csv", KEYS)
