"""Invented results of the right shape for tests of the report; nothing here is a finding."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ketasim.report import AttributionTable, Check, Dose, ReportInput

OUTPUTS = {
    "Cket": ("ng/mL", "ketamine in plasma"),
    "Cnk": ("ng/mL", "norketamine in plasma"),
    "Chnk": ("ng/mL", "hydroxynorketamine in plasma"),
    "Bin": ("fraction", "interneuron NMDA block"),
    "Bps": ("fraction", "synaptic NMDA block"),
    "Bpr": ("fraction", "resting NMDA block"),
    "Bhb": ("fraction", "habenula NMDA block"),
    "glu": ("ratio", "glutamate"),
    "a1": ("ratio", "adenosine A1"),
    "nrel": ("ratio", "non-raft Gαs"),
    "bd": ("ratio", "BDNF"),
    "trk": ("ratio", "TrkB"),
    "mto": ("ratio", "mTORC1"),
    "Asurf": ("ratio", "surface AMPA receptors"),
    "spr": ("ratio", "synaptic protein"),
    "syn": ("density", "spines"),
    "p11": ("ratio", "p11"),
    "MADRS": ("points", "MADRS"),
    "CADSS": ("points", "CADSS"),
    "dSBP": ("mmHg", "systolic pressure"),
    "dDBP": ("mmHg", "diastolic pressure"),
}
# peak change, rise (1/h), fall (1/h)
SHAPES = {
    "Cket": (190, 3.0, 0.35), "Cnk": (70, 0.8, 0.12), "Chnk": (40, 0.35, 0.06),
    "Bin": (0.42, 4, 0.6), "Bps": (0.25, 4, 0.7), "Bpr": (0.15, 4, 0.8), "Bhb": (0.3, 2, 0.08),
    "glu": (0.45, 3, 1.2), "a1": (0.5, 2.5, 1.1), "nrel": (0.3, 3, 0.03),
    "bd": (2.2, 0.9, 0.25), "trk": (0.8, 0.8, 0.25), "mto": (1.5, 0.6, 0.2),
    "Asurf": (0.35, 0.4, 0.02), "spr": (0.5, 0.08, 0.014), "syn": (0.12, 0.03, 0.006),
    "p11": (0.2, 0.02, 0.004), "CADSS": (12, 4, 1.4), "dSBP": (20, 3, 0.7), "dDBP": (12, 3, 0.7),
}  # fmt: skip
RESTS = dict.fromkeys(("glu", "a1", "nrel", "bd", "trk", "mto", "Asurf", "spr"), 1.0)


def pulse(time_h, rise, fall):
    """Rise and fall with a largest value of 1."""
    shape = np.exp(-fall * time_h) - np.exp(-rise * time_h)
    best = np.log(rise / fall) / (rise - fall)
    return shape / (np.exp(-fall * best) - np.exp(-rise * best))


def arm(n=60, fall=16.0, placebo=5.0, outputs=None, seed=1, end_h=672.0, doses=1.0, broken=()):
    """Return invented results of one arm; `fall` is the drug's own part in MADRS points."""
    random = np.random.default_rng(seed)
    time_h = np.unique(np.concatenate([[0.0], np.geomspace(0.03, end_h, 160), [24.0, 168.0]]))
    time_h = time_h[time_h <= end_h]
    names = list(outputs or OUTPUTS)
    values = np.zeros((n, len(time_h), len(names)))
    start = 33 + 4.5 * random.standard_normal((n, 1))
    gain = np.exp(0.5 * random.standard_normal((n, 1)))
    for k, name in enumerate(names):
        if name == "MADRS":
            drug = gain * fall / 20 * pulse(time_h, 0.4, 0.004)
            care = placebo / 25 * pulse(time_h, 0.5, 0.002)
            values[:, :, k] = start * np.exp(-drug - care)
        else:
            size, rise, decay = SHAPES[name]
            person = np.exp(0.25 * random.standard_normal((n, 1)))
            shape = pulse(time_h, rise, decay)
            values[:, :, k] = RESTS.get(name, 0.0) + doses * size * person * shape
    status = np.zeros(n, dtype=int)
    for who in broken:
        values[who], status[who] = np.nan, 2
    return xr.DataArray(
        values,
        dims=("individual", "time", "output"),
        coords={
            "individual": np.arange(n),
            "time": time_h,
            "output": names,
            "unit": ("output", [OUTPUTS[name][0] for name in names]),
            "label": ("output", [OUTPUTS[name][1] for name in names]),
            "status": ("individual", status),
            "WT": ("individual", 80 + 15 * random.standard_normal(n)),
            "age": ("individual", 45 + 10 * random.standard_normal(n)),
            "sex": ("individual", random.integers(0, 2, n)),
        },
        attrs={"seed": seed, "regimen": "ketamine 0.5 mg/kg i.v. over 40 min"},
    )


MECHANISMS = (
    ("pk", "Pharmacokinetics", "S9", "kinetics", "From a dose to unbound drug in the brain."),
    ("nmda", "NMDA receptor trapping block", "S2", "trigger", "Open channels trap the drug."),
    ("glutamate", "Glutamate surge", "S3", "trigger", "Disinhibition raises glutamate <briefly>."),
    ("plastic", "BDNF, TrkB and mTORC1", "S4", "early", "Plasticity signalling."),
    ("spines", "Spines", "S4", "late", "Spines form within a day and fade over weeks."),
    ("gs", "Gαs, lipid rafts and cAMP", "S1", "trigger", "Gαs leaves the rafts."),
    ("adenosine", "Adenosine A1 feedback", "S5", "trigger", "Adenosine brakes release."),
    ("expect", "Expectancy and care", "S10", "clinical", "What is felt changes belief."),
)
PARAMETERS = (
    ("CL_S", 95.2, "L/h", 0.16, "lognormal", 0.05, "measured", "fanta2015", "venous & arterial"),
    ("V1_S", 133.0, "L", 0.25, "lognormal", None, "measured", "fanta2015", ""),
    ("CL_R", 88.0, "L/h", None, "", None, "derived", "derived: CL_S × 0.92", "ratio 0.86–0.94"),
    ("g", 1.25, "ratio", 0.58, "lognormal", 0.3, "calibrated", "calibrated: by hand", "prototype"),
    ("kad", 0.0008333333333, "1/h", None, "", 1.0, "assumed", "assumed: no data", "adaptation"),
)
LINT = (
    ("ok", "baseline", "model", "no drift above 1e-9 in 1,000 h without drug"),
    ("warning", "unused", "gs.csv:12", "parameter 'kx' is used by no equation"),
)


def tables(scale=1.0):
    """Return an invented attribution in both readings."""
    names = [m[0] for m in MECHANISMS if m[0] != "pk"]
    titles = [m[1] for m in MECHANISMS if m[0] != "pk"]
    rest = np.array(
        [[3.5, 3.0, 2.0, 1.2, 0.6], [2.5, 2.9, 1.8, 0.8, 0.2], [2.0, 4.0, 3.0, 2.0, 1.0],
         [0.1, 3.0, 5.0, 4.2, 2.8], [0.1, 0.2, 0.3, 0.2, 0.1], [-0.7, -0.2, 0.0, 0.0, 0.0],
         [4.0, 4.5, 4.2, 3.6, 3.0]]
    )  # fmt: skip
    times_h = [2.0, 24.0, 72.0, 168.0, 336.0]
    blocked = rest.copy()
    blocked[5] += 3.2
    return tuple(
        AttributionTable(
            reading, names, titles, times_h, scale * p, scale * p.sum(axis=0),
            0.1 * np.abs(p) + 0.05, 60,
        )
        for reading, p in (("left at rest", rest), ("blocked below rest", blocked))
    )  # fmt: skip


def contents(**changes):
    """Return a whole report input of invented numbers; keywords replace its fields."""
    given = {
        "title": "One ketamine infusion",
        "question": "What does one infusion of ketamine do over four weeks, and through what?",
        "arms": {"ketamine 0.5 mg/kg": arm(), "saline": arm(fall=0.0, doses=0.0)},
        "main_arm": "ketamine 0.5 mg/kg",
        "control_arm": "saline",
        "attribution": tables(),
        "mechanisms": MECHANISMS,
        "parameters": PARAMETERS,
        "lint": LINT,
        "doses": {"ketamine 0.5 mg/kg": Dose(2400.0, 2400.0), "saline": Dose(0.0, 0.0)},
        "provenance": {"ketasim": "0.1.0", "seed": "1", "command": "ketasim run <default>"},
        "checks": (
            Check("plasma peak", "150–250 ng/mL", "190", "reproduced", "calibrate", "krystal1994"),
            Check("day 28 gap", "−4.0", "−9.3", "contradicted", "validate", "transform2"),
        ),
        "limits": ("Parameters of mood were chosen by hand.",),
        "references": {"fanta2015": "Fanta S et al. Eur J Clin Pharmacol 2015"},
    }
    return ReportInput(**(given | changes))
