"""Numbers as readers say them."""

import doctest

import pytest

from ketasim.report import carriers, phrases


@pytest.mark.parametrize("module", [phrases, carriers])
def test_examples_in_docstrings_hold(module):
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0008333333, "8.33×10^-4".replace("-", "−")),
        (2.5e7, "2.5×10^7"),
        (123456.0, "123456"),
        (-0.5, "−0.5"),
        (0.0, "0"),
        (float("nan"), ""),
        ("text", "text"),
        (100.0, "100"),
    ],
)
def test_number(value, text):
    assert phrases.number(value) == text


@pytest.mark.parametrize(
    ("hours", "text"),
    [(0.001, "3.6 s"), (5 / 60, "5 min"), (1.75, "1.8 h"), (47.0, "47 h"), (8736, "364 days")],
)
def test_duration(hours, text):
    assert phrases.duration(hours) == text


def test_a_rate_tells_its_counts():
    from ketasim.report.summary import wilson

    assert "0 of 40" in phrases.rate(wilson(0, 40))
    assert phrases.rate(wilson(0, 40)).startswith("0 % (95 % interval 0–")
