"""The drugs one may give: molar mass, salt, enantiomers, and the model inputs a dose reaches.

A drug either has kinetics (the ketamines: a dose becomes nmol of each enantiomer, put in a
compartment or infused at a rate) or is a clamped exposure (midazolam, SSRI, antagonists: an
input between 0 and 1 while it is there). Numbers and their sources stand in ``drugs.csv``.
"""

from __future__ import annotations

import csv
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
    molar_mass_g_mol : float or None
        Of the free base; None where the drug is only a clamped exposure.
    salt_factor : float or None
        mg of base in one mg of hydrochloride.
    shares : tuple of (str, float)
        Enantiomers, ``"S"`` and ``"R"``, with their share of the amount; empty without kinetics.
    input : str
        Model input held at 1 while the drug is there; empty for drugs with kinetics.
    tier, source, note : str
        Where the numbers come from.
    """

    name: str
    molar_mass_g_mol: float | None
    salt_factor: float | None
    shares: tuple[tuple[str, float], ...]
    input: str
    tier: str
    source: str
    note: str

    @property
    def has_kinetics(self) -> bool:
        """Whether a dose becomes an amount in the body rather than a clamped exposure."""
        return bool(self.shares)

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
        Input that an infusion sets [nmol/h]; empty where one cannot infuse.
    """

    label: str
    compartment: str
    rate: str = ""


ROUTES = MappingProxyType(
    {
        "iv": Route("IV", "A1_{}", "rate_{}_iv"),
        "im": Route("IM", "Aim_{}"),
        "sc": Route("SC", "Aim_{}"),
        "ip": Route("IP", "Aim_{}"),
        "oral": Route("oral", "Agut_{}"),
        "nasal": Route("intranasal", "Anas_{}"),
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
    shares = ((which, float(row[f"share_{which}"] or 0)) for which in ENANTIOMERS)
    return Drug(
        name=row["drug"],
        molar_mass_g_mol=float(row["molar_mass_g_mol"]) if row["molar_mass_g_mol"] else None,
        salt_factor=float(row["salt_factor"]) if row["salt_factor"] else None,
        shares=tuple((which, share) for which, share in shares if share > 0),
        input=row["input"],
        tier=row["tier"],
        source=row["source"],
        note=row["note"],
    )
