"""The model book holds every mechanism, equation and number, and typesets them right."""

import xml.etree.ElementTree as ET

import pytest

from ketasim.model import ModelFolder, load_mechanism
from ketasim.model.formula import parse
from ketasim.model.mechanism import Equation
from ketasim.model.units import parse_unit
from ketasim.report.model_book import UNITS, chapter_groups, model_book
from ketasim.report.model_book_equations import (
    LONGEST_LINE,
    equation_latex,
    equation_mathml,
    latex,
    lines,
    symbol,
    typeset,
)

FOLDER = ModelFolder()


@pytest.fixture(scope="module")
def book():
    return model_book()


@pytest.mark.parametrize("name", FOLDER.every_name())
def test_a_chapter_has_every_name_equation_and_number(book, name):
    mechanism, text = load_mechanism(name), book[f"{name}.md"]
    assert text.startswith(f"# {mechanism.title}\n")
    for declared, item in mechanism.declared.items():
        assert f"| `{declared}` |" in text, declared
        assert item.unit in text
    assert text.count("```math") == len(mechanism.equations)
    for row in FOLDER.table(name):
        assert f"| `{row.symbol}` | {f'{row.value:.12g}'.replace('-', '−')} | {row.unit} |" in text
        assert all(f"@{key}" in text for key in row.source_keys)
    for key in mechanism.sources:
        assert f"@{key}" in text


def test_every_chapter_is_listed_once(book):
    groups = chapter_groups()
    listed = [name for names in groups.values() for name in names]
    assert sorted(listed) == sorted(FOLDER.every_name())
    assert list(groups)[-1] == "companions"
    for name in listed:
        assert f"]({name}.md)" in book["index.md"]


def test_tiers_add_up(book):
    rows = sum(len(FOLDER.table(name)) for name in FOLDER.table_names())
    assert f"All {rows} rows" in book["index.md"]


def test_wires_name_both_ends(book):
    assert "| [spines](spines.md) | `syn` |" in book["wires.md"]
    line = next(x for x in book["wires.md"].splitlines() if "| `syn` |" in x)
    assert "[mood](mood.md)" in line


def test_the_resting_state_is_that_of_the_model(book):
    line = next(x for x in book["resting_state.md"].splitlines() if x.startswith("| `Sl` |"))
    assert "0.2107" in line  # kf*S_max/(kf*(1 + kc/(kd*(1 + 0.7))) + kl*(1 + 0.6) + kc) at D0 = 1


def test_every_unit_is_explained(book):
    explained = {unit for unit, _ in UNITS}
    for name in FOLDER.table_names():
        for row in FOLDER.table(name):
            for base, _ in parse_unit(row.unit).powers:
                assert base in explained or base == "beat", (row.where, row.unit)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a - (b - c)", r"a - \left(b - c\right)"),
        ("a*(b + c)", r"a \cdot \left(b + c\right)"),
        ("a/b/c", r"\frac{a/b}{c}"),
        ("(a/b)^n", r"\left(\frac{a}{b}\right)^{n}"),
        ("a/(b*c)", r"\frac{a}{b \cdot c}"),
        ("1/(1 + a/(b*c))", r"\frac{1}{1 + a/\left(b \cdot c\right)}"),
        ("(-a)^2", r"\left(-a\right)^{2}"),
        ("-a^2", r"-a^{2}"),
        ("exp(-k*t)", r"e^{-k \cdot t}"),
        ("sqrt(a + 1)", r"\sqrt{a + 1}"),
        ("1e-7*a", r"1 \times 10^{-7} \cdot a"),
        ("hill(x, K_m, 2)", r"\mathrm{hill}\left(x, K_{\mathrm{m}}, 2\right)"),
    ],
)
def test_brackets_stand_where_they_must(text, expected):
    assert latex(typeset(parse(text))) == expected


def test_names_are_set_as_symbols():
    assert latex(symbol("tau_fs")) == r"\tau_{\mathrm{fs}}"
    assert latex(symbol("w_D_lab")) == r"w_{\mathrm{D,lab}}"
    assert latex(symbol("CADSS")) == r"\mathrm{CADSS}"


def test_a_long_sum_goes_on_below():
    terms = [f"{sign} k_{i}*x_{i}*(y_{i} - z_{i})" for i, sign in enumerate("+-" * 8)]
    found = lines(parse(" ".join(["a", *terms])))
    assert len(found) > 2
    assert all(line.width <= LONGEST_LINE for line in found)
    assert [latex(line).strip()[0] in "+-" for line in found[1:]] == [True] * (len(found) - 1)


@pytest.mark.parametrize("name", FOLDER.every_name())
def test_mathml_is_well_formed_and_says_the_formula(name):
    for equation in load_mechanism(name).equations:
        root = ET.fromstring(equation_mathml(equation))
        assert root.get("alttext", "").startswith(equation.target)
        assert "\n\n" not in equation_mathml(equation)
        assert equation_latex(equation).count("{") == equation_latex(equation).count("}")


def test_mathml_escapes_what_it_must():
    text = equation_mathml(Equation("assignment", "x", "piecewise(1, a < b, 0)", 1))
    assert ET.fromstring(text).get("alttext") == "x = piecewise(1, a < b, 0)"
