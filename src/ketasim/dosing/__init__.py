"""Dosing: regimens that read like a protocol, and the events they become."""

from ketasim.dosing.administration import (
    bolus,
    daily,
    hold,
    infusion,
    injection,
    intranasal,
    midazolam,
    oral,
    saline,
)
from ketasim.dosing.delivered import DoseReport, delivered_mg, dose_report, prescribed_mg
from ketasim.dosing.drugs import Drug, drug, drug_names
from ketasim.dosing.engine_events import engine_events, lead_h
from ketasim.dosing.event_table import EventTable, event_table, read_csv, regimens, write_csv
from ketasim.dosing.regimen import Dose, Hold, Regimen

__all__ = [
    "Dose",
    "DoseReport",
    "Drug",
    "EventTable",
    "Hold",
    "Regimen",
    "bolus",
    "daily",
    "delivered_mg",
    "dose_report",
    "drug",
    "drug_names",
    "engine_events",
    "event_table",
    "hold",
    "infusion",
    "injection",
    "intranasal",
    "lead_h",
    "midazolam",
    "oral",
    "prescribed_mg",
    "read_csv",
    "regimens",
    "saline",
    "write_csv",
]
