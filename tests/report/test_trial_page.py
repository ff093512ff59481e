"""The page of a trial: sentences from numbers, nothing left out, nothing unsafe."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from ketasim.report.page_shell import NOTICE
from ketasim.report.trial_page import endpoints_forest, save_trial_figures, trial_page
from ketasim.report.trial_words import (
    contrast_words,
    headline,
    limit_words,
    p_words,
    replicates_words,
    result_words,
    size_words,
    told,
    verdict,
)
from ketasim.trial.analysis import contrasts
from ketasim.trial.results import Contrast
from tests.report.synthetic_trial import crossover, endpoints, parallel, replicated, withdrawal

EVIL = "<script>alert(1)</script>"


def text_of(html):
    """The words of a page, without pictures, tags and style."""
    html = re.sub(r"<(style|script|svg).*?</\1>", "", html, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html).replace("\u00a0", " "))


@pytest.fixture(scope="module")
def trial():
    return replicated(40, 12)


@pytest.fixture(scope="module")
def page(trial):
    return trial_page(replace(trial, question=EVIL))


def test_the_page_stands_alone_and_is_safe(page):
    assert not re.search(r'(src|href)="https?:', page)
    assert EVIL not in page
    assert NOTICE in page
    identities = re.findall(r'\bid="([^"]+)"', page)
    assert len(identities) == len(set(identities))


def test_every_part_is_there(page):
    for section in ("result", "flow", "design", "course", "endpoints", "safety", "replicates",
                    "assumed", "limits", "provenance"):  # fmt: skip
        assert f'<section id="{section}"' in page
    for figure in ("trial-flow", "trial-profiles", "trial-waterfall", "trial-forest"):
        assert f'<figure id="figure-{figure}"' in page


def test_numbers_in_sentences_are_those_of_the_analysis(trial, page):
    words = text_of(page)
    change, _, share, *_ = contrasts(trial)
    assert f"difference {told(change.value, 'difference')} points" in words
    assert f"difference {told(share.value, 'risk difference')} percentage points" in words
    assert "number needed to treat" in words
    assert "12 replicates" in words
    assert "escitalopram daily" in words


def test_without_replicates_the_page_says_that_it_is_one_trial():
    words = text_of(trial_page(parallel(30)))
    assert "This is one trial as it might have come out" in words
    assert "Replicates" not in words


def test_withdrawal_shows_relapse_and_the_lead_in():
    page = trial_page(withdrawal())
    words = text_of(page)
    assert '<figure id="figure-trial-survival-relapse"' in page
    assert "trial-waterfall" not in page
    assert "hazard ratio" in words
    assert "responders on day 28" in words
    assert re.search(r"\d+ of 45 had the event on “ketamine”", words)


def test_crossover_counts_patients_once():
    words = text_of(trial_page(crossover()))
    assert "18 virtual patients, 2 arms" in words
    assert "patients with both" in words
    assert "36 virtual patients" not in words


def test_the_headline_says_what_cannot_be_told(trial):
    unclear = parallel(30)
    found = contrasts(unclear)
    made = [replace(c, p=0.4, value=-1.0, low=-3.0, high=1.0) for c in found]
    text = headline(unclear, made)
    assert "cannot be told apart from “midazolam”, difference −1.0 points" in text
    nothing = [replace(c, p=math.nan, value=math.nan) for c in found]
    assert "cannot be compared" in headline(unclear, nothing)
    assert "wins against" in headline(trial, contrasts(trial))


@pytest.mark.parametrize(
    ("value", "p", "better", "measure", "expected"),
    [
        (-3.0, 0.01, -1, "difference", "better"),
        (3.0, 0.01, -1, "difference", "worse"),
        (-3.0, 0.2, -1, "difference", "unclear"),
        (0.5, 0.01, -1, "hazard ratio", "better"),
        (2.0, 0.01, 1, "odds ratio", "better"),
        (2.0, math.nan, 1, "odds ratio", "unclear"),
    ],
)
def test_verdicts(value, p, better, measure, expected):
    made = Contrast("e", "a", "c", measure, value, 0, 0, 1, p, 10, 5, 5, better, "m")
    assert verdict(made) == expected


def test_p_values_as_journals_print_them():
    assert [p_words(p) for p in (1e-9, 0.0132, 0.2601, math.nan)] == [
        "p < 0.001", "p = 0.013", "p = 0.26", "p not known",
    ]  # fmt: skip


def test_missing_patients_are_told_with_the_share():
    result = parallel(60)
    gone = result.endpoints[1].values["midazolam"].copy()
    gone[:3] = np.nan
    shares = replace(result.endpoints[1], values={**result.endpoints[1].values, "midazolam": gone})
    result = replace(result, endpoints=(result.endpoints[0], shares))
    lost = sum(int(np.isnan(v).sum()) for v in shares.values.values())
    text = result_words(result, contrasts(result))[1]
    assert f"{lost} patients have no value and count as without it" in text


def test_the_trial_shown_is_placed_among_the_replicates(trial):
    shown = contrasts(trial)[0]
    less = np.mean(trial.replicates[0].estimate > shown.value)  # a smaller fall
    text = result_words(trial, contrasts(trial))[0]
    assert f"{100 * less:.0f} % of the replicates show a smaller effect" in text


def test_power_in_words_knows_its_error(trial):
    text = replicates_words(trial.replicates[0])
    assert "assurance" in text
    assert "95 % Monte Carlo interval" in text
    assert "To win in 80 % takes about" in text
    hopeless = replace(trial.replicates[0], estimate=-trial.replicates[0].estimate)
    assert "no size is enough (at most 0 %)" in replicates_words(hopeless)
    few = replace(trial.replicates[0], estimate=np.array([1.0]), se=np.array([1.0]),
                  p=np.array([0.5]), draw=None)  # fmt: skip
    assert "too few" in replicates_words(few)


def test_published_values_stand_beside_the_simulated(trial):
    picture = endpoints_forest(trial, contrasts(trial))
    assert "Murrough 2013" in picture.caption


def test_several_arms_are_told_in_one_paragraph():
    result = parallel(30, ("ketamine", "ketamine, low", "midazolam"))
    first = result_words(result, contrasts(result))[0]
    assert first.count("Change in MADRS at 24 h") == 1
    assert first.count("difference") == 2
    own = contrast_words(result, result.endpoints[0], contrasts(result)[0])
    assert "“ketamine”" in own


def test_figures_are_saved_under_plain_names(tmp_path, trial):
    strange = replace(trial, replicates=(replace(trial.replicates[0], endpoint="a/b c"),))
    written = save_trial_figures(strange, tmp_path)
    assert all(path.parent == tmp_path and path.exists() for path in written)
    assert {path.suffix for path in written} == {".svg", ".png"}
    assert len(written) == 2 * 5


def test_a_ratio_to_nobody_is_no_number():
    trial = withdrawal()
    none = {a.name: np.zeros(a.n, dtype=bool) for a in trial.arms if not a.control}
    without = [replace(e, happened={**e.happened, **none}) for e in trial.endpoints]
    shared = endpoints(trial.arms)[1]
    words = text_of(trial_page(replace(trial, endpoints=(*without, shared))))
    assert "hazard ratio not estimable, since one arm had no event (p" in words
    assert "A ratio to an arm without any event is not drawn." in words


def test_arms_are_described_at_baseline(trial):
    people = {"age (years)": np.array([40.0, 50.0]), "women": np.array([1.0, 0.0])}
    arms = tuple(
        replace(a, people={k: np.resize(v, a.n) for k, v in people.items()}) for a in trial.arms
    )
    words = text_of(trial_page(replace(trial, arms=arms)))
    assert "Patients at baseline" in words
    assert re.search(r"age \(years\)\s+45\.0 \(5\.1\)", words)
    assert re.search(r"women\s+20 \(50 %\)", words)


def test_names_of_outputs_begin_a_sentence_as_they_are(trial):
    limits = ("dSBP is read with an error", "age acts through kinetics")
    assert limit_words(replace(trial, limits=limits))[-2:] == (
        "dSBP is read with an error.",
        "Age acts through kinetics.",
    )


def test_patients_needed_stand_with_their_interval():
    (main, *_) = replicated().replicates
    assert re.search(
        r"To win in 80 % (takes about [\d,]+ patients in all \(95 % Monte Carlo interval|no size)",
        size_words(main),
    )
