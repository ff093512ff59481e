"""What the tables of a trial file must be to one another; each mistake is one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ketasim.dosing.protocol import steps_regimen
from ketasim.dosing.quantities import hours
from ketasim.errors import nearest
from ketasim.trial.conditions import why_no_scale
from ketasim.trial.endpoints import AMONG, AT, PEAKS, WORDS
from ketasim.trial.scales import scale, scales

if TYPE_CHECKING:
    from ketasim.trial.trial_file import ArmTable, EndpointTable, Trial

# Shares may be rounded to three digits.
SHARES_TOLERANCE = 0.0015
SAME_H = 1e-6
LONGEST_H = 10 * 365.25 * 24
MOST_IN_A_BLOCK = 100
RELAPSES = ("relapse", "relapse-free", "time to relapse")
OF_OUTPUTS = ("score", *PEAKS)


def check_overrides(overrides: Mapping[str, float | tuple[float, ...]]) -> None:
    """Refuse two ends in the wrong order."""
    for symbol, given in overrides.items():
        if isinstance(given, tuple) and given[0] > given[1]:
            raise ValueError(f"population.overrides.{symbol}: {list(given)} runs downwards")


def check_arms(arms: Sequence[ArmTable]) -> None:
    """Refuse arms that cannot be told apart, no control, two controls, and fewer than two arms."""
    names = [arm.name for arm in arms]
    for name in names:
        if sum(other.lower() == name.lower() for other in names) > 1:
            raise ValueError(f"arms: two arms are named {name!r}")
    if len(arms) < 2:
        raise ValueError(f"arms: only {names[0]!r}; a trial compares at least two")
    controls = [arm.name for arm in arms if arm.control]
    if not controls:
        raise ValueError(f"arms: none has control = true; choose from: {', '.join(names)}")
    if len(controls) > 1:
        told = " and ".join(repr(name) for name in controls)
        raise ValueError(f"arms: {told} have control = true; only one can")


def check_allocation(arms: Sequence[ArmTable], n: int) -> None:
    """Refuse arms without patients, and shares that do not sum to 1."""
    for a, arm in enumerate(arms, 1):
        if arm.allocation == 0:
            raise ValueError(f"arms[{a}].allocation: 0 leaves {arm.name!r} without patients")
    given = [arm.allocation for arm in arms]
    if not all(share == int(share) for share in given):
        total = sum(given)
        if abs(total - 1) > SHARES_TOLERANCE:
            told = " + ".join(f"{share:g}" for share in given)
            raise ValueError(
                f"arms: allocation: {told} = {total:g}; shares sum to 1, or give whole numbers"
            )
    block = sum(ratio(given))
    if n < block:
        told = ":".join(str(part) for part in ratio(given))
        raise ValueError(
            f"design.n: {n} cannot fill every arm at {told}; it must be at least {block}"
        )


def ratio(allocation: Sequence[float]) -> tuple[int, ...]:
    """Return allocation as the smallest whole numbers, one for each arm, none of them 0.

    Shares become whole numbers of at most `MOST_IN_A_BLOCK` patients, as near as that allows.
    """
    from math import gcd

    if all(share == int(share) for share in allocation):
        whole = [int(share) for share in allocation]
        common = gcd(*whole)
        return tuple(part // common for part in whole)
    total = sum(allocation)
    for size in range(len(allocation), MOST_IN_A_BLOCK + 1):
        exact = [share / total * size for share in allocation]
        parts = [max(1, round(part)) for part in exact]
        close = all(abs(a - b) <= 0.01 * size for a, b in zip(exact, parts, strict=True))
        if sum(parts) == size and close:
            return tuple(parts)
    parts = [max(1, round(share / total * MOST_IN_A_BLOCK)) for share in allocation]
    return tuple(parts)


def check_design(trial: Trial) -> None:
    """Refuse a lead-in or a washout where the design has none, and their lack where it has."""
    kind, design = trial.design.kind, trial.design
    if kind == "randomised withdrawal" and trial.lead_in is None:
        raise ValueError("lead_in: missing; a randomised withdrawal begins with one")
    if kind != "randomised withdrawal" and trial.lead_in is not None:
        raise ValueError(f"lead_in: has no meaning in a {kind} trial")
    if kind == "crossover" and design.washout is None:
        raise ValueError("design.washout: missing; a crossover needs one between its periods")
    if kind != "crossover" and design.washout is not None:
        raise ValueError(f"design.washout: {design.washout!r} has no meaning in a {kind} trial")
    for s, word in enumerate(design.stratify, 1):
        if word in design.stratify[: s - 1]:
            raise ValueError(f"design.stratify[{s}]: {word!r} stands there twice")
    if kind == "crossover":
        _check_crossover(trial)
    if kind != "parallel":
        for a, arm in enumerate(trial.arms, 1):
            if arm.policy is not None:
                raise ValueError(f"arms[{a}].policy: works in parallel trials only, not {kind}")
    _check_starts(trial)


def _check_crossover(trial: Trial) -> None:
    """Refuse what a crossover cannot have."""
    if len({arm.allocation for arm in trial.arms}) > 1:
        raise ValueError("arms: allocation: every patient of a crossover gets every arm")
    if trial.design.stratify:
        raise ValueError("design.stratify: has no meaning in a crossover; patients are their own")
    washout_h = hours(trial.design.washout or "0 h")
    period_h = trial.lasts_h + washout_h
    for a, arm in enumerate(trial.arms, 1):
        for s, step in enumerate(arm.regimen, 1):
            if -hours(step.start, signed=True) > washout_h:
                raise ValueError(
                    f"arms[{a}].regimen[{s}].start: {step.start!r} is longer before dosing than "
                    f"the washout, {trial.design.washout!r}"
                )
        end_h = _ends_h(arm)
        if end_h > period_h:
            raise ValueError(
                f"arms[{a}].regimen: lasts until {end_h / 24:g} d, into the next period, which "
                f"begins at {period_h / 24:g} d"
            )


def _ends_h(arm: ArmTable) -> float:
    """Return when the last dose of an arm has been given and its last hold ends [h]."""
    regimen = steps_regimen(arm.regimen)
    ends = [dose.session_end_h for dose in regimen.doses]
    return max([*ends, *(hold.end_h for hold in regimen.holds)], default=0.0)


def _check_starts(trial: Trial) -> None:
    """Refuse steps that begin after the last visit; nobody would see what they do."""
    end = trial.design.visits[-1]
    for a, arm in enumerate(trial.arms, 1):
        for s, step in enumerate(arm.regimen, 1):
            if hours(step.start, signed=True) >= max(hours(visit) for visit in trial.design.visits):
                raise ValueError(
                    f"arms[{a}].regimen[{s}].start: {step.start!r} is not before the last visit, "
                    f"{end!r}"
                )
    if trial.lead_in is None:
        return
    for s, step in enumerate(trial.lead_in.regimen, 1):
        if hours(step.start, signed=True) >= hours(trial.lead_in.until):
            raise ValueError(
                f"lead_in.regimen[{s}].start: {step.start!r} is not before lead_in.until = "
                f"{trial.lead_in.until!r}"
            )


def check_visits(
    visits: Sequence[str], place: str, until_h: float = float("inf"), until: str = ""
) -> None:
    """Refuse visits at or before the baseline, twice, out of order, or too late."""
    for v, visit in enumerate(visits, 1):
        here = f"{place}[{v}]: {visit!r}"
        if hours(visit) < SAME_H:
            raise ValueError(f"{here} is the baseline, which is always a visit; leave it out")
        if hours(visit) > LONGEST_H:
            raise ValueError(f"{here} is later than ten years, longer than any trial")
        if hours(visit) > until_h - SAME_H:
            raise ValueError(f"{here} is not before lead_in.until = {until!r}")
        if v == 1:
            continue
        before = visits[v - 2]
        if abs(hours(visit) - hours(before)) < SAME_H:
            raise ValueError(f"{here} is the same time as the visit before it, {before!r}")
        if hours(visit) < hours(before):
            raise ValueError(f"{here} is before the visit before it, {before!r}")


def check_endpoints(
    endpoints: Sequence[EndpointTable], visits: Sequence[str], lead_in: bool
) -> None:
    """Refuse unknown words and scales, times that are no visits, and two primary endpoints."""
    names = [each.name for each in endpoints]
    for e, each in enumerate(endpoints, 1):
        if each.name in names[: e - 1]:
            raise ValueError(f"endpoints[{e}].name: two endpoints are named {each.name!r}")
        _check_words(each, f"endpoints[{e}]")
        _check_times(each, visits, lead_in, f"endpoints[{e}]")
    primary = [each.name for each in endpoints if each.primary]
    if len(primary) > 1:
        told = " and ".join(repr(name) for name in primary)
        raise ValueError(f"endpoints: {told} have primary = true; only one can")
    if not primary and len(endpoints) > 1:
        raise ValueError(f"endpoints: none has primary = true; choose from: {', '.join(names)}")


def _check_words(each: EndpointTable, here: str) -> None:
    if each.endpoint not in WORDS:
        raise ValueError(
            f"{here}.endpoint: {each.endpoint!r} is not an endpoint{nearest(each.endpoint, WORDS)}"
        )
    if each.among is not None and each.among not in AMONG:
        raise ValueError(
            f"{here}.among: {each.among!r} is not a choice{nearest(each.among, AMONG)}"
        )
    if each.endpoint in OF_OUTPUTS:
        return  # outputs of the model will do, too; they are known once it is assembled
    try:
        scale(each.scale)
    except ValueError:
        why = why_no_scale(each.scale)
        hint = f": {why}" if why else nearest(each.scale, scales())
        raise ValueError(
            f"{here}.scale: no scale {each.scale!r} for {each.endpoint!r}{hint}"
        ) from None


def _check_times(each: EndpointTable, visits: Sequence[str], lead_in: bool, here: str) -> None:
    """Refuse a missing time, one that is no visit, and a window that is none."""
    word = each.endpoint
    if word in AT and each.at is None:
        raise ValueError(f"{here}.at: missing; {word!r} is read at a visit")
    if word not in (*AT, "dropout") and each.at is not None:
        raise ValueError(f"{here}.at: {each.at!r} has no meaning for {word!r}; give from and to")
    if word in RELAPSES and each.from_ is None and not lead_in:
        raise ValueError(f"{here}.from: missing; the visit at which {word!r} begins to count")
    if word == "share above" and each.threshold is None:
        raise ValueError(f"{here}.threshold: missing; 'share above' needs it")
    for key, text in (
        ("at", each.at), ("from", each.from_), ("to", each.to), ("among_at", each.among_at)
    ):  # fmt: skip
        if text is not None:
            _check_time(text, visits, word in PEAKS, f"{here}.{key}")
    if each.from_ and each.to and hours(each.from_) >= hours(each.to):
        raise ValueError(f"{here}.to: {each.to!r} is not after from = {each.from_!r}")


def _check_time(text: str, visits: Sequence[str], acute: bool, here: str) -> None:
    """Refuse a time that is neither the baseline nor a visit, or lies after the last one."""
    time_h, at_h = hours(text), [hours(visit) for visit in visits]
    if time_h > at_h[-1] + SAME_H:
        raise ValueError(f"{here}: {text!r} is after the last visit, {visits[-1]!r}")
    is_visit = time_h < SAME_H or min(abs(time_h - hour) for hour in at_h) < SAME_H
    if acute or is_visit:
        return
    closest = min(visits, key=lambda visit: abs(hours(visit) - time_h))
    raise ValueError(f"{here}: {text!r} is no visit; nearest: {closest}")
