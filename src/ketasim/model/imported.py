"""What is asked of an import, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ImportOptions:
    """What a model cannot say of itself.

    Parameters
    ----------
    connect : mapping of str to str
        Its constants that are outputs of ours: theirs -> ours.
    outputs : mapping of str to str
        What others may see: theirs -> the name it gets here.
    keep : sequence of str
        Its constants that bear the name of an output of ours and are something else.
    units : mapping of str to str
        Units of names that have none.
    unit_else : str
        Unit of all other names that have none; empty: they are asked for.
    time : str
        Unit of time, where the model has none.
    clock, system : str
        As in the head of a mechanism.
    """

    connect: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    keep: Sequence[str] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    unit_else: str = ""
    time: str = ""
    clock: str = "late"
    system: str = "S4"


@dataclass(frozen=True)
class Imported:
    """A mechanism made of another tool's model.

    Parameters
    ----------
    name : str
    texts : mapping of str to str
        Files by name: ``NAME.ant``, ``NAME.csv``, ``NAME.bib``.
    inputs : mapping of str to str
        Their name -> the output of ours it is.
    outputs : mapping of str to str
        Their name -> its name here.
    renamed : mapping of str to str
        Names that are taken here -> what they are called now.
    rivals : tuple of str
        Mechanisms of ours that give one of the outputs.
    """

    name: str
    texts: Mapping[str, str]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    renamed: Mapping[str, str]
    rivals: tuple[str, ...]
