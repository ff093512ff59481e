"""Writing a file whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from ketasim.errors import UserError


def write_file(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write `content` to `path` through a temporary file beside it.

    An interruption leaves the old file, or none, never half of the new one.

    Raises
    ------
    UserError
        When the folder cannot be made or written to.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(content)
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise UserError(f"report: cannot write {str(target)!r}: {reason}") from problem
    return target
