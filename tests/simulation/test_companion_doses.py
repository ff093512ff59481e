"""Doses of other drugs reach their kinetics, or say which companion has them."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim import UserError
from ketasim.dosing import bolus, daily, hold, infusion, injection, oral
from ketasim.model import assemble
from ketasim.population import Population
from ketasim.simulation import simulate

ONE = Population("typical").fix(WT=70.0)
GIVEN = {
    "midazolam": (infusion("0.045 mg/kg", over="40 min", drug="midazolam"), "u_midazolam"),
    "naltrexone": (oral("50 mg", "naltrexone"), "u_NTX"),
    "escitalopram": (oral("10 mg", "escitalopram"), "u_SSRI"),
    "memantine": (oral("20 mg", "memantine").repeat(every="24 h", times=28), "Bin"),
    "lanicemine": (infusion("100 mg", over="60 min", drug="lanicemine"), "Bin"),
    "rapamycin": (oral("6 mg", "rapamycin"), "u_rapa"),
    "NBQX": (injection("10 mg/kg", "ip", "NBQX"), "u_NBQX"),
    "MK801": (injection("0.1 mg/kg", "ip", "MK-801"), "Bin"),
}


@pytest.fixture(scope="module")
def default():
    return assemble()


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_a_dose_enters_its_companion_and_acts(name):
    regimen, output = GIVEN[name]
    model = assemble(companions=[name])
    dose_mg_70 = regimen.doses[0].amount.mg + 70 * regimen.doses[0].amount.mg_per_kg
    held = [s for s in model.outputs if s.endswith(f"_{name}") and model.outputs[s].unit == "nmol"]
    held += ["A_naltrexol"] if name == "naltrexone" else []
    result = simulate(model, regimen, ONE, [0.0, 2.0, 12.0], [*held, output], rtol=1e-6)
    values = dict(zip([*held, output], result.values[0].T, strict=True))
    assert values[output][1] > 0.005
    # what is in the body and what has left it is the dose; rtol of the run
    total_nmol = sum(values[state][1] for state in held)
    molar_mass = next(r.value for r in model.parameters if r.symbol == f"MW_{name}")
    assert total_nmol == pytest.approx(dose_mg_70 * 1e6 / molar_mass, rel=1e-3)


@pytest.mark.parametrize("name", sorted(set(GIVEN) - {"midazolam"}))
def test_without_its_companion_a_dose_is_refused_with_advice(name, default):
    with pytest.raises(UserError) as error:
        simulate(default, GIVEN[name][0], ONE, [0.0, 1.0], ["MADRS"])
    assert "\n" not in str(error.value)
    assert f"add its kinetics, as in assemble(companions=['{name}'])" in str(error.value)


def test_without_its_companion_midazolam_is_the_clamp_it_was(default):
    times = [0.0, 0.3, 1.0, 1.9, 2.5, 4.0]
    clamped = simulate(default, GIVEN["midazolam"][0], ONE, times, ["sedation"]).values[0, :, 0]
    share = next(row.value for row in default.parameters if row.symbol == "w_mdz")
    assert clamped[2:4] == pytest.approx(share, rel=0.02)
    joined = assemble(companions=["midazolam"])
    kinetic = simulate(joined, GIVEN["midazolam"][0], ONE, times, ["sedation"]).values[0, :, 0]
    assert kinetic[2] < clamped[2]  # it fades after the infusion
    assert kinetic[5] > 0.05 > clamped[5]  # and does not end with the session


def test_a_dose_of_ketamine_alone_is_the_same_with_companions(default):
    regimen, times = infusion("0.5 mg/kg", over="40 min"), [0.0, 1.0, 24.0, 168.0]
    names = ["MADRS", "CADSS", "Cket"]
    joined = assemble(companions=["midazolam", "naltrexone", "memantine", "escitalopram"])
    one = simulate(default, regimen, ONE, times, names, rtol=1e-6).values
    other = simulate(joined, regimen, ONE, times, names, rtol=1e-6).values
    # twice a hundred times rtol, of scores of tens
    assert np.abs(one - other).max() < 2e-2


@pytest.mark.parametrize(
    "regimen",
    [hold("u_NTX", for_="8 h"), daily("naltrexone", for_="3 days")],
    ids=["hold", "daily"],
)
def test_what_is_computed_cannot_be_held(regimen):
    with pytest.raises(UserError, match="'u_NTX' is computed by mechanism 'naltrexone'; leave it"):
        simulate(assemble(companions=["naltrexone"]), regimen, ONE, [0.0, 1.0], ["MADRS"])


def test_tablets_of_other_drugs_are_no_session():
    assert not oral("50 mg", "naltrexone").doses[0].session
    assert oral("1 mg/kg").doses[0].session
    assert oral("50 mg", "naltrexone", session=True).doses[0].session


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda m: simulate(m, bolus("1 mg"), ONE, [0.0], ["MADRS"], values={"CL_S": -1}),
         "values: CL_S = -1 is negative"),
        (lambda m: simulate(m, bolus("1 mg"), ONE, [0.0], ["MADRS"], values={"Q2_S": -1}),
         "values: Q2_S = -1 is negative"),
        (lambda m: simulate(m, bolus("1 mg"), ONE.fix(V2_S=-2), [0.0], ["MADRS"]),
         "overrides: V2_S = -2 is negative"),
        (lambda m: simulate(m, bolus("1 mg"), ONE.fix(WT=-5), [0.0], ["MADRS"]),
         "overrides: WT = -5 is not positive"),
        (lambda m: assemble(values={"CL_S": -1}), "values: CL_S = -1 is negative"),
        (lambda m: assemble(values={"E_h": 1.2}), "values: E_h = 1.2 is not between 0 and 1"),
    ],
)  # fmt: skip
def test_impossible_values_are_refused(call, told, default):
    with pytest.raises(UserError) as error:
        call(default)
    assert str(error.value) == told


def test_a_gain_may_be_negative_and_a_stress_load_nothing():
    """Only what cannot be is refused: a hypothesis may turn a sign, a person may be healthy."""
    assemble(values={"e_srg_ht": -0.1, "D0": 0.0})
