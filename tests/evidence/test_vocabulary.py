"""The vocabulary holds every word of the tables it is made from."""

from __future__ import annotations

from ketasim.dosing.drugs import drug_names
from ketasim.dosing.formulations import formulations
from ketasim.dosing.protocol import WAYS
from ketasim.evidence import SYSTEMS, output_words, perturbations, vocabulary
from ketasim.evidence.clinical_words import CONTRASTS, ENDPOINTS
from ketasim.evidence.finding import DIRECTIONS
from ketasim.evidence.measures import MEASURES
from ketasim.evidence.quantities import KINDS
from ketasim.evidence.readouts import ANALYTES, SITES
from ketasim.trial.conditions import conditions
from ketasim.trial.scales import scales

WORDS = {(word.kind, word.name) for word in vocabulary()}


def of(*kinds: str) -> set[str]:
    return {name for kind, name in WORDS if kind in kinds}


def test_every_word_is_there():
    assert of("drug", "daily", "device") == set(drug_names())
    assert of("perturbation") == {each.name for each in perturbations()}
    assert of("output") == {each.name for each in output_words()}
    assert of("direction") == set(DIRECTIONS)
    assert of("system") == set(SYSTEMS)
    assert of("route") == set(WAYS)
    assert of("formulation") == {form.name for form in formulations()}
    assert of("analyte") == set(ANALYTES)
    assert of("site") == set(SITES)
    assert of("measure") == set(MEASURES)
    assert of("unit") == {name for units in KINDS.values() for name in units}
    assert of("endpoint") == set(ENDPOINTS)
    assert of("contrast") == set(CONTRASTS)
    assert of("scale") == set(scales())
    assert of("condition") == {each.name for each in conditions()}
    assert of("preparation") == {"human", "mouse", "rat", "bath"}


def test_every_word_has_one_line():
    for word in vocabulary():
        assert word.meaning, word.name
        assert "\n" not in word.meaning
