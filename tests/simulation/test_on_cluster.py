"""Summaries on a Dask cluster of two processes, one of which dies."""

from __future__ import annotations

import pytest

from ketasim import UserError
from ketasim.simulation import on_cluster
from ketasim.simulation.population_summary import summary_digest
from ketasim.simulation.summary import summarise
from tests.simulation.summary_run import asked

pytest.importorskip("distributed", reason="needs the extra ketasim[dask]")
from tests.simulation.cluster import cluster

N = 64 * 100 + 3


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """On a busy machine a worker takes long to start."""
    monkeypatch.setattr(on_cluster, "CONNECT_S", 60.0)
    monkeypatch.setattr(on_cluster, "FIRST_WORKER_S", 180.0)


def test_a_worker_that_dies_half_way_changes_no_bit(tmp_path):
    """And so does a client that stops: the folder goes on without a cluster."""
    want = summary_digest(summarise(asked(N)))
    with cluster(2) as (address, workers):
        left = []

        def kill_one(done, n):
            if done > n // 3 and not left:
                workers["w0"].kill()
                workers["w0"].wait()
                left.append(n - done)

        found = summarise(asked(N), scheduler=address, part=64, progress=kill_one)
        assert left[0] > N // 3
        assert workers["w1"].poll() is None
        assert summary_digest(found) == want


def test_an_answer_lost_with_its_worker_is_asked_for_again(monkeypatch):
    want = summary_digest(summarise(asked(200)))
    sent, lost = on_cluster._sent, []

    def losing(future, part, address):
        found = sent(future, part, address)
        if part.start == 64 and len(lost) < losses:
            lost.append(part)
            return None
        return found

    monkeypatch.setattr(on_cluster, "_sent", losing)
    with cluster(1) as (address, _):
        losses = 3
        found = summarise(asked(200), scheduler=address, part=64)
        assert len(lost) == 3
        assert summary_digest(found) == want
        losses, lost[:] = 10, []
        with pytest.raises(UserError, match=r"people 64 to 127 .* its workers went away"):
            summarise(asked(200), scheduler=address, part=64)


def test_what_a_worker_raises_is_one_line(monkeypatch):
    monkeypatch.setattr(on_cluster, "work", int)  # which takes no such arguments
    with cluster(1) as (address, _), pytest.raises(UserError, match="TypeError") as told:
        summarise(asked(70), scheduler=address)
    assert "\n" not in str(told.value)


def test_no_scheduler_is_one_line(monkeypatch):
    monkeypatch.setattr(on_cluster, "CONNECT_S", 1.0)
    with pytest.raises(UserError, match=r"nothing answers at tcp://127\.0\.0\.1:9") as told:
        summarise(asked(5), scheduler="tcp://127.0.0.1:9")
    assert "\n" not in str(told.value)


def test_no_workers_is_one_line(monkeypatch):
    monkeypatch.setattr(on_cluster, "FIRST_WORKER_S", 1.0)
    with cluster(0) as (address, _), pytest.raises(UserError, match="has no worker; start one"):
        summarise(asked(5), scheduler=address)


def test_a_worker_of_another_version_is_refused(tmp_path, monkeypatch):
    """Its numbers might differ in the last bit; here this side pretends to be the other."""
    from ketasim.simulation import provenance

    question = asked(70)
    with cluster(1) as (address, _):
        monkeypatch.setattr(provenance, "_versions", lambda: {"ketasim": "0.0.1"})
        with pytest.raises(UserError, match="differs in versions from this machine"):
            summarise(question, scheduler=address, folder=tmp_path / "s")
