"""What a study gave, as one object: arms, answer, pictures, and the folder of ``ketasim run``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.errors import UserError, nearest

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.inference import Attribution
    from ketasim.report.contents import LintRow, ReportInput
    from ketasim.report.style import Picture
    from ketasim.simulation.check import Check
    from ketasim.study.arm import Arm
    from ketasim.study.setup import Setup
    from ketasim.study.tables import Study

#: How a run ended, as the command line's exit codes say it.
ALL, INEXACT, NOBODY, SOME = 0, 3, 4, 5


@dataclass(frozen=True, eq=False)
class StudyResult:
    """What a study gave.

    Attributes
    ----------
    setup : Setup
        What was simulated: study, model, population, regimens, times.
    arms : mapping of str to Arm
        Counts, doses and digest of each arm.
    typical : mapping of str to xarray.DataArray
        The one person with typical values, by arm; empty where the study does not want it.
    attribution : tuple of Attribution
        Points of the fall in MADRS carried by each mechanism, in each reading.
    started_utc : str
    seconds : float
        Time the run took.
    threads : int or None
    checks : mapping of str to Check
        The engine's own error in each arm, where it was asked for.
    """

    setup: Setup
    arms: Mapping[str, Arm]
    typical: Mapping[str, xr.DataArray]
    attribution: tuple[Attribution, ...]
    started_utc: str
    seconds: float
    threads: int | None = None
    checks: Mapping[str, Check] = field(default_factory=dict)

    @property
    def study(self) -> Study:
        """The question."""
        return self.setup.study

    @property
    def code(self) -> int:
        """0 where all people could be simulated, 4 nobody of an arm, 5 not all of them.

        3 where a check found errors larger than promised.
        """
        failures = [arm.failed / arm.n for arm in self.arms.values()]
        if 1.0 in failures:
            return NOBODY
        if any(check.broken for check in self.checks.values()):
            return INEXACT
        return SOME if any(failures) else ALL

    def result(self, arm: str | None = None) -> xr.DataArray:
        """Return an arm's numbers, dims (individual, time [h], output).

        Parameters
        ----------
        arm : str, optional
            Default: the first arm that is not the control.

        Returns
        -------
        xarray.DataArray
            In single precision, with units, labels and covariates: the first 10,000 people, and
            of very long grids an even choice of times. ``ketasim run`` writes everything.
        """
        name = self.study.main_arm if arm is None else arm
        if name not in self.arms:
            raise UserError(f"no arm {name!r}{nearest(name, self.arms)}")
        return self.arms[name].result

    @cached_property
    def answer(self) -> dict[str, Any]:
        """The answer in a few numbers, as it stands in ``run.json``."""
        from ketasim.report.answer import answer
        from ketasim.report.summary_answer import with_summaries

        return with_summaries(answer(self.contents()), self.arms)

    @cached_property
    def record(self) -> dict[str, Any]:
        """Everything needed to run it again, with the answer: what ``run.json`` holds."""
        from ketasim.report.run_record import run_record

        record = run_record(self.setup, self.arms, self.started_utc)
        if self.checks:
            record["check"] = {name: check.plain() for name, check in self.checks.items()}
        return record | {
            "answer": self.answer,
            "exit_code": self.code,
            "wall_s": round(self.seconds, 2),
        }

    def contents(self, lint: Sequence[LintRow] = ()) -> ReportInput:
        """Return what a report of it is made from."""
        from ketasim.report.run_record import run_record
        from ketasim.report.study_contents import report_contents

        facts = _facts(run_record(self.setup, self.arms, self.started_utc))
        facts |= {f"check of {name}": str(check) for name, check in self.checks.items()}
        for name, arm in self.arms.items():
            if arm.summary is not None:
                facts[f"drawn of {name}"] = (
                    f"the first {len(arm.result):,} of {arm.n:,}; the numbers of all are in "
                    f"results/{name}.summary.csv and run.json"
                )
        return report_contents(self.setup, self.arms, self.attribution, self.typical, lint, facts)

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of the pictures that :meth:`figure` draws."""
        from ketasim.report.figures import PLOTS

        return (*(plot.__name__ for plot in PLOTS), "overview")

    def figure(self, name: str) -> Picture:
        """Draw one picture of the report.

        Raises
        ------
        UserError
            For an unknown name, or a picture for which the study has no output.
        """
        from ketasim.report.figures import PLOTS, overview
        from ketasim.report.style import Missing, house_style

        plots = {plot.__name__: plot for plot in (*PLOTS, overview)}
        if name not in plots:
            raise UserError(f"no figure {name!r}{nearest(name, plots)}")
        with house_style():
            drawn = plots[name](self.contents())
        if isinstance(drawn, Missing):
            raise UserError(f"figure {name!r}: {drawn.sentence}")
        return drawn

    def save(
        self,
        folder: str | Path,
        *,
        report: bool = True,
        netcdf: bool = False,
        figures: bool = False,
    ) -> Path:
        """Write the folder that ``ketasim run`` writes: results, ``run.json``, report.

        Parameters
        ----------
        folder : path
            Appears, or is replaced, when all is written.
        report, netcdf, figures : bool
            Whether to write the report, NetCDF beside Parquet, the figures as SVG and PNG.

        Raises
        ------
        UserError
            A folder that cannot be written, or that holds what ketasim did not write.
        """
        from ketasim.report.output_folder import output_folder
        from ketasim.report.study_folder import write_arms, write_folder

        target = Path(folder)
        with output_folder(target, asked="folder") as place:
            write_arms(self, place / "results")
            write_folder(self, place, report=report, netcdf=netcdf, figures=figures)
        return target

    def _repr_html_(self) -> str:
        from ketasim.report.notebook import study_result_html

        return study_result_html(self)


def _facts(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the provenance that the report prints."""
    keys = ("program", "started_utc", "machine", "study_file", "model_hash", "population")
    facts = {key: str(record[key]) for key in (*keys, "seed", "tolerance")}
    facts |= {f"version of {name}": text for name, text in record["versions"].items()}
    facts |= {f"SHA-256 of {name}": arm["sha256"] for name, arm in record["arms"].items()}
    return facts
