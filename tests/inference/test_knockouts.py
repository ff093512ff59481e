"""Knock-outs: what is left, in both readings, of mechanisms and antagonists."""

from __future__ import annotations

import numpy as np
import pytest

import ketasim as ks
from ketasim.errors import UserError
from ketasim.inference.knockouts import knockouts

DOSE = ks.infusion("0.5 mg/kg", over="40 min")
TIMES_H = [4.0, 24.0, 168.0]


@pytest.fixture(scope="module")
def model():
    return ks.assemble()


@pytest.fixture(scope="module")
def rest(model):
    return knockouts(model, DOSE, ks.Population("trd", 12, seed=2), TIMES_H)


def test_one_ensemble_agrees_with_one_simulation_each(model):
    people = ks.Population("trd", 12, seed=2)
    found = knockouts(model, DOSE, people, TIMES_H, removed=["ampa"])

    def change(values):
        treated, alone = (
            ks.simulate(model, given, people, TIMES_H, "MADRS", values=values).values[:, :, 0]
            for given in (DOSE, ks.Regimen())
        )
        return (treated - alone).mean(axis=0)

    # rtol of the engine, 1e-4 of the largest size, on differences of some 15 points
    assert np.allclose(found.intact, change({}), atol=0.02)
    assert np.allclose(found.effect[0], change({"scale_ampa": 0.0}), atol=0.02)
    assert np.allclose(found.left, 100 * found.effect / found.intact)


def test_every_switch_but_exposure_gets_a_row(rest):
    names = [row.name for row in rest.removals]
    assert {"nmda", "ampa", "expect", "gs"} <= set(names)
    assert not {"pk", "brain", "absorption"} & set(names)
    assert rest.individuals == 12
    assert rest.lost == 0


def test_what_has_no_way_to_mood_leaves_all(rest):
    place = {row.name: k for k, row in enumerate(rest.removals)}
    assert np.allclose(rest.left[place["urinary"]], 100, atol=0.05)
    assert (rest.left[place["nmda"]] < 60).any()


def test_blocked_takes_more_than_left_at_rest_of_what_permits(model):
    people = ks.Population("trd", 12, seed=2)
    left, blocked = (
        knockouts(model, DOSE, people, TIMES_H, removed=["adenosine", "opioid"], reading=reading)
        for reading in ("left at rest", "blocked below rest")
    )
    assert (left.left > 95).all()
    assert (blocked.left[:, 1] < 90).all()


def test_an_antagonist_is_a_row_with_its_findings(model):
    people = ks.Population("typical", 1)
    found = knockouts(model, DOSE, people, TIMES_H, ["MADRS", "syn"], removed=["NBQX"])
    assert [(r.output, r.time_h) for r in found.readouts] == [
        (name, t) for name in ("MADRS", "syn") for t in TIMES_H
    ]
    assert (np.abs(found.left[0, 3:5]) < 2).all()  # no new spines without AMPA receptors
    verdicts = {each.verdict for each in found.removals[0].findings}
    assert verdicts <= {"reproduced", "contradicted", "not resolved"}
    assert verdicts
    assert np.isnan(found.standard_error).all()  # one person tells no error


def test_nothing_is_told_of_an_effect_that_is_not_there(model):
    people = ks.Population("typical", 1)
    found = knockouts(model, ks.Regimen(), people, [24.0], removed=["ampa"])
    assert np.isnan(found.left).all()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"removed": ["amap"]}, "'amap' is no mechanism that can be switched.*nearest: ampa"),
        ({"removed": ["pk"]}, "'pk' is no mechanism"),
        ({"removed": []}, "nothing to take away"),
        ({"removed": ["ampa", "ampa"]}, "'ampa' is asked for twice"),
        ({"reading": "rest"}, "reading: 'rest' is unknown"),
        ({"outputs": "MADR"}, "nearest: MADRS"),
        ({"times": [24.0, 2.0]}, "ascend"),
        ({"population": ks.Population("trd", 100_000)}, "too many; at most"),
    ],
)
def test_mistakes_are_told_in_one_line(model, options, told):
    given = {"population": ks.Population("typical", 1), "times": [24.0], **options}
    with pytest.raises(UserError, match=told) as caught:
        knockouts(model, DOSE, **given)
    assert "\n" not in str(caught.value)
