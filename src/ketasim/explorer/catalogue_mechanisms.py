"""Mechanisms with their parameters, their sources, and the findings that speak of them."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ketasim.evidence import Finding
    from ketasim.model import Mechanism

FORM = "explorer-evidence-1"


def mechanisms() -> list[dict[str, Any]]:
    """Return every mechanism and companion as plain data, in the model's order."""
    from ketasim.explorer.catalogue import plain_text
    from ketasim.explorer.models import ready_model
    from ketasim.model import ModelFolder, companion_names, load_mechanism

    ready, place = ready_model(()), ModelFolder()
    evidence = _kept_evidence()
    found = []
    for name in (*ready.model.mechanisms, *companion_names()):
        one = load_mechanism(name)
        found.append(
            {
                "name": name,
                "title": one.title,
                "systems": list(one.systems),
                "clock": one.clock,
                "biology": plain_text(one.biology),
                "sources": list(one.sources),
                "companion": one.companion,
                "switchable": f"scale_{name}" in ready.compiled.parameters,
                "parameters": [
                    {
                        "symbol": row.symbol,
                        "value": row.value,
                        "unit": row.unit,
                        "tier": row.tier,
                        "source": row.source,
                        "note": row.note,
                    }
                    for row in place.table(name)
                ],
                "evidence": evidence.get(name, []),
            }
        )
    return found


def sources(described: Iterable[Mapping[str, Any]], entries: Iterable[Any]) -> dict[str, str]:
    """Return the text of every source that mechanisms, parameters and findings cite."""
    from ketasim.model import load_sources
    from ketasim.model.parameter_table import source_keys

    known = {key: str(source) for key, source in load_sources().items()}
    cited = {key for one in described for key in one["sources"]}
    for one in described:
        cited |= {key for row in one["parameters"] for key in source_keys(row["source"])}
        cited |= {each["source"] for each in one["evidence"]}
    cited |= {key for entry in entries for key in entry["sources"]}
    return {key: known[key] for key in sorted(cited) if key in known}


def _kept_evidence() -> dict[str, list[dict[str, str]]]:
    """Return `evidence`, from the disk where the files are those it was made from."""
    from ketasim import __version__
    from ketasim.engine import machine_code

    key = machine_code.cache_key(FORM, __version__, _digest()) + ".json"
    kept = machine_code.read_cache(key)
    if kept:
        try:
            return json.loads(kept)
        except ValueError:
            pass  # a damaged cache entry is made anew
    found = evidence()
    machine_code.write_cache(key, json.dumps(found).encode())
    return found


def _digest() -> str:
    """Return a digest of all that `evidence` is made from."""
    total = hashlib.sha256()
    for package in ("ketasim.evidence", "ketasim.model"):
        for path in _files(files(package)):
            total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def _files(folder: Any) -> list[Any]:
    found = []
    for each in sorted(folder.iterdir(), key=lambda path: path.name):
        if each.is_dir():
            found += _files(each)
        elif each.name.endswith((".toml", ".csv", ".ant", ".bib")):
            found.append(each)
    return found


def evidence() -> dict[str, list[dict[str, str]]]:
    """Return, for each mechanism, the findings that measure it or disturb it.

    A finding speaks of a mechanism whose output it measures, and of one whose input or parameter
    one of its perturbations sets. A mechanism that none of them names is given those of its
    systems. The verdict is the one recorded last (``evidence/baseline.csv``).
    """
    from ketasim.evidence import load_findings, read_baseline
    from ketasim.model import companion_names, load_mechanism, mechanism_names

    every = [load_mechanism(name) for name in (*mechanism_names(), *companion_names())]
    verdicts, origin = read_baseline(), _origins()
    of: dict[str, list[dict[str, str]]] = {one.name: [] for one in every}
    rest: list[tuple[Finding, dict[str, str]]] = []
    owners, setters = _owners(every), _setters(every)
    for finding in load_findings():
        row = _row(finding, verdicts, origin)
        measured = {owners[name] for name in _measured(finding) if name in owners}
        disturbed = {m for name in _disturbed(finding) for m in setters.get(name, ())}
        if not finding.clinical and finding.arm and _taken_up(finding.arm.routes):
            measured |= {"absorption"} if finding.readout and finding.readout.analyte else set()
        for name in measured | disturbed:
            why = "measures it" if name in measured else "disturbs it"
            of[name].append({**row, "why": why})
        rest.append((finding, row))
    for one in every:
        if not of[one.name] and not one.companion:
            of[one.name] = [
                {**row, "why": "same system"} for f, row in rest if set(f.systems) & {*one.systems}
            ]
    return of


def _row(finding: Finding, verdicts: Mapping[str, str], origin: Mapping[str, str]) -> dict:
    from ketasim.evidence.claims_data import Expected, Link
    from ketasim.evidence.claims_verdicts import Bearing
    from ketasim.evidence.verdicts import Outcome
    from ketasim.report import ledger_words as words

    bearing = Bearing(Link(finding, Expected()), Outcome.__new__(Outcome), "", "")
    said = words.what(bearing)
    seen = words.seen(bearing)
    return {
        "id": finding.id,
        "finding": said if seen == "–" else f"{said}: {seen}",
        "role": finding.role,
        "verdict": verdicts.get(finding.id, "out of scope" if finding.out_of_scope else "not run"),
        "study": finding.title,
        "source": origin.get(finding.study, finding.title),
        "contested": finding.contested,
    }


@cache
def _origins() -> dict[str, str]:
    """Return the source that each study file names."""
    found = {}
    for path in _files(files("ketasim.evidence").joinpath("studies")):
        if path.name.endswith(".toml"):
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            doi = f" doi:{table['doi']}" if table.get("doi") else ""
            found[path.name.removesuffix(".toml")] = f"{table.get('source', '')}{doi}"
    return found


def _owners(every: Iterable[Mechanism]) -> dict[str, str]:
    return {name: one.name for one in every for name in one.owned if not one.companion}


def _setters(every: Iterable[Mechanism]) -> dict[str, set[str]]:
    """Return the mechanisms of each event input and parameter."""
    from ketasim.model import ModelFolder

    place, found = ModelFolder(), dict[str, set[str]]()
    for one in every:
        if one.companion:
            continue
        for name in (*one.event_inputs, *(row.symbol for row in place.table(one.name))):
            found.setdefault(name, set()).add(one.name)
    return found


def _measured(finding: Finding) -> tuple[str, ...]:
    if finding.clinical is not None:
        scale = finding.clinical.scale
        return (scale,) if scale in ("CADSS", "dSBP", "dDBP", "dHR") else ("MADRS",)
    return finding.readout.outputs() if finding.readout is not None else ()


def _taken_up(routes: tuple[str, ...]) -> bool:
    """Whether a drug had to be taken up by way of something else than a vein."""
    return bool(set(routes) - {"infusion", "bolus", "bath", "daily", "device"})


def _disturbed(finding: Finding) -> set[str]:
    """Return the symbols that perturbations and drugs of its arms set or hold."""
    from ketasim.evidence.perturbations import perturbation

    arms = finding.every_arm
    names = {name for arm in arms for name in arm.perturbations}
    found = {symbol for name in names for symbol, _ in perturbation(name).sets}
    found |= {hold.input for arm in arms for hold in arm.regimen.holds}
    drugs = (dose.drug for arm in arms for dose in arm.regimen.doses if dose.drug)
    return found | {drug.input for drug in drugs if drug.input}
