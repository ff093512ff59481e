"""The cache of compiled models: faster, never different, never in the way."""

from __future__ import annotations

import numpy as np

from ketasim.engine import compile_model, machine_code, solve_ensemble
from tests.engine import models


def value(model) -> np.ndarray:
    return solve_ensemble(model, np.array([3.0]), varying={"rate": np.array([2.0])}).values


def test_a_cached_model_gives_the_same_bits(tmp_path, monkeypatch):
    monkeypatch.setenv("KETASIM_CACHE", str(tmp_path))
    text = models.sbml(models.ONE_COMPARTMENT)
    fresh = compile_model(text, ["c"])
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".json", ".o"]
    again = compile_model(text, ["c"])
    assert again.code is not fresh.code
    assert np.array_equal(value(fresh), value(again))
    assert np.array_equal(value(fresh), value(compile_model(text, ["c"], cache=False)))


def test_a_damaged_cache_is_made_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("KETASIM_CACHE", str(tmp_path))
    text = models.sbml(models.ONE_COMPARTMENT)
    want = value(compile_model(text, ["c"]))
    for file in tmp_path.glob("*.json"):
        file.write_bytes(b"{broken")
    assert np.array_equal(value(compile_model(text, ["c"])), want)


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("KETASIM_CACHE", str(blocked))
    assert np.isfinite(value(compile_model(models.sbml(models.ONE_COMPARTMENT), ["c"]))).all()


def test_other_outputs_or_another_model_have_another_key():
    keys = {machine_code.cache_key(sbml, out) for sbml in ("a", "b") for out in ("x", "y")}
    assert len(keys) == 4


def test_a_changed_engine_has_another_key(monkeypatch):
    before = machine_code.cache_key("a")
    monkeypatch.setattr(machine_code, "generator", lambda: "other source")
    assert machine_code.cache_key("a") != before
