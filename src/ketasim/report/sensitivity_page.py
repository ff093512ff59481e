"""The page of ``ketasim sensitivity``: tornado, Sobol indices, what stayed, and the method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ketasim.report import sensitivity_words as words
from ketasim.report.page_shell import Heading, document, figure_element, kept_together
from ketasim.report.phrases import number
from ketasim.report.tables import escape, powers, table

if TYPE_CHECKING:
    from ketasim.inference.sensitivity_global import GlobalSensitivity
    from ketasim.inference.sensitivity_local import LocalSensitivity
    from ketasim.report.style import Missing, Picture

TOP = 20


def sensitivity_page(
    title: str,
    local: LocalSensitivity | None,
    whole: GlobalSensitivity | None,
    pictures: Mapping[str, Sequence[Picture | Missing]],
    who: str,
    provenance: Mapping[str, str],
) -> str:
    """Return the page as one HTML document that asks nothing of the network.

    Parameters
    ----------
    title : str
    local, whole : LocalSensitivity or None, GlobalSensitivity or None
        At least one.
    pictures : mapping of str to sequence of Picture or Missing
        Under ``local`` and ``global``, one for each quantity.
    who : str
        Whose answer it is.
    provenance : mapping of str to str
        How to make it again.
    """
    sections = []
    if whole is not None:
        sections.append(("global", "What the uncertainty comes from", _whole(whole, pictures)))
    if local is not None:
        sections.append(("local", "One number at a time", _local(local, pictures)))
    sections.append(("limits", "What it cannot say", _listing(words.LIMITS)))
    sections.append(("stayed", "Not varied", _stayed(local, whole)))
    told = [
        *words.method(local, whole, who),
        *(words.failures(each.lost, each.runs) for each in (local, whole) if each is not None),
    ]
    sections.append(("method", "Method", _paragraphs([text for text in told if text])))
    sections.append(("provenance", "Provenance", _provenance(provenance)))
    if whole is not None:
        headline = words.global_headline(whole)
    else:
        assert local is not None
        headline = words.local_headline(local)
    heading = Heading("ketasim sensitivity", title, headline.rstrip(".") + ".", meta=who)
    return document(heading, sections)


def _whole(found: GlobalSensitivity, pictures: Mapping[str, Sequence[Picture | Missing]]) -> str:
    parts = []
    for k, picture in enumerate(pictures["global"]):
        parts += [f"<h3>{escape(words.axis(found.quantities[k]))}</h3>", figure_element(picture)]
        parts.append(_listing(words.convergence(found, k)))
        parts += [_indices(found, k, mechanisms) for mechanisms in (False, True)]
    return "\n".join(parts)


def _indices(found: GlobalSensitivity, quantity: int, mechanisms: bool) -> str:
    named = found.mechanisms if mechanisms else found.factors
    indices = found.by_mechanism if mechanisms else found.indices
    rows = []
    for k in found.ranking(quantity, mechanisms):
        cells = [
            f"{value[k, quantity]:.3f} <small>({low[k, quantity]:.3f} to "
            f"{high[k, quantity]:.3f})</small>".replace("-", "−")
            for value, low, high in (
                (indices.total, indices.total_low, indices.total_high),
                (indices.first, indices.first_low, indices.first_high),
            )
        ]
        members = ", ".join(found.parameters[c].symbol for c in named[k].columns[:40])
        more = len(named[k].columns) - 40
        members += f" and {more} more" if more > 0 else ""
        name = escape(words.factor_name(named[k], found.parameters))
        if title := words.mechanism_title(named[k]):
            name += f"<br><small>{escape(title)}</small>"
        rows.append([name, *cells, escape(members)])
    what = "mechanisms" if mechanisms else "parameters"
    body = table(
        f"Indices of {what}, {found.quantities[quantity]} (bootstrap 95 % interval)",
        ["factor", "total", "first", "parameters in it"], rows, (1, 2),
    )  # fmt: skip
    return f"<details><summary>Every index of {what}</summary>\n{body}\n</details>"


def _local(found: LocalSensitivity, pictures: Mapping[str, Sequence[Picture | Missing]]) -> str:
    parts = []
    for k, picture in enumerate(pictures["local"]):
        parts += [f"<h3>{escape(words.axis(found.quantities[k]))}</h3>", figure_element(picture)]
        parts.append(_elasticities(found, k))
    return "\n".join(parts)


def _elasticities(found: LocalSensitivity, quantity: int) -> str:
    rows, tiers = [], []
    for k in found.steepest(quantity)[:TOP]:
        each = found.parameters[k]
        tiers.append(each.tier)
        rows.append(
            [
                f"<code>{escape(each.symbol)}</code>",
                f"{found.elasticity[k, quantity]:.3f}".replace("-", "−"),
                powers(escape(number(each.value, 3))) + f" {escape(each.unit)}",
                escape(each.mechanism),
                f'<span class="tier {escape(each.tier)}">{escape(each.tier)}</span>',
            ]
        )
    asked = found.quantities[quantity]
    caption = f"The {len(rows)} greatest elasticities, {asked} (% of it per % of the parameter)"
    head = ["parameter", "elasticity", "value", "mechanism", "tier"]
    body = table(caption, head, rows, (1,), row_class=tiers)
    return f"<details><summary>Elasticities</summary>\n{body}\n</details>"


def _stayed(local: LocalSensitivity | None, whole: GlobalSensitivity | None) -> str:
    stay = (whole or local).not_varied  # type: ignore[union-attr]
    pairs = words.group_of_stayed([(each.symbol, each.reason) for each in stay])
    rows = [[escape(reason), escape(symbols)] for reason, symbols in pairs]
    note = "" if whole is not None or local is None else _untold(local)
    return table("Parameters that stayed where they are", ["why", "which"], rows) + note


def _untold(local: LocalSensitivity) -> str:
    names = [p.symbol for p in local.parameters if not p.error]
    if not names:
        return ""
    return f"<p>No uncertainty told, so an elasticity but no swing: {escape(', '.join(names))}.</p>"


def _paragraphs(texts: Sequence[str]) -> str:
    return "\n".join(f"<p>{kept_together(text)}</p>" for text in texts)


def _listing(texts: Sequence[str]) -> str:
    items = "\n".join(f"<li>{kept_together(text)}</li>" for text in texts)
    return f'<ul class="limits">{items}</ul>'


def _provenance(provenance: Mapping[str, str]) -> str:
    rows = [[escape(key), f"<code>{escape(value)}</code>"] for key, value in provenance.items()]
    return table("How to make it again", ["what", "value"], rows)
