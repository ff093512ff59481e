"""Two samplers on one problem, and what is said where the second is missing."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from ketasim import UserError
from ketasim.inference.tournament.crosscheck import crosscheck
from ketasim.inference.tournament.likelihood import log_likelihood
from ketasim.inference.tournament.smc import Size, run
from tests.inference.tournament import toy


@pytest.fixture(scope="module")
def problem():
    held = toy.body(12, ["a", "a", "b", "b", *"cdefghij"])
    base, reach = toy.rivals(12)[0]
    up = toy.reported(base, reach, np.ones(2), held, np.random.default_rng(3))
    words, every = toy.Words(base, reach, up), np.ones(12, bool)
    fitted = lambda records: log_likelihood(held, records, every)  # noqa: E731
    (cloud,) = run(words, [fitted], 2, size=Size(1024, 8))
    return (lambda scores: fitted(words(scores))), cloud


def test_two_samplers_agree(problem):
    pytest.importorskip("emcee")
    fitted, cloud = problem
    told = crosscheck(fitted, cloud.scores, chain=cloud.chain, walkers=32, steps=400)
    assert told.agrees, (told.mean_apart, told.sd_apart)
    assert told.evaluations == 32 * 401
    again = crosscheck(fitted, cloud.scores, chain=cloud.chain, walkers=32, steps=400)
    assert np.array_equal(told.mean, again.mean)


def test_a_wrong_posterior_is_seen(problem):
    pytest.importorskip("emcee")
    fitted, cloud = problem
    told = crosscheck(fitted, cloud.scores + 0.5, chain=cloud.chain, walkers=32, steps=400)
    assert not told.agrees


def test_too_few_walkers(problem):
    pytest.importorskip("emcee")
    with pytest.raises(UserError, match="3 walkers for 2 parameters; at least 4"):
        crosscheck(problem[0], problem[1].scores, walkers=3)


def test_without_emcee_the_extra_is_named(monkeypatch, problem):
    monkeypatch.setitem(sys.modules, "emcee", None)
    with pytest.raises(UserError, match=r"pip install 'ketasim\[crosscheck\]'"):
        crosscheck(problem[0], problem[1].scores)
