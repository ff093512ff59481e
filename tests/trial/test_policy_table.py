"""A policy in a file: every kind, every mistake."""

from __future__ import annotations

import re

import pytest

from ketasim.dosing.named_regimens import named_regimens
from ketasim.errors import UserError
from ketasim.toml_tables import Table, checked
from ketasim.trial.maintenance import Boosters, Spacing, Taper
from ketasim.trial.policies import StepUp, StopWhen
from ketasim.trial.policy_table import FIELDS, PolicyField, named_policy


class Holder(Table):
    """A file with a policy in it."""

    policy: PolicyField | None = None


def read(given):
    found = checked(Holder, {"policy": given}, "f.toml").policy
    assert found is not None
    return found


GIVEN = [
    ({"kind": "step up", "doses": ["0.5 mg/kg", "1 mg/kg"], "every_sessions": 2},
     StepUp(doses=("0.5 mg/kg", "1 mg/kg"), every_sessions=2)),
    ({"kind": "stop when", "reached": "remission"}, StopWhen(share=None, cut=10.0)),
    ({"kind": "stop when", "reached": "remission", "scale": "hamd17"},
     StopWhen(scale="HAMD17", share=None, cut=7.0)),
    ({"kind": "taper", "intervals": ["7 d", "2 weeks"], "then": "stop", "responders": False},
     Taper(intervals_h=(168.0, 336.0), go_on=False, responders=False)),
    ({"kind": "spacing", "intervals": ["7 d", "14 d"], "from": "28 d", "judged": "28 d"},
     Spacing(intervals_h=(168.0, 336.0), from_h=672.0, judged_h=672.0)),
    ({"kind": "boosters", "below": 0.4, "gap": "10 d", "most": 3},
     Boosters(below=0.4, gap_h=240.0, most=3)),
]  # fmt: skip


@pytest.mark.parametrize(("table", "rule"), GIVEN)
def test_it_means_the_rule(table, rule):
    found = read(table)
    assert found.policy() == rule
    plain = found.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert read(plain) == found


def test_every_kind_is_known():
    kinds = {table["kind"] for table, _ in GIVEN} | {"stop without response", "stop after"}
    assert kinds == set(FIELDS)
    assert read({"kind": "stop without response", "after_sessions": 2}).policy()
    assert read({"kind": "stop after", "after_sessions": 2}).policy()


@pytest.mark.parametrize("name", [e.name for e in named_regimens() if e.policy is not None])
def test_those_of_named_regimens_can_be_read(name):
    assert read(name) == named_policy(name)
    assert named_policy(name).policy().describe()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "policy.kind: missing"),
        (3, "policy: 3 should be a table"),
        ({"kind": "boost"}, "policy.kind: 'boost' is not a choice; nearest: boosters"),
        ({"kind": "taper"}, "policy.intervals: missing; 'taper' needs it"),
        ({"kind": "taper", "intervals": []}, "policy.intervals: () is empty"),
        ({"kind": "taper", "intervals": ["1 min"]}, "intervals: '1 min' is shorter than an hour"),
        ({"kind": "taper", "intervals": ["-1 d"]}, "policy.intervals[1]: '-1 d' is negative"),
        ({"kind": "spacing", "intervals": ["14 d", "7 d"]}, "'7 d' is not longer than '14 d'"),
        ({"kind": "boosters", "every": "7 d"}, "policy.every: '7 d' has no meaning for 'boosters'"),
        ({"kind": "boosters", "below": 2.0}, "policy.below: 2.0 is out of range"),
        ({"kind": "step up", "doses": ["1 mg"]}, "policy.doses: ('1 mg',) is empty"),
        ({"kind": "step up", "doses": ["1 mg", "2"]}, "policy.doses: '2' has no unit"),
        ({"kind": "step up", "doses": ["0 mg", "2 mg"]}, "policy.doses: '0 mg' is no dose"),
        ({"kind": "stop after", "after_sessions": 0}, "policy.after_sessions: 0 is out of range"),
        ({"kind": "stop when", "reached": "response", "cut": 3.0}, "policy.cut: 3 has no meaning"),
        ({"kind": "stop when", "reached": "remission", "share": 0.2}, "policy.share: 0.2 has no"),
        ({"kind": "stop when", "reached": "remission", "scale": "SSI"}, "policy.cut: missing; SSI"),
        ({"kind": "boosters", "scale": "MADR"}, "unknown 'MADR'; nearest: MADRS"),
        ("ELEKT-D", "policy: no policy belongs to 'ELEKT-D IV'"),
        ("KAD", "policy: unknown regimen 'KAD'; nearest: KADS"),
    ],
)
def test_mistakes_are_one_line(given, told):
    with pytest.raises(UserError, match=re.escape(told)) as caught:
        read(given)
    assert "\n" not in str(caught.value)
