"""Read findings: the package's own, or a folder of a user's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.errors import UserError, nearest
from ketasim.evidence.finding import Arm, Dispersion, Finding, People
from ketasim.evidence.readouts import Readout, checked_readout

if TYPE_CHECKING:
    from ketasim.evidence.finding_file import (
        ArmTable,
        DispersionTable,
        FindingFile,
        FindingTable,
    )

RECALL_WEIGHT = 0.5


def load_findings(folder: Path | str | None = None, role: str | None = None) -> tuple[Finding, ...]:
    """Read every ``*.toml`` below a folder.

    Parameters
    ----------
    folder : Path or str, optional
        Default: the findings that ketasim ships.
    role : str, optional
        ``"calibrate"`` or ``"validate"``; default both.

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
    return tuple(each for each in found if role is None or each.role == role)


def finding_schema() -> str:
    """Return the JSON schema of files of findings."""
    from ketasim.evidence.finding_file import FindingFile
    from ketasim.toml_tables import schema

    return schema(FindingFile)


def read_findings(text: str, file: str) -> tuple[Finding, ...]:
    """Read the text of one file; ``file`` names it in errors, its stem names the study."""
    from ketasim.evidence.finding_file import FindingFile
    from ketasim.toml_tables import checked, parsed

    data = parsed(text, file)
    try:
        whole = checked(FindingFile, data, file)
    except UserError as error:
        raise UserError(_with_ids(str(error), data)) from None
    return _findings(whole, file)


def _read_folder(folder: Path, hidden: str) -> list[Finding]:
    from ketasim.toml_tables import read_text

    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "no such folder"
        raise UserError(f"{folder}: {what}")
    paths = sorted(path for path in folder.rglob("*.toml") if path.is_file())
    if not paths:
        raise UserError(f"{folder}: holds no findings; a file per study, NAME.toml, is needed")
    found, seen = [], {}
    for path in paths:
        name = str(path).removeprefix(hidden)
        for each in read_findings(read_text(path), name):
            if each.id in seen:
                raise UserError(f"{name}: finding id {each.id!r} stands in {seen[each.id]} already")
            seen[each.id] = name
            found.append(each)
    for each in found:
        if each.same_as and each.same_as not in seen:
            hint = nearest(each.same_as, seen)
            raise UserError(f"{each.file}: {each.id}: same_as: no finding {each.same_as!r}{hint}")
    return found


def _with_ids(message: str, data: Mapping[str, Any]) -> str:
    """Return an error message with the finding's id behind its place in the file."""

    def named(match: re.Match[str]) -> str:
        tables = data.get("finding")
        place = int(match[1]) - 1
        table = tables[place] if isinstance(tables, list) and place < len(tables) else {}
        name = table.get("id") if isinstance(table, dict) else None
        return f"{match[0]} ({name})" if isinstance(name, str) else match[0]

    return re.sub(r"(?<=: )finding\[(\d+)\]", named, message)


def _findings(whole: FindingFile, file: str) -> tuple[Finding, ...]:
    study = Path(file).stem
    arms = {arm.name: _arm(arm, whole, study) for arm in whole.arm}
    found = tuple(_finding(table, whole, arms, study, file) for table in whole.finding)
    ids = [each.id for each in found]
    for name in ids:
        if ids.count(name) > 1:
            raise UserError(f"{file}: finding id {name!r} stands twice")
    return found


def _arm(table: ArmTable, whole: FindingFile, study: str) -> Arm:
    from ketasim.dosing.protocol import steps_regimen

    ranges = {**whole.population.overrides, **table.overrides}
    people = People(whole.people, tuple((s, *v) for s, v in sorted(ranges.items())))
    given = (step.route for step in table.regimen if step.dose is not None or step.rate is not None)
    routes = tuple(dict.fromkeys(given))
    return Arm(study, table.name, steps_regimen(table.regimen), people, routes)


def _ends(value: float | tuple[float, float]) -> tuple[float, float]:
    return value if isinstance(value, tuple) else (value, value)


def _finding(
    table: FindingTable, whole: FindingFile, arms: Mapping[str, Arm], study: str, file: str
) -> Finding:
    verified = table.verified or whole.verified
    weight = table.weight or whole.weight
    return Finding(
        id=table.id,
        study=study,
        title=whole.title,
        file=file,
        role=table.role,
        verified=verified,
        weight=min(weight, RECALL_WEIGHT) if verified == "recall" else weight,
        n=table.n or whole.n,
        preparation=whole.preparation,
        arm=arms.get(table.arm or ""),
        comparator=arms.get(table.comparator or ""),
        readout=_readout(table),
        over=Readout(table.over.analyte, table.over.site) if table.over else None,
        measure=table.measure or "",
        **_window(table),
        contrast=table.contrast or "",
        value=table.value,
        unit=table.unit or "",
        dispersion=_dispersion(table.dispersion),
        statistic=table.statistic,
        approx=table.approx,
        reading_error=table.reading_error,
        direction=table.direction or "",
        within=table.within,
        threshold=table.threshold,
        out_of_scope=table.out_of_scope or "",
        excluded=table.excluded or "",
        same_as=table.same_as or "",
        place=table.place,
        note=table.note,
    )


def _readout(table: FindingTable) -> Readout | None:
    if table.analyte is None and table.output is None:
        return None
    if table.out_of_scope is not None and (table.analyte is None or table.site is None):
        return None
    return checked_readout(table.analyte, table.site, table.output)


def _window(table: FindingTable) -> dict[str, float]:
    from ketasim.dosing.quantities import hours

    if table.at is not None:
        return {"start_h": hours(table.at), "end_h": hours(table.at)}
    end_h = hours(table.to) if table.to is not None else float("inf")
    return {"start_h": hours(table.from_) if table.from_ is not None else 0.0, "end_h": end_h}


def _dispersion(table: DispersionTable | None) -> Dispersion | None:
    if table is None:
        return None
    kind = next(k for k in type(table).model_fields if getattr(table, k) is not None)
    return Dispersion(kind, *_ends(getattr(table, kind)))
