"""Published experiments that took something away, and the recorded verdict on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ketasim.evidence import load_findings, read_baseline
from ketasim.evidence.finding import LEFT
from ketasim.evidence.perturbations import perturbation

if TYPE_CHECKING:
    from ketasim.evidence import Finding
    from ketasim.model import Model

JUDGED = ("reproduced", "contradicted", "not resolved")


@dataclass(frozen=True)
class RemovalFinding:
    """One experiment with one thing taken away.

    Attributes
    ----------
    id, study, perturbation : str
    direction : str
        What was left of the drug's effect: blocked, attenuated, kept or prolonged.
    verdict : str
        As recorded with this version: reproduced, contradicted or not resolved.
    contested : bool
        Whether another finding says otherwise.
    """

    id: str
    study: str
    perturbation: str
    direction: str
    verdict: str
    contested: bool


def removal_findings(model: Model, names: Sequence[str]) -> dict[str, tuple[RemovalFinding, ...]]:
    """Return the findings on each removal.

    Parameters
    ----------
    model : Model
    names : sequence of str
        Mechanisms, which get the findings whose perturbation acts on an event input of theirs
        or on a parameter in their table alone; and perturbations, which get their own.
    """
    owners = _owners(model)
    found: dict[str, list[RemovalFinding]] = {name: [] for name in names}
    for finding in _findings():
        if finding.perturbation in found:
            found[finding.perturbation].append(finding)
        acted = {owners.get(symbol, "") for symbol, _ in perturbation(finding.perturbation).sets}
        if len(acted) == 1 and (owner := acted.pop()) in found:
            found[owner].append(finding)
    return {name: tuple(rows) for name, rows in found.items()}


def _owners(model: Model) -> dict[str, str]:
    """Return the mechanism that each event input and each unshared parameter belongs to."""
    owners: dict[str, str] = {}
    shared: set[str] = set()
    for mechanism in model.wiring.mechanisms:
        for symbol in mechanism.event_inputs:
            shared |= {symbol} if symbol in owners else set()
            owners[symbol] = mechanism.name
    return {symbol: owner for symbol, owner in owners.items() if symbol not in shared}


@cache
def _findings() -> tuple[RemovalFinding, ...]:
    """Return every judged finding in which one perturbation met the drug."""
    verdicts = read_baseline()
    found = []
    for finding in load_findings():
        word = _alone(finding)
        if word and verdicts.get(finding.id) in JUDGED:
            found.append(
                RemovalFinding(
                    finding.id, finding.study, word, finding.direction,
                    verdicts[finding.id], bool(finding.contested),
                )
            )  # fmt: skip
    return tuple(found)


def _alone(finding: Finding) -> str:
    """Return the one perturbation of a finding that tells what it left of an effect."""
    if finding.direction not in LEFT or finding.arm is None:
        return ""
    before = finding.reference.perturbations if finding.reference else ()
    added = [word for word in finding.arm.perturbations if word not in before]
    return perturbation(added[0]).name if len(added) == 1 else ""
