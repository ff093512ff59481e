"""The answer of a study on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ketasim.report.answer import PEAKS

if TYPE_CHECKING:
    from rich.table import Table

SHOWN_CARRIERS = 4


def answer_table(found: dict[str, Any]) -> Table:
    """Return MADRS, responders and remitters of each arm by time, as a table for a terminal."""
    from rich import box
    from rich.table import Table

    times = list(dict.fromkeys(t for arm in found["arms"].values() for t in arm["MADRS"]))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for time in times:
        table.add_column(time, justify="right")
    rows = (("MADRS, mean points", "MADRS", 1, ".1f"), ("responders, %", "response", 100, ".0f"))
    for title, key, factor, form in (*rows, ("remitters, %", "remission", 100, ".0f")):
        for name, arm in found["arms"].items():
            cells = [format(factor * arm[key][t], form) if t in arm[key] else "" for t in times]
            table.add_row(f"{title}: {name}", *cells)
        table.add_section()
    if found["advantage"]:
        cells = [format(found["advantage"].get(t, float("nan")), ".1f") for t in times]
        table.add_row(f"points below {found['control_arm']}", *cells)
    return table


def answer_lines(found: dict[str, Any]) -> list[str]:
    """Return what does not fit the table: peaks, and who carries the effect when."""
    from ketasim.report.phrases import duration

    lines = []
    arm = found["main_arm"]
    for name, peak in found["arms"][arm]["peak"].items():
        if "value" in peak:
            size = f"{peak['value']:.3g} {peak['unit']}"
            lines.append(f"{PEAKS[name]}, {arm}: mean peak {size} at {duration(peak['time_h'])}")
    for reading, by_time in found["attribution"].items():
        lines.append(f"points of the fall in MADRS, {arm}, each mechanism {reading}:")
        for time, shares in by_time.items():
            lines.append(f"  {duration(float(time.removesuffix(' h'))):>7}  {_largest(shares)}")
    return lines


def check_line(told: dict[str, Any]) -> str:
    """Return what a check of the engine's own error found, in one line."""
    if not told["individuals"]:
        return "nobody could be compared with the reference"
    name, worst = max(told["outputs"].items(), key=lambda pair: pair[1]["largest"])
    beyond = max(one["beyond"] for one in told["outputs"].values())
    return (
        f"largest error {worst['largest']:.1e} of {name}'s largest value ({worst['points']:.2g} "
        f"{worst['unit']}) in {len(told['individuals'])} individuals against {told['solver']}; "
        f"beyond a shift of time {beyond:.1e}, promised {told['promise']:.0e}"
    )


def _largest(shares: dict[str, float]) -> str:
    order: Sequence[str] = sorted(shares, key=lambda name: -abs(shares[name]))
    return ", ".join(f"{name} {shares[name]:+.1f}" for name in order[:SHOWN_CARRIERS])
