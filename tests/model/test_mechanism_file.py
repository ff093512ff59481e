"""Mechanism files: what is read, and how mistakes are told."""

from __future__ import annotations

import pytest

from ketasim import UserError
from ketasim.model import load_mechanism, mechanism_names
from ketasim.model.mechanism import Balance

from .toys import write_toy


def test_a_good_file(tmp_path):
    folder = write_toy(tmp_path)
    assert mechanism_names(folder) == ("effect", "kin", "reader")
    kin = load_mechanism("kin", folder)
    assert (kin.title, kin.systems, kin.clock) == ("One compartment", ("S9",), "kinetics")
    assert kin.biology == "A dose is cleared at first order [@smith2020; @label]."
    assert kin.sources == ("smith2020", "label")
    assert kin.balances == (Balance("rate_in", "A + gone", 6),)
    assert (kin.states["A"].bounds, kin.states["A"].label) == ((0.0, float("inf")), "in the body")
    assert [e.kind for e in kin.equations] == ["assignment", "rate", "rate", "initial", "initial"]
    effect = load_mechanism("effect", folder)
    assert effect.systems == ("S2", "S10")
    assert (effect.outputs["E"].rest, effect.outputs["E"].unit) == ("E0", "points")
    assert effect.outputs["E"].bounds == (0.0, 60.0)
    start = effect.equation("initial", "E")
    assert start is not None
    assert start.formula == "E0"
    continued = effect.equation("assignment", "occ")
    assert continued is not None
    assert (continued.formula, continued.line) == ("hill(c, EC50, 1)", 11)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("// title: One compartment\n", "", "kin.ant:1: the header lacks '// title: ...'"),
        ("// biology", "// bilogy", "kin.ant:1: the header lacks '// biology: ...'"),
        ("S9", "S99", "kin.ant:2: unknown system 'S99'; nearest: S9"),
        ("clock: kinetics", "clock: kinetic", "kin.ant:3: unknown clock 'kinetic'; nearest: kin"),
        ("smith2020; @label", "smth2020",
         "kin.ant:4: source 'smth2020' is not in sources.bib; nearest: smith2020"),
        (" [@smith2020; @label]", "", "kin.ant:4: the biology paragraph cites no source"),
        ("rate_in = A + gone", "A + gone", "kin.ant:6: a mass balance reads"),
        ("model kin", "model kni", "kin.ant:7: expected 'model kin', got 'model kni'"),
        ("event_input rate_in = 0 nmol/h", "event_input rate_in nmol/h",
         "kin.ant:8: event_input 'rate_in' has no resting value"),
        ("0 nmol/h", "0 nmole/h", "kin.ant:8: rate_in: unknown unit 'nmole' in 'nmole/h'; nearest"),
        ("output c = 0 nM", "output c = 0 ", "kin.ant:9: cannot read 'output c = 0'"),
        ("output c", "outputs c", "kin.ant:9: expected"),
        ("output c", "output end", "kin.ant:9: 'end' is a word of the model language"),
        ("// plasma", "", "kin.ant:9: output 'c' has no label"),
        ("A nmol [0, inf]", "A nmol [1, 0]", "kin.ant:10: bounds [1, 0] are empty"),
        ("A nmol [0, inf]", "A nmol [0, many]", "kin.ant:10: bound 'many' is not a number"),
        ("state gone nmol", "state gone = 0 nmol", "kin.ant:11: a state has no resting value here"),
        ("state gone", "state A", "kin.ant:11: 'A' is declared already on line 10"),
        ("c := A/V;", "c := A/V", "kin.ant:12: two equations in"),
        ("c := A/V;", "c := A/;", "kin.ant:12: cannot read 'A/'"),
        ("c := A/V;", "c := log(A)/V;", "kin.ant:12: cannot read 'log(A)/V': 'log' is ambiguous"),
        ("c := A/V;", "c := pso(A)/V;", "kin.ant:12: unknown function 'pso'; nearest: pos"),
        ("c := A/V;", "c := hill(A, V);", "kin.ant:12: hill(x, K, n) called with 2 arguments"),
        ("c := A/V;", "c := A/V; c := 1;", "kin.ant:12: 'c' has an equation on line 12"),
        ("c := A/V;", "c := A/V; d := 1;",
         "kin.ant:12: 'd' is not declared; choose from: A, c, gone"),
        ("c := A/V;", "at (time > 1): A = 2;", "kin.ant:12: expected 'x := ...;'"),
        ("c := A/V;", "", "kin.ant:9: output 'c' has no equation"),
        ("A = 0; gone", "gone", "kin.ant:10: state 'A' has no initial value"),
        ("  A' = rate_in - CL*c;\n", "", "kin.ant:10: state 'A' has no rate"),
        ("A = 0;", "A = 0; rate_in = 1;", "kin.ant:15: 'rate_in' is an input"),
        ("end\n", "", "kin.ant:15: 'end' missing after 'model kin'"),
        ("gone = 0;", "gone = 0", "kin.ant:15: ';' missing after 'gone = 0'"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_one_line(tmp_path, old, new, told):
    folder = write_toy(tmp_path, kin=(old, new))
    with pytest.raises(UserError) as error:
        load_mechanism("kin", folder)
    assert str(error.value).startswith(told)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("(x^n + K^n)", "(x^n + k^n)", "functions.ant:6: 'k' is no argument; nearest: K"),
        ("function hill", "functoin hill", "functions.ant:5: expected 'function NAME(args)"),
        ("0.02)/2", "0.02/2", "functions.ant:3: cannot read"),
    ],
)
def test_a_mistake_in_the_functions_is_told(tmp_path, old, new, told):
    folder = write_toy(tmp_path, functions=(old, new))
    with pytest.raises(UserError) as error:
        load_mechanism("kin", folder)
    assert str(error.value).startswith(told)


def test_an_unknown_mechanism_names_the_nearest(tmp_path):
    with pytest.raises(UserError, match="unknown mechanism 'efect'; nearest: effect"):
        load_mechanism("efect", write_toy(tmp_path))


def test_a_changed_file_is_read_again(tmp_path):
    folder = write_toy(tmp_path)
    assert load_mechanism("kin", folder).title == "One compartment"
    write_toy(tmp_path, kin=("One compartment", "One room"))
    assert load_mechanism("kin", folder).title == "One room"
