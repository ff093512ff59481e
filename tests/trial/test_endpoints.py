"""Endpoints, each against a calculation by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ketasim import UserError
from ketasim.trial import Endpoint, of_group, per_patient, times_to_relapse
from ketasim.trial.endpoints import WORDS
from tests.trial.groups import NAN, record

DAYS = [0, 24, 168, 672]
#       baseline, day 1, day 7, day 28
GROUP = record(
    DAYS,
    [
        [30, 15, 14, 20],  # responds at a day (15 = 50 %), lost at day 28
        [40, 18, 10, 8],  # responds throughout
        [32, 30, 28, NAN],  # never, leaves after a week
        [28, 20, 12, 14],  # from a week on
    ],
    left_h=[np.inf, np.inf, 200, np.inf],
    why=["", "", "lack of efficacy", ""],
)


def values(word, group=GROUP, **given):
    return per_patient(Endpoint(word, **given), group).tolist()


def same(found, expected):
    return found == pytest.approx(expected, nan_ok=True)


# Word, its fields, what each of the four has, what the group has.
CASES = [
    ("score", {"at_h": 24}, [15, 18, 30, 20], 20.75),
    ("score", {"at_h": 24, "statistic": "median"}, [15, 18, 30, 20], 19.0),
    ("score", {"at_h": 24, "statistic": "sd"}, [15, 18, 30, 20], 6.5),
    ("change", {"at_h": 24}, [-15, -22, -2, -8], -11.75),
    ("change", {"at_h": 672, "from_h": 168}, [6, -2, NAN, 2], 2.0),
    ("change", {"at_h": 672, "missing": "carried"}, [-10, -32, -4, -14], -15.0),
    ("percent change", {"at_h": 24}, [-50, -55, -6.25, -200 / 7], -34.955357),
    ("response", {"at_h": 24}, [1, 1, 0, 0], 50.0),
    ("response", {"at_h": 24, "share": 0.52}, [0, 1, 0, 0], 25.0),
    ("response", {"at_h": 168, "cut": 12}, [0, 1, 0, 1], 50.0),
    ("response", {"at_h": 672}, [0, 1, NAN, 1], 200 / 3),
    ("response", {"at_h": 672, "missing": "failure"}, [0, 1, 0, 1], 50.0),
    ("remission", {"at_h": 168}, [0, 1, 0, 0], 25.0),
    ("remission", {"at_h": 168, "cut": 12}, [0, 1, 0, 1], 50.0),
    ("any response", {}, [1, 1, 0, 1], 75.0),
    ("any response", {"to_h": 24}, [1, 1, 0, 0], 50.0),
    ("any remission", {"cut": 12}, [0, 1, 0, 1], 50.0),
    ("sustained response", {"from_h": 24, "to_h": 168}, [1, 1, 0, 0], 50.0),
    ("sustained response", {"from_h": 24, "to_h": 672}, [0, 1, 0, 0], 25.0),
    ("relapse", {"from_h": 24}, [1, 0, NAN, NAN], 50.0),
    ("relapse", {"from_h": 24, "to_h": 168}, [0, 0, NAN, NAN], 0.0),
    ("relapse", {"from_h": 24, "share": 0.25}, [0, 0, NAN, NAN], 0.0),
    ("relapse", {"from_h": 24, "threshold": 20}, [1, 0, NAN, NAN], 50.0),
    ("relapse", {"from_h": 24, "threshold": 20, "consecutive": 2}, [0, 0, NAN, NAN], 0.0),
    ("relapse", {"from_h": 168, "cut": 12}, [NAN, 0, NAN, 0], 0.0),
    ("relapse", {"from_h": 168, "cut": 14}, [1, 0, NAN, 0], 100 / 3),
    ("relapse-free", {"from_h": 24}, [0, 1, 0, 0], 25.0),
    ("relapse-free", {"from_h": 24, "among": "responders"}, [0, 1, NAN, NAN], 50.0),
    ("time to relapse", {"from_h": 24}, [27, 27, NAN, NAN], 27.0),
    ("time to relapse", {"from_h": 24, "statistic": "mean"}, [27, 27, NAN, NAN], 27.0),
    ("peak", {}, [30, 40, 32, 28], 32.5),
    ("peak", {"from_h": 168}, [20, 10, 28, 14], 18.0),
    ("share above", {"from_h": 168, "threshold": 20}, [1, 0, 1, 0], 50.0),
    ("dropout", {}, [0, 0, 1, 0], 25.0),
    ("dropout", {"at_h": 168}, [0, 0, 0, 0], 0.0),
    ("dropout", {"reason": "adverse event"}, [0, 0, 0, 0], 0.0),
    ("response", {"at_h": 672, "from_h": 24, "among": "responders"}, [0, 1, NAN, NAN], 50.0),
    ("response", {"at_h": 672, "from_h": 24, "among": "non-responders"}, [NAN, NAN, NAN, 1], 100),
    ("score", {"at_h": 672, "among": "completers"}, [20, 8, NAN, 14], 14.0),
    ("score", {"at_h": 24, "among": "remitters", "among_at_h": 168}, [NAN, 18, NAN, NAN], 18.0),
    ("response", {"at_h": 24, "share": 0.2, "among": "responders"}, [1, 1, NAN, NAN], 100.0),
]  # fmt: skip


@pytest.mark.parametrize(("word", "given", "each", "group"), CASES, ids=lambda v: str(v)[:40])
def test_by_hand(word, given, each, group):
    endpoint = Endpoint(word, **given)
    assert same(per_patient(endpoint, GROUP).tolist(), each)
    assert of_group(endpoint, GROUP) == pytest.approx(group)


def test_every_word_has_a_case():
    assert {word for word, *_ in CASES} == set(WORDS)


def test_times_to_relapse_are_counted_from_the_end_of_treatment_and_censored():
    group = record(
        [0, 24, 192, 360, 528],
        [
            [30, 10, 20, 10, 10],  # relapse at day 7
            [30, 10, 12, 18, 30],  # relapse at day 14
            [30, 10, 12, NAN, NAN],  # leaves after day 7
            [30, 10, 12, 12, 12],  # well to the end
            [30, 25, 12, 12, 12],  # no responder at the start
            [30, 10, NAN, NAN, NAN],  # never seen again
        ],
    )
    days, happened = times_to_relapse(Endpoint("time to relapse", from_h=24), group)
    assert same(days.tolist(), [7, 14, 7, 21, NAN, 0])
    assert happened.tolist() == [True, True, False, False, False, False]


def test_the_median_is_that_of_kaplan_and_meier():
    group = record(
        [0, 24, 192, 360, 528],
        [[30, 10, 20, 10, 10], [30, 10, 12, NAN, NAN], [30, 10, 12, 18, 30], [30, 10, 12, 12, 12]],
    )
    # day 7: 4 at risk, 1 relapses (0.75), 1 censored; day 14: 2 at risk, 1 relapses (0.375)
    endpoint = Endpoint("time to relapse", from_h=24)
    assert of_group(endpoint, group) == 14.0
    share = Endpoint("relapse", from_h=24, statistic="Kaplan-Meier")
    assert of_group(share, group) == pytest.approx(62.5)
    assert of_group(Endpoint("relapse", from_h=24), group) == 50.0  # crude
    free = Endpoint("relapse-free", from_h=24, to_h=192, statistic="Kaplan-Meier")
    assert of_group(free, group) == pytest.approx(75.0)


def test_a_median_that_is_not_reached_is_infinite():
    group = record([0, 24, 192], [[30, 10, 10], [30, 10, 10]])
    assert of_group(Endpoint("time to relapse", from_h=24), group) == math.inf


def test_outputs_are_read_between_their_times_and_where_they_are_read():
    outputs = {"CADSS": [[0, 10, 0], [0, 4, 2]]}
    group = record([0], [[30], [30]], outputs=outputs, fine_h=[0, 1, 2])
    assert same(values("score", group, scale="CADSS", at_h=1.5), [5, 3])
    assert same(values("peak", group, scale="CADSS"), [10, 4])
    assert same(values("share above", group, scale="CADSS", threshold=4), [1, 1])
    seen = outputs | {"CADSS read": [[NAN, 7, NAN], [NAN, NAN, NAN]]}
    group = record([0], [[30], [30]], outputs=seen, fine_h=[0, 1, 2])
    assert same(values("peak", group, scale="CADSS"), [7, 4])


def test_chances_of_adverse_events_are_percent():
    group = record([0], [[30], [30]], outputs={"p_nausea": [[0, 0.2], [0, 0.4]]}, fine_h=[0, 24])
    endpoint = Endpoint("score", "p_nausea", at_h=24)
    assert endpoint.unit == "%"
    assert of_group(endpoint, group) == pytest.approx(30.0)


@pytest.mark.parametrize("word", WORDS)
def test_nobody_has_no_value(word):
    given = {"at_h": 24.0, "from_h": 24.0, "threshold": 3.0} if word != "change" else {"at_h": 24}
    nobody = GROUP.take(np.array([], dtype=int))
    endpoint = Endpoint(word, **given)
    assert per_patient(endpoint, nobody).shape == (0,)
    assert math.isnan(of_group(endpoint, nobody))


@pytest.mark.parametrize("word", WORDS)
def test_people_the_engine_gave_up_are_missing(word):
    lost = record(DAYS, [[NAN] * 4, [30, 10, 10, 10]])
    endpoint = Endpoint(word, **{"at_h": 24.0, "from_h": 24.0, "threshold": 3.0})
    if word != "dropout":
        assert math.isnan(per_patient(endpoint, lost)[0])
        assert not math.isnan(per_patient(endpoint, lost)[1])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"word": "respons", "at_h": 24}, "endpoint: unknown 'respons'; nearest: response"),
        ({"word": "response"}, "endpoint: 'response' needs at"),
        ({"word": "relapse"}, "endpoint: 'relapse' needs from"),
        ({"word": "share above"}, "endpoint: 'share above' needs threshold"),
        ({"word": "score", "at_h": math.nan}, "endpoint: at nan is not finite"),
        ({"word": "change", "at_h": 24, "scale": "MADR"}, "scale: unknown 'MADR'; nearest: MADRS"),
        ({"word": "response", "at_h": 24, "share": 1.5}, "share: 1.5 must be above 0"),
        ({"word": "peak", "from_h": 5, "to_h": 2}, "from 5 h does not lie before to 2 h"),
        ({"word": "peak", "statistic": "meen"}, "statistic: unknown 'meen'; nearest: mean"),
        ({"word": "peak", "statistic": "Kaplan-Meier"}, "'Kaplan-Meier' is of no use to 'peak'"),
        ({"word": "peak", "among": "responder"}, "among: unknown 'responder'; nearest: responders"),
        ({"word": "dropout", "reason": "adverse"}, "reason: unknown 'adverse'; nearest: adverse"),
        ({"word": "relapse", "from_h": 1, "consecutive": 0}, "consecutive: 0 must be at least 1"),
        ({"word": "score", "at_h": 1, "missing": "x"}, "missing: unknown 'x'"),
    ],
)
def test_a_bad_endpoint_is_one_line(given, told):
    with pytest.raises(UserError) as error:
        Endpoint(**given)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"word": "score", "at_h": 48}, "no visit at 48 h; visits are at 0, 24, 168, 672 h"),
        ({"word": "score", "at_h": 24, "scale": "HAMD17"}, "scale: HAMD17 is not recorded"),
        ({"word": "peak", "scale": "CADS"}, "scale: CADS is not recorded"),
        ({"word": "any response", "from_h": 30, "to_h": 40}, "no visit from 30 to 40 h"),
        ({"word": "peak", "from_h": 700}, "nothing recorded from 700 to 672 h"),
        ({"word": "peak", "among": "responders"}, "among: 'responders' needs from"),
    ],
)
def test_what_a_record_lacks_is_told(given, told):
    with pytest.raises(UserError) as error:
        per_patient(Endpoint(**given), GROUP)
    assert told in str(error.value)


def test_a_scale_without_a_cut_needs_one():
    group = record([0, 24], [[20, 4]], scale="SSI")
    with pytest.raises(UserError, match="SSI has no usual cut of remission; give cut"):
        per_patient(Endpoint("remission", "SSI", at_h=24), group)
    assert values("remission", group, scale="SSI", at_h=24, cut=4) == [1]
