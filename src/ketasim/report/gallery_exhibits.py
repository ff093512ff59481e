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
from ketasim import plot

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
    read : str
        How to read it, in a sentence or two.
    code : str
        Lines that make ``picture``.
    """

    name: str
    title: str
    shows: str
    read: str
    code: str


EXHIBITS = (
    Exhibit(
        "course", "Population course",
        "How an output runs in a population, arm beside arm.",
        "A line is the mean (or median) at each time, a band the middle 90 % of people; triangles "
        "are doses. The band shows how people differ, not how sure the model is.",
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
        "The darker band is the middle half of people, drawn where there is one arm only. Minutes "
        "and days get the same room, so a straight fall is no half-life.",
        '''
picture = plot.course(ketamine, "Cket", time_axis="log")
''',
    ),
    Exhibit(
        "vpc", "Visual predictive check",
        "Whether a data file could have come out of the model. These data did: they are simulated "
        "from the model itself, with errors of an assay, so that most percentiles must lie inside.",
        "Bands are where the 5th, 50th and 95th percentile of data simulated from the model "
        "would fall, lines those of the data. A ringed point lies outside: there the model misses "
        "the data.",
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
        "individuals", "Individual estimates",
        "Single people of that file, as their few samples and the population together have them.",
        "Points are samples, the full line is the person's most probable curve with the middle "
        "90 % of what it may be, the dashed one that of a typical person with the same covariates.",
        '''
from ketasim.inference import individuals_of

three, _ = individuals_of(data, kinetics)
found = ks.estimate(kinetics, three[:3], population="healthy")
picture = plot.individuals(found)
''',
    ),
    Exhibit(
        "forest", "Forest",
        "Every endpoint of a trial, arm against control.",
        "A square is the estimate, its line the 95 % interval; one that crosses the thin "
        "vertical line does not tell the arms apart. Each panel has its own unit, and says on "
        "which side the arm is better.",
        '''
result = ks.run_trial(trials / "one_infusion.toml", replicates=1)
picture = plot.forest(result)
''',
    ),
    Exhibit(
        "tornado", "Tornado",
        "How far each number that is not known moves an answer on its own.",
        "A bar is how far the answer goes while one number moves through the middle 90 % of "
        "what is not known of it: full colour at its high end, pale at its low end. The "
        "vertical line is the answer with the numbers as tabled.",
        '''
found = ks.local_sensitivity(
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
        "The first index is the share of the variance that would go if that number alone were "
        "known; the total index is the share that would stay if all others were. The gap "
        "between them is interaction.",
        '''
found = ks.global_sensitivity(
    model, dose, measure="advantage", at="24 h", n=128,
    control=ks.saline(over="40 min"), until="2 d",
)
picture = plot.sobol(found)
''',
    ),
    Exhibit(
        "waterfall", "Waterfall",
        "Every patient of that trial, the least improved first.",
        "One bar is one patient: how the observed score changed, in per cent. Bars below the "
        "line at half are responders.",
        '''
picture = plot.waterfall(result)
''',
    ),
    Exhibit(
        "kaplan-meier", "Kaplan-Meier",
        "Time to an event, with numbers at risk: here until those who responded a day after the "
        "last infusion no longer do, in the true course.",
        "The curve falls where somebody has the event; ticks are people whose observation "
        "ended. The numbers below say how many are still at risk: where they are few, the "
        "curve is unsure.",
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
        "A line is the median share of receptors held, a band the middle 90 % of people. Time "
        "is logarithmic: what looks long at the left is minutes.",
        '''
picture = plot.occupancy(ketamine)
''',
    ),
    Exhibit(
        "heat-map", "Regimen heat map",
        "What dose and interval buy, in the same people throughout.",
        "A cell is one regimen: its colour and number say the outcome. Rows and columns that "
        "look alike say that the dose, or the interval, no longer matters there.",
        '''
doses = ["0.1 mg/kg", "0.25 mg/kg", "0.5 mg/kg", "0.75 mg/kg", "1 mg/kg"]
intervals = ["2 d", "84 h", "7 d", "14 d", "28 d"]
found = ks.dose_map(model, people, doses, every=intervals, until="28 d")
picture = plot.heat_map(found)
''',
    ),
    Exhibit(
        "dose-time", "Dose and time",
        "The same over time after a single dose.",
        "Read along a row for how an effect comes and goes, along a column for what a higher "
        "dose buys.",
        '''
times = ["2 h", "4 h", "24 h", "3 d", "7 d", "14 d"]
found = ks.dose_map(model, people, doses, times=times, outcome="change")
picture = plot.heat_map(found)
''',
    ),
    Exhibit(
        "knockouts", "Knock-out matrix",
        "What is left of the effect when one mechanism is taken away, in both readings, beside "
        "the verdicts on published knock-outs.",
        "100 % is the whole effect, 0 % is none left; above 100 the mechanism had held the "
        "effect back. *Left at rest* stops what the drug does through it; *blocked below "
        "rest* takes it away altogether, as an antagonist would.",
        '''
few = ks.Population("trd", n=40, seed=1)
when = [2, 24, 72, 168]
picture = plot.knockouts([
    ks.knockouts(model, dose, few, when, reading="left at rest"),
    ks.knockouts(model, dose, few, when, reading="blocked below rest"),
])
''',
    ),
    Exhibit(
        "antagonists", "Antagonists",
        "The same with what experiments use, and with more than one readout.",
        "As above, one column per readout and time. A row that darkens to the right says that "
        "what was taken away makes the effect last.",
        '''
removed = ["NBQX", "rapamycin", "ANA-12", "DPCPX", "naltrexone", "pCPA"]
found = ks.knockouts(
    model, dose, few, [4, 24, 168], ["MADRS", "syn"], removed=removed
)
picture = plot.knockouts(found)
''',
    ),
    Exhibit(
        "pathway", "Pathway",
        "The map of mechanisms, in the glyphs of SBGN Activity Flow, with what is high and low at "
        "one time and which mechanism carries the effect then.",
        "Colour says how far an activity lies above or below its rest; a green frame marks what "
        "carries the effect, wider for more. An arc ends in a point where it raises, in a bar "
        "where it lowers.",
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
