"""Units of findings: what each means, and that kinds are not mixed."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.evidence.quantities import KINDS, in_unit, unit_of

MASS = 237.73

SAME = [
    ("concentration", "ng/mL", 1000.0, 237.73),
    ("concentration", "mg/L", 1000.0, 0.23773),
    ("concentration", "umol/L", 1000.0, 1.0),
    ("exposure", "ng*h/mL", 1000.0, 237.73),
    ("exposure", "ng*min/mL", 1000.0, 237.73 * 60),
    ("exposure", "umol*h/L", 1000.0, 1.0),
    ("time", "min", 2.0, 120.0),
    ("clearance", "mL/min", 60.0, 1000.0),
    ("clearance", "mL/min/kg", 60.0, 1000.0 / 35),
    ("clearance", "L/h/70 kg", 60.0, 120.0),
    ("volume", "L/kg", 70.0, 2.0),
    ("share", "%", 0.25, 25.0),
    ("ratio", "fold", 2.5, 2.5),
]


@pytest.mark.parametrize(("kind", "unit", "inside", "told"), SAME)
def test_inside_value_in_the_unit(kind, unit, inside, told):
    found = in_unit(np.array([inside]), unit_of(kind, unit), MASS, 35.0)
    assert found[0] == pytest.approx(told, rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_unit_of_another_kind_is_refused(kind):
    wrong = "min" if kind != "time" else "ng/mL"
    with pytest.raises(UserError, match=f"unit: '{wrong}' is no unit of {kind}"):
        unit_of(kind, wrong)
