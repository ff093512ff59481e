"""``run.json``: everything needed to run a study again and to know that it came out the same."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.cli.output_folder import RECORD
from ketasim.errors import UserError

if TYPE_CHECKING:
    from ketasim.study.arm import Arm
    from ketasim.study.setup import Setup

FORMAT = 1
# What tells the record of a run, and of a trial.
_KEYS = ({"format", "study", "arms"}, {"format", "trial", "outputs_sha256"})
PEOPLE_COPY = "results/people.csv"


def run_record(setup: Setup, arms: Mapping[str, Arm], file: str, started: str) -> dict[str, Any]:
    """Return the provenance of a run as plain data, without what it found."""
    from ketasim import __version__
    from ketasim.simulation.provenance import versions

    inputs = {}
    if setup.people_file is not None:
        inputs[PEOPLE_COPY] = file_hash(setup.people_file)
    return {
        "format": FORMAT,
        "program": f"ketasim {__version__}",
        "started_utc": started,
        "versions": versions(),
        "machine": f"{platform.system()} {platform.machine()}",
        "study_file": Path(file).name,
        "study": setup.study.plain(),
        "model_hash": setup.model.hash,
        "mechanisms": list(setup.model.mechanisms),
        "population": str(setup.population),
        "seed": setup.population.seed,
        "tolerance": setup.study.tolerance,
        "inputs_sha256": inputs,
        "arms": {name: _arm_record(arm) for name, arm in arms.items()},
    }


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
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_record(record: Mapping[str, Any], folder: Path) -> None:
    """Write ``run.json`` into ``folder``."""
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=True)
    (folder / RECORD).write_text(text + "\n", encoding="utf-8")


def read_record(path: Path) -> dict[str, Any]:
    """Read a ``run.json``, given itself or its folder.

    Raises
    ------
    UserError
        No such file, or not a record that this version can read.
    """
    file = path / RECORD if path.is_dir() else path
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}") from None
    except ValueError as error:
        raise UserError(f"{file}: not a record of a run: {error}") from None
    if not isinstance(record, dict) or not any(keys <= record.keys() for keys in _KEYS):
        raise UserError(f"{file}: not a record of a run; give the run.json of `ketasim run`")
    if record["format"] != FORMAT:
        raise UserError(f"{file}: format {record['format']!r}; this version reads {FORMAT}")
    return record
