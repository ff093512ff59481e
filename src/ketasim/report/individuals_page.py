"""The page of individual estimates: pictures, the numbers, and what they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ketasim.report.page_shell import Heading, document, figure_element, kept_together
from ketasim.report.phrases import counted, listed, number, percent, shortened
from ketasim.report.tables import escape, table

if TYPE_CHECKING:
    from ketasim.inference.individual import Estimates
    from ketasim.population import ResidualError
    from ketasim.report.style import Picture

TOLD = 0.1
"""Share of the prior variance that samples must remove for a parameter to be shown."""


def individuals_page(
    title: str,
    estimates: Estimates,
    pictures: Sequence[Picture],
    notes: Sequence[str],
    provenance: Mapping[str, str],
) -> str:
    """Return the page as one HTML document that asks nothing of the network.

    Parameters
    ----------
    title : str
    estimates : Estimates
    pictures : sequence of Picture
    notes : sequence of str
        What was left out of the data, and other things to know.
    provenance : mapping of str to str
        How to make it again.
    """
    sections = [
        ("people", "People", "\n".join(figure_element(p) for p in pictures)),
        ("estimates", "Estimates", _estimates_table(estimates)),
        ("parameters", "What the samples told", _parameters_table(estimates)),
        ("basis", "What it rests on", _basis(estimates, notes)),
        ("provenance", "Provenance", _provenance(provenance)),
    ]
    heading = Heading("ketasim estimate", title, headline(estimates))
    return document(heading, sections, contents=False)


def headline(estimates: Estimates) -> str:
    """Return in a sentence how many people could be estimated from how much."""
    everybody = estimates.individuals
    fitted = [one for one in everybody if one.n_used and one.is_good]
    samples = sum(one.n_used for one in fitted)
    told = f"{counted(len(fitted), 'person', 'people')} estimated from {counted(samples, 'sample')}"
    silent = sum(not one.n_used for one in everybody)
    failed = len(everybody) - len(fitted) - silent
    told += f"; {silent} without samples keep typical values" if silent else ""
    told += f"; {failed} could not be estimated" if failed else ""
    return f"{told}."


def far_off(estimates: Estimates) -> list[str]:
    """Say whose samples the estimate does not describe."""
    which = [one.person.id for one in estimates.individuals if one.is_far_off]
    told = "residuals larger than their error; the model, the data or the estimate is wrong there"
    return [f"ID {shortened(which)}: {told}"] if which else []


def told_parameters(estimates: Estimates, most: int | None = None) -> list[int]:
    """Return the parameters of which the samples told something, the best known first."""
    known = estimates.information
    order = sorted(range(len(known)), key=lambda k: -known[k])
    return [k for k in order if known[k] >= TOLD][:most]


def _estimates_table(estimates: Estimates) -> str:
    which = told_parameters(estimates)
    prior = estimates.prior
    head = ["ID", "samples"] + [
        f"{escape(prior.symbols[k])} ({escape(prior.units[k])})" for k in which
    ]
    rows = []
    for one in estimates.individuals:
        cells = [
            f"{number(one.values[k])} <small>{number(one.low[k])}–{number(one.high[k])}</small>"
            for k in which
        ]
        samples = str(one.n_used) if one.is_good else f"{one.n_used}, {escape(one.status)}"
        rows.append([escape(one.person.id), samples, *cells])
    typical = [number(prior.typical[k]) for k in which]
    rows.append(["<em>typical</em>", "", *typical])
    numeric = tuple(range(1, len(head)))
    caption = "Most probable value and the middle 90 % of what it may be"
    return table(caption, head, rows, numeric=numeric)


def _parameters_table(estimates: Estimates) -> str:
    prior = estimates.prior
    rows = [
        [
            escape(symbol),
            number(law.spread),
            _share(estimates.information[k]),
            _share(estimates.shrinkage[k]),
        ]
        for k, (symbol, law) in enumerate(zip(prior.symbols, prior.laws, strict=True))
    ]
    head = ["parameter", "spread between people (SD)", "told by the samples", "shrinkage"]
    note = (
        "Told by the samples: share of the variance between people that the samples removed. "
        "Shrinkage: 1 − SD of the estimates over that between people; where it is large, the "
        "estimates say little of how these people differ. Shrinkage of the residuals: "
        f"{_share(estimates.residual_shrinkage)}."
    )
    return table("Parameters estimated", head, rows, (1, 2, 3)) + f"<p>{kept_together(note)}</p>"


def _share(value: float) -> str:
    return "–" if value != value else percent(value)


def _basis(estimates: Estimates, notes: Sequence[str]) -> str:
    used = dict.fromkeys(n for one in estimates.individuals for n in one.person.outputs)
    items = [f"Residual error of {n}: {error_words(estimates.errors[n])}." for n in used]
    if estimates.assumed:
        items.append(f"Taken as typical, not being in the data: {listed(estimates.assumed)}.")
    items += [f"{text}." for text in far_off(estimates)]
    items += [f"{note[0].upper()}{note[1:]}." for note in notes]
    items.append(
        "Between-person spread, typical values and residual errors are those of the tables; none "
        "was fitted to these data."
    )
    return "<ul>" + "\n".join(f"<li>{kept_together(text)}</li>" for text in items) + "</ul>"


def error_words(error: ResidualError) -> str:
    """Say a residual error in words."""
    parts = []
    if error.log_sd:
        parts.append(f"SD {error.log_sd:g} of the logarithm")
    if error.proportional:
        parts.append(f"{100 * error.proportional:g} % of the prediction")
    if error.additive:
        parts.append(f"{error.additive:g} in the unit of the output")
    return f"{' and '.join(parts)} ({error.source.rstrip(':')})"


def _provenance(provenance: Mapping[str, str]) -> str:
    rows = [[escape(key), f"<code>{escape(value)}</code>"] for key, value in provenance.items()]
    return table("How to make it again", ["what", "value"], rows)
