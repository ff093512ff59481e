"""What a study looked at: an analyte at a site, and the model outputs that are it.

Venous and arterial plasma are different outputs, so a finding always names its site. Plasma
concentrations are total, brain concentrations unbound, as in the mechanisms `pk` and `brain`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from ketasim.errors import UserError, nearest
from ketasim.evidence.outputs import OutputWord, output_word, output_words
from ketasim.model import companion_names, load_mechanism, mechanism_names


@dataclass(frozen=True)
class Analyte:
    """A substance measured: which moiety, which enantiomers.

    Attributes
    ----------
    label : str
    moiety : str
        Letter in the model's output names: none for ketamine, N or H.
    mass : str
        Symbol of the molar mass [ng/nmol] in the parameter tables.
    enantiomers : tuple of str
    csf : str
        Output in cerebrospinal fluid [ng/mL]; empty for one enantiomer alone.
    """

    label: str
    moiety: str
    mass: str
    enantiomers: tuple[str, ...]
    csf: str = ""


def _three(name: str, moiety: str, mass: str, csf: str) -> dict[str, Analyte]:
    both = Analyte(f"{name}, both enantiomers", moiety, mass, ("S", "R"), csf)
    one = {f"{e}-{name}": Analyte(f"{e}-{name}", moiety, mass, (e,)) for e in ("S", "R")}
    return {name: both, **one}


ANALYTES: Mapping[str, Analyte] = MappingProxyType(
    _three("ketamine", "", "MW_ket", "Ccsf_ket")
    | _three("norketamine", "N", "MW_nk", "Ccsf_nk")
    | _three("hydroxynorketamine", "H", "MW_hnk", "Ccsf_hnk")
)
SITES: Mapping[str, str] = MappingProxyType(
    {
        "venous": "plasma from a forearm vein, total",
        "arterial": "plasma from an artery, total",
        "csf": "cerebrospinal fluid, total",
        "brain": "brain, unbound",
    }
)
_PREFIX = {"venous": "v", "arterial": "c", "brain": "b"}


@dataclass(frozen=True)
class Readout:
    """An analyte at a site, or any output of the model in its own unit.

    Attributes
    ----------
    analyte, site : str
        Keys of `ANALYTES` and `SITES`; empty where ``output`` is given.
    output : str
        Name of a model output.
    word : OutputWord or None
        The word of `outputs.csv` that the finding used for it.
    """

    analyte: str = ""
    site: str = ""
    output: str = ""
    word: OutputWord | None = None

    def __str__(self) -> str:
        if self.word is not None:
            return self.word.name
        return self.output or f"{self.site} {self.analyte}"

    @property
    def sign(self) -> int:
        """1, or -1 where the study's quantity falls as the output rises."""
        return self.word.sign if self.word else 1

    @property
    def is_concentration(self) -> bool:
        """Whether it is an analyte at a site, told in nmol/L."""
        return bool(self.analyte)

    def outputs(self) -> tuple[str, ...]:
        """Return the model outputs whose sum it is."""
        if not self.analyte:
            return (self.output,) if self.output else ()
        what = ANALYTES[self.analyte]
        if self.site == "csf":
            return (what.csf,)
        return tuple(f"{_PREFIX[self.site]}{what.moiety}{e}" for e in what.enantiomers)

    def mass_ng_nmol(self, masses: Mapping[str, float]) -> float:
        """Return the molar mass [ng/nmol]."""
        return masses[ANALYTES[self.analyte].mass] if self.analyte else 1.0

    def course(self, values: Mapping[str, np.ndarray], masses: Mapping[str, float]) -> np.ndarray:
        """Return the course of the readout, in nmol/L or in the output's own unit.

        Parameters
        ----------
        values : mapping of str to ndarray, shape (n, times)
            Model outputs by name.
        masses : mapping of str to float
            Molar masses [ng/nmol] by symbol.
        """
        total = np.sum([values[name] for name in self.outputs()], axis=0)
        if self.site == "csf":
            return total * 1e3 / self.mass_ng_nmol(masses)  # ng/mL to nmol/L
        return total


@cache
def _declared() -> frozenset[str]:
    """Return every name that some mechanism or companion computes."""
    every = (*mechanism_names(), *companion_names())
    return frozenset(name for each in every for name in load_mechanism(each).owned)


def checked_readout(analyte: str | None, site: str | None, output: str | None) -> Readout:
    """Return a readout from the fields of a finding, or raise naming the field."""
    if output is not None:
        if analyte is not None or site is not None:
            raise UserError("output: give either output, or analyte and site")
        word = output_word(output)
        if word is None and output not in _declared():
            words = [each.name for each in output_words()]
            hint = nearest(output, [*words, *_declared()])
            raise UserError(f"output: {output!r} is not a choice{hint}")
        return Readout(output=word.output if word else output, word=word)
    if analyte is None:
        raise UserError("analyte: missing; say what was measured (or name a model output)")
    if analyte not in ANALYTES:
        raise UserError(f"analyte: {analyte!r} is not a choice{nearest(analyte, ANALYTES)}")
    if site is None:
        raise UserError("site: missing; venous and arterial plasma differ, so it must be said")
    if site not in SITES:
        raise UserError(f"site: {site!r} is not a choice{nearest(site, SITES)}")
    if site == "csf" and not ANALYTES[analyte].csf:
        whole = analyte.split("-", 1)[1]
        raise UserError(f"analyte: {analyte!r} alone is not followed in csf; nearest: {whole}")
    return Readout(analyte, site)
