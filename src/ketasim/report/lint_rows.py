"""What lint finds in a model, as the report takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ketasim.report.contents import LintRow

if TYPE_CHECKING:
    from ketasim.model import Model


def lint_rows(model: Model) -> list[LintRow]:
    """Return the findings, errors first; one "ok" row when there is none."""
    from ketasim.model.lint import lint

    found = sorted(lint(model), key=lambda finding: finding.severity)
    if not found:
        return [LintRow("ok", "all", "model", "nothing found")]
    return [LintRow(f.severity, f.check, f.where, f.message) for f in found]
