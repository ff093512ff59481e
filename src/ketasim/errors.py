"""The one exception that means: the user can mend this."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(ValueError):
    """A mistake in what the user gave, told in one line.

    The message names what is wrong, where (file, line or field), the offending value and,
    where there is one, the nearest valid choice. The command line prints it without a
    traceback and exits with code 2.
    """

    def _render_traceback_(self) -> list[str]:
        """Show the one line in a notebook, too, instead of IPython's traceback."""
        return [f"UserError: {self}"]


def nearest(name: str, choices: Iterable[str]) -> str:
    """Return a hint naming the valid choice closest to ``name``.

    Parameters
    ----------
    name : str
        What the user wrote.
    choices : iterable of str
        What would have been valid.

    Returns
    -------
    str
        ``"; nearest: glutamate"``, or the first few choices when none is close, or ``""``
        when there are no choices at all.
    """
    names = sorted(set(choices))
    match = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if not match:
        folded = {choice.lower(): choice for choice in names}
        match = [folded[m] for m in difflib.get_close_matches(name.lower(), folded, n=1)]
    if match:
        return f"; nearest: {match[0]}"
    if not names:
        return ""
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    return f"; choose from: {shown}"
