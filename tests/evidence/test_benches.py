"""Experiments on mechanisms: baths, animals, antagonists, knock-outs, run from their files."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.dosing import Dose
from ketasim.errors import UserError
from ketasim.evidence import predict, read_findings
from ketasim.evidence.experiments import what_is_missing
from ketasim.evidence.models import (
    bath_model,
    companions_of,
    kinetic_model,
    model_of,
    needs_kinetics_only,
    whole_model,
)
from ketasim.evidence.people import perturbed, uncertain, uncertain_holds
from ketasim.evidence.runner import predict_typical, predict_uncertain
from ketasim.model import assemble
from tests.evidence.benches import BATH, MICE, changed, read
from tests.evidence.small import findings

DRAWS = 8


def test_a_bath_has_no_kinetics():
    found = read(BATH)
    assert found.arm is not None
    assert model_of(found.arm, found) is bath_model()
    assert not set(bath_model().mechanisms) & {"pk", "brain", "absorption", "metabolites"}
    held = {hold.input: hold.value for hold in found.arm.regimen.holds}
    assert held == {"bS": 5000.0, "bR": 5000.0}
    (outcome,) = predict([found], draws=DRAWS)
    assert outcome.verdict == "reproduced"
    assert outcome.predicted > 0.2


def test_an_arm_without_regimen_stays_at_rest():
    same = read(BATH, ('arm = "ketamine"', 'arm = "vehicle"'), ('"up"', '"none"'))
    (outcome,) = predict([same], draws=DRAWS)
    assert (outcome.predicted, outcome.low, outcome.high) == pytest.approx((0, 0, 0), abs=1e-9)
    assert outcome.verdict == "reproduced"


def test_a_perturbation_is_held_on_the_arms_clock():
    found = read(MICE)
    assert found.arm is not None
    assert [type(step) for step in found.arm.regimen.doses] == [Dose]
    (hold,) = found.arm.regimen.holds
    assert (hold.input, hold.start_h, hold.duration_h) == ("u_NBQX", -0.5, 8.0)
    (outcome,) = predict([found], draws=DRAWS)
    assert outcome.predicted < 0.4
    assert outcome.as_tabled
    none = read(MICE, ('"blocked"', '"kept"'))
    assert predict([none], draws=DRAWS)[0].verdict != "reproduced"


def test_strength_is_a_share():
    weak = '"NBQX", at = "-30 min", for = "8 h", strength = 0.001 }]'
    text = MICE.replace('"NBQX", at = "-30 min", for = "8 h" }]', weak)
    (found,) = read_findings(text, "bench.toml")
    (outcome,) = predict([found], draws=DRAWS)
    assert outcome.predicted == pytest.approx(1.0, abs=0.05)


def test_a_setting_lasts_for_the_run_and_scales():
    found = read(MICE, ('"NBQX", at = "-30 min", for = "8 h"', '"Met/Met", strength = 0.5'))
    arm = found.comparator
    assert arm is not None
    assert perturbed(arm, {}, {"met": 0.0}, 2)["met"].tolist() == [0.5, 0.5]
    assert arm.perturbations == ("BDNF Met/Met",)


def test_what_a_mouse_is_is_not_drawn_away():
    found = read(MICE)
    shown = predict_uncertain([found], None, DRAWS, 1)[found]
    rows = {row.symbol: row for row in whole_model().parameters}
    assert rows["sc"].uncertainty  # of people; a mouse has 0.2 of it
    alone = predict_typical([read(MICE, ('"blocked"', '"kept"'))])
    assert np.isnan(alone[0])  # four arms are no ratio
    assert np.median(shown[2, 1:]) < 3 * shown[2, 0]


def test_a_parameter_is_drawn_alike_in_every_model():
    first = uncertain(whole_model(), DRAWS, 1, alone=False)
    second = uncertain(whole_model("MK801"), DRAWS, 1, alone=False)
    bath = uncertain(bath_model(), DRAWS, 1, alone=False)
    for symbol in ("K_dis", "e_bd", "tau_spr"):
        np.testing.assert_array_equal(first[symbol], second[symbol])
        np.testing.assert_array_equal(first[symbol], bath[symbol])


def test_other_drugs_bring_their_kinetics():
    found = read(
        MICE, ('drug = "ketamine", dose = "10 mg/kg"', 'drug = "MK-801", dose = "0.1 mg/kg"')
    )
    arm = found.reference
    assert arm is not None
    assert companions_of(arm) == ("MK801",)
    assert model_of(arm, found) is whole_model("MK801")
    assert not what_is_missing(found)


def test_a_metabolite_can_be_injected():
    text = MICE.replace('"ketamine", dose', '"(2R,6R)-HNK", dose')
    (found,) = read_findings(text, "bench.toml")
    shown = predict_uncertain([found], None, 1, 1)[found]
    assert shown[2, 0] > shown[3, 0]


def test_kinetics_alone_are_enough_for_concentrations():
    iv = findings()["iv_cl"]
    assert needs_kinetics_only(iv)
    assert model_of(iv.every_arm[0], iv) is kinetic_model()
    assert not needs_kinetics_only(read(BATH))
    assert not needs_kinetics_only(findings(("WT = 70", "WT = 70, D0 = 1"))["iv_cl"])


def test_enzymes_are_changed_by_an_unsure_factor():
    text = (
        'title = "T"\nsource = "T"\nverified = "page"\n[[arm]]\nname = "a"\nregimen = ['
        '{ drug = "esketamine", dose = "0.3 mg/kg", route = "oral" },'
        '{ drug = "rifampicin", route = "daily", for = "6 d" }]\n[[finding]]\nid = "x"\narm = "a"\n'
        'analyte = "S-ketamine"\nsite = "venous"\nmeasure = "AUC"\nvalue = 10\nunit = "ng*h/mL"'
    )
    (found,) = read_findings(text, "t.toml")
    assert found.arm is not None
    tabled, *drawn = uncertain_holds(64, 1)(found.arm)
    assert tabled is found.arm.regimen
    gut = np.array([next(h.value for h in r.holds if h.input == "act_gut") for r in drawn])
    assert np.log(gut / 7).std() == pytest.approx(0.2, rel=0.25)
    assert np.log(gut / 7).mean() == pytest.approx(0.0, abs=0.08)


def test_the_share_of_responders_is_counted_among_people():
    text = (
        'title = "T"\nsource = "T"\nverified = "page"\nn = 24\n[population]\nname = "trd"\n'
        '[[arm]]\nname = "ketamine"\nregimen = [{ dose = "0.5 mg/kg", over = "40 min" }]\n'
        '[[arm]]\nname = "saline"\nregimen = [{ drug = "saline", over = "40 min" }]\n'
        '[[finding]]\nid = "share"\narm = "ketamine"\noutput = "MADRS"\nmeasure = "response"\n'
        'at = "24 h"\nvalue = 50\nunit = "%"\nwithin = 2.0\n'
        '[[finding]]\nid = "odds"\narm = "ketamine"\ncomparator = "saline"\noutput = "MADRS"\n'
        'measure = "response"\nat = "24 h"\ncontrast = "odds ratio"\nvalue = 10\nunit = "ratio"\n'
    )
    share, odds = predict(read_findings(text, "t.toml"), draws=DRAWS)
    assert 20 < share.predicted < 80
    assert share.low < share.predicted < share.high
    assert odds.predicted > 3


LACKS = {
    "no counterpart": (
        '"NBQX", at', '"MRK-016", at', "perturbation 'MRK-016' has no counterpart: the model",
    ),
    "no read-out": (
        '"antidepressant-like behaviour"', '"total distance"',
        "nothing stands for 'locomotion': the model has no locomotion",
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", LACKS)
def test_what_the_model_lacks_is_out_of_scope_by_itself(how):
    old, new, told = LACKS[how]
    (outcome,) = predict([read(MICE, (old, new))], draws=2)
    assert outcome.verdict == "out of scope"
    assert outcome.reason.startswith(told)


def test_a_misspelt_read_out_is_refused_not_left_out():
    with pytest.raises(UserError, match="output: 'Zpp' is not a choice; nearest: Zp"):
        read(MICE, ('"antidepressant-like behaviour"', '"Zpp"'))


def test_an_input_that_no_mechanism_has_yet_is_named():
    small = assemble(without=["ampa", "bdnf"])
    with_all = what_is_missing(read(MICE))
    assert with_all == ""
    assert "no output" in what_is_missing(read(MICE), assemble(without=["mood"]))
    assert "u_NBQX" not in small.inputs
    assert what_is_missing(read(MICE), small) == ""  # left out on purpose: nothing to act on


MISTAKES = {
    "unknown perturbation": (
        MICE, '"NBQX", at', '"NBXQ", at',
        "arm[2].perturbations[1].name: unknown perturbation 'NBXQ'; nearest: NBQX",
    ),
    "no reference": (
        MICE, 'reference = "ketamine"\n', "",
        "finding[1] (nbqx).reference: missing; blocked is what was left of the effect of the drug",
    ),
    "no comparator": (
        MICE, 'comparator = "NBQX"\n', "",
        "finding[1] (nbqx).comparator: missing; a direction is against something",
    ),
    "reference of a plain direction": (
        MICE, '"blocked"', '"up"', "finding[1] (nbqx).reference: has no meaning for up",
    ),
    "no such arm": (
        MICE, 'reference = "ketamine"', 'reference = "ketamin"',
        "finding[1] (nbqx).reference: no arm 'ketamin'; nearest: ketamine",
    ),
    "two doses for biphasic": (
        MICE, 'arm = "both"', 'arms = ["both", "ketamine"]',
        "has no meaning for blocked; give arm",
    ),
    "mg/kg in a bath": (
        BATH, 'dose = "10 uM", route = "bath", for = "15 min"', 'dose = "10 mg/kg", route = "ip"',
        "arm[2].regimen[1]: 10 mg/kg by ip is no bath; give route = \"bath\", a concentration",
    ),
    "a bath in a mouse": (
        BATH, '"bath"\nsystems', '"mouse"\nsystems',
        "arm[2].regimen[1]: a bath is for preparation = \"bath\", not 'mouse'",
    ),
    "unknown system": (BATH, '"S1"', '"S99"', "systems[1]: 'S99' is not a choice"),
    "value for a contest": (BATH, 'direction = "up"', 'value = 1.3', "unit: missing"),
    "measure of a concentration": (BATH, '"value"', '"Cmax"', "measure: 'Cmax' is not for cAMP"),
}  # fmt: skip


@pytest.mark.parametrize("how", MISTAKES)
def test_mistake_is_told_in_one_line(how):
    text, old, new, told = MISTAKES[how]
    with pytest.raises(UserError) as caught:
        read_findings(changed(text, (old, new)), "bench.toml")
    said = str(caught.value)
    assert said.startswith("bench.toml: ")
    assert told in said
    assert "\n" not in said
