"""Sensitivity through the engine: closed forms, correlated errors, people, threads, mistakes."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim import Population, UserError, assemble, infusion, saline, simulate
from ketasim.inference.sensitivity import global_sensitivity, local_sensitivity
from ketasim.inference.sensitivity_factors import (
    correlated,
    mechanism_factors,
    single_factors,
    values_at,
    varied_parameters,
)

MODEL = """// title: One compartment
// systems: S1
// clock: kinetics
// biology: A bag with an outlet [@none].
model bag
  event_input rate_S_iv = 0 nmol/h // dose rate of S-ketamine
  event_input rate_R_iv = 0 nmol/h // dose rate of R-ketamine
  output conc = 0 nM // in the bag
  state A nmol       // amount
  A' = rate_S_iv + rate_R_iv - CLx/Vx*A;
  A = 0;
  conc := A/Vx;
end
"""
TABLE = """symbol,value,unit,spread,distribution,uncertainty,tier,source,note
CLx,70,L/h,{spread},{law},0.4,assumed,assumed: test,
Vx,100,L,,,0.2,assumed,assumed: test,
"""
DOSE = infusion("50 mg", over="1 h")


@pytest.fixture(scope="module")
def bag(tmp_path_factory):
    return one_compartment(tmp_path_factory.mktemp("bag"))


def one_compartment(folder, spread="", law=""):
    for name in ("mechanisms", "parameters"):
        (folder / name).mkdir()
    (folder / "mechanisms" / "bag.ant").write_text(MODEL)
    (folder / "parameters" / "bag.csv").write_text(TABLE.format(spread=spread, law=law))
    (folder / "sources.bib").write_text("@misc{none,\n  title = {None}\n}\n")
    return assemble(folder=folder)


def test_one_compartment_elasticities(bag):
    """AUC = dose/CL: -1 to clearance, 0 to volume. 1e-3: trapezoids, and steps of 1 %."""
    found = local_sensitivity(bag, DOSE, output="conc", measure="AUC", until="40 h")
    of = {p.symbol: found.elasticity[k, 0] for k, p in enumerate(found.parameters)}
    assert of["CLx"] == pytest.approx(-1, abs=1e-3)
    assert of["Vx"] == pytest.approx(0, abs=1e-3)


def test_one_compartment_after_the_dose(bag):
    """conc at t after a short infusion is D/V exp(-k t): elasticity -k t to CL, k t - 1 to V."""
    dose = infusion("50 mg", over="1 min")
    found = local_sensitivity(bag, dose, output="conc", at="2 h")
    of = {p.symbol: found.elasticity[k, 0] for k, p in enumerate(found.parameters)}
    elimination = 0.7 * (2 - 0.5 / 60)
    assert of["CLx"] == pytest.approx(-elimination, abs=2e-3)  # 1 % steps of an exponential
    assert of["Vx"] == pytest.approx(elimination - 1, abs=2e-3)


def test_one_compartment_swings(bag):
    """At the ends of the middle 90 %, AUC is D/CL there; the reference lies between."""
    found = local_sensitivity(bag, DOSE, output="conc", measure="AUC", until="400 h")
    k = [p.symbol for p in found.parameters].index("CLx")
    reach = np.exp(0.4 * 1.6448536)
    np.testing.assert_allclose([found.low_value[k], found.high_value[k]], [70 / reach, 70 * reach])
    ratio = found.low[k, 0] / found.reference[0], found.high[k, 0] / found.reference[0]
    np.testing.assert_allclose(ratio, [reach, 1 / reach], rtol=5e-3)  # trapezoids
    assert found.factors[found.ranking(0)[0]].name == "CLx"
    assert found.steepest(0)[0] == k


def test_one_compartment_sobol(bag):
    """AUC depends on CL alone; its concentration on both, as a sample of 2^16 draws says."""
    found = global_sensitivity(
        bag, DOSE, output="conc", measure=["AUC", "value"], at="3 h", until="40 h", n=512
    )
    place = {f.name: k for k, f in enumerate(found.factors)}
    first, total = found.indices.first, found.indices.total
    assert first[place["CLx"], 0] == pytest.approx(1, abs=0.06)  # its own interval is as wide
    assert total[place["Vx"], 0] == pytest.approx(0, abs=1e-3)
    rng = np.random.default_rng(1)
    rate, volume = (
        70 * np.exp(0.4 * rng.normal(size=2**16)),
        100 * np.exp(0.2 * rng.normal(size=2**16)),
    )

    def course(cl, v):
        return (1 - np.exp(-cl / v)) / cl * np.exp(-2 * cl / v)

    whole = course(rate, volume)
    alone = whole.var()
    moved = course(rate, rng.permutation(volume))
    truth = 0.5 * np.mean((whole - moved) ** 2) / alone
    assert total[place["Vx"], 1] == pytest.approx(truth, abs=0.03)  # 512 points
    assert found.by_mechanism.total[0, 0] == pytest.approx(1, abs=0.05)  # all there is
    assert found.lost == 0
    lognormal = np.exp([-1.6448536 * 0.4, 0, 1.6448536 * 0.4])
    np.testing.assert_allclose(
        [found.low[0], found.median[0], found.high[0]],
        found.reference[0] * lognormal,
        rtol=0.03,  # percentiles of 1024 points
    )


def test_people_are_moved_with_the_typical_one(tmp_path):
    """AUC of people who differ in CL: the mean goes with the typical CL, elasticity -1."""
    model = one_compartment(tmp_path, "0.5", "lognormal")
    people = Population("trd", n=32, seed=3, sampling="sobol")
    found = local_sensitivity(model, DOSE, people, output="conc", measure="AUC", until="400 h")
    one = local_sensitivity(model, DOSE, output="conc", measure="AUC", until="400 h")
    k = [p.symbol for p in found.parameters].index("CLx")
    assert found.elasticity[k, 0] == pytest.approx(-1, abs=2e-3)  # trapezoids
    assert found.people == 32
    jensen = np.exp(0.5**2 / 2)  # E(1/CL) of a lognormal
    assert found.reference[0] / one.reference[0] == pytest.approx(jensen, rel=0.05)  # 32 people


@pytest.fixture(scope="module")
def whole():
    return assemble()


def test_every_parameter_can_be_given_for_each_individual(whole):
    """One ensemble in which each individual has another parameter moved: nobody else is touched.

    Compared with one run for each of a few; bitwise, as individuals are independent.
    """
    rows, _ = varied_parameters(whole)
    n = len(rows)
    moved = {
        row.symbol: np.where(np.arange(n) == k, row.times(np.array(1.3)), row.value)
        for k, row in enumerate(rows)
    }
    times_h, outputs = [0.0, 1.0, 24.0], ["MADRS", "Cket", "dSBP"]
    dose = infusion("0.5 mg/kg", over="40 min")
    every = simulate(whole, dose, Population("typical", n=n), times_h, outputs, values=moved)
    assert set(every.status.values) == {"ok"}
    for k in range(0, n, 29):
        alone = simulate(
            whole, dose, Population("typical"), times_h, outputs,
            values={rows[k].symbol: float(rows[k].times(np.array(1.3)))},
        )  # fmt: skip
        np.testing.assert_array_equal(every.values[k], alone.values[0], err_msg=rows[k].symbol)


def test_a_value_for_each_individual_is_a_model_with_that_value(whole):
    """Initial values follow, too: MADRS before any dose is that of a model assembled so."""
    times_h, dose = [0.0, 24.0], infusion("0.5 mg/kg", over="40 min")
    for symbol, value in (("w_pl", 0.6), ("kd", 0.001), ("CL_S", 90.0)):
        given = simulate(whole, dose, Population("typical"), times_h, "MADRS",
                         values={symbol: value})  # fmt: skip
        built = simulate(assemble(values={symbol: value}), dose, Population("typical"),
                         times_h, "MADRS")  # fmt: skip
        np.testing.assert_allclose(given.values, built.values, rtol=1e-3)  # steps may differ


def test_what_is_varied(whole):
    rows, stay = varied_parameters(whole, ["kd"])
    names = {row.symbol for row in rows}
    why = {each.symbol: each.reason for each in stay}
    assert why["kd"] == "set by the question"
    assert "covariate" in why["WT"]
    assert "constant" in why["MW_ket"]
    assert not names & set(why)
    assert len(names) + len(why) == len(whole.parameters)
    assert not [name for name in names if name.startswith(("scale_", "block_"))]


def test_factors_cover_every_uncertain_parameter_once(whole):
    rows = tuple(row for row in varied_parameters(whole)[0] if row.error)
    for factors in (single_factors(rows), mechanism_factors(rows)):
        columns = [c for each in factors for c in each.columns]
        assert sorted(columns) == list(range(len(rows)))


def test_errors_of_a_calibration_go_together(whole):
    """20,000 draws: correlations of logarithms within 0.03 of those of the calibration."""
    rows = tuple(row for row in varied_parameters(whole)[0] if row.error)
    scores = np.random.default_rng(1).normal(size=(20_000, len(rows)))
    values = values_at(rows, scores)
    mood = next(each for each in correlated(rows) if each.name == "mood")
    logs = np.log([values[rows[c].symbol] for c in mood.columns])
    uncapped = [k for k, c in enumerate(mood.columns) if rows[c].unit != "fraction"]
    found = np.corrcoef(logs)
    np.testing.assert_allclose(
        found[np.ix_(uncapped, uncapped)],
        mood.correlation[np.ix_(uncapped, uncapped)],
        atol=0.03,
    )
    for k in uncapped:
        assert logs[k].std() == pytest.approx(rows[mood.columns[k]].error, rel=0.03)


def test_those_calibrated_with_a_value_that_stays_go_on_together(whole):
    rows, _ = varied_parameters(whole, ["g"])
    mood = next(each for each in correlated(rows) if each.name == "mood")
    assert len(mood.columns) == 6
    assert mood.correlation.shape == (6, 6)
    alone, _ = varied_parameters(whole, ["e_pka_ins", "w_ECT"])
    assert "comparators" not in {row.together for row in alone}


def asked(model, threads):
    return global_sensitivity(
        model, infusion("0.5 mg/kg", over="40 min"), control=saline(), at="24 h", n=16, kept=3,
        seed=5, threads=threads,
    )  # fmt: skip


def test_the_same_on_any_number_of_threads(whole):
    one, two = asked(whole, 1), asked(whole, 2)
    for name in ("first", "total", "total_low", "first_high"):
        np.testing.assert_array_equal(getattr(one.indices, name), getattr(two.indices, name))
        np.testing.assert_array_equal(
            getattr(one.by_mechanism, name), getattr(two.by_mechanism, name)
        )
    assert one.factors[-1].kind == "all others"
    assert len(one.factors) == 4
    assert sum(len(f.columns) for f in one.factors) == len(one.parameters)


def test_lost_sets_are_counted_and_the_rest_goes_on(bag, monkeypatch):
    """Every run whose clearance is far above the table's is taken away."""
    from ketasim.inference import sensitivity_runs

    real = sensitivity_runs.simulate

    def failing(*arguments, values, **others):
        result = real(*arguments, values=values, **others)
        result.values[values["CLx"] > 150] = np.nan
        return result

    monkeypatch.setattr(sensitivity_runs, "simulate", failing)
    found = global_sensitivity(bag, DOSE, output="conc", measure="AUC", n=128)
    assert 0 < found.lost < found.runs / 10
    assert found.indices.used.min() < 128
    assert np.isfinite(found.indices.total).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 1000}, "n: 1000 is not a power of 2 from 16 to 65,536; nearest: 1024"),
        ({"n": 0}, "nearest: 16"),
        ({"kept": 0}, "kept: 0"),
        ({"output": "concc"}, "no output 'concc'; nearest: conc"),
        ({"fixed": ["CL"]}, "fixed: no parameter 'CL'; nearest: CLx"),
        ({"measure": "advantage"}, "needs a control arm"),
    ],
)
def test_mistakes_are_one_line(bag, arguments, message):
    with pytest.raises(UserError) as error:
        global_sensitivity(bag, DOSE, **{"output": "conc", **arguments})
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_model_without_uncertainty_has_nothing_to_share_out(bag):
    with pytest.raises(UserError, match="no parameter of this model has an uncertainty"):
        global_sensitivity(bag, DOSE, output="conc", fixed=["CLx", "Vx"], n=16)


def test_a_set_swings_as_far_as_its_joint_errors_reach():
    """Half its swing is 1.645 sqrt(g' C g); 10 %: kinetics are not quite linear."""
    model = assemble(["absorption", "pk", "metabolites"])
    found = local_sensitivity(model, infusion("0.5 mg/kg", over="40 min"), output="Cnk", at="4 h")
    each = correlated(found.parameters)[0]
    columns = list(each.columns)
    errors = np.array([found.parameters[c].error for c in columns])
    gradient = found.slope[columns, 0] * errors
    reach = 1.6448536 * np.sqrt(gradient @ each.correlation @ gradient)
    low, high = found.factor_low[0, 0], found.factor_high[0, 0]
    assert found.factors[0].columns == each.columns
    assert low < found.reference[0] < high
    assert (high - low) / 2 == pytest.approx(reach, rel=0.1)
    independent = 1.6448536 * np.sqrt(gradient @ gradient)
    assert reach != pytest.approx(independent, rel=0.1)  # so that correlations matter here
