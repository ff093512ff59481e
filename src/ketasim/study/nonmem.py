"""A study's doses and people as a NONMEM data set, with simulated samples where they are wanted.

Numbers only, as NONMEM reads them; what CMT, DVID and ARM mean stands in a second file beside it
(``trial.csv`` and ``trial.codes.csv``).
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.input_files import read_text
from ketasim.study.whole_file import check_writable, whole_file

if TYPE_CHECKING:
    from ketasim.dosing import DataFile, Regimen
    from ketasim.population import Population
    from ketasim.study.setup import Setup

SAMPLED = ("Cket", "Cnk", "Chnk")
OWN = ("ARM", "PERSON")
"""Columns beyond those of a data file; leave them out when reading (``ignore``)."""
_MG, _NO_VALUE = "mg of free base", "."


@dataclass(frozen=True)
class NonmemFiles:
    """What was written.

    Attributes
    ----------
    data, codes : Path
    left_out : tuple of str
        What a regimen gives that no record can say, a line each.
    """

    data: Path
    codes: Path
    left_out: tuple[str, ...]


def write_nonmem(
    setup: Setup,
    path: Path | str,
    samples_h: Sequence[float] = (),
    outputs: Sequence[str] = SAMPLED,
    *,
    threads: int | None = None,
) -> NonmemFiles:
    """Write the doses that each person of each arm is given, and samples if times are named.

    Parameters
    ----------
    setup : Setup
        From :func:`ketasim.study.prepare`.
    path : path
        ``trial.csv``; what its codes mean goes into ``trial.codes.csv`` beside it.
    samples_h : sequence of float
        When blood is drawn, hours after time 0 of the study; none: dose records only.
    outputs : sequence of str
        Concentrations that are measured then, each with the residual error that studies had
        (``population/residual_error.csv``).
    threads : int, optional

    Returns
    -------
    NonmemFiles

    Raises
    ------
    UserError
        An output without a residual error, a time that is no time, a place that cannot be
        written.

    Notes
    -----
    TIME is in h, AMT in mg of free base, RATE in mg/h, DV in ng/mL. ID numbers the people of all
    arms; PERSON is the same for one person in every arm. Clamps (inhibitors, antagonists,
    expectancy) and drugs without kinetics have no record: they are left out, and named.
    """
    target = Path(path)
    codes = codes_path(target)
    for each in (target, codes):
        check_writable(each)
    times_h = _checked_times(samples_h)
    left_out: dict[str, None] = {}
    data = _data(setup, times_h, tuple(outputs) if times_h.size else (), threads, left_out)
    legend = _Legend()
    with whole_file(target) as file, whole_file(codes) as beside:
        _write_rows(data, setup, file, legend)
        for number, (name, regimen) in enumerate(setup.regimens.items(), 1):
            legend.rows.append(("ARM", str(number), name, str(regimen)))
        with beside.open("w", newline="", encoding="utf-8") as text:
            writer = csv.writer(text, lineterminator="\n")
            ordered = sorted(legend.rows, key=lambda row: (row[0], int(row[1])))
            writer.writerows([("column", "code", "meaning", "unit or words"), *ordered])
    return NonmemFiles(target, codes, tuple(left_out))


def codes_path(path: Path) -> Path:
    """Return where the codes of a data set stand: ``trial.codes.csv`` for ``trial.csv``."""
    return path.with_name(f"{path.stem}.codes.csv")


def read_nonmem(path: Path | str) -> DataFile:
    """Read back what `write_nonmem` wrote, codes and all, with `ketasim.dosing.read_data`."""
    from ketasim.dosing import read_data

    names: dict[str, dict[str, str]] = {"CMT": {}, "DVID": {}, "ARM": {}}
    codes = codes_path(Path(path))
    if not codes.is_file():
        raise UserError(f"{path}: its codes, {codes}, are not there")
    for line, row in enumerate(csv.DictReader(read_text(codes).splitlines()), 2):
        column, code, meaning = (row.get(key) for key in ("column", "code", "meaning"))
        if column not in names or not code or not meaning:
            raise UserError(
                f"{codes}:{line}: needs column ({', '.join(names)}), code and meaning, as "
                "`ketasim export --nonmem` writes them"
            )
        names[column][code] = meaning
    return read_data(path, places=names["CMT"], analytes=names["DVID"], ignore=OWN)


class _Legend:
    """Numbers for words, in order of appearance, and what they mean."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str, str]] = []
        self._numbers: dict[tuple[str, str], str] = {}

    def code(self, column: str, word: str, unit: str) -> str:
        """Return the number that stands for a word in a column."""
        key = (column, word)
        if key not in self._numbers:
            number = str(1 + sum(name == column for name, _ in self._numbers))
            self._numbers[key] = number
            self.rows.append((column, number, word, unit))
        return self._numbers[key]


def _data(
    setup: Setup,
    times_h: np.ndarray,
    outputs: tuple[str, ...],
    threads: int | None,
    left_out: dict[str, None],
) -> DataFile:
    """Return everybody of every arm as one data file, arm after arm."""
    from ketasim.dosing import data_of
    from ketasim.population import covariates

    n, arms = setup.population.n, list(setup.regimens)
    people = covariates(setup.population)
    regimens = [
        _recordable(name, setup.regimens[name], left_out) for name in arms for _ in range(n)
    ]
    values = {name: np.empty((len(arms) * n, len(times_h))) for name in outputs}
    for place, name in enumerate(arms if outputs else ()):
        for output, column in _samples(setup, name, place, times_h, outputs, threads).items():
            values[output][place * n : (place + 1) * n] = column
    return data_of(
        regimens, times_h, values, {name: np.tile(v, len(arms)) for name, v in people.items()}
    )


def _recordable(arm: str, regimen: Regimen, left_out: dict[str, None]) -> Regimen:
    """Return a regimen without what a data file has no record for, taking note of that."""
    doses = []
    for hold in regimen.holds:
        what = f"{hold.input} held at {hold.value:g} from {hold.start_h:g} to {hold.end_h:g} h"
        left_out[f"arm {arm}: {what}"] = None
    for dose in regimen.doses:
        if dose.drug is not None and not dose.drug.shares:
            left_out[f"arm {arm}: {dose.drug.name}, which has no kinetics"] = None
        else:
            doses.append(dose)
    return replace(regimen, doses=tuple(doses), holds=())


def _samples(
    setup: Setup,
    arm: str,
    place: int,
    times_h: np.ndarray,
    outputs: tuple[str, ...],
    threads: int | None,
) -> dict[str, np.ndarray]:
    """Return what a laboratory reports for the people of one arm, shape (n, times) each."""
    from ketasim.population import residual_errors, with_residual_error
    from ketasim.simulation import simulate

    regimen, population = setup.regimens[arm], setup.population
    routes = {dose.route for dose in regimen.doses if dose.drug is not None}
    errors = residual_errors("nasal" if routes == {"nasal"} else "infusion")
    for name in outputs:
        if name not in setup.model.outputs:
            hint = nearest(name, setup.model.outputs)
            raise UserError(f"samples: the model has no output {name!r}{hint}")
        if name not in errors:
            raise UserError(f"samples: {name!r} has no residual error{nearest(name, errors)}")
    found = simulate(
        setup.model, regimen, population, times_h, outputs,
        rtol=setup.study.tolerance, threads=threads,
    )  # fmt: skip
    measured = {}
    for k, name in enumerate(outputs):
        true, error = np.maximum(found.values[:, :, k], 0.0), errors[name]
        seen = with_residual_error(true, error, output=name, seed=population.seed, replicate=place)
        measured[name] = np.maximum(seen, 0.0)  # an assay reports nothing below 0
    return measured


def _checked_times(samples_h: Sequence[float]) -> np.ndarray:
    times_h = np.asarray(samples_h, dtype=float)
    if not np.all(np.isfinite(times_h)) or np.any(times_h < 0):
        raise UserError(f"samples: {list(samples_h)} are not times [h] from 0 on")
    return np.unique(times_h)


def _write_rows(data: DataFile, setup: Setup, path: Path, legend: _Legend) -> None:
    """Write a data file in numbers alone."""
    from ketasim.dosing import write_data

    with tempfile.TemporaryDirectory() as folder:
        words = Path(folder) / "words.csv"
        write_data(words, data)
        with (
            words.open(encoding="utf-8", newline="") as text,
            path.open("w", newline="", encoding="utf-8") as out,
        ):
            reader = csv.DictReader(text)
            assert reader.fieldnames is not None
            columns = [name.upper() for name in reader.fieldnames]
            if "SS" not in columns:
                columns.insert(columns.index("II") + 1, "SS")
            writer = csv.DictWriter(out, [*columns, *OWN], restval=_NO_VALUE, lineterminator="\n")
            writer.writeheader()
            writer.writerows(_numbered(reader, data.units, setup.population, legend))


def _numbered(
    rows: Iterator[Mapping[str, str]],
    units: Mapping[str, str],
    population: Population,
    legend: _Legend,
) -> Iterator[dict[str, str]]:
    """Yield rows with numbers for words, and the columns that tell arm and person."""
    for row in rows:
        cells = {name.upper(): cell for name, cell in row.items()}
        if cells["CMT"] != _NO_VALUE:
            cells["CMT"] = legend.code("CMT", cells["CMT"], _MG)
        elif cells["EVID"] == "1":  # nothing was given: a row, so that the person is there
            cells |= {"EVID": "2", "AMT": _NO_VALUE}
        if cells["DVID"] != _NO_VALUE:
            cells["DVID"] = legend.code("DVID", cells["DVID"], units[cells["DVID"]])
        arm, person = divmod(int(cells["ID"]) - 1, population.n)
        yield cells | {"ARM": str(arm + 1), "PERSON": str(person + 1)}
