"""From a study file to the nouns of `simulate`: model, people, regimens, times."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.input_files import named_file
from ketasim.model.added import files_beside
from ketasim.study.routes import check_routes
from ketasim.study.times import output_times

if TYPE_CHECKING:
    from ketasim.dosing import Regimen
    from ketasim.model import Model
    from ketasim.population import Population
    from ketasim.study.tables import Study

DEFAULT_POPULATION = "trd"
DEFAULT_N = 1000


@dataclass(frozen=True)
class Setup:
    """Everything that is simulated, and nothing yet done.

    Attributes
    ----------
    study : Study
    model : Model
    population : Population
        The same people in every arm.
    regimens : dict of str to Regimen
        By arm.
    times_h : ndarray, shape (t,)
    people_file : Path or None
        File that people were read from.
    added_files : tuple of Path
        What the study's own mechanisms were read from: texts, tables, bibliographies.
    """

    study: Study
    model: Model
    population: Population
    regimens: dict[str, Regimen]
    times_h: np.ndarray
    people_file: Path | None
    added_files: tuple[Path, ...] = ()


@contextmanager
def told_with(place: str) -> Iterator[None]:
    """Put ``place`` (file and key) before what a lower layer says of the user's mistake."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{place}: {error}") from None


def prepare(study: Study, file: str | None = None, folder: Path | None = None) -> Setup:
    """Assemble what a study names, and the kinetics of every other drug its steps give a dose of.

    Parameters
    ----------
    study : Study
    file : str, optional
        The study file as errors should name it; default: the one it was read from.
    folder : Path, optional
        Where files that it names lie; default: where the study lies.

    Raises
    ------
    UserError
        Unknown mechanism, parameter, output or population; a bad file of people or of an added
        mechanism; a file outside the study's folder; a route that the model cannot take.
    """
    file = study.file if file is None else file
    folder = study.folder if folder is None else folder
    add = tuple(named_file(folder, name, f"{file}: add") for name in study.add)
    model = _model(study, file, add)
    for output in study.outputs:
        _known(output, model.outputs, f"{file}: outputs", "output")
    people_file = None
    if study.population.file is not None:
        people_file = named_file(folder, study.population.file, f"{file}: population.file")
    check_routes(study, model, file)
    regimens = {arm.name: arm.given() for arm in study.arms}
    doses = [dose for regimen in regimens.values() for dose in regimen.doses]
    with told_with(f"{file}: times"):
        given_h = [(dose.start_h, dose.start_h + dose.duration_h) for dose in doses]
        times_h = output_times(study.times, given_h)
    return Setup(
        study=study,
        model=model,
        population=_population(study, model, file, people_file),
        regimens=regimens,
        times_h=times_h,
        people_file=people_file,
        added_files=tuple(each for path in add for each in files_beside(path)),
    )


def _model(study: Study, file: str, add: tuple[Path, ...]) -> Model:
    from ketasim.model import ModelFolder, assemble, with_added

    with told_with(file):
        place = with_added(ModelFolder(), add)
    every = place.every_name()
    chosen = None if study.mechanisms == "all" else study.mechanisms
    named = {"mechanisms": chosen or (), "without": study.without}
    for key, names in {**named, "scale": study.scale, "block": study.block}.items():
        for name in names:
            if name not in every:
                raise UserError(f"{file}: {key}: no mechanism {name!r}{place.meant(name)}")
    values = {f"scale_{name}": number for name, number in study.scale.items()}
    values |= {f"block_{name}": number for name, number in study.block.items()}
    with told_with(file if add else f"{file}: values, scale or block"):
        assemble_values = {**values, **study.values}
        return assemble(
            chosen, study.without, assemble_values, companions=_companions(study), add=add
        )


def _companions(study: Study) -> tuple[str, ...]:
    """Return the companions of which a step gives a dose, unless the study leaves them out."""
    from ketasim.model import companion_names

    regimens = (arm.given() for arm in study.arms)
    drugs = {dose.drug for regimen in regimens for dose in regimen.doses if dose.drug}
    named = {drug.companion for drug in drugs} - set(study.without)
    return tuple(name for name in companion_names() if name in named)


def _population(study: Study, model: Model, file: str, people_file: Path | None) -> Population:
    from ketasim.population import COVARIATES, Population, check_given, from_file

    table = study.population
    known = {*COVARIATES, *(parameter.symbol for parameter in model.parameters)}
    for symbol in table.overrides:
        _known(symbol, known, f"{file}: population.overrides", "parameter")
    name = table.name or DEFAULT_POPULATION
    if people_file is None:
        with told_with(f"{file}: population.name"):
            return Population(
                name=name, n=study.n or DEFAULT_N, seed=study.seed, overrides=table.overrides
            )
    people = from_file(people_file, name=name, seed=study.seed)
    check_given(people, model.parameters)
    if study.n is not None and study.n > people.n:
        raise UserError(f"{file}: n: {study.n} asked for, but {people_file} holds {people.n}")
    return replace(people, n=study.n or people.n, overrides=dict(table.overrides))


def _known(name: str, choices: Collection[str], place: str, what: str) -> None:
    if name not in choices:
        raise UserError(f"{place}: no {what} {name!r}{nearest(name, choices)}")
