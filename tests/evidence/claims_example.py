"""A small file of claims on the findings of the small study file, and claims read from it."""

from __future__ import annotations

from collections.abc import Mapping

from ketasim.evidence import Finding
from ketasim.evidence.claims_data import Claim
from ketasim.evidence.claims_reading import read_claims
from tests.evidence.small import findings

CLAIMS = """
[[experiment]]
name = "volunteers"

[[experiment.arm]]
name = "saline"
regimen = [{ drug = "saline", route = "infusion", over = "40 min" }]

[[experiment.arm]]
name = "infusion"
regimen = [{ drug = "ketamine", dose = "0.5 mg/kg", route = "infusion", over = "40 min" }]

[[claim]]
id = "slow"
says = "S-ketamine is cleared slowly."
by = "An article"
system = "S9"
caution = "Slowly means at most 50 L/h."

[[claim.finding]]
id = "iv_cl"
at_most = 50.0

[[claim.check]]
what = "ketamine an hour after the start of an infusion"
experiment = "volunteers"
arm = "infusion"
analyte = "ketamine"
site = "venous"
measure = "concentration"
at = "1 h"
unit = "ng/mL"
at_least = 1000.0

[[claim]]
id = "swallowed"
says = "Little of a swallowed dose arrives."
by = "A textbook"
system = "S9"

[[claim.finding]]
id = "oral_f"
laboratory = "Small"
at_most = 30.0
"""


def example(*changes: tuple[str, str]) -> str:
    """Return the file of claims with each ``old`` replaced once by its ``new``."""
    text = CLAIMS
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def claims(
    *changes: tuple[str, str], known: Mapping[str, Finding] | None = None
) -> dict[str, Claim]:
    """Return the claims of the example, by id."""
    known = findings() if known is None else known
    return {each.id: each for each in read_claims(example(*changes), "claims.toml", known)}
