"""Units are proved on the expression tree."""

from __future__ import annotations

import pytest

from ketasim.model import ModelFolder
from ketasim.model.unit_check import check_units
from ketasim.model.wiring import wire

from .toys import write_toy


def told(tmp_path, **spoiled):
    found = check_units(wire(ModelFolder(write_toy(tmp_path, **spoiled)), ("kin", "effect")))
    return [f"{f.where}: {f.message}" for f in found]


def test_a_consistent_model_has_no_finding(tmp_path):
    assert told(tmp_path) == []


@pytest.mark.parametrize(
    ("spoiled", "expected"),
    [
        ({"kin": ("c := A/V", "c := A")}, "kin.ant:12: c is in nmol/L, but 'A' is in nmol"),
        ({"kin": ("c := A/V", "c := A/V + A")},
         "kin.ant:12: c: 'A' is in nmol, not nmol/L, in 'A/V + A'"),
        ({"kin": ("A' = rate_in - CL*c", "A' = rate_in - A")},
         "kin.ant:13: A': 'A' is in nmol, not nmol/h, in 'rate_in - A'"),
        ({"kin": ("gone' = CL*c", "gone' = A")}, "kin.ant:14: gone' is in nmol/h, but 'A' is in"),
        ({"kin": ("gone' = CL*c", "gone' = 1")},
         "kin.ant:14: gone' is in nmol/h, but '1' is in dimensionless"),
        ({"kin": ("A = 0;", "A = 1;")}, "kin.ant:15: A is in nmol, but '1' is in dimensionless"),
        ({"kin": ("rate_in = A + gone", "rate_in = A/V + gone/V")},
         "kin.ant:6: inflow is in nmol/L/h, but 'rate_in' is in nmol/h"),
        ({"kin_csv": ("L/h", "mL/h")}, "kin.ant:13: A': 'CL*c' is in 0.001 nmol/h, not nmol/h"),
        ({"effect": ("hill(c, EC50,", "hill(c, tau,")},
         "effect.ant:11: occ: 'tau^1' is in h, not nmol/L, in 'c^1 + tau^1'"),
        ({"effect": ("tone*(1 + ", "tone*exp(c + ")},
         "effect.ant:13: drive: 'Emax*occ' is in dimensionless, not nmol/L, in 'c + Emax*occ'"),
        ({"effect": ("tone*(1 + ", "tone*exp(c*(1 + occ) - c*")},
         "effect.ant:13: drive: 'c*(1 + occ) - c*Emax*occ' is in nmol/L, not dimensionless, in"),
        ({"effect": ("tone*(1 + ", "tone^tau*(1 + ")},
         "effect.ant:13: drive: 'tau' is in h, not dimensionless, in 'tone^tau'"),
        ({"effect": ("tone*(1 + ", "tau^occ*(1 + ")},
         "effect.ant:13: drive: 'tau' is in h; its exponent must be known in 'tau^occ'"),
        ({"effect": ("tone*(1 + ", "piecewise(1, time > tone, 2)*(1 + ")},
         "effect.ant:13: drive: 'tone' is in dimensionless, not h, in 'time > tone'"),
        ({"effect": ("tone*(1 + ", "piecewise(1, time > tau, tau)*(1 + ")},
         "effect.ant:13: drive: 'tau' is in h, not dimensionless, in 'piecewise("),
        ({"effect": ("tone*(1 + ", "max(tone, tau)*(1 + ")},
         "effect.ant:13: drive: 'tau' is in h, not dimensionless, in 'max(tone, tau)'"),
    ],
)  # fmt: skip
def test_a_mismatch_is_found_where_it_stands(tmp_path, spoiled, expected):
    found = told(tmp_path, **spoiled)
    assert found
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    "formula",
    [
        "tone*sqrt(c^2/EC50^2)",
        "tone + (c/EC50)^Emax",
        "tone*(c^2)^0.5/EC50",
        "tone + 0*tau - 0",
        "piecewise(tone, c > 0, 0)",
        "tone + max(0, c)/EC50",
        "tone*exp(-time/tau) + abs(c - EC50)/EC50",
        "tone*c^Emax/EC50^Emax",
    ],
)
def test_a_right_formula_passes(tmp_path, formula):
    assert told(tmp_path, effect=("tone*(1 + Emax*occ)", formula)) == []
