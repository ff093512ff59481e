"""Habenula bursts: more under stress, gone when silenced by either block."""

from __future__ import annotations

import pytest

from ketasim.model import assemble
from ketasim.model.lint_runs import Event, engine_run


def bursting(values, held=()):
    events = [Event(0.0, "set", name, 1.0) for name in held]
    result = engine_run(assemble(["lhb"], values=values), events, (0.0, 1.0), ("bursting", "hb"))
    return result["bursting"][1], result["hb"][1]


def test_stress_triples_the_share_that_bursts():
    """7 and 23 % in slices of control and depressive-like rats (set on)."""
    assert bursting({"D0": 0.0})[0] == pytest.approx(0.07)
    assert bursting({"D0": 1.0})[0] == pytest.approx(0.23)


@pytest.mark.parametrize(("values", "held"), [({"silent": 1.0}, []), ({}, ["u_CaT"])])
def test_nmda_receptor_or_calcium_channel_block_silences(values, held):
    share, suppressed = bursting(values, held)
    assert share == pytest.approx(0, abs=1e-9)
    assert suppressed == pytest.approx(1)
