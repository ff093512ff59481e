"""Questions that several tests ask."""

from __future__ import annotations

from typing import Any

from ketasim.explorer.question import Question, read_question

INFUSION = {"drug": "ketamine", "dose": "0.5 mg/kg", "route": "infusion", "over": "40 min"}
SALINE = {"drug": "saline", "over": "40 min"}


def plain(**changes: Any) -> dict[str, Any]:
    """Return one infusion against saline as plain data, with changes."""
    arms = [{"name": "ketamine", "steps": [INFUSION]}, {"name": "saline", "steps": [SALINE]}]
    return {"v": 1, "until_d": 3, "arms": arms, "control": "saline", "n": 12, **changes}


def question(**changes: Any) -> Question:
    """Return one infusion against saline, with changes."""
    return read_question(plain(**changes))
