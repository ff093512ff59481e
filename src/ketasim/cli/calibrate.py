"""``ketasim calibrate``: choose parameters on findings marked `calibrate`, and write them down."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketasim.errors import UserError

if TYPE_CHECKING:
    from ketasim.inference.calibration import Calibration
    from ketasim.inference.evidence_fit import Basis

DIGITS = 3
"""Significant digits of a calibrated value; its error is in the second or third."""
COLUMNS: tuple[str, ...] = ("symbol", "prior", "prior_sd", "value", "sd", "scale")


@dataclass(frozen=True)
class Calibrated:
    """The outcome of a calibration.

    Attributes
    ----------
    name : str
        Of the set of priors.
    found : Calibration
    ground : Basis
    """

    name: str
    found: Calibration
    ground: Basis

    def rows(self) -> list[dict[str, Any]]:
        """Return one row per parameter; ``sd`` is on the scale, log or logit."""
        pairs = zip(self.found.priors, self.found.values, self.found.sd, strict=True)
        return [
            dict(
                zip(
                    COLUMNS, (p.symbol, p.value, p.sd, rounded(v), rounded(s), p.scale), strict=True
                )
            )
            for p, v, s in pairs
        ]

    def plain(self) -> dict[str, Any]:
        """Return parameters and findings as plain data."""
        findings = zip(
            self.ground.findings,
            self.ground.observed,
            self.found.predicted,
            self.found.residuals,
            strict=True,
        )
        return {
            "set": self.name,
            "parameters": self.rows(),
            "correlation": self.found.correlation.round(3).tolist(),
            "findings": [
                {
                    "id": f.id,
                    "observed": rounded(o),
                    "predicted": rounded(p),
                    "residual": rounded(r),
                }
                for f, o, p, r in findings
            ],
        }


def run_calibration(name: str) -> Calibrated:
    """Calibrate a set of priors on the shipped findings.

    Raises
    ------
    UserError
        Unknown set.
    """
    from ketasim.evidence import load_findings
    from ketasim.inference.calibration import read_priors
    from ketasim.inference.evidence_fit import calibrate_on

    priors = read_priors(name)
    found, ground = calibrate_on(load_findings(role="calibrate"), priors)
    return Calibrated(name, found, ground)


def as_csv(calibrated: Calibrated) -> str:
    """Return the parameters as the text of a CSV file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(calibrated.rows())
    return text.getvalue()


def write_tables(calibrated: Calibrated) -> list[Path]:
    """Put values and errors into the parameter tables of the package; for maintainers.

    Raises
    ------
    UserError
        A symbol that stands in no table.
    """
    from ketasim.model import PACKAGE_FOLDER
    from ketasim.model.calibrated_errors import write_correlation

    left = {row["symbol"]: row for row in calibrated.rows()}
    changed = []
    for path in sorted((PACKAGE_FOLDER / "parameters").glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            table = list(csv.DictReader(file))
        mine = [row for row in table if row["symbol"] in left]
        for row in mine:
            new = left.pop(row["symbol"])
            value, sd = float(new["value"]), float(new["sd"])
            # the tables hold the SD of the logarithm
            error = sd * (1 - value) if new["scale"] == "logit" else sd
            row |= {"value": f"{value:g}", "uncertainty": f"{rounded(error):g}"}
        if mine:
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(table[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(table)
            changed.append(path)
    if left:
        raise UserError(f"calibrate: {', '.join(left)} of the priors stand in no parameter table")
    symbols = tuple(prior.symbol for prior in calibrated.found.priors)
    changed.append(write_correlation(calibrated.name, symbols, calibrated.found.correlation))
    return changed


def rounded(number: float) -> float:
    """Return a number with the digits that are printed."""
    return float(f"{number:.{DIGITS}g}") if math.isfinite(number) else number


def print_calibrated(calibrated: Calibrated) -> None:
    """Print what was known before and what is after, parameter by parameter."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{calibrated.name}: {len(calibrated.ground.findings)} findings")
    for name in ("parameter", "before", "error", "after", "error", "scale"):
        table.add_column(name, justify="left" if name in ("parameter", "scale") else "right")
    for row in calibrated.rows():
        numbers = (f"{row[c]:g}" for c in COLUMNS[1:5])
        table.add_row(row["symbol"], *numbers, row["scale"])
    Console().print(table)
    worst = sorted(calibrated.plain()["findings"], key=lambda f: -abs(f["residual"]))[:10]
    for each in worst:
        fold = each["predicted"] / each["observed"]
        print(f"{each['id']:36} x {fold:.2f}, {each['residual']:+.1f} errors")
