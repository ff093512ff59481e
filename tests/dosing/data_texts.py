"""Data files for tests: written as text, in a folder of their own."""

from __future__ import annotations

from pathlib import Path

HEADER = "ID,TIME,AMT,RATE,CMT,EVID,DV,DVID"
DOSE = "1,0,35,52.5,ketamine iv,1,.,."


def write(folder: Path, *lines: str, name: str = "data.csv") -> Path:
    """Write lines and return the file."""
    file = folder / name
    file.write_bytes(("\n".join(lines) + "\n").encode())
    return file
