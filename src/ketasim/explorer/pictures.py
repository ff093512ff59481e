"""The report's own figures of a question, as SVG or PNG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ketasim.errors import UserError, nearest
from ketasim.explorer.doses import given
from ketasim.explorer.models import companions_of, ready_model
from ketasim.explorer.people import people, who_is_asked
from ketasim.explorer.question import Question, question_study
from ketasim.explorer.simulate import question_times, solved

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.report.contents import AttributionTable, ReportInput

# What shows the contents of each chart.
FIGURE_OF: Mapping[str, str] = {
    "overview": "overview",
    "concentration": "concentration",
    "engagement": "engagement",
    "trigger": "clocks",
    "early": "clocks",
    "late": "clocks",
    "clocks": "clocks",
    "MADRS": "mood",
    "mood": "mood",
    "response": "rates",
    "rates": "rates",
    "CADSS": "safety",
    "pressure": "safety",
    "felt": "safety",
    "safety": "safety",
    "attribution": "attribution",
}


def picture(question: Question, name: str, kind: str) -> tuple[bytes, str]:
    """Draw a figure; one thread at a time, as matplotlib wants it.

    Parameters
    ----------
    question : Question
    name : str
        A chart, or a figure of the report.
    kind : str
        ``svg`` or ``png``.

    Returns
    -------
    content : bytes
    figure : str
        Name of the figure.

    Raises
    ------
    UserError
        No such figure, or nothing to draw in it.
    """
    from ketasim.report import figures
    from ketasim.report.style import Missing, house_style
    from ketasim.report.svg import png, standalone

    if name not in FIGURE_OF:
        raise UserError(f"export: no figure {name!r}{nearest(name, FIGURE_OF)}")
    figure = FIGURE_OF[name]
    if figure == "rates" and question.people == "typical":
        raise UserError("export: one person has no share of responders; ask a population")
    contents = _contents(question, with_shares=figure == "attribution")
    with house_style():
        drawn = getattr(figures, figure)(contents)
        if isinstance(drawn, Missing):
            raise UserError(f"export: {drawn.sentence}")
        made = png(drawn) if kind == "png" else standalone(drawn).encode()
    drawn.figure.clear()
    return made, figure


def _contents(question: Question, with_shares: bool) -> ReportInput:
    from ketasim.report.contents import ReportInput

    study = question_study(question)
    arms = _arms(question)
    return ReportInput(
        title=study.title,
        question=study.title,
        arms=arms,
        main_arm=study.main_arm,
        control_arm=question.control,
        attribution=[_shares(question)] if with_shares else [],
    )


def _arms(question: Question) -> dict[str, xr.DataArray]:
    """Simulate every arm and label it as `ketasim.simulation.simulate` does."""
    from ketasim.simulation.results import labelled

    companions = companions_of([given(arm).regimen for arm in question.arms])
    typical = question.people == "typical"
    ready, who = ready_model(companions), who_is_asked(question, companions, typical)
    group, times_h = people(who), question_times(question)
    found = {}
    for arm in question.arms:
        ensemble, _ = solved(ready, group, [given(arm)], times_h)
        person = {**group.values, "WT": group.weight_kg}
        outputs = ready.compiled.outputs
        found[arm.name] = labelled(ready.model, outputs, times_h, ensemble, person, 0, {})
    return found


def _shares(question: Question) -> AttributionTable:
    import numpy as np

    from ketasim.explorer.shares import mechanism_shares
    from ketasim.model import load_mechanism
    from ketasim.report.contents import AttributionTable

    found = mechanism_shares(question, "left at rest")
    of = {stat: column for _, _, stat, column in found.series}
    names = [stat.split(":")[1] for stat in of if stat.startswith("share:")]
    return AttributionTable(
        reading="left at rest",
        mechanisms=names,
        titles=[load_mechanism(name).title for name in names],
        times_h=found.times_h.tolist(),
        points=np.array([of[f"share:{name}"] for name in names]),
        total=of["total"],
        standard_error=np.array([of[f"error:{name}"] for name in names]),
        individuals=found.individuals,
    )
