"""The record of a run or a trial, read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ketasim.errors import UserError
from ketasim.input_files import DATA_MB, read_text
from ketasim.report.output_folder import RECORD
from ketasim.report.run_record import FORMAT

# What tells the record of a run, and of a trial.
_KEYS = ({"format", "study", "arms"}, {"format", "trial", "outputs_sha256"})


def read_record(path: Path) -> dict[str, Any]:
    """Read a ``run.json``, given itself or its folder.

    Raises
    ------
    UserError
        No such file, or not a record that this version can read.
    """
    file = path / RECORD if path.is_dir() else path
    try:
        record = json.loads(read_text(file, DATA_MB))
    except UserError:
        raise
    except (ValueError, RecursionError) as error:
        raise UserError(f"{file}: not a record of a run: {error}") from None
    if not isinstance(record, dict) or not any(keys <= record.keys() for keys in _KEYS):
        raise UserError(f"{file}: not a record of a run; give the run.json of `ketasim run`")
    if record["format"] != FORMAT:
        raise UserError(f"{file}: format {record['format']!r}; this version reads {FORMAT}")
    return record
