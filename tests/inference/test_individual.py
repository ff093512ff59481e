"""Individual estimates: recovered where data are rich, shrunk as theory says where they are not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from ketasim import Population, UserError, simulate
from ketasim.dosing import infusion
from ketasim.inference.individual import estimate
from ketasim.inference.individual_bands import bands, posterior_scores
from ketasim.inference.individual_fit import CONVERGED, NO_SAMPLES
from ketasim.inference.individual_samples import BEFORE_DRUG, NOT_MEASURED, USED, Individual
from ketasim.model import assemble, load_mechanism, mechanism_names
from ketasim.population import ResidualError, draw, residual_errors, with_residual_error

DOSE = infusion("0.5 mg/kg", over="40 min")
TIMES = np.array([0.2, 0.5, 0.67, 0.8, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 24.0])
OUTPUTS = ("Cket", "Cnk")
KIN = """// title: One compartment
// systems: S9
// clock: kinetics
// biology: A dose is cleared [@smith2020].
model kin
  event_input rate_S_iv = 0 nmol/h  // infusion
  output cS = 0 nM                  // plasma
  state A nmol                      // in the body
  cS := A/V;
  A' = rate_S_iv - CL*cS;
  A = 0;
end
"""
TABLE = """symbol,value,unit,spread,distribution,uncertainty,tier,source,note
CL,10,L/h,0.3,lognormal,,measured,smith2020,
V,20,L,,,,measured,smith2020,
"""


@pytest.fixture(scope="module")
def model():
    carriers = [m for m in mechanism_names() if load_mechanism(m).clock == "kinetics"]
    return assemble([m for m in carriers if m != "brain"])


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    for name, text in {
        "mechanisms/kin.ant": KIN,
        "parameters/kin.csv": TABLE,
        "sources.bib": '@misc{smith2020, title = "A toy", year = {2020}}\n',
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return assemble(folder=folder)


def simulated(model, n, error, times=TIMES, seed=5):
    """Return people with samples, and the scores they were drawn with, shape (n, p)."""
    people = Population("healthy", n=n, seed=seed)
    clean = simulate(model, DOSE, people, times, OUTPUTS, rtol=1e-8)
    names, drawn = draw(people, model.parameters)
    columns = dict(zip(names, drawn.T, strict=True))
    seen = [
        with_residual_error(clean.values[:, :, k], error[name], output=name, seed=seed)
        for k, name in enumerate(OUTPUTS)
    ]
    outputs = tuple(name for name in OUTPUTS for _ in times)
    covariates = [name for name in ("WT", "age", "sex", "cyp2b6", "liver") if name in columns]
    found = [
        Individual(
            str(k + 1),
            (DOSE,),
            outputs,
            np.tile(times, len(OUTPUTS)),
            np.concatenate([column[k] for column in seen]),
            {name: float(columns[name][k]) for name in covariates},
        )
        for k in range(n)
    ]
    return found, columns


def true_scores(found, columns):
    """Return the scores that give the values people were drawn with."""
    scores = []
    for law in found.prior.laws:
        values = columns[law.symbol]
        if law.distribution == "lognormal":
            scores.append(np.log(values / law.value) / law.spread)
        else:
            shift = np.log(values / (1 - values)) - np.log(law.value / (1 - law.value))
            scores.append(shift / law.spread)
    return np.array(scores).T


def test_rich_samples_with_little_error_give_the_scores_back(model):
    error = {name: ResidualError(proportional=0.005) for name in OUTPUTS}
    people, columns = simulated(model, 40, error)
    found = estimate(model, people, residual=error, population="healthy")
    assert {one.status for one in found.individuals} == {CONVERGED}
    good = [k for k, one in enumerate(found.individuals) if not one.is_far_off]
    # so little error makes narrow tops: one or two people may end on a lower one, and say so
    assert len(good) >= 37
    etas = np.array([found.individuals[k].eta for k in good])
    ses = np.array([found.individuals[k].eta_se for k in good])
    miss = etas - true_scores(found, columns)[good]
    known = found.information > 0.98
    # the norketamine clearance at least, and what is cleared and where it spreads
    assert known.sum() >= 4
    assert {"CL_S", "CL_NK"} <= {s for s, k in zip(found.prior.symbols, known, strict=True) if k}
    assert np.median(np.abs(miss[:, known])) < 0.05
    # honest errors: misses are of the size of the SE (median of a normal one: 0.67)
    assert 0.4 < np.median(np.abs(miss / ses)[:, known]) < 1.0


def test_the_estimate_is_the_textbook_shrinkage(toy):
    """At steady state ln C is linear in ln CL, so that the answer is known in closed form."""
    spread, sigma = 0.3, 0.25
    regimen = infusion("10 mg", over="200 h", drug="esketamine")
    times = np.array([150.0, 170.0, 190.0])
    error = {"cS": ResidualError(log_sd=sigma)}
    level = simulate(toy, regimen, Population(), times, ["cS"], rtol=1e-10).values[0, :, 0]
    misses = np.array([0.5, 0.1, 0.3])
    person = Individual("1", (regimen,), ("cS",) * 3, times, level * np.exp(misses))
    found = estimate(toy, [person], residual=error).individuals[0]
    # minimise sum((r + spread z)^2)/sigma^2 + z^2 over z
    weight = sigma**2 + 3 * spread**2
    assert found.eta[0] == pytest.approx(-spread * misses.sum() / weight, abs=1e-5)
    assert found.eta_se[0] == pytest.approx(sigma / np.sqrt(weight), rel=1e-5)
    assert found.values[0] == pytest.approx(10 * np.exp(spread * found.eta[0]), rel=1e-12)


def test_scipy_finds_the_same_top(model):
    errors = residual_errors()
    people, _ = simulated(model, 3, errors, np.array([0.67, 2.0, 6.0]))
    found = estimate(model, people, population="healthy")
    precision = np.linalg.inv(found.prior.correlation)
    for one in found.individuals:
        y = one.person.values

        def objective(scores, person=one.person, y=y):
            f = found.curves.at_samples([person], [scores[None, :]])[0][0]
            share = np.array([errors[name].proportional for name in person.outputs])
            variance = (share * f) ** 2
            return np.sum((y - f) ** 2 / variance + np.log(variance)) + scores @ precision @ scores

        told = minimize(objective, one.eta + 0.05, method="BFGS", options={"gtol": 1e-4})
        # both stop within about 1e-3 SD of the top: the objective differs by 1e-6 there
        assert one.objective <= told.fun + 1e-5
        np.testing.assert_allclose(one.eta, told.x, atol=5e-3)


def test_samples_that_say_nothing_leave_the_prior(model):
    vague = {name: ResidualError(log_sd=1e4) for name in OUTPUTS}
    people, _ = simulated(model, 2, residual_errors())
    found = estimate(model, people, residual=vague)
    for one in found.individuals:
        np.testing.assert_allclose(one.eta, 0, atol=1e-6)
        np.testing.assert_allclose(one.covariance, found.prior.correlation, atol=1e-6)


def test_a_person_without_samples_is_typical_and_says_so(model):
    people, _ = simulated(model, 2, residual_errors())
    silent = Individual("new", (DOSE,), ("Cket",), [1.0], [np.nan], {"WT": 80})
    found = estimate(model, [*people, silent]).individuals[-1]
    assert found.status == NO_SAMPLES
    assert found.uses == (NOT_MEASURED,)
    assert np.array_equal(found.eta, np.zeros(len(found.eta)))
    assert np.array_equal(found.eta_se, np.ones(len(found.eta)))
    assert found.pred[0] == found.ipred[0] > 0


def test_samples_the_model_cannot_reach_are_told(model):
    people, _ = simulated(model, 1, residual_errors())
    strange = Individual(
        "s", (DOSE,), ("Cket",) * 4, [0.7, 1.0, 4.0, 8.0], [5.0, 900.0, 2.0, 300.0]
    )
    found = estimate(model, [*people, strange]).individuals
    assert [one.is_far_off for one in found] == [False, True]


def test_nobody_else_matters(model):
    people, _ = simulated(model, 6, residual_errors())
    other = Individual("x", (DOSE,), ("Cnk", "Cket"), [0.3, 17.0], [20.0, 2.0], {"WT": 95})
    whole = estimate(model, [*people, other], threads=2).individuals
    for k, one in ((0, people[0]), (4, people[4]), (6, other)):
        alone = estimate(model, [one], threads=1).individuals[0]
        assert np.array_equal(alone.eta, whole[k].eta)
        assert np.array_equal(alone.covariance, whole[k].covariance)
        assert np.array_equal(alone.ipred, whole[k].ipred)


def test_order_does_not_matter(model):
    people, _ = simulated(model, 4, residual_errors())
    forth = estimate(model, people).individuals
    back = estimate(model, people[::-1]).individuals[::-1]
    for one, two in zip(forth, back, strict=True):
        assert np.array_equal(one.eta, two.eta)


def test_a_sample_below_the_limit_pulls_the_curve_down(model):
    times = np.array([0.67, 2.0, 8.0])
    seen = Individual("1", (DOSE,), ("Cket",) * 3, times, [150.0, 50.0, np.nan], {"WT": 70})
    low = Individual(
        "1", (DOSE,), ("Cket",) * 3, times, [150.0, 50.0, np.nan], {"WT": 70},
        limits=[np.nan, np.nan, 2.0],
    )  # fmt: skip
    without, with_ = (estimate(model, [p]).individuals[0] for p in (seen, low))
    assert without.ipred[2] > with_.ipred[2]
    assert with_.n_used == 3
    assert without.n_used == 2
    assert np.isnan(with_.iwres[2])


def test_samples_before_the_drug_take_no_part(model):
    person = Individual(
        "1", (DOSE.delay("1 h"),), ("Cket",) * 3, [-1.0, 0.5, 3.0], [0.0, 1.0, 50.0], {"WT": 70}
    )
    found = estimate(model, [person]).individuals[0]
    assert found.uses == (BEFORE_DRUG, BEFORE_DRUG, USED)
    assert found.pred[0] == 0.0


def test_a_second_episode_begins_without_drug(model):
    times = np.array([1.0, 3.0])
    once = Individual("1", (DOSE,), ("Cket",) * 2, times, [90.0, 30.0], {"WT": 70})
    twice = Individual(
        "1", (DOSE, DOSE), ("Cket",) * 4, np.tile(times, 2), [90.0, 30.0, 90.0, 30.0],
        {"WT": 70}, episodes=[0, 0, 1, 1],
    )  # fmt: skip
    one, two = (estimate(model, [p]).individuals[0] for p in (once, twice))
    assert np.array_equal(two.pred, np.tile(one.pred, 2))
    assert np.linalg.norm(two.eta) > np.linalg.norm(one.eta)


def test_what_is_fixed_or_given_is_not_estimated(model):
    people, _ = simulated(model, 2, residual_errors())
    found = estimate(model, people, fixed={"CL_S": 80.0})
    assert "CL_S" not in found.prior.symbols
    given = [Individual(p.id, p.regimens, p.outputs, p.times_h, p.values, {"CL_NK": 40.0})
             for p in people]  # fmt: skip
    assert "CL_NK" not in estimate(model, given).prior.symbols


def test_the_band_holds_the_curve_and_narrows_with_samples(model):
    people, _ = simulated(model, 1, residual_errors())
    silent = Individual("none", (DOSE,), ("Cket",), [24.0], [np.nan], people[0].covariates)
    found = estimate(model, [*people, silent])
    told, untold = bands(found, outputs=["Cket"])
    for own in (told[0], untold[0]):
        after = own.times_h > 0.1
        assert np.all(own.low[after] < own.individual[after])
        assert np.all(own.individual[after] < own.high[after])
    at = [np.argmin(np.abs(own.times_h - 6.0)) for own in (told[0], untold[0])]
    width = [np.log(own.high[k] / own.low[k]) for own, k in zip((told[0], untold[0]), at,
                                                               strict=True)]  # fmt: skip
    assert width[0] < 0.7 * width[1]
    again = bands(estimate(model, people), outputs=["Cket"])[0][0]
    assert np.array_equal(again.high, told[0].high)


def test_draws_have_the_posterior_covariance(model):
    people, _ = simulated(model, 1, residual_errors())
    found = estimate(model, people)
    one = found.individuals[0]
    drawn = posterior_scores(one, found.prior.symbols, 20_000, seed=1)
    # SD of a covariance of 20 000 draws: at most 0.01
    np.testing.assert_allclose(np.cov(drawn.T), one.covariance, atol=0.05)
    np.testing.assert_allclose(drawn.mean(axis=0), one.eta, atol=0.05)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outputs": ("Ckte",)}, "individual 1: unknown analyte 'Ckte'; nearest: Cket"),
        ({"outputs": ("size_CL",)}, "analyte 'size_CL' has no residual error in the table"),
        ({"values": [np.nan]}, "DV is missing in every row"),
        ({"outputs": (), "times_h": [], "values": []}, "no observations"),
        ({"covariates": {"WTT": 70}}, "unknown covariate 'WTT'; nearest: WT"),
        ({"regimens": (infusion("0 mg", over="1 h"),)}, "individual 1 has no dose"),
        ({"times_h": [np.inf]}, "time is not a finite number"),
        ({"times_h": [1.0, 2.0]}, "2 times_h for 1 outputs"),
        ({"episodes": [1]}, "episode has no regimen"),
    ],
)
def test_mistakes_are_told_in_one_line(model, change, message):
    facts = {"regimens": (DOSE,), "outputs": ("Cket",), "times_h": [1.0], "values": [50.0]}
    with pytest.raises(UserError, match=message) as caught:
        estimate(model, [Individual("1", **{**facts, **change})])
    assert "\n" not in str(caught.value)


def test_more_mistakes(model):
    person = Individual("1", (DOSE,), ("Cket",), [1.0], [50.0])
    with pytest.raises(UserError, match="individual 1 stands twice"):
        estimate(model, [person, person])
    with pytest.raises(UserError, match="unknown parameter 'CL_T'; nearest: CL_"):
        estimate(model, [person], fixed={"CL_T": 1.0})
    with pytest.raises(UserError, match="unknown name 'healthi'; nearest: healthy"):
        estimate(model, [person], population="healthi")
    with pytest.raises(UserError, match="no mechanism of kinetics"):
        estimate(assemble(["lhb"]), [person])
