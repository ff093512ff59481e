"""What a tournament found, as one plain structure that pages, tables and screens are made from.

Its numbers come from `summarise` and from the rows that slower analyses hand in. A summary ships
beside the draws, so that nothing has to be computed to read it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ketasim.errors import UserError
from ketasim.input_files import read_text

FORMAT = 1
SHIPPED = "summary.json"


@dataclass(frozen=True)
class Contender:
    """One hypothesis, and how it stands.

    Attributes
    ----------
    name, title, sentence : str
    champions, mechanisms : tuple of str
    weight, low, high : float
        Posterior probability among those that compete, and the middle 90 % of its Monte Carlo
        error.
    log_chosen, log_held_out : float
        Log evidence of the reports that choose, and of those held out, given them.
    log_chosen_error, log_held_out_error : float
        SD of their Monte Carlo error.
    odds : float
        Prior odds.
    stacking, stacking_low, stacking_high : float or None
        Stacking weight by leave-one-study-out, and its interval.
    """

    name: str
    title: str
    sentence: str
    champions: tuple[str, ...]
    mechanisms: tuple[str, ...]
    weight: float
    low: float
    high: float
    log_chosen: float
    log_chosen_error: float
    log_held_out: float
    log_held_out_error: float
    odds: float = 1.0
    stacking: float | None = None
    stacking_low: float | None = None
    stacking_high: float | None = None


@dataclass(frozen=True)
class Judged:
    """One report of the body of evidence, and how likely each hypothesis finds it.

    Attributes
    ----------
    id, study, title, what, word, role, laboratory : str
        ``what`` names what was measured; ``word`` is what was reported.
    contested : bool
    chances : tuple of float
        Chance of the report under each hypothesis, in the order of `Summary.hypotheses`, averaged
        over draws of the reports that choose. Of a value: its density there over that of an exact
        hit.
    if_wrong : float
        The same if the report is wrong and says nothing.
    """

    id: str
    study: str
    title: str
    what: str
    word: str
    role: str
    laboratory: str
    contested: bool
    chances: tuple[float, ...]
    if_wrong: float

    @property
    def best(self) -> int:
        """Place of the hypothesis that finds it likeliest."""
        return max(range(len(self.chances)), key=self.chances.__getitem__)

    @property
    def failed_by_all(self) -> bool:
        """Whether no hypothesis finds it as likely as if it were wrong."""
        return max(self.chances) < self.if_wrong


@dataclass(frozen=True)
class Decided:
    """What one report says for the leader against one rival.

    Attributes
    ----------
    id, what, rival : str
    difference : float
        Log likelihood under the leader less that under the rival, lapses included.
    leader_chance, rival_chance : float
    """

    id: str
    what: str
    rival: str
    difference: float
    leader_chance: float
    rival_chance: float


@dataclass(frozen=True)
class Shift:
    """Weights after one choice is made otherwise.

    Attributes
    ----------
    kind : str
        ``prior``, ``odds``, ``lapse``, ``laboratory``, ``study`` or ``reports``.
    change : str
        What is otherwise, in words.
    weights : tuple of float
        In the order of `Summary.hypotheses`.
    k_hat : float or None
        Worst Pareto shape of the reweighting; above 0.7 its weights are not to be trusted.
    """

    kind: str
    change: str
    weights: tuple[float, ...]
    k_hat: float | None = None


@dataclass(frozen=True)
class Carried:
    """What one mechanism carries of the antidepressant effect at one moment.

    Attributes
    ----------
    drug, time, mechanism, title : str
        ``time`` in words, as "24 h" or "end of a course".
    time_h : float
    share, low, high : float
        Share of the effect: mean and middle 90 % over draws and hypotheses.
    points, points_low, points_high : float or None
        The same in MADRS points.
    alone, lost_without, blocked : float or None
        Points that it carries by itself; that are lost without it; that are lost where it is
        blocked below rest.
    """

    drug: str
    time: str
    time_h: float
    mechanism: str
    title: str
    share: float
    low: float
    high: float
    points: float | None = None
    points_low: float | None = None
    points_high: float | None = None
    alone: float | None = None
    lost_without: float | None = None
    blocked: float | None = None


@dataclass(frozen=True)
class Together:
    """What two mechanisms do together beyond what each adds to all others [MADRS points].

    Positive: each is worth more while the other is there. Negative: one stands in for the other.
    """

    drug: str
    time: str
    first: str
    second: str
    points: float
    low: float
    high: float


@dataclass(frozen=True)
class Known:
    """What the evidence says about one parameter under one hypothesis.

    Attributes
    ----------
    hypothesis, parameter, what : str
        ``what``: what acts on what.
    contraction : float
        1 less the posterior variance over the prior's, on the prior's scale.
    low, median, high : float
        5th, 50th and 95th percentile of the posterior, in the parameter's unit.
    prior_low, prior_high : float or None
        5th and 95th percentile of the prior.
    informed : bool
    profile_low, profile_high : float or None
        Limits of the profile likelihood; None where it is flat on that side or was not computed.
    """

    hypothesis: str
    parameter: str
    what: str
    contraction: float
    low: float
    median: float
    high: float
    informed: bool
    prior_low: float | None = None
    prior_high: float | None = None
    profile_low: float | None = None
    profile_high: float | None = None


@dataclass(frozen=True)
class Proposed:
    """One experiment that would tell hypotheses, or a parameter, apart.

    Attributes
    ----------
    rank : int
    design : str
        In words: preparation, perturbation, drug, read-out, time.
    about : str
        ``hypotheses``, or the parameter asked about.
    bits : float
        Expected information at ``n``.
    bits_error : float or None
    n : int
        Individuals in each group.
    predicted : tuple of str
        What each hypothesis expects to be reported, in the order of `Summary.hypotheses`; empty
        of one that was not asked.
    chances : tuple of float
        How sure each is of that.
    n_to_separate : int or None
        In each group, to tell the leader from its rival; None where no size does.
    """

    rank: int
    design: str
    about: str
    bits: float
    n: int
    predicted: tuple[str, ...]
    chances: tuple[float, ...] = ()
    bits_error: float | None = None
    n_to_separate: int | None = None


@dataclass(frozen=True)
class Summary:
    """A whole tournament in plain rows.

    Attributes
    ----------
    hypotheses : tuple of Contender
        In the order that every row of numbers keeps.
    reports : tuple of Judged
    decided : tuple of Decided
    shifts : tuple of Shift
    carried : tuple of Carried
    together : tuple of Together
    known : tuple of Known
    proposed : tuple of Proposed
    facts : mapping of str to str, int or float
        Particles, evaluations, seconds, seed, versions.
    """

    hypotheses: tuple[Contender, ...]
    reports: tuple[Judged, ...]
    decided: tuple[Decided, ...] = ()
    shifts: tuple[Shift, ...] = ()
    carried: tuple[Carried, ...] = ()
    together: tuple[Together, ...] = ()
    known: tuple[Known, ...] = ()
    proposed: tuple[Proposed, ...] = ()
    facts: Mapping[str, str | int | float] = field(default_factory=dict)

    @property
    def ranking(self) -> tuple[int, ...]:
        """Places of the hypotheses, the heaviest first."""
        order = range(len(self.hypotheses))
        return tuple(sorted(order, key=lambda k: -self.hypotheses[k].weight))

    @property
    def leader(self) -> Contender:
        """The hypothesis with the greatest weight."""
        return self.hypotheses[self.ranking[0]]

    @property
    def failed(self) -> tuple[Judged, ...]:
        """Reports that every hypothesis fails, the worst first."""
        found = [each for each in self.reports if each.failed_by_all]
        return tuple(sorted(found, key=lambda each: max(each.chances) / each.if_wrong))

    def title_of(self, name: str) -> str:
        """Return the title of a hypothesis."""
        return next(each.title for each in self.hypotheses if each.name == name)


def plain(summary: Summary) -> dict[str, Any]:
    """Return a summary as plain data for JSON; what follows from it is written out, too."""
    found = asdict(summary)
    found["leader"] = summary.leader.name
    found["failed_by_all"] = [
        {
            "id": each.id,
            "title": each.title,
            "what": each.what,
            "word": each.word,
            "role": each.role,
            "contested": each.contested,
            "best_chance": max(each.chances),
            "best_hypothesis": summary.hypotheses[each.best].name,
            "if_wrong": each.if_wrong,
        }
        for each in summary.failed
    ]
    return {"format": FORMAT, **_rounded(found)}


def _rounded(value: Any) -> Any:
    """Return six digits of every number, so that files are small and alike on all machines."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list | tuple) else value


def summary_text(summary: Summary) -> str:
    """Return a summary as the text of a JSON file."""
    return json.dumps(plain(summary), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_summary(text: str, file: str) -> Summary:
    """Return a summary from the text of its file.

    Raises
    ------
    UserError
        No JSON, another format, or rows that are no summary.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        data = json.loads(text)
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise UserError(f"{file}: is no summary of a tournament (format {FORMAT})")
        held = {key: data[key] for key in Summary.__dataclass_fields__ if key in data}
        found = TypeAdapter(Summary).validate_python(held)
    except (ValueError, ValidationError) as error:
        raise UserError(f"{file}: is no summary: {str(error).splitlines()[0]}") from None
    n = len(found.hypotheses)
    rows = (*(r.chances for r in found.reports), *(r.weights for r in found.shifts))
    if n == 0 or any(len(row) != n for row in rows):
        raise UserError(f"{file}: its rows do not have a number for each of {n} hypotheses")
    return found


def load_summary(path: Path) -> Summary:
    """Return a summary from its file.

    Raises
    ------
    UserError
        As `read_summary`; no such file.
    """
    return read_summary(read_text(path), str(path))


@cache
def shipped_summary() -> Summary | None:
    """Return the summary that ships, or None where this installation has none."""
    file = files("ketasim.inference.tournament") / "shipped" / SHIPPED
    if not file.is_file():
        return None
    return read_summary(file.read_text(encoding="utf-8"), SHIPPED)
