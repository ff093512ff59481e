"""Block at rest lets eEF2 work, for as long as it is new; an inhibitor does the same alone."""

from __future__ import annotations

import pytest

from ketasim.model import assemble
from ketasim.model.lint_runs import Event, engine_run

TIMES = (0.0, 0.5, 8.0, 24.0)


def active(blocked, held=()):
    events = [Event(0.0, "set", name, 1.0) for name in held]
    return engine_run(assemble(["eef2"], values={"Bpr": blocked}), events, TIMES, ("eef",))["eef"]


def test_block_at_rest_frees_eef2_and_adapts():
    eef = active(0.5)
    assert eef[1] > 1.2
    # absent at 8 h (Gideons 2014), even under sustained block
    assert eef[2:] == pytest.approx([1.0, 1.0], abs=0.02)


def test_block_as_weak_as_memantine_s_does_nothing():
    """Memantine 20 mg a day loses 2 % of the current at rest."""
    assert active(0.02)[1] < 1.02


def test_an_inhibitor_of_the_kinase_is_enough_and_lasts_while_held():
    assert active(0.0, held=["u_eEF2K"])[1:] == pytest.approx([1.6, 1.6, 1.6], abs=0.05)
