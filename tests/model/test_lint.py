"""Every check of lint finds the fault it is for, and is silent without."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim import UserError
from ketasim.model import CHECKS, assemble, lint
from ketasim.model.lint_runs import Event, engine_run

from .roadrunner_run import roadrunner_run
from .toys import write_toy


def messages(tmp_path, check, run=None, values=None, **spoiled):
    model = assemble(folder=write_toy(tmp_path, **spoiled), values=values)
    return [f"{f.severity}: {f.where}: {f.message}" for f in lint(model, run, [check])]


def test_the_toy_has_no_fault_but_one_unprovided_input(tmp_path):
    model = assemble(folder=write_toy(tmp_path))
    found = [str(f) for f in lint(model, roadrunner_run)]
    assert found == ["effect.ant:7: warning: input 'tone' is an output of no mechanism [provided]"]


@pytest.mark.parametrize(
    ("check", "spoiled", "told"),
    [
        ("units", {"kin": ("c := A/V", "c := A")}, "error: kin.ant:12: c is in nmol/L, but"),
        ("used", {"effect": ("tone*(1 +", "(1 +")},
         "warning: effect.ant:7: input 'tone' is used by no equation"),
        ("used", {"effect": ("Emax*occ", "occ")},
         "warning: effect.csv:3: parameter 'Emax' is used by no equation"),
        ("used", {"person_csv": ("E0,30", "WT,70,kg,,,,assumed,assumed: x,\nE0,30")},
         "warning: person.csv:2: parameter 'WT' is used by no equation"),
        ("sourced", {"effect": ("tone*(1 +", "tone*(1.7 +")},
         "warning: effect.ant:13: number 1.7 in 'drive' has no source; give it a row"),
        ("rest", {"effect": ("tone*(1 +", "2*tone*(1 +")},
         "error: effect: E' is 15 per hour at rest, not 0"),
        ("rest", {"reader": ("E/E0 - 1", "E/E0")},
         "error: reader.ant:8: 'total' starts at 1, but rests at 0"),
        ("mass balance", {"kin": ("gone' = CL*c", "gone' = 2*CL*c")},
         "error: kin.ant:6: A + gone rises by"),
        ("mass balance", {"kin": ("A + gone", "A + gonne")},
         "error: kin.ant:6: unknown symbol 'gonne'"),
        ("baseline", {"effect": ("tone*(1 +", "2*tone*(1 +")},
         "error: E: drifts from 30 by 30 in 1000 h without a drug"),
        ("bounds", {"effect": ("tone*(1 + Emax", "tone*(1 + time/tau + Emax")},
         "error: E: reaches 5040, outside [0, 60], on the standard dose"),
        ("delivered", {"kin": ("A' = rate_in", "A' = 0.001*rate_in")},
         "error: kin.ant:6: rate_in: 100 nmol delivered of 100000 nmol prescribed"),
    ],
)  # fmt: skip
def test_a_fault_is_found(tmp_path, check, spoiled, told):
    found = messages(tmp_path, check, roadrunner_run, **spoiled)
    assert found
    assert found[0].startswith(told)


def test_a_value_set_by_the_caller_has_no_source(tmp_path):
    (told,) = messages(tmp_path, "sourced", values={"CL": 3})
    assert told.startswith("warning: CL: set by the caller; the table has 10")


def test_a_failed_run_is_an_error_and_never_silent(tmp_path):
    def failed(model, events, times, outputs):
        return {name: np.full(len(times), np.nan) for name in outputs}

    for check in ("baseline", "bounds", "delivered"):
        assert messages(tmp_path, check, failed)


def test_errors_come_first(tmp_path):
    model = assemble(folder=write_toy(tmp_path, kin=("c := A/V", "c := A")))
    severities = [f.severity for f in lint(model, checks=["provided", "units"])]
    assert severities == ["error", "warning"]


def test_an_unknown_check_names_the_nearest(tmp_path):
    model = assemble(folder=write_toy(tmp_path))
    with pytest.raises(UserError, match="unknown check 'unit'; nearest: units"):
        lint(model, checks=["unit"])
    assert set(CHECKS) >= {"units", "baseline", "bounds", "delivered", "mass balance", "onset"}


def test_the_engine_and_roadrunner_see_the_same(tmp_path):
    model = assemble(folder=write_toy(tmp_path))
    events = (
        Event(1.0, "set", "rate_in", 1e4),
        Event(2.0, "set", "rate_in", 0.0),
        Event(3.0, "add", "A", 5e3),
        Event(4.0, "set", "tone", 1.2),
    )
    times, outputs = (0.0, 1.0, 1.5, 3.0, 6.0, 48.0), tuple(model.outputs)
    one = engine_run(model, events, times, outputs)
    other = roadrunner_run(model, events, times, outputs)
    for name in outputs:
        # ten times the engine's relative tolerance of 1e-6; 1e-6 below numbers of order one
        np.testing.assert_allclose(one[name], other[name], rtol=1e-5, atol=1e-6, err_msg=name)
