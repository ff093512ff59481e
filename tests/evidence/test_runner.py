"""Predictions: closed forms, the same people in every arm, the same numbers for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.evidence import observed_values, predict, predict_typical, read_findings
from ketasim.evidence.experiments import what_is_missing
from ketasim.evidence.people import participants, uncertain
from ketasim.evidence.runner import kinetic_model, model_for, predict_people, whole_model
from ketasim.model import assemble
from tests.evidence.small import SMALL as TEXT
from tests.evidence.small import findings, one

SMALL = tuple(findings().values())
MODEL = kinetic_model()


def test_clearance_is_the_parameter_at_the_reference_weight():
    (cl, _) = predict_typical(SMALL, {"CL_S": 77.0})
    assert cl == pytest.approx(77.0, rel=2e-3)  # AUC by trapezoids of at most an hour


def test_clearance_and_volume_per_weight():
    heavy = findings(("WT = 70", "WT = 140"), ('unit = "L/h"', 'unit = "L/h/70 kg"'))
    (cl, _) = predict_typical(tuple(heavy.values()), {"CL_S": 77.0})
    assert cl == pytest.approx(77.0 * 2**0.75 / 2, rel=2e-3)
    ratio = one('measure = "volume"\nvalue = 1\nunit = "L/kg"')
    litres = one('measure = "volume"\nvalue = 1\nunit = "L"')
    per_kg, whole = predict_typical([ratio, litres])
    assert whole == pytest.approx(70 * per_kg)


def test_what_is_given_into_a_vein_is_all_there():
    iv = one('comparator = "iv"\nmeasure = "F"\nvalue = 100\nunit = "%"', 'arm = "iv"')
    assert predict_typical([iv])[0] == pytest.approx(100.0)


def test_many_settings_at_once_are_the_same_as_one_by_one():
    values = np.array([60.0, 90.0, 120.0])
    together = predict_typical(SMALL, {"CL_S": values, "E_h": 0.7})
    apart = [predict_typical(SMALL, {"CL_S": v, "E_h": 0.7}) for v in values]
    assert together.shape == (3, 2)
    np.testing.assert_allclose(together, apart, rtol=1e-12)  # sums of areas round otherwise


def test_order_of_findings_changes_nothing():
    np.testing.assert_array_equal(predict_typical(SMALL[::-1])[::-1], predict_typical(SMALL))


def test_observed_stands_beside_predicted():
    down = one('comparator = "oral"\nmeasure = "AUC"\ncontrast = "change"\nvalue = -25\nunit = "%"')
    beyond = one('out_of_scope = "no such route"', arm="")
    np.testing.assert_array_equal(observed_values([SMALL[0], down, beyond]), [90, 0.75, np.nan])
    assert np.isnan(predict_typical([SMALL[0], beyond])[1])


def test_people_are_the_same_in_every_arm_but_for_its_covariates():
    iv, oral = SMALL[0].arm, SMALL[1].arm
    assert iv is not None
    assert oral is not None
    first, second = (participants(arm, MODEL, 50, seed=3) for arm in (iv, oral))
    np.testing.assert_array_equal(first["CL_S"], second["CL_S"])
    np.testing.assert_array_equal(first["age"], second["age"])
    assert set(first["WT"]) == {70.0}
    assert 60 <= second["WT"].min() < 65
    assert 75 < second["WT"].max() <= 80


def test_same_seed_same_numbers():
    def told(seed: int) -> list[tuple[float, float, float]]:
        found = predict(SMALL, seed=seed, people=20, draws=8)
        return [(each.predicted, each.low, each.high) for each in found]

    assert told(1) == told(1)
    assert told(1) != told(2)


def test_people_differ_as_the_tables_say():
    shown = predict_people(SMALL[:1], MODEL, 200, 1)[SMALL[0]]
    spread = {row.symbol: row.spread for row in MODEL.parameters}["CL_S"]
    assert np.log(shown[0]).std() == pytest.approx(spread, rel=0.1)


def test_uncertain_values_have_the_tables_uncertainty():
    drawn = uncertain(MODEL, 256, 1)
    rows = {row.symbol: row for row in MODEL.parameters}
    assert "WT" not in drawn
    cl = drawn["CL_S"]
    assert cl[0] == rows["CL_S"].value
    assert np.log(cl[1:]).std() == pytest.approx(rows["CL_S"].uncertainty, rel=0.1)
    for symbol, values in drawn.items():
        if rows[symbol].unit == "fraction":
            assert values.max() <= 1.0


def test_model_is_as_large_as_the_readouts_need():
    mood = one('measure = "Cmax"\nvalue = 1\nunit = "nM"')
    assert model_for([mood]) is MODEL
    head = TEXT.split("[[finding]]")[0]
    body = '[[finding]]\nid = "m"\narm = "iv"\noutput = "MADRS"\nmeasure = "value"\nat = "1 d"\n'
    points = read_findings(f'{head}{body}value = 30\nunit = "points"', "s.toml")
    assert model_for(points) is whole_model()
    wrong = read_findings(f'{head}{body}value = 30\nunit = "%"', "s.toml")
    with pytest.raises(UserError, match=r"s\.toml: m: unit: '%' is not that of MADRS; nearest: p"):
        what_is_missing(wrong[0], whole_model())


def test_what_the_model_lacks_is_named():
    lacking = findings(("WT = 70", "WTT = 70"))["iv_cl"]
    told = "the model has no parameter 'WTT'; nearest: WT"
    assert what_is_missing(lacking, MODEL) == what_is_missing(lacking) == told


def test_route_that_a_smaller_model_lacks_is_named():
    missing = what_is_missing(SMALL[1], assemble(["pk", "metabolites"]))
    assert missing.startswith("the model has no ")
    assert "dose by oral" in missing
