"""How ketasim's objects look in a notebook: one small table, every word escaped.

Jupyter asks an object for ``_repr_html_``; each of ours answers with :func:`shown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

#: Rows of one table; what is more is counted, not shown.
MOST_ROWS = 12
_LONGEST = 300

_TABLE = "border-collapse:collapse;font-size:0.9em;margin:0.3em 0"
_CELL = "text-align:{};vertical-align:top;padding:0.15em 0.8em 0.15em 0"
_LINE = ";border-bottom:1px solid #8888"


def shown(
    kind: str,
    title: object,
    facts: Iterable[tuple[str, object]] = (),
    tables: Iterable[str] = (),
    note: str = "",
) -> str:
    """Return an object as HTML.

    Parameters
    ----------
    kind : str
        What it is: ``"Study"``.
    title : object
        Its name or title.
    facts : iterable of (str, object)
        Lines of word and value; those without a value are left out.
    tables : iterable of str
        From :func:`table`.
    note : str
        A last line.
    """
    head = f"<strong>{_text(kind)}</strong> {_text(title)}".rstrip()
    rows = [(word, value) for word, value in facts if value not in (None, "")]
    parts = [f"<div>{head}</div>"]
    if rows:
        lines = "".join(
            f'<tr><th style="{_CELL.format("left")};font-weight:normal;opacity:0.75">{_text(word)}'
            f'</th><td style="{_CELL.format("left")}">{_text(value)}</td></tr>'
            for word, value in rows
        )
        parts.append(f'<table style="{_TABLE}"><tbody>{lines}</tbody></table>')
    parts += [part for part in tables if part]
    if note:
        parts.append(f'<div style="opacity:0.75;font-size:0.9em">{_text(note)}</div>')
    return f'<div class="ketasim">{"".join(parts)}</div>'


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """Return a table as HTML; empty where there are no rows.

    Parameters
    ----------
    columns : sequence of str
        Heads, with the units of what is below.
    rows : iterable of sequences
        Numbers are aligned right, four significant digits of a float.
    caption : str
    """
    given = [tuple(row) for row in rows]
    if not given:
        return ""
    numeric = [all(_is_number(row[k]) for row in given) for k in range(len(columns))]
    styles = [_CELL.format("right" if right else "left") for right in numeric]
    head = "".join(
        f'<th style="{style}{_LINE}">{_text(name)}</th>'
        for name, style in zip(columns, styles, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td style="{style}">{_text(cell)}</td>'
            for cell, style in zip(row, styles, strict=True)
        )
        + "</tr>"
        for row in given[:MOST_ROWS]
    )
    above = f'<caption style="text-align:left">{_text(caption)}</caption>' if caption else ""
    left = len(given) - MOST_ROWS
    below = f'<div style="opacity:0.75;font-size:0.9em">and {left:,} more</div>' if left > 0 else ""
    return (
        f'<table style="{_TABLE}">{above}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>{below}"
    )


def _is_number(cell: object) -> bool:
    if isinstance(cell, str):
        return cell == "" or cell.endswith(" %")
    return cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool))


def _text(value: object) -> str:
    """Return a value as escaped text, short enough to stand in a table."""
    if value is None:
        return ""
    if isinstance(value, float):
        return escape(f"{value:.4g}")
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    text = " ".join(str(value).split())
    return escape(text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "...")
