"""A recorded trial, run again and compared."""

from __future__ import annotations

import tempfile
from io import StringIO
from pathlib import Path
from typing import Any

from ketasim.cli.progress import Steps
from ketasim.cli.record import read_record
from ketasim.cli.reproduce import SLACK, Comparison
from ketasim.input_files import DATA_MB, named_file, read_text
from ketasim.report.run_record import file_hash

TOLERANCE = 1e-4


def reproduce_trial(path: Path, threads: int | None, steps: Steps) -> Comparison:
    """Run a recorded trial again and compare its visits and replicates with the record.

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
        No record, or one whose trial this version cannot run.
    """
    from ketasim.cli.trial_run import one_trial
    from ketasim.cli.trial_tables import write_tables
    from ketasim.trial.plan import planned
    from ketasim.trial.replicates import run_replicates
    from ketasim.trial.trial_file import checked_trial

    record = read_record(path)
    folder = path if path.is_dir() else path.parent
    trial = checked_trial(record["trial"], str(path))
    steps.total = 1.0 + trial.replicates
    plan = planned(trial, str(path))
    found: dict[str, float | None] = {}
    with tempfile.TemporaryDirectory(prefix="ketasim-") as place:
        steps.now("simulating")
        rows = ()
        if trial.replicates > 1:
            store = Path(place) / "store"
            rows = run_replicates(
                plan, store, trial.replicates, threads=threads, done=steps.advance
            )
        first, result, contrasts = one_trial(plan, rows, threads)
        write_tables(plan, first, result, contrasts, rows, Path(place))
        for name, known in record["outputs_sha256"].items():
            again = named_file(Path(place), name, f"{path}: outputs_sha256")
            same = file_hash(again) == known
            found[name] = 0.0 if same else _largest_difference(folder / "results" / name, again)
    return Comparison(_changed(record, plan.model.hash), found, SLACK * TOLERANCE)


def _changed(record: dict[str, Any], model_hash: str) -> dict[str, tuple[str, str]]:
    """Return what the trial was made with that is different now."""
    from ketasim.simulation.provenance import versions
    from ketasim.trial.replicates import tables_sha256

    then = {"model hash": record["model_hash"], **record["versions"], **record["tables_sha256"]}
    now = {"model hash": model_hash, **versions(), **tables_sha256()}
    pairs = {name: (str(then.get(name, "unknown")), str(now[name])) for name in now}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _largest_difference(then: Path, now: Path) -> float | None:
    """Return the largest difference of two tables, relative to each column's largest value.

    None where the earlier table is gone; infinite where rows, columns or words differ.
    """
    import numpy as np
    import pandas as pd

    if not then.is_file():
        return None
    before, after = (pd.read_csv(StringIO(read_text(file, DATA_MB))) for file in (then, now))
    if list(before.columns) != list(after.columns) or len(before) != len(after):
        return float("inf")
    worst = 0.0
    for name in before.columns:
        one, other = before.loc[:, name], after.loc[:, name]
        if not (_is_number(one) and _is_number(other)):
            if not one.equals(other):
                return float("inf")
            continue
        first, second = one.to_numpy(dtype=float), other.to_numpy(dtype=float)
        if not np.array_equal(np.isnan(first), np.isnan(second)):
            return float("inf")
        size = max(float(np.nanmax(np.abs(first), initial=0.0)), 1e-300)
        worst = max(worst, float(np.nanmax(np.abs(first - second), initial=0.0)) / size)
    return worst


def _is_number(column: Any) -> bool:
    return column.dtype.kind in "iufb"
