"""The recorded ledger is that of the claims as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from ketasim.evidence.claims_reading import load_claims
from ketasim.evidence.claims_verdicts import CLAIM_VERDICTS, evidence_verdict
from ketasim.explorer.ledger import entry_row, ledger, record_ledger
from ketasim.report.ledger_words import LEANS

PAGE = Path(__file__).parents[2] / "docs" / "ledger.md"
AGAIN = "run: ketasim ledger --record --docs docs/ledger.md"


@pytest.fixture(scope="module")
def claims():
    return {claim.id: claim for claim in load_claims()}


def test_claims_are_recorded_as_they_stand(claims):
    recorded = {row["id"]: row for row in ledger()}
    assert list(recorded) == list(claims), AGAIN
    for id_, claim in claims.items():
        row = recorded[id_]
        assert (row["claim"], row["by"], row["system"]) == (claim.says, claim.by, claim.system), (
            AGAIN
        )
        assert row["evidence"] == evidence_verdict(claim), f"{id_}: {AGAIN}"
        assert row["model"] in CLAIM_VERDICTS
        assert row["leans"] in ("", *LEANS.values())
        assert claim.caution in row["why"], AGAIN


def test_it_is_the_ledger_of_the_documentation():
    text = PAGE.read_text(encoding="utf-8")
    for row in ledger():
        model = f"{row['model']} ({row['leans']})" if row["leans"] else row["model"]
        claim = row["claim"].replace("|", "\\|")
        line = f"| {row['system']} | {claim} | {row['evidence']} | {model} |"
        assert line in text, f"{row['id']}: {AGAIN}"
        assert re.search(rf"\(`{re.escape(row['id'])}`\)", text)
        assert row["model_why"] in text, f"{row['id']}: {AGAIN}"


def test_recording_writes_what_is_read(claims, tmp_path):
    claim = next(iter(claims.values()))
    entry = SimpleNamespace(
        claim=claim, bearings=(), evidence="open", model="open", leaning="supported", differ=False,
    )  # fmt: skip
    path = record_ledger([entry], tmp_path / "ledger.json")  # type: ignore[list-item]
    assert '"leans": "leans for it"' in path.read_text(encoding="utf-8")
    assert set(entry_row(entry)) == set(ledger()[0])  # type: ignore[arg-type]
