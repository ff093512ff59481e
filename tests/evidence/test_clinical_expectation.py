"""Smooth expectations agree with many rated patients, and move smoothly with parameters."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from ketasim.evidence import read_findings
from ketasim.evidence.clinical_expectation import Moments, compared, expected
from ketasim.evidence.clinical_pools import enrolled, model_of_pool, moved, pools, run_pool
from ketasim.evidence.clinical_ratings import rated
from ketasim.evidence.clinical_runner import endpoint_of
from ketasim.trial.endpoints import of_group
from tests.evidence.trials import TRIAL, finding

PEOPLE = 40
WORDS = {
    "score": ("score", 'unit = "points"', ""),
    "change": ("change", 'unit = "points"', ""),
    "percent": ("percent change", 'unit = "%"', ""),
    "response": ("response", 'unit = "%"', ""),
    "third": ("response", 'unit = "%"', "share = 0.3"),
    "remission": ("remission", 'unit = "%"', ""),
    "hamd": ("change", 'unit = "points"', 'scale = "HAMD17"'),
    "hamd_response": ("response", 'unit = "%"', 'scale = "HAMD17"'),
}


def several() -> str:
    parts = [
        f'[[finding]]\nid = "{name}"\narm = "ketamine"\nendpoint = "{word}"\nat = "24 h"\n'
        f"value = 20\n{unit}\n{more}\n"
        for name, (word, unit, more) in WORDS.items()
    ]
    return TRIAL + "\n" + "\n".join(parts)


@pytest.fixture(scope="module")
def both():
    """Return expected values, and those of the same patients rated 400 times."""
    findings = read_findings(several(), "toy.toml")
    found = expected(findings, people=PEOPLE)[0]
    (pool,) = set(pools(findings).values())
    model = model_of_pool(pool)
    who = enrolled(pool, model, PEOPLE, 1)
    course = run_pool(pool, model, moved(who, model, {}, pool.arm, 1))
    record = rated(pool, course, 400, 1)
    seen = [of_group(endpoint_of(each), record) for each in findings]
    return {each.id: (a, b) for each, a, b in zip(findings, found, seen, strict=True)}


@pytest.mark.parametrize("name", ["toy_change", *WORDS])
def test_expectation_is_the_mean_of_many_ratings(both, name):
    smooth, many = both[name]
    # The bounds of the scale and the shape of a cut-off law are left out: 0.4 points, 2.5 %.
    apart = 2.5 if name in ("percent", "response", "third", "remission", "hamd_response") else 0.4
    assert smooth == pytest.approx(many, abs=apart)


def test_selection_at_entry_makes_placebo_better():
    gone = "minimum = 28", 'scale = "MADRS"'
    control = 'endpoint = "change"\nat = "7 d"\nvalue = 1\nunit = "points"'
    kept, free = (expected([finding(control, *changes)])[0, 0] for changes in ((), (gone,)))
    assert kept < free - 0.2  # regression to the mean, beside the same effect


def test_parameters_move_it_smoothly_and_only_where_they_should():
    findings = read_findings(several(), "toy.toml")
    values = {"g": 0.66 * np.linspace(0.9, 1.1, 21)}
    found = expected(findings, values, people=16)
    assert found.shape == (21, len(findings))
    step = np.diff(found, axis=0)
    assert np.all(np.abs(step) > 0)
    # second differences are small beside the first: no steps from whole patients
    assert np.all(np.abs(np.diff(step, axis=0)).max(axis=0) < 0.3 * np.abs(step).mean(axis=0))
    np.testing.assert_allclose(expected(findings, people=16), expected(findings, {}, people=16))


def test_what_is_not_smooth_is_not_told():
    relapse = finding('endpoint = "relapse"\nfrom = "1 d"\nto = "8 d"\nvalue = 50\nunit = "%"')
    among = finding(
        'endpoint = "response"\nat = "7 d"\namong = "responders"\namong_at = "1 d"\n'
        'value = 50\nunit = "%"'
    )
    outside = finding('out_of_scope = "no such thing"')
    assert np.isnan(expected([relapse, among, outside], people=4)).all()


def test_contrasts_of_two_groups():
    arm, other = (Moments(np.array([m]), np.array([s])) for m, s in ((-15.0, 10.0), (-8.0, 8.0)))

    def of(word: str, endpoint: str, a: Moments, b: Moments) -> float:
        group = SimpleNamespace(group=SimpleNamespace(n=20))
        clinical = SimpleNamespace(n_comparator=None)
        one = SimpleNamespace(
            contrast=word, measure=endpoint, clinical=clinical, n=20, comparator=group
        )
        return float(compared(one, a, b)[0])  # type: ignore[arg-type]

    assert of("difference", "change", arm, other) == -7
    assert of("effect size", "change", arm, other) == pytest.approx(7 / np.sqrt(82))
    assert of("superior", "change", arm, other) == pytest.approx(0.686, abs=0.001)  # z = 2.444
    p, q = (Moments(np.array([m]), np.array([1.0])) for m in (60.0, 20.0))
    assert of("odds ratio", "response", p, q) == pytest.approx(6)
    assert of("risk ratio", "response", p, q) == pytest.approx(3)
