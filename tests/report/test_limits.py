"""What speaks against the result is said."""

import pytest

from ketasim.report import Dose
from ketasim.report.limits import limits
from tests.report import synthetic


def told(**changes):
    return "\n".join(limits(synthetic.contents(**changes)))


def test_failed_persons_are_counted_and_named():
    arms = {"ketamine 0.5 mg/kg": synthetic.arm(broken=(7, 9)), "saline": synthetic.arm()}
    text = told(arms=arms)
    assert "2 persons of 60 in “ketamine 0.5 mg/kg”" in text
    assert "7, 9" in text
    assert "status 2 (2)" in text


def test_nobody_failed_is_not_mentioned():
    assert "no result" not in told()


def test_a_lost_dose_condemns_the_arm():
    text = told(doses={"ketamine 0.5 mg/kg": Dose(2400.0, 2399.0)})
    assert "prescribed 2400 mg, delivered 2399 mg" in text
    assert "wrong" in text


def test_rounding_is_no_lost_dose():
    assert "Dose lost" not in told(doses={"ketamine 0.5 mg/kg": Dose(2400.0, 2400.0 * (1 + 1e-12))})


def test_lint_errors_are_told_and_warnings_are_not_errors():
    assert "fails" not in told()
    text = told(lint=[("error", "bounds", "glu", "below 0"), ("ok", "dose", "", "")])
    assert "fails 1 of its own checks: bounds" in text


def test_lint_that_was_not_run_is_told():
    assert "were not run" in told(lint=())


def test_contradictions_are_told_with_both_numbers():
    assert "day 28 gap. Observed −4.0, model −9.3" in told()


def test_agreement_with_what_was_in_view_is_no_prediction():
    assert "1 of 2 comparisons below was in view" in told()


def test_assumed_and_calibrated_are_counted_and_derived_is_neither():
    text = told()
    assert (
        "1 of 5 parameters is assumed and 1 was calibrated, those of kinetics, expectancy and mood"
        in text
    )
    assert "not measured" not in text


def test_points_that_belong_to_nobody_are_told():
    from dataclasses import replace

    whole = synthetic.tables()[0]
    assert "belong to none" not in told(attribution=[whole])
    assert "up to 2.0 points belong to none" in told(
        attribution=[replace(whole, total=whole.total + 2.0)]
    )


@pytest.mark.parametrize(("n", "words"), [(1, "One person"), (60, "Bands show")])
def test_what_bands_hold(n, words):
    arms = {"ketamine 0.5 mg/kg": synthetic.arm(n=n), "saline": synthetic.arm(n=n, fall=0)}
    assert words in told(arms=arms)


def test_no_control_is_told():
    assert "no control arm" in told(control_arm=None)


def test_limits_given_by_the_study_are_kept():
    assert "chosen by hand" in told()
