"""Screening: known molecules as candidates are what the model itself has; ranking; intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ketasim import UserError
from ketasim.cli.screen import shipped_candidates
from ketasim.dosing import Regimen, infusion, oral
from ketasim.inference.screen import OUTPUTS, TIMES_H, joined, screen
from ketasim.inference.screen_file import read_candidates
from ketasim.inference.screen_values import SESSION, regimen_of, saline, screening_model, values_of
from ketasim.model import assemble
from ketasim.population import Population
from ketasim.simulation import simulate

from .candidate_files import written

PEOPLE = Population("trd", n=64, seed=3)  # by name: the same in every model
KNOWN = {one.name: one for one in read_candidates(shipped_candidates())}


def in_a_session(regimen):
    """Replace sessions by the one that everybody sits through in a screening."""
    doses = tuple(replace(dose, session=False) for dose in regimen.doses)
    return Regimen(doses=doses, holds=(SESSION,), text=str(regimen))


def as_candidate(one, outputs):
    model = screening_model()
    told = {name: float(v[0]) for name, v in values_of(one, model, {"g": np.ones(1)}, 1).items()}
    result = simulate(model, regimen_of(one), PEOPLE, TIMES_H, outputs, values=told, rtol=1e-5)
    return result.mean("individual").values.T


def as_itself(regimen, companions, outputs, values=None):
    model = assemble(companions=companions)
    result = simulate(
        model, in_a_session(regimen), PEOPLE, TIMES_H, outputs, values=values, rtol=1e-5
    )
    return result.mean("individual").values.T


@pytest.mark.parametrize(
    ("name", "regimen", "companion"),
    [
        ("memantine", oral("16.6 mg", "memantine").repeat(every="24 h", times=28), "memantine"),
        ("lanicemine", infusion("100 mg", over="60 min", drug="lanicemine"), "lanicemine"),
    ],
)
def test_a_blocker_as_a_candidate_is_its_companion(name, regimen, companion):
    """The same equations with the same numbers, but for three digits of the off-rate."""
    outputs = ("MADRS", "CADSS", "Bin")
    mine = as_candidate(KNOWN[name], outputs)
    own = as_itself(regimen, [companion], outputs)
    assert np.abs(mine[0] - own[0]).max() < 0.05
    assert np.abs(mine[1] - own[1]).max() < 0.01
    assert np.abs(mine[2] - own[2]).max() < 0.001


@pytest.mark.parametrize(
    ("name", "drug", "dose", "points"),
    [
        ("ketamine", "ketamine", "37 mg", 1.0),
        ("S-ketamine", "esketamine", "18.5 mg", 1.0),
        ("R-ketamine", "arketamine", "37 mg", 1.5),
    ],
)
def test_ketamine_as_a_candidate_does_what_ketamine_does(name, drug, dose, points):
    """Nearly: a candidate has no metabolites, and a racemate is one molecule of mean numbers."""
    outputs = ("MADRS", "CADSS", "dSBP")
    mine = as_candidate(KNOWN[name], outputs)
    own = as_itself(infusion(dose, over="40 min", drug=drug), (), outputs)
    assert np.abs(mine[0] - own[0]).max() < points
    assert np.abs(mine[1] - own[1]).max() < 0.4
    assert np.abs(mine[2] - own[2]).max() < 1.0
    assert (own[0][0] - own[0]).max() > 8  # there is something to agree on


def test_escitalopram_as_a_candidate_is_its_companion():
    outputs = ("MADRS", "ht")
    mine = as_candidate(KNOWN["escitalopram"], outputs)
    daily = oral("10 mg", "escitalopram").repeat(every="24 h", times=28)
    own = as_itself(daily, ["escitalopram"], outputs)
    assert np.abs(mine[0] - own[0]).max() < 0.2  # the candidate enters the brain with a delay
    assert np.abs(mine[1] - own[1]).max() < 0.01


def test_a_molecule_that_does_nothing_is_saline(tmp_path):
    (inert,) = read_candidates(written(tmp_path, {"NMDA_Ki [nM]": ""}))
    mine = as_candidate(inert, OUTPUTS)
    model = screening_model()
    nothing = simulate(model, saline(), PEOPLE, TIMES_H, OUTPUTS, rtol=1e-5).mean("individual")
    assert np.abs(mine - nothing.values.T).max() < 1e-3  # rtol of the run, on 30 points


@pytest.mark.parametrize(
    ("activity", "output", "sign"),
    [
        ({"NMDA_Ki [nM]": "50"}, "Bps", 1),
        ({"mu_Ki [nM]": "50", "mu_action": "agonist"}, "opi", 1),
        ({"mu_Ki [nM]": "50", "mu_action": "antagonist"}, "opi", -1),
    ],
)
def test_each_activity_reaches_its_target(tmp_path, activity, output, sign):
    off = {"NMDA_Ki [nM]": ""}
    (active,) = read_candidates(written(tmp_path, off | activity))
    (inert,) = read_candidates(written(tmp_path, off))
    change = as_candidate(active, (output,)) - as_candidate(inert, (output,))
    assert (sign * change).max() > 0.05


@pytest.mark.parametrize(
    ("column", "symbol", "output"),
    [
        ("membrane_EC50", "u_allo", "Bpr"),
        ("raft_EC50", "u_raft", "camp"),
        ("AMPA_EC50", "u_ampakine", "thr"),
        ("SERT_Ki", "u_SSRI", "hts"),
        ("TrkB_Ki", "u_TrkB", "trk"),
        ("kappa_Ki", "occ_kappa", ""),
    ],
)
def test_the_other_activities_reach_theirs(tmp_path, column, symbol, output):
    (inert,) = read_candidates(written(tmp_path, {"NMDA_Ki [nM]": ""}))
    active = replace(inert, numbers={**inert.numbers, column: 5.0})
    outputs = tuple(name for name in (symbol, output) if name)
    change = as_candidate(active, outputs) - as_candidate(inert, outputs)
    assert change[0].max() > 0.5
    assert change[-1].max() > 0.01


@pytest.fixture(scope="module")
def few():
    chosen = [KNOWN[name] for name in ("memantine", "ketamine", "escitalopram")]
    return screen(chosen, n=12, seed=2, people=6)


def test_the_ranking_is_of_fronts(few):
    order = [(one.front or 99, -one.on_front) for one in few]
    assert order == sorted(order)
    by_name = {one.candidate.name: one for one in few}
    assert by_name["ketamine"].front == 1
    assert by_name["ketamine"].told("onset_points") > 4
    # nobody gets ahead with memantine (zarate2006b)
    assert by_name["memantine"].front == 0
    assert by_name["memantine"].told("best_points") < 2
    # an SSRI needs weeks
    ssri = by_name["escitalopram"]
    assert abs(ssri.told("onset_points")) < 0.1
    assert ssri.told("best_h") > 300
    assert ssri.told("CADSS") == 0
    for one in few:
        assert one.lost == 0
        assert 0 <= one.on_front <= one.effective <= 1


def test_intervals_hold_the_draws(few):
    for one in few:
        low, high = one.interval("day1_points")
        wide = one.interval("day1_points", 1.0)
        assert wide[0] <= low < high <= wide[1]
        assert one.measures.shape[0] == 13
    memantine = next(one for one in few if one.candidate.name == "memantine")
    assert np.isnan(memantine.told("onset_h"))


def test_a_molecule_does_not_depend_on_its_company(few):
    ketamine = next(one for one in few if one.candidate.name == "ketamine")
    (alone,) = screen([KNOWN["ketamine"]], n=12, seed=2, people=6)
    assert (alone.advantage == ketamine.advantage).all()
    (other,) = screen([KNOWN["ketamine"]], n=12, seed=3, people=6)
    assert (other.advantage[1:] != ketamine.advantage[1:]).any()


def test_a_draw_shifts_every_patient_alike():
    model = screening_model()
    rows = {row.symbol: row.value for row in model.parameters}
    drawn = {"g": rows["g"] * np.array([1.0, 2.0]), "k_mood": np.array([1.0, 3.0])}
    patients = {"g": np.array([0.3, 0.6, 1.2]), "WT": np.array([60.0, 70.0, 80.0])}
    values = joined(model, drawn, patients)
    assert values["g"] == pytest.approx([0.3, 0.6, 1.2, 0.6, 1.2, 2.4])
    assert values["k_mood"].tolist() == [1, 1, 1, 3, 3, 3]
    assert values["WT"].tolist() == [60, 70, 80] * 2


def test_what_cannot_be_screened():
    with pytest.raises(UserError, match="no candidates"):
        screen([])
    with pytest.raises(UserError, match="n: 3 is too few draws"):
        screen([KNOWN["ketamine"]], n=3)
