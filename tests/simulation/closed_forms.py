"""Concentrations that can be written down: the cases of ``docs/closed_forms.csv``.

Each case is a person of a NONMEM-style data file; DV is what its formula gives. Nothing here
uses the engine or the reader. ``python -m tests.simulation.closed_forms`` writes the table.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from dataclasses import dataclass
from math import exp, sqrt
from pathlib import Path

TABLE = Path(__file__).parents[2] / "docs" / "closed_forms.csv"
RECORD = ("TIME", "AMT", "RATE", "DUR", "CMT", "EVID", "ADDL", "II", "SS", "LAG")
# One compartment unless Q2_S is above 0; both enantiomers alike; F by mouth = F_gut*(1 - E_h).
USUAL = {
    "WT": 70.0, "CL_S": 30.0, "V1_S": 100.0, "Q2_S": 0.0, "V2_S": 50.0, "Q3_S": 0.0, "Q4_S": 0.0,
    "r_CL_R": 1.0, "r_V_R": 1.0, "E_h": 0.5, "F_gut": 1.0, "ka_po": 1.2, "F_im": 0.9,
    "ka_im": 4.0, "k_arm": 3.0,
}  # fmt: skip
SLOW = {"CL_S": 5.776226504666211}  # a half-life of 12 h in 100 L
TWO = {"Q2_S": 40.0, "V2_S": 150.0}
SCALE = 1000.0  # mg/L to ng/mL

Terms = list[tuple[float, float]]
"""A sum of exponentials: (factor, rate constant [1/h]) of each."""


@dataclass(frozen=True)
class Case:
    """Dose records, when to look, at what, and the concentration [ng/mL] there.

    An observation at the time of a dose stands before it, or ``behind`` it; with ``anew`` the
    clock of the observations is that of the last reset.
    """

    what: str
    formula: str
    records: tuple[dict[str, float | str], ...]
    at: tuple[float, ...]
    value: Callable[[dict[str, float], float], float]
    changed: dict[str, float]
    seen: str = "cS"
    behind: bool = False
    anew: bool = False


# --- The formulas. Time t [h] since the dose; tau is the interval, T the length of an infusion.


def disposition(p: dict[str, float]) -> Terms:
    """Return the exponentials of a bolus of 1 mg: one compartment, or two."""
    v, k10 = p["V1_S"], p["CL_S"] / p["V1_S"]
    if not p["Q2_S"]:
        return [(1 / v, k10)]
    k12, k21 = p["Q2_S"] / v, p["Q2_S"] / p["V2_S"]
    total, root = k10 + k12 + k21, sqrt((k10 + k12 + k21) ** 2 - 4 * k10 * k21)
    alpha, beta = (total + root) / 2, (total - root) / 2
    return [
        ((alpha - k21) / (alpha - beta) / v, alpha),
        ((k21 - beta) / (alpha - beta) / v, beta),
    ]


def through(terms: Terms, k: float, share: float = 1.0) -> Terms:
    """Return the exponentials behind a first-order step with rate constant k."""
    passed = [(share * a * k / (k - rate), rate) for a, rate in terms]
    return [*passed, (-sum(a for a, _ in passed), k)]


def oral(p: dict[str, float]) -> Terms:
    return through(disposition(p), p["ka_po"], p["F_gut"] * (1 - p["E_h"]))


def muscle(p: dict[str, float]) -> Terms:
    return through(disposition(p), p["ka_im"], p["F_im"])


def arm(p: dict[str, float]) -> Terms:
    return through(disposition(p), p["k_arm"])


def once(terms: Terms, mg: float, t: float) -> float:
    """D * sum a exp(-l t)."""
    return SCALE * mg * sum(a * exp(-rate * t) for a, rate in terms) if t >= 0 else 0.0


def many(terms: Terms, mg: float, t: float, tau: float, n: int) -> float:
    """n doses, the first at 0, t after the last one: sum a (1-exp(-n l tau))/(1-exp(-l tau))."""
    return SCALE * mg * sum(
        a * exp(-rate * t) * (1 - exp(-n * rate * tau)) / (1 - exp(-rate * tau))
        for a, rate in terms
    )  # fmt: skip


def steady(terms: Terms, mg: float, t: float, tau: float) -> float:
    """D * sum a exp(-l t) / (1 - exp(-l tau))."""
    return SCALE * mg * sum(a * exp(-r * t) / (1 - exp(-r * tau)) for a, r in terms)


def infused(terms: Terms, rate: float, length: float, t: float) -> float:
    """R * sum a/l (1-exp(-l t)) while it runs, then (1-exp(-l T)) exp(-l (t-T))."""
    if t < 0:
        return 0.0
    ran = min(t, length)
    return SCALE * rate * sum(
        a / r * (1 - exp(-r * ran)) * exp(-r * (t - ran)) for a, r in terms
    )  # fmt: skip


def steady_infused(terms: Terms, rate: float, length: float, t: float, tau: float) -> float:
    """Infusions of T <= tau every tau, t < tau after one began."""
    before = SCALE * rate * sum(
        a / r * (1 - exp(-r * length)) * exp(-r * (t + tau - length)) / (1 - exp(-r * tau))
        for a, r in terms
    )  # fmt: skip
    return before + infused(terms, rate, length, t)


def steady_overlapping(terms: Terms, rate: float, length: float, t: float, tau: float) -> float:
    """T = n tau + T': n run at any time, plus infusions of T' every tau."""
    n, left = divmod(length, tau)
    return endless(terms, n * rate) + steady_infused(terms, rate, left, t, tau)


def endless(terms: Terms, rate: float) -> float:
    """R / CL."""
    return SCALE * rate * sum(a / r for a, r in terms)


def decayed(terms: Terms, rate: float, t: float) -> float:
    """An endless infusion stopped t ago: R * sum a/l exp(-l t)."""
    return SCALE * rate * sum(a / r * exp(-r * t) for a, r in terms)


# --- The cases.


def dose(time: float = 0, amt: float = 100, cmt: str = "A1_S", **more: float) -> dict:
    return {"TIME": time, "AMT": amt, "CMT": cmt, "EVID": 1, **more}


EARLY = (0.25, 1, 4, 12)
GUT, IM = "Agut_S", "Aim_S"


def cases() -> list[Case]:
    """Return every case."""
    return [*boluses(), *infusions(), *absorbed(), *resets(), *tissues()]


def boluses() -> list[Case]:
    d = disposition
    late = (0.5, 3, 5.9)
    return [
        Case("bolus", "once", (dose(),), EARLY, lambda p, t: once(d(p), 100, t), {}),
        Case("bolus, half-life 12 h", "once", (dose(),), (1, 24, 60),
             lambda p, t: once(d(p), 100, t), SLOW),
        Case("bolus with lag", "once(t-lag)", (dose(LAG=0.75),), (0.5, 1, 4),
             lambda p, t: once(d(p), 100, t - 0.75), {}),
        Case("two boluses", "once + once", (dose(), dose(3, 40)), (1, 3.5, 8),
             lambda p, t: once(d(p), 100, t) + once(d(p), 40, t - 3), {}),
        Case("bolus, just before it", "once", (dose(), dose(6, 50)), (6,),
             lambda p, t: once(d(p), 100, t), {}),
        Case("bolus, just after it", "once + once", (dose(), dose(6, 50)), (6,),
             lambda p, t: once(d(p), 100, t) + once(d(p), 50, t - 6), {}, behind=True),
        Case("bolus, ADDL", "many", (dose(ADDL=5, II=6),), (30.5, 33, 36),
             lambda p, t: many(d(p), 100, t - 30, 6, 6), {}),
        Case("bolus, ADDL, before all are given", "many", (dose(ADDL=5, II=6),), (12.5, 17.9),
             lambda p, t: many(d(p), 100, t - 12, 6, 3), {}),
        Case("bolus, ADDL and lag", "many(t-lag)", (dose(ADDL=3, II=8, LAG=1.5),), (26, 30),
             lambda p, t: many(d(p), 100, t - 25.5, 8, 4), {}),
        Case("bolus, SS", "steady", (dose(II=8, SS=1),), (0.5, 4, 7.5),
             lambda p, t: steady(d(p), 100, t, 8), {}),
        Case("bolus, SS, half-life 12 h", "steady", (dose(II=24, SS=1),), (1, 12, 23),
             lambda p, t: steady(d(p), 100, t, 24), SLOW),
        Case("bolus, SS, then ADDL", "steady", (dose(II=6, SS=1, ADDL=2),), (6.5, 12.5, 17),
             lambda p, t: steady(d(p), 100, t % 6, 6), {}),
        Case("bolus, SS with lag", "steady", (dose(II=6, SS=1, LAG=1),), (0.5, 1.5, 6),
             lambda p, t: steady(d(p), 100, (t - 1) % 6, 6), {}),
        Case("bolus, SS = 2 beside another", "once + steady",
             (dose(0, 300), dose(2, 100, II=6, SS=2)), (2.5, 5, 7.9),
             lambda p, t: once(d(p), 300, t) + steady(d(p), 100, t - 2, 6), {}),
        Case("two trains at steady state, SS = 1 and 2", "steady + steady",
             (dose(0, 100, II=12, SS=1), dose(0, 30, II=6, SS=2)), late,
             lambda p, t: steady(d(p), 100, t, 12) + steady(d(p), 30, t, 6), {}),
    ]  # fmt: skip


def infusions() -> list[Case]:
    d = disposition
    return [
        Case("infusion, RATE", "infused", (dose(RATE=50),), (0.5, 2, 3, 8),
             lambda p, t: infused(d(p), 50, 2, t), {}),
        Case("infusion, DUR", "infused", (dose(DUR=0.5),), (0.25, 0.5, 3),
             lambda p, t: infused(d(p), 200, 0.5, t), {}),
        Case("infusion with lag", "infused(t-lag)", (dose(RATE=50, LAG=0.5),), (1, 2.5, 6),
             lambda p, t: infused(d(p), 50, 2, t - 0.5), {}),
        Case("overlapping infusions", "infused + infused", (dose(RATE=25), dose(1, 60, RATE=20)),
             (0.5, 2, 3.5, 4.5),
             lambda p, t: infused(d(p), 25, 4, t) + infused(d(p), 20, 3, t - 1), {}),
        Case("bolus and infusion", "once + infused", (dose(0, 50), dose(0, 60, RATE=15)),
             (1, 4, 7), lambda p, t: once(d(p), 50, t) + infused(d(p), 15, 4, t), {}),
        Case("infusions, ADDL", "infused, summed", (dose(ADDL=2, II=8, RATE=50),), (9, 17, 19),
             lambda p, t: sum(infused(d(p), 50, 2, t - 8 * n) for n in range(3)), {}),
        Case("infusions longer than II, ADDL", "infused, summed",
             (dose(ADDL=3, II=3, RATE=20),), (4, 8, 13.5, 16),
             lambda p, t: sum(infused(d(p), 20, 5, t - 3 * n) for n in range(4)), {}),
        Case("infusion, SS", "steady_infused", (dose(RATE=50, II=8, SS=1),), (0.5, 2, 4, 7.9),
             lambda p, t: steady_infused(d(p), 50, 2, t, 8), {}),
        Case("infusion, SS, half-life 12 h", "steady_infused", (dose(RATE=25, II=12, SS=1),),
             (1, 4, 11), lambda p, t: steady_infused(d(p), 25, 4, t, 12), SLOW),
        Case("infusion longer than II, SS", "steady_overlapping",
             (dose(RATE=10, II=6, SS=1),), (1, 3.9, 4.1, 5.9),
             lambda p, t: steady_overlapping(d(p), 10, 10, t, 6), {}),
        Case("infusion of twice II, SS", "steady_overlapping", (dose(0, 120, RATE=10, II=6, SS=1),),
             (1, 5), lambda p, t: steady_overlapping(d(p), 10, 12, t, 6), {}),
        Case("endless infusion, SS", "decayed", (dose(0, 0, RATE=20, SS=1),), (0, 1, 6),
             lambda p, t: decayed(d(p), 20, t), {}, behind=True),
        Case("endless infusion, SS, half-life 12 h", "decayed", (dose(0, 0, RATE=5, SS=1),),
             (1, 30), lambda p, t: decayed(d(p), 5, t), SLOW),
        Case("endless infusion, SS, going on", "decayed + infused",
             (dose(0, 0, RATE=20, SS=1), dose(0, 60, RATE=20)), (1, 2.9, 5),
             lambda p, t: decayed(d(p), 20, t) + infused(d(p), 20, 3, t), {}),
    ]  # fmt: skip


def absorbed() -> list[Case]:
    return [
        Case("by mouth", "once(through ka)", (dose(0, 200, GUT),), EARLY,
             lambda p, t: once(oral(p), 200, t), {}),
        Case("by mouth with lag", "once(through ka, t-lag)", (dose(0, 200, GUT, LAG=0.4),),
             (0.3, 1, 5), lambda p, t: once(oral(p), 200, t - 0.4), {}),
        Case("by mouth, ADDL", "many(through ka)", (dose(0, 200, GUT, ADDL=4, II=12),),
             (49, 52, 60), lambda p, t: many(oral(p), 200, t - 48, 12, 5), {}),
        Case("by mouth, SS", "steady(through ka)", (dose(0, 200, GUT, II=8, SS=1),),
             (0.5, 2, 7.5), lambda p, t: steady(oral(p), 200, t, 8), {}),
        Case("by mouth, SS, half-life 12 h", "steady(through ka)",
             (dose(0, 200, GUT, II=12, SS=1),), (1, 6, 11.5),
             lambda p, t: steady(oral(p), 200, t, 12), SLOW),
        Case("released over 3 h by mouth", "infused(through ka)", (dose(0, 150, GUT, RATE=50),),
             (1, 3, 6), lambda p, t: infused(oral(p), 50, 3, t), {}),
        Case("by mouth and into a vein", "once + once", (dose(0, 200, GUT), dose(1, 50)),
             (0.5, 1.5, 6),
             lambda p, t: once(oral(p), 200, t) + once(disposition(p), 50, t - 1), {}),
        Case("into muscle", "once(through ka)", (dose(0, 100, IM),), (0.1, 0.5, 3),
             lambda p, t: once(muscle(p), 100, t), {}),
    ]  # fmt: skip


def resets() -> list[Case]:
    d = disposition
    return [
        Case("reset and dose", "once", (dose(0, 300), dose(4, 100, EVID=4)), (4.5, 8),
             lambda p, t: once(d(p), 100, t - 4), {}),
        Case("reset, dose later", "once",
             (dose(0, 300, ADDL=9, II=1), {"TIME": 3, "EVID": 3}, dose(5, 100)), (4, 6),
             lambda p, t: once(d(p), 100, t - 5), {}),
        Case("reset ends an infusion", "infused", (dose(RATE=10), dose(2, 80, EVID=4, RATE=40)),
             (2.5, 3, 9), lambda p, t: infused(d(p), 40, 2, t - 2), {}),
        Case("SS after another dose resets", "steady", (dose(0, 300), dose(1, 100, II=8, SS=1)),
             (1.5, 6), lambda p, t: steady(d(p), 100, t - 1, 8), {}),
        Case("clock begins anew at a reset", "once", (dose(30, 300), dose(0, 100, EVID=4)),
             (1, 6), lambda p, t: once(d(p), 100, t), {}, anew=True),
    ]  # fmt: skip


def tissues() -> list[Case]:
    d = disposition
    return [
        Case("two compartments, bolus", "once", (dose(),), EARLY,
             lambda p, t: once(d(p), 100, t), TWO),
        Case("two compartments, infusion", "infused", (dose(RATE=150),), (0.5, 2, 12),
             lambda p, t: infused(d(p), 150, 2 / 3, t), TWO),
        Case("two compartments, by mouth", "once(through ka)", (dose(0, 200, GUT),), EARLY,
             lambda p, t: once(oral(p), 200, t), TWO),
        Case("two compartments, SS", "steady", (dose(II=12, SS=1),), (0.5, 6, 11.5),
             lambda p, t: steady(d(p), 100, t, 12), TWO),
        Case("racemate, arterial", "infused", (dose(0, 35, "ketamine iv", RATE=52.5),),
             (0.25, 2 / 3, 4), lambda p, t: infused(d(p), 52.5, 2 / 3, t), {}, "Cket_art"),
        Case("racemate, forearm vein, bolus", "once(through k_arm)",
             (dose(0, 35, "ketamine iv"),), (0.1, 0.5, 4), lambda p, t: once(arm(p), 35, t), {},
             "Cket"),
        Case("racemate, forearm vein, infusion", "infused(through k_arm)",
             (dose(0, 35, "ketamine iv", RATE=52.5),), (0.25, 2 / 3, 4),
             lambda p, t: infused(arm(p), 52.5, 2 / 3, t), {}, "Cket"),
    ]  # fmt: skip


def rows() -> list[dict[str, float | str]]:
    """Return every row of the table: dose records and observations of each case by time."""
    found = []
    for number, case in enumerate(cases(), 1):
        p = {**USUAL, **case.changed}
        head = {"ID": number, "CASE": case.what, "FORMULA": case.formula}
        given = [(r["TIME"], 1, r) for r in case.records]
        seen = [
            (t, 2 * case.behind, {"TIME": t, "EVID": 0, "DV": case.value(p, t), "DVID": case.seen})
            for t in case.at
        ]
        timeline = [*given, *seen] if case.anew else sorted([*given, *seen], key=lambda i: i[:2])
        found += [{**head, **cells, **p} for _, _, cells in timeline]
    return found


def write(path: Path = TABLE) -> None:
    """Write the table."""
    columns = ["ID", *RECORD, "DV", "DV_UNIT", "DVID", *USUAL, "CASE", "FORMULA"]
    with path.open("w", newline="", encoding="utf-8") as text:
        writer = csv.DictWriter(text, columns, restval=".", lineterminator="\n")
        writer.writeheader()
        for row in rows():
            unit = {"DV_UNIT": "ng/mL"} if "DV" in row else {}
            writer.writerow({k: _printed(v) for k, v in {**row, **unit}.items()})


def _printed(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else TABLE)
