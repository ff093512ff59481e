"""``run.json``: everything needed to run a study again and to know that it came out the same."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.input_files import DATA_MB, read_bytes
from ketasim.report.output_folder import RECORD

if TYPE_CHECKING:
    from ketasim.study.arm import Arm
    from ketasim.study.setup import Setup

FORMAT = 1
PEOPLE_COPY = "results/people.csv"
ADDED_COPIES = "results/mechanisms"


def run_record(setup: Setup, arms: Mapping[str, Arm], started: str) -> dict[str, Any]:
    """Return the provenance of a run as plain data, without what it found."""
    from ketasim import __version__
    from ketasim.simulation.provenance import versions

    return {
        "format": FORMAT,
        "program": f"ketasim {__version__}",
        "started_utc": started,
        "versions": versions(),
        "machine": f"{platform.system()} {platform.machine()}",
        "study_file": Path(setup.study.file).name,
        "study": setup.study.plain(),
        "model_hash": setup.model.hash,
        "mechanisms": list(setup.model.mechanisms),
        "population": str(setup.population),
        "seed": setup.population.seed,
        "keep": "people" if all(arm.summary is None for arm in arms.values()) else "summary",
        "tolerance": setup.study.tolerance,
        "inputs_sha256": {copy: file_hash(file) for copy, file in input_copies(setup).items()},
        "arms": {name: _arm_record(arm) for name, arm in arms.items()},
    }


def input_copies(setup: Setup) -> dict[str, Path]:
    """Return the files that a run is made from, by where their copies lie in its folder."""
    found = {f"{ADDED_COPIES}/{file.name}": file for file in setup.added_files}
    if setup.people_file is not None:
        found[PEOPLE_COPY] = setup.people_file
    return found


def added_copies(added: Iterable[str]) -> tuple[str, ...]:
    """Return a study's ``add`` as it reads beside the record of its run."""
    return tuple(f"{ADDED_COPIES}/{Path(name).name}" for name in added)


def _arm_record(arm: Arm) -> dict[str, Any]:
    return {
        "regimen": arm.regimen,
        "n": arm.n,
        "failed": arm.failed,
        "statuses": dict(arm.statuses),
        "sha256": arm.digest,
        "prescribed_mg": arm.prescribed_mg,
        "delivered_mg": arm.delivered_mg,
    }


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(read_bytes(path, DATA_MB)).hexdigest()


def write_record(record: Mapping[str, Any], folder: Path) -> None:
    """Write ``run.json`` into ``folder``."""
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=True)
    (folder / RECORD).write_text(text + "\n", encoding="utf-8")
