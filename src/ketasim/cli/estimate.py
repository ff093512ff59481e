"""``ketasim estimate``: from a data file to estimates, pictures and a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.cli import NUMERICAL, OK, PARTIAL
from ketasim.errors import UserError
from ketasim.report.output_folder import Kind, output_folder

if TYPE_CHECKING:
    from ketasim.cli.progress import Steps
    from ketasim.dosing import DataFile
    from ketasim.inference.individual import Estimates
    from ketasim.model import Model
    from ketasim.population import ResidualError
    from ketasim.report.style import Picture

RECORD = "estimate.json"
ESTIMATE = Kind(
    RECORD, frozenset({RECORD, "estimates.csv", "predictions.csv", "figures", "report.html"})
)
WORK = 4.0


@dataclass(frozen=True)
class Question:
    """What the command line asks.

    Attributes
    ----------
    data : Path
    population : str
        Whose typical covariates stand in for missing ones.
    fixed : mapping of str to float
        Parameters known for everybody.
    residual : mapping of str to ResidualError
    places, analytes : mapping of str to str
        What codes in CMT and DVID mean (see :func:`ketasim.dosing.read_data`).
    linear : bool
        Whether concentrations are drawn on a linear axis.
    threads : int or None
    command : str
        The words typed, for the record.
    """

    data: Path
    population: str
    fixed: Mapping[str, float]
    residual: Mapping[str, ResidualError]
    places: Mapping[str, str] = field(default_factory=dict)
    analytes: Mapping[str, str] = field(default_factory=dict)
    linear: bool = False
    threads: int | None = None
    command: str = "ketasim estimate"


@dataclass(frozen=True)
class Answer:
    """What came out: the folder, the estimates, what to know of them, and the exit code."""

    folder: Path
    estimates: Estimates
    notes: tuple[str, ...]
    record: Mapping[str, Any]
    code: int


def kinetics(outputs: Sequence[str] = ()) -> Model:
    """Return the model of all that carries a dose to a concentration.

    The brain is in it only where one of ``outputs`` needs it.
    """
    from ketasim.model import assemble, load_mechanism, mechanism_names

    carriers = [name for name in mechanism_names() if load_mechanism(name).clock == "kinetics"]
    small = assemble([name for name in carriers if name != "brain"])
    needs_brain = any(name not in small.outputs for name in outputs)
    if not needs_brain or "brain" not in carriers:
        return small
    large = assemble(carriers)
    return large if any(name in large.outputs for name in outputs) else small


def run_estimate(asked: Question, target: Path, steps: Steps) -> Answer:
    """Estimate everybody of a file and write the folder.

    Raises
    ------
    UserError
        A mistake in the file or in the options, told in one line.
    """
    from ketasim.cli.estimate_files import record
    from ketasim.dosing import read_data
    from ketasim.inference.individual import estimate
    from ketasim.inference.individual_data import individuals_of
    from ketasim.inference.individual_samples import check_individuals

    steps.now("reading")
    data = read_data(asked.data, places=asked.places, analytes=asked.analytes)
    model = kinetics(tuple(str(name) for name in data.units))
    people, notes = individuals_of(data, model, _aside(data, model, asked))
    steps.advance()
    steps.now("estimating")
    try:
        check_individuals(people, model.outputs, asked.residual, data.covariates)
    except UserError as error:
        raise UserError(f"{asked.data}: {error}") from None
    found = estimate(
        model,
        people,
        residual=asked.residual,
        population=asked.population,
        fixed=asked.fixed,
        threads=asked.threads,
    )
    steps.advance()
    steps.now("drawing")
    pictures = _pictures(found, log=not asked.linear)
    steps.advance()
    facts = record(asked, data, model, found, notes)
    with output_folder(target, ESTIMATE) as folder:
        _write(folder, asked, found, pictures, notes, facts)
    steps.advance()
    return Answer(target, found, tuple(notes), facts, _code(found))


def _write(
    folder: Path,
    asked: Question,
    found: Estimates,
    pictures: Sequence[Picture],
    notes: Sequence[str],
    facts: Mapping[str, Any],
) -> None:
    from ketasim.cli.estimate_files import write_estimates, write_predictions
    from ketasim.report.files import write_file
    from ketasim.report.individuals_page import individuals_page

    write_estimates(found, folder / "estimates.csv")
    write_predictions(found, folder / "predictions.csv")
    _write_pictures(pictures, folder / "figures")
    provenance = {key: str(value) for key, value in facts["provenance"].items()}
    title = f"Individual estimates: {asked.data.name}"
    text = individuals_page(title, found, pictures, notes, provenance)
    write_file(folder / "report.html", text.encode("utf-8"))
    write_file(folder / RECORD, _json(facts))


def _aside(data: DataFile, model: Model, asked: Question) -> list[str]:
    """Return the outputs observed that are nothing of kinetics, such as scores."""
    names = [str(name) for name in data.units]
    return [name for name in names if name not in model.outputs and name not in asked.residual]


def _pictures(found: Estimates, *, log: bool) -> list[Picture]:
    from ketasim.inference.individual_bands import bands
    from ketasim.report.figure_individuals import agreement, people_curves, shown_people
    from ketasim.report.style import house_style

    which = shown_people(found)
    drawn = bands(found, which)
    with house_style():
        return [people_curves(found, which, drawn, log=log), agreement(found)]


def _write_pictures(pictures: Sequence[Picture], folder: Path) -> None:
    from ketasim.report.files import write_file
    from ketasim.report.svg import png, standalone

    for picture in pictures:
        write_file(folder / f"{picture.name}.svg", standalone(picture).encode("utf-8"))
        write_file(folder / f"{picture.name}.png", png(picture))


def _json(facts: Mapping[str, Any]) -> bytes:
    import json

    return (json.dumps(facts, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _code(found: Estimates) -> int:
    good = [one.is_good for one in found.individuals]
    if all(good):
        return OK
    return PARTIAL if any(good) else NUMERICAL
