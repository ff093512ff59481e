"""How the result of a study looks in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ketasim.html_tables import shown, table

if TYPE_CHECKING:
    from ketasim.report.study_result import StudyResult


def study_result_html(result: StudyResult) -> str:
    """Return a study's result as HTML: what each arm was given, and its scores by time."""
    answer = result.answer
    facts = (
        ("question", result.study.question),
        ("population", str(result.setup.population)),
        ("model", result.setup.model.name),
        ("took", f"{result.seconds:.1f} s"),
    )
    arms = [(a.name, a.regimen, a.n, a.failed or None) for a in result.arms.values()]
    parts = [table(("arm", "given", "n", "failed"), arms)]
    times = list(dict.fromkeys(t for arm in answer["arms"].values() for t in arm["MADRS"]))
    if times:
        rows = [row for name, arm in answer["arms"].items() for row in _rows(name, arm, times)]
        parts.append(table(("arm", "", *times), rows, "MADRS (mean, points) and shares"))
    note = "report: .save(folder); pictures: .figure(name). For research; not medical advice."
    return shown("StudyResult", result.study.title, facts, parts, note)


def _rows(name: str, arm: dict[str, Any], times: list[str]) -> list[tuple[object, ...]]:
    """Return the lines of one arm: mean, responders, remitters."""
    means = (_tenths(arm["MADRS"].get(t)) for t in times)
    lines: list[tuple[object, ...]] = [(name, "mean", *means)]
    for word in ("response", "remission"):
        shares = [arm[word].get(time) for time in times]
        told = ["" if share is None else f"{100 * share:.0f}\u00a0%" for share in shares]
        lines.append(("", word, *told))
    return lines


def _tenths(points: float | None) -> float | None:
    return None if points is None else round(points, 1)
