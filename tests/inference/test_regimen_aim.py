"""What an aim says, and what is no aim."""

from __future__ import annotations

import math
import re

import pytest

from ketasim.errors import UserError
from ketasim.inference.regimen_aim import MEASURES, read_aim


@pytest.mark.parametrize(
    ("text", "said", "at_h"),
    [
        ("relapse < 20 % at 26 weeks", "relapse < 20 % at 26 weeks", 26 * 168),
        ("relapse<20%", "relapse < 20 % at 26 weeks", 26 * 168),
        ("  Relapse  <=  12.5 %  by 6 months", "relapse <= 12.5 % at 6 months", 6 * 30.4375 * 24),
        ("response > 60 % at 4 weeks", "response > 60 % at 4 weeks", 672),
        ("remission ≥ 40 %", "remission >= 40 % at 26 weeks", 26 * 168),
        ("mean MADRS < 12", "MADRS < 12 points at 26 weeks", 26 * 168),
        ("peak CADSS < 30 points", "CADSS < 30 points", 26 * 168),
        ("days of raised blood pressure < 10 days", "days of raised BP < 10 d", 26 * 168),
        ("dose < 2000 mg", "cumulative dose < 2000 mg", 26 * 168),
        ("sessions < 12", "sessions < 12", 26 * 168),
    ],
)
def test_read(text, said, at_h):
    found = read_aim(text)
    assert (found.text, found.at_h) == (said, at_h)
    assert read_aim(found.text) == found


def test_every_measure_can_be_aimed_at():
    for word, each in MEASURES.items():
        sign = "<" if each.low_is_better else ">"
        assert read_aim(f"{word} {sign} 5 {each.unit}").measure is each


def test_met_and_gap():
    low, high = read_aim("relapse < 20 %"), read_aim("response >= 60 %")
    assert [low.met(v) for v in (19.9, 20, 21, math.nan)] == [True, False, False, False]
    assert [high.met(v) for v in (59, 60, 61)] == [False, True, True]
    assert [low.gap(v) for v in (10, 25)] == [0, 5]
    assert high.gap(50) == 10
    assert low.gap(math.nan) == math.inf


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("relaps < 20 %", "unknown aim 'relaps'; nearest: relapse"),
        ("relapse", "cannot be read; write for instance"),
        ("", "cannot be read"),
        ("relapse < %", "cannot be read"),
        ("relapse > 20 %", "relapse should be low; write <"),
        ("response < 20 %", "response should be high; write >"),
        ("relapse < -20 %", "-20 is negative"),
        ("relapse < 120 %", "120 % is more than everybody"),
        ("relapse < 1.2.3 %", "'1.2.3' is not a number"),
        ("relapse < 20", "relapse is told in %"),
        ("CADSS < 20 mg", "CADSS is told in points"),
        ("CADSS < 20 at 2 weeks", "CADSS is of the whole course"),
        ("relapse < 20 % at noon", "'noon' has no number"),
        ("relapse < 20 % at 3 years", "'3 years' is out of range"),
        ("relapse < 20 % at 0 d", "'0 d' is out of range"),
        ("relapse < 20 % at -1 d", "'-1 d' is negative"),
    ],
)
def test_mistakes_are_one_line(text, told):
    with pytest.raises(UserError, match=re.escape(told)) as caught:
        read_aim(text)
    assert "\n" not in str(caught.value)
