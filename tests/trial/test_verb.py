"""A trial in one call: the same numbers as by its steps, from a file or from what was read."""

from __future__ import annotations

import numpy as np
import pytest

from ketasim.errors import UserError
from ketasim.trial import contrasts, run_trial
from ketasim.trial.outcome import outcome
from ketasim.trial.plan import planned
from ketasim.trial.replicates import replicates_of, run_chunk
from ketasim.trial.running import run
from tests.trial.small_trials import WITHDRAWAL, changed, small

LEAST = (
    '{ drug = "ketamine", dose = "0.5 mg/kg", over = "40 min", every = "48 h", times = 2 }',
    '{ drug = "saline" }',
)


def main(result):
    """Return the main contrasts; others hold NaN, which is unequal to itself."""
    return contrasts(result, brief=True)


def test_it_is_the_trial_in_the_middle_of_all():
    result = run_trial(small())
    plan = planned(small())
    middle, other = (run(plan, [0], between_trials=between)[0] for between in (False, True))
    assert main(result) == main(outcome(plan, middle))
    assert main(result) != main(outcome(plan, other))
    assert result.replicates == ()


def test_a_file_gives_the_same(tmp_path):
    file = tmp_path / "t.toml"
    file.write_text(changed(), encoding="utf-8")
    assert main(run_trial(file)) == main(run_trial(str(file), threads=1))
    with pytest.raises(UserError, match=r"missing\.toml"):
        run_trial(tmp_path / "missing.toml")


def test_replicates_stand_beside_it():
    result = run_trial(small(), replicates=3)
    rows = run_chunk(planned(small()), range(3))
    for found, again in zip(result.replicates, replicates_of(planned(small()), rows), strict=True):
        assert (found.endpoint, found.measure) == (again.endpoint, again.measure)
        np.testing.assert_array_equal(found.estimate, again.estimate)
    assert [each.endpoint for each in result.replicates] == ["day 1", "responders"]
    assert main(result) == main(run_trial(small()))


def test_nobody_to_randomise_is_told():
    never = ('randomise = "responders"', 'randomise = "remitters"')
    with pytest.raises(UserError, match=r"0 of 12 patients are remitters at 1 h, too few") as told:
        run_trial(small(*WITHDRAWAL, never, ('until = "72 h"', 'until = "1 h"'), LEAST))
    assert "\n" not in str(told.value)
