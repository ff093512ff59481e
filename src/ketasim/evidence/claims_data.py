"""A claim, read: what is said, by whom, and what bears on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ketasim.evidence.finding import Finding

RULES = {
    "weigh": "what speaks for it is weighed against what speaks against it",
    "every": "it says something of every case, so one case against it refutes it",
    "some": "it says that something exists, so one case is enough",
}
IMPLIED = {"blocked": ("attenuated",), "prolonged": ("kept",)}
"""What is seen with each word as well: an effect that is gone is also less."""


@dataclass(frozen=True)
class Expected:
    """What would have to be seen if the claim were true.

    Attributes
    ----------
    directions : tuple of str
        Any of these would do; none for a value.
    at_least, at_most : float
        Bounds of a value, in the unit of the finding; infinite where there is none.
    """

    directions: tuple[str, ...] = ()
    at_least: float = float("-inf")
    at_most: float = float("inf")

    def sees(self, direction: str) -> bool:
        """Whether a direction is what the claim expects."""
        return bool({direction, *IMPLIED.get(direction, ())} & set(self.directions))

    def holds(self, value: float) -> bool:
        """Whether a value lies within the bounds."""
        return self.at_least <= value <= self.at_most


@dataclass(frozen=True, eq=False)
class Link:
    """Something that bears on a claim: a published finding, or a simulation alone.

    Attributes
    ----------
    finding : Finding
        As published; of a simulation, what the claim expects in place of what was seen.
    expected : Expected
    what : str
        Of a simulation: what is simulated, in plain words. Empty for a published finding.
    laboratory : str
        Who did the experiment; studies of one laboratory do not confirm each other.
    """

    finding: Finding
    expected: Expected
    what: str = ""
    laboratory: str = ""

    @property
    def published(self) -> bool:
        """Whether somebody observed it."""
        return not self.what


@dataclass(frozen=True, eq=False)
class Claim:
    """Something that articles say.

    Attributes
    ----------
    id, says, by, system, rule, file : str
        ``system`` is a key of `ketasim.evidence.systems.SYSTEMS`; ``rule`` one of `RULES`.
    links : tuple of Link
        Findings first.
    caution : str
        What to keep in mind, in a sentence.
    half_lives : bool
        Whether the entry on ketamine's half-lives belongs to it.
    """

    id: str
    says: str
    by: str
    system: str
    rule: str
    file: str
    links: tuple[Link, ...]
    caution: str = ""
    half_lives: bool = False

    @property
    def findings(self) -> tuple[Link, ...]:
        """What was published."""
        return tuple(link for link in self.links if link.published)

    @property
    def simulations(self) -> tuple[Link, ...]:
        """What is only simulated."""
        return tuple(link for link in self.links if not link.published)
