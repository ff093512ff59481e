"""Summaries of populations: against everybody's numbers, bit for bit however made, resumable."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ketasim import UserError
from ketasim.dosing import infusion
from ketasim.model import assemble
from ketasim.population import Population
from ketasim.simulation import chunk_store, simulate
from ketasim.simulation.population_summary import summary_digest, summary_table
from ketasim.simulation.question import Question
from ketasim.simulation.summary import prepared, summarise
from tests.simulation import summary_run
from tests.simulation.summary_run import PART, TIMES, asked

ROOT = Path(__file__).parents[2]
N = 700  # ten parts of 64 and one of 60


@pytest.fixture(scope="module")
def whole():
    return summarise(asked(N))


def test_a_summary_says_what_everybody_s_numbers_say(whole):
    question = asked(N)
    v = question.answer(0, N, None).values
    # sums are exact here; numpy's own round, relative to the size, some 1e-15
    np.testing.assert_allclose(whole["mean"], v.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(whole["sd"], v.std(axis=0, ddof=1), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(whole["minimum"], v.min(axis=0))
    np.testing.assert_array_equal(whole["maximum"], v.max(axis=0))
    want = np.quantile(v, whole.share.values, axis=0, method="lower")
    assert np.all((whole.quantile_low <= want) & (want <= whole.quantile_high))
    size = np.abs(want) + 1e-12
    assert np.max((whole.quantile_high - whole.quantile_low) / size) < 1e-3
    np.testing.assert_allclose(whole["quantile"], want, rtol=1e-3)
    assert np.all(whole["count"] == N)
    assert whole.attrs["n"] == N
    assert whole.attrs["delivered_mg"] == pytest.approx(whole.attrs["prescribed_mg"])


def test_responders_and_remitters_are_counted_as_in_the_report():
    from ketasim.report import summary as report

    model, dose = assemble(), infusion("0.5 mg/kg", over="40 min")
    given = (model, dose, Population("trd", n=100, seed=1), [0, 4, 24, 168], ["MADRS"])
    found, people = simulate(*given, keep="summary"), simulate(*given)
    for k, hour in enumerate(given[3]):
        assert found["response"].values[k] == report.response(people, hour).share
        assert found["remission"].values[k] == report.remission(people, hour).share
    assert found["response"].values[2] > 0.2
    late = simulate(*given[:3], [24, 168], ["MADRS"], keep="summary")
    assert "response" not in late  # nothing to count from


@pytest.mark.parametrize(("threads", "part"), [(1, 64), (2, 65), (3, 640), (2, 10_000)])
def test_threads_and_parts_change_no_bit(whole, threads, part):
    found = summarise(asked(N), threads=threads, part=part)
    assert summary_digest(found) == summary_digest(whole)
    assert found.identical(whole)


@pytest.mark.parametrize("n", [1, 2, 63, 64, 65])
def test_few_people(n):
    found = summarise(asked(n), part=64)
    v = asked(n).answer(0, n, None).values
    np.testing.assert_allclose(found["mean"], v.mean(axis=0), rtol=1e-13)
    assert np.all(np.isnan(found["sd"])) == (n == 1)
    if n == 1:
        np.testing.assert_array_equal(found["quantile"].values[2], v[0])


def test_the_given_up_are_counted_and_change_nobody_else(monkeypatch, tmp_path):
    clean = summarise(asked(N))
    ensemble = Question.ensemble

    def spoilt(self, people, threads):
        found = ensemble(self, people, threads)
        values, status = found.values.copy(), found.status.copy()
        for row, k in enumerate(range(people.first, people.last)):
            if self.population.n == N and k % 100 == 7:
                values[row], status[row] = np.nan, 2
            if self.population.n == N and k == 650:
                values[row, 1, 0] = np.inf  # one output at one time
        return replace(found, values=values, status=status)

    monkeypatch.setattr(Question, "ensemble", spoilt)
    found = summarise(asked(N), part=128, folder=tmp_path / "s")
    assert json.loads(found.attrs["statuses"]) == {
        "not finite": 1,
        "ok": N - 8,
        "step too small": 7,
    }
    assert found.attrs["failed"] == 8
    failed = np.full((len(TIMES), 2), 7)
    failed[1, 0] = 8
    np.testing.assert_array_equal(found["failed"], failed)
    monkeypatch.undo()
    v = asked(N).answer(0, N, None).values
    v[7::100] = np.nan
    np.testing.assert_allclose(found["mean"][2:], np.nanmean(v, axis=0)[2:], rtol=1e-13)
    assert not np.array_equal(found["mean"], clean["mean"])


def test_a_table_has_a_row_per_output_and_time(whole):
    table = summary_table(whole)
    assert len(table) == len(TIMES) * 2
    row = table[(table.output == "cS") & (table.time_h == 2)].iloc[0]
    assert row["mean"] == float(whole["mean"].sel(output="cS", time=2))
    assert row["p95_low"] <= row["p95"] <= row["p95_high"]
    assert row["n"] == N


# --- kept on disk


def killed(folder, n, before, after_s):
    """Run until a moment after the first new part, kill -9, and return what had been told."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.simulation.summary_run", str(folder), str(n)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
    )  # fmt: skip
    told = [process.stdout.readline()]  # how many were there already, or the first part
    if before:
        told += [process.stdout.readline()]
    try:
        told += process.communicate(timeout=after_s)[0].splitlines()
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        told += process.communicate()[0].splitlines()
    return told


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_killed_again_and_again_nothing_is_lost_or_done_twice(tmp_path):
    n, store, rng = 64 * 60 + 5, tmp_path / "parts", random.Random(1)
    want = summary_digest(summarise(asked(n)))
    reached = [0]
    for _ in range(4):
        told = killed(store, n, reached[-1], rng.uniform(0.0, 0.2))
        counts = [int(word) for word in told if word.strip().isdigit()]
        assert counts[0] >= reached[-1]  # goes on from where it was; a part may be told late
        assert counts[-1] > reached[-1]
        reached += counts
        if told[-1].startswith("digest"):
            break
    found = summarise(asked(n), folder=store, part=PART)
    assert summary_digest(found) == want
    assert not list(store.glob(".*.tmp"))


def test_a_finished_store_answers_at_once(tmp_path, monkeypatch):
    first = summarise(asked(N), folder=tmp_path / "s", part=128)
    assert sorted(p.name for p in (tmp_path / "s").iterdir()) == [
        "lock",
        "manifest.json",
        "total.npz",
    ]
    monkeypatch.setattr("ketasim.simulation.summary.Job.part", None)  # would fail when called
    again = summarise(asked(N), folder=tmp_path / "s")
    assert again.identical(first)


class Stopped(Exception):
    pass


def stop_after(k):
    def told(done, n):
        if done >= k:
            raise Stopped

    return told


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"n": N + 1}, r"n 700 then, 701 now"),
        ({"seed": 4}, r"seed 3 then, 4 now"),
        ({"times": [0, 1]}, r"other times"),
        ({"outputs": ["cS", "Cket"]}, r"other outputs"),
    ],
)
def test_another_question_is_refused_in_one_line(tmp_path, changed, message):
    with pytest.raises(Stopped):
        summarise(asked(N), folder=tmp_path / "s", part=64, progress=stop_after(128))
    with pytest.raises(UserError, match=message) as told:
        summarise(asked(**{"n": N, **changed}), folder=tmp_path / "s")
    assert "\n" not in str(told.value)


def test_a_spoilt_part_is_done_again_and_a_spoilt_total_too(tmp_path, whole):
    store = tmp_path / "s"
    with pytest.raises(Stopped):
        summarise(asked(N), folder=store, part=64, progress=stop_after(256))
    parts = sorted(store.glob("*-*.npz"))
    parts[0].write_bytes(parts[0].read_bytes()[:1000])
    parts[1].write_bytes(b"")
    middle = bytearray(parts[2].read_bytes())
    middle[len(middle) // 2] ^= 255
    parts[2].write_bytes(bytes(middle))
    assert summarise(asked(N), folder=store).identical(whole)
    (store / "total.npz").write_bytes(b"PK nonsense")
    assert summarise(asked(N), folder=store).identical(whole)


def test_a_kill_between_the_total_and_the_removal_of_parts_counts_nobody_twice(
    tmp_path, whole, monkeypatch
):
    store = tmp_path / "s"
    monkeypatch.setattr(chunk_store, "FOLD", 4)

    def kill(*_, **__):
        raise Stopped

    def unlink(path, missing_ok=False):
        kill() if path.suffix == ".npz" else path.exists() and os.unlink(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", unlink)
        with pytest.raises(Stopped):
            summarise(asked(N), folder=store, part=64)
    assert (store / "total.npz").exists()
    assert len(list(store.glob("*-*.npz"))) == 4
    assert summarise(asked(N), folder=store).identical(whole)


def test_two_at_once_on_one_folder_are_refused(tmp_path):
    store, job = tmp_path / "s", prepared(asked(N))
    with (
        chunk_store.chunk_store(store, job, [range(0, N)]),
        pytest.raises(UserError, match="another process is at work"),
    ):
        summarise(asked(N), folder=store)


def test_places_that_cannot_be_used_are_told_in_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot keep parts in"):
        summarise(asked(N), folder=tmp_path / "file")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("")
    with pytest.raises(UserError, match=r"is no store of parts: it holds thesis\.txt"):
        summarise(asked(N), folder=tmp_path / "mine")

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="No space left on device"):
        summarise(asked(N), folder=tmp_path / "full")
    monkeypatch.undo()
    assert not list((tmp_path / "full").glob(".*"))
    summarise(asked(N), folder=tmp_path / "full")


def test_pickles_are_not_read(tmp_path):
    store = tmp_path / "s"
    with pytest.raises(Stopped):
        summarise(asked(N), folder=store, part=64, progress=stop_after(64))
    arrays = {"people": np.array([print], dtype=object), "parts": np.array([0])}
    np.savez(store / "total.npz", **arrays)  # pickled inside
    assert summarise(asked(N), folder=store).attrs["n"] == N


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"keep": "all"}, "keep: 'all' is unknown"),
        ({"folder": "x"}, "folder: is for keep='summary' only"),
        ({"keep": "summary", "quantiles": [0.5, 2]}, "must lie between 0 and 1"),
        ({"keep": "summary", "quantiles": [0.5, 0.5]}, "must ascend"),
        ({"keep": "summary", "threads": 0}, "threads 0"),
        ({"keep": "summary", "scheduler": "localhost"}, "give one as tcp://host:8786"),
        ({"keep": "summary", "scheduler": "tcp://h:99999"}, "give one as tcp://host:8786"),
        ({"keep": "summary", "scheduler": "inproc://x/1"}, "give one as tcp://host:8786"),
    ],
)
def test_mistakes_are_told_in_one_line(given, message):
    dose, people = infusion("0.5 mg/kg", over="40 min"), Population("trd", n=5)
    with pytest.raises(UserError, match=message):
        simulate(assemble(["pk"]), dose, people, TIMES, **given)


def test_absurd_sizes_are_refused_before_anything_is_done():
    with pytest.raises(UserError, match="more than can be counted"):
        summarise(asked(10**18))
    with pytest.raises(UserError, match="ask for fewer times or outputs"):
        prepared(asked(5, times=np.arange(30_000.0)))


def test_the_script_that_is_killed_asks_the_same():
    assert summary_run.PART % 64 == 0
