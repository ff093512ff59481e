"""Plots of trials, for ``ketasim.plot``: forest, waterfall, Kaplan-Meier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ketasim.errors import UserError
from ketasim.report.plot_inputs import arms_of, at_hours, drawn, only, trial_of_scores
from ketasim.report.style import Picture, house_style

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.report.figure_forest import ForestPanel
    from ketasim.trial.results import TrialResult

    Arms = xr.DataArray | Mapping[str, xr.DataArray]
    Times = Mapping[str, tuple[Sequence[float], Sequence[bool]]]


def forest(result: TrialResult | ForestPanel | Sequence[ForestPanel], title: str = "") -> Picture:
    """Plot estimates with their intervals below one another.

    Parameters
    ----------
    result : TrialResult, or ForestPanel or several
        From :func:`ketasim.trial.run_trial`: every endpoint and arm against control; or rows of
        one's own (:mod:`ketasim.report.figure_forest`), each with its n in ``note``.
    title : str
        Of rows of one's own.

    Raises
    ------
    UserError
        Anything else, or no endpoint that could be estimated.
    """
    from ketasim.report.figure_forest import ForestPanel, forest_caption
    from ketasim.report.figure_forest import forest as draw_forest
    from ketasim.report.trial_page import endpoints_forest
    from ketasim.trial.analysis import contrasts
    from ketasim.trial.results import TrialResult

    if isinstance(result, TrialResult):
        with house_style():
            return drawn("forest", endpoints_forest(result, contrasts(result)))
    panels = [result] if isinstance(result, ForestPanel) else result
    good = isinstance(panels, Sequence) and all(isinstance(p, ForestPanel) for p in panels)
    if not good or not panels or not all(p.rows for p in panels):
        raise UserError(f"plot.forest: needs a trial's result (ketasim.trial.run_trial) or "
                        f"ForestPanels with rows, not {type(result).__name__}")  # fmt: skip
    rows = sum(len(panel.rows) for panel in panels)
    what = title or panels[0].heading
    with house_style():
        return draw_forest("forest", what, panels, forest_caption(rows, what))


def waterfall(
    result: TrialResult | Arms, *, at: str | None = None, control: str | None = None
) -> Picture:
    """Plot every patient's change in MADRS at one time, in order.

    Parameters
    ----------
    result : TrialResult, DataArray, or mapping of str to DataArray
        A trial's result (change of what raters saw at the primary visit), or what
        :func:`ketasim.simulate` returned with MADRS (the true course).
    at : str, optional
        As ``"24 h"``; needed of simulated results, and of them alone.
    control : str, optional
        Of simulated results: the arm in grey.

    Raises
    ------
    UserError
        Anything else, no MADRS, or a time outside of what was simulated.
    """
    from ketasim.report.figure_trial_waterfall import waterfall as draw_waterfall
    from ketasim.trial.results import TrialResult

    if isinstance(result, TrialResult):
        if at is not None:
            raise UserError("plot.waterfall: a trial is read at its primary visit; leave out 'at'")
        with house_style():
            return drawn("waterfall", draw_waterfall(result))
    arms = arms_of("waterfall", result, ["MADRS"])
    if len(arms) > 4:
        raise UserError(f"plot.waterfall: {len(arms)} arms are too many; at most 4")
    when_h = at_hours("waterfall", at, arms)
    if control is not None:
        only("waterfall", "control", control, arms)
    with house_style():
        return drawn("waterfall", draw_waterfall(trial_of_scores(arms, when_h, control)))


def kaplan_meier(
    result: TrialResult | Times,
    endpoint: str | None = None,
    *,
    since: str = "randomisation",
    control: str | None = None,
) -> Picture:
    """Plot the share of patients without an event in time, with numbers at risk.

    Parameters
    ----------
    result : TrialResult, or mapping of str to (days, happened)
        A trial's result, or for each arm days to the event or the end of observation, and
        whether it happened.
    endpoint : str, optional
        Of a trial: which; needed where several are times to an event.
    since : str
        What days are counted from, for the axis.
    control : str, optional
        Of times by arm: the arm in grey.

    Raises
    ------
    UserError
        Anything else, or no time to an event.
    """
    from ketasim.report.figure_trial_survival import survival
    from ketasim.report.plot_inputs import trial_of_times
    from ketasim.trial.results import TIME, TrialResult

    if not isinstance(result, TrialResult):
        if control is not None and isinstance(result, Mapping):
            only("kaplan_meier", "control", control, result)
        result = trial_of_times(result, control)
    timed = {each.name: each for each in result.endpoints if each.kind == TIME}
    if not timed:
        names = ", ".join(each.name for each in result.endpoints)
        raise UserError(f"plot.kaplan_meier: no endpoint is a time to an event; it has {names}")
    if endpoint is None and len(timed) > 1:
        raise UserError(f"plot.kaplan_meier: name an endpoint; choose from: {', '.join(timed)}")
    chosen = endpoint if endpoint is not None else next(iter(timed))
    only("kaplan_meier", "endpoint", chosen, timed)
    with house_style():
        return drawn("kaplan_meier", survival(result, timed[chosen], since))
