"""Assemble a choice of mechanisms into one runnable SBML model."""

from __future__ import annotations

import contextlib
import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ketasim.errors import UserError, nearest
from ketasim.model.antimony_text import MODEL_ID, antimony_text, unit_texts
from ketasim.model.folder import ModelFolder, with_added
from ketasim.model.mechanism import Declaration
from ketasim.model.parameter_table import Parameter
from ketasim.model.sbml_document import sbml_from_antimony, with_all_digits, with_sources
from ketasim.model.text_file import read_text
from ketasim.model.wiring import Wiring, resting_values, wire


@dataclass(frozen=True)
class Output:
    """A variable one may ask for.

    Parameters
    ----------
    name, unit, label, mechanism : str
    rest : float
        Value in a typical person without any drug.
    bounds : tuple of float or None
        Declared lowest and highest value.
    """

    name: str
    unit: str
    label: str
    mechanism: str
    rest: float
    bounds: tuple[float, float] | None = None


@dataclass(frozen=True)
class Input:
    """A quantity the event table may set.

    Parameters
    ----------
    name, unit, label : str
    rest : float
        Value as long as nothing is set, in a typical person.
    """

    name: str
    unit: str
    label: str
    rest: float


@dataclass(frozen=True)
class Model:
    """An assembled model.

    Parameters
    ----------
    name : str
    sbml : str
        SBML Level 3 Version 2.
    antimony : str
        The same model in Antimony.
    mechanisms : tuple of str
    parameters : tuple of Parameter
        Every table row the equations use.
    outputs : mapping of str to Output
    inputs : mapping of str to Input
    hash : str
        SHA-256 of ``sbml``.
    wiring : Wiring
        How the mechanisms meet; what lint reads.
    """

    name: str
    sbml: str = field(repr=False, compare=False)
    antimony: str = field(repr=False, compare=False)
    mechanisms: tuple[str, ...]
    parameters: tuple[Parameter, ...] = field(repr=False, compare=False)
    outputs: Mapping[str, Output] = field(repr=False, compare=False)
    inputs: Mapping[str, Input] = field(repr=False, compare=False)
    hash: str
    wiring: Wiring = field(repr=False, compare=False)

    def _repr_html_(self) -> str:
        from ketasim.model.notebook import model_html

        return model_html(self)


def assemble(
    mechanisms: Iterable[str] | None = None,
    without: Iterable[str] = (),
    values: Mapping[str, float] | None = None,
    *,
    companions: Iterable[str] = (),
    add: Iterable[str | Path] = (),
    folder: Path | str | None = None,
) -> Model:
    """Assemble mechanisms into one model.

    Parameters
    ----------
    mechanisms : iterable of str, optional
        Names; default: all but the companions.
    without : iterable of str
        Names to leave out; whoever reads their outputs sees them at rest.
    values : mapping of str to float, optional
        Numbers that replace table values, resting inputs or switches (``scale_m``, ``block_m``).
    companions : iterable of str
        Names to add to ``mechanisms``: other drugs, which no model has unless asked for.
    add : iterable of path
        Mechanisms of your own to add to ``mechanisms``: files ``NAME.ant`` with ``NAME.csv``
        and, where it cites sources of its own, ``NAME.bib`` beside them.
    folder : path, optional
        Where the mechanisms lie; default: those of the package.

    Returns
    -------
    Model

    Raises
    ------
    UserError
        For an unknown mechanism or symbol, a value that is not finite or cannot be (a negative
        volume), no mechanism at all, an added one that computes what another computes already,
        or any mistake in the texts.
    """
    shipped = ModelFolder(Path(folder)) if folder else ModelFolder()
    place = with_added(shipped, add)
    every = shipped.mechanism_names()
    chosen = [*_listed(every if mechanisms is None else mechanisms), *_listed(companions)]
    chosen += place.added_names()
    kept = _kept(place, chosen, _listed(without))
    wiring = _with_values(wire(place, kept), values or {})
    path = place.functions_path
    text = antimony_text(wiring, read_text(path) if path.is_file() else "")
    name = _model_name(kept, every)
    sbml = with_sources(
        sbml_from_antimony(text),
        name,
        wiring.mechanisms,
        wiring.parameters.values(),
        place.sources(),
        unit_texts(wiring),
    )
    sbml = with_all_digits(sbml, _plain_numbers(wiring))
    outputs, inputs = _outputs_and_inputs(wiring)
    return Model(
        name=name,
        sbml=sbml,
        antimony=text,
        mechanisms=tuple(m.name for m in wiring.mechanisms),
        parameters=tuple(wiring.parameters.values()),
        outputs=outputs,
        inputs=inputs,
        hash=hashlib.sha256(sbml.encode()).hexdigest(),
        wiring=wiring,
    )


def _listed(names: Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _kept(place: ModelFolder, chosen: list[str], left_out: list[str]) -> list[str]:
    """Return the names to assemble, checked."""
    place.check_names([*chosen, *left_out])
    kept = [name for name in dict.fromkeys(chosen) if name not in left_out]
    if not kept:
        raise UserError(f"no mechanism left to assemble{nearest('', place.mechanism_names())}")
    return kept


def _model_name(kept: list[str], every: tuple[str, ...]) -> str:
    missing = [name for name in every if name not in kept]
    if len(missing) >= len(kept):
        return f"{MODEL_ID}: {', '.join(sorted(kept))}"
    added = sorted(name for name in kept if name not in every)
    parts = [f"without {', '.join(missing)}"] if missing else []
    parts += [f"with {', '.join(added)}"] if added else []
    return " ".join([MODEL_ID, *parts])


def _with_values(wiring: Wiring, values: Mapping[str, float]) -> Wiring:
    """Replace numbers of parameters, inputs and switches."""
    parameters, switches = dict(wiring.parameters), dict(wiring.switches)
    events, resting = dict(wiring.event_inputs), dict(wiring.resting)
    for symbol, given in values.items():
        value = _finite(symbol, given)
        if symbol in parameters:
            if what := parameters[symbol].fault(value):
                raise UserError(f"values: {symbol} = {value:g} {what}")
            parameters[symbol] = _set_by_caller(parameters[symbol], value)
        elif symbol in switches:
            switches[symbol] = value
        elif symbol in events:
            events[symbol] = replace(events[symbol], rest=repr(value))
        elif symbol in resting:
            resting[symbol] = replace(resting[symbol], rest=repr(value))
        elif symbol in wiring.owners:
            raise UserError(
                f"values: '{symbol}' is computed by {wiring.owners[symbol]}; leave that "
                f"mechanism out to set it"
            )
        else:
            known = [*parameters, *switches, *events, *resting]
            raise UserError(f"values: unknown symbol '{symbol}'{nearest(symbol, known)}")
    return replace(
        wiring, parameters=parameters, switches=switches, event_inputs=events, resting=resting
    )


def _finite(symbol: str, given: float) -> float:
    try:
        value = float(given)
    except (TypeError, ValueError):
        raise UserError(f"values: {symbol} = {given!r} is not a number") from None
    if not math.isfinite(value):
        raise UserError(f"values: {symbol} = {value} is not finite")
    return value


def _set_by_caller(row: Parameter, value: float) -> Parameter:
    """Return the row with another value, and say so: its tier no longer holds."""
    if value == row.value:
        return row
    note = f"set by the caller; the table has {row.value:g} ({row.tier}, {row.source})"
    return replace(row, value=value, tier="assumed", source="assumed: set by the caller", note=note)


def _plain_numbers(wiring: Wiring) -> dict[str, float]:
    """Return every symbol whose value is a number and no expression."""
    numbers = {name: row.value for name, row in wiring.parameters.items()} | dict(wiring.switches)
    for item in (*wiring.event_inputs.values(), *wiring.resting.values()):
        with contextlib.suppress(ValueError):
            numbers[item.name] = float(item.rest or "0")
    return numbers


def _outputs_and_inputs(wiring: Wiring) -> tuple[dict[str, Output], dict[str, Input]]:
    value = resting_values(wiring)
    outputs = {
        name: Output(name, item.unit, item.label, mechanism.name, value(name), item.bounds)
        for mechanism in wiring.mechanisms
        for name, item in mechanism.owned.items()
    }

    def as_input(item: Declaration) -> Input:
        return Input(item.name, item.unit, item.label, value(item.name))

    groups = (wiring.event_inputs, wiring.resting)
    return outputs, {item.name: as_input(item) for group in groups for item in group.values()}
