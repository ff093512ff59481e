"""A tournament made by hand: rows of every kind, quickly."""

from __future__ import annotations

import numpy as np

from ketasim.inference.tournament.summary import (
    Carried,
    Contender,
    Decided,
    Judged,
    Known,
    Proposed,
    Shift,
    Summary,
    Together,
)

NAMES = ("surge", "resting", "habenula", "rafts", "both")
TITLES = ("Surge <i>alone</i>", "Resting block", "Habenula", "Rafts & cAMP", "Both together")
TIMES = ((2.0, "2 h"), (24.0, "24 h"), (72.0, "3 d"), (168.0, "7 d"), (336.0, "14 d"),
         (672.0, "after a course"))  # fmt: skip
MECHANISMS = (("bdnf", "BDNF release and TrkB"), ("lhb", "Lateral habenula bursts"),
              ("ampa", "AMPA receptors"), ("spines", "Dendritic spines"))  # fmt: skip
WORDS = ("up", "down", "blocked", "kept", "0.53", "-10.7 points")


def contenders(weights=(0.70, 0.18, 0.08, 0.039, 0.001)):
    """Five hypotheses."""
    return tuple(
        Contender(
            name, title, f"The effect goes through {name}, and nothing else is needed for it.",
            ("li2010",), ("nmda", "bdnf"), w, max(0.0, w - 0.04), min(1.0, w + 0.04),
            -40.0 + np.log(w), 0.2, -60.0 - k / 10, 0.3, 1.0, w * 0.9 + 0.02, max(0.0, w * 0.7), w,
        )
        for k, (name, title, w) in enumerate(zip(NAMES, TITLES, weights, strict=True))
    )  # fmt: skip


def reports(n=40, failed=3, seed=1):
    """Reports; the first few are failed by every hypothesis."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(n):
        chances = rng.uniform(0.02, 0.3, 5) if k < failed else rng.beta(0.6, 0.6, 5)
        if k >= failed:
            chances[k % 5] = rng.uniform(0.55, 0.99)
        rows.append(
            Judged(
                f"finding-{k}", f"study{k // 3}", f"Author {2000 + k % 25}: what was done",
                f"read-out {k}, treated against vehicle", WORDS[k % len(WORDS)],
                "calibrate" if k % 3 else "validate", f"lab{k // 4}", k % 7 == 0,
                tuple(map(float, chances)), 0.5,
            )
        )  # fmt: skip
    return tuple(rows)


def shifts(turned=True):
    """Other choices; one of them puts another hypothesis first."""
    rows = [
        Shift("lapse", "every lapse rate doubled", (0.55, 0.25, 0.12, 0.07, 0.01), 0.31),
        Shift("lapse", "every lapse rate halved", (0.80, 0.12, 0.05, 0.02, 0.01), 0.55),
        Shift("prior", "priors twice as wide", (0.62, 0.22, 0.1, 0.05, 0.01), 0.82),
        Shift("study", "without li2010", (0.66, 0.2, 0.09, 0.04, 0.01), None),
    ]
    if turned:
        moved = Shift("laboratory", "without lab3", (0.30, 0.52, 0.1, 0.07, 0.01), 0.4)
        rows.append(moved)
    return tuple(rows)


def carried():
    """Shares of three drugs."""
    rows = []
    for d, drug in enumerate(("ketamine", "esketamine", "escitalopram")):
        for t, (time_h, time) in enumerate(TIMES):
            for m, (name, title) in enumerate(MECHANISMS):
                share = [0.45 - 0.06 * t, 0.3, 0.2 - 0.02 * t, 0.05 + 0.08 * t][(m + d) % 4]
                rows.append(Carried(drug, time, time_h, name, title, share, share - 0.12,
                                    share + 0.15, 10 * share, 8 * share, 12 * share, 7 * share,
                                    9 * share))  # fmt: skip
    return tuple(rows)


def known():
    """Contraction of a few parameters under each hypothesis."""
    rows = []
    for h, name in enumerate(NAMES):
        for p, (symbol, what) in enumerate(
            (("w_S", "glutamate surge to BDNF"), ("w_hb", "silent habenula to effect"),
             ("e_bd", "drive to BDNF"), ("g", "effect to MADRS"))
        ):  # fmt: skip
            if p < 2 and (h + p) % 2:
                continue
            gained = [0.55, 0.02, 0.4, 0.9][p]
            rows.append(Known(name, symbol, what, gained, 0.1, 0.5, 2.0, gained > 0.1, 0.05, 3.0,
                              0.2, None))  # fmt: skip
    return tuple(rows)


def proposed():
    """Experiments, the most telling first."""
    words = ("up", "up", "none", "none", "up")
    sure = (0.9, 0.8, 0.7, 0.95, 0.85)
    return tuple(
        Proposed(k + 1, f"mouse, GluN2B knock-out {k}, ketamine 10 mg/kg; p-eEF2 at 1 h",
                 "hypotheses", 0.9 / (k + 1), 8, words, sure, 0.03, 10 + k if k < 3 else None)
        for k in range(5)
    )  # fmt: skip


def made(**changes):
    """A whole summary; rows by name replace those made here."""
    rows = {
        "decided": tuple(
            Decided(f"finding-{k}", "", name, 2.0 - k * 0.3, 0.8, 0.1)
            for name in NAMES[1:3] for k in range(5, 9)
        ),
        "shifts": shifts(), "carried": carried(), "known": known(), "proposed": proposed(),
        "together": (Together("ketamine", "24 h", "bdnf", "ampa", 2.1, -1.0, 3.0),),
        "facts": {"program": "ketasim 0.1.0", "particles": 512, "seed": 1, "findings": 40,
                  "studies": 14, "laboratories": 10, "findings_choosing": 26,
                  "findings_held_out": 14, "seconds": 3600.0, "evaluations": 123456},
    }  # fmt: skip
    return Summary(
        changes.pop("hypotheses", contenders()), changes.pop("reports", reports()),
        **{**rows, **changes},
    )  # fmt: skip
