"""Put calibrated values into the tables of the package; for maintainers."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from ketasim.cli.calibrate import Calibrated, rounded
from ketasim.errors import UserError

COMPARATORS = "comparators"
TRIAL_SD = "trial_sd_{}"
"""Row of `trial/variation.csv` for how far trials differ in a gain."""


def write_tables(calibrated: Calibrated) -> list[Path]:
    """Write values, errors, correlations and how trials differ.

    Raises
    ------
    UserError
        A symbol that stands in no table.
    """
    from ketasim.inference.posterior_draws import as_csv, folder
    from ketasim.model import PACKAGE_FOLDER
    from ketasim.model.calibrated_errors import write_correlation

    left = {row["symbol"]: _cells(row) for row in calibrated.rows()}
    for symbol, (sd, error) in calibrated.trials.items():
        if calibrated.name == COMPARATORS:
            continue  # a few pooled numbers tell nothing of how trials differ
        cells = {"value": f"{rounded(sd):g}", "uncertainty": f"{rounded(error):g}"}
        left[TRIAL_SD.format(symbol.replace("_", ""))] = cells
    changed = []
    for path in (*sorted((PACKAGE_FOLDER / "parameters").glob("*.csv")), _variation_file()):
        if found := _written(path, left):
            changed.append(path)
            left = {symbol: cells for symbol, cells in left.items() if symbol not in found}
    if left:
        raise UserError(f"calibrate: {', '.join(left)} stand in no parameter table")
    symbols = tuple(prior.symbol for prior in calibrated.priors)
    changed.append(write_correlation(calibrated.name, symbols, calibrated.correlation))
    drawn = Path(str(folder())) / f"{calibrated.name}.csv"
    drawn.write_text(as_csv(calibrated.draws), encoding="utf-8")
    return [*changed, drawn]


def _variation_file() -> Path:
    return Path(str(files("ketasim.trial").joinpath("variation.csv")))


def _cells(row: Mapping[str, Any]) -> dict[str, str]:
    """Return value and uncertainty as the tables hold them: an SD of the logarithm."""
    value, sd = float(row["value"]), float(row["sd"])
    error = sd * (1 - value) if row["scale"] == "logit" else sd
    return {"value": f"{value:g}", "uncertainty": f"{rounded(error):g}"}


def _written(path: Path, cells: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Put cells into the rows of one table, and return the symbols found there."""
    with path.open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    mine = [row for row in table if row["symbol"] in cells]
    for row in mine:
        row |= cells[row["symbol"]]
    if mine:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(table[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)
    return {row["symbol"] for row in mine}
