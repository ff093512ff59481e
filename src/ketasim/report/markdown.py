"""Markdown for pages of books: tables, code, and text that is safe in a cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_MARK = re.compile(r"\[@[^\]]*\]|([\\`*_|<$\[\]])")


def line(text: str) -> str:
    r"""Return text on one line, with what Markdown would read as a mark escaped.

    Citations in brackets stay as they are.

    >>> print(line("a | b"), line("x*y <z> [1] [@li2010]"))
    a \| b x\*y \<z> \[1\] [@li2010]
    """
    return _MARK.sub(lambda m: f"\\{m[1]}" if m[1] else m[0], " ".join(text.split()))


def code(text: str) -> str:
    """Return text as code.

    >>> code("Bk_in")
    '`Bk_in`'
    """
    return f"`{' '.join(text.split())}`".replace("|", "\\|") if text else ""


def kept_together(text: str) -> str:
    """Keep a number on one line with its per-cent sign."""
    return text.replace(" %", "\u00a0%")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Return a table; cells must be Markdown already.

    Parameters
    ----------
    head : sequence of str
    rows : iterable of sequence of str
    right : sequence of int
        Columns of numbers.
    """
    marks = ("--:" if i in right else "---" for i in range(len(head)))
    lines = [head, [*marks], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def listing(items: Sequence[str]) -> str:
    """Join items as a sentence does.

    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))
