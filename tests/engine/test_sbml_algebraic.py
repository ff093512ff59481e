"""Algebraic rules that can be solved, and those that cannot."""

from __future__ import annotations

import libsbml
import numpy as np
import pytest

from ketasim.engine.sbml_run import run_sbml
from ketasim.engine.system import UnsupportedModel
from tests.engine import models


def with_rules(text: str, *rules: str) -> str:
    """Return a model in Antimony as SBML, with algebraic rules (each is zero) added to it."""
    document = libsbml.readSBMLFromString(models.sbml(f"model m\n{text}\nend"))
    for rule in rules:
        added = document.getModel().createAlgebraicRule()
        assert added.setMath(libsbml.parseL3Formula(rule)) == libsbml.LIBSBML_OPERATION_SUCCESS
    return libsbml.writeSBMLToString(document)


def test_a_total_that_is_kept_gives_the_rest():
    text = "x = 3; x' = -0.5*x; total = 10; const total; var rest; rest = 99; twice := 2*rest;"
    times = np.linspace(0, 4, 5)
    got = run_sbml(with_rules(text, "x + rest - total"), times, outputs=["rest", "twice"])[1].values
    want = 10 - 3 * np.exp(-0.5 * times)
    np.testing.assert_allclose(got, np.stack([want, 2 * want], 1), rtol=1e-7)


def test_rules_that_read_each_other_are_solved_together():
    text = "x = 3; x' = -a; var a, b; a = 0; b = 0; c := 2*b;"
    with pytest.raises(UnsupportedModel, match="could determine different variables"):
        run_sbml(with_rules(text, "a + b - x", "a - c - 1"), np.array([1.0]))
    got = run_sbml(with_rules(text, "a + b - x", "2*b - x + 1"), np.array([0.0, 1.0]),
                   outputs=["x", "a", "b"])[1].values  # fmt: skip
    x = np.array([3.0, 4 * np.exp(-0.5) - 1])  # b = (x - 1)/2, a = (x + 1)/2
    np.testing.assert_allclose(got, np.stack([x, (x + 1) / 2, (x - 1) / 2], 1), rtol=1e-7)


def test_an_event_moves_what_the_rule_follows():
    text = "var y; y = 0; x = 1; at time >= 1: x = 4;"
    got = run_sbml(with_rules(text, "2*y - x"), np.array([0.5, 1.5]), outputs=["y"])[1].values
    np.testing.assert_array_equal(got[:, 0], [0.5, 2.0])


@pytest.mark.parametrize(
    ("text", "rule", "why"),
    [
        ("x = 1; x' = 1; var y; y = 1;", "y^2 - x", "not linear in 'y'"),
        ("x = 1; x' = 1; const y; y = 1;", "y - x", "fit no variables"),
        ("var x, y; x = 1; y = 1;", "y - x", "could determine different variables"),
    ],
)
def test_other_rules_are_refused(text, rule, why):
    with pytest.raises(UnsupportedModel, match=why):
        run_sbml(with_rules(text, rule), np.array([1.0]))
