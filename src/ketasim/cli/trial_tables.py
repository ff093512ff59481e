"""The tables of a trial: visits in ADaM's columns, patients, endpoints, contrasts, replicates."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.dosing.quantities import hours

if TYPE_CHECKING:
    import pandas as pd

    from ketasim.trial.plan import Plan
    from ketasim.trial.replicates import Row
    from ketasim.trial.results import ArmResult, Contrast, TrialResult
    from ketasim.trial.running import Group, Replicate

VISITS, PATIENTS, ENDPOINTS = "visits.csv", "patients.csv", "endpoints.csv"
VALUES, CONTRASTS, REPLICATES = "endpoint_values.csv", "contrasts.csv", "replicates.csv"
COLUMNS = {
    "USUBJID": "patient; the same one in every table and, in a crossover, in every arm",
    "TRT01P": "arm: what was planned",
    "TRTSEQP": "crossover: arms in the order in which the patient got them",
    "APERIOD": "crossover: period, from 1",
    "AVISIT": "visit, as the trial file names it",
    "AVISITN": "visit, counted from 0, the baseline",
    "ADY": "day of the visit; day 1 begins with the first dose after randomisation",
    "ARELTM": "time since randomisation, of a crossover since the period began",
    "ARELTMU": "its unit",
    "PARAMCD": "scale, in at most 8 letters",
    "PARAM": "scale in words",
    "AVAL": "observed score; empty where the patient had left",
    "BASE": "observed score at the baseline visit",
    "CHG": "AVAL - BASE",
    "PCHG": "the same in % of BASE",
    "ABLFL": "Y at the baseline visit",
    "ANL01FL": "Y where a score was observed",
    "DCFL": "Y where the patient had left by this visit",
    "STRATAR": "stratum of randomisation",
    "RANDFL": "Y where the patient was randomised",
    "EOSSTT": "COMPLETED or DISCONTINUED",
    "DCSREAS": "why the patient left",
    "EOSDY": "day of leaving",
    "AGE": "age in years",
    "SEX": "F or M",
    "WEIGHTBL": "weight in kg",
    "SCREENBL": "observed score at screening, on the scale of the entry rule",
    "ENDPOINT": "endpoint, as the trial file names it",
    "UNIT": "unit of AVAL; 1 and 0 are yes and no",
    "EVENT": "time to an event: Y where it was seen, N where the patient was followed so long",
}


def write_tables(
    plan: Plan,
    found: Replicate,
    result: TrialResult,
    contrasts: Sequence[Contrast],
    rows: Sequence[Row],
    folder: Path,
) -> None:
    """Write every table of a trial into ``folder``; ``rows`` are those of replicates, if many."""
    from ketasim.simulation.results import write_frames

    folder.mkdir(parents=True, exist_ok=True)
    visits = visits_table(plan, found)
    visits.to_csv(folder / VISITS, index=False, lineterminator="\n")
    write_frames([visits], folder / "visits.parquet")
    patients_table(plan, found).to_csv(folder / PATIENTS, index=False, lineterminator="\n")
    write_rows(folder / ENDPOINTS, endpoint_rows(result))
    values_table(plan, found, result).to_csv(folder / VALUES, index=False, lineterminator="\n")
    write_rows(folder / CONTRASTS, [asdict(each) for each in contrasts])
    if rows:
        from ketasim.trial.replicates import table

        write_rows(folder / REPLICATES, table(rows))
    told = ({"column": name, "meaning": text} for name, text in COLUMNS.items())
    write_rows(folder / "columns.csv", told)


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write plain rows as CSV; numbers that are not there stay empty."""
    rows = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        if rows:
            writer.writerow(rows[0].keys())
        for row in rows:
            writer.writerow("" if cell != cell else cell for cell in row.values())


def visits_table(plan: Plan, found: Replicate) -> pd.DataFrame:
    """Return a row per patient, visit and scale, by arm."""
    import pandas as pd

    names = ["baseline", *plan.trial.design.visits]
    parts = []
    for k, group in enumerate(found.groups):
        for code in plan.scales:
            parts.append(_visits_of(plan, found, k, group, code, names))
    return pd.concat(parts, ignore_index=True)


def _visits_of(
    plan: Plan, found: Replicate, k: int, group: Group, code: str, names: Sequence[str]
) -> pd.DataFrame:
    import pandas as pd

    from ketasim.trial.scales import scale

    scores = group.record.scores[code]
    n, width = scores.shape
    times_h = np.array([0.0, *(hours(text) for text in names[1:])])
    base = np.repeat(scores[:, 0], width)
    value = scores.ravel()
    change = value - base
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = np.where(base > 0, 100 * change / base, np.nan)
    there = np.where(np.isnan(value), "", "Y")
    first = np.tile(np.arange(width) == 0, n)
    gone = np.repeat(group.record.left_h, width) < np.tile(times_h, n)
    columns = {
        "USUBJID": np.repeat(identities(plan, group.rows), width),
        "TRT01P": plan.trial.arms[k].name,
        **_order_columns(plan, found, k, group, width),
        "AVISIT": np.tile(np.array(names, dtype=object), n),
        "AVISITN": np.tile(np.arange(width), n),
        "ADY": np.tile(np.floor(times_h / 24).astype(int) + 1, n),
        "ARELTM": np.tile(times_h, n),
        "ARELTMU": "h",
        "PARAMCD": parameter_code(code),
        "PARAM": scale(code).label,
        "AVAL": value,
        "BASE": base,
        "CHG": change,
        "PCHG": percent,
        "ABLFL": np.where(first & (there == "Y"), "Y", ""),
        "ANL01FL": there,
        "DCFL": np.where(gone, "Y", ""),
    }
    return pd.DataFrame(columns)


def _order_columns(
    plan: Plan, found: Replicate, k: int, group: Group, width: int
) -> dict[str, np.ndarray]:
    """Return sequence and period of a crossover; nothing otherwise."""
    if group.sequence is None:
        return {}
    from ketasim.trial.design import orders

    ways = orders(len(plan.own))
    told = np.array(
        [" - ".join(plan.trial.arms[a].name for a in way) for way in ways], dtype=object
    )
    place = np.array([way.index(k) + 1 for way in ways])
    return {
        "TRTSEQP": np.repeat(told[group.sequence], width),
        "APERIOD": np.repeat(place[group.sequence], width),
    }


def identities(plan: Plan, rows: np.ndarray) -> np.ndarray:
    """Return the names of patients: numbers from 1, padded so that they sort."""
    digits = len(str(plan.trial.design.n))
    return np.array([f"{row + 1:0{digits}d}" for row in rows], dtype=object)


def parameter_code(name: str) -> str:
    """Return a scale's name in at most 8 capital letters and digits: ``MADRS10``.

    >>> parameter_code("MADRS item 10")
    'MADRS10'
    """
    return re.sub(r"[^A-Z0-9]", "", name.replace("item", "").upper())[:8]


def patients_table(plan: Plan, found: Replicate) -> pd.DataFrame:
    """Return a row for everybody who entered."""
    import pandas as pd

    who = found.patients
    none = np.full(who.n, "", dtype=object)
    arm, why, stratum, status = none.copy(), none.copy(), none.copy(), none.copy()
    left_h = np.full(who.n, np.inf)
    for k, group in enumerate(found.groups):
        arm[group.rows] = plan.trial.arms[k].name
        own = _left(plan, group)
        left_h[group.rows] = own
        status[group.rows] = np.where(np.isfinite(own), "DISCONTINUED", "COMPLETED")
        reasons = np.where(np.isfinite(own), group.whole.left_why.astype(object), "")
        why[group.rows] = reasons
        if group.strata is not None:
            stratum[group.rows] = group.strata.astype(str)
    randomised = found.arm >= 0
    columns: dict[str, Any] = {
        "USUBJID": identities(plan, np.arange(who.n)),
        "RANDFL": np.where(randomised, "Y", "N"),
        "TRT01P": arm,
        "STRATAR": stratum,
        "AGE": _value(who.values, "age"),
        "SEX": np.where(_value(who.values, "sex") > 0.5, "F", "M"),
        "WEIGHTBL": _value(who.values, "WT"),
        "SCREENBL": who.baseline,
        "EOSSTT": status,
        "DCSREAS": why,
        "EOSDY": np.where(np.isfinite(left_h), np.floor(left_h / 24) + 1, np.nan),
    }
    if plan.period_h:
        from ketasim.trial.design import orders

        names = [arm.name for arm in plan.trial.arms]
        told = [" - ".join(names[a] for a in way) for way in orders(len(plan.own))]
        columns["TRT01P"] = np.array(told, dtype=object)[found.arm]
    return pd.DataFrame(columns)


def _left(plan: Plan, group: Group) -> np.ndarray:
    """Return when patients left, since randomisation [h]; of a crossover since it began."""
    return group.whole.left_h if plan.period_h else group.record.left_h


def _value(values: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    return values.get(name, np.full(len(next(iter(values.values()))), np.nan))


def values_table(plan: Plan, found: Replicate, result: TrialResult) -> pd.DataFrame:
    """Return a row per patient and endpoint."""
    import pandas as pd

    parts = []
    for endpoint in result.endpoints:
        for arm, group in zip(result.arms, found.groups, strict=True):
            event = np.full(len(group.rows), "", dtype=object)
            if arm.name in endpoint.happened:
                event = np.where(endpoint.happened[arm.name], "Y", "N")
            columns = {
                "USUBJID": identities(plan, group.rows),
                "TRT01P": arm.name,
                "ENDPOINT": endpoint.name,
                "AVAL": np.asarray(endpoint.values[arm.name], dtype=float),
                "UNIT": "" if endpoint.kind == "share" else endpoint.unit,
                "EVENT": event,
            }
            parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def endpoint_rows(result: TrialResult) -> list[dict[str, Any]]:
    """Return a row per endpoint and arm: how many were seen, and what came out."""
    return [_summary(result, k, arm) for k in range(len(result.endpoints)) for arm in result.arms]


def _summary(result: TrialResult, k: int, arm: ArmResult) -> dict[str, Any]:
    from ketasim.trial.analysis import share_of
    from ketasim.trial.time_to_event import kaplan_meier, median_time

    endpoint = result.endpoints[k]
    values = np.asarray(endpoint.values[arm.name], dtype=float)
    seen = values[~np.isnan(values)]
    row = {
        "endpoint": endpoint.name,
        "what": endpoint.what,
        "primary": "Y" if endpoint is result.primary else "",
        "arm": arm.name,
        "n": arm.n,
        "observed": len(seen),
        "unit": endpoint.unit,
        "statistic": "mean",
        "value": float(seen.mean()) if len(seen) else float("nan"),
        "sd": float(seen.std(ddof=1)) if len(seen) > 1 else float("nan"),
        "low": float("nan"),
        "high": float("nan"),
    }
    if endpoint.kind == "share":
        share = share_of(endpoint, arm.name)
        told = {"value": 100 * share.share, "low": 100 * share.low, "high": 100 * share.high}
        row |= {"statistic": "share", "sd": float("nan"), "unit": "%", **told}
    elif endpoint.kind == "time":
        happened = endpoint.happened[arm.name][~np.isnan(values)]
        median = median_time(kaplan_meier(seen, happened))[0] if len(seen) else float("nan")
        row |= {"statistic": "Kaplan-Meier median", "value": median, "sd": float("nan")}
    return row
