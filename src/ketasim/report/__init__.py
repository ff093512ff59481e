"""The report of a study: one self-contained HTML page, and its pictures as files."""

from __future__ import annotations

import os
from pathlib import Path

from ketasim.report.contents import (
    AttributionTable,
    Check,
    Dose,
    LintRow,
    MechanismRow,
    ParameterRow,
    ReportInput,
)
from ketasim.report.files import write_file

__all__ = [
    "AttributionTable",
    "Check",
    "Dose",
    "LintRow",
    "MechanismRow",
    "ParameterRow",
    "ReportInput",
    "save_figures",
    "write_report",
]


def write_report(contents: ReportInput, path: str | os.PathLike[str]) -> Path:
    """Write the report as one HTML file that asks nothing of the network.

    Parameters
    ----------
    contents : ReportInput
    path : path
        The file; missing folders are made. It is written whole or not at all.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    UserError
        When the folder cannot be made or written to.
    """
    from ketasim.report.page import page

    return write_file(path, page(contents).encode("utf-8"))


def save_figures(contents: ReportInput, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write every picture, and the overview for a README, as SVG and PNG; return the files."""
    from ketasim.report import figures

    return figures.save_figures(contents, folder)
