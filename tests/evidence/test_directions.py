"""Effects, what is left of them, and the verdict on each direction, from numbers made up for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ketasim.evidence.directions import effect, scale_of, shown
from ketasim.evidence.finding import DIRECTIONS
from ketasim.evidence.finding_file import Direction
from ketasim.evidence.judgement import judge_direction
from ketasim.evidence.outputs import OutputWord
from ketasim.evidence.readouts import Readout
from tests.evidence.benches import BATH, MICE, read

CAMP, NBQX = read(BATH), read(MICE)
FULL = 0.3  # scale of antidepressant-like behaviour


def parts(*rows: float, sd: float = 0.0, draws: int = 32) -> np.ndarray:
    """Return what each arm shows: as tabled, then draws that move the first arm alone."""
    table = np.repeat(np.array(rows, dtype=float)[:, None], 1 + draws, axis=1)
    table[0, 1:] += sd * np.linspace(-1.7, 1.7, draws)
    return table


def test_every_direction_can_be_written():
    assert set(DIRECTIONS) == set(Direction.__args__)


def test_ratio_where_the_output_rests_elsewhere_difference_where_it_rests_at_zero():
    assert scale_of(CAMP, 1.0) is None
    assert effect(np.array([1.3]), np.array([1.0]), None)[0] == pytest.approx(0.3)
    assert scale_of(NBQX, 0.0) == FULL
    assert effect(np.array([0.15]), np.array([0.0]), FULL)[0] == pytest.approx(0.5)
    raw = replace(CAMP, readout=Readout(output="syn"))
    assert scale_of(raw, 0.0) == 1.0
    assert scale_of(raw, 1.0) is None


def test_inverse_read_out_is_turned_round():
    word = OutputWord("phospho-eEF2", (), "eef", -1, None, "", "", "")
    down = replace(CAMP, readout=Readout(output="eef", word=word), direction="down")
    number, says = shown(down, parts(2.0, 1.0), 1.0)
    assert says.all()
    assert number[0] == pytest.approx(-0.5)  # half of it is left


@pytest.mark.parametrize(
    ("what", "arm", "sd", "verdict"),
    [
        ("up", 1.5, 0.05, "reproduced"),
        ("up", 1.05, 0.01, "contradicted"),
        ("up", 1.1, 0.3, "not resolved"),
        ("down", 0.6, 0.05, "reproduced"),
        ("down", 1.5, 0.05, "contradicted"),
        ("none", 1.0, 0.02, "reproduced"),
        ("none", 1.5, 0.05, "contradicted"),
        ("none", 1.0, 0.15, "not resolved"),
    ],
)
def test_arm_against_comparator(what, arm, sd, verdict):
    found = judge_direction(replace(CAMP, direction=what), parts(arm, 1.0, sd=sd), 1.0)
    assert found.verdict == verdict
    assert np.isnan(found.fold)
    assert found.predicted == pytest.approx(arm - 1)


@pytest.mark.parametrize(
    ("what", "left", "verdict"),
    [
        ("blocked", 0.3, "reproduced"),
        ("blocked", 0.5, "contradicted"),
        ("blocked", -0.2, "reproduced"),
        ("attenuated", 0.3, "reproduced"),
        ("attenuated", 0.7, "reproduced"),
        ("attenuated", 0.9, "contradicted"),
        ("kept", 0.7, "reproduced"),
        ("kept", 1.4, "reproduced"),
        ("kept", 0.5, "contradicted"),
        ("prolonged", 1.3, "reproduced"),
        ("prolonged", 1.1, "contradicted"),
    ],
)
def test_what_is_left_of_an_effect(what, left, verdict):
    table = parts(0.1 + 0.3 * left, 0.1, 0.35, 0.05)  # the manipulation shifts both by itself
    found = judge_direction(replace(NBQX, direction=what), table, 0.0)
    assert found.verdict == verdict
    assert found.predicted == pytest.approx(left)
    assert found.as_tabled == (verdict == "reproduced")


def test_a_draw_without_the_drugs_effect_cannot_tell():
    table = parts(0.0, 0.0, 0.3, 0.0)
    table[2, 1:11] = 0.001
    some = judge_direction(NBQX, table, 0.0)
    assert (some.verdict, some.reason) == (
        "reproduced", "the drug alone has no effect in 10 of 32 draws"
    )  # fmt: skip
    table[2, 1:21] = 0.001
    assert judge_direction(NBQX, table, 0.0).verdict == "not resolved"
    table[2] = 0.001
    assert judge_direction(NBQX, table, 0.0).verdict == "contradicted"


@pytest.mark.parametrize(
    ("effects", "verdict"),
    [
        ((0.1, 0.4, 0.2), "reproduced"),
        ((0.1, 0.3, 0.4, 0.1), "reproduced"),
        ((0.1, 0.2, 0.4), "contradicted"),
        ((0.4, 0.3, 0.1), "contradicted"),
        ((0.0, 0.01, 0.0), "contradicted"),  # below the threshold of 10 % of the scale
    ],
)
def test_rises_then_falls(effects, verdict):
    table = parts(*(FULL * each for each in effects), 0.0)
    assert judge_direction(replace(NBQX, direction="biphasic"), table, 0.0).verdict == verdict
