"""Plots of the field, one function each: ``from ketasim import plot``.

Every function takes what one has in hand (what :func:`ketasim.simulate` returns, a trial's result,
a data file) and returns a :class:`~ketasim.report.style.Picture`, which a notebook shows and which
``save("figure.svg")`` writes as SVG, PDF or PNG. Units and numbers of people stand on the figure.

Examples
--------
>>> import ketasim as ks
>>> from ketasim import plot
>>> people = ks.Population("trd", n=100, seed=1)
>>> result = ks.simulate(ks.assemble(), ks.infusion("0.5 mg/kg", over="40 min"), people,
...                      range(0, 337, 4), ["MADRS"])  # doctest: +SKIP
>>> plot.course(result, "MADRS").save("course.pdf")  # doctest: +SKIP
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.report.phrases import moment
from ketasim.report.plot_inputs import arms_of, at_hours, drawn, only, quantity_of, who_of
from ketasim.report.plot_trials import forest, kaplan_meier, waterfall
from ketasim.report.style import MUTED, SERIES, Picture, footnote, house_style

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.dosing import DataFile, Regimen
    from ketasim.inference import Estimates
    from ketasim.inference.dose_map import DoseMap
    from ketasim.inference.knockouts import Knockouts
    from ketasim.inference.sensitivity_global import GlobalSensitivity
    from ketasim.inference.sensitivity_local import LocalSensitivity
    from ketasim.model import Model
    from ketasim.simulation.visual_check import VisualCheck

    Arms = xr.DataArray | Mapping[str, xr.DataArray]

__all__ = [
    "course",
    "forest",
    "heat_map",
    "individuals",
    "kaplan_meier",
    "knockouts",
    "occupancy",
    "pathway",
    "sobol",
    "tornado",
    "vpc",
    "waterfall",
]


def course(
    result: Arms,
    output: str = "MADRS",
    *,
    control: str | None = None,
    line: str = "median",
    time_axis: str = "linear",
    change: bool = False,
    regimen: Regimen | None = None,
) -> Picture:
    """Plot an output in time: the middle of the population, and how people differ.

    Parameters
    ----------
    result : DataArray, or mapping of str to DataArray
        From :func:`ketasim.simulate`; several as ``{"ketamine": one, "saline": other}``, up to six.
    output : str
    control : str, optional
        The arm in grey.
    line : str
        ``"median"`` or ``"mean"``.
    time_axis : str
        ``"linear"`` or ``"log"``.
    change : bool
        From each person's own value before the first dose.
    regimen : Regimen, optional
        Whose doses are marked.

    Raises
    ------
    UserError
        Anything else than such a result, an output it lacks, a word that does not exist.
    """
    from ketasim.report.figure_course import LINES, TIME_AXES, course_figure

    arms = arms_of("course", result, [output])
    if len(arms) > len(SERIES):
        raise UserError(f"plot.course: {len(arms)} arms are too many; at most {len(SERIES)}")
    if control is not None and control not in arms:
        raise UserError(f"plot.course: control {control!r} is no arm{nearest(control, arms)}")
    only("course", "line", line, LINES)
    only("course", "time_axis", time_axis, TIME_AXES)
    sessions = sorted({dose.start_h for dose in regimen.doses}) if regimen is not None else ()
    with house_style():
        return course_figure(
            arms, output, control=control, line=line, time_axis=time_axis, change=change,
            sessions_h=sessions,
        )  # fmt: skip


def occupancy(result: Arms, outputs: Sequence[str] | None = None) -> Picture:
    """Plot how much of its targets the drug holds, on a logarithmic time axis.

    Parameters
    ----------
    result : DataArray, or mapping of str to DataArray
        From :func:`ketasim.simulate`; up to four arms.
    outputs : sequence of str, optional
        Fractions, up to six; default: block of NMDA receptors in every place the result has.

    Raises
    ------
    UserError
        Anything else, no such output, or one that is no fraction.
    """
    from ketasim.report import summary
    from ketasim.report.figure_occupancy import MOST_PANELS, TARGETS, occupancy_figure

    names = [outputs] if isinstance(outputs, str) else outputs
    arms = arms_of("occupancy", result, names or [])
    first = next(iter(arms.values()))
    chosen = list(names) if names else [name for name in TARGETS if summary.has(first, name)]
    if not chosen:
        raise UserError(f"plot.occupancy: the result has none of {', '.join(TARGETS)}; name "
                        "outputs, or simulate these")  # fmt: skip
    if len(chosen) > len(SERIES) or len(arms) > MOST_PANELS:
        raise UserError(f"plot.occupancy: at most {len(SERIES)} outputs and {MOST_PANELS} arms")
    for name in chosen:
        if (unit := summary.unit(first, name)) != "fraction":
            raise UserError(f"plot.occupancy: {name} has unit {unit!r}, not 'fraction'")
    with house_style():
        return occupancy_figure(arms_of("occupancy", arms, chosen), chosen)


def vpc(
    data: DataFile | VisualCheck | str | os.PathLike[str],
    model: Model | None = None,
    **options: Any,
) -> Picture:
    """Plot a visual predictive check of a data file.

    Parameters
    ----------
    data : DataFile, path or VisualCheck
        From :func:`ketasim.read_data`, or its file.
    model : Model, optional
        Default: absorption, kinetics, metabolites and brain.
    **options
        Of :func:`ketasim.simulation.visual_check.visual_check`: output, population, residual,
        replicates, seed, bins, clock, corrected, level, threads.

    Raises
    ------
    UserError
        A file that cannot be read, nothing to check, an option that does not exist.
    """
    from ketasim.dosing import DataFile, read_data
    from ketasim.model import assemble
    from ketasim.report.figure_vpc import vpc_figure
    from ketasim.simulation.visual_check import VisualCheck, visual_check

    if isinstance(data, VisualCheck):
        if options or model is not None:
            raise UserError("plot.vpc: a finished check takes no model and no options")
        with house_style():
            return vpc_figure(data)
    if isinstance(data, str | os.PathLike):
        data = read_data(os.fspath(data))
    if not isinstance(data, DataFile):
        raise UserError(f"plot.vpc: needs a data file (ketasim.read_data), not "
                        f"{type(data).__name__}")  # fmt: skip
    known = set(visual_check.__kwdefaults__ or ())
    for name in options:
        only("vpc", "option", name, known)
    kinetics = ("absorption", "pk", "metabolites", "brain")
    check = visual_check(model or assemble(kinetics), data, **options)
    with house_style():
        return vpc_figure(check)


def individuals(found: Estimates, which: Sequence[int] = (), *, log: bool = True) -> Picture:
    """Plot each person's samples over the person's own curve and the typical one.

    Parameters
    ----------
    found : Estimates
        From :func:`ketasim.estimate`.
    which : sequence of int
        Places of people in it, at most 12; default: the first with samples.
    log : bool
        Logarithmic concentrations.

    Raises
    ------
    UserError
        Anything else, nobody, too many, or a place that does not exist.
    """
    from ketasim.inference import Estimates, bands
    from ketasim.report.figure_individuals import MOST_PEOPLE, people_curves, shown_people

    if not isinstance(found, Estimates):
        raise UserError(f"plot.individuals: needs what ketasim.estimate returns, not "
                        f"{type(found).__name__}")  # fmt: skip
    chosen = list(which) or shown_people(found)
    n = len(found.individuals)
    if not 1 <= len(chosen) <= MOST_PEOPLE:
        raise UserError(f"plot.individuals: {len(chosen)} people; draws 1 to {MOST_PEOPLE}")
    for place in chosen:
        if not 0 <= place < n:
            raise UserError(f"plot.individuals: nobody at place {place}; 0 to {n - 1} exist")
    with house_style():
        picture = people_curves(found, chosen, bands(found, chosen), log=log)
        told = f"n = {len(chosen)} of {n} people of the data"
        label = picture.figure.get_supxlabel()
        picture.figure.supxlabel("\n".join(filter(None, [label, told])), fontsize=8.5)
    return picture


def heat_map(found: DoseMap) -> Picture:
    """Plot an outcome over dose and interval, or dose and time.

    Parameters
    ----------
    found : DoseMap
        From :func:`ketasim.inference.dose_map.dose_map`.

    Raises
    ------
    UserError
        Anything else.
    """
    from ketasim.inference.dose_map import DoseMap
    from ketasim.report.figure_heat_map import heat_map_figure

    if not isinstance(found, DoseMap):
        raise UserError(f"plot.heat_map: needs what ketasim.inference.dose_map returns, not "
                        f"{type(found).__name__}")  # fmt: skip
    with house_style():
        return heat_map_figure(found)


def knockouts(found: Knockouts | Sequence[Knockouts]) -> Picture:
    """Plot what is left of an effect when one thing is taken away.

    Parameters
    ----------
    found : Knockouts, or two of them
        From :func:`ketasim.inference.knockouts.knockouts`; two readings of the same readouts.

    Raises
    ------
    UserError
        Anything else, or tables of different readouts.
    """
    from ketasim.inference.knockouts import Knockouts
    from ketasim.report.figure_knockouts import knockouts_figure

    tables = [found] if isinstance(found, Knockouts) else found
    good = isinstance(tables, Sequence) and all(isinstance(each, Knockouts) for each in tables)
    if not good or not 1 <= len(tables) <= 2:
        raise UserError(f"plot.knockouts: needs one or two results of ketasim.inference.knockouts, "
                        f"not {type(found).__name__}")  # fmt: skip
    columns = {tuple((r.output, r.time_h) for r in each.readouts) for each in tables}
    if len(columns) > 1:
        raise UserError("plot.knockouts: the two tables have different readouts")
    if not any(np.isfinite(each.left).any() for each in tables):
        raise UserError("plot.knockouts: the drug has no effect on these readouts to begin with")
    with house_style():
        return knockouts_figure(tables)


def tornado(found: LocalSensitivity, quantity: int | str = 0) -> Picture:
    """Plot how far each number alone moves an answer.

    Parameters
    ----------
    found : LocalSensitivity
        From :func:`ketasim.inference.sensitivity.local_sensitivity`.
    quantity : int or str
        Which of its answers: its place, or as it is called.

    Raises
    ------
    UserError
        Anything else, or nothing that moves it.
    """
    from ketasim.inference.sensitivity_local import LocalSensitivity
    from ketasim.report.figure_tornado import tornado as draw_tornado

    if not isinstance(found, LocalSensitivity):
        raise UserError(f"plot.tornado: needs a local sensitivity, not {type(found).__name__}")
    with house_style():
        place = quantity_of("tornado", found, quantity)
        return drawn("tornado", draw_tornado(found, place, who_of(found)))


def sobol(found: GlobalSensitivity, quantity: int | str = 0) -> Picture:
    """Plot which numbers, and which mechanisms, carry the variance of an answer.

    Parameters
    ----------
    found : GlobalSensitivity
        From :func:`ketasim.inference.sensitivity.global_sensitivity`.
    quantity : int or str
        Which of its answers: its place, or as it is called.

    Raises
    ------
    UserError
        Anything else, or an answer that does not vary.
    """
    from ketasim.inference.sensitivity_global import GlobalSensitivity
    from ketasim.report.figure_sobol import sobol as draw_sobol

    if not isinstance(found, GlobalSensitivity):
        raise UserError(f"plot.sobol: needs a global sensitivity, not {type(found).__name__}")
    with house_style():
        place = quantity_of("sobol", found, quantity)
        picture = drawn("sobol", draw_sobol(found, place, who_of(found)))
        asked = found.quantities[place]
        footnote(
            picture.figure,
            f"Variance of: {asked} ({asked.unit}), {who_of(found)}; n = {found.n:,} points in each "
            "of two samples. Whiskers: 95 % intervals.",
        )
    return picture


def pathway(
    result: xr.DataArray | None = None,
    model: Model | None = None,
    *,
    at: str | None = None,
    shares: Mapping[str, float] | None = None,
    off: Sequence[str] = (),
) -> Picture:
    """Draw the map of mechanisms (SBGN Activity Flow), with what is high and low at one time.

    Parameters
    ----------
    result : DataArray, optional
        From :func:`ketasim.simulate`, best with all outputs; without it the map is drawn bare.
    model : Model, optional
        That was simulated; needed with ``result``.
    at : str, optional
        When, as ``"24 h"``; needed with ``result``.
    shares : mapping of str to float, optional
        Which mechanism carries how much of the effect then, as a share.
    off : sequence of str
        Mechanisms that were switched off.

    Raises
    ------
    UserError
        Anything else, a time outside of what was simulated, no model.
    """
    from ketasim.model import Model
    from ketasim.report.figure_pathway import pathway_figure, pathway_state

    if result is None:
        if at is not None or shares or off:
            raise UserError("plot.pathway: at, shares and off say something of a result; give one")
        with house_style():
            return pathway_figure()
    arms = arms_of("pathway", result, [])
    if len(arms) > 1:
        raise UserError(f"plot.pathway: draws one result, not {len(arms)}")
    if not isinstance(model, Model):
        raise UserError("plot.pathway: give the model that was simulated, too")
    for name in (*(shares or {}), *off):
        only("pathway", "mechanism", name, model.mechanisms)
    arm = next(iter(arms.values()))
    if np.isnan(arm.values).all():
        raise UserError("plot.pathway: nobody in the result has a number")
    when_h = at_hours("pathway", at, arms)
    n = int(arm.sizes["individual"])
    with house_style():
        picture = pathway_figure(pathway_state(model, arm, when_h, shares=shares, off=tuple(off)))
        who = f"mean of n = {n:,} people" if n > 1 else "one person (n = 1)"
        note = f"{arm.attrs.get('regimen', '')}\nat {moment(when_h)}, {who}".strip()
        # the map has its own fixed places, and this corner free
        picture.figure.text(0.99, 0.012, note, ha="right", fontsize=7, color=MUTED)
    return picture
