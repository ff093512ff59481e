"""Files of trials: what is read, and one plain line for each mistake."""

from __future__ import annotations

import json

import pytest

from ketasim.errors import UserError
from ketasim.evidence import finding_schema, read_findings
from ketasim.evidence.clinical_file import ClinicalFile
from ketasim.evidence.clinical_words import AMONG, CONTRASTS, ENDPOINTS, MISSING
from ketasim.evidence.finding_file import FindingFile
from ketasim.trial import endpoint_words, two_groups
from tests.evidence.trials import TRIAL, finding, trial

RESPONSE = 'endpoint = "response"\nat = "24 h"\nvalue = 50\nunit = "%"'

CHANGE = 'endpoint = "change"\nat = "24 h"\nvalue = -8\nunit = "points"'


def test_what_stands_in_the_file_is_in_the_finding():
    (found,) = read_findings(TRIAL, "toy.toml")
    assert (found.study, found.role, found.n, found.value) == ("toy", "calibrate", 20, -15.0)
    assert (found.measure, found.unit, found.start_h, found.end_h) == ("change", "points", 24, 24)
    clinical, arm = found.clinical, found.arm
    assert clinical is not None
    assert arm is not None
    assert (clinical.scale, clinical.at_h, clinical.crossover) == ("MADRS", 24.0, False)
    assert arm.group is not None
    assert (arm.group.baseline, arm.group.minimum, arm.group.n) == ((33.0, 5.0), 28.0, 20)
    assert found.analyte == "MADRS"


def test_an_arm_gets_care_blinding_and_what_every_arm_gets():
    every = '[trial]\nconcomitant = [{ drug = "escitalopram", route = "daily", for = "28 d" }]'
    (blind,) = read_findings(trial(("[trial]", every)), "toy.toml")
    (told,) = read_findings(trial(("[trial]", '[trial]\nblinding = "open"')), "toy.toml")
    (alone,) = read_findings(trial(("[trial]", "[trial]\ncare = false")), "toy.toml")

    def held(one):
        return {hold.input for hold in one.arm.regimen.holds}

    assert "u_care" in held(blind)
    assert "u_open" not in held(blind)
    assert len(held(blind)) == 2
    assert "u_open" in held(told)
    assert held(alone) == set()


def test_regimen_may_be_a_name():
    steps = TRIAL[TRIAL.index("regimen = [") : TRIAL.index('\n\n[[arm]]\nname = "saline"')]
    (found,) = read_findings(trial((steps, 'regimen = "IV six infusions in 12 days"')), "toy.toml")
    assert found.arm is not None
    assert len(found.arm.regimen.doses) == 6


def test_number_of_patients_is_the_findings_own_or_its_arms():
    assert finding(RESPONSE).n == 20
    assert finding(RESPONSE + "\nn = 7").n == 7


def test_words_are_those_of_trials():
    assert set(ENDPOINTS) == set(endpoint_words.WORDS)
    assert set(CONTRASTS) == set(two_groups.CONTRASTS)
    assert set(AMONG) <= set(endpoint_words.AMONG)
    assert {*MISSING} - {"as if stayed"} == set(endpoint_words.MISSING)


def test_units_are_those_of_trials():
    from ketasim.trial.endpoint_words import Endpoint

    for word, each in ENDPOINTS.items():
        made = Endpoint(word, at_h=24.0, from_h=2.0, to_h=48.0, threshold=1.0)
        assert made.unit == each.unit, word


def test_schema_tells_both_kinds_of_file_apart():
    schema = json.loads(finding_schema())
    assert schema["if"] == {"required": ["trial"]}
    defined = schema["$defs"]
    assert set(defined["ClinicalFile"]["properties"]) == set(ClinicalFile.model_fields)
    assert set(defined["FindingFile"]["properties"]) == set(FindingFile.model_fields)


MISTAKES = [
    ('endpoint = "respons"\nvalue = 1\nunit = "%"', "endpoint: 'respons' is not a choice; nearest"),
    ('endpoint = "response"\nvalue = 1\nunit = "%"', "at: missing; response needs it"),
    (
        'endpoint = "relapse"\nfrom = "9 d"\nto = "3 d"\nvalue = 1\nunit = "%"',
        "to: '3 d' is not after from = '9 d'",
    ),
    (RESPONSE.replace('"%"', '"points"'), "unit: 'points' does not fit; "),
    (RESPONSE.replace("50", "150"), "value: 150 is not between 0 and 100 %"),
    (RESPONSE + "\nthreshold = 3", "threshold: has no meaning for response"),
    (RESPONSE + '\ncomparator = "saline"', "contrast: missing; how is it told: difference"),
    (RESPONSE + '\ncontrast = "odds ratio"', "comparator: missing; odds ratio is against some"),
    (RESPONSE + '\ncomparator = "salin"\ncontrast = "difference"', "no arm 'salin'; nearest: sal"),
    (RESPONSE + '\namong = "responders"', "among_at: missing; when were they responders?"),
    (RESPONSE + '\nscale = "MADSR"', "scale: 'MADSR' is not a choice; nearest: MADRS"),
    (
        'comparator = "saline"\ncontrast = "superior"\nendpoint = "change"\nat = "1 d"\n'
        'value = 2\nunit = "yes"',
        "value: 2 is neither 1 (yes) nor 0 (no)",
    ),
    (
        'comparator = "saline"\ncontrast = "odds ratio"\nendpoint = "change"\nat = "1 d"\n'
        'value = 2\nunit = "ratio"',
        "contrast: 'odds ratio' is of shares, not of change",
    ),
    (RESPONSE + '\nreason = "other"', "reason: has no meaning for response"),
    (RESPONSE + '\nscale = "madrs"', "scale: 'madrs' is not a choice; nearest: MADRS"),
    (RESPONSE + '\nscale = "BDI-II"', "rated scales are MADRS, HAMD17"),
    (RESPONSE + "\ncut = 60", "cut: 60 is not below 60, the end of MADRS"),
    (RESPONSE + '\nsame_as = "x"', "same_as: 'x' is the finding itself"),
    (RESPONSE.replace("24 h", "0 h"), "at: 0 h is the baseline, from which response is counted"),
    (RESPONSE.replace("24 h", "2000 d"), "at: 2000 d is later than five years"),
    (
        RESPONSE.replace("50", "150") + '\ncomparator = "saline"\ncontrast = "difference"',
        "value: 150 is not between -100 and 100 %",
    ),
    (CHANGE.replace("-8", "-61"), "value: -61 is not between -60 and 60, the ends of MADRS"),
    (
        CHANGE.replace("change", "score"),
        "value: -8 is not between 0 and 60, the ends of MADRS",
    ),
    (CHANGE.replace("points", "%"), "unit: '%' does not fit; in % it is percent change"),
    (
        CHANGE.replace("change", "percent change").replace("points", "%").replace("-8", "-150"),
        "value: -150 is not between -100 and 1000 %",
    ),
    (
        CHANGE + "\ndispersion = { ci95 = [4, 12] }",
        "dispersion.ci95: [4.0, 12.0] does not hold the value, -8; is a sign missing?",
    ),
    (
        'comparator = "saline"\ncontrast = "superior"\nendpoint = "change"\nat = "1 d"\n'
        'value = 1\nunit = "yes"\ndispersion = { sd = 3 }',
        "dispersion: has no meaning for superior",
    ),
    (
        'endpoint = "peak"\nscale = "dSBP"\nfrom = "0 h"\nto = "4 h"\nvalue = 20\nunit = "points"',
        "unit: 'points' does not fit; choose from: mmHg",
    ),
]


@pytest.mark.parametrize(("lines", "told"), MISTAKES, ids=[told for _, told in MISTAKES])
def test_mistake_is_told_in_one_line(lines, told):
    with pytest.raises(UserError) as caught:
        finding(lines)
    message = str(caught.value)
    assert message.startswith("toy.toml: ")
    assert told in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[population]", '[population]\nname = "mouse"', "'mouse' are no patients"),
        ("[population]", '[population]\ncondition = "bipolr"', "nearest: bipolar"),
        ("[population]", '[population]\ncondition = "psychosis"', "conditions are trd, depression"),
        ("minimum = 28", "minimum = 70", "entry.minimum: 70 is not below 60, the end of MADRS"),
        ("mean = 33", "mean = 20", "baseline.mean: 20 is below entry.minimum, 28"),
        ("minimum = 28", 'scale = "CADSS"', "entry.scale: 'CADSS' is not rated before"),
        ("[trial]", '[trial]\nvisits = ["7 d", "24 h"]', "visits: '24 h' is not after '7 d'"),
        ("[trial]\n", "", "trial: missing; an endpoint is of a trial"),
        ("[trial]", '[trial]\nblinding = "blind"', "blinding: 'blind' is not a choice"),
        ('name = "saline"', 'name = "ketamine"', "arm: two arms are named 'ketamine'"),
        ("n = 20", "n = 0", "n: 0 is out of range; it must be at least 1"),
        (
            "n = 20",
            'n = 20\npolicy = { kind = "step" }',
            "kind: 'step' is not a choice; nearest: s",
        ),
    ],
)
def test_mistake_in_the_trial_is_told(old, new, told):
    with pytest.raises(UserError) as caught:
        read_findings(trial((old, new)), "toy.toml")
    assert told in str(caught.value)


def test_out_of_scope_needs_nothing_but_a_reason():
    found = finding('out_of_scope = "drug liking is not in the model"')
    assert found.out_of_scope
    assert not found.counts
