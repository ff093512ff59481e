"""Verdicts on claims in words, made from what was published and what was simulated."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ketasim.evidence.claims_verdicts import CLAIM_VERDICTS
from ketasim.report import evidence_words
from ketasim.report.evidence_points import study_name
from ketasim.report.phrases import counted, listed, moment, number

if TYPE_CHECKING:
    from ketasim.evidence import Finding
    from ketasim.evidence.claims_verdicts import Bearing, Judged

SHOWN = 2  # simulations told in a sentence; all stand in the list
LEANING = {
    "supported": "With its parameters as tabled it would support the claim.",
    "contested": "With its parameters as tabled it would be divided on the claim.",
    "contradicted": "With its parameters as tabled it would contradict the claim.",
}
LEANS = {"supported": "leans for it", "contested": "divided", "contradicted": "leans against it"}
METHOD = (
    "Each claim is tied to the published findings that bear on it and to simulations, with what "
    "would have to be seen if it were true: a direction, or bounds of a value. The two sides are "
    "judged apart, so that they can contradict each other.",
    "Evidence: what was seen is for or against the claim; a value is against it where its 95 % "
    "interval lies wholly outside the bounds. A finding from memory or a weak source weighs half.",
    "Model: the prediction is compared with what the claim expects, not with what was seen; its "
    "95 % interval is what is not known of the parameters. At least four fifths of it must lie "
    "within to be for the claim, and all of it outside to be against. What cannot be run is left "
    "out.",
    "Supported or contradicted: at least four fifths of the weight that decides is for it or "
    "against it; contested: anything between; open: nothing decides, or less than half of what "
    "could. A claim about every case falls with one case against it.",
)


def headline(entries: Sequence[Judged]) -> str:
    """Say in a sentence how the claims fare on both sides."""
    return (
        f"Of {counted(len(entries), 'claim')}, what was published {_counts(entries, 'evidence')}; "
        f"the model {_counts(entries, 'model')}."
    )


def _counts(entries: Sequence[Judged], side: str) -> str:
    verbs = dict(
        zip(
            CLAIM_VERDICTS, ("supports", "is divided on", "contradicts", "leaves open"), strict=True
        )
    )
    said = [getattr(entry, side) for entry in entries]
    parts = [f"{verbs[v]} {said.count(v)}" for v in CLAIM_VERDICTS if v in said]
    return listed(parts)


def summary_words(entries: Sequence[Judged]) -> tuple[str, ...]:
    """Return the summary as paragraphs: where both sides part, and what nobody has tested."""
    apart = [quoted(e) for e in entries if e.differ]
    untested = [quoted(e) for e in entries if e.evidence == "open"]
    texts = [
        f"Evidence and model contradict each other on {counted(len(apart), 'claim')}: "
        f"{listed(apart)}."
        if apart
        else "Nowhere does one side support what the other contradicts."
    ]
    if untested:
        texts.append(f"Nothing that was published decides {listed(untested)}.")
    undecided = [entry for entry in entries if entry.model == "open"]
    leaning = [entry for entry in undecided if entry.leaning]
    if undecided:
        texts.append(
            f"The model leaves {counted(len(undecided), 'claim')} open: for {len(leaning)} of them "
            "what is not known of its parameters is too much, and the page says where it leans "
            "with its parameters as tabled; the others it cannot run."
        )
    return tuple(texts)


def quoted(entry: Judged) -> str:
    """Return a claim in quotation marks, without its full stop."""
    return f"“{entry.claim.says.rstrip('.')}”"


def model_verdict(entry: Judged) -> str:
    """Return the model's verdict and, where it is open, where it leans."""
    return f"{entry.model} ({LEANS[entry.leaning]})" if entry.leaning else entry.model


def relation(entry: Judged) -> str:
    """Say how both sides relate, where that is worth saying; else nothing."""
    if entry.differ:
        return "Evidence and model contradict each other."
    if entry.evidence == "open" and entry.model != "open":
        return "Only the model speaks: the experiment is missing."
    return ""


def evidence_sentences(entry: Judged) -> str:
    """Say what was published, how much of it, and how sure it is."""
    findings = [b for b in entry.bearings if b.link.published]
    if not findings:
        return "No published finding bears on it."
    pro, con, unclear = (entry.told(s) for s in ("for", "against", "unclear"))
    parts = []
    if pro:
        parts.append(f"{_who(pro)} {'bear' if len(pro) > 1 else 'bears'} it out")
    if con:
        parts.append(f"{_who(con)} {'speak' if len(con) > 1 else 'speaks'} against it")
    if unclear:
        parts.append(f"{_who(unclear)} {'decide' if len(unclear) > 1 else 'decides'} nothing")
    return f"{_upper('; '.join(parts))}. {_strength(findings)}".strip()


def model_sentences(entry: Judged) -> str:
    """Say what the model shows, with the numbers of its first simulations."""
    able = [b for b in entry.bearings if b.outcome.verdict != "out of scope"]
    if not able:
        why = entry.bearings[0].outcome.reason if entry.bearings else "nothing is simulated"
        return f"Nothing can be run: {why}."
    pro, con = entry.shown("for"), entry.shown("against")
    text = f"{_upper(counted(len(able), 'run'))}: {len(pro)} for it, {len(con)} against"
    rest = len(able) - len(pro) - len(con)
    text += f", {rest} undecided." if rest else "."
    text += f" {LEANING[entry.leaning]}" if entry.leaning else ""
    telling = [b for b in able if not b.link.published] or list(con) or list(pro)
    for bearing in telling[:SHOWN]:
        text += f" {_upper(what(bearing))}: {shown(bearing)}."
    tuned = sum(b.link.finding.role == "calibrate" for b in able)
    if tuned:
        verb = "was" if tuned == 1 else "were"
        text += f" {tuned} of the findings {verb} in view when the model was set."
    return text


def _who(bearings: Sequence[Bearing]) -> str:
    names = list(dict.fromkeys(study_name(b.link.finding) for b in bearings))
    return f"{counted(len(bearings), 'finding')} ({listed(names)})"


def _strength(findings: Sequence[Bearing]) -> str:
    """Say from how many laboratories, of how many people, and how much from memory."""
    parts = []
    labs = {b.link.laboratory or study_name(b.link.finding) for b in findings}
    if len(findings) > 1 and len(labs) == 1:
        parts.append(f"all from one laboratory ({labs.pop()})")
    elif len(findings) == 1:
        parts.append("a single finding")
    recalled = sum(b.link.finding.verified == "recall" for b in findings)
    if recalled:
        parts.append(f"{'all' if recalled == len(findings) else recalled} from memory")
    weak = sum(b.link.finding.weight < 1 and b.link.finding.verified == "page" for b in findings)
    if weak:
        parts.append(f"{weak} from a weak source")
    sizes = sorted(b.link.finding.n for b in findings if b.link.finding.n)
    if sizes:
        span = f"{sizes[0]}" if sizes[0] == sizes[-1] else f"{sizes[0]} to {sizes[-1]}"
        parts.append(f"n = {span}")
    return f"{_upper('; '.join(parts))}." if parts else ""


def what(bearing: Bearing) -> str:
    """Name what is measured: the words of a simulation, or the finding's."""
    finding = bearing.link.finding
    if bearing.link.what:
        return bearing.link.what
    study = study_name(finding)
    if finding.arm is None and not finding.arms:
        return f"{study}: {finding.note.rstrip('.')}" if finding.note else study
    if not finding.direction:
        return f"{study}: {evidence_words.what(finding)}"
    return f"{study}: {finding.readout}{_when(finding)}, {_compared(finding)}"


def _when(finding: Finding) -> str:
    start_h, end_h = finding.start_h, finding.end_h
    if start_h == end_h:
        return f" at {moment(start_h)}" if start_h > 0 else ""
    if math.isinf(end_h):
        return ""
    return f" from {moment(start_h)} to {moment(end_h)}" if start_h else f" up to {moment(end_h)}"


def _compared(finding: Finding) -> str:
    names = [arm.name for arm in finding.arms] or [finding.arm.name if finding.arm else ""]
    if finding.reference is not None:
        return f"{listed(names)}, beside {finding.reference.name} alone"
    against = f" against {finding.comparator.name}" if finding.comparator else ""
    return f"{listed(names)}{against}"


def seen(bearing: Bearing) -> str:
    """Write what was observed; a dash for a simulation."""
    if not bearing.link.published:
        return "–"
    finding = bearing.link.finding
    if finding.direction or finding.value is None:
        return finding.direction or "–"
    return f"{number(finding.value)} {evidence_words.unit(finding)}".strip()


def expected(bearing: Bearing) -> str:
    """Write what the claim expects."""
    want = bearing.link.expected
    if want.directions:
        return listed(want.directions, "or")
    unit = evidence_words.unit(bearing.link.finding)
    low, high = number(want.at_least), number(want.at_most)
    if math.isinf(want.at_least):
        return f"at most {high} {unit}".strip()
    if math.isinf(want.at_most):
        return f"at least {low} {unit}".strip()
    return f"{low} to {high} {unit}".strip()


def shown(bearing: Bearing) -> str:
    """Write what the model predicts, with its 95 % interval."""
    outcome, finding = bearing.outcome, bearing.outcome.finding
    if outcome.verdict == "out of scope":
        return f"not run: {outcome.reason}"
    if not math.isfinite(outcome.predicted):
        return outcome.reason or "not computed"
    values = (outcome.predicted, outcome.low, outcome.high)
    if finding.direction == "biphasic":
        return f"highest dose {_spread(values, _share)} of the greatest effect"
    if finding.direction in ("blocked", "attenuated", "kept", "prolonged"):
        return f"{_spread(values, _share)} of the effect left"
    if finding.direction:
        return f"change {_spread(values, _signed)}{_of_what(bearing)}"
    unit = evidence_words.unit(finding)
    if finding.measure == "response" and not finding.contrast:
        values = (values[0], values[1], min(values[2], 100.0))
    text = _spread(values, lambda v: number(v, 2))
    return f"{text} {unit}".strip()


def _of_what(bearing: Bearing) -> str:
    readout = bearing.link.finding.readout
    scaled = readout is not None and readout.word is not None and readout.word.scale is not None
    return " of a full effect" if scaled else ""


def _spread(values: tuple[float, float, float], write: Callable[[float], str]) -> str:
    middle, low, high = (write(value) for value in values)
    return middle if low == high == middle else f"{middle} ({low} to {high})"


def _share(share: float) -> str:
    text = f"{100 * share:.0f} %".replace("-", "−")
    return "0 %" if text == "−0 %" else text


def _signed(share: float) -> str:
    text = _share(share)
    return f"+{text}" if share > 0 and text != "0 %" else text


def _upper(text: str) -> str:
    return text if text.startswith("n = ") else text[:1].upper() + text[1:]
