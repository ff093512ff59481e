"""Verdicts: what the model says of each finding.

**Prediction.** The study's statistic (mean, median, ...) over virtual participants with the
tables' values is the central prediction. What is not known of the tables' values (column
``uncertainty``, the SD of a logarithm) is drawn jointly; each draw moves the prediction as it
moves the typical participant. Its 95 % interval is the central prediction times or over
exp(1.96 SD).

**Values.** D = log(predicted) − log(observed). Its 95 % interval also holds the observation's own
error: SD/√n or what the study prints; without it the model's spread between people over √n; what
is printed as "about" or read off a figure has more (`observed`). The band is ±log(`within`), by
default 1.5-fold.

- *reproduced*: D lies inside the band;
- *contradicted*: the interval of D lies wholly outside the band;
- *not resolved*: anything between, and numbers that could not be computed;
- *out of scope*: it cannot be run, and the finding says why, or names what the model lacks.

Ratios and percent changes against a comparator are compared as ratios (1 + change), of the two
statistics.

**Directions.** *up* and *down* are an effect of arm against comparator beyond `threshold` (10 %,
of the comparator or of the read-out's scale, see `directions`), *none* one within it. What a
manipulation did to a drug's effect is the share left of it: (arm - comparator) over (reference -
its comparator), *blocked* to 0.4, *attenuated* to 0.8, *kept* from 0.6, *prolonged* above 1.2. A
draw in which the drug alone has no effect cannot tell and is left out; with fewer than half of the
draws left it is not resolved, and contradicted where the model shows no such effect at all
(at least 80 % of draws and the tables). *biphasic*: a middle dose does more
than the lowest, and the highest at least a tenth less than that. The typical participant is run
with each draw: reproduced where at least 80 % of draws say so, contradicted where at most 20 % do.

**Shares of people** (``response``) are those of participants, for each draw anew.

``lowest`` and ``highest`` are the 5th and 95th percentile of the participants: the ends of a range
whose number of people is not told.

**Trials.** Clinical findings have rules of their own: `clinical_verdicts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ketasim.evidence.clinical_runner import Size
from ketasim.evidence.clinical_verdicts import judge_trials
from ketasim.evidence.experiments import what_is_missing
from ketasim.evidence.finding import Finding
from ketasim.evidence.judgement import (
    CROWD,
    STATISTICS,
    VERDICTS,
    Z95,
    Outcome,
    judge,
    judge_direction,
    judge_share,
    observed_number,
)
from ketasim.evidence.models import model_for, model_of, needs_kinetics_only
from ketasim.evidence.runner import predict_crowds, predict_people, predict_uncertain
from ketasim.model import Model

__all__ = ["STATISTICS", "VERDICTS", "Z95", "Outcome", "counted", "judge", "predict"]
PEOPLE = 200
DRAWS = 32


def predict(
    findings: Iterable[Finding],
    *,
    model: Model | None = None,
    seed: int = 1,
    people: int = PEOPLE,
    draws: int = DRAWS,
    trials: Size | None = None,
) -> tuple[Outcome, ...]:
    """Run findings and judge each.

    Parameters
    ----------
    findings : iterable of Finding
        From `load_findings`.
    model : Model, optional
        Default: the mechanisms that each finding needs.
    seed : int
        Of participants and of draws; the same seed gives the same numbers.
    people : int
        Virtual participants per arm.
    draws : int
        Draws of the uncertain values.
    trials : Size, optional
        How much is simulated for clinical findings.

    Returns
    -------
    tuple of Outcome
        In the order of the findings.
    """
    every = tuple(findings)
    clinical = [each for each in every if each.clinical is not None]
    chosen = [each for each in every if each.clinical is None]
    kinetic = [each for each in chosen if not each.out_of_scope and needs_kinetics_only(each)]
    groups: list[tuple[list[Finding], Model | None]] = [
        (kinetic, model or model_for(kinetic)),
        ([each for each in chosen if each not in kinetic], model),
    ]
    found = judge_trials(clinical, model, seed, trials)
    for members, of in groups:
        found |= _judged(members, of, seed, people, draws)
    return tuple(found[each] for each in every)


def _judged(
    findings: Sequence[Finding], model: Model | None, seed: int, people: int, draws: int
) -> dict[Finding, Outcome]:
    """Return the outcome of each finding of one group."""
    if not findings:
        return {}
    crowds = [f for f in findings if f.measure == "response"]
    single = [f for f in findings if f.measure != "response"]
    unsure = predict_uncertain(single, model, draws, seed)
    shown = predict_people([f for f in single if not f.direction], model, people, seed)
    shares = predict_crowds(crowds, model, CROWD, draws, seed) if crowds else {}
    found = {}
    for each in findings:
        if missing := what_is_missing(each, model):
            found[each] = Outcome(each, "out of scope", missing, observed_number(each))
        elif each.direction:
            parts = unsure[each] if each in unsure else shares[each]
            found[each] = judge_direction(each, parts, rest_of(each, model))
        elif each in shares:
            found[each] = judge_share(each, shares[each])
        else:
            found[each] = judge(each, shown[each], comparisons(unsure[each]))
    return found


def rest_of(finding: Finding, model: Model | None) -> float:
    """Return the resting value of a finding's output; 1 for a concentration."""
    readout = finding.readout
    if readout is None or readout.analyte:
        return 1.0
    return (model or model_of(finding.every_arm[0], finding)).outputs[readout.output].rest


def comparisons(parts: np.ndarray) -> np.ndarray:
    """Return arm over comparator, or the arm alone, shape (n,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return parts[0] / parts[1] if len(parts) == 2 else parts[0]


def counted(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Return how many outcomes have each verdict."""
    return {verdict: sum(o.verdict == verdict for o in outcomes) for verdict in VERDICTS}
