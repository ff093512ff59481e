"""A policy as a file writes it, and the rule it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from ketasim.dosing.named_regimens import find_regimen, named_regimens
from ketasim.dosing.protocol import Length, Time
from ketasim.dosing.quantities import amount, hours
from ketasim.errors import UserError, nearest
from ketasim.toml_tables import Table
from ketasim.trial.maintenance import Boosters, Spacing, Taper
from ketasim.trial.policies import Policy, StepUp, StopAfter, StopWhen, StopWithoutResponse
from ketasim.trial.scales import scale

Kind = Literal[
    "step up", "stop without response", "stop when", "stop after", "taper", "spacing", "boosters"
]
Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
LEAST_GAP_H = 1.0

_MAINTENANCE = ("responders", "share", "judged", "scale")
#: What each kind needs, and what it may have besides.
FIELDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "step up": (("doses",), ("share", "every_sessions", "scale")),
    "stop without response": (("after_sessions",), ("share", "scale")),
    "stop when": (("reached",), ("share", "cut", "scale")),
    "stop after": (("after_sessions",), ()),
    "taper": (("intervals",), ("then", *_MAINTENANCE)),
    "spacing": (("intervals",), ("from_", "cut", "every", *_MAINTENANCE)),
    "boosters": ((), ("below", "gap", "most", *_MAINTENANCE)),
}


class PolicyTable(Table):
    """How visits change what is given next."""

    kind: Kind
    scale: str | None = Field(default=None, description="Whose scores decide; default MADRS.")
    share: Share | None = Field(
        default=None, description="Fall from baseline that is enough; default the scale's response."
    )
    cut: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="Greatest score in remission; default the scale's."
    )
    doses: tuple[str, ...] | None = Field(
        default=None, min_length=2, description="Of `step up`, from the first to the highest."
    )
    every_sessions: Count | None = Field(
        default=None, description="Of `step up`: sessions at one dose before it is judged; 1."
    )
    after_sessions: Count | None = Field(default=None, description="When it is judged, or ends.")
    reached: Literal["response", "remission"] | None = Field(
        default=None, description="Of `stop when`."
    )
    intervals: tuple[Length, ...] | None = Field(
        default=None, min_length=1, description="Between sessions; of `spacing` ascending."
    )
    then: Literal["go on", "stop"] | None = Field(
        default=None, description="Of `taper`: whether the last interval repeats; default go on."
    )
    from_: Time | None = Field(
        default=None, alias="from", description="Of `spacing`: default the end of the regimen."
    )
    every: Length | None = Field(
        default=None, description="Of `spacing`: how often it is judged; default 4 weeks."
    )
    below: Share | None = Field(
        default=None, description="Of `boosters`: a fall below this calls for one; default 0.5."
    )
    gap: Length | None = Field(
        default=None, description="Of `boosters`: least time between sessions; default 14 d."
    )
    most: Count | None = Field(default=None, description="Of `boosters`: how many at most.")
    responders: bool | None = Field(
        default=None, description="Whether only responders go on; default true."
    )
    judged: Time | None = Field(
        default=None, description="When responders are told; default after the regimen."
    )

    @model_validator(mode="after")
    def _is_a_policy(self) -> PolicyTable:
        needs, may = FIELDS[self.kind]
        for name in type(self).model_fields:
            key, value = name.rstrip("_"), getattr(self, name)
            if name in needs and value is None:
                raise ValueError(f"{key}: missing; {self.kind!r} needs it")
            if value is not None and name not in ("kind", *needs, *may):
                raise ValueError(f"{key}: {value!r} has no meaning for {self.kind!r}")
        if self.kind == "spacing":
            _check_ascending(self.intervals or ())
        for said in self.doses or ():
            if amount(said, "doses").is_zero:
                raise ValueError(f"doses: {said!r} is no dose")
        for key, said in (("gap", self.gap), *(("intervals", i) for i in self.intervals or ())):
            if said is not None and hours(said) < LEAST_GAP_H:
                raise ValueError(f"{key}: {said!r} is shorter than an hour")
        self.policy()
        return self

    def policy(self) -> Policy:
        """Return the rule."""
        return _RULES[self.kind](self)

    def common(self) -> dict[str, Any]:
        """Return what rules share: whose scores, and what a response is."""
        kind = scale(self.scale or "MADRS")
        return {"scale": kind.name, "share": self.share or kind.response_share}

    def remission(self) -> float:
        """Return the greatest score in remission."""
        kind = scale(self.scale or "MADRS")
        cut = self.cut if self.cut is not None else kind.remission_cut
        if cut is None:
            raise UserError(f"cut: missing; {kind.name} has no usual one")
        return cut


def named_policy(name: str) -> PolicyTable:
    """Return the policy that belongs to a named regimen.

    Raises
    ------
    UserError
        Unknown name, or a regimen without a policy.
    """
    entry = find_regimen(name)
    if entry.policy is None:
        having = [each.name for each in named_regimens() if each.policy is not None]
        raise UserError(f"no policy belongs to {entry.name!r}{nearest(entry.name, having)}")
    return PolicyTable.model_validate_json(_json(entry.policy))


def _json(table: Mapping[str, Any]) -> str:
    import json

    return json.dumps(dict(table))


def _of_a_name(given: Any) -> Any:
    if isinstance(given, str):
        return named_policy(given)
    if isinstance(given, dict):  # past JSON, strict mode takes no list for a tuple
        return {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    return given


PolicyField = Annotated[
    PolicyTable,
    BeforeValidator(_of_a_name, json_schema_input_type=PolicyTable | str),
]
"""Where a policy stands in a file: a table, or the name of the regimen it belongs to."""


def _check_ascending(intervals: tuple[str, ...]) -> None:
    for before, after in pairwise(intervals):
        if hours(after) <= hours(before):
            raise ValueError(f"intervals: {after!r} is not longer than {before!r}")


def _maintenance(table: PolicyTable) -> dict[str, Any]:
    responders = True if table.responders is None else table.responders
    judged_h = None if table.judged is None else hours(table.judged)
    return {**table.common(), "responders": responders, "judged_h": judged_h}


def _hours(table: PolicyTable) -> tuple[float, ...]:
    return tuple(hours(each) for each in table.intervals or ())


def _step_up(table: PolicyTable) -> Policy:
    return StepUp(
        **table.common(), doses=table.doses or (), every_sessions=table.every_sessions or 1
    )


def _stop_without(table: PolicyTable) -> Policy:
    return StopWithoutResponse(**table.common(), after_sessions=table.after_sessions or 1)


def _stop_when(table: PolicyTable) -> Policy:
    if table.reached == "remission":
        if table.share is not None:
            raise UserError(f"share: {table.share:g} has no meaning for remission; give cut")
        return StopWhen(table.common()["scale"], None, table.remission())
    if table.cut is not None:
        raise UserError(f"cut: {table.cut:g} has no meaning for response; give share")
    return StopWhen(**table.common())


def _stop_after(table: PolicyTable) -> Policy:
    return StopAfter(after_sessions=table.after_sessions or 1)


def _taper(table: PolicyTable) -> Policy:
    return Taper(**_maintenance(table), intervals_h=_hours(table), go_on=table.then != "stop")


def _spacing(table: PolicyTable) -> Policy:
    return Spacing(
        **_maintenance(table),
        intervals_h=_hours(table),
        cut=table.remission(),
        every_h=hours(table.every or "4 weeks"),
        from_h=None if table.from_ is None else hours(table.from_),
    )


def _boosters(table: PolicyTable) -> Policy:
    return Boosters(
        **_maintenance(table),
        below=table.below or 0.5,
        gap_h=hours(table.gap or "14 d"),
        most=table.most,
    )


_RULES: Mapping[str, Callable[[PolicyTable], Policy]] = {
    "step up": _step_up,
    "stop without response": _stop_without,
    "stop when": _stop_when,
    "stop after": _stop_after,
    "taper": _taper,
    "spacing": _spacing,
    "boosters": _boosters,
}
