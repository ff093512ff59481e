"""Standard errors of clinical observations: what is printed, or closed forms from n."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ketasim.evidence.clinical_observed import USUAL_SD, observed_and_se, standard_error
from ketasim.trial.scales import scale
from tests.evidence.trials import finding

CHANGE = 'endpoint = "change"\nat = "24 h"\nvalue = -10\nunit = "points"\n'
DIFFERENCE = 'comparator = "saline"\ncontrast = "difference"\n' + CHANGE
RESPONSE = 'endpoint = "response"\nat = "24 h"\nvalue = 50\nunit = "%"\n'
EFFECT = 'comparator = "saline"\ncontrast = "effect size"\nendpoint = "change"\nat = "24 h"\n'
ODDS = 'comparator = "saline"\ncontrast = "odds ratio"\nendpoint = "response"\nat = "24 h"\n'


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (CHANGE + "dispersion = { se = 2.5 }", 2.5),
        (CHANGE + "dispersion = { sd = 10 }", 10 / math.sqrt(20)),
        (CHANGE + "dispersion = { ci95 = [-13.92, -6.08] }", 2.0),
        (CHANGE, USUAL_SD / math.sqrt(20)),
        (CHANGE + "n = 5", USUAL_SD / math.sqrt(5)),
        (DIFFERENCE, USUAL_SD * math.sqrt(1 / 20 + 1 / 15)),
        (CHANGE + 'scale = "HAMD17"', scale("HAMD17").slope * USUAL_SD / math.sqrt(20)),
        (RESPONSE, 50 / math.sqrt(20)),
        (EFFECT + 'value = 0\nunit = "SMD"', math.sqrt(1 / 20 + 1 / 15)),
        (
            ODDS + 'value = 4\nunit = "ratio"\ndispersion = { ci95 = [2, 8] }',
            4 * math.log(4) / (2 * 1.96),
        ),
        (CHANGE + "dispersion = { se = 3 }\nreading_error = 0.4", 5.0),
    ],
)
def test_error_is_what_is_printed_or_follows_from_n(lines, error):
    assert standard_error(finding(lines)) == pytest.approx(error, rel=2e-3)


def test_no_share_is_without_error():
    none = finding(RESPONSE.replace("50", "0"))
    assert 1 < standard_error(none) < 6


def test_values_and_errors_stand_side_by_side():
    values, errors = observed_and_se([finding(CHANGE), finding('out_of_scope = "none"')])
    np.testing.assert_allclose(values, [-10, np.nan])
    assert np.isnan(errors[1])
