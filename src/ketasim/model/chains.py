"""How far formulas build on each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ketasim.errors import UserError
from ketasim.input_files import CHAIN


def loop_in(rules: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return the names of a loop, first and last the same; empty where there is none.

    Parameters
    ----------
    rules : mapping of str to iterable of str
        Name -> the names its formula uses.

    Raises
    ------
    UserError
        Formulas that build on each other in a chain of more than `CHAIN`; Antimony's time grows
        with the fourth power of its length.
    """
    lengths: dict[str, int] = {}

    def length(name: str, path: tuple[str, ...]) -> int:
        if name not in rules:
            return 0
        if name in path:
            raise _Loop((*path[path.index(name) :], name))
        if name not in lengths:
            here = (*path, name)
            longest = 1
            if len(here) <= CHAIN:
                longest += max((length(used, here) for used in sorted(rules[name])), default=0)
            if longest > CHAIN or len(here) > CHAIN:
                raise UserError(f"assignments build on each other too deeply: '{name}' ends a "
                                f"chain of more than {CHAIN}")  # fmt: skip
            lengths[name] = longest
        return lengths[name]

    try:
        for name in rules:
            length(name, ())
    except _Loop as found:
        return found.names
    return ()


class _Loop(Exception):
    """A name that needs itself."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self.names = names
