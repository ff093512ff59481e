"""Study files about mechanisms, small: a bath, and mice with an antagonist."""

from __future__ import annotations

from ketasim.evidence import Finding, read_findings

BATH = """
title = "Bath 2026"
source = "Bath 2026"
verified = "page"
preparation = "bath"
systems = ["S1"]

[[arm]]
name = "vehicle"

[[arm]]
name = "ketamine"
regimen = [{ drug = "ketamine", dose = "10 uM", route = "bath", for = "15 min" }]

[[finding]]
id = "bath_camp"
arm = "ketamine"
comparator = "vehicle"
output = "cAMP"
measure = "value"
at = "15 min"
direction = "up"
"""
MICE = """
title = "Mice 2026"
source = "Mice 2026"
verified = "page"
preparation = "mouse"
systems = ["S3"]

[[arm]]
name = "vehicle"

[[arm]]
name = "NBQX"
perturbations = [{ name = "NBQX", at = "-30 min", for = "8 h" }]

[[arm]]
name = "ketamine"
regimen = [{ drug = "ketamine", dose = "10 mg/kg", route = "ip" }]

[[arm]]
name = "both"
regimen = [{ drug = "ketamine", dose = "10 mg/kg", route = "ip" }]
perturbations = [{ name = "NBQX", at = "-30 min", for = "8 h" }]

[[finding]]
id = "nbqx"
arm = "both"
comparator = "NBQX"
reference = "ketamine"
reference_comparator = "vehicle"
output = "antidepressant-like behaviour"
measure = "value"
at = "24 h"
direction = "blocked"
"""


def changed(text: str, *changes: tuple[str, str]) -> str:
    """Return a text with each ``old`` replaced once by its ``new``."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def read(text: str, *changes: tuple[str, str]) -> Finding:
    """Return the one finding of a text."""
    (found,) = read_findings(changed(text, *changes), "bench.toml")
    return found
