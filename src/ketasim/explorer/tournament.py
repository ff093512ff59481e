"""What the page shows of the tournament that ships: the same rows as its report, without reports.

It is part of the catalogue, so that a page that opens from a disk has it, too.
"""

from __future__ import annotations

from typing import Any

MOST_PROPOSED = 10
LEAST_CARRIED = 0.02
"""Mechanisms that carry less than this at every time, of any drug, are not sent."""


def tournament() -> dict[str, Any] | None:
    """Return the tournament that ships as plain data; None where none does."""
    from ketasim.inference.tournament.summary import Summary, shipped_summary

    found: Summary | None = shipped_summary()
    return None if found is None else shown(found)


def shown(found: Any) -> dict[str, Any]:
    """Return what the page needs of a summary, hypotheses by weight."""
    from ketasim.inference.tournament.summary import plain
    from ketasim.report.tournament_words import (
        champion,
        headline,
        overturned,
        shift_words,
        turned_words,
    )

    whole, order = plain(found), found.ranking
    keep = {
        row.mechanism
        for row in found.carried
        if max(abs(row.share), abs(row.high)) >= LEAST_CARRIED
    }
    return {
        "headline": headline(found),
        "findings": len(found.reports),
        "hypotheses": [
            {**row, "champions": [champion(key) for key in row["champions"]]}
            for row in (whole["hypotheses"][k] for k in order)
        ],
        "failed_by_all": [
            {**row, "best_hypothesis": found.title_of(row["best_hypothesis"])}
            for row in whole["failed_by_all"]
        ],
        "sensitivity": [
            *shift_words(found),
            *(turned_words(found, each) for each in overturned(found)),
        ],
        "carried": [row for row in whole["carried"] if row["mechanism"] in keep],
        "proposed": [
            {
                **row,
                "predicted": [row["predicted"][k] for k in order if k < len(row["predicted"])],
                "chances": [row["chances"][k] for k in order if k < len(row["chances"])],
            }
            for row in whole["proposed"]
            if row["about"] == "hypotheses"
        ][:MOST_PROPOSED],
    }
