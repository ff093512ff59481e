"""Lint, for the terminal and for the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ketasim.model import Finding, Model


def lint_findings(model: Model | None = None) -> list[Finding]:
    """Return what lint finds in a model, errors first; default: the whole one, and companions."""
    from ketasim.model import assemble, companion_names
    from ketasim.model.lint import lint

    models = [model] if model else [assemble(), *(assemble([c]) for c in companion_names())]
    found = [finding for each in models for finding in lint(each)]
    return sorted(found, key=lambda finding: finding.severity)
