"""The next experiment: simulated designs, ranked; and choosing pays on synthetic truths."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ketasim import UserError
from ketasim.evidence.runner import predict_settings
from ketasim.evidence.verdicts import rest_of
from ketasim.inference.tournament.designs import Vocabulary, arms_of, checked_vocabulary, designs_of
from ketasim.inference.tournament.effect_model import effects
from ketasim.inference.tournament.next_experiment import Plan, next_experiments, ranked
from ketasim.inference.tournament.pool import Crowd, Pool, crowd_of, simulated_pool
from ketasim.inference.tournament.separation import separation
from tests.inference.tournament.toy_experiments import toy_tournament

EVEN = {"disinhibition": 1.0, "habenula": 1.0}
WORDS = Vocabulary(
    preparations=("mouse",),
    perturbations=("AP5 in the habenula", "anti-BDNF"),
    drugs=("ketamine",),
    readouts=("BDNF protein", "habenula bursts", "antidepressant-like behaviour"),
)


@pytest.fixture(scope="module")
def pool() -> Pool:
    return simulated_pool(toy_tournament(), EVEN, words=WORDS, draws=3)


@pytest.fixture(scope="module")
def plan(pool: Pool) -> Plan:
    return ranked(pool, ns=(4, 8, 16, 32, 64, 100), draws=3)


def test_designs_show_what_findings_show(pool: Pool) -> None:
    """Simulating an arm once with every readout and time is simulating it as a finding."""
    for place in range(0, len(pool.designs), 7):
        finding = pool.designs[place].finding
        shown = predict_settings([finding], pool.crowd.values)[finding]
        expected = effects(finding, shown, rest_of(finding, None))[0]
        # held as 32-bit numbers, and another grid of times moves the solver's steps (rtol 1e-4)
        assert pool.effect[place] == pytest.approx(expected, abs=2e-3, rel=2e-3)


def test_known_answers_are_left_out(pool: Pool) -> None:
    assert pool.done > 0
    assert "mouse: ketamine 10 mg/kg, antidepressant-like behaviour at 24 h" not in {
        str(each) for each in pool.designs
    }


def test_a_plan(plan: Plan) -> None:
    assert plan.leading == ("disinhibition", "habenula")
    assert plan.uncertainty_bits == pytest.approx(1.0)
    best = plan.proposals[0]
    bits = [each.bits for each in plan.proposals]
    assert bits == sorted(bits, reverse=True)
    assert 0.3 < best.bits <= 1.0
    assert best.apart_n is not None
    for each in plan.proposals:
        for chances in each.predicted.values():
            assert sum(chances) == pytest.approx(1.0)
            assert len(chances) == len(each.outcomes)
        assert each.design.finding.n == plan.n


def test_what_tells_is_what_the_hypotheses_differ_by(plan: Plan) -> None:
    """The surge raises BDNF and the habenula does not."""
    best = plan.proposals[0]
    assert best.likeliest("disinhibition") != best.likeliest("habenula")
    bdnf = next(
        each
        for each in plan.proposals
        if each.design.readout == "BDNF protein" and not each.design.perturbation
    )
    assert bdnf.likeliest("disinhibition") == "up"
    assert bdnf.likeliest("habenula") == "none"
    assert bdnf.enough_n is not None


def test_what_tells_nothing_never_tells_them_apart(pool: Pool) -> None:
    plan = ranked(pool, ns=(4, 100), most=10_000)
    worst = plan.proposals[-1]
    assert worst.bits < 0.02
    assert worst.apart_n is None


def test_designs_that_predict_the_same_stand_together(pool: Pool) -> None:
    plan = ranked(pool, ns=(12,), most=10_000)
    held = [each.design for each in plan.proposals]
    held += [design for each in plan.proposals for design in each.also]
    assert len(held) == len(set(held)) == plan.considered - plan.idle
    assert any(each.also for each in plan.proposals)
    firsts = [(d.design.drug, d.design.perturbation, d.design.readout) for d in plan.distinct()]
    assert len(firsts) == len(set(firsts))


def test_a_manipulation_that_adds_nothing_is_left_out(pool: Pool) -> None:
    """What an antagonist in the habenula does to the surge's BDNF: nothing, under either."""
    plan = ranked(pool, ns=(12,), most=10_000)
    assert plan.idle > 0
    shown = {str(each) for p in plan.proposals for each in (p.design, *p.also)}
    assert "mouse: AP5 in the habenula + ketamine 10 mg/kg, BDNF protein at 0.5 h" not in shown
    assert any("anti-BDNF + ketamine" in each and "behaviour" in each for each in shown)


def test_about_a_parameter(pool: Pool) -> None:
    plan = ranked(pool, about="w_S", ns=(4, 100))
    assert plan.about_uncertainty_bits == pytest.approx(np.log2(3))
    assert all(each.about_bits >= 0 for each in plan.proposals)
    told = [each.about_bits for each in plan.proposals]
    assert told == sorted(told, reverse=True)


def test_the_same_seed_gives_the_same_draws() -> None:
    tournament = toy_tournament(draws=8)
    one, other = (crowd_of(tournament, EVEN, 3, 7) for _ in range(2))
    assert all(np.array_equal(one.values[s], other.values[s]) for s in one.values)
    assert one.weights.sum() == pytest.approx(1.0)


def _synthetic(designs: int, seed: int) -> Pool:
    """Return a pool in which one design in ten tells two of three hypotheses apart."""
    words = checked_vocabulary(Vocabulary(preparations=("mouse",), perturbations=()))
    arms = arms_of("mouse", words)
    every = [d for drug in arms.drugs for d in designs_of(arms, drug, "", words.readouts)]
    rng = np.random.default_rng(seed)
    group, draw = np.repeat([0, 1, 2], 6), np.tile(np.arange(6), 3)
    effect = []
    for place in range(designs):
        own = rng.choice([0.0, 1.5], 3) if place % 10 == 0 else np.zeros(3)
        effect.append((own[group] + 0.1 * rng.standard_normal(len(group)))[None])
    crowd = Crowd(("a", "b", "c"), np.ones(3) / 3, {}, group, draw, ((), (), ()))
    return Pool(crowd, tuple(every[:designs]), tuple(effect), (None,) * designs, 0)


def test_choosing_by_information_finds_the_truth_faster() -> None:
    found = separation(_synthetic(100, 3), experiments=4, truths=60)
    assert found.chosen[:, 0] == pytest.approx(1 / 3)
    # four standard errors: by chance once in 30 000
    assert found.gain[3] > 4 * found.gain_error[3]
    assert found.chosen[:, 3].mean() > 0.8


def test_choosing_pays_nothing_where_nothing_tells() -> None:
    pool = _synthetic(60, 3)
    blind = tuple(np.zeros_like(each) for each in pool.effect)
    found = separation(
        Pool(pool.crowd, pool.designs, blind, pool.scale, 0), experiments=3, truths=10
    )
    assert found.chosen == pytest.approx(1 / 3)
    assert found.random == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"weights": {"habenul": 1.0}}, "no hypothesis 'habenul'; nearest: habenula"),
        ({"weights": {"habenula": -1.0}}, "habenula is -1"),
        ({"weights": {"habenula": 0.0}}, "no hypothesis has a weight above 0"),
        ({"about": "w_Q"}, "no hypothesis estimates 'w_Q'"),
        ({"n": 1}, "group sizes of 2 or more"),
        ({"draws": 0}, "draws: 0 is too few"),
        ({"words": Vocabulary(readouts=("spine",))}, "no readout 'spine'"),
    ],
)
def test_mistakes_are_told_in_one_line(given: dict[str, Any], said: str) -> None:
    asked: dict[str, Any] = {"weights": EVEN, **given}
    with pytest.raises(UserError) as error:
        next_experiments(toy_tournament(), **asked)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_separation_needs_something_to_separate() -> None:
    pool = _synthetic(10, 1)
    with pytest.raises(UserError, match="two hypotheses"):
        separation(pool, truths=1)
    with pytest.raises(UserError, match="fewer than 50"):
        separation(pool, experiments=50)
