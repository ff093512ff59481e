"""Invented trials of the right shape for tests of statistics and report; nothing is a finding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ketasim.trial.analysis import contrasts
from ketasim.trial.results import (
    ArmResult,
    EndpointResult,
    LeadIn,
    Published,
    Replicates,
    TrialResult,
)

VISITS_H = np.array([0.0, 2.0, 24.0, 72.0, 168.0, 336.0])
FALL = {"midazolam": 7.0, "ketamine": 13.0, "ketamine, low": 9.5}
GIVEN = {
    "midazolam": "midazolam 0.045 mg/kg over 40 min",
    "ketamine": "ketamine 0.5 mg/kg over 40 min",
    "ketamine, low": "ketamine 0.1 mg/kg over 40 min",
}


def arm(name, n=60, seed=1, visits_h=VISITS_H):
    """One arm: scores with noise, and patients who leave when they do not improve."""
    random = np.random.default_rng(seed)
    latent = np.exp(0.35 * random.standard_normal((n, 1)))
    shape = np.where(visits_h > 0, np.exp(-np.abs(np.log(np.maximum(visits_h, 1) / 30)) / 6), 0)
    scores = 33 + 4 * random.standard_normal((n, 1)) - FALL[name] * latent * shape
    scores = np.clip(np.round(scores + 3 * random.standard_normal(scores.shape)), 0, 60)
    left = random.exponential(1800, n) * np.where(scores[:, 2] < scores[:, 0] - 6, 1.5, 0.6)
    left = np.where(left > visits_h[-1], np.inf, left)
    scores[visits_h[None] > left[:, None]] = np.nan
    why = [("", "no benefit", "adverse event")[0 if np.isinf(t) else 1 + (t < 48)] for t in left]
    strata = (scores[:, 0] > 33).astype(int)
    return ArmResult(
        name, GIVEN[name], name == "midazolam", {"MADRS": scores}, left, tuple(why), strata
    )


def endpoints(arms, at_h=24.0):
    """Change and response at a visit."""
    visit = int(np.flatnonzero(at_h == VISITS_H)[0])
    change = {a.name: a.scores["MADRS"][:, visit] - a.scores["MADRS"][:, 0] for a in arms}
    share = {
        a.name: np.where(
            np.isnan(change[a.name]), np.nan, change[a.name] <= -0.5 * a.scores["MADRS"][:, 0]
        )
        for a in arms
    }
    return (
        EndpointResult("primary", "change in MADRS at 24 h", "change", change, "points", "MADRS",
                       at_h, primary=True),
        EndpointResult("responders", "response (MADRS down by half) at 24 h", "share", share, "%"),
    )  # fmt: skip


def parallel(n=60, names=("ketamine", "midazolam"), seed=1):
    """Return a two-armed trial (or more arms), screened and stratified."""
    arms = tuple(arm(name, n, seed + 10 * k) for k, name in enumerate(names))
    random = np.random.default_rng(seed)
    peaks = {"CADSS": {a.name: np.abs(4 + 12 * (not a.control) + 6 * random.standard_normal(a.n))
                       for a in arms}}  # fmt: skip
    return TrialResult(
        title="Ketamine against midazolam", kind="parallel", blinding="double-blind",
        population="treatment-resistant depression, age 18 to 64", visits_h=VISITS_H,
        scale="MADRS", arms=arms, endpoints=endpoints(arms), question="Does it work in a day?",
        screened=n * len(arms) + 41, seed=seed, stratified_by=("baseline",),
        entry="MADRS of at least 28", concomitant="escitalopram daily",
        assumptions=("Who leaves depends on the score seen, so it is missing at random.",),
        limits=("The size of the drug's effect was in view when the model was made.",),
        peaks=peaks, provenance={"program": "ketasim"},
        published=(Published("primary", "ketamine", "difference", -7.95, -10.9, -5.0,
                             "Murrough 2013"),),
    )  # fmt: skip


def replicated(n=60, count=40):
    """Return the trial with replicates of its contrasts."""
    first = parallel(n)
    runs = [contrasts(parallel(n, seed=100 + k), brief=True) for k in range(count)]
    made = []
    for place, endpoint in enumerate(first.endpoints):
        found = [run[place] for run in runs]
        reach = [1.96 * c.se for c in found]
        estimate = np.array([c.estimate for c in found])
        made.append(
            Replicates(
                endpoint=endpoint.name,
                what=endpoint.what,
                arm="ketamine",
                control="midazolam",
                measure=found[0].measure,
                estimate=estimate,
                se=np.array([c.se for c in found]),
                p=np.array([c.p for c in found]),
                low=estimate - reach,
                high=estimate + reach,
                better=found[0].better,
                n=2 * n,
                draw=np.arange(count),
                primary=endpoint.primary,
            )
        )
    return replace(first, replicates=tuple(made))


def crossover(n=18, seed=3):
    """Return the same patients on both, in two orders."""
    both = parallel(n, seed=seed)
    order = np.arange(n) % 2
    start = both.arms[0].scores["MADRS"][:, :1]
    arms = tuple(
        replace(a, sequence=order, strata=None,
                scores={"MADRS": a.scores["MADRS"] - a.scores["MADRS"][:, :1] + start})
        for a in both.arms
    )  # fmt: skip
    return replace(both, kind="crossover", arms=arms, endpoints=endpoints(arms), screened=0,
                   title="Crossover", published=())  # fmt: skip


def withdrawal(n=45, seed=5):
    """Return randomised withdrawal with time to relapse."""
    random = np.random.default_rng(seed)
    visits_h = 168.0 * np.arange(0, 17)
    arms, values, happened = [], {}, {}
    for name, scale in (("ketamine", 260.0), ("midazolam", 70.0)):
        days = np.ceil(random.exponential(scale, n) / 7) * 7
        leaves = random.exponential(400, n)
        end = np.minimum(leaves, 112.0)
        values[name], happened[name] = np.minimum(days, end), days <= end
        scores = 12 + 3 * random.standard_normal((n, 17))
        scores = np.where(visits_h[None] / 24 >= days[:, None], scores + 14, scores)
        scores[visits_h[None] / 24 > end[:, None]] = np.nan
        left = np.where(leaves < 112, 24 * leaves, np.inf)
        given = "ketamine every week" if name == "ketamine" else "midazolam every week"
        arms.append(ArmResult(name, given, name == "midazolam", {"MADRS": scores}, left))
    endpoint = EndpointResult(
        "relapse", "time to relapse", "time", values, "d", "MADRS", happened=happened,
        event_is_bad=True, primary=True,
    )  # fmt: skip
    return TrialResult(
        title="Keeping well", kind="randomised withdrawal", blinding="double-blind",
        population="treatment-resistant depression", visits_h=visits_h, scale="MADRS",
        arms=tuple(arms), endpoints=(endpoint,), screened=240, seed=seed,
        lead_in=LeadIn("ketamine 0.5 mg/kg twice a week for 4 weeks", 200, 21, 89,
                       "responders on day 28"),
    )  # fmt: skip
