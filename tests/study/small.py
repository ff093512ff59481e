"""A study small enough to run in a test, and mistakes one may make in it."""

from __future__ import annotations

from pathlib import Path

SMALL = """
title = "Small"
n = 6
seed = 3
control = "saline"
outputs = ["Cket", "MADRS", "CADSS"]
mechanisms = "all"

[times]
until = "26 h"
every = "2 h"

[population]
name = "trd"

[[arms]]
name = "ketamine"

[[arms.regimen]]
drug = "ketamine"
dose = "0.5 mg/kg"
over = "40 min"

[[arms]]
name = "saline"

[[arms.regimen]]
drug = "saline"

[attribution]
times = ["24 h"]
readings = ["rest"]
n = 2
"""


def small_study(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the small study, each (old, new) text of it exchanged, and return the file."""
    text = SMALL
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    file = folder / "small.toml"
    file.write_text(text, encoding="utf-8")
    return file
