"""Predict clinical findings: pools of patients, rated, and trials of each study's size from them.

A pool (`clinical_pools`) holds the same patients under the tables' values (the first draw) and
under each draw of what is not known: parameters as everywhere in findings, and one effect of the
trial on the gains of drug and placebo, alike in all arms. Each patient is rated several times
over. Trials are then drawn from a pool's rated patients, as many patients as the study had, and
each gives the study's own statistic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ketasim.evidence.clinical import Clinical
from ketasim.evidence.clinical_expectation import numbers
from ketasim.evidence.clinical_pools import (
    Pool,
    enrolled,
    model_of_pool,
    moved,
    pools,
    run_pool,
    visits_of,
)
from ketasim.evidence.clinical_ratings import chosen, rated, rating_stream
from ketasim.evidence.clinical_statistics import Groups, compared, of_groups
from ketasim.evidence.finding import Arm, Finding
from ketasim.evidence.people import Values, uncertain
from ketasim.model import Model
from ketasim.population.counter import name_key, uniforms
from ketasim.trial.endpoints import Endpoint, per_patient, times_to_relapse
from ketasim.trial.patients import Patients
from ketasim.trial.record import Record
from ketasim.trial.variation import variation

PEOPLE = 48
DRAWS = 32
TRIALS = 30  # of each draw
RATINGS = 8  # of each patient
MOST_PATIENTS = 2000  # of a group: beyond, chance no longer matters
H_PER_DAY = 24.0
LEAST_ELIGIBLE = 3  # rated patients of a draw to whom a finding applies
_MISSING = {"as if stayed": "observed"}


@dataclass(frozen=True, eq=False)
class Predictive:
    """What trials of a study's size would have found.

    Attributes
    ----------
    trials : ndarray, shape (trials,)
        In the finding's unit.
    tabled : float
        Of the pool, with the tables' values and no effect of the trial.
    """

    trials: np.ndarray
    tabled: float


@dataclass(frozen=True)
class Size:
    """How much is simulated.

    Attributes
    ----------
    people, draws, trials, ratings : int
        Patients of a pool, draws of what is not known, trials of each, ratings of each patient.
    """

    people: int = PEOPLE
    draws: int = DRAWS
    trials: int = TRIALS
    ratings: int = RATINGS


def predict_trials(
    findings: Iterable[Finding], model: Model | None = None, seed: int = 1, size: Size | None = None
) -> dict[Finding, Predictive]:
    """Predict clinical findings that can be run.

    Parameters
    ----------
    findings : iterable of Finding
        Those of which `clinical_pools.why_not` says nothing.
    model : Model, optional
        Default: every mechanism, and the kinetics of the drugs given.
    seed : int
    size : Size, optional

    Returns
    -------
    dict of Finding to Predictive
    """
    chosen, size = tuple(findings), size or Size()
    of_arm = pools(chosen)
    wanted: dict[Pool, dict[tuple[Finding, Arm], None]] = {}
    for finding in chosen:
        for arm in finding.every_arm:
            wanted.setdefault(of_arm[finding, arm], {})[finding, arm] = None
    seen: dict[tuple[Finding, Arm], Groups] = {}
    for pool, uses in wanted.items():
        record = pool_record(pool, model or model_of_pool(pool), size, seed)
        for finding, arm in uses:
            seen[finding, arm] = patients_of(finding, record, 1 + size.draws)
    return {finding: predictive_of(finding, seen, size, seed) for finding in chosen}


def _clinical(finding: Finding) -> Clinical:
    assert finding.clinical is not None
    return finding.clinical


def pool_record(pool: Pool, model: Model, size: Size, seed: int) -> Record:
    """Return a pool's rated patients, draw after draw; the first draw is as tabled."""
    who = enrolled(pool, model, size.people, seed)
    unsure = uncertain(model, size.draws, seed, alone=False)
    values = moved(who, model, unsure, pool.arm, 1 + size.draws)
    effects = trial_effects(size.draws, seed, pool.trials)
    typical = {row.symbol: row.value for row in model.parameters}
    for symbol, effect in effects.items():
        if symbol in typical:
            own = values.get(symbol, np.full((1 + size.draws) * who.n, typical[symbol]))
            values[symbol] = own * np.repeat(effect, who.n)
    if pool.group.policy is not None:
        return _treated(pool, model, values, seed)
    return rated(pool, run_pool(pool, model, values), size.ratings, seed)


def _treated(pool: Pool, model: Model, values: Values, seed: int) -> Record:
    """Return patients whose visits change what is given next, each rated once."""
    from ketasim.trial.policies_driver import treat

    group = pool.group
    assert group.policy is not None
    assert group.own is not None
    before = run_pool(replace(pool, acute=(), dropout=False), model, values, np.zeros(1)).madrs
    n, replicate = len(before), rating_stream(pool)
    index = chosen(pool, before, 1, seed, replicate)
    who = Patients(dict(values), n, seed, replicate, index, np.empty(n))
    fine = np.array(pool.fine_h) if pool.outputs else None
    found = treat(
        model, group.own, group.policy, who, pool.visits_h, pool.scales, pool.acute,
        dress=group.dress, fine_h=fine, dropout=pool.dropout,
    )  # fmt: skip
    return found.record


def trial_effects(draws: int, seed: int, trials: int) -> dict[str, np.ndarray]:
    """Return the factor of each draw's trial on the gains g and g_p, shape (1 + draws,).

    The first is 1. Of several pooled trials the effects average out.
    """
    from scipy.special import ndtri

    vary = variation()
    even = ndtri((np.arange(draws) + 0.5) / draws) / np.sqrt(trials)
    factors = {}
    for symbol, sd in (("g", vary.trial_sd_g), ("g_p", vary.trial_sd_gp)):
        # evenly spread, in an order of its own: independent of the draws of parameters
        order = np.argsort(uniforms(seed, 0, f"trial:{symbol}", 0, draws))
        factors[symbol] = np.concatenate([[1.0], np.exp(sd * even[order])])
    return factors


def endpoint_of(finding: Finding) -> Endpoint:
    """Return a finding's endpoint in the words of `ketasim.trial`."""
    clinical = _clinical(finding)
    ends = finding.measure == "dropout" or (finding.measure == "change" and clinical.at_h is None)
    return Endpoint(
        word=finding.measure,
        scale=clinical.scale,
        at_h=clinical.to_h if ends else clinical.at_h,
        from_h=clinical.from_h,
        to_h=None if ends else clinical.to_h,
        share=clinical.share,
        cut=clinical.cut,
        threshold=clinical.threshold,
        among=clinical.among or None,
        among_at_h=clinical.among_h,
        reason=clinical.reason,
        consecutive=clinical.consecutive,
        missing=_MISSING.get(clinical.missing, clinical.missing),
    )


def patients_of(finding: Finding, record: Record, draws: int) -> Groups:
    """Return what a finding makes of each rated patient, a row for each draw; NaN: not counted."""
    clinical = _clinical(finding)
    own = record
    if not clinical.is_acute:
        wanted = [0.0, *visits_of(clinical)]
        near = np.abs(record.times_h[:, None] - np.array(wanted)) < 1e-6
        columns = np.flatnonzero(near.any(axis=1))
        scores = {name: values[:, columns] for name, values in record.scores.items()}
        own = replace(record, times_h=record.times_h[columns], scores=scores)
    endpoint = endpoint_of(finding)
    values = per_patient(endpoint, own)
    happened = np.zeros(own.n, bool)
    if finding.measure == "time to relapse":
        values, happened = times_to_relapse(endpoint, own)
    baseline = np.zeros(own.n) if clinical.is_acute else own.scores[clinical.scale][:, 0]
    return Groups(*(each.reshape(draws, -1) for each in (values, happened, baseline)))


def predictive_of(
    finding: Finding, seen: Mapping[tuple[Finding, Arm], Groups], size: Size, seed: int
) -> Predictive:
    """Return what trials of a study's size find, drawn from the patients of its arms.

    Parameters
    ----------
    finding : Finding
    seen : mapping of (Finding, Arm) to Groups
        What the finding makes of every rated patient of each arm; row 0 is as tabled.
    size : Size
    seed : int
    """
    arms = [arm for arm in (finding.arm, finding.comparator) if arm is not None]
    groups = [seen[finding, arm] for arm in arms]
    random = np.random.default_rng([seed, name_key(finding.id)])
    found = []
    for draw in range(1, 1 + size.draws):
        rows = [_row(each, draw) for each in groups]
        some = drawn(rows, _sizes(finding), size.trials, random, _clinical(finding).crossover)
        if some:
            found.append(statistic_of(finding, some))
    whole = [_whole(_row(each, 0)) for each in groups]
    tabled = float(statistic_of(finding, whole)[0]) if all(whole) else np.nan
    trials = np.concatenate(found) if found else np.empty(0)
    return Predictive(trials[np.isfinite(trials)], tabled)


def _sizes(finding: Finding) -> tuple[int, int]:
    n, m = numbers(finding)
    return min(n, MOST_PATIENTS), min(m, MOST_PATIENTS)


def _row(groups: Groups, draw: int) -> Groups:
    """Return the patients of one draw, those not counted too."""
    return Groups(*(each[draw : draw + 1] for each in
                    (groups.values, groups.happened, groups.baseline)))  # fmt: skip


def _whole(row: Groups) -> Groups | None:
    """Return everybody who counts; None for nobody."""
    counted = np.flatnonzero(np.isfinite(row.values[0]))
    return row.take(counted[None]) if len(counted) >= LEAST_ELIGIBLE else None


def drawn(
    rows: Sequence[Groups], sizes: Sequence[int], trials: int, random: np.random.Generator,
    paired: bool,
) -> list[Groups]:  # fmt: skip
    """Return trials drawn from one draw's patients: a group for each arm; none of too few.

    Parameters
    ----------
    rows : sequence of Groups
        Of each arm, one row.
    sizes : sequence of int
        Patients to draw for each.
    trials : int
    random : Generator
    paired : bool
        Whether both arms are the same people.
    """
    counted = [np.isfinite(row.values[0]) for row in rows]
    if paired and len(rows) == 2:
        counted = [counted[0] & counted[1]] * 2
    places = [np.flatnonzero(each) for each in counted]
    if min(len(each) for each in places) < LEAST_ELIGIBLE:
        return []
    found, picks = [], np.empty((0, 0), int)
    for number, row in enumerate(rows):
        if number == 0 or not paired:
            picks = random.choice(places[number], (trials, max(sizes[number], 2)))
        found.append(row.take(picks))
    return found


def statistic_of(finding: Finding, groups: Sequence[Groups | None]) -> np.ndarray:
    """Return the study's own number for each trial, shape (trials,)."""
    clinical = _clinical(finding)
    longest_d = ((clinical.to_h or 0.0) - (clinical.from_h or 0.0)) / H_PER_DAY
    word = finding.measure
    arm = groups[0]
    assert arm is not None
    if not finding.contrast:
        found = of_groups(word, finding.statistic, arm, longest_d)
    else:
        other = groups[1]
        assert other is not None
        found = compared(
            finding.contrast, word, finding.statistic, arm, other,
            paired=clinical.crossover, longest_d=longest_d,
        )  # fmt: skip
    # an index between 0 and 1 told in % (chance of a report)
    return 100.0 * found if finding.unit == "%" and word in ("score", "peak") else found
