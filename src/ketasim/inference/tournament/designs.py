"""Experiments that could be done next: preparation x perturbation x drug x dose x readout x time.

Every word is one that findings use, and every arm is read as an arm of a finding's file is. A drug
is compared with vehicle; a perturbation with nothing; and a perturbation given with the drug by
what is left of the drug's effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from ketasim.errors import UserError, nearest
from ketasim.evidence import Finding
from ketasim.evidence.finding import LEFT, PLAIN, Arm
from ketasim.evidence.outputs import output_word, output_words
from ketasim.evidence.perturbations import Perturbation, perturbation, perturbations
from ketasim.evidence.reading import read_findings_table
from ketasim.evidence.readouts import checked_readout

BATH = "bath"
PREPARATIONS = ("mouse", "rat", BATH)
NONE = ""
"""Of a drug or a perturbation: none is given."""
ANIMAL_DOSES = (
    ("ketamine", "3 mg/kg"),
    ("ketamine", "10 mg/kg"),
    ("ketamine", "30 mg/kg"),
    ("esketamine", "10 mg/kg"),
    ("arketamine", "10 mg/kg"),
    ("(2R,6R)-hydroxynorketamine", "10 mg/kg"),
    ("(2S,6S)-hydroxynorketamine", "10 mg/kg"),
)
"""Into the peritoneum: the range of doses that the findings in rodents use."""
BATH_DOSES = (
    ("ketamine", "1 uM"),
    ("ketamine", "10 uM"),
    ("esketamine", "10 uM"),
    ("arketamine", "10 uM"),
    ("(2R,6R)-hydroxynorketamine", "10 uM"),
)
"""For an hour: what a brain sees after 10 mg/kg, and ten times that, as studies in dishes use."""
READOUTS = {
    "antidepressant-like behaviour": (1.0, 24.0, 168.0),
    "BDNF protein": (0.5, 2.0, 24.0),
    "BDNF messenger RNA": (2.0,),
    "p-TrkB": (0.5, 2.0),
    "p-mTOR": (0.5, 2.0),
    "phospho-eEF2": (0.5, 2.0),
    "synaptic protein": (6.0, 24.0),
    "surface AMPA receptors": (1.0, 24.0, 72.0),
    "AMPA throughput": (0.5, 2.0),
    "spine density": (24.0, 72.0, 168.0),
    "extracellular glutamate": (0.5,),
    "habenula bursts": (0.5, 24.0),
    "adenosine": (0.5,),
    "serotonin": (0.5,),
    "dopamine": (0.5,),
    "cAMP": (0.5, 24.0),
    "Gs alpha outside rafts": (0.5, 24.0),
    "p11": (24.0, 72.0),
    "CSF flow": (24.0, 168.0),
}
"""Words of ``outputs.csv``, and when studies look at them [h]: signals soon, synapses late."""
IN_A_DISH = (
    "BDNF protein", "BDNF messenger RNA", "p-TrkB", "p-mTOR", "phospho-eEF2", "synaptic protein",
    "surface AMPA receptors", "AMPA throughput", "cAMP", "Gs alpha outside rafts",
)  # fmt: skip
"""What cells or a slice can show."""
IN_A_DISH_UNTIL_H = 24.0
DISH_KINDS = (
    "antagonist", "agonist", "antibody", "inhibitor", "blocker", "knock-out", "knock-down",
)  # fmt: skip
"""Kinds of perturbations that are done to cells or a slice, unless they are of one place."""
_OF_A_PLACE = ("habenula", "PFC", "ependymal", "interneurons")
_NO_MANIPULATION = ("state",)
_OF_TRIALS = ("u_care", "u_open", "u_CBT", "u_midazolam", "u_benzo")
"""Inputs that only patients have, or that stand for a trial's comparator."""
NEAR = 2.0
"""Times within this factor are the same time of an experiment that was done."""
UNTIL_H = 24.0
"""Where a finding's window has no end."""


@dataclass(frozen=True)
class Vocabulary:
    """What designs are made of; the whole by default.

    Attributes
    ----------
    preparations : tuple of str
    perturbations : tuple of str
        Names of ``perturbations.csv``; none at all is always among the arms.
    drugs : tuple of str
    readouts : tuple of str
    """

    preparations: tuple[str, ...] = PREPARATIONS
    perturbations: tuple[str, ...] | None = None
    drugs: tuple[str, ...] | None = None
    readouts: tuple[str, ...] = tuple(READOUTS)


@dataclass(frozen=True)
class Design:
    """One experiment.

    Attributes
    ----------
    preparation, drug, dose, perturbation, readout : str
        `NONE` where there is none.
    at_h : float
    finding : Finding
        What it would be reported as: its arms, readout and time.
    """

    preparation: str
    drug: str
    dose: str
    perturbation: str
    readout: str
    at_h: float
    finding: Finding = field(compare=False)

    @property
    def left(self) -> bool:
        """Whether it asks what is left of a drug's effect."""
        return bool(self.drug and self.perturbation)

    @property
    def groups(self) -> int:
        """Groups that are compared: two, or four where the drug alone is needed, too."""
        return len(self.finding.every_arm)

    def __str__(self) -> str:
        """Return it in words."""
        when = f"{self.at_h:g} h" if self.at_h < 48 else f"{self.at_h / 24:g} d"
        drug = f"{self.drug} {self.dose}".strip()
        given = f"{self.perturbation} + {drug}" if self.left else drug or self.perturbation
        return f"{self.preparation}: {given}, {self.readout} at {when}"


def checked_vocabulary(words: Vocabulary) -> Vocabulary:
    """Return a vocabulary of known words, perturbations under their first names.

    Raises
    ------
    UserError
        A word that is not known; nothing left.
    """
    for name in words.preparations:
        if name not in PREPARATIONS:
            raise UserError(
                f"next experiment: no preparation {name!r}{nearest(name, PREPARATIONS)}"
            )
    if not words.preparations or not words.readouts:
        raise UserError("next experiment: no preparations or no readouts to choose from")
    drugs = tuple(dict.fromkeys(drug for drug, _ in (*ANIMAL_DOSES, *BATH_DOSES)))
    for name in words.drugs or ():
        if name not in drugs:
            raise UserError(f"next experiment: no drug {name!r}{nearest(name, drugs)}")
    return replace(
        words,
        drugs=drugs if words.drugs is None else words.drugs,
        readouts=tuple(_readout(name) for name in words.readouts),
        perturbations=tuple(each.name for each in manipulations())
        if words.perturbations is None
        else tuple(perturbation(name).name for name in words.perturbations),
    )


def _readout(name: str) -> str:
    word = output_word(name)
    known = [each.name for each in output_words()]
    if word is None or word.name not in READOUTS:
        raise UserError(f"next experiment: no readout {name!r}{nearest(name, [*READOUTS, *known])}")
    return word.name


@lru_cache(maxsize=1)
def manipulations() -> tuple[Perturbation, ...]:
    """Return what can be done to an animal or a dish; of those that do the same, the first."""
    found: dict[tuple[object, ...], Perturbation] = {}
    for each in perturbations():
        symbols = {symbol for symbol, _ in each.sets}
        if each.sets and each.kind not in _NO_MANIPULATION and not symbols & {*_OF_TRIALS}:
            found.setdefault(_what_it_does(each), each)
    return tuple(found.values())


def _what_it_does(each: Perturbation) -> tuple[object, ...]:
    return each.sets


@dataclass(frozen=True)
class Arms:
    """The arms of one preparation.

    Attributes
    ----------
    preparation : str
    drugs : tuple of (str, str)
        Drug and dose, the first of none.
    perturbations : tuple of str
        The first none.
    of : dict of (str, str, str) to Arm
        By drug, dose and perturbation.
    """

    preparation: str
    drugs: tuple[tuple[str, str], ...]
    perturbations: tuple[str, ...]
    of: dict[tuple[str, str, str], Arm]


def arms_of(preparation: str, words: Vocabulary) -> Arms:
    """Return the arms of one preparation, read as an arm of a finding's file is."""
    doses = BATH_DOSES if preparation == BATH else ANIMAL_DOSES
    drugs = ((NONE, ""), *(each for each in doses if each[0] in (words.drugs or ())))
    given = (NONE, *_possible(preparation, words.perturbations or ()))
    keys = [(drug, dose, what) for what in given for drug, dose in drugs]
    tables = [_arm_table(preparation, key) for key in keys]
    findings = [
        {"id": f"arm-{k}", "arm": table["name"], "comparator": tables[0]["name"],
         "output": "BDNF protein", "measure": "value", "at": "1 h", "direction": "up"}
        for k, table in enumerate(tables)
    ]  # fmt: skip
    file: dict[str, Any] = {
        "title": "Experiments that could be done", "source": "assumed:", "verified": "page",
        "preparation": preparation, "arm": tables, "finding": findings,
    }  # fmt: skip
    read = read_findings_table(file, f"next-experiment-{preparation}.toml")
    of = {key: each.arm for key, each in zip(keys, read, strict=True) if each.arm is not None}
    return Arms(preparation, drugs, given, of)


def _possible(preparation: str, names: Sequence[str]) -> list[str]:
    """Return the perturbations that a preparation allows."""
    if preparation != BATH:
        return list(names)
    return [
        name
        for name in names
        if perturbation(name).kind in DISH_KINDS and not any(p in name for p in _OF_A_PLACE)
    ]


def _arm_table(preparation: str, key: tuple[str, str, str]) -> dict[str, Any]:
    drug, dose, what = key
    table: dict[str, Any] = {"name": " ".join(part for part in key if part) or "vehicle"}
    if drug and preparation == BATH:
        table["regimen"] = [{"drug": drug, "dose": dose, "route": "bath", "for": "1 h"}]
    elif drug:
        table["regimen"] = [{"drug": drug, "dose": dose, "route": "ip"}]
    if what:
        table["perturbations"] = [{"name": what}]
    return table


def times_of(preparation: str, readout: str) -> tuple[float, ...]:
    """Return when a readout is looked at [h]; none where the preparation cannot show it."""
    if preparation != BATH:
        return READOUTS[readout]
    dish = READOUTS[readout] if readout in IN_A_DISH else ()
    return tuple(hour for hour in dish if hour <= IN_A_DISH_UNTIL_H)


def finding_of(arms: Arms, drug: tuple[str, str], what: str, readout: str, at_h: float) -> Finding:
    """Return what an experiment would be reported as; its direction stands for all of its kind."""
    left = bool(drug[0] and what)
    nothing = arms.of[NONE, "", NONE]
    return Finding(
        id="next", study="next", title="", file="", role="validate", verified="page", weight=1.0,
        n=None,
        preparation=arms.preparation,
        arm=arms.of[(*drug, what)],
        comparator=arms.of[NONE, "", what] if left else nothing,
        reference=arms.of[(*drug, NONE)] if left else None,
        reference_comparator=nothing if left else None,
        readout=checked_readout(None, None, readout),
        measure="value",
        start_h=at_h,
        end_h=at_h,
        direction="kept" if left else "none",
    )  # fmt: skip


def designs_of(
    arms: Arms, drug: tuple[str, str], what: str, readouts: Sequence[str]
) -> tuple[Design, ...]:
    """Return what can be looked at after one treatment, at every time."""
    if not (drug[0] or what):
        return ()
    return tuple(
        Design(arms.preparation, *drug, what, word, hour, finding_of(arms, drug, what, word, hour))
        for word in readouts
        for hour in times_of(arms.preparation, word)
    )


Done = dict[tuple[Any, ...], tuple[tuple[float, float], ...]]


def done(findings: Iterable[Finding]) -> Done:
    """Return what findings tell already, and when: readout, drug, perturbations, and the question.

    An animal is an animal: the same claim in a mouse and a rat is one. Who saw what was left of a
    drug's effect has seen that effect, too.
    """
    found: Done = {}
    for each in findings:
        if each.readout is None or each.arm is None or each.direction not in (*PLAIN, *LEFT):
            continue
        end_h = each.end_h if each.end_h < float("inf") else each.start_h + UNTIL_H
        claims = [_claim(each, each.arm, each.direction in LEFT)]
        if each.reference is not None:
            claims.append(_claim(each, each.reference, False))
        for claim in claims:
            found[claim] = (*found.get(claim, ()), (each.start_h, end_h))
    return found


def is_done(design: Design, told: Done) -> bool:
    """Return whether a finding makes the claim already, at about that time."""
    assert design.finding.arm is not None
    windows = told.get(_claim(design.finding, design.finding.arm, design.left), ())
    return any(low / NEAR <= design.at_h <= high * NEAR for low, high in windows)


def _claim(finding: Finding, arm: Arm, left: bool) -> tuple[Any, ...]:
    """Return what is asked of an arm, whatever the answer, dose and animal."""
    assert finding.readout is not None
    drugs = {dose.drug.name for dose in arm.regimen.doses if dose.drug}
    bath = {hold.input for hold in arm.regimen.holds if hold.input.startswith("b")}
    changed = {_what_it_does(perturbation(name)) for name in arm.perturbations}
    return (
        finding.readout.output, frozenset(drugs | bath), frozenset(changed), left,
        finding.preparation == BATH,
    )  # fmt: skip
