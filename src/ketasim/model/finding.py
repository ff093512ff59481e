"""What a check of the model reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing a check found wrong.

    Parameters
    ----------
    severity : {"error", "warning"}
        An error makes results wrong; a warning asks for a look.
    check : str
        Which check speaks, such as ``units`` or ``baseline``.
    where : str
        File and line, or the name of the symbol.
    message : str
        One line.
    """

    severity: Severity
    check: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.severity}: {self.message} [{self.check}]"
