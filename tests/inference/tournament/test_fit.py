"""A fit and a tournament kept on disk: stopped and gone on, read back, refused when changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ketasim import UserError
from ketasim.inference.tournament import fit as fitting
from ketasim.inference.tournament import results
from ketasim.inference.tournament.fit import fit
from ketasim.inference.tournament.smc import Size
from tests.inference.tournament import toy

SIZE = Size(64, 8)
BODY = toy.body(12, ["a", "a", "b", *(f"s{i}" for i in range(3, 12))], held_out=(1, 4, 7))
UP = np.arange(12) % 3 == 0
SHARED = toy.hypothesis("toy", 1, 1)


@pytest.fixture(autouse=True)
def words(monkeypatch):
    words = toy.Words(*toy.rivals(12)[0], UP)
    monkeypatch.setattr(fitting, "predictor", lambda hypothesis, body: words)
    monkeypatch.setattr(results, "body_of_evidence", lambda: BODY)
    return words


def _same(one, other):
    return (
        np.array_equal(one.scores, other.scores)
        and np.array_equal(one.judged, other.judged)
        and one.log_evidence == other.log_evidence
        and one.log_held_out == other.log_held_out
    )


def test_evidence_and_draws(words):
    found = fit(SHARED, BODY, size=Size(512, 8))
    chosen = toy.exact_log_evidence(words, BODY, BODY.chooses)
    total = toy.exact_log_evidence(words, BODY)
    assert found.log_evidence == pytest.approx(chosen, abs=4 * found.log_evidence_error + 0.02)
    assert found.log_total == pytest.approx(total, abs=4 * found.log_total_error + 0.02)
    assert np.array_equal(found.clean, words(found.scores))
    assert found.judged_radius is not None
    assert found.judged_radius.shape == (512, 2)
    assert set(found.values()) == {"p0", "q0"}


def test_held_out_reports_choose_nothing(words, monkeypatch):
    """Other words in held-out reports leave the draws as they are, to the bit."""
    one = fit(SHARED, BODY, size=SIZE)
    other = toy.Words(words.base, words.reach, np.where(BODY.chooses, UP, ~UP))
    monkeypatch.setattr(fitting, "predictor", lambda hypothesis, body: other)
    two = fit(SHARED, BODY, size=SIZE)
    assert np.array_equal(one.scores, two.scores)
    assert one.log_evidence == two.log_evidence
    assert one.log_held_out != two.log_held_out


def test_a_stopped_fit_goes_on_to_the_same_bits(tmp_path):
    whole = fit(SHARED, BODY, size=SIZE)
    clouds = []

    def stop(cloud):
        if not clouds or (cloud.stage, cloud.power) != (clouds[-1].stage, clouds[-1].power):
            clouds.append(cloud)
            raise KeyboardInterrupt

    for _ in range(99):
        try:
            found = fit(SHARED, BODY, size=SIZE, folder=tmp_path, told=stop)
        except KeyboardInterrupt:
            continue
        break
    assert len(clouds) >= 2
    assert _same(found, whole)
    assert _same(fit(SHARED, BODY, size=SIZE, folder=tmp_path), whole)


def test_a_check_that_raises_ends_the_fit(tmp_path):
    calls = []

    def check():
        calls.append(1)
        if len(calls) == 5:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        fit(SHARED, BODY, size=SIZE, folder=tmp_path, check=check)
    assert _same(fit(SHARED, BODY, size=SIZE, folder=tmp_path), fit(SHARED, BODY, size=SIZE))


def test_a_fit_that_is_done_says_so_when_it_is_read(tmp_path):
    fit(SHARED, BODY, size=SIZE, folder=tmp_path)
    told = []
    fit(SHARED, BODY, size=SIZE, folder=tmp_path, told=told.append)
    assert [(each.stage, each.power) for each in told] == [(1, 1.0)]


def test_a_few_at_a_time_give_the_bits_of_one_at_a_time():
    rivals = [replace(SHARED, name=f"h{k}") for k in range(5)]
    together = results.run_tournament(rivals, BODY, size=SIZE)
    assert together.names == ("h0", "h1", "h2", "h3", "h4")
    for each, found in zip(rivals, together.fits, strict=True):
        assert _same(found, fit(each, BODY, size=SIZE))


def test_the_seed_decides():
    assert _same(fit(SHARED, BODY, size=SIZE, seed=2), fit(SHARED, BODY, size=SIZE, seed=2))
    assert not _same(fit(SHARED, BODY, size=SIZE, seed=2), fit(SHARED, BODY, size=SIZE, seed=3))


def test_a_folder_of_another_question_is_refused(tmp_path):
    fit(SHARED, BODY, size=SIZE, folder=tmp_path)
    with pytest.raises(UserError, match=r"draws of another question \(seed differs\)"):
        fit(SHARED, BODY, size=SIZE, seed=9, folder=tmp_path)
    with pytest.raises(UserError, match="lapse differs"):
        fit(SHARED, replace(BODY, lapse=BODY.lapse / 2), size=SIZE, folder=tmp_path)


@pytest.mark.parametrize("name", ["question.json", "stage0.npz", "stage1.npz"])
def test_a_spoilt_file_is_named(tmp_path, name):
    fit(SHARED, BODY, size=SIZE, folder=tmp_path)
    (tmp_path / name).write_bytes(b"{ not what it was")
    with pytest.raises(UserError, match=f"{name}: is spoilt"):
        fit(SHARED, BODY, size=SIZE, folder=tmp_path)


def test_a_tournament_is_kept_and_read_back(tmp_path):
    rivals = [replace(SHARED, name=name) for name in ("one", "two")]
    found = results.run_tournament(rivals, BODY, size=SIZE, folder=tmp_path / "state")
    results.write_tournament(found, tmp_path / "out", kept=32)
    again = results.read_tournament(tmp_path / "out", rivals)
    assert again.names == ("one", "two")
    assert again.size == SIZE
    for one, other in zip(found.fits, again.fits, strict=True):
        assert other.scores == pytest.approx(one.scores[::2], abs=6e-4)
        assert other.clean == pytest.approx(one.clean[::2], abs=6e-4)
        assert other.log_total == pytest.approx(one.log_total, abs=2e-3)
        assert other.chain == 4  # every second state of chains of eight
        assert other.judged_radius == pytest.approx(one.judged_radius[::2], abs=6e-4)
    assert found.fit_of("two").hypothesis.name == "two"
    assert not np.array_equal(found.fits[0].scores, found.fits[1].scores)


def test_what_is_not_there_or_was_of_something_else_is_said(tmp_path, monkeypatch):
    with pytest.raises(UserError, match="no hypotheses"):
        results.run_tournament([], BODY)
    with pytest.raises(UserError, match=r"no tournament\.json there"):
        results.read_tournament(tmp_path)
    found = results.run_tournament([SHARED], BODY, size=SIZE)
    results.write_tournament(found, tmp_path)
    with pytest.raises(UserError, match="toy had other free links"):
        results.read_tournament(tmp_path, [toy.hypothesis("toy", 2)])
    monkeypatch.setattr(results, "body_of_evidence", lambda: toy.body(3))
    with pytest.raises(UserError, match="was held on other findings"):
        results.read_tournament(tmp_path, [SHARED])
