"""The tables of a tournament's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ketasim.report import tournament_words as words
from ketasim.report.phrases import number, percent, points
from ketasim.report.tables import escape, table

if TYPE_CHECKING:
    from ketasim.inference.tournament.summary import Judged, Proposed, Summary

DECISIVE = 12
RIVALS = 2
ALIKE = 0.01
"""Chances that differ by less are printed alike."""


def chance(value: float) -> str:
    """Write a chance with two digits, never a little as nothing.

    >>> chance(0.123), chance(0.0004), chance(1.0)
    ('0.12', '<0.01', '1.00')
    """
    return "<0.01" if 0 < value < 0.005 else f"{value:.2f}"


def word(each: Judged) -> str:
    """Return what was reported, escaped, with a true minus sign."""
    text = escape(each.word)
    return f"−{text[1:]}" if text.startswith("-") else text


def _what(each: Judged) -> str:
    return f"{escape(each.what)}<br><small>{escape(each.title)}; {escape(each.id)}</small>"


def failed_table(found: Summary, first: int = 0, last: int | None = None) -> str:
    """Return what every hypothesis fails, the worst first."""
    rows = [
        [
            _what(each),
            word(each) + ("<br><small>contested</small>" if each.contested else ""),
            chance(max(each.chances)),
            "all alike" if _alike(each) else escape(found.hypotheses[each.best].title),
            "chooses" if each.role == "calibrate" else "held\u00a0out",
        ]
        for each in found.failed[first:last]
    ]
    head = ["report", "reported", "best chance", "under", "role"]
    return table("Reports that every hypothesis fails, the worst first", head, rows, (2,))


def _alike(each: Judged) -> bool:
    return max(each.chances) - min(each.chances) < ALIKE


def weights_table(found: Summary) -> str:
    """Return weights, stacking weights and log evidence."""
    rows = []
    for k in found.ranking:
        each = found.hypotheses[k]
        stacked = "–" if each.stacking is None else percent(each.stacking)
        rows.append(
            [
                escape(each.title),
                escape(words.span(each)),
                escape(stacked),
                _log(each.log_chosen, each.log_chosen_error),
                _log(each.log_held_out, each.log_held_out_error),
            ]
        )
    head = ["hypothesis", "weight (Monte Carlo 90 %)", "stacking",
            "log evidence,<br>reports that choose", "held out"]  # fmt: skip
    return table("Weights, and the evidence they come from", head, rows, (1, 2, 3, 4))


def _log(value: float, error: float) -> str:
    return f"{value:.1f} <small>± {error:.1f}</small>".replace("-", "−")


def shifts_table(found: Summary) -> str:
    """Return weights of the heaviest after every change."""
    shown = words.leading(found, 5)
    rows = []
    for each in sorted(found.shifts, key=lambda s: s.weights[shown[0]]):
        k_hat = "–" if each.k_hat is None else f"{each.k_hat:.2f}"
        rough = " rough" if (each.k_hat or 0.0) > words.TRUSTED_K else ""
        rows.append(
            [escape(each.change), *(percent(each.weights[k]) for k in shown), k_hat + rough]
        )
    head = ["change", *(escape(found.hypotheses[k].title) for k in shown), "k-hat"]
    caption = "Weights after each change, the leader's least first"
    return table(caption, head, rows, tuple(range(1, len(head))))


def decided_tables(found: Summary) -> str:
    """Return the reports that count most between the leader and each of its nearest rivals."""
    what = {each.id: each for each in found.reports}
    told = []
    for rival in (found.hypotheses[k].name for k in found.ranking[1 : 1 + RIVALS]):
        rows = []
        own = [each for each in found.decided if each.rival == rival]
        for each in sorted(own, key=lambda row: -abs(row.difference))[:DECISIVE]:
            report = what.get(each.id)
            rows.append(
                [escape(each.what or each.id) if report is None else _what(report),
                 "" if report is None else word(report),
                 f"{each.difference:+.2f}".replace("-", "−"), chance(each.leader_chance),
                 chance(each.rival_chance)]
            )  # fmt: skip
        head = ["report", "reported", "log odds", "leader's chance", "rival's chance"]
        caption = (
            f"{found.leader.title} against {found.title_of(rival)}: the reports that count most "
            "(log odds above zero: for the leader)"
        )
        told.append(table(caption, head, rows, (2, 3, 4)) if rows else "")
    return "\n".join(told)


def chances_table(found: Summary) -> str:
    """Return every report with its chance under the heaviest hypotheses."""
    shown = words.leading(found, 6)
    rows = []
    for each in sorted(found.reports, key=lambda r: max(r.chances) / r.if_wrong):
        cells = [
            f"{chance(each.chances[k])}{' ×' if each.chances[k] < each.if_wrong else ''}"
            for k in shown
        ]
        rows.append([_what(each), word(each), *cells])
    head = ["report", "reported", *(escape(found.hypotheses[k].title) for k in shown)]
    caption = "Chance of each report (×: likelier if the report were wrong); worst explained first"
    return table(caption, head, rows, tuple(range(2, len(head))))


def carried_table(found: Summary) -> str:
    """Return every share with its interval, and points."""
    rows = []
    for each in found.carried:
        told = [each.points, each.alone, each.lost_without, each.blocked]
        rows.append(
            [escape(each.title), escape(each.drug), escape(each.time),
             f"{percent(each.share)} <small>({percent(each.low)} to {percent(each.high)})</small>",
             *("–" if value is None else points(value) for value in told)]
        )  # fmt: skip
    head = ["mechanism", "drug", "time", "share (middle 90 %)", "points", "alone", "lost without",
            "lost blocked"]  # fmt: skip
    caption = (
        "Share of the effect carried by each mechanism; MADRS points of that, of it alone, lost "
        "without it, and lost where it is blocked below rest"
    )
    return table(caption, head, rows, (3, 4, 5, 6, 7))


def together_table(found: Summary) -> str:
    """Return what pairs of mechanisms do only together, the most first."""
    title = {row.mechanism: row.title for row in found.carried}
    rows = [
        [
            f"{escape(title.get(each.first, each.first))} × "
            f"{escape(title.get(each.second, each.second))}",
            escape(each.drug),
            escape(each.time),
            f"{points(each.points)} <small>({points(each.low)} to {points(each.high)})</small>",
        ]
        for each in sorted(found.together, key=lambda row: -abs(row.points))[:DECISIVE]
    ]
    head = ["pair", "drug", "time", "MADRS points (middle 90 %)"]
    caption = "What two mechanisms do only together (below zero: one stands in for the other)"
    return table(caption, head, rows, (3,))


def known_table(found: Summary) -> str:
    """Return every parameter under every hypothesis that has it."""
    rows = []
    for each in sorted(found.known, key=lambda row: (row.parameter, -row.contraction)):
        prior = "–"
        if each.prior_low is not None and each.prior_high is not None:
            prior = f"{number(each.prior_low, 2)} to {number(each.prior_high, 2)}"
        ends = [number(end, 2) if end is not None else "open"
                for end in (each.profile_low, each.profile_high)]  # fmt: skip
        profiled = each.profile_low is not None or each.profile_high is not None
        rows.append(
            [f"<code>{escape(each.parameter)}</code><br><small>{escape(each.what)}</small>",
             escape(found.title_of(each.hypothesis)), percent(each.contraction),
             "yes" if each.informed else "no", words.known_span(each), prior,
             " to ".join(ends) if profiled else "–"]
        )  # fmt: skip
    head = ["parameter", "hypothesis", "contraction", "informed", "median (middle 90 %)",
            "prior", "profile limits"]  # fmt: skip
    return table("Parameters before and after the evidence", head, rows, (2, 4, 5, 6))


def proposed_table(found: Summary) -> str:
    """Return experiments, the most telling first, with what each hypothesis expects."""
    rows = []
    for each in sorted(found.proposed, key=lambda row: row.rank):
        error = f" <small>± {number(each.bits_error, 1)}</small>" if _told(each.bits_error) else ""
        needed = "none tried" if each.n_to_separate is None else str(each.n_to_separate)
        rows.append(
            [f"{each.rank}. {escape(each.design)}", _expected(found, each),
             number(each.bits, 2) + error, str(each.n), needed]
        )  # fmt: skip
    head = ["experiment", "what each expects", "bits", "n", "n to separate"]
    caption = (
        "Experiments that tell most, and what each hypothesis expects to be reported (and how "
        "surely); n: individuals in each group"
    )
    return table(caption, head, rows, (2, 3, 4))


def _told(error: float | None) -> bool:
    """Return whether an error is large enough to be printed beside two decimals."""
    return error is not None and error >= 0.005


def _expected(found: Summary, each: Proposed) -> str:
    """Write who expects what, the heaviest hypotheses first."""
    told: dict[str, list[str]] = {}
    for k in words.leading(found):
        if k < len(each.predicted) and each.predicted[k]:
            sure = f" {percent(each.chances[k])}" if k < len(each.chances) else ""
            told.setdefault(each.predicted[k], []).append(found.hypotheses[k].title + sure)
    return "<br>".join(
        f"<strong>{escape(outcome)}</strong> <small>{escape(', '.join(who))}</small>"
        for outcome, who in told.items()
    )
