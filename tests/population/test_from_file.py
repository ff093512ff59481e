"""People from a file: what is read, and every mistake with line and column."""

from dataclasses import dataclass

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.population import Population, covariates, draw, from_file


@dataclass(frozen=True)
class Row:
    symbol: str
    value: float
    spread: float | None = None
    distribution: str | None = None


MODEL = (Row("WT", 70.0), Row("CL_S", 95.2, 0.16, "lognormal"), Row("g", 0.58, 1.25, "lognormal"))


def write(tmp_path, text):
    file = tmp_path / "people.csv"
    file.write_text(text)
    return file


def test_the_file_sets_its_columns_and_the_rest_is_drawn(tmp_path):
    file = write(tmp_path, "ID,WT,CL_S\na,61.5,90\n\nb,80,110\n")
    people = from_file(file, seed=3)
    assert (people.n, people.ids) == (2, ("a", "b"))
    names, values = draw(people, MODEL)
    assert values[:, names.index("WT")].tolist() == [61.5, 80.0]
    assert values[:, names.index("CL_S")].tolist() == [90.0, 110.0]
    others, drawn = draw(Population("trd", n=2, seed=3), MODEL)
    assert np.array_equal(values[:, names.index("g")], drawn[:, others.index("g")])
    assert covariates(people, 1, 2)["WT"].tolist() == [80.0]
    assert draw(people, MODEL, 1, 2)[1][0, names.index("CL_S")] == 110.0


def test_typical_but_for_the_file(tmp_path):
    people = from_file(write(tmp_path, "ID,WT\n1,60\n"), between_person=False)
    names, values = draw(people, MODEL)
    assert names == ("WT",)
    assert values.tolist() == [[60.0]]
    assert str(people) == f"{tmp_path / 'people.csv'}, n = 1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": is empty; a header with ID and one row per person is needed"),
        ("ID,WT\n", ": has a header but no people"),
        ("id,WT\n1,70\n", ": no column ID; nearest: id"),
        ("ID,age\n1,70\n", ": no column WT; choose from: ID, age"),
        ("ID,WT,\n1,70,3\n", ":1: column 3 has no name"),
        ("ID,WT,WT\n1,70,3\n", ":1: column WT stands twice"),
        ("ID,WT\n1,70\n2,nan\n", ":3: WT 'nan' is not a finite number"),
        ("ID,WT\n1,inf\n", ":2: WT 'inf' is not a finite number"),
        ("ID,WT\n1,heavy\n", ":2: WT 'heavy' is not a number"),
        ("ID,WT\n1,\n", ":2: WT is empty"),
        ("ID,WT\n1,-70\n", ":2: WT '-70' is not positive"),
        ("ID,WT,B0\n1,70,-1\n", ":2: B0 '-1' is not positive"),
        ("ID,WT,B0\n1,70,60\n2,70,60.5\n", ":3: B0 '60.5' is above 60"),
        ("ID,WT,sex\n1,70,2\n", ":2: sex '2' is none of 0, 1"),
        ("ID,WT,met\n1,70,2\n", ":2: met '2' is none of 0, 0.5, 1"),
        ("ID,WT,age\n1,70,-2\n", ":2: age '-2' is negative"),
        ("ID,WT,asian\n1,70,0.5\n", ":2: asian '0.5' is none of 0, 1"),
        ("ID,WT,japanese\n1,70,2\n", ":2: japanese '2' is none of 0, 1"),
        ("ID,WT,cyp2b6\n1,70,0.3\n", ":2: cyp2b6 '0.3' is none of 0, 0.5, 1"),
        ("ID,WT,liver\n1,70,-0.3\n", ":2: liver '-0.3' is negative"),
        ("ID,WT\n1,70,3\n", ":2: 3 cells for 2 columns"),
        ("ID,WT\n,70\n", ":2: ID is empty"),
        ("ID,WT\n1,70\n2,71\n1,72\n", ":4: ID '1' stands on line 2 already"),
    ],
)
def test_mistakes_name_file_line_and_column(text, message, tmp_path):
    file = write(tmp_path, text)
    with pytest.raises(UserError) as caught:
        from_file(file, required=["WT"])
    assert str(caught.value) == f"{file}{message}"


def test_other_mistakes(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        from_file(tmp_path / "none.csv")
    file = tmp_path / "binary.csv"
    file.write_bytes(b"ID,WT\n\xff\xfe,1\n")
    with pytest.raises(UserError, match="is not UTF-8"):
        from_file(file)
    unknown = from_file(write(tmp_path, "ID,CLS\n1,90\n"))
    with pytest.raises(UserError) as caught:
        draw(unknown, MODEL)
    assert str(caught.value) == f"{tmp_path / 'people.csv'}: unknown column 'CLS'; nearest: CL_S"


@pytest.mark.parametrize("bad", ["-5", "0"])
def test_lognormal_parameters_must_be_positive(tmp_path, bad):
    file = write(tmp_path, f"ID,WT,CL_S\na,61.5,90\n\nb,80,{bad}\n")
    with pytest.raises(UserError) as caught:
        draw(from_file(file), MODEL, 0, 1)
    assert str(caught.value) == f"{file}:4: CL_S '{bad}' is not positive"


def test_parameters_of_other_distributions_may_be_negative(tmp_path):
    people = from_file(write(tmp_path, "ID,x\na,-5\n"))
    names, values = draw(people, (Row("x", 1.0, 1.0, "normal"), Row("y", 1.0)))
    assert values[0, names.index("x")] == -5
