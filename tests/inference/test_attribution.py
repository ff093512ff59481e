"""Attribution: exact where exactness can be checked, additive, and silent about the absent."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pytest

from ketasim import UserError
from ketasim.dosing import infusion, saline
from ketasim.inference import BLOCKED, LEFT_AT_REST, attribute
from ketasim.model import assemble
from ketasim.population import Population
from ketasim.simulation import simulate

DOSE = infusion("0.5 mg/kg", over="40 min")
HOURS = [2.0, 24.0, 168.0]
FEW = ("spines", "lhb", "expect")


@pytest.fixture(scope="module")
def model():
    return assemble()


def exact(model, people, players):
    """Shapley values by their definition, over all subsets."""

    def fall(present):
        absent = {f"scale_{m}": 0.0 for m in players if m not in present}
        result = simulate(model, DOSE, people, [0.0, *HOURS], ["MADRS"], values=absent)
        score = result.values[:, :, 0]
        return (score[:, :1] - score[:, 1:]).mean(axis=0)

    k = len(players)
    worth = {s: fall(s) for n in range(k + 1) for s in combinations(players, n)}
    shares = []
    for m in players:
        total = np.zeros(len(HOURS))
        for subset, without in worth.items():
            if m not in subset:
                joined = tuple(p for p in players if p in subset or p == m)
                weight = factorial(len(subset)) * factorial(k - len(subset) - 1) / factorial(k)
                total += weight * (worth[joined] - without)
        shares.append(total)
    return np.array(shares)


def test_sampled_orders_agree_with_the_definition(model):
    people = Population("trd", n=300, seed=6)
    got = attribute(model, DOSE, people, HOURS, mechanisms=FEW, orders=2)
    want = exact(model, people, FEW)
    # four orders of the six per person, 300 persons: what is left is well below 0.1 point
    np.testing.assert_allclose(got.share, want, atol=0.1)


@pytest.mark.parametrize("reading", [LEFT_AT_REST, BLOCKED])
def test_shares_add_up_to_the_effect(model, reading):
    people = Population("trd", n=16, seed=6)
    got = attribute(model, DOSE, people, HOURS, reading=reading)
    score = simulate(model, DOSE, people, [0.0, *HOURS], ["MADRS"]).values[:, :, 0]
    np.testing.assert_allclose(got.share.sum(axis=0), got.total, atol=1e-9)
    if reading == LEFT_AT_REST:
        # with none present MADRS rests: the whole fall is divided (tolerance of the solver)
        np.testing.assert_allclose(got.total, (score[:, :1] - score[:, 1:]).mean(0), atol=0.02)


def test_a_mechanism_that_does_nothing_carries_nothing(model):
    got = attribute(model, saline(over="40 min"), Population("trd", n=8, seed=6), HOURS)
    share = dict(zip(got.mechanisms, got.share, strict=True))
    assert np.abs(share["nmda"]).max() < 1e-6
    assert np.abs(share["expect"]).max() > 0.05


def test_the_same_seed_gives_the_same_shares(model):
    runs = [
        attribute(model, DOSE, Population("trd", n=8, seed=1), HOURS, threads=t).share
        for t in (1, 2)
    ]
    assert np.array_equal(*runs)


@pytest.mark.parametrize("reading", [LEFT_AT_REST, BLOCKED])
def test_a_mechanism_the_model_switches_off_carries_nothing(reading):
    silent = assemble(values={"scale_nmda": 0.0, "block_gs": 1.0})
    people = Population("trd", n=6, seed=1)
    got = attribute(silent, DOSE, people, [24.0], reading=reading)
    share = dict(zip(got.mechanisms, got.share[:, 0], strict=True))
    assert abs(share["nmda" if reading == LEFT_AT_REST else "gs"]) < 1e-3


def test_exposure_is_no_rival_mechanism(model):
    got = attribute(model, DOSE, Population("trd", n=2, seed=1), [24.0])
    assert "pk" not in got.mechanisms
    assert "brain" not in got.mechanisms


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"output": "MADR"}, "nearest: MADRS"),
        ({"reading": "blockd below rest"}, "reading 'blockd below rest' is unknown"),
        ({"mechanisms": ["spine"]}, "'spine' cannot be switched; nearest: spines"),
    ],
)
def test_mistakes_are_told(model, given, message):
    with pytest.raises(UserError, match=message):
        attribute(model, DOSE, Population("trd", n=2, seed=1), HOURS, **given)
