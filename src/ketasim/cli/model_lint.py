"""Lint of the shipped model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ketasim.model import Finding
    from ketasim.report.contents import LintRow


def lint_findings() -> list[Finding]:
    """Return what lint finds in the whole model, errors first."""
    from ketasim.model import assemble
    from ketasim.model.lint import lint

    return sorted(lint(assemble()), key=lambda finding: finding.severity)


def lint_rows() -> list[LintRow]:
    """Return the findings as the report takes them; one "ok" row when there is none."""
    from ketasim.report.contents import LintRow

    found = lint_findings()
    if not found:
        return [LintRow("ok", "all", "model", "nothing found")]
    return [LintRow(f.severity, f.check, f.where, f.message) for f in found]
