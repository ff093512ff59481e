"""Many replicates: chunks on disk, going on after a kill, the same numbers whatever happens."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.trial import replicates as module
from ketasim.trial.plan import planned
from ketasim.trial.replicates import (
    Row,
    chunks,
    finished,
    identity,
    read_chunk,
    replicates_of,
    rows_of,
    run_chunk,
    run_replicates,
    table,
    write_chunk,
)
from ketasim.trial.results import ArmResult, EndpointResult, TrialResult
from tests.trial.small_trials import CROSSOVER, WITHDRAWAL, small


@cache
def plan(*changes):
    return planned(small(*changes), "t.toml")


@pytest.fixture
def in_twos(monkeypatch):
    monkeypatch.setattr(module, "PEOPLE_AT_ONCE", 24)


def test_chunks_hold_every_replicate_once():
    found = chunks(103, 200)
    assert [number for chunk in found for number in chunk] == list(range(103))
    assert {len(chunk) for chunk in found[:-1]} == {20}
    assert len(chunks(3, 1_000_000)) == 3
    assert chunks(1, 1) == [range(1)]


@pytest.mark.usefixtures("in_twos")
def test_stopped_run_goes_on_and_gives_the_same(tmp_path, monkeypatch):
    whole = run_replicates(plan(), tmp_path / "whole", 6)
    assert [row.replicate for row in whole if row.endpoint == "day 1"] == list(range(6))
    asked = []

    def killed(laid_out, numbers, threads=None):
        asked.append(list(numbers))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return run_chunk(laid_out, numbers, threads)

    monkeypatch.setattr(module, "run_chunk", killed)
    with pytest.raises(KeyboardInterrupt):
        run_replicates(plan(), tmp_path / "cut", 6)
    assert finished(tmp_path / "cut") == 2
    done = []
    again = run_replicates(plan(), tmp_path / "cut", 6, threads=1, done=done.append)
    assert again == whole  # every number, bit for bit
    assert asked == [[0, 1], [2, 3], [2, 3], [4, 5]]  # the finished chunk was not repeated
    assert done == [2, 2, 2]


@pytest.mark.usefixtures("in_twos")
def test_spoilt_chunk_is_made_again(tmp_path):
    whole = run_replicates(plan(), tmp_path, 2)
    file = next(tmp_path.glob("*.json"))
    file.write_text(file.read_text()[:-20])
    assert read_chunk(file) is None
    assert run_replicates(plan(), tmp_path, 2) == whole
    assert [path.name for path in tmp_path.iterdir()] == ["000000-000002.json"]


@pytest.mark.parametrize("design", [CROSSOVER, WITHDRAWAL], ids=["crossover", "withdrawal"])
def test_chunks_change_no_number(design):
    laid_out = plan(*design)
    together = run_chunk(laid_out, range(3))
    alone = [row for number in range(3) for row in run_chunk(laid_out, [number])]
    assert str(together) == str(alone)  # as text, since NaN is not NaN


def test_nothing_half_written_when_the_disk_is_full(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError, match=r"cannot keep replicates in .*: No space left"):
        write_chunk(tmp_path / "000000-000002.json", [])
    assert list(tmp_path.iterdir()) == []


def test_numbers_survive_the_file(tmp_path):
    rows = [
        Row(0, "e", "a", "c", "difference", 1 / 3, math.nan, 1e-300, -math.inf, 2.0, -1, 3, 4,
            0.1 + 0.2, math.nan, 7, 0),
    ]  # fmt: skip
    write_chunk(tmp_path / "000000-000001.json", rows)
    back = read_chunk(tmp_path / "000000-000001.json")
    assert str(back) == str(rows)


def test_identity_is_that_of_trial_model_and_versions():
    same = identity(plan(), {"numpy": "1"})
    assert same == identity(plan(), {"numpy": "1"})
    assert same != identity(plan(), {"numpy": "2"})
    assert same != identity(plan(("seed = 3", "seed = 4")), {"numpy": "1"})
    assert same != identity(plan(("n = 12", "n = 15")), {"numpy": "1"})
    # more replicates go on from those that are there
    assert same == identity(plan(("seed = 3", "seed = 3\nreplicates = 9")), {"numpy": "1"})


def by_hand(kind="share"):
    arms = tuple(ArmResult(name, "x", name == "c", {}, np.full(4, np.inf)) for name in ("a", "c"))
    values = {"a": np.array([1.0, 1, 1, 0]), "c": np.array([0.0, 0, 1, np.nan])}
    endpoint = EndpointResult("e", "response", kind, values, unit="%", primary=True)
    return TrialResult(
        "t", "parallel", "open", "trd", np.array([0.0, 24]), "MADRS", arms, (endpoint,)
    )


def test_row_says_what_the_contrast_says():
    (row,) = rows_of(by_hand(), 7, failed=1)
    assert (row.replicate, row.endpoint, row.arm, row.control) == (7, "e", "a", "c")
    assert row.estimate == pytest.approx(0.5)  # three of four against one of four
    assert (row.value_arm, row.value_control) == (0.75, pytest.approx(1 / 3))
    assert (row.randomised, row.failed, row.better) == (8, 1, 1)


def test_replicates_hold_a_column_each():
    rows = run_chunk(plan(), range(4))
    found = replicates_of(plan(), rows)
    assert [(each.endpoint, each.primary) for each in found] == [
        ("day 1", True),
        ("responders", False),
    ]
    first = found[0]
    assert first.what == "change in MADRS at 24 h"
    assert (first.arm, first.control, first.n) == ("ketamine", "saline", 12)
    own = [row.estimate for row in rows if row.endpoint == "day 1"]
    assert first.estimate.tolist() == own
    assert len(set(own)) == 4
    assert np.all(first.low < first.estimate)
    assert np.all(first.estimate < first.high)


def test_table_is_plain_data():
    rows = run_chunk(plan(), [0])
    plain: list[dict[str, Any]] = list(table(rows))
    assert Row(**plain[0]) == rows[0]
    json.dumps(plain)
