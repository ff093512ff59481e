"""What a group of patients does on its treatment, and what a trial sees of it.

`follow` is both steps for one group. They also stand alone: `course` simulates, for as many
groups and replicates at once as one likes, and `observe` gives one trial's patients their
ratings and lets some of them leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from ketasim.dosing.regimen import SESSION_H
from ketasim.errors import UserError
from ketasim.trial.patients import Patients
from ketasim.trial.readings import read, read_name, readings
from ketasim.trial.scales import scale
from ketasim.trial.scores import fluctuation, observed
from ketasim.trial.variation import Variation, variation

if TYPE_CHECKING:
    from ketasim.dosing import Regimen
    from ketasim.model import Model

LATENT = "MADRS"
ACUTE = ("CADSS", "dSBP")
"""Outputs that dropout needs between the visits."""
AFTER_DOSE_H = (0, 1 / 6, 1 / 3, 0.5, 2 / 3, 5 / 6, 1, 1.25, 1.5, 2, 3, 4)
_DURING = 6


@dataclass(frozen=True)
class Course:
    """What happens, known without error.

    Attributes
    ----------
    visits_h : ndarray, shape (visits,)
        Times of the visits [h]; the first is baseline.
    madrs : ndarray, shape (n, visits)
    outputs : dict of str to ndarray, shape (n, fine times)
        Outputs of the model in their own units.
    fine_h : ndarray, shape (fine times,)
    sessions_h : ndarray, shape (n, sessions)
        When each one's supervised sessions start [h]; NaN where others have more.
    """

    visits_h: np.ndarray
    madrs: np.ndarray
    outputs: dict[str, np.ndarray]
    fine_h: np.ndarray
    sessions_h: np.ndarray

    def take(self, rows: np.ndarray | slice) -> Course:
        """Return those patients; ``rows`` are places, a mask or a slice."""
        outputs = {name: values[rows] for name, values in self.outputs.items()}
        return replace(
            self, madrs=self.madrs[rows], outputs=outputs, sessions_h=self.sessions_h[rows]
        )


@dataclass(frozen=True)
class Record:
    """What a trial knows of one group.

    Attributes
    ----------
    times_h : ndarray, shape (visits,)
        Times of the visits [h]; the first is baseline.
    scores : dict of str to ndarray, shape (n, visits)
        Observed scores by scale; NaN after leaving, and throughout where the engine gave up.
    outputs : dict of str to ndarray, shape (n, fine times)
        Outputs of the model, such as CADSS, in their own units; NaN after leaving. Those read
        with an error stand there twice: ``"dSBP read"`` is NaN but at the readings.
    fine_h : ndarray, shape (fine times,)
    left_h : ndarray, shape (n,)
        When each left [h]; infinite for those who stayed.
    index : ndarray of int, shape (n,)
        Who they are.
    left_why : ndarray of str, shape (n,)
        ``"adverse event"``, ``"lack of efficacy"``, ``"other"``, or empty.
    madrs : ndarray, shape (n, visits), or empty
        True MADRS, also after leaving.
    """

    times_h: np.ndarray
    scores: dict[str, np.ndarray]
    outputs: dict[str, np.ndarray]
    fine_h: np.ndarray
    left_h: np.ndarray
    index: np.ndarray
    left_why: np.ndarray = field(default_factory=lambda: np.empty(0, dtype="U16"))
    madrs: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))

    @property
    def n(self) -> int:
        """Number of patients."""
        return len(self.index)

    def take(self, rows: np.ndarray | slice) -> Record:
        """Return those patients; ``rows`` are places (repeated at will), a mask or a slice."""
        return replace(
            self,
            scores={name: values[rows] for name, values in self.scores.items()},
            outputs={name: values[rows] for name, values in self.outputs.items()},
            left_h=self.left_h[rows],
            index=self.index[rows],
            left_why=self.left_why[rows] if len(self.left_why) else self.left_why,
            madrs=self.madrs[rows] if len(self.madrs) else self.madrs,
        )


def follow(
    model: Model,
    regimens: Regimen | Sequence[Regimen],
    patients: Patients,
    visits_h: Sequence[float] | np.ndarray,
    scales: Sequence[str] = (LATENT,),
    outputs: Sequence[str] = (),
    *,
    fine_h: Sequence[float] | np.ndarray | None = None,
    dropout: bool = False,
    vary: Variation | None = None,
    threads: int | None = None,
) -> Record:
    """Treat patients, rate them at the visits, and let some leave.

    Parameters
    ----------
    model : Model
    regimens : Regimen or sequence of Regimen
        One for all, or one for each.
    patients : Patients
    visits_h : array_like, shape (visits,)
        Ascending [h]; the first is baseline, normally 0.
    scales : sequence of str
    outputs : sequence of str
        Outputs of the model wanted between visits, such as ``"CADSS"``.
    fine_h : array_like, optional
        When outputs are wanted [h]; default: around every dose, and at the visits.
    dropout : bool
        Whether patients leave (see :mod:`ketasim.trial.dropout`).
    vary : Variation, optional
        Default: ``variation.csv``.
    threads : int, optional

    Raises
    ------
    UserError
        Visits that do not ascend, an unknown scale or output, fewer regimens than patients.
    """
    kinds = [scale(name).name for name in scales]
    wanted = tuple(dict.fromkeys([*outputs, *(ACUTE if dropout else ())]))
    happened = course(
        model, regimens, patients.values, visits_h, wanted, fine_h=fine_h, threads=threads
    )
    return observe(happened, patients, kinds, outputs, dropout=dropout, vary=vary)


def course(
    model: Model,
    regimens: Regimen | Sequence[Regimen],
    values: Mapping[str, np.ndarray],
    visits_h: Sequence[float] | np.ndarray,
    outputs: Sequence[str] = (),
    *,
    fine_h: Sequence[float] | np.ndarray | None = None,
    threads: int | None = None,
) -> Course:
    """Simulate patients once, for visits and for what is wanted between them.

    Parameters
    ----------
    values : mapping of str to ndarray, shape (n,)
        Parameters of each patient, as `Patients.values`, of any number of trials together.

    The others are those of `follow`.
    """
    from ketasim.dosing import Regimen
    from ketasim.population import Population
    from ketasim.simulation import simulate

    visits = _checked_visits(visits_h)
    n = len(next(iter(values.values())))
    each = [regimens] if isinstance(regimens, Regimen) else list(regimens)
    if not isinstance(regimens, Regimen) and len(each) != n:
        raise UserError(f"regimens: {len(each)} for {n} patients")
    fine = np.empty(0)
    if outputs:
        fine = around_doses(each, visits) if fine_h is None else np.asarray(fine_h, dtype=float)
    sessions = _sessions(each, n)
    if n == 0:
        empty = {name: np.empty((0, len(fine))) for name in outputs}
        return Course(visits, np.empty((0, len(visits))), empty, fine, sessions)
    times = np.union1d(visits, fine)
    names = list(dict.fromkeys([LATENT, *outputs]))
    found = simulate(
        model, regimens, Population("typical", n=n), times, names, values=values, threads=threads
    ).values
    at_visits, at_fine = np.searchsorted(times, visits), np.searchsorted(times, fine)
    wanted = {name: found[:, at_fine, names.index(name)] for name in outputs}
    return Course(visits, found[:, at_visits, 0], wanted, fine, sessions)


def observe(
    course: Course,
    patients: Patients,
    scales: Sequence[str] = (LATENT,),
    outputs: Sequence[str] | None = None,
    *,
    dropout: bool = False,
    vary: Variation | None = None,
) -> Record:
    """Return what one trial sees of its patients' course.

    Parameters
    ----------
    course : Course
        Of these very patients.
    patients : Patients
        Whose seed, replicate and index the random numbers come from.
    scales : sequence of str
    outputs : sequence of str, optional
        Which to keep; default: all of the course.
    dropout : bool
        Needs the outputs CADSS and dSBP in the course.
    vary : Variation, optional
    """
    from ketasim.trial.dropout import leaving

    noise = {"seed": patients.seed, "replicate": patients.replicate}
    vary = variation() if vary is None else vary
    day = fluctuation(course.visits_h, patients.index, vary=vary, **noise)
    seen = {
        name: observed(
            scale(name), course.madrs, course.visits_h, **noise,
            index=patients.index, vary=vary, day=day,
        )
        for name in dict.fromkeys([LATENT, *scales])
    }  # fmt: skip
    left_h, why = np.full(patients.n, np.inf), np.full(patients.n, "", dtype="U16")
    if dropout:
        left_h, why = leaving(course, seen[LATENT], patients)
    kept = course.outputs if outputs is None else {name: course.outputs[name] for name in outputs}
    kept = {**kept, **_readings(kept, course, patients)}
    gone, gone_fine = (times > left_h[:, None] for times in (course.visits_h, course.fine_h))
    return Record(
        times_h=course.visits_h,
        scores={name: np.where(gone, np.nan, seen[name]) for name in scales},
        outputs={name: np.where(gone_fine, np.nan, values) for name, values in kept.items()},
        fine_h=course.fine_h,
        left_h=left_h,
        index=patients.index,
        left_why=why,
        madrs=course.madrs,
    )


def _readings(
    outputs: Mapping[str, np.ndarray], course: Course, patients: Patients
) -> dict[str, np.ndarray]:
    """Return the readings of those outputs that are read with an error."""
    return {
        read_name(name): read(
            name, values, course.fine_h, course.sessions_h, patients.index,
            seed=patients.seed, replicate=patients.replicate,
        )
        for name, values in outputs.items()
        if name in readings() and len(course.fine_h)
    }  # fmt: skip


def _checked_visits(visits_h: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return visits as an array, or refuse them."""
    visits = np.asarray(visits_h, dtype=float).ravel()
    if len(visits) == 0:
        raise UserError("visits: none given")
    if not np.all(np.isfinite(visits)):
        raise UserError("visits: a time is not a finite number")
    back = np.flatnonzero(np.diff(visits) <= 0)
    if len(back):
        late, early = visits[back[0]], visits[back[0] + 1]
        raise UserError(f"visits: {early:g} h does not come after {late:g} h")
    return visits


def around_doses(regimens: Sequence[Regimen], visits_h: np.ndarray) -> np.ndarray:
    """Return times at which acute effects are looked at: around every dose, and at visits [h]."""
    given = {block for one in regimens for block in _blocks(one, sessions_only=False)}
    times = {float(visit) for visit in visits_h}
    for start, end in given:
        during = (start + (end - start) * k / _DURING for k in range(_DURING))
        after = (edge + h for edge in {start, end} for h in AFTER_DOSE_H)
        times |= {round(t, 6) for t in (*during, *after)}
    return np.array(sorted(t for t in times if visits_h[0] <= t <= visits_h[-1]))


def _sessions(regimens: Sequence[Regimen], n: int) -> np.ndarray:
    """Return the starts of everybody's supervised sessions [h], shape (n, sessions)."""
    known = {id(one): [start for start, _ in _blocks(one)] for one in regimens}
    starts = [known[id(one)] for one in regimens]
    width = max((len(each) for each in starts), default=0)
    padded = np.full((len(starts), width), np.nan)
    for row, each in enumerate(starts):
        padded[row, : len(each)] = each
    return np.broadcast_to(padded, (n, width)) if len(starts) == 1 else padded


def _blocks(regimen: Regimen, sessions_only: bool = True) -> list[tuple[float, float]]:
    """Return start and end of what is given together [h]: three sprays are one session."""
    found: list[tuple[float, float]] = []
    for dose in sorted(regimen.doses, key=lambda dose: dose.start_h):
        if sessions_only and not dose.session:
            continue
        end_h = dose.start_h + dose.duration_h
        if found and dose.start_h - found[-1][0] < SESSION_H:
            found[-1] = (found[-1][0], max(found[-1][1], end_h))
        else:
            found.append((dose.start_h, end_h))
    return found
