"""Read findings: the package's own, or a folder of a user's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.errors import UserError, nearest
from ketasim.evidence.finding import Arm, Finding, People
from ketasim.evidence.reading_parts import done, ends, observed_fields
from ketasim.evidence.readouts import Readout, checked_readout
from ketasim.evidence.systems import SYSTEMS

if TYPE_CHECKING:
    from ketasim.evidence.finding_file import (
        ArmTable,
        FindingFile,
        FindingTable,
    )

CLINICAL = "trial"
"""The table that makes a file clinical."""


def load_findings(
    folder: Path | str | None = None,
    role: str | None = None,
    *,
    only: str | None = None,
    system: str | None = None,
) -> tuple[Finding, ...]:
    """Read every ``*.toml`` below a folder.

    Parameters
    ----------
    folder : Path or str, optional
        Default: the findings that ketasim ships.
    role : str, optional
        ``"calibrate"`` or ``"validate"``; default both.
    only : str, optional
        Findings or studies whose name fits this pattern, as ``"moghaddam*"``.
    system : str, optional
        Findings on one system, as ``"S1"``.

    Raises
    ------
    UserError
        No such folder, no files in it, an id that stands twice, or one line for each mistake.
    """
    if folder is None:
        with as_file(files("ketasim.evidence").joinpath("studies")) as shipped:
            found = _read_folder(shipped, str(shipped) + "/")
    else:
        found = _read_folder(Path(folder), "")
    if system is not None and system not in SYSTEMS:
        raise UserError(f"system: {system!r} is not a choice{nearest(system, SYSTEMS)}")
    chosen = [each for each in found if only is None or _fits(each, only)]
    if not chosen:
        names = sorted({name for each in found for name in (each.id, each.study)})
        raise UserError(f"only: no finding or study fits {only!r}{nearest(only or '', names)}")
    return tuple(
        each
        for each in chosen
        if (role is None or each.role == role) and (system is None or system in each.systems)
    )


def _fits(finding: Finding, pattern: str) -> bool:
    """Return whether the name of a finding or of its study fits a pattern."""
    return any(fnmatchcase(name, pattern) for name in (finding.id, finding.study))


def finding_schema() -> str:
    """Return the JSON schema of files of findings; one with a ``[trial]`` table is clinical."""
    from ketasim.evidence.clinical_file import ClinicalFile
    from ketasim.evidence.finding_file import FindingFile
    from ketasim.toml_tables import either_schema

    return either_schema(CLINICAL, ClinicalFile, FindingFile)


def read_findings(text: str, file: str) -> tuple[Finding, ...]:
    """Read the text of one file; ``file`` names it in errors, its stem names the study."""
    from ketasim.toml_tables import parsed

    return read_findings_table(parsed(text, file), file)


def read_findings_table(data: Mapping[str, Any], file: str) -> tuple[Finding, ...]:
    """Read what a file holds, as plain data."""
    from ketasim.toml_tables import with_ids

    try:
        found = _checked(data, file)
    except UserError as error:
        raise UserError(with_ids(str(error), data, "finding")) from None
    ids = [each.id for each in found]
    for name in ids:
        if ids.count(name) > 1:
            raise UserError(f"{file}: finding id {name!r} stands twice")
    return found


def _checked(data: Mapping[str, Any], file: str) -> tuple[Finding, ...]:
    """Return the findings of a trial's file, or of one on experiments."""
    from ketasim.toml_tables import checked

    if CLINICAL in data:
        from ketasim.evidence.clinical_file import ClinicalFile
        from ketasim.evidence.clinical_reading import clinical_findings

        return clinical_findings(checked(ClinicalFile, data, file), file)
    from ketasim.evidence.finding_file import FindingFile

    findings = data.get("finding")
    tables = findings if isinstance(findings, list) else []
    if any(isinstance(each, dict) and "endpoint" in each for each in tables):
        raise UserError(f"{file}: {CLINICAL}: missing; an endpoint is of a trial")
    return _findings(checked(FindingFile, data, file), file)


def _read_folder(folder: Path, hidden: str) -> list[Finding]:
    from ketasim.toml_tables import read_text, toml_files

    found: list[Finding] = []
    seen: dict[str, str] = {}
    wrong: list[str] = []
    for path in toml_files(folder, "findings; a file per study, NAME.toml,"):
        name = str(path).removeprefix(hidden)
        try:
            new = read_findings(read_text(path), name)
        except UserError as error:
            wrong.append(str(error))
            continue
        for each in new:
            if each.id in seen:
                raise UserError(f"{name}: finding id {each.id!r} stands in {seen[each.id]} already")
            seen[each.id] = name
            found.append(each)
    if wrong:
        raise UserError("\n".join(wrong))
    for each in found:
        if each.same_as and each.same_as not in seen:
            hint = nearest(each.same_as, seen)
            raise UserError(f"{each.file}: {each.id}: same_as: no finding {each.same_as!r}{hint}")
    return found


def _findings(whole: FindingFile, file: str) -> tuple[Finding, ...]:
    study = Path(file).stem
    arms = {arm.name: _arm(arm, whole, study) for arm in whole.arm}
    return tuple(_finding(table, whole, arms, study, file) for table in whole.finding)


def _arm(table: ArmTable, whole: FindingFile, study: str) -> Arm:
    from ketasim.dosing.protocol import steps_regimen

    ranges = {**whole.population.overrides, **table.overrides}
    people = People(whole.people, tuple((s, *ends(v)) for s, v in sorted(ranges.items())))
    given = (step.route for step in table.regimen if step.dose is not None or step.rate is not None)
    regimen = steps_regimen(table.regimen)
    changed = [done(each) for each in table.perturbations]
    held = tuple(hold for holds, _, _ in changed for hold in holds)
    return Arm(
        study,
        table.name,
        replace(regimen, holds=regimen.holds + held),
        people,
        tuple(dict.fromkeys(given)),
        whole.preparation,
        tuple(each for _, chosen, _ in changed for each in chosen),
        tuple(what.name for _, _, what in changed),
        next((what.lacks for _, _, what in changed if what.lacks), ""),
    )


def _finding(
    table: FindingTable, whole: FindingFile, arms: Mapping[str, Arm], study: str, file: str
) -> Finding:
    start_h, end_h = _window(table)
    fields = observed_fields(table, whole, arms, study, file)
    # A concentration speaks of kinetics unless the study says otherwise.
    systems = fields["systems"] or (("S9",) if table.analyte is not None else ())
    return Finding(
        **{**fields, "systems": systems},
        preparation=whole.preparation,
        readout=_readout(table),
        over=Readout(table.over.analyte, table.over.site) if table.over else None,
        measure=table.measure or "",
        start_h=start_h,
        end_h=end_h,
        contrast=table.contrast or "",
        statistic=table.statistic,
        direction=table.direction or "",
        within=table.within,
        threshold=table.threshold,
        reference=arms.get(table.reference or ""),
        reference_comparator=arms.get(table.reference_comparator or ""),
        arms=tuple(arms[name] for name in table.arms),
    )


def _readout(table: FindingTable) -> Readout | None:
    if table.analyte is None and table.output is None:
        return None
    if table.output is None and (table.analyte is None or table.site is None):
        return None
    return checked_readout(table.analyte, table.site, table.output)


def _window(table: FindingTable) -> tuple[float, float]:
    """Return the window [h]; both ends alike for a time."""
    from ketasim.dosing.quantities import hours

    if table.at is not None:
        return hours(table.at), hours(table.at)
    end_h = hours(table.to) if table.to is not None else float("inf")
    return hours(table.from_) if table.from_ is not None else 0.0, end_h
