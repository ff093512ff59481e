"""The systems of the model that a finding may speak of, as on the roadmap."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "S1": "Gs alpha, rafts, cAMP",
        "S2": "NMDA receptors, habenula",
        "S3": "glutamate surge, AMPA receptors",
        "S4": "BDNF, protein synthesis, spines",
        "S5": "adenosine",
        "S6": "opioid",
        "S7": "serotonin, dopamine",
        "S8": "p11, CSF flow",
        "S9": "kinetics",
        "S10": "clinical course",
        "S11": "other drugs",
        "S12": "safety",
        "S13": "candidates",
        "S14": "stress state, conditions",
        "S15": "claims",
    }
)
