"""The workload: 49 states, 8 infusions, five outputs every 6 h, and its reference solution.

``python -m bench.workload_data FILE`` writes the model as SBML.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "workload"
RATE_NAMES = ("RinfS", "RinfR")
FLOOR = 1e-3  # of the largest value of an output: below it a relative error means nothing

Solve = Callable[[int, float], np.ndarray]
"""``solve(n_patients, rtol)`` returns outputs, shape (n_patients, 225, 5); NaN where it failed."""


@dataclass(frozen=True)
class Segment:
    """A stretch of constant infusion rate, and the output times it has to deliver."""

    start_h: float
    end_h: float
    rate: float
    first: int  # outputs [first, last) of the grid lie in (start_h, end_h]
    last: int

    @property
    def outputs(self) -> slice:
        """Place of this segment's outputs in the grid."""
        return slice(self.first, self.last)

    def stops_h(self, grid_h: np.ndarray) -> np.ndarray:
        """Return the segment's output times and its end, without its start."""
        inside = grid_h[self.outputs]
        ends_on_grid = len(inside) > 0 and inside[-1] == self.end_h
        return inside if ends_on_grid else np.append(inside, self.end_h)


@dataclass(frozen=True)
class Workload:
    """The population benchmark as every tool gets it.

    Attributes
    ----------
    sbml : str
        The model as SBML.
    names, parameters : tuple of str, ndarray (4096, 38)
        Parameters that differ between patients. The rest stay as the SBML has them.
    outputs : tuple of str
        The five outputs, all of them states.
    grid_h : ndarray (225,)
    segments : tuple of Segment
    reference : ndarray (32, 225, 5)
        SciPy LSODA at rtol 1e-10, first 32 patients.
    """

    sbml: str
    names: tuple[str, ...]
    parameters: np.ndarray
    outputs: tuple[str, ...]
    grid_h: np.ndarray
    segments: tuple[Segment, ...]
    reference: np.ndarray

    def patients(self, count: int) -> np.ndarray:
        """Return the parameters of ``count`` patients; past 4096 they come round again."""
        return self.parameters[np.arange(count) % len(self.parameters)]

    def error(self, outputs: np.ndarray) -> tuple[float, float]:
        """Return the scaled and the point error of ``outputs`` (n, 225, 5).

        Both are the largest over the first 32 patients, outputs and times, as
        ``workload/README.md`` defines them. Patients that failed (NaN) are left out: count
        them apart.
        """
        n = min(len(outputs), len(self.reference))
        reference = self.reference[:n]
        difference = np.abs(outputs[:n] - reference)
        largest = np.abs(reference).max(axis=1, keepdims=True)
        scaled = difference / largest
        point = difference / (np.abs(reference) + FLOOR * largest)
        return float(np.nanmax(scaled)), float(np.nanmax(point))


def dose_times_h(patients: dict[str, np.ndarray]) -> list[tuple[float, float]]:
    """Return start and end of each infusion (h)."""
    starts = [float(patients["tau"]) * k for k in range(int(patients["ndose"]))]
    return [(start, start + float(patients["tinf"])) for start in starts]


def cut_segments(patients: dict[str, np.ndarray]) -> tuple[Segment, ...]:
    """Cut the course at every start and end of an infusion."""
    grid_h, rate = patients["grid"], float(patients["rate"])
    doses = dose_times_h(patients)
    cuts = [*(time for dose in doses for time in dose), float(grid_h[-1])]
    where = np.searchsorted(grid_h, cuts, side="right")
    return tuple(
        Segment(start, end, 0.0 if k % 2 else rate, int(where[k]), int(where[k + 1]))
        for k, (start, end) in enumerate(pairwise(cuts))
    )


def write_sbml(file: Path) -> None:
    """Translate the workload's Antimony to SBML, so that no tool under test pays for it."""
    import antimony

    if antimony.loadAntimonyFile(str(FOLDER / "population.ant")) < 0:
        raise RuntimeError(f"population.ant: {antimony.getLastError()}")
    sbml = antimony.getSBMLString(antimony.getMainModuleName())
    file.write_text(str(sbml), encoding="utf-8")


def write_sbml_apart(file: Path) -> None:
    """Do the same in another process, so that this one stays small."""
    command = [sys.executable, "-m", "bench.workload_data", str(file)]
    subprocess.run(command, cwd=FOLDER.parents[1], check=True, capture_output=True)


def load(sbml: str) -> Workload:
    """Read patients and reference from ``bench/workload``; ``sbml`` is the model's text."""
    with np.load(FOLDER / "patients.npz") as file:
        patients = dict(file)
    with np.load(FOLDER / "reference.npz") as file:
        reference = file["Y"]
    return Workload(
        sbml=sbml,
        names=tuple(map(str, patients["names"])),
        parameters=patients["X"],
        outputs=tuple(map(str, patients["outputs"])),
        grid_h=patients["grid"],
        segments=cut_segments(patients),
        reference=reference,
    )


if __name__ == "__main__":
    write_sbml(Path(sys.argv[1]))
