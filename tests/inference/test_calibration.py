"""The most probable parameters: closed forms, robustness, refusals."""

import numpy as np
import pytest

from ketasim import UserError
from ketasim.inference.calibration import (
    BETWEEN_STUDIES,
    Prior,
    calibrate,
    prior_names,
    read_priors,
)


def prior(symbol, value, sd, scale="log"):
    return Prior(symbol, value, sd, scale, "here", "made up")


def test_one_observation_and_one_prior_meet_where_their_precisions_say():
    # log x: prior N(log 2, 0.3^2), observed log 4 with error hypot(0.0, 0.1)
    found = calibrate(lambda s: s["x"][:, None], [4.0], [0.0], [prior("x", 2.0, 0.3)])
    wide, narrow = 1 / 0.3**2, 1 / BETWEEN_STUDIES**2
    expected = np.exp((wide * np.log(2) + narrow * np.log(4)) / (wide + narrow))
    # the soft loss gives a strong misfit a little less than its square
    assert found.values[0] == pytest.approx(expected, rel=0.05)
    assert found.sd[0] == pytest.approx((wide + narrow) ** -0.5, rel=1e-3)


def test_without_information_the_prior_stays():
    found = calibrate(
        lambda s: np.ones((len(s["x"]), 1)), [1.0], [0.1], [prior("x", 3.0, 0.5)], {"x": 9.0}
    )
    assert found.values[0] == pytest.approx(3.0, rel=1e-3)
    assert found.sd[0] == pytest.approx(0.5, rel=1e-6)


def test_a_share_stays_a_share():
    found = calibrate(lambda s: s["F"][:, None], [0.999], [0.01], [prior("F", 0.5, 2.0, "logit")])
    assert 0.5 < found.values[0] < 1


def test_what_only_a_product_shows_is_correlated():
    found = calibrate(
        lambda s: (s["a"] * s["b"])[:, None], [6.0], [0.0], [prior("a", 2, 1), prior("b", 3, 1)]
    )
    assert found.values[0] * found.values[1] == pytest.approx(6.0, rel=1e-3)
    assert found.correlation[0, 1] < -0.95


def test_one_strange_study_does_not_decide():
    seen = [10.0] * 9 + [100.0]
    found = calibrate(
        lambda s: np.repeat(s["x"][:, None], 10, axis=1), seen, [0.05] * 10, [prior("x", 10, 1)]
    )
    assert found.values[0] < 12  # the mean of the logarithms would be 12.6


@pytest.mark.parametrize(
    ("seen", "errors", "told"),
    [
        ([], [], "no findings"),
        ([1.0], [0.1, 0.2], "2 errors for 1"),
        ([1.0, -2.0], [0.1, 0.1], "observation 1 is -2"),
        ([1.0], [float("nan")], "error 0 is nan"),
    ],
)
def test_what_cannot_be_calibrated_on_is_refused(seen, errors, told):
    with pytest.raises(UserError, match=told):
        calibrate(lambda s: s["x"][:, None], seen, errors, [prior("x", 1, 1)])


def test_every_shipped_prior_is_sourced_and_a_parameter():
    from ketasim.model import assemble

    known = {row.symbol: row for row in assemble().parameters}
    for name in prior_names():
        for each in read_priors(name):
            assert each.source
            assert each.note
            assert each.sd > 0
            assert each.scale in ("log", "logit")
            assert known[each.symbol].tier == "calibrated"


def test_an_unknown_set_of_priors_is_named():
    with pytest.raises(UserError, match="unknown set 'pkk'; nearest: pk"):
        read_priors("pkk")
