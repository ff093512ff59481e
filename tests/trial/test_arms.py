"""What an arm gets: blinding, concomitant treatment, care, periods, what follows a lead-in."""

from __future__ import annotations

import pytest

from ketasim.trial.arms import (
    after_lead_in,
    in_order,
    lead_in_regimen,
    own_regimens,
    period_h,
    setting,
)
from tests.trial.small_trials import CROSSOVER, WITHDRAWAL, small

TABLET = '{ drug = "SSRI", route = "daily", for = "7 d", start = "-3 d" }'


def holds(regimen, name):
    return [(h.start_h, h.end_h, h.value) for h in regimen.holds if h.input == name]


def test_everybody_has_care_to_the_last_visit():
    trial = small()
    set_up = setting(trial, 24.0)
    for own in own_regimens(trial):
        dressed = set_up.dress(own)
        assert holds(dressed, "u_care") == [(0, 24, 1)]
        assert dressed.text == own.text
        assert dressed.doses == own.doses


def test_concomitant_treatment_is_added_to_every_arm():
    trial = small(("dropout = false", f"concomitant = [{TABLET}]"))
    set_up = setting(trial, 24.0)
    for own in own_regimens(trial):
        dressed = set_up.dress(own)
        assert holds(dressed, "u_SSRI") == [(-72, 96, 1)]
        # care begins with the earliest step of any arm, so all clocks start together
        assert holds(dressed, "u_care")[0][0] == dressed.lead_h * -1 == -72


def test_pretreatment_of_one_arm_starts_the_clock_of_all():
    step = '{ drug = "naltrexone", dose = "50 mg", route = "oral", start = "-50 min" }'
    trial = small(('regimen = [{ drug = "saline" }]', f'regimen = [{step}, {{ drug = "saline" }}]'))
    set_up = setting(trial, 24.0)
    leads = [set_up.dress(own).lead_h for own in own_regimens(trial)]
    assert leads == pytest.approx([50 / 60] * 2)


def test_open_trials_tell_the_patient():
    blind = small()
    told = small(("dropout = false", 'blinding = "open"'))
    assert holds(setting(blind, 24.0).dress(own_regimens(blind)[0]), "u_open") == []
    assert holds(setting(told, 24.0).dress(own_regimens(told)[0]), "u_open") == [(0, 2, 1)]


def test_lead_in_is_open_and_ends():
    trial = small(*WITHDRAWAL)
    course = lead_in_regimen(trial)
    assert [dose.start_h for dose in course.doses] == [0, 48]
    assert len(holds(course, "u_open")) == 2
    text = small(*WITHDRAWAL, ('until = "72 h"', 'until = "36 h"'))
    assert [dose.start_h for dose in lead_in_regimen(text).doses] == [0]


def test_arms_count_from_the_end_of_the_lead_in():
    trial = small(*WITHDRAWAL)
    drug, saline = own_regimens(trial)
    whole = after_lead_in(lead_in_regimen(trial), drug, "72 h")
    assert [dose.start_h for dose in whole.doses] == [0, 48, 72]
    assert [hold.end_h for hold in whole.holds if hold.input == "u_open"] == [2, 50]
    assert whole.text == drug.text
    sham = after_lead_in(lead_in_regimen(trial), saline, "72 h").doses[-1]
    assert sham.is_sham


def test_periods_of_a_crossover_follow_one_another():
    trial = small(*CROSSOVER)
    assert period_h(trial) == 24 + 6 * 24
    own = own_regimens(trial)
    whole = in_order(own, (1, 0), 168.0)
    assert [(dose.start_h, dose.is_sham) for dose in whole.doses] == [(0, True), (168, False)]
