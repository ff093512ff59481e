"""Dosing: regimens that read like a protocol, and the events they become."""

from ketasim.dosing.administration import (
    bath,
    bolus,
    daily,
    device,
    hold,
    infusion,
    injection,
    intranasal,
    midazolam,
    oral,
    saline,
    sublingual,
)
from ketasim.dosing.data_file import DataFile, read_data
from ketasim.dosing.data_observations import Observations
from ketasim.dosing.data_writing import data_of, write_data
from ketasim.dosing.delivered import DoseReport, delivered_mg, dose_report, prescribed_mg
from ketasim.dosing.drugs import Drug, drug, drug_names
from ketasim.dosing.engine_events import engine_events, lead_h
from ketasim.dosing.formulations import Formulation, formulation, formulations
from ketasim.dosing.interactions import Interaction, interactions
from ketasim.dosing.named_regimens import NamedRegimen, named_regimen, named_regimens
from ketasim.dosing.regimen import Dose, Hold, Regimen

__all__ = [
    "DataFile",
    "Dose",
    "DoseReport",
    "Drug",
    "Formulation",
    "Hold",
    "Interaction",
    "NamedRegimen",
    "Observations",
    "Regimen",
    "bath",
    "bolus",
    "daily",
    "data_of",
    "delivered_mg",
    "device",
    "dose_report",
    "drug",
    "drug_names",
    "engine_events",
    "formulation",
    "formulations",
    "hold",
    "infusion",
    "injection",
    "interactions",
    "intranasal",
    "lead_h",
    "midazolam",
    "named_regimen",
    "named_regimens",
    "oral",
    "prescribed_mg",
    "read_data",
    "saline",
    "sublingual",
    "write_data",
]
