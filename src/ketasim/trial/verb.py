"""One verb: from a trial to what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ketasim.errors import UserError
from ketasim.trial.outcome import outcome
from ketasim.trial.plan import Plan, planned
from ketasim.trial.replicates import Row, chunks, replicates_of, run_chunk
from ketasim.trial.results import TrialResult
from ketasim.trial.running import Replicate, run
from ketasim.trial.trial_file import Trial, load_trial, with_options


def run_trial(
    trial: Trial | Path | str, replicates: int | None = None, *, threads: int | None = None
) -> TrialResult:
    """Run a trial; `ketasim.trial.contrasts` compares the arms of the result.

    Parameters
    ----------
    trial : Trial, Path or str
        A trial, or the path of its file.
    replicates : int, optional
        How often it is run besides, each time with other patients and another effect of the trial,
        for `TrialResult.replicates`; 1 is not at all. Default: as the trial says.
    threads : int, optional
        Default: all processors; the numbers do not depend on it.

    Returns
    -------
    TrialResult
        Of the trial in the middle of all: its patients respond as the model's do.

    Raises
    ------
    UserError
        A file that cannot be read, a mistake in it, or nobody who qualifies.
    """
    file = "trial" if isinstance(trial, Trial) else str(trial)
    read = trial if isinstance(trial, Trial) else load_trial(Path(trial))
    read = with_options(read, replicates=replicates)
    plan = planned(read, file)
    rows: list[Row] = []
    if read.replicates > 1:
        for numbers in chunks(read.replicates, read.design.n):
            rows += run_chunk(plan, numbers, threads)
    return middle_trial(plan, rows, threads)[1]


def middle_trial(
    plan: Plan, rows: Sequence[Row] = (), threads: int | None = None
) -> tuple[Replicate, TrialResult]:
    """Run the trial in the middle of all, and put what replicates say beside it.

    Parameters
    ----------
    plan : Plan
    rows : sequence of Row
        What replicates gave; none where there are none.
    threads : int, optional

    Raises
    ------
    UserError
        Hardly anybody qualifies, or after a lead-in nobody for one of the arms.
    """
    first = run(plan, [0], threads, between_trials=False)[0]
    _check_randomised(plan, first)
    result = outcome(plan, first)
    return first, replace(result, replicates=replicates_of(plan, rows)) if rows else result


def _check_randomised(plan: Plan, found: Replicate) -> None:
    """Refuse a lead-in after which an arm has nobody."""
    if plan.trial.lead_in is None or all(group.record.n for group in found.groups):
        return
    met, began = int(found.qualified.sum()), found.patients.n
    lead_in = plan.trial.lead_in
    raise UserError(
        f"lead_in.randomise: {met} of {began} patients are {lead_in.randomise} at "
        f"{lead_in.until}, too few for {len(found.groups)} arms; raise design.n or treat longer"
    )
