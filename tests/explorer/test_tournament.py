"""What the page shows of a tournament: hypotheses by weight, and no more than it needs."""

from __future__ import annotations

import json
from dataclasses import replace

from ketasim.explorer.tournament import MOST_PROPOSED, shown, tournament
from ketasim.inference.tournament import summary
from tests.report.synthetic_tournament import carried, contenders, made, proposed


def test_hypotheses_and_their_columns_by_weight():
    found = made(hypotheses=contenders((0.1, 0.6, 0.2, 0.09, 0.01)))
    told = shown(found)
    assert [each["name"] for each in told["hypotheses"]][:3] == ["resting", "habenula", "surge"]
    first = told["proposed"][0]
    assert first["predicted"] == ["up", "none", "up", "none", "up"]
    assert first["chances"] == [0.8, 0.7, 0.9, 0.95, 0.85]
    assert {row["best_hypothesis"] for row in told["failed_by_all"]} <= {
        each.title for each in found.hypotheses
    }
    json.dumps(told, allow_nan=False)


def test_it_leaves_out_what_nobody_could_see():
    small = tuple(
        replace(row, share=0.001, low=0.0, high=0.002) if row.mechanism == "lhb" else row
        for row in carried()
    )
    many = tuple(replace(proposed()[0], rank=k + 1) for k in range(30))
    other = replace(proposed()[0], about="w_S")
    told = shown(made(carried=small, proposed=(other, *many)))
    assert {row["mechanism"] for row in told["carried"]} == {"bdnf", "ampa", "spines"}
    assert len(told["proposed"]) == MOST_PROPOSED
    assert "reports" not in told


def test_nothing_ships_nothing_is_shown(monkeypatch):
    monkeypatch.setattr(summary, "shipped_summary", lambda: None)
    assert tournament() is None
