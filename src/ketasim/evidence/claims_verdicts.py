"""Verdicts on claims: what was published says, and, apart from it, what the model says.

**What bears on a claim.** For each finding the claim tells what would have to be seen if it were
true: a direction, or bounds of a value.

- *Evidence.* A direction that was seen is for or against the claim. A value is for it where it
  lies within the bounds, against it where its 95 % interval lies wholly outside, else unclear.
- *Model.* The prediction is compared with what the claim expects, not with what was seen; its
  interval is what is not known of the parameters. At least four fifths of it within: for; all
  of it outside: against; else unclear. Where the claim expects just what was seen, the finding's
  own verdict says so. Simulations that nobody has done in the laboratory count likewise. What
  cannot be run has no voice.

**Verdict**, by the claim's rule (`claims_data.RULES`), for each side on its own. Published
findings weigh 1, weak sources and memory half; for the model everything weighs 1.

- *open*: nothing is for or against it, or less than half of what could be judged is;
- *supported*, *contradicted*: at least four fifths of the decided weight is for, or against;
- *contested*: anything between.

Under ``every`` one finding against a claim contradicts it, and all that could be judged must be
for it to support it; under ``some`` one for it supports it. Something from memory alone makes it
only contested. Where the model leaves a claim open, its prediction without the uncertainty of the
parameters tells where it leans.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ketasim.evidence.claims_data import Claim, Link
from ketasim.evidence.clinical_observed import standard_error
from ketasim.evidence.directions import ATTENUATED, BLOCKED, KEPT, PROLONGED
from ketasim.evidence.finding import Finding
from ketasim.evidence.observed import log_error
from ketasim.evidence.verdicts import DRAWS, PEOPLE, Z95, Outcome, predict

CLAIM_VERDICTS = ("supported", "contested", "contradicted", "open")
STANCES = ("for", "against", "unclear", "silent")
MOST = 0.8
_OF_VERDICT = {"reproduced": "for", "contradicted": "against", "not resolved": "unclear"}


@dataclass(frozen=True, eq=False)
class Bearing:
    """What one finding or simulation says of a claim.

    Attributes
    ----------
    link : Link
    outcome : Outcome
    observed, model : str
        One of `STANCES`; ``silent`` is what was not observed, or cannot be run.
    """

    link: Link
    outcome: Outcome
    observed: str
    model: str


@dataclass(frozen=True, eq=False)
class Judged:
    """A claim and both verdicts on it.

    Attributes
    ----------
    claim : Claim
    bearings : tuple of Bearing
    evidence, model : str
        One of `CLAIM_VERDICTS`.
    leaning : str
        Where the model leaves it open: the verdict without uncertainty; else empty.
    """

    claim: Claim
    bearings: tuple[Bearing, ...]
    evidence: str
    model: str
    leaning: str = ""

    @property
    def differ(self) -> bool:
        """Whether one supports what the other contradicts."""
        return {self.evidence, self.model} == {"supported", "contradicted"}

    def told(self, stance: str) -> tuple[Bearing, ...]:
        """Return the published findings with a stance."""
        return tuple(b for b in self.bearings if b.link.published and b.observed == stance)

    def shown(self, stance: str) -> tuple[Bearing, ...]:
        """Return the bearings of which the model takes a stance."""
        return tuple(b for b in self.bearings if b.model == stance)


def judge_claims(
    claims: Sequence[Claim], *, seed: int = 1, people: int = PEOPLE, draws: int = DRAWS
) -> tuple[Judged, ...]:
    """Run what bears on claims, once each, and judge every claim.

    Parameters
    ----------
    claims : sequence of Claim
        From `load_claims`.
    seed, people, draws
        As for `ketasim.evidence.predict`.

    Returns
    -------
    tuple of Judged
        In the order of the claims.
    """
    findings = tuple(dict.fromkeys(link.finding for claim in claims for link in claim.links))
    outcomes = predict(findings, seed=seed, people=people, draws=draws) if findings else ()
    of = {outcome.finding: outcome for outcome in outcomes}
    return tuple(judge_claim(claim, [of[link.finding] for link in claim.links]) for claim in claims)


def judge_claim(claim: Claim, outcomes: Sequence[Outcome]) -> Judged:
    """Judge one claim by what the model made of each of its links, in their order."""
    bearings = tuple(
        Bearing(link, outcome, observed_stance(link), model_stance(link, outcome))
        for link, outcome in zip(claim.links, outcomes, strict=True)
    )
    seen = [(b.observed, b.link.finding.weight) for b in bearings if b.link.published]
    model = weighed([(b.model, 1.0) for b in bearings], claim.rule)
    leaning = ""
    if model == "open":
        central = [(_central(b.link, b.outcome), 1.0) for b in bearings]
        leaning = weighed(central, claim.rule).replace("open", "")
    return Judged(claim, bearings, weighed(seen, claim.rule), model, leaning)


def evidence_verdict(claim: Claim) -> str:
    """Return what was published says of a claim, which needs no simulation."""
    return weighed([(observed_stance(k), k.finding.weight) for k in claim.findings], claim.rule)


def weighed(stances: Sequence[tuple[str, float]], rule: str) -> str:
    """Return the verdict on stances and their weights.

    Parameters
    ----------
    stances : sequence of (str, float)
        `STANCES` and weights; what is silent has no voice.
    rule : str
        One of `claims_data.RULES`.
    """
    of = {side: [weight for stance, weight in stances if stance == side] for side in STANCES}
    pro, con, unclear = of["for"], of["against"], of["unclear"]
    if rule == "every" and con:
        return "contradicted" if max(con) == 1 or not pro else "contested"
    if rule == "some" and pro:
        return "supported" if max(pro) == 1 or not con else "contested"
    decided = sum(pro) + sum(con)
    if not decided or decided < sum(unclear) or (rule == "every" and unclear):
        return "open"
    share = sum(pro) / decided
    if share >= MOST:
        return "supported"
    return "contradicted" if share <= 1 - MOST else "contested"


def observed_stance(link: Link) -> str:
    """Return whether what was published is for the claim; ``silent`` for a simulation."""
    finding, expected = link.finding, link.expected
    if not link.published:
        return "silent"
    if finding.direction:
        return "for" if expected.sees(finding.direction) else "against"
    if finding.value is None:
        return "silent"
    low, high = observed_interval(finding)
    if expected.holds(finding.value):
        return "for"
    return "against" if high < expected.at_least or low > expected.at_most else "unclear"


def observed_interval(finding: Finding) -> tuple[float, float]:
    """Return the 95 % interval of an observed value, in its unit."""
    value = float(finding.value or 0.0)
    told = finding.dispersion
    if told is not None and told.kind == "ci95":
        return told.low, told.high
    if finding.unit.startswith("%") and not finding.contrast:
        return _share_interval(value / 100, finding.n)
    if finding.clinical is not None:
        error = standard_error(finding)
        return value - Z95 * error, value + Z95 * error
    if value <= 0 or finding.contrast == "change":
        error = abs(value) * log_error(finding, 0.0)
        return value - Z95 * error, value + Z95 * error
    fold = math.exp(Z95 * log_error(finding, 0.0))
    return value / fold, value * fold


def model_stance(link: Link, outcome: Outcome) -> str:
    """Return whether what the model shows is for the claim; ``silent`` where it cannot be run."""
    finding, words = outcome.finding, link.expected.directions
    if outcome.verdict == "out of scope":
        return "silent"
    if words == (finding.direction,):
        return _OF_VERDICT[outcome.verdict]
    if not math.isfinite(outcome.predicted) or finding.direction == "biphasic":
        return "unclear"
    low, high = _wanted(link)
    if outcome.high < low or outcome.low > high:
        return "against"
    return "for" if _share_between(outcome, low, high) >= MOST else "unclear"


def _central(link: Link, outcome: Outcome) -> str:
    """Return the stance of the prediction as tabled, as if the parameters were known."""
    if outcome.verdict == "out of scope":
        return "silent"
    if not math.isfinite(outcome.predicted) or outcome.finding.direction == "biphasic":
        return "unclear"
    low, high = _wanted(link)
    return "for" if low <= outcome.predicted <= high else "against"


def _wanted(link: Link) -> tuple[float, float]:
    """Return between which predictions the claim holds."""
    if not link.expected.directions:
        return link.expected.at_least, link.expected.at_most
    ranges = [_ranges(link.finding)[word] for word in link.expected.directions]
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def _share_between(outcome: Outcome, low: float, high: float) -> float:
    """Return the share of a prediction between two ends: a normal law with its own two halves."""

    def below(value: float) -> float:
        side = outcome.low if value < outcome.predicted else outcome.high
        sd = abs(side - outcome.predicted) / outcome.interval_z
        if not sd:
            return float(value >= outcome.predicted)
        return 0.5 * (1 + math.erf((value - outcome.predicted) / sd / math.sqrt(2)))

    return (1.0 if math.isinf(high) else below(high)) - (0.0 if math.isinf(low) else below(low))


def _ranges(finding: Finding) -> Mapping[str, tuple[float, float]]:
    """Return between which effects, or shares left of an effect, each direction lies."""
    few = finding.threshold
    return {
        "up": (few, math.inf),
        "down": (-math.inf, -few),
        "none": (-few, few),
        "blocked": (-math.inf, BLOCKED),
        "attenuated": (-math.inf, ATTENUATED),
        "kept": (KEPT, math.inf),
        "prolonged": (PROLONGED, math.inf),
    }


def _share_interval(share: float, n: int | None) -> tuple[float, float]:
    """Return the 95 % interval of a share of ``n`` people [%], after Wilson."""
    count = n or 10
    centre = (share + Z95**2 / (2 * count)) / (1 + Z95**2 / count)
    half = Z95 / (1 + Z95**2 / count)
    half *= math.sqrt(share * (1 - share) / count + Z95**2 / (4 * count**2))
    return 100 * (centre - half), 100 * (centre + half)
