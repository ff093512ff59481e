"""Hypotheses and links as files: all that ship load; a bad file gives one line."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim import UserError
from ketasim.inference.tournament.hypothesis import (
    hypothesis_names,
    load_hypotheses,
    load_hypothesis,
    read_hypothesis,
    unknown_champions,
)
from ketasim.inference.tournament.links import LINK, SHARED, links, shared
from ketasim.model import assemble

GOOD = """
title = "Surge alone"
sentence = "The surge alone carries the effect, whatever else can be measured."
champions = ["gerhard2020"]
mechanisms = ["glutamate", "bdnf"]
free = ["w_S"]
"""


@pytest.mark.parametrize("name", hypothesis_names())
def test_every_hypothesis_that_ships(name):
    found = load_hypothesis(name)
    assert unknown_champions(found) == ()
    assert found.sentence.endswith(".")
    assert found.claims
    assert found.odds == 1.0
    assert not set(found.symbols) & set(found.fixed)
    off = {s for s, link in links().items() if link.kind == LINK} - set(found.claims)
    assert off <= set(found.fixed)


def test_there_are_as_many_as_are_argued_for():
    found = load_hypotheses()
    assert len(found) >= 16
    assert len({(each.claims, tuple(each.fixed.items())) for each in found}) == len(found)


def test_links_are_parameters_of_the_model():
    known = {row.symbol for row in assemble().parameters}
    for symbol, link in links().items():
        assert symbol in known
        assert link.kind in (LINK, SHARED)
        assert np.isnan(link.off) == (link.kind == SHARED)
        scores = np.array([-2.0, 0.0, 1.5])
        assert link.score(link.value(scores)) == pytest.approx(scores, abs=1e-9)
        assert link.value(np.array(0.0)) == pytest.approx(link.prior.value)
    assert all(link.kind == SHARED for link in shared())


def test_values_of_a_hypothesis():
    found = read_hypothesis(GOOD, "x.toml", "x")
    scores = np.zeros((3, len(found.free)))
    scores[:, 0] = (-1, 0, 1)
    values = found.values(scores)
    assert found.claims == ("w_S",)
    assert values["w_S"] == pytest.approx(0.5 * np.exp([-1, 0, 1]))
    assert values["w_E"].tolist() == [0, 0, 0]
    assert {value.shape for value in values.values()} == {(3,)}


def test_a_link_of_ones_own():
    own = GOOD + '[[link]]\nsymbol = "w_A"\nmedian = 0.6\nsd = 0.5\n'
    found = read_hypothesis(own, "x.toml", "x")
    assert found.claims == ("w_S", "w_A")
    assert found.values(np.zeros((1, len(found.free))))["w_A"][0] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('["w_S"]', '["w_T"]', "x.toml: free: no link 'w_T'; nearest: "),
        ('["w_S"]', '["w_syn"]', "x.toml: free: no link 'w_syn'"),
        ('["w_S"]', '["w_S", "w_S"]', "x.toml: 'w_S' is listed twice"),
        ('"bdnf"', '"bdfn"', "x.toml: mechanisms: no mechanism 'bdfn'; nearest: bdnf"),
        ('["gerhard2020"]', "[]", "champions"),
        ('title = "Surge alone"', "", "title"),
        ("free =", "fre =", "fre"),
        ('["w_S"]', '["w_S"]\nfixed = {w_S = 1.0}', "x.toml: 'w_S' is both free and fixed"),
        ('["w_S"]', '["w_S"]\nfixed = {w_X = 1.0}', "fixed: the model has no parameter 'w_X'"),
        ('["w_S"]', '["w_S"]\nodds = 0', "odds"),
        (
            '["w_S"]',
            '["w_S"]\n[[link]]\nsymbol = "w_A"\nmedian = 2\nsd = 1\nscale = "logit"',
            "lies between 0 and 1",
        ),
        ("title", "title = [", "x.toml"),
    ],
)
def test_a_bad_file_gives_one_line(old, new, message):
    assert old in GOOD
    with pytest.raises(UserError) as caught:
        read_hypothesis(GOOD.replace(old, new, 1), "x.toml", "x")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_names_that_nothing_has(tmp_path):
    with pytest.raises(UserError, match="no hypothesis 'habenulla'; nearest: habenula"):
        load_hypothesis("habenulla")
    with pytest.raises(UserError, match=r"none\.toml"):
        load_hypothesis(tmp_path / "none.toml")
    mine = tmp_path / "habenula.toml"
    mine.write_text(GOOD)
    assert load_hypothesis(mine).title == "Surge alone"
    with pytest.raises(UserError, match="'habenula' is there twice"):
        load_hypotheses(["habenula", mine])
