"""A data file to try ``ketasim estimate`` with: simulated people, residual error and all.

The shipped file is what ``ketasim estimate --example FILE`` writes with the model of its version.
"""

from __future__ import annotations

import csv
import io
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ketasim.dosing import Regimen
    from ketasim.model import Model

NAME = "simulated_five_people.csv"
SEED = 1
PEOPLE = 5
TIMES_H = (0.667, 1.5, 4.0, 10.0)
OUTPUTS = {"Cket": "ketamine", "Cnk": "norketamine"}
DOSE_MG_PER_KG = 0.5
MINUTES = 40
COLUMNS = ("ID", "TIME", "AMT", "RATE", "CMT", "EVID", "DVID", "DV", "MDV", "WT", "age", "sex")


def shipped_example() -> Path:
    """Return the path of the shipped file."""
    return Path(str(files("ketasim.cli").joinpath("examples", NAME)))


def example_text() -> str:
    """Return the file as text: five people of ``healthy``, four samples each.

    Each is infused 0.5 mg/kg of racemic ketamine over 40 min; ketamine and norketamine are
    measured in venous plasma, with the residual error of ``residual_error.csv``.
    """
    from ketasim.cli.estimate import kinetics
    from ketasim.dosing import infusion
    from ketasim.population import Population, covariates, residual_errors, with_residual_error
    from ketasim.simulation import simulate

    population = Population("healthy", n=PEOPLE, seed=SEED)
    drawn = covariates(population)
    weight, age, sex = np.round(drawn["WT"], 1), np.round(drawn["age"]), drawn["sex"]
    amounts = np.round(DOSE_MG_PER_KG * weight, 1)
    regimens = [infusion(f"{mg:g} mg", over=f"{MINUTES} min") for mg in amounts]
    model = kinetics(tuple(OUTPUTS))
    own = {"WT": weight, "age": age, "sex": sex}
    clean = _clean(model, regimens, population, own, simulate)
    errors = residual_errors()
    measured = [
        with_residual_error(clean[:, :, k], errors[name], output=name, seed=SEED)
        for k, name in enumerate(OUTPUTS)
    ]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    buffer.write(
        "# Simulated by `ketasim estimate --example`; nobody was measured. TIME in h, AMT\n"
    )
    buffer.write("# in mg, RATE in mg/h, DV in ng/mL, sex 1 female.\n")
    writer.writerow(COLUMNS)
    for k in range(PEOPLE):
        person = (f"{weight[k]:g}", f"{age[k]:g}", f"{sex[k]:g}")
        rate = f"{amounts[k] * 60 / MINUTES:.6g}"
        dose = (k + 1, 0, f"{amounts[k]:g}", rate, "ketamine iv", 1, ".", ".", 1)
        writer.writerow((*dose, *person))
        for j, time_h in enumerate(TIMES_H):
            for column, word in zip(measured, OUTPUTS.values(), strict=True):
                seen = (k + 1, time_h, ".", ".", ".", 0, word, f"{column[k, j]:.3g}", 0)
                writer.writerow((*seen, *person))
    return buffer.getvalue()


def _clean(model: Model, regimens: list[Regimen], population, own, simulate) -> np.ndarray:
    """Return concentrations without residual error, shape (people, times, outputs)."""
    known = {row.symbol for row in model.parameters}
    values = {name: column for name, column in own.items() if name in known}
    return simulate(
        model, regimens, population, TIMES_H, list(OUTPUTS), values=values, rtol=1e-8
    ).values
