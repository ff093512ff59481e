"""Drugs, routes, usual doses and named regimens, from the tables of `ketasim.dosing`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ketasim.errors import UserError

if TYPE_CHECKING:
    from ketasim.dosing.drugs import Drug

# As a protocol writes routes; into the peritoneum only animals are given anything.
WAYS_OF = {
    "iv": ("infusion", "bolus"),
    "im": ("im",),
    "sc": ("sc",),
    "oral": ("oral",),
    "nasal": ("intranasal",),
    "sublingual": ("sublingual",),
}
NEEDS = {"infusion": ["dose", "over"], "daily": ["for"], "device": []}
# For dishes and animals: what is done with them belongs to findings.
NOT_FOR_PEOPLE = ("NBQX", "MK-801")
GROUPS = {
    "dose": "ketamine",
    "companion": "other drug",
    "device": "device",
    "enzymes": "changes kinetics",
    "clamp": "held",
}


@cache
def drugs() -> list[dict[str, Any]]:
    """Return every drug that can be given to people, with its routes."""
    from ketasim.dosing.drugs import drug, drug_names

    every = [drug(name) for name in drug_names()]
    kept = [d for d in every if d.given != "metabolite" and d.name not in NOT_FOR_PEOPLE]
    found = [_described(each) for each in kept]
    return [SALINE, *(each for each in found if each["routes"])]


SALINE = {
    "name": "saline",
    "title": "Saline (a sham session)",
    "companion": None,
    "group": "sham",
    "note": "a session without drug",
    "routes": [
        {"route": way, "needs": [], "formulations": []}
        for way in ("infusion", "im", "sc", "oral", "intranasal", "sublingual")
    ],
}


def _described(what: Drug) -> dict[str, Any]:
    return {
        "name": what.name,
        "title": what.name[:1].upper() + what.name[1:],
        "companion": what.companion or None,
        "group": "other drug" if _is_dosed(what) and what.companion else GROUPS[what.given],
        "note": what.note,
        "routes": _routes(what),
    }


def _is_dosed(what: Drug) -> bool:
    from ketasim.dosing.formulations import routes_of

    return bool(routes_of(what))


def _routes(what: Drug) -> list[dict[str, Any]]:
    """Return the routes that a protocol may name for a drug, and that lead somewhere."""
    from ketasim.dosing.drugs import ROUTES
    from ketasim.dosing.formulations import forms_of, routes_of

    if what.given == "device":
        return [{"route": "device", "needs": [], "formulations": []}]
    found = []
    for key in routes_of(what):
        if key not in what.places and what.given != "clamp":
            continue
        forms = [form.name for form in forms_of(what, key)]
        for way in WAYS_OF.get(key, ()):
            formed = ROUTES[key].label.lower() in ("oral", "intranasal", "sublingual")
            found.append(_route(what.name, way, forms if formed else []))
    if what.input or what.given in ("clamp", "enzymes"):
        found.append({"route": "daily", "needs": NEEDS["daily"], "formulations": []})
    return found


def _route(name: str, way: str, forms: list[str]) -> dict[str, Any]:
    usual = _ranges().get((name, way))
    row: dict[str, Any] = {"route": way, "needs": NEEDS.get(way, ["dose"]), "formulations": forms}
    if usual:
        row |= {
            "typical_dose": float(usual["usual"]),
            "unit": usual["unit"],
            "lowest": float(usual["lowest"]),
            "highest": float(usual["highest"]),
            "source": usual["source"],
        }
    return row


@cache
def _ranges() -> Mapping[tuple[str, str], Mapping[str, str]]:
    text = files("ketasim.explorer").joinpath("dose_ranges.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {(row["drug"], row["route"]): row for row in rows}


@cache
def regimens() -> list[dict[str, Any]]:
    """Return the named regimens that run as they stand, with their steps."""
    from ketasim.dosing.named_regimens import named_regimens, named_steps

    found = []
    for entry in named_regimens():
        try:
            steps = named_steps(entry.name)
        except UserError:
            continue  # refused, or it asks for a dose
        said = [s.model_dump(mode="json", by_alias=True, exclude_defaults=True) for s in steps]
        rows = [
            {"drug": s.drug, "route": s.route, **row} for s, row in zip(steps, said, strict=True)
        ]
        found.append({"name": entry.name, "title": entry.name, "steps": rows,
                      "source": entry.source})  # fmt: skip
    return found
