"""The ledger of claims as it was recorded last, so that showing it simulates nothing.

``ketasim ledger --record`` writes ``ledger.json`` from a run. What was published needs no run: it
is judged anew in ``tests/explorer/test_ledger.py``, which fails where the record has grown old.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ketasim.evidence.claims_verdicts import Judged

RECORD = "ledger.json"


@cache
def ledger() -> tuple[dict[str, Any], ...]:
    """Return the recorded entries: id, claim, evidence, model, why, sources and more."""
    text = files("ketasim.explorer").joinpath(RECORD).read_text(encoding="utf-8")
    return tuple(json.loads(text)["claims"])


def record_ledger(entries: Sequence[Judged], path: Path | None = None) -> Path:
    """Write what a run found beside this file, or to ``path``."""
    from ketasim import __version__
    from ketasim.report.files import write_file

    target = path or Path(__file__).parent / RECORD
    whole = {"ketasim": __version__, "claims": [entry_row(entry) for entry in entries]}
    text = json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
    return write_file(target, text.encode("utf-8"))


def entry_row(entry: Judged) -> dict[str, Any]:
    """Return one entry as plain data."""
    from ketasim.report import ledger_words as words

    claim = entry.claim
    said = (words.evidence_sentences(entry), words.relation(entry), claim.caution)
    return {
        "id": claim.id,
        "system": claim.system,
        "claim": claim.says,
        "by": claim.by,
        "evidence": entry.evidence,
        "model": entry.model,
        "leans": words.LEANS.get(entry.leaning, ""),
        "why": " ".join(text for text in said if text),
        "model_why": words.model_sentences(entry),
        "sources": list(
            dict.fromkeys(b.link.finding.title for b in entry.bearings if b.link.published)
        ),
    }
