"""The model, or a study, as files that other programs read: each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

from ketasim.cli import NUMERICAL, OK, PARTIAL
from ketasim.cli.progress import Steps
from ketasim.errors import UserError, nearest
from ketasim.study.whole_file import check_new_folder, check_writable, whole_file

if TYPE_CHECKING:
    from collections import Counter

    from ketasim.model import Model
    from ketasim.study import Setup, Study

OF_MODEL = ("sbml", "antimony")
ALONE = ("sbgn", "petab")
OF_PEOPLE = ("nonmem", "parquet", "netcdf")


@dataclass(frozen=True)
class Targets:
    """Where each format goes; None where it is not wanted. ``petab`` is a folder."""

    sbml: Path | None = None
    antimony: Path | None = None
    sbgn: Path | None = None
    omex: Path | None = None
    petab: Path | None = None
    nonmem: Path | None = None
    parquet: Path | None = None
    netcdf: Path | None = None

    def wanted(self) -> dict[str, Path]:
        """Return the formats asked for, in the order they are written."""
        every = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: path for name, path in every.items() if path is not None}


@dataclass(frozen=True)
class Asked:
    """What is exported, beyond where to.

    Attributes
    ----------
    study : Path or None
        Study file; None for the model, or the study that ketasim ships.
    companions, without : tuple of str
        Mechanisms to add and to leave out.
    add : tuple of Path
        Files of the user's own mechanisms.
    samples_h : tuple of float
        When blood is drawn [h], for a NONMEM data set.
    n, seed, threads : int or None
    """

    study: Path | None = None
    companions: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    add: tuple[Path, ...] = ()
    samples_h: tuple[float, ...] = ()
    n: int | None = None
    seed: int | None = None
    threads: int | None = None


@dataclass
class Exported:
    """What was written.

    Attributes
    ----------
    files : list of Path
    notes : list of str
        What could not be said in a format, a line each.
    code : int
        Exit code: 0, 4 (nobody could be simulated) or 5 (some could not).
    """

    files: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    code: int = OK

    def add_statuses(self, name: str, statuses: Counter[str]) -> None:
        """Take note of individuals that the engine gave up."""
        failed = sum(count for status, count in statuses.items() if status != "ok")
        if failed:
            self.notes.append(f"{name}: {failed} of {statuses.total()} individuals failed")
            self.code = NUMERICAL if failed == statuses.total() else max(self.code, PARTIAL)


def export_files(targets: Targets, asked: Asked, steps: Steps) -> Exported:
    """Write every format asked for; return the files written.

    Raises
    ------
    UserError
        Nothing asked for, an unknown mechanism, an option that concerns nothing asked for, a
        place that cannot be written. All of these before anything is simulated.
    """
    wanted = targets.wanted()
    _check(wanted, asked)
    done = Exported()
    model, setup = _model_and_setup(wanted, asked, done)
    steps.total = len(wanted)
    for name, path in wanted.items():
        steps.now(f"writing {path}")
        _WRITERS[name](path, model, setup, asked, done)
        steps.advance()
    return done


def _check(wanted: dict[str, Path], asked: Asked) -> None:
    """Refuse what cannot be done before anything is."""
    if not wanted:
        options = [f"--{each.name}" for each in fields(Targets)]
        raise UserError(f"export: say what to write, with one or more of {', '.join(options)}")
    _check_names(asked)
    places: dict[Path, str] = {}
    for name, path in wanted.items():
        (check_new_folder if name == "petab" else check_writable)(path)
        other = places.setdefault(path.absolute(), name)
        if other != name:
            raise UserError(f"export: --{other} and --{name} both go to {path}")
    if asked.samples_h and "nonmem" not in wanted:
        raise UserError("export: --samples concerns --nonmem, which is not asked for")
    if (asked.n is not None or asked.seed is not None) and not set(wanted) & set(OF_PEOPLE):
        raise UserError(f"export: --n and --seed concern {_options(OF_PEOPLE)}; none is asked for")
    if set(wanted) <= set(ALONE) and (asked.study or asked.companions or asked.without):
        raise UserError(
            "export: --petab is the calibration of the kinetics and --sbgn the whole map; they "
            "take no study, --companion or --without"
        )
    if asked.add and (asked.study or not set(wanted) <= {*OF_MODEL, *ALONE}):
        raise UserError(
            f"export: --add goes with {_options(OF_MODEL)} alone; a study names such files itself, "
            "as add = [...]"
        )


def _options(names: Iterable[str]) -> str:
    return ", ".join(f"--{name}" for name in names)


def _check_names(asked: Asked) -> None:
    from ketasim.model import companion_names, mechanism_names

    companions, every = companion_names(), (*mechanism_names(), *companion_names())
    for name in asked.companions:
        if name not in companions:
            raise UserError(f"--companion: unknown companion {name!r}{nearest(name, companions)}")
    own = asked.study is not None or asked.add  # may have mechanisms of its own
    for name in () if own else asked.without:
        if name not in every:
            raise UserError(f"--without: unknown mechanism {name!r}{nearest(name, every)}")


def _model_and_setup(
    wanted: dict[str, Path], asked: Asked, done: Exported
) -> tuple[Model | None, Setup | None]:
    """Return the model and the study of what is asked for, as far as it needs them."""
    if set(wanted) <= set(ALONE):
        return None, None
    if asked.study is None and set(wanted) <= {*OF_MODEL, *ALONE}:
        from ketasim.model import assemble

        return assemble(without=asked.without, companions=asked.companions, add=asked.add), None
    from ketasim.study import load_study, prepare, with_options

    study = with_options(load_study(asked.study), n=asked.n, seed=asked.seed)
    setup = prepare(_with_mechanisms(study, asked, done))
    return setup.model, setup


def _with_mechanisms(study: Study, asked: Asked, done: Exported) -> Study:
    """Return the study with the mechanisms that the command line adds and leaves out."""
    from ketasim.model import companion_names, load_mechanism, mechanism_names
    from ketasim.study import checked_study

    if not asked.companions and not asked.without:
        return study
    data = study.plain()
    if asked.companions:
        own = [Path(each).stem for each in study.add]
        chosen = [*mechanism_names(), *own] if study.mechanisms == "all" else study.mechanisms
        data["mechanisms"] = list(dict.fromkeys([*chosen, *asked.companions]))
    data["without"] = list(dict.fromkeys([*study.without, *asked.without]))
    known = set(asked.without) & {*mechanism_names(), *companion_names()}
    gone = {name for each in known for name in load_mechanism(each).owned}
    lost = [name for name in study.outputs if name in gone]
    data["outputs"] = [name for name in study.outputs if name not in gone]
    if lost:
        done.notes.append(f"{study.file}: left out with their mechanisms: {', '.join(lost)}")
    return checked_study(data, "command line").read_from(study.file, study.folder)


def _sbml(path: Path, model: Model, setup: Setup | None, asked: Asked, done: Exported) -> None:
    from ketasim.study.sbml_file import exchange_sbml

    _write_text(path, exchange_sbml(model), done)


def _antimony(path: Path, model: Model, setup: Setup | None, asked: Asked, done: Exported) -> None:
    _write_text(path, model.antimony, done)


def _sbgn(path: Path, model: None, setup: None, asked: Asked, done: Exported) -> None:
    from ketasim.model.sbgn_ml import sbgn_ml

    _write_text(path, sbgn_ml(), done)


def _omex(path: Path, model: Model, setup: Setup, asked: Asked, done: Exported) -> None:
    from ketasim.study.omex import write_omex

    done.files.append(write_omex(setup, path))


def _petab(path: Path, model: None, setup: None, asked: Asked, done: Exported) -> None:
    from ketasim.inference.petab_problem import LEFT_OUT, write_petab

    problem = write_petab(path)
    done.files.append(path)
    said, lost = len(problem.tables["measurements"]), len(problem.left_out)
    done.notes.append(f"{path}: {said} findings; {lost} cannot be said in PEtab, see {LEFT_OUT}")


def _nonmem(path: Path, model: Model, setup: Setup, asked: Asked, done: Exported) -> None:
    from ketasim.study.nonmem import write_nonmem

    found = write_nonmem(setup, path, asked.samples_h, threads=asked.threads)
    done.files += [found.data, found.codes]
    done.notes += [f"{path}: left out: {line}" for line in found.left_out]


def _parquet(path: Path, model: Model, setup: Setup, asked: Asked, done: Exported) -> None:
    from ketasim.study.result_files import write_study_parquet

    done.add_statuses(str(path), write_study_parquet(setup, path, threads=asked.threads))
    done.files.append(path)


def _netcdf(path: Path, model: Model, setup: Setup, asked: Asked, done: Exported) -> None:
    from ketasim.study.result_files import write_study_netcdf

    done.add_statuses(str(path), write_study_netcdf(setup, path, threads=asked.threads))
    done.files.append(path)


_WRITERS: dict[str, Callable[..., None]] = {
    "sbml": _sbml,
    "antimony": _antimony,
    "sbgn": _sbgn,
    "omex": _omex,
    "petab": _petab,
    "nonmem": _nonmem,
    "parquet": _parquet,
    "netcdf": _netcdf,
}


def _write_text(path: Path, text: str, done: Exported) -> None:
    with whole_file(path) as beside:
        beside.write_text(text, encoding="utf-8")
    done.files.append(path)
