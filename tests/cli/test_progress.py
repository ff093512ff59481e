"""The progress bar shows only to somebody who watches and waits."""

from __future__ import annotations

import sys
import time

import pytest

from ketasim.cli import progress as module
from ketasim.cli.progress import progress


@pytest.mark.parametrize(
    ("terminal", "patience_s", "quiet", "shown"),
    [(True, 0.01, False, True), (True, 60, False, False), (False, 0.01, False, False),
     (True, 0.01, True, False)],
    ids=["watched and long", "short", "no terminal", "quiet"],
)  # fmt: skip
def test_when_the_bar_is_shown(capsys, monkeypatch, terminal, patience_s, quiet, shown):
    monkeypatch.setattr(module, "PATIENCE_S", patience_s)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    with progress(2, quiet) as steps:
        steps.now("simulating ketamine")
        steps.advance()
        time.sleep(0.5 if shown else 0.1)
        steps.advance()
    said = capsys.readouterr()
    assert said.out == ""
    assert ("simulating ketamine" in said.err) is shown
