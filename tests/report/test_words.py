"""Sentences follow the numbers, also when the answer is inconvenient."""

import re

import numpy as np
import pytest

from ketasim.report import summary, words
from ketasim.report.words import WORTHWHILE_POINTS
from tests.report import synthetic


def case(**arm):
    """Return contents whose main arm is built from the given keywords; control likewise dull."""
    n = arm.get("n", 60)
    arms = {
        "ketamine 0.5 mg/kg": synthetic.arm(**arm),
        "saline": synthetic.arm(n=n, fall=0.0, doses=0.0, end_h=arm.get("end_h", 672.0)),
    }
    return synthetic.contents(arms=arms)


def text_of(contents):
    parts = [words.headline(contents)]
    for paragraph in words.answer(contents):
        parts += [paragraph.text, *paragraph.items]
    return "\n".join(parts)


def test_a_benefit_is_told_with_its_own_numbers():
    contents = case()
    gap = summary.advantage(contents)
    told = words.headline(contents)
    assert f"lowers mean MADRS by up to {gap.points.max():.1f} points more" in told


def test_the_fall_that_is_divided_is_not_taken_for_the_advantage():
    told = words.headline(case(fall=16.0))
    assert (
        "points: the fall from each person's own start, compared with nothing given, "
        "not the advantage over “saline”)"
    ) in told


def test_a_larger_effect_changes_the_words():
    assert words.headline(case(fall=16.0)) != words.headline(case(fall=8.0))


@pytest.mark.parametrize(
    ("fall", "kind", "told"),
    [
        (16.0, "benefit", "lowers mean MADRS"),
        (0.0, "none", "do not differ by a worthwhile amount of MADRS"),
        (0.9, "none", "do not differ"),
        (-6.0, "harm", "does worse than “saline”"),
    ],
)
def test_the_verdict_follows_the_size(fall, kind, told):
    contents = case(fall=fall)
    assert words.effect(summary.advantage(contents)).kind == kind
    assert told in words.headline(contents)


def test_a_small_effect_says_what_is_held_to_matter():
    assert f"less than {WORTHWHILE_POINTS}" in words.mood_words(case(fall=0.9))


def test_a_difference_within_noise_is_no_answer():
    gap = summary.Advantage(
        np.array([0.0, 24.0]), np.array([0.0, 5.0]), np.array([0.0, 4.0]), 6, True
    )
    assert words.effect(gap).kind == "uncertain"


def test_noise_is_said_in_the_headline():
    main = synthetic.arm(n=4, fall=3.0)
    control = synthetic.arm(n=4, fall=0.0, seed=9).assign_coords(individual=[90, 91, 92, 93])
    contents = synthetic.contents(arms={"ketamine 0.5 mg/kg": main, "saline": control})
    assert words.effect(summary.advantage(contents)).kind == "uncertain"
    assert words.headline(contents).startswith("No answer")


def test_without_control_expectation_is_named():
    arms = {"ketamine 0.5 mg/kg": synthetic.arm()}
    contents = synthetic.contents(arms=arms, control_arm=None)
    assert "without a control arm" in words.headline(contents)


def test_without_madrs_nothing_is_claimed_about_mood():
    arms = {"ketamine 0.5 mg/kg": synthetic.arm(outputs=["Cket"])}
    contents = synthetic.contents(arms=arms, control_arm=None, attribution=())
    told = text_of(contents)
    assert "MADRS was not recorded" in told
    assert "respond" not in told
    assert "Plasma ketamine peaks" in told


def test_a_short_course_says_nothing_about_later_days():
    told = text_of(case(end_h=24.0))
    assert "day 14" not in words.mood_words(case(end_h=24.0))
    assert "A week after" not in told


def test_a_drug_free_arm_says_nothing_about_the_drug():
    assert words.exposure_words(case(doses=0.0)) == ""


def test_the_drug_is_gone_when_its_median_is():
    contents = case()
    gone = words.gone_h(contents, "Cket")
    median = summary.course(contents.main, "Cket")
    after = median.median[median.time_h >= gone]
    assert after.max() < 0.01 * median.median.max()
    assert f"below 1 % of its peak from {words.moment(gone)}" in words.exposure_words(contents)


def test_an_effect_that_still_grows_is_not_said_to_fade():
    told = words.mood_words(case(end_h=5.0))
    assert "it is still growing" in told
    assert "Left of this" not in told


def test_a_week_later_drug_and_effect_are_set_side_by_side():
    told = words.how_words(case())
    assert "less than 1 % of the peak plasma ketamine" in told
    assert "spines" in told


def test_one_person_is_no_population():
    told = text_of(case(n=1, fall=16.0))
    assert "the one person simulated" in told
    assert "90 % of persons" not in told


@pytest.mark.parametrize("fall", [-6.0, 0.0, 0.9, 8.0, 30.0])
@pytest.mark.parametrize("n", [1, 2, 60])
def test_no_sentence_is_broken(fall, n):
    told = text_of(case(fall=fall, n=n))
    assert not re.search(r"\bnan\b|None|inf\b|  |\.\.|-\d", told)
    for line in told.splitlines():
        assert line == line.strip()


def test_failed_persons_do_not_reach_the_words_as_nan():
    assert "nan" not in text_of(case(broken=(0, 1)))
