"""What a result was made with."""

from __future__ import annotations

import platform
from functools import cache
from importlib import metadata

_PACKAGES = ("ketasim", "numpy", "numba", "llvmlite", "python-libsbml", "antimony", "xarray")


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
