"""``ketasim calibrate``: choose parameters on findings marked `calibrate`, and write them down."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ketasim.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ketasim.inference.calibration import Prior
    from ketasim.inference.clinical_fit import StageFit
    from ketasim.inference.posterior_draws import Draws

DIGITS = 3
"""Significant digits of a calibrated value; its error is in the second or third."""
KINETICS = "pk"
DRAWS, SEED = 128, 1
"""Draws of a calibration whose posterior is taken as normal, and their seed."""
WORST = 10
"""Findings shown that fit worst."""
COLUMNS: tuple[str, ...] = ("symbol", "prior", "prior_sd", "value", "sd", "scale")


@dataclass(frozen=True)
class Calibrated:
    """The outcome of a calibration.

    Attributes
    ----------
    name : str
        Of the set of priors.
    priors : tuple of Prior
    values, sd : ndarray, shape (parameters,)
        Values in their units; errors on the scales of the priors.
    correlation : ndarray, shape (parameters, parameters)
    findings : list of dict
        ``id``, ``observed``, ``predicted``, ``residual`` (in standard errors), ``unit``.
    loss : dict of str to float
        Parts of the negative log posterior.
    trials : dict of str to tuple of (float, float)
        How far trials differ in a gain: SD of its logarithm, and that number's log error.
    draws : Draws
        From the posterior.
    """

    name: str
    priors: tuple[Prior, ...]
    values: np.ndarray
    sd: np.ndarray
    correlation: np.ndarray
    findings: list[dict[str, Any]]
    loss: dict[str, float]
    trials: dict[str, tuple[float, float]]
    draws: Draws

    def rows(self) -> list[dict[str, Any]]:
        """Return one row per parameter; ``sd`` is on the scale, log or logit."""
        return [
            dict(
                zip(
                    COLUMNS, (p.symbol, p.value, p.sd, rounded(v), rounded(s), p.scale), strict=True
                )
            )
            for p, v, s in zip(self.priors, self.values, self.sd, strict=True)
        ]

    def plain(self) -> dict[str, Any]:
        """Return parameters and findings as plain data."""
        numbers = ("observed", "predicted", "residual")
        return {
            "set": self.name,
            "loss": {name: rounded(part) for name, part in self.loss.items()},
            "parameters": self.rows(),
            "trials_differ": {s: [rounded(v) for v in pair] for s, pair in self.trials.items()},
            "correlation": self.correlation.round(3).tolist(),
            "findings": [
                {**each, **{name: rounded(each[name]) for name in numbers}}
                for each in self.findings
            ],
        }


def run_calibration(name: str, told: Callable[[int, float], None] | None = None) -> Calibrated:
    """Calibrate a set of priors on the shipped findings.

    Raises
    ------
    UserError
        Unknown set, or a value on its bound.
    """
    from ketasim.evidence import load_findings
    from ketasim.inference.calibration import read_priors
    from ketasim.inference.clinical_fit import STAGES, calibrate_stage
    from ketasim.inference.evidence_fit import calibrate_on
    from ketasim.inference.posterior_draws import unweighted

    priors = read_priors(name)
    if name not in (KINETICS, *STAGES):
        raise UserError(f"calibrate: nothing says which findings choose {name!r}")
    findings = load_findings(role="calibrate")
    if name in STAGES:
        return _of_stage(calibrate_stage(name, findings, told))
    found, ground = calibrate_on(findings, priors)
    seen = zip(ground.findings, ground.observed, found.predicted, found.residuals, strict=True)
    rows = [
        {"id": f.id, "observed": o, "predicted": p, "residual": r, "unit": "ratio"}
        for f, o, p, r in seen
    ]
    draws = unweighted(found.priors, found.values, found.covariance, DRAWS, SEED)
    return Calibrated(
        name, found.priors, found.values, found.sd, found.correlation, rows, found.loss, {}, draws
    )


def _of_stage(done: StageFit) -> Calibrated:
    """Return a clinical stage as every calibration is told."""
    fit, seen = done.fit, done.observed.values
    rows = [
        {"id": f.id, "observed": o, "predicted": p, "residual": -r, "unit": f.unit}
        for f, o, p, r in zip(done.findings, seen, fit.predicted, fit.residuals, strict=True)
    ]
    pairs = zip(fit.trial_sd, fit.trial_sd_error, strict=True)
    trials = {s: (float(v), float(e)) for s, (v, e) in zip(fit.shared, pairs, strict=True)}
    return Calibrated(
        done.stage.name, fit.priors, fit.values, fit.sd, fit.correlation, rows, fit.loss, trials,
        done.draws,
    )  # fmt: skip


def as_csv(calibrated: Calibrated) -> str:
    """Return the parameters as the text of a CSV file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(calibrated.rows())
    return text.getvalue()


def rounded(number: float) -> float:
    """Return a number with the digits that are printed."""
    return float(f"{number:.{DIGITS}g}") if math.isfinite(number) else number


def print_calibrated(calibrated: Calibrated) -> None:
    """Print what was known before and what is after, the loss, and what fits worst."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{calibrated.name}: {len(calibrated.findings)} findings")
    for name in ("parameter", "before", "error", "after", "error", "scale"):
        table.add_column(name, justify="left" if name in ("parameter", "scale") else "right")
    for row in calibrated.rows():
        numbers = (f"{row[c]:g}" for c in COLUMNS[1:5])
        table.add_row(row["symbol"], *numbers, row["scale"])
    Console().print(table)
    draws = calibrated.draws
    print(f"{len(draws.weights)} draws from the posterior, worth {draws.effective:.0f} equal ones")
    parts = ", ".join(f"{name} {part:.2f}" for name, part in calibrated.loss.items())
    print(f"loss (negative log posterior) {sum(calibrated.loss.values()):.2f}: {parts}")
    for symbol, (sd, error) in calibrated.trials.items():
        print(f"trials differ in {symbol} by {sd:.2g} (SD of the logarithm; times or over "
              f"{math.exp(error):.2g})")  # fmt: skip
    for each in sorted(calibrated.plain()["findings"], key=lambda f: -abs(f["residual"]))[:WORST]:
        print(f"{each['id']:36} observed {each['observed']:g}, predicted {each['predicted']:g} "
              f"{each['unit']}, {each['residual']:+.1f} errors")  # fmt: skip
