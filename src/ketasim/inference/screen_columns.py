"""The columns of a file of candidates: names, units, and what a missing one means."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

NANOMOLAR = {"nM": 1.0, "uM": 1e3, "µM": 1e3, "pM": 1e-3}
HOURS = {"h": 1.0, "min": 1 / 60, "d": 24.0}
LITRES = {"L": 1.0, "mL": 1e-3}
FLOWS = {"L/h": 1.0, "L/min": 60.0, "mL/min": 0.06}
RATES = {"1/h": 1.0, "1/min": 60.0, "1/s": 3600.0}
DOSES = {"mg": 1.0, "mg/kg": 1.0, "ug": 1e-3, "ug/kg": 1e-3}
MASSES = {"g/mol": 1.0, "ng/nmol": 1.0}
SHARES = {"fraction": 1.0, "%": 0.01, "": 1.0}
RATIOS = {"ratio": 1.0, "": 1.0}
WORDS: dict[str, float] = {}

ROUTES = ("iv", "im", "sc", "oral", "nasal", "sublingual")
MU_ACTIONS = ("agonist", "antagonist")


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    name : str
        As in the header, without its unit.
    units : mapping of str to float
        Units that may stand in the header, with the factor to the first one; empty for words.
    meaning : str
    missing : str
        What an empty or absent cell means; empty for a required column.
    low, high : float
        Values a cell may have, in the first unit.
    zero : bool
        Whether 0 is allowed.
    """

    name: str
    units: Mapping[str, float]
    meaning: str
    missing: str = ""
    low: float = 0.0
    high: float = math.inf
    zero: bool = False

    @property
    def required(self) -> bool:
        """Whether every row must have it."""
        return not self.missing

    @property
    def header(self) -> str:
        """How the header writes it."""
        unit = next(iter(self.units), "")
        return f"{self.name} [{unit}]" if unit else self.name

    @property
    def needs_unit(self) -> bool:
        """Whether its unit must stand in the header."""
        return bool(self.units) and "" not in self.units


_NONE = "no such activity"
_ALONE = "one compartment"
_COLUMNS = (
    Column("molecule", WORDS, "name, once in the file"),
    Column("route", WORDS, f"{', '.join(ROUTES)}"),
    Column("dose", DOSES, "free base, each time"),
    Column("infusion", HOURS, "length of an infusion into a vein", "given at once", zero=True),
    Column("interval", HOURS, "between doses", "one dose"),
    Column("doses", RATIOS, "how many, at most 200", "one dose", low=1, high=200),
    Column("molar_mass", MASSES, "of the free base"),
    Column("CL", FLOWS, "clearance of a 70 kg adult", "from half_life and V1"),
    Column("half_life", HOURS, "with one compartment, instead of CL", "CL is given"),
    Column("V1", LITRES, "central volume of a 70 kg adult"),
    Column("V2", LITRES, "volume of the first tissue", _ALONE),
    Column("Q2", FLOWS, "flow between blood and the first tissue", _ALONE),
    Column("V3", LITRES, "volume of the second tissue", _ALONE),
    Column("Q3", FLOWS, "flow between blood and the second tissue", _ALONE),
    Column("V4", LITRES, "volume of the third tissue", _ALONE),
    Column("Q4", FLOWS, "flow between blood and the third tissue", _ALONE),
    Column("ka", RATES, "absorption; needed unless iv", "given into a vein"),
    Column("F", SHARES, "bioavailability; needed unless iv", "given into a vein", high=1),
    Column("fu", SHARES, "unbound share in plasma", high=1),
    Column("Kp_uu", RATIOS, "unbound brain over unbound plasma", "taken as 1"),
    Column("ke0", RATES, "brain after plasma", "as ketamine"),
    Column("NMDA_Ki", NANOMOLAR, "channel block without magnesium, GluN2A and 2B", _NONE),
    Column("NMDA_Ki_CD", NANOMOLAR, "the same, GluN2C and 2D", "as ketamine: twice NMDA_Ki"),
    Column("NMDA_koff", RATES, "escape from the open channel", "as ketamine"),
    Column("NMDA_trapped", SHARES, "share of block left when channels shut", "as ketamine", high=1),
    Column("NMDA_delta", RATIOS, "electrical distance of the site", "as ketamine", high=1),
    Column("membrane_EC50", NANOMOLAR, "site that makes tonic NMDA openings rarer", _NONE),
    Column("raft_EC50", NANOMOLAR, "moves Gs alpha out of lipid rafts", _NONE),
    Column("AMPA_EC50", NANOMOLAR, "potentiates AMPA receptors", _NONE),
    Column("mu_Ki", NANOMOLAR, "mu-opioid receptor", _NONE),
    Column("mu_action", WORDS, "agonist or antagonist; needed with mu_Ki", "no mu_Ki"),
    Column("kappa_Ki", NANOMOLAR, "kappa-opioid receptor; reported, drives nothing", _NONE),
    Column("SERT_Ki", NANOMOLAR, "serotonin transporter", _NONE),
    Column("TrkB_Ki", NANOMOLAR, "TrkB", _NONE),
    Column("source", WORDS, "where the numbers come from", "not told"),
    Column("note", WORDS, "anything else", "none"),
)
COLUMNS: Mapping[str, Column] = MappingProxyType({column.name: column for column in _COLUMNS})

#: Other names by which a column may be called.
ALIASES = MappingProxyType(
    {
        "name": "molecule",
        "NMDA_IC50": "NMDA_Ki",
        "NMDA_IC50_CD": "NMDA_Ki_CD",
        "mu_EC50": "mu_Ki",
        "kappa_EC50": "kappa_Ki",
        "SERT_IC50": "SERT_Ki",
        "TrkB_EC50": "TrkB_Ki",
        "V": "V1",
        "t_half": "half_life",
    }
)

#: Activities, by the column that switches each on.
ACTIVITIES = MappingProxyType(
    {
        "NMDA_Ki": "NMDA receptor block",
        "membrane_EC50": "membrane site of the NMDA receptor",
        "raft_EC50": "Gs alpha out of rafts",
        "AMPA_EC50": "AMPA receptor potentiation",
        "mu_Ki": "mu-opioid receptor",
        "kappa_Ki": "kappa-opioid receptor",
        "SERT_Ki": "serotonin transporter",
        "TrkB_Ki": "TrkB",
    }
)
