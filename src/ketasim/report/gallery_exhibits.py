"""What the gallery shows: every plot of the field, each with the lines that make it.

The lines are executed as they are printed, so that they cannot lie. They share names: what an
earlier exhibit made, a later one may use. ``trials`` is the folder of the trials that ship with
ketasim.
"""

from __future__ import annotations

from dataclasses import dataclass

PREPARED = """
import numpy as np
import ketasim as ks
from ketasim.report import plot

model = ks.assemble()
people = ks.Population("trd", n=100, seed=1)
dose = ks.infusion("0.5 mg/kg", over="40 min")
hours = [0, *np.geomspace(1 / 60, 24, 80), *np.arange(26, 337, 2)]
seen = ["Cket", "Bin", "Bps", "Bpr", "Bhb", "MADRS"]
ketamine = ks.simulate(model, dose, people, hours, seen)
saline = ks.simulate(model, ks.saline(over="40 min"), people, hours, seen)
"""


@dataclass(frozen=True)
class Exhibit:
    """One figure of the gallery.

    Attributes
    ----------
    name : str
        Of its files and its place on the page.
    title : str
    shows : str
        For what such a plot is used, in a sentence.
    code : str
        Lines that make ``picture``.
    """

    name: str
    title: str
    shows: str
    code: str


EXHIBITS = (
    Exhibit(
        "course", "Population course",
        "How an output runs in a population, arm beside arm.",
        '''
picture = plot.course(
    {"ketamine 0.5 mg/kg": ketamine, "saline": saline},
    "MADRS", control="saline", line="mean", regimen=dose,
)
''',
    ),
    Exhibit(
        "concentration", "Concentration",
        "The same for a concentration, on a logarithmic time axis.",
        '''
picture = plot.course(ketamine, "Cket", time_axis="log")
''',
    ),
    Exhibit(
        "vpc", "Visual predictive check",
        "Whether a data file could have come out of the model. These data did: they are simulated "
        "from the model itself, with errors of an assay, so that most percentiles must lie inside.",
        '''
from ketasim.dosing.data_writing import data_of
from ketasim.population import (
    covariates, residual_errors, with_residual_error,
)
from ketasim.simulation.visual_check import with_limit

volunteers = ks.Population("healthy", n=40, seed=3)
sampled = [0.33, 0.67, 1, 1.5, 2, 4, 8, 12, 24]
kinetics = ks.assemble(["absorption", "pk", "metabolites", "brain"])
true = ks.simulate(kinetics, dose, volunteers, sampled, "Cket")
error = residual_errors("infusion")["Cket"]
measured = with_residual_error(
    true.values[:, :, 0], error, output="Cket", seed=3
)
data = data_of(
    dose, sampled, {"Cket": measured}, covariates(volunteers)
)
data = with_limit(data, "Cket", 2.0)
picture = plot.vpc(data, kinetics, replicates=200)
''',
    ),
    Exhibit(
        "forest", "Forest",
        "Every endpoint of a trial, arm against control.",
        '''
from ketasim.trial import run_trial
from ketasim.trial.trial_file import load_trial, with_options

trial = load_trial(trials / "one_infusion.toml")
trial = with_options(trial, n=150, replicates=1)
result = run_trial(trial)
picture = plot.forest(result)
''',
    ),
    Exhibit(
        "tornado", "Tornado",
        "How far each number that is not known moves an answer on its own.",
        '''
from ketasim.inference.sensitivity import local_sensitivity

found = local_sensitivity(
    model, dose, measure="advantage", at="24 h",
    control=ks.saline(over="40 min"), until="2 d",
)
picture = plot.tornado(found)
''',
    ),
    Exhibit(
        "sobol", "Sobol indices",
        "Which of them, and which mechanisms, carry the variance of that answer when all move at "
        "once.",
        '''
from ketasim.inference.sensitivity import global_sensitivity

found = global_sensitivity(
    model, dose, measure="advantage", at="24 h", n=128,
    control=ks.saline(over="40 min"), until="2 d",
)
picture = plot.sobol(found)
''',
    ),
    Exhibit(
        "waterfall", "Waterfall",
        "Every patient of that trial, the least improved first.",
        '''
picture = plot.waterfall(result)
''',
    ),
    Exhibit(
        "kaplan-meier", "Kaplan-Meier",
        "Time to an event, with numbers at risk: here until those who responded a day after the "
        "last infusion no longer do, in the true course.",
        '''
def lost_response(regimen, last_h):
    later = last_h + np.arange(24, 8 * 7 * 24, 6)
    madrs = ks.simulate(model, regimen, people, [0, *later], "MADRS")
    half = madrs.values[:, 1:, 0] <= madrs.values[:, :1, 0] / 2
    lost = ~half[half[:, 0]]
    happened = lost.any(axis=1)
    last = np.where(happened, lost.argmax(axis=1), len(later) - 1)
    return (later[last] - last_h) / 24, happened

six = dose.repeat(every="2 d", times=6)
picture = plot.kaplan_meier(
    {"six infusions": lost_response(six, 240),
     "one infusion": lost_response(dose, 0)},
    since="the last infusion", control="one infusion",
)
''',
    ),
    Exhibit(
        "occupancy", "Occupancy",
        "How much of each target is held, and for how long.",
        '''
picture = plot.occupancy(ketamine)
''',
    ),
    Exhibit(
        "heat-map", "Regimen heat map",
        "What dose and interval buy, in the same people throughout.",
        '''
from ketasim.inference.dose_map import dose_map

doses = ["0.1 mg/kg", "0.25 mg/kg", "0.5 mg/kg", "0.75 mg/kg", "1 mg/kg"]
intervals = ["2 d", "84 h", "7 d", "14 d", "28 d"]
found = dose_map(model, people, doses, every=intervals, until="28 d")
picture = plot.heat_map(found)
''',
    ),
    Exhibit(
        "dose-time", "Dose and time",
        "The same over time after a single dose.",
        '''
times = ["2 h", "4 h", "24 h", "3 d", "7 d", "14 d"]
found = dose_map(model, people, doses, times=times, outcome="change")
picture = plot.heat_map(found)
''',
    ),
    Exhibit(
        "knockouts", "Knock-out matrix",
        "What is left of the effect when one mechanism is taken away, in both readings, beside "
        "the verdicts on published knock-outs.",
        '''
from ketasim.inference.knockouts import knockouts

few = ks.Population("trd", n=40, seed=1)
when = [2, 24, 72, 168]
picture = plot.knockouts([
    knockouts(model, dose, few, when, reading="left at rest"),
    knockouts(model, dose, few, when, reading="blocked below rest"),
])
''',
    ),
    Exhibit(
        "antagonists", "Antagonists",
        "The same with what experiments use, and with more than one readout.",
        '''
removed = ["NBQX", "rapamycin", "ANA-12", "DPCPX", "naltrexone", "pCPA"]
found = knockouts(
    model, dose, few, [4, 24, 168], ["MADRS", "syn"], removed=removed
)
picture = plot.knockouts(found)
''',
    ),
    Exhibit(
        "pathway", "Pathway",
        "The map of mechanisms, in the glyphs of SBGN Activity Flow, with what is high and low at "
        "one time and which mechanism carries the effect then.",
        '''
some = ks.Population("trd", n=40, seed=1)
every = ks.simulate(model, dose, some, [0, 4, 24])
few = ks.Population("trd", n=8, seed=1)
carried = ks.attribute(model, dose, few, [4])
shares = carried.share[:, 0] / carried.total[0]
picture = plot.pathway(
    every, model, at="4 h",
    shares=dict(zip(carried.mechanisms, shares)),
)
''',
    ),
)  # fmt: skip
