"""A recorded run, run again and compared."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.cli.progress import Steps
from ketasim.cli.record import read_record
from ketasim.errors import UserError
from ketasim.input_files import DATA_MB, named_file, read_bytes
from ketasim.report.run_record import PEOPLE_COPY, added_copies, file_hash
from ketasim.report.summary_answer import write_summary
from ketasim.study.arm import simulate_arm
from ketasim.study.file import checked_study
from ketasim.study.large_arm import summarise_arm
from ketasim.study.setup import Setup, prepare

if TYPE_CHECKING:
    import pandas as pd

# Another processor or library may round differently, and an adaptive solver then takes other
# steps: as much as ten times the tolerance is the same result, relative to the largest value.
SLACK = 10.0


@dataclass(frozen=True)
class Comparison:
    """How a run compares with its record.

    Attributes
    ----------
    changed : dict of str to tuple
        What it was made with that is different now: (then, now).
    arms : dict of str to float or None
        Largest difference, relative to the largest value of the output; 0 where bitwise the
        same, None where the results themselves are gone and only their hash differs.
    limit : float
    """

    changed: dict[str, tuple[str, str]]
    arms: dict[str, float | None]
    limit: float

    @property
    def same(self) -> bool:
        """Whether every arm came out the same within the limit."""
        return all(gap is not None and gap <= self.limit for gap in self.arms.values())

    def lines(self) -> list[str]:
        """Return the comparison in words."""
        told = [f"{what}: {then} then, {now} now" for what, (then, now) in self.changed.items()]
        for name, gap in self.arms.items():
            if gap == 0:
                told.append(f"{name}: identical")
            elif gap is None:
                told.append(f"{name}: not identical, and no results beside the record to compare")
            else:
                verdict = "the same within" if gap <= self.limit else "differs by more than"
                told.append(f"{name}: {verdict} {self.limit:g} (largest difference {gap:.2g})")
        return [*told, "reproduced" if self.same else "not reproduced"]

    def plain(self) -> dict[str, Any]:
        """Return the comparison as plain data."""
        changed = {what: {"then": a, "now": b} for what, (a, b) in self.changed.items()}
        return {"reproduced": self.same, "changed": changed, "arms": self.arms, "limit": self.limit}


def reproduce_run(path: Path, threads: int | None, steps: Steps) -> Comparison:
    """Run every arm of a record again and compare it with what the record says.

    Parameters
    ----------
    path : Path
        ``run.json`` or its folder.
    threads : int, optional
    steps : Steps
        Told how far the work is.

    Raises
    ------
    UserError
        No record, or a file of people that is gone or has changed since.
    """
    record = read_record(path)
    folder = path if path.is_dir() else path.parent
    setup = _setup(record, path, folder)
    steps.total = float(len(setup.regimens))
    arms: dict[str, float | None] = {}
    with tempfile.TemporaryDirectory(prefix="ketasim-") as place:
        for name in setup.regimens:
            steps.now(f"simulating {name}")
            again = Path(place) / f"{name}.parquet"
            if record.get("keep") == "summary":
                again = again.with_name(f"{name}.summary.csv")
                arm = summarise_arm(setup, name, threads=threads, advance=steps.advance)
                if arm.summary is not None:
                    write_summary(arm.summary, again)
            else:
                arm = simulate_arm(setup, name, again, threads=threads, advance=steps.advance)
            if arm.digest == _known_hash(record, name, path):
                arms[name] = 0.0
            else:
                arms[name] = largest_difference(folder / "results" / again.name, again)
    return Comparison(_changed(record, setup), arms, SLACK * setup.study.tolerance)


def _known_hash(record: dict[str, Any], name: str, path: Path) -> str:
    try:
        return str(record["arms"][name]["sha256"])
    except (KeyError, TypeError):
        raise UserError(f"{path}: the record says nothing of the arm {name!r}") from None


def _setup(record: dict[str, Any], path: Path, folder: Path) -> Setup:
    study = checked_study(record["study"], str(path))
    for name, known in record.get("inputs_sha256", {}).items():
        file = named_file(folder, str(name), f"{path}: inputs_sha256")
        if not file.is_file():
            raise UserError(f"{path}: {file}, which the run was made from, is gone")
        if file_hash(file) != known:
            raise UserError(f"{path}: {file}, which the run was made from, has changed since")
    if study.population.file is not None:
        copy = study.population.model_copy(update={"file": PEOPLE_COPY})
        study = study.model_copy(update={"population": copy})
    study = study.model_copy(update={"add": added_copies(study.add)})
    return prepare(study, str(path), folder)


def _changed(record: dict[str, Any], setup: Setup) -> dict[str, tuple[str, str]]:
    from ketasim.simulation.provenance import versions

    then = {"model hash": record["model_hash"], **record["versions"]}
    now = {"model hash": setup.model.hash, **versions()}
    pairs = {name: (str(then.get(name, "unknown")), str(now[name])) for name in now}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def largest_difference(then: Path, now: Path) -> float | None:
    """Return the largest difference of two results files, scaled by each output's largest value.

    None where the earlier file is gone; infinite where the rows, columns or failures differ.
    """
    import numpy as np

    if not then.is_file():
        return None
    before, after = (_table(path) for path in (then, now))
    if list(before.columns) != list(after.columns) or len(before) != len(after):
        return float("inf")
    worst = 0.0
    words = ["individual", "time_h", "status", "output", "unit"]
    for column in before.columns.drop(words, errors="ignore"):
        one, other = before[column].to_numpy(dtype=float), after[column].to_numpy(dtype=float)
        if not np.array_equal(np.isnan(one), np.isnan(other)):
            return float("inf")
        size = max(np.nanmax(np.abs(one), initial=0.0), 1e-300)
        worst = max(worst, float(np.nanmax(np.abs(one - other), initial=0.0) / size))
    return worst


def _table(path: Path) -> pd.DataFrame:
    """Return a results file: everybody's numbers, or a summary."""
    if path.suffix == ".csv":
        import pandas as pd

        return pd.read_csv(BytesIO(read_bytes(path, DATA_MB, str(path))))
    from ketasim.simulation import read_parquet

    return read_parquet(path)
