"""A trial small enough to run in a test, and others made from it."""

from __future__ import annotations

from ketasim.trial.trial_file import Trial, read_trial

SMALL = """
title = "Small"
seed = 3

[population]
name = "trd"
baseline = { mean = 33, sd = 5 }
entry = { scale = "MADRS", minimum = 27 }
overrides = { age = [21, 80] }

[design]
kind = "parallel"
n = 12
visits = ["2 h", "24 h"]
dropout = false

[[arms]]
name = "ketamine"
allocation = 2
regimen = [{ drug = "ketamine", dose = "0.5 mg/kg", route = "infusion", over = "40 min" }]

[[arms]]
name = "saline"
allocation = 1
control = true
regimen = [{ drug = "saline" }]

[[endpoints]]
name = "day 1"
endpoint = "change"
at = "24 h"
primary = true

[[endpoints]]
name = "responders"
endpoint = "response"
at = "24 h"
"""

CROSSOVER = (
    ('kind = "parallel"', 'kind = "crossover"\nwashout = "6 d"'),
    ("allocation = 2", ""),
    ("allocation = 1", ""),
)
LEAD_IN = """
[lead_in]
regimen = [
  { drug = "ketamine", dose = "0.5 mg/kg", over = "40 min", every = "48 h", times = 2 },
]
until = "72 h"
randomise = "responders"

[[arms]]
name = "ketamine"
"""
WITHDRAWAL = (
    ('kind = "parallel"', 'kind = "randomised withdrawal"'),
    ('visits = ["2 h", "24 h"]', 'visits = ["24 h", "7 d", "14 d"]'),
    ('\n[[arms]]\nname = "ketamine"\n', LEAD_IN),
    ("allocation = 2", "allocation = 1"),
    (
        'endpoint = "response"\nat = "24 h"',
        'endpoint = "time to relapse"',
    ),
)


def changed(*changes: tuple[str, str]) -> str:
    """Return the text of the small trial, each (old, new) of it exchanged."""
    text = SMALL
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def small(*changes: tuple[str, str]) -> Trial:
    """Return the small trial, changed and read."""
    return read_trial(changed(*changes), "t.toml")
