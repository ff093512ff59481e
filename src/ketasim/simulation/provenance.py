"""What a result was made with."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

_PACKAGES = ("ketasim", "numpy", "numba", "llvmlite", "python-libsbml", "antimony", "xarray")


@cache
def source_digest() -> str:
    """Return a SHA-256 of what shapes the numbers in this installation: equations, tables, code.

    The version alone does not tell two states of a checkout apart.
    """
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for layer in ("engine", "model", "dosing", "population", "simulation"):
        for file in sorted((package / layer).rglob("*")):
            if file.suffix in (".py", ".csv", ".toml"):
                digest.update(file.relative_to(package).as_posix().encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def made_with() -> dict[str, Any]:
    """Return what must be the same for numbers to be the same to the last bit."""
    from ketasim.engine.machine_code import fingerprint

    processor = hashlib.sha256(fingerprint().encode()).hexdigest()
    return {"versions": versions(), "program": source_digest()[:16], "processor": processor[:16]}


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that shape the numbers."""
    return dict(_versions())


@cache
def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found
