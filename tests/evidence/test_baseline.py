"""The recorded verdicts: written, read, compared."""

from __future__ import annotations

import pytest

from ketasim.errors import UserError
from ketasim.evidence import Outcome, load_findings, lost, read_baseline, write_baseline
from ketasim.evidence.baseline import BASELINE
from tests.evidence.small import findings

CL, F = findings().values()


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "b.csv"
    write_baseline([Outcome(F, "contradicted"), Outcome(CL, "reproduced")], path)
    assert path.read_text().splitlines()[1:] == ["iv_cl,reproduced", "oral_f,contradicted"]
    assert read_baseline(path) == {"iv_cl": "reproduced", "oral_f": "contradicted"}
    assert read_baseline(tmp_path / "none.csv") == {}


def test_only_a_reproduced_finding_can_be_lost():
    baseline = {"iv_cl": "reproduced", "oral_f": "not resolved"}
    now = [Outcome(CL, "not resolved"), Outcome(F, "contradicted")]
    assert [each.finding.id for each in lost(now, baseline)] == ["iv_cl"]
    assert lost([Outcome(CL, "reproduced")], baseline) == []
    assert lost(now, {}) == []


def test_spoiled_baseline_is_told(tmp_path):
    path = tmp_path / "b.csv"
    path.write_text("id,verdict\niv_cl,fine\n")
    with pytest.raises(UserError, match=r"b\.csv:2: .*'fine'.* is no finding with its verdict"):
        read_baseline(path)


def test_shipped_baseline_is_of_the_shipped_findings():
    assert BASELINE.is_file()
    assert set(read_baseline()) == {each.id for each in load_findings()}
