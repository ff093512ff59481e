"""Read claims: the package's own, or a folder of a user's."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.errors import UserError, nearest
from ketasim.evidence.claims_data import Claim, Expected, Link
from ketasim.evidence.finding import LEFT, Finding
from ketasim.evidence.reading import load_findings, read_findings_table
from ketasim.evidence.systems import SYSTEMS

if TYPE_CHECKING:
    from ketasim.evidence.claims_file import ClaimsFile, ClaimTable, ExpectedTable

_OF_FINDING = (
    "arm", "comparator", "reference", "reference_comparator", "arms", "analyte", "site", "output",
    "measure", "at", "from", "to", "contrast", "unit", "statistic", "threshold",
)  # fmt: skip


def load_claims(
    folder: Path | str | None = None, findings: Iterable[Finding] | None = None
) -> tuple[Claim, ...]:
    """Read every ``*.toml`` below a folder.

    Parameters
    ----------
    folder : Path or str, optional
        Default: the claims that ketasim ships.
    findings : iterable of Finding, optional
        What claims may name; default: the findings that ketasim ships.

    Returns
    -------
    tuple of Claim
        By system, in the order of their files.

    Raises
    ------
    UserError
        No such folder, no files in it, an id that stands twice, a finding that does not exist,
        or one line for each mistake.
    """
    known = {each.id: each for each in (load_findings() if findings is None else findings)}
    if folder is None:
        with as_file(files("ketasim.evidence").joinpath("claims")) as shipped:
            return _read_folder(shipped, known, str(shipped) + "/")
    return _read_folder(Path(folder), known, "")


def claims_schema() -> str:
    """Return the JSON schema of files of claims."""
    from ketasim.evidence.claims_file import ClaimsFile
    from ketasim.toml_tables import schema

    return schema(ClaimsFile)


def read_claims(text: str, file: str, known: Mapping[str, Finding]) -> tuple[Claim, ...]:
    """Read the text of one file; ``known`` holds the findings it may name, by id."""
    from ketasim.evidence.claims_file import ClaimsFile
    from ketasim.toml_tables import checked, parsed, with_ids

    data = parsed(text, file)
    try:
        whole = checked(ClaimsFile, data, file)
    except UserError as error:
        raise UserError(with_ids(str(error), data, "claim")) from None
    simulated = _simulated(data, whole, file)
    return tuple(_claim(table, known, simulated, file) for table in whole.claim)


def _read_folder(folder: Path, known: Mapping[str, Finding], hidden: str) -> tuple[Claim, ...]:
    from ketasim.toml_tables import read_text, toml_files

    found: list[Claim] = []
    seen: dict[str, str] = {}
    for path in toml_files(folder, "claims; a file NAME.toml"):
        name = str(path).removeprefix(hidden)
        for each in read_claims(read_text(path), name, known):
            if each.id in seen:
                raise UserError(f"{name}: claim id {each.id!r} stands in {seen[each.id]} already")
            seen[each.id] = name
            found.append(each)
    order = list(SYSTEMS)
    return tuple(sorted(found, key=lambda claim: order.index(claim.system)))


def _claim(
    table: ClaimTable, known: Mapping[str, Finding], simulated: Mapping[str, Finding], file: str
) -> Claim:
    links = []
    for link in table.finding:
        if link.id not in known:
            hint = nearest(link.id, known)
            raise UserError(f"{file}: claim ({table.id}): finding: no finding {link.id!r}{hint}")
        links.append(_link(link, known[link.id], table.id, file, laboratory=link.laboratory))
    for place, check in enumerate(table.check, 1):
        finding = simulated[_name(table.id, place)]
        links.append(_link(check, finding, table.id, file, what=check.what))
    return Claim(
        table.id,
        table.says,
        table.by,
        table.system,
        table.rule,
        file,
        tuple(links),
        table.caution,
        table.half_lives,
    )


def _link(table: ExpectedTable, finding: Finding, claim: str, file: str, **more: str) -> Link:
    """Return a link; UserError where it expects a value of a direction or the reverse."""
    if bool(finding.direction) != bool(table.expects):
        seen = "a direction" if finding.direction else "a value"
        raise UserError(
            f"{file}: claim ({claim}): {finding.id}: what was seen is {seen}; "
            f"{'give expects' if finding.direction else 'give at_least or at_most'}"
        )
    for word in table.expects or ():
        if finding.direction and (word in LEFT) != (finding.direction in LEFT):
            raise UserError(
                f"{file}: claim ({claim}): {finding.id}: {word!r} cannot be set beside what was "
                f"seen, {finding.direction!r}"
            )
    low = -math.inf if table.at_least is None else table.at_least
    high = math.inf if table.at_most is None else table.at_most
    return Link(finding, Expected(table.expects or (), low, high), **more)


def _simulated(data: Mapping[str, Any], whole: ClaimsFile, file: str) -> dict[str, Finding]:
    """Return the simulations of a file as findings, each expecting what its claim expects."""
    found: dict[str, Finding] = {}
    for raw in data.get("experiment", ()):
        chosen: list[tuple[str, Mapping[str, Any]]] = []
        for claim, given in zip(whole.claim, data["claim"], strict=True):
            for place, check in enumerate(given.get("check", ()), 1):
                if check["experiment"] == raw["name"]:
                    chosen.append((_name(claim.id, place), check))
        study = {
            "title": raw["name"],
            "source": "simulation",
            "verified": "page",
            **{key: raw[key] for key in ("preparation", "population", "arm") if key in raw},
            "finding": [_as_finding(name, check) for name, check in chosen],
        }
        try:
            made = read_findings_table(study, file)
        except UserError as error:
            raise UserError(_with_checks(str(error), [name for name, _ in chosen])) from None
        found |= {each.id: each for each in made}
    return found


def _name(claim: str, place: int) -> str:
    return f"{claim}.{place}"


def _as_finding(name: str, check: Mapping[str, Any]) -> dict[str, Any]:
    """Return a simulation as the table of a finding: what the claim expects, as if seen."""
    table = {key: check[key] for key in _OF_FINDING if key in check}
    if "expects" in check:
        words = check["expects"]
        words = [words] if isinstance(words, str) else words
        loosest = next((word for word in ("attenuated", "kept") if word in words), words[0])
        return {"id": name, **table, "direction": loosest}
    return {"id": name, **table, "value": _inside(check.get("at_least"), check.get("at_most"))}


def _inside(low: float | None, high: float | None) -> float:
    """Return a value within the bounds, positive where they allow it."""
    if low is not None and high is not None:
        return (low + high) / 2
    return float(high if low is None else low) or 1.0  # pyright: ignore[reportArgumentType]


def _with_checks(message: str, names: Sequence[str]) -> str:
    """Return an error message that names the claim's check instead of a finding."""

    def named(match: re.Match[str]) -> str:
        claim, place = names[int(match[1]) - 1].rsplit(".", 1)
        return f"claim ({claim}).check[{place}]"

    message = re.sub(r"(?<=: )finding\[(\d+)\] \([^)]*\)", named, message)
    return re.sub(r"(?<=: )finding\[(\d+)\]", named, message)
