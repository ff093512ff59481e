"""The drugs one may give: molar mass, salt, enantiomers, and the model inputs a dose reaches.

A drug meets the model as a dose (the ketamines: nmol of each enantiomer, put in a compartment or
released at a rate), as a clamped exposure (SSRI, antagonists: an input between 0 and 1 while it is
there), through enzymes (clarithromycin: see `interactions`), or as a metabolite (norketamine:
injected, or in a dish, see `exposure.bath`), or as a device (ECT: an input that is 1 during its
sessions). A companion is a mechanism with the kinetics of one
such drug (midazolam): in a model that has it, doses of the drug enter it. Numbers and sources stand
in ``drugs.csv``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from ketasim.errors import UserError, nearest

SALTS = ("base", "hydrochloride")


@dataclass(frozen=True)
class Drug:
    """A substance as prescribed.

    Attributes
    ----------
    name : str
    given : str
        How it meets the model: ``"dose"``, ``"clamp"`` (unless its companion is there),
        ``"companion"`` (which must be there), ``"enzymes"``, ``"metabolite"`` (of ketamine;
        injected into an animal, or in a bath) or ``"device"`` (ECT: no substance at all).
    molar_mass_g_mol : float or None
        Of the free base; None where no amount is needed.
    salt_factor : float or None
        mg of base in one mg of hydrochloride.
    shares : tuple of (str, float)
        Enantiomers, ``"S"`` and ``"R"``, with their share of the amount, or the companion with
        share 1; else empty.
    input : str
        Model input held at 1 while the drug is there, or during a session with a device; empty
        unless it is a clamped exposure or a device that is on.
    bath : str
        Unbound brain concentration that a bath sets [nM]; ``{}`` stands for the enantiomer.
    tier, source, note : str
        Where the numbers come from.
    """

    name: str
    given: str
    molar_mass_g_mol: float | None
    salt_factor: float | None
    shares: tuple[tuple[str, float], ...]
    input: str
    bath: str
    tier: str
    source: str
    note: str

    @property
    def has_kinetics(self) -> bool:
        """Whether a dose becomes an amount in the body rather than a clamped exposure."""
        return self.given == "dose"

    @property
    def companion(self) -> str:
        """Mechanism with this drug's kinetics, which bears its name; empty for the ketamines."""
        return next((form for form, _ in self.shares if form not in ENANTIOMERS), "")

    @property
    def places(self) -> Mapping[str, Route]:
        """Where its doses enter, by route."""
        if self.given == "metabolite":
            return METABOLITE_ROUTES[self.bath]
        return COMPANION_ROUTES if self.companion else ROUTES

    def enters(self, mechanisms: Iterable[str] = ()) -> bool:
        """Return whether its doses become amounts in a model of ``mechanisms``.

        A companion that must be there counts as there: without it the dose is refused later.
        """
        return self.given in ("dose", "companion", "metabolite") or self.companion in tuple(
            mechanisms
        )

    def nmol_per_mg(self) -> float:
        """Return nmol in one mg of free base."""
        if self.molar_mass_g_mol is None:
            raise UserError(f"drug: {self.name} has no molar mass, so no amount in nmol")
        return 1e6 / self.molar_mass_g_mol


@dataclass(frozen=True)
class Route:
    """Where a dose enters the model; ``{}`` stands for the enantiomer.

    Attributes
    ----------
    label : str
        How a protocol writes it.
    compartment : str
        State that a dose given at once is added to [nmol].
    rate : str
        Input that an infusion or a release sets [nmol/h]; empty where there is none.
    pumped : bool
        Whether a rate is somebody's pump, which the session lasts as long as; otherwise it is
        the release from a tablet or film, which goes on by itself.
    """

    label: str
    compartment: str
    rate: str = ""
    pumped: bool = False


ROUTES = MappingProxyType(
    {
        "iv": Route("IV", "A1_{}", "rate_{}_iv", pumped=True),
        "im": Route("IM", "Aim_{}", "rate_{}_im", pumped=True),
        "sc": Route("SC", "Aim_{}", "rate_{}_im", pumped=True),
        "ip": Route("IP", "Aim_{}", "rate_{}_im", pumped=True),
        "oral": Route("oral", "Agut_{}", "rate_{}_po"),
        "nasal": Route("intranasal", "Anas_{}"),
        "sublingual": Route("sublingual", "Asl_{}", "rate_{}_sl"),
    }
)
COMPANION_ROUTES = MappingProxyType(
    {
        "iv": Route("IV", "A_{}", "rate_{}_iv", pumped=True),
        "im": Route("IM", "Adep_{}"),
        "sc": Route("SC", "Adep_{}"),
        "ip": Route("IP", "Adep_{}"),
        "oral": Route("oral", "Agut_{}"),
    }
)
# What is injected is in the blood at once: no study tells how fast it gets there.
METABOLITE_ROUTES = MappingProxyType(
    {
        bath: MappingProxyType(
            {
                key: Route(ROUTES[key].label, f"A{letter}1_{{}}", f"rate_{{}}_{name}", pumped=True)
                for key in ("iv", "im", "sc", "ip")
            }
        )
        for bath, letter, name in (("bN{}", "N", "nk"), ("bH{}", "H", "hnk"))
    }
)
ENANTIOMERS = ("S", "R")


def drug_names() -> tuple[str, ...]:
    """Return the names of all drugs, as in ``drugs.csv``."""
    return tuple(dict.fromkeys(drug.name for drug in _table().values()))


def drug(name: str | Drug, field: str = "drug") -> Drug:
    """Return a drug by name or alias, whatever the case.

    Raises
    ------
    UserError
        Unknown name; the nearest one is told.
    """
    if isinstance(name, Drug):
        return name
    found = _table().get(str(name).strip().lower())
    if found is None:
        raise UserError(f"{field}: unknown drug {name!r}{nearest(str(name), drug_names())}")
    return found


def ways_in() -> dict[str, float]:
    """Return mg of base in one nmol for each rate input and compartment that a dose may enter."""
    dosed = [drug(name) for name in drug_names()]
    return {
        name.format(form): 1 / each.nmol_per_mg()
        for each in dosed
        if each.enters() or each.companion
        for place in each.places.values()
        for name in (place.compartment, place.rate)
        if name
        for form, _ in each.shares
    }


def base_factor(of: Drug, salt: str) -> float:
    """Return mg of free base in one mg of ``salt`` (``"base"`` or ``"hydrochloride"``)."""
    if salt not in SALTS:
        raise UserError(f"salt: unknown salt {salt!r}{nearest(salt, SALTS)}")
    if salt == "base":
        return 1.0
    if of.salt_factor is None:
        raise UserError(f"salt: no hydrochloride of {of.name} is known; give the dose as base")
    return of.salt_factor


@cache
def _table() -> dict[str, Drug]:
    """Return every drug of ``drugs.csv`` by lower-case name and alias."""
    text = files("ketasim.dosing").joinpath("drugs.csv").read_text(encoding="utf-8")
    table: dict[str, Drug] = {}
    for row in csv.DictReader(text.splitlines()):
        entry = _from_row(row)
        for name in (entry.name, *filter(None, row["aliases"].split("|"))):
            table[name.lower()] = entry
    return table


def _from_row(row: dict[str, str]) -> Drug:
    """Return the drug of one row of ``drugs.csv``."""
    pairs = (pair.split("=") for pair in row["shares"].split("|") if pair)
    return Drug(
        name=row["drug"],
        given=row["given"],
        molar_mass_g_mol=float(row["molar_mass_g_mol"]) if row["molar_mass_g_mol"] else None,
        salt_factor=float(row["salt_factor"]) if row["salt_factor"] else None,
        shares=tuple((which, float(share)) for which, share in pairs),
        input=row["input"],
        bath=row["bath"],
        tier=row["tier"],
        source=row["source"],
        note=row["note"],
    )
