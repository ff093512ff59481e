"""Units of data files: by hand-worked factors."""

import pytest

from ketasim.dosing.data_units import analyte, analytes, hours_in, milligrams
from ketasim.dosing.drugs import drug


@pytest.mark.parametrize(
    ("name", "unit", "factor"),
    [
        ("Cket", "ng/mL", 1.0),
        ("Cket", "ug/L", 1.0),
        ("Cket", "µg/mL", 1000.0),
        ("Cket", "nM", 0.23773),  # 237.73 ng in a nmol, 1000 mL in a L
        ("vS", "nM", 1.0),
        ("vS", "ng/mL", 1000 / 237.73),
        ("vNS", "umol/L", 1000.0),
        ("cHS", "ng/mL", 1000 / 239.7),
        ("MADRS", "points", 1.0),
    ],
)
def test_factors_into_the_unit_of_the_output(name, unit, factor):
    assert analytes()[name].factor(unit) == pytest.approx(factor, rel=1e-14)


def test_what_is_no_unit():
    assert analytes()["Cket"].factor("ng/ml/h") == "is no unit of a concentration; nearest: ng/mL"
    assert analytes()["MADRS"].factor("nM") == "is no unit of MADRS, which has points"
    assert hours_in("hh") == "is no unit of time; nearest: h"
    assert milligrams("nmoll", drug("ketamine")) == "is no unit of a dose; nearest: nmol"


def test_amounts_and_times():
    assert milligrams("ug/kg", drug("ketamine")) == (1e-3, True)
    factor, per_kg = milligrams("umol", drug("ketamine"))
    assert factor == pytest.approx(0.23773, rel=1e-14)
    assert not per_kg
    assert hours_in("min") == pytest.approx(1 / 60)


def test_words_for_analytes():
    assert analyte("S-Ketamine", {}).output == "vS"
    assert analyte("NORKETAMINE", {}).output == "Cnk"
    assert analyte("cket", {}) == "; nearest: Cket"  # names of outputs are as they are written
    assert analyte("lig", {"lig": "dimensionless"}).unit == "dimensionless"


def test_every_analyte_is_sourced_and_named_once():
    words = [word.lower() for one in analytes().values() for word in one.words]
    assert len(words) == len(set(words))
