"""The words of clinical findings: endpoints, contrasts, who is counted, and their units.

The words themselves are those of `ketasim.trial.endpoints`; here stands what a finding that uses
one must say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

KINDS = ("points", "%", "d", "SMD", "ratio", "yes")
POINTS = ("points", "mmHg", "beat/min", "%")  # of scores and of acute effects


@dataclass(frozen=True)
class EndpointWord:
    """What a finding on an endpoint says.

    Attributes
    ----------
    label : str
    unit : str
        ``"points"``, ``"%"`` or ``"d"``.
    needs, may : tuple of str
        Fields it cannot do without, and fields it also understands.
    """

    label: str
    unit: str
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()


_AT, _SPAN = ("at",), ("from", "to")
ENDPOINTS: Mapping[str, EndpointWord] = MappingProxyType(
    {
        "score": EndpointWord("score `at` a visit", "points", _AT),
        "change": EndpointWord(
            "score `at` a visit minus that at baseline, or at `from`", "points", (), ("at", *_SPAN)
        ),
        "percent change": EndpointWord("the same, in % of the baseline", "%", _AT),
        "response": EndpointWord(
            "score fallen by `share` (and to `cut`) `at` a visit", "%", _AT, ("share", "cut")
        ),
        "remission": EndpointWord("score of `cut` at most `at` a visit", "%", _AT, ("cut",)),
        "any response": EndpointWord("response at a visit of the window", "%", _SPAN, ("share",)),
        "any remission": EndpointWord("remission at a visit of the window", "%", _SPAN, ("cut",)),
        "sustained response": EndpointWord(
            "response at every visit of the window", "%", _SPAN, ("share",)
        ),
        "relapse": EndpointWord(
            "of responders at `from`: less than `share` below baseline, or a score of `threshold`, "
            "at a visit of the window", "%", _SPAN, ("share", "cut", "threshold"),
        ),
        "relapse-free": EndpointWord(
            "responders (with `cut`: remitters) at `from` without relapse, of `among` or of all",
            "%", _SPAN, ("share", "cut", "threshold"),
        ),
        "time to relapse": EndpointWord(
            "days from `from` to relapse", "d", _SPAN, ("share", "cut", "threshold")
        ),
        "peak": EndpointWord("highest value in the window", "points", _SPAN),
        "share above": EndpointWord(
            "people whose highest value is above `threshold`", "%", (*_SPAN, "threshold")
        ),
        "dropout": EndpointWord("people who left by `to`", "%", ("to",), ("from",)),
    }
)  # fmt: skip
CONTRASTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "difference": ("arm minus comparator, in the endpoint's unit", ""),
        "effect size": ("difference over the pooled SD; positive favours the arm", "SMD"),
        "odds ratio": ("of two shares", "ratio"),
        "risk ratio": ("of two shares", "ratio"),
        "superior": ("1 where the arm was better at p < 0.05, else 0", "yes"),
    }
)
AMONG: Mapping[str, str] = MappingProxyType(
    {
        "responders": "those whose score has fallen by `share` at `among_at`, or `from`",
        "remitters": "those whose score is at most the cut then",
        "non-responders": "those who are no responders then",
        "non-remitters": "those who are no remitters then",
    }
)
MISSING: Mapping[str, str] = MappingProxyType(
    {
        "as if stayed": "nobody leaves, as repeated measures estimate it",
        "observed": "of those who are still there",
        "failure": "who has left counts as a failure",
        "carried": "the last visit of those who left counts on",
    }
)
DESIGNS: Mapping[str, str] = MappingProxyType(
    {
        "parallel": "other people in every arm",
        "crossover": "the same people in every arm",
    }
)


def unit_of_finding(endpoint: str, contrast: str) -> str:
    """Return the unit of a clinical value: one of `KINDS`."""
    return (CONTRASTS[contrast][1] if contrast else "") or ENDPOINTS[endpoint].unit


def units_of_finding(endpoint: str, contrast: str) -> tuple[str, ...]:
    """Return every way of writing that unit."""
    unit = unit_of_finding(endpoint, contrast)
    return POINTS if unit == "points" else (unit,)
