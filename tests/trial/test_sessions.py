"""A regimen taken apart into sessions, and put together again."""

from __future__ import annotations

import pytest

from ketasim.dosing import daily, infusion, intranasal, named_regimen, oral, saline
from ketasim.errors import UserError
from ketasim.trial.sessions import counted, sessions_of, with_sessions


def test_taken_apart_and_put_together_nothing_is_lost():
    regimen = named_regimen("SPRAVATO") + daily("SSRI", weeks=4) + oral("50 mg", "naltrexone")
    sessions = sessions_of(regimen)
    assert len(sessions) == 24
    again = with_sessions(regimen, sessions, regimen.text)
    assert sorted(map(repr, again.doses)) == sorted(map(repr, regimen.doses))
    assert again.holds == regimen.holds


def test_devices_are_one_session_and_so_is_a_bolus_with_its_infusion():
    assert [len(s.doses) for s in sessions_of(intranasal("84 mg"))] == [3]
    assert [s.amount.mg_per_kg for s in sessions_of(named_regimen("AUD single"))] == [
        pytest.approx(0.71)
    ]


def test_tablets_of_other_drugs_are_no_sessions():
    assert sessions_of(oral("50 mg", "naltrexone")) == ()


def test_sham_sessions_count_as_none():
    given = sessions_of(saline().weekly(3) + infusion("1 mg", over="1 h").delay("30 d"))
    assert [each.is_sham for each in given] == [True] * 3 + [False]
    assert counted(given) == 1
    assert counted(given, until_h=30 * 24) == 0


def test_another_dose():
    (one,) = sessions_of(infusion("0.5 mg/kg", over="40 min"))
    more = one.redosed("0.9 mg/kg")
    assert (more.amount.mg_per_kg, more.doses[0].duration_h) == (0.9, one.doses[0].duration_h)
    assert more.gives("900 ug/kg")
    assert not more.gives("0.9 mg")
    assert one.mg(80.0) == pytest.approx(40.0)


def test_another_dose_of_a_nasal_device_takes_more_devices():
    (one,) = sessions_of(intranasal("56 mg"))
    assert one.redosed("84 mg").doses == sessions_of(intranasal("84 mg"))[0].doses
    assert one.redosed("28 mg").amount.mg == 28


def test_another_dose_of_several_is_refused():
    (one,) = sessions_of(named_regimen("AUD single"))
    with pytest.raises(UserError, match="not clear where one session holds several doses"):
        one.redosed("1 mg/kg")
    (sham,) = sessions_of(saline())
    assert sham.redosed("1 mg/kg") == sham
