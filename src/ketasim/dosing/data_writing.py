"""Write data files that read back as they were, and make them of simulated values."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ketasim.dosing.data_doses import Place, as_given, dose_places
from ketasim.dosing.data_file import DataFile
from ketasim.dosing.data_observations import Observations
from ketasim.dosing.data_units import analyte
from ketasim.dosing.drugs import ROUTES, drug
from ketasim.dosing.engine_events import entries
from ketasim.dosing.quantities import Amount
from ketasim.dosing.regimen import Dose, Regimen
from ketasim.errors import UserError

_DOSE = ("AMT", "RATE", "CMT", "ADDL", "II", "SS", "LAG")
_SEEN = ("DV", "DVID", "DV_UNIT", "BLQ", "LLOQ")


def data_of(
    regimen: Regimen | Sequence[Regimen],
    times_h: Sequence[float] | np.ndarray,
    values: Mapping[str, np.ndarray],
    covariates: Mapping[str, np.ndarray],
    *,
    ids: Sequence[object] | None = None,
    units: Mapping[str, str] | None = None,
) -> DataFile:
    """Return simulated values as a data file, one person after another.

    Parameters
    ----------
    regimen : Regimen or sequence of Regimen
        One for all, or one for each individual.
    times_h : array_like of float, shape (times,)
        Ascending [h].
    values : mapping of str to ndarray, shape (individuals, times)
        By output; NaN is missing.
    covariates : mapping of str to ndarray, shape (individuals,)
        ``WT`` [kg] where doses are per kg.
    ids : sequence, optional
        1 to n by default.
    units : mapping of str to str, optional
        Units of outputs that ``analytes.csv`` lacks.

    Raises
    ------
    UserError
        Shapes that do not fit, or an output without a unit.
    """
    times = np.asarray(times_h, dtype=float)
    arrays = {name: np.asarray(value, dtype=float) for name, value in values.items()}
    people = {name: np.asarray(value, dtype=float) for name, value in covariates.items()}
    sizes = {name: array.shape[0] for name, array in (*arrays.items(), *people.items())}
    n = next(iter(sizes.values()), 0)
    for name, array in arrays.items():
        if array.shape != (n, len(times)):
            raise UserError(f"values: {name} has shape {array.shape}, not {(n, len(times))}")
    for name, size in sizes.items():
        if size != n:
            raise UserError(f"covariates: {name} has {size} values for {n} individuals")
    each = [regimen] * n if isinstance(regimen, Regimen) else list(regimen)
    names = tuple(str(name) for name in (range(1, n + 1) if ids is None else ids))
    for what, found in (("regimen", each), ("ids", names)):
        if len(found) != n:
            raise UserError(f"{what}: {len(found)} given for {n} individuals")
    return DataFile(
        path="simulated",
        ids=names,
        covariates=people,
        regimens=tuple(each),
        episode_individual=np.arange(n),
        observations=_all_times(times, arrays, n),
        units={name: _unit_of(name, units or {}) for name in arrays},
        ignored={},
    )


def write_data(path: str | Path, data: DataFile) -> None:
    """Write a data file; reading it back gives the same people, doses and observations.

    Amounts are mg of free base (``mg/kg`` times the person's weight), times are hours, and
    numbers are printed so that they read back exactly; an infusion's length comes back as AMT
    through RATE, to the last bit or the one before. The file appears whole or not at all.

    Raises
    ------
    UserError
        A regimen with holds or with a drug that no compartment takes, for which there is no
        column; doses per kg without weights; or a place that cannot be written.
    """
    file = Path(path)
    columns = _columns(data)
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", newline="", encoding="utf-8") as text:
            writer = csv.DictWriter(text, columns, restval=".", lineterminator="\n")
            writer.writeheader()
            writer.writerows(_rows(data))
        os.replace(temporary, file)
    except OSError as error:
        raise UserError(f"cannot write data to '{file}': {error.strerror}") from None
    finally:
        temporary.unlink(missing_ok=True)


def _unit_of(name: str, units: Mapping[str, str]) -> str:
    """Return the unit of an output, refusing one that is not known."""
    found = analyte(name, units)
    if isinstance(found, str):
        raise UserError(f"values: the unit of {name} is not known; give units={{'{name}': ...}}")
    return found.unit


def _all_times(times: np.ndarray, arrays: Mapping[str, np.ndarray], n: int) -> Observations:
    """Return every output at every time, by person, then time, then output."""
    each = len(times) * len(arrays)
    flat = np.stack(list(arrays.values()), axis=-1).reshape(-1) if arrays else np.zeros(0)
    who = np.repeat(np.arange(n), each)
    none = np.zeros(n * each, dtype=bool)
    return Observations(
        individual=who,
        episode=who,
        time_h=np.tile(np.repeat(times, len(arrays)), n),
        after_dose=none,
        output=np.tile(np.array(list(arrays), dtype=object), n * len(times)),
        value=flat,
        missing=np.isnan(flat),
        below_limit=none,
        limit=np.full(n * each, np.nan),
        line=np.arange(n * each) + 2,
    )


def _columns(data: DataFile) -> list[str]:
    """Return the columns that are needed."""
    seen = data.observations
    left_out = {"DV_UNIT"} if _plain_units(data) else set()
    left_out |= set() if np.any(~np.isnan(seen.limit)) else {"LLOQ"}
    left_out |= set() if np.any(seen.below_limit) else {"BLQ"}
    left_out |= set() if _has_lag(data) else {"LAG"}
    names = ("ID", "TIME", *_DOSE[:3], "EVID", *_DOSE[3:], "DV", "MDV", *_SEEN[1:])
    return [name for name in names if name not in left_out] + list(data.covariates)


def _plain_units(data: DataFile) -> bool:
    """Whether all values are in the unit that a file has unless it says otherwise."""
    return all(unit == "ng/mL" for unit in data.units.values())


def _has_lag(data: DataFile) -> bool:
    """Whether any dose begins to enter after it is given."""
    return any(dose.lag_h for regimen in data.regimens for dose in regimen.doses)


def _rows(data: DataFile) -> Iterator[dict[str, object]]:
    """Yield every row of the file."""
    has_lag = _has_lag(data)
    order = np.argsort(data.observations.episode, kind="stable")
    ends = np.searchsorted(data.observations.episode[order], np.arange(data.n_episodes + 1))
    before = -1
    for episode, who in enumerate(data.episode_individual.tolist()):
        person: dict[str, object] = {"ID": data.ids[who]}
        person |= {name: float(column[who]) for name, column in data.covariates.items()}
        mine = order[ends[episode] : ends[episode + 1]]
        weight = float(data.covariates["WT"][who]) if "WT" in data.covariates else None
        later = set(data.observations.time_h[mine[data.observations.after_dose[mine]]].tolist())
        given = _dose_rows(data.regimens[episode], weight, later, has_lag)
        found = [*given, *_seen_rows(data, mine)]
        found.sort(key=lambda row: row[:2])
        start_h = found[0][0] if found else 0.0
        if who == before:
            yield {**person, "TIME": start_h, "EVID": 3, "MDV": 1}
        elif not found:
            yield {**person, "TIME": start_h, "AMT": 0, "EVID": 1, "MDV": 1}
        yield from ({**person, "TIME": time_h, **cells} for time_h, _, cells in found)
        before = who


def _seen_rows(data: DataFile, mine: np.ndarray) -> Iterator[tuple[float, int, dict[str, object]]]:
    """Yield time, rank and cells of observations: those after a dose rank behind it."""
    seen, plain = data.observations, _plain_units(data)
    for point in mine.tolist():
        name = str(seen.output[point])
        cells: dict[str, object] = {"EVID": 0, "MDV": int(seen.missing[point]), "DVID": name}
        if not plain:
            cells["DV_UNIT"] = data.units[name]
        if not (seen.missing[point] or seen.below_limit[point]):
            cells["DV"] = float(seen.value[point])
        if seen.below_limit[point]:
            cells["BLQ"] = 1
        if not np.isnan(seen.limit[point]):
            cells["LLOQ"] = float(seen.limit[point])
        yield float(seen.time_h[point]), 2 * int(seen.after_dose[point]), cells


def _dose_rows(
    regimen: Regimen, weight_kg: float | None, later: set[float], has_lag: bool
) -> list[tuple[float, int, dict[str, object]]]:
    """Return time, rank and cells of the doses of an episode, equal ones at equal steps as ADDL."""
    if regimen.holds:
        raise UserError(
            f"{regimen}: {regimen.holds[0].input} is held, for which there is no column"
        )
    trains: dict[Dose, list[float]] = {}
    for dose in regimen.doses:
        if dose.drug is not None and not dose.amount.is_zero:
            kind = replace(dose, amount=_fixed(dose, weight_kg, regimen), start_h=0.0)
            trains.setdefault(kind, []).append(dose.start_h)
    found = []
    for dose, starts in trains.items():
        for start_h, count, step_h in _trains(sorted(starts), later):
            more = {"ADDL": count, "II": step_h} if count else {}
            for cells in _cells(dose, has_lag):
                found.append((start_h, 1, {**cells, **more}))
    return found


def _fixed(dose: Dose, weight_kg: float | None, regimen: Regimen) -> Amount:
    """Return an amount in mg for one person."""
    if dose.drug is not None and not dose.drug.shares:
        raise UserError(f"{regimen}: {dose.drug.name} has no kinetics, so no compartment to write")
    if not dose.amount.mg_per_kg:
        return dose.amount
    if weight_kg is None:
        raise UserError(f"{regimen}: doses are per kg and there is no covariate WT")
    return Amount(mg=dose.amount.mg + dose.amount.mg_per_kg * weight_kg)


def _trains(starts: list[float], later: set[float]) -> Iterator[tuple[float, int, float]]:
    """Yield start, number of further doses and interval of runs that ADDL and II say exactly."""
    first = 0
    while first < len(starts):
        count, step_h = 0, 0.0
        if first + 1 < len(starts):
            step_h = starts[first + 1] - starts[first]
        while step_h > 0 and first + count + 1 < len(starts):
            time_h = starts[first + count + 1]
            if time_h != starts[first] + (count + 1) * step_h or time_h in later:
                break
            count += 1
        yield starts[first], count, step_h
        first += count + 1


def _cells(dose: Dose, has_lag: bool) -> list[dict[str, object]]:
    """Return the cells of a dose: its drug and route where that reads back, else compartments."""
    what = dose.drug or drug("ketamine")
    lag = {"LAG": dose.lag_h} if has_lag else {}
    name = f"{what.name} {dose.route}"
    place = dose_places().get(name)
    if place is not None and _reads_back(dose, place, has_lag):
        return [{**_given(dose.amount.mg, dose.duration_h, name), **lag}]
    return [
        {**_given(dose.amount.mg * share, dose.duration_h, cmt), **lag}
        for form, route, share in entries(dose)
        for cmt in [ROUTES[route].compartment.format(form)]
    ]


def _reads_back(dose: Dose, place: Place, has_lag: bool) -> bool:
    """Whether a dose is just what its drug and route stand for in a file."""
    plain = replace(dose, mucosal_share=1.0)
    return as_given(place, plain, has_lag) == (dose,)


def _given(mg: float, length_h: float, cmt: str) -> dict[str, object]:
    """Return the cells that say how much goes where, and how fast."""
    rate = {"RATE": mg / length_h} if length_h > 0 else {}
    return {"AMT": mg, **rate, "CMT": cmt, "EVID": 1, "MDV": 1}
