"""A small trial file, findings read from it, and groups of made-up patients."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ketasim.evidence import Finding, read_findings
from ketasim.evidence.clinical_statistics import Groups

TRIAL = """
title = "Toy 2026: one infusion"
source = "Toy 2026"
verified = "page"
systems = ["S10"]

[population]
baseline = { mean = 33, sd = 5 }
entry = { minimum = 28 }

[trial]

[[arm]]
name = "ketamine"
n = 20
regimen = [{ drug = "ketamine", dose = "0.5 mg/kg", route = "infusion", over = "40 min" }]

[[arm]]
name = "saline"
n = 15
regimen = [{ drug = "saline", route = "infusion", over = "40 min" }]

[[finding]]
id = "toy_change"
role = "calibrate"
arm = "ketamine"
endpoint = "change"
at = "24 h"
value = -15
unit = "points"
dispersion = { sd = 10 }
"""

LAST = """
[[finding]]
id = "x"
arm = "ketamine"
"""


def trial(*changes: tuple[str, str]) -> str:
    """Return the trial file with each ``old`` replaced once by its ``new``."""
    text = TRIAL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def finding(lines: str, *changes: tuple[str, str]) -> Finding:
    """Return one finding on the arm on ketamine with these ``lines`` of TOML."""
    return read_findings(trial(*changes) + LAST + lines + "\n", "toy.toml")[-1]


def groups(values: ArrayLike, happened: ArrayLike | None = None) -> Groups:
    """Return groups of these values; nothing happened, baselines 0, unless told."""
    given = np.asarray(values, dtype=float)
    seen = np.zeros(given.shape, bool) if happened is None else np.asarray(happened, bool)
    return Groups(given, seen, np.zeros(given.shape))
