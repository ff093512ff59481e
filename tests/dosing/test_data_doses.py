"""Dose records: ADDL and SS written out, forms, lags, and what a reset cuts off."""

import pytest

from ketasim.dosing import intranasal, oral, read_data, sublingual
from ketasim.dosing.data_doses import STEADY_STATE_H
from tests.dosing.data_texts import write


def doses(folder, head, *rows):
    """Return the doses of the last episode."""
    return read_data(write(folder, head, *rows)).regimens[-1].doses


def test_steady_state_reaches_back_twenty_half_lives_of_20_h(tmp_path):
    given = doses(tmp_path, "ID,TIME,AMT,CMT,SS,II", "1,3,10,A1_S,1,7")
    starts = [dose.start_h for dose in given]
    assert starts[-1] == 3.0
    assert starts[0] == 3.0 - 7 * 58  # 58 intervals: 406 h, the first number above 400
    assert 0.5 ** ((starts[-1] - starts[0]) / 20) < 1e-6


def test_an_endless_infusion_ends_at_its_record(tmp_path):
    (given,) = doses(tmp_path, "ID,TIME,AMT,CMT,RATE,SS", "1,5,0,A1_S,20,1")
    assert (given.start_h, given.duration_h) == (5 - STEADY_STATE_H, STEADY_STATE_H)
    assert given.amount.mg == pytest.approx(20 * STEADY_STATE_H)


@pytest.mark.parametrize(
    ("cmt", "mg", "regimen"),
    [
        ("ketamine oral", 40, oral("40 mg", session=False)),
        (
            "Ketamine  Oral prolonged-release tablet",
            40,
            oral("40 mg", formulation="prolonged-release tablet", session=False),
        ),
        ("esketamine nasal", 84, intranasal("84 mg", session=False)),
        ("S-ketamine p.o.", 40, oral("40 mg", "esketamine", session=False)),
        ("racemic  ketamine PO", 40, oral("40 mg", session=False)),
        ("esketamine sublingual", 50, sublingual("50 mg", "esketamine", session=False)),
    ],
)
def test_a_drug_and_a_route_are_what_they_are_in_python(cmt, mg, regimen, tmp_path):
    assert doses(tmp_path, "ID,TIME,AMT,CMT", f"1,0,{mg},{cmt}") == regimen.doses


def test_a_compartment_takes_it_all_at_once(tmp_path):
    (given,) = doses(tmp_path, "ID,TIME,AMT,CMT", "1,0,84,Anas_S")
    assert (given.amount.mg, given.mucosal_share, given.duration_h) == (84.0, 1.0, 0.0)


def test_a_rate_by_mouth_is_the_release(tmp_path):
    (given,) = doses(tmp_path, "ID,TIME,AMT,CMT,RATE,LAG", "1,1,60,ketamine oral,20,0.5")
    assert (given.start_h, given.enters_h, given.duration_h) == (1.0, 1.5, 3.0)


def test_a_modelled_duration_is_read_from_dur(tmp_path):
    (given,) = doses(tmp_path, "ID,TIME,AMT,CMT,RATE,DUR", "1,0,60,ketamine iv,-2,1.5")
    assert given.duration_h == 1.5


def test_a_reset_cuts_off_what_was_to_come(tmp_path):
    head = "ID,TIME,AMT,CMT,ADDL,II,EVID,DV,DVID"
    rows = ["1,0,10,A1_S,9,1,1,.,.", "1,2.5,.,.,.,.,0,5,Cket", "1,3,10,A1_S,.,.,4,.,."]
    data = read_data(write(tmp_path, head, *rows))
    assert [dose.start_h for dose in data.regimens[0].doses] == [0.0, 1.0, 2.0]
    assert [dose.start_h for dose in data.regimens[1].doses] == [3.0]


def test_slow_companions_reach_back_further(tmp_path):
    given = doses(tmp_path, "ID,TIME,AMT,CMT,SS,II", "1,0,20,memantine oral,1,24")
    assert given[0].start_h == -2400


def test_two_rows_reach_steady_state_together(tmp_path):
    head = "ID,TIME,AMT,CMT,SS,II,DV,DVID"
    rows = ["1,0,10,A1_S,1,12,.,.", "1,0,10,A1_R,1,12,.,.", "1,1,.,.,.,.,5,Cket"]
    data = read_data(write(tmp_path, head, *rows))
    assert data.n_episodes == 1
    assert len(data.regimens[0].doses) == 2 * (34 + 1)


def test_steady_state_later_begins_another_episode(tmp_path):
    head = "ID,TIME,AMT,CMT,SS,II,DV,DVID"
    rows = ["1,0,99,A1_S,0,0,.,.", "1,1,.,.,.,.,5,Cket", "1,2,10,A1_S,1,12,.,."]
    data = read_data(write(tmp_path, head, *rows))
    assert data.episode_individual.tolist() == [0, 0]
    assert {dose.amount.mg for dose in data.regimens[1].doses} == {10.0}


def test_a_dose_of_nothing_is_nothing(tmp_path):
    data = read_data(
        write(tmp_path, "ID,TIME,AMT,CMT,EVID,DV,DVID", "1,0,0,.,1,.,.", "1,1,.,.,0,0,Cket")
    )
    assert data.regimens[0].doses == ()
