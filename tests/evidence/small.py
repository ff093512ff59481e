"""A small study file, and findings read from it."""

from __future__ import annotations

from ketasim.evidence import Finding, read_findings

SMALL = """
title = "Small 2026"
source = "Small 2026"
verified = "page"
n = 9

[population]
overrides = { WT = 70, age = [20, 35] }

[[arm]]
name = "iv"
regimen = [{ drug = "ketamine", dose = "5 mg", route = "infusion", over = "30 min" }]

[[arm]]
name = "oral"
overrides = { WT = [60, 80] }
regimen = [{ drug = "ketamine", dose = "0.5 mg/kg", route = "oral" }]

[[finding]]
id = "iv_cl"
arm = "iv"
analyte = "S-ketamine"
site = "venous"
measure = "clearance"
value = 90
unit = "L/h"
dispersion = { sd = 18 }

[[finding]]
id = "oral_f"
role = "calibrate"
arm = "oral"
comparator = "iv"
analyte = "ketamine"
site = "venous"
measure = "F"
value = 15
unit = "%"
"""


def small(*changes: tuple[str, str]) -> str:
    """Return the small file with each ``old`` replaced once by its ``new``."""
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def findings(*changes: tuple[str, str]) -> dict[str, Finding]:
    """Return the findings of the small file, by id."""
    return {each.id: each for each in read_findings(small(*changes), "small.toml")}


def one(lines: str, arm: str = 'arm = "iv"') -> Finding:
    """Return one venous S-ketamine finding with other ``lines`` of TOML."""
    head = SMALL.split("[[finding]]", maxsplit=1)[0]
    body = f'[[finding]]\nid = "x"\n{arm}\nanalyte = "S-ketamine"\nsite = "venous"\n{lines}\n'
    return read_findings(head + body, "small.toml")[0]
