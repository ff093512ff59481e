"""The regimen algebra: when doses fall, what it reads like, that it never changes."""

from dataclasses import FrozenInstanceError

import pytest

from ketasim.dosing import Regimen, daily, hold, infusion, oral, saline
from ketasim.errors import UserError

KETAMINE = infusion("0.5 mg/kg", over="40 min")


def days(regimen: Regimen) -> list[float]:
    return sorted(dose.start_h / 24 for dose in regimen.doses)


def test_weekly_schedules_fall_on_trial_days():
    assert days(KETAMINE.weekly(weeks=2)) == [0, 7]
    assert days(KETAMINE.twice_weekly(weeks=2)) == [0, 3, 7, 10]  # NCT04599855
    assert days(KETAMINE.thrice_weekly(weeks=2)) == [0, 2, 4, 7, 9, 11]  # six in twelve days


def test_repeat_counts_from_start_to_start():
    assert days(KETAMINE.repeat(every="84 h", times=3)) == [0, 3.5, 7]


def test_boosters_count_from_the_last_session_to_the_limit():
    boosted = KETAMINE.twice_weekly(weeks=2).then(every="4 weeks", until="6 months")
    assert days(boosted) == [0, 3, 7, 10, 38, 66, 94, 122, 150, 178]


def test_until_includes_its_own_hour():
    assert days(KETAMINE.then(every="1 week", until="2 weeks")) == [0, 7, 14]


def test_boosters_may_continue_boosters():
    taper = KETAMINE.then(every="1 week", times=2).then(every="2 weeks", times=1)
    assert days(taper) == [0, 7, 14, 28]


def test_then_starts_at_the_end_of_the_schedule_or_after_the_last_session():
    first = KETAMINE.weekly(weeks=2)
    assert days(first.then(saline())) == [0, 7, 14]
    assert days(first.then(saline(), after="1 day")) == [0, 7, 8]


def test_after_a_hold_counts_from_its_end():
    assert days(daily("SSRI", weeks=2).then(KETAMINE, after="1 day")) == [15]


def test_sum_keeps_both_clocks():
    both = KETAMINE + oral("1 mg/kg").delay("1 day")
    assert days(both) == [0, 1]


def test_sum_is_commutative_but_for_words():
    left, right = KETAMINE + oral("1 mg"), oral("1 mg") + KETAMINE
    assert set(left.doses) == set(right.doses)
    assert (left.anchor_h, left.length_h) == (right.anchor_h, right.length_h)


def test_an_antagonist_before_the_dose_gives_a_lead():
    blocked = hold("u_NBQX", for_="8 h", at="-30 min") + KETAMINE
    assert blocked.lead_h == 0.5
    assert blocked.doses[0].start_h == 0.0
    assert KETAMINE.lead_h == 0.0


def test_until_stops_doses_and_ends_holds():
    stopped = (KETAMINE.weekly(weeks=4) + daily("SSRI", weeks=4)).until("10 days")
    assert days(stopped) == [0, 7]
    assert [(step.start_h, step.end_h) for step in stopped.holds] == [(0.0, 240.0)]


def test_open_label_covers_every_session():
    told = KETAMINE.weekly(weeks=2).open_label().then(every="1 week", times=1)
    assert {step.input for step in told.holds} == {"u_open"}
    assert [(step.start_h, step.end_h) for step in told.holds] == [
        (0.0, 2.0),
        (168.0, 170.0),
        (336.0, 338.0),
    ]


def test_reads_like_a_protocol():
    regimen = KETAMINE.twice_weekly(weeks=2).then(every="4 weeks", until="6 months")
    assert str(regimen) == (
        "0.5 mg/kg ketamine IV over 40 min, twice weekly for 2 weeks; "
        "then every 4 weeks until 6 months"
    )
    both = regimen + daily("SSRI", weeks=8)
    assert str(both) == f"({regimen}) + daily SSRI for 8 weeks"
    salt = infusion("1 mg/kg", over="1 h", drug="esketamine", salt="hydrochloride")
    assert str(salt) == "1 mg/kg esketamine hydrochloride IV over 1 h"
    assert str(saline().weekly(weeks=1)) == "saline IV over 40 min, once weekly for 1 week"


def test_a_regimen_never_changes():
    before = str(KETAMINE), KETAMINE.doses
    KETAMINE.weekly(weeks=3).open_label()
    assert (str(KETAMINE), KETAMINE.doses) == before
    with pytest.raises(FrozenInstanceError):
        KETAMINE.text = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: KETAMINE.then(),
            "then: nothing to continue with; give a regimen or every='4 weeks'",
        ),
        (
            lambda: KETAMINE.then(every="4 weeks"),
            "then: every='4 weeks' needs an end; give until='6 months' or times=6",
        ),
        (
            lambda: KETAMINE.then(every="4 weeks", until="1 week"),
            "until: '1 week' is before the first session of every='4 weeks'",
        ),
        (
            lambda: KETAMINE.then(every="4 weeks", after="1 week", times=2),
            "then: give either every or after, not both",
        ),
        (
            lambda: KETAMINE.then(saline(), times=2),
            "then: until and times need every, as in every='4 weeks'",
        ),
        (lambda: KETAMINE.repeat("84 h", 0), "times: 0 is not a whole number of at least 1"),
        (lambda: KETAMINE.weekly(weeks=-1), "weeks: -1 is not a whole number of at least 1"),
    ],
)
def test_mistakes_are_told_in_one_line(call, message):
    with pytest.raises(UserError) as caught:
        call()
    assert str(caught.value) == message
