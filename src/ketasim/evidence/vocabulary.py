"""Every word that a finding may use, with a line on each, from the tables the code reads."""

from __future__ import annotations

from dataclasses import dataclass

from ketasim.dosing.drugs import ROUTES, drug, drug_names
from ketasim.dosing.formulations import formulations
from ketasim.dosing.interactions import interactions_of
from ketasim.dosing.protocol import WAYS
from ketasim.evidence.clinical_words import AMONG, CONTRASTS, DESIGNS, ENDPOINTS, MISSING
from ketasim.evidence.directions import ATTENUATED, BLOCKED, KEPT, PROLONGED
from ketasim.evidence.finding import ROLES
from ketasim.evidence.measures import MEASURES
from ketasim.evidence.outputs import OutputWord, output_words
from ketasim.evidence.perturbations import Perturbation, perturbations
from ketasim.evidence.quantities import KINDS
from ketasim.evidence.readouts import ANALYTES, SITES
from ketasim.evidence.systems import SYSTEMS
from ketasim.evidence.verdicts import STATISTICS
from ketasim.population import names
from ketasim.population.preparations import preparations
from ketasim.trial.conditions import ANSWERS, Condition, conditions
from ketasim.trial.scales import scales

_GIVEN = {
    "dose": "given in doses",
    "clamp": "a clamped exposure",
    "companion": "given in doses, with a mechanism of its own",
    "enzymes": "changes enzymes",
    "metabolite": "injected, or around slices and cells",
    "device": "sessions, route device",
}
_PREPARATIONS = {
    "human": "people",
    **dict.fromkeys(preparations(), "a typical animal, dosed and sampled as such"),
    "bath": "slices or cells: no kinetics, concentrations as the bath sets them",
}
_STATISTICS = {
    "lowest": "low end of a range, the 5th percentile of people",
    "highest": "high end of a range, the 95th percentile of people",
}
_DIRECTIONS = {
    "up": "more than the comparator",
    "down": "less",
    "none": "about the same",
    "blocked": f"at most {BLOCKED:g} of the drug's effect is left",
    "attenuated": f"at most {ATTENUATED:g}",
    "kept": f"at least {KEPT:g}",
    "prolonged": f"more than {PROLONGED:g}",
    "biphasic": "a middle dose does more than a low and a high one",
}
_ROLES = {"calibrate": "numbers may be chosen on it", "validate": "never used to choose a number"}


@dataclass(frozen=True)
class Word:
    """A word and what it means.

    Attributes
    ----------
    kind, name, meaning : str
    """

    kind: str
    name: str
    meaning: str


def vocabulary() -> tuple[Word, ...]:
    """Return every word, by kind."""
    given = [drug(name) for name in drug_names()]
    dosed = [each for each in given if each.given in ("dose", "companion", "metabolite")]
    acting = [each for each in given if each.given in ("clamp", "enzymes")]
    devices = [each for each in given if each.given == "device"]
    return (
        *(Word("preparation", name, text) for name, text in _PREPARATIONS.items()),
        *(Word("population", name, "named population") for name in names()),
        *(Word("drug", each.name, f"{_GIVEN[each.given]}; {each.note}") for each in dosed),
        *(Word("daily", each.name, _acts(each.name)) for each in acting),
        *(Word("device", each.name, f"{_GIVEN[each.given]}; {each.note}") for each in devices),
        *(Word("perturbation", each.name, _does(each)) for each in perturbations()),
        *(Word("output", each.name, _shows(each)) for each in output_words()),
        *(Word("route", name, text) for name, text in WAYS.items()),
        *(Word("formulation", form.name, _form(form.routes, form.note)) for form in formulations()),
        *(Word("role", name, _ROLES[name]) for name in ROLES),
        *(Word("analyte", name, each.label) for name, each in ANALYTES.items()),
        *(Word("site", name, text) for name, text in SITES.items()),
        *(Word("direction", name, text) for name, text in _DIRECTIONS.items()),
        *(Word("system", name, text) for name, text in SYSTEMS.items()),
        *(Word("measure", name, each.label) for name, each in MEASURES.items()),
        *(Word("endpoint", name, each.label) for name, each in ENDPOINTS.items()),
        *(Word("contrast", name, text) for name, (text, _) in CONTRASTS.items()),
        *(Word("among", name, text) for name, text in AMONG.items()),
        *(Word("missing", name, text) for name, text in MISSING.items()),
        *(Word("design", name, text) for name, text in DESIGNS.items()),
        *(Word("scale", each.name, each.label) for each in scales().values()),
        *(Word("condition", each.name, _condition(each)) for each in conditions()),
        *(Word("statistic", name, _STATISTICS.get(name, "of the people")) for name in STATISTICS),
        *(Word("unit", name, f"of {kind}") for kind, units in KINDS.items() for name in units),
    )


def _acts(name: str) -> str:
    """Return what a drug without doses does."""
    what = drug(name)
    effects = [f"{each.target} × {each.factor:g}" for each in interactions_of(what)]
    return "; ".join([_GIVEN[what.given], *([what.input] if what.input else []), *effects])


def _does(what: Perturbation) -> str:
    """Return what a perturbation does to the model."""
    sets = " ".join(f"{symbol}={value:g}" for symbol, value in what.sets)
    also = f"; also {', '.join(what.aliases)}" if what.aliases else ""
    return f"{what.kind}; {sets or 'out of scope'}; {what.note}{also}"


def _shows(word: OutputWord) -> str:
    """Return which output of the model a word stands for."""
    name = f"-{word.output}" if word.sign < 0 else word.output
    scale = "" if word.scale is None else f" (full effect {word.scale:g})"
    note = f"; {word.note}" if word.note else ""
    also = f"; also {', '.join(word.aliases)}" if word.aliases else ""
    return f"{name or 'out of scope'}{scale}{note}{also}"


def _condition(what: Condition) -> str:
    """Return whether patients of a condition can be had."""
    more = what.note if what.refused else what.warning
    return f"{ANSWERS[what.answer]}{'; ' if more else ''}{more}"


def _form(routes: tuple[str, ...], note: str) -> str:
    return f"{', '.join(ROUTES[key].label for key in routes)}; {note}"
