"""A document becomes machine code: compiled once, kept on disk, pickled as text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ketasim.engine.machine_code import MachineCode
from ketasim.engine.sparse_lu import Elimination
from ketasim.engine.system import System, UnsupportedModel
from ketasim.errors import UserError, nearest

MOST_STATES, MOST_OPERATIONS = 3_000, 300_000
"""What straight-line code is written for: states, and products of a matrix's elimination."""
PRECISIONS = ("double", "single")


@dataclass(frozen=True)
class CompiledModel:
    """A model as machine code.

    Attributes
    ----------
    states, parameters, outputs : tuple of str
    defaults : ndarray, shape (n_parameters,)
        Parameter values in the model file.
    layout : mapping
        Sizes of working memory, in vectors.
    code : MachineCode
    precision : str
        ``"double"`` or ``"single"`` (see :func:`compile_model`).
    """

    states: tuple[str, ...]
    parameters: tuple[str, ...]
    outputs: tuple[str, ...]
    defaults: np.ndarray
    layout: Mapping[str, Any]
    code: MachineCode
    sbml: str
    precision: str = "double"

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Pickle as SBML and outputs; the other side compiles (or finds the cache)."""
        make = partial(compile_model, precision=self.precision)
        return make, (self.sbml, self.outputs)


def compile_model(
    sbml: str, outputs: Sequence[str], *, cache: bool = True, precision: str = "double"
) -> CompiledModel:
    """Compile an SBML document for a choice of outputs.

    Parameters
    ----------
    sbml : str
        The document.
    outputs : sequence of str
        Names of states, assigned variables, reactions or parameters to be returned.
    cache : bool
        Keep and reuse object code on disk (see :func:`machine_code.cache_folder`).
    precision : str
        ``"double"``, or ``"single"``: numbers of 32 bits, eight individuals in a vector.

    Raises
    ------
    UnsupportedModel
        When the document uses a construct that is not simulated; the message names it.
    UserError
        When an output is not in the model; for an unknown precision, or a model with a number
        that does not fit it.
    """
    from ketasim.engine import machine_code

    if precision not in PRECISIONS:
        raise UserError(f"precision '{precision}' is unknown{nearest(precision, PRECISIONS)}")
    outputs = tuple(outputs)
    other = () if precision == "double" else (precision,)
    key = machine_code.cache_key(sbml, "\n".join(outputs), *other)
    kept = machine_code.read_cache(key + ".json") if cache else None
    code = machine_code.read_cache(key + ".o") if kept else None
    if kept and code:
        try:
            return loaded(json.loads(kept), code, sbml)
        except (ValueError, KeyError, RuntimeError):
            pass  # a damaged cache entry is made anew
    facts, code = _translate(sbml, outputs, precision)
    if cache:
        machine_code.write_cache(key + ".o", code)
        machine_code.write_cache(key + ".json", json.dumps(facts).encode())
    return loaded(facts, code, sbml)


def compile_system(system: System, outputs: Sequence[str], sbml: str) -> CompiledModel:
    """Compile a system that has been read (and perhaps added to); nothing is kept on disk.

    Parameters
    ----------
    system : System
        Its events, if any, are left out.
    outputs : sequence of str
        Names in ``system.symbols``.
    sbml : str
        The document it came from.
    """
    return loaded(*translated(system, tuple(outputs)), sbml)


def _translate(sbml: str, outputs: tuple[str, ...], precision: str) -> tuple[dict[str, Any], bytes]:
    from ketasim.engine.sbml_reading import read_sbml

    return translated(read_sbml(sbml), outputs, precision)


def translated(
    system: System, outputs: tuple[str, ...], precision: str = "double"
) -> tuple[dict[str, Any], bytes]:
    """Return what is to be known of a system's machine code, and the code, for :func:`loaded`."""
    from ketasim.engine import machine_code, programs, step_code

    for name in outputs:
        if name not in system.symbols:
            raise UserError(f"output '{name}' is not in the model{nearest(name, system.symbols)}")
    if len(system.states) > MOST_STATES:
        raise UnsupportedModel(f"the model has {len(system.states):,} states; at most "
                               f"{MOST_STATES:,} are simulated")  # fmt: skip
    writer = programs.ProgramWriter(system, outputs, precision)
    _check_elimination(writer.elimination)
    text, layout = writer.text(), writer.layout()
    step = step_code.text(layout, writer.numbers)
    code = machine_code.object_code("\n".join([programs.declarations(precision), text, step]))
    facts = {
        "states": system.states,
        "parameters": system.parameters,
        "outputs": outputs,
        "defaults": [float(v).hex() for v in system.defaults],
        "layout": vars(layout),
        "precision": precision,
    }
    return facts, code


def _check_elimination(found: Elimination) -> None:
    count = sum(len(found.lower[k]) * len(found.upper[k]) for k in found.order)
    if count > MOST_OPERATIONS:
        raise UnsupportedModel(f"the equations hang together too closely: a step would take "
                               f"{count:,} operations in its matrix alone; at most "
                               f"{MOST_OPERATIONS:,}")  # fmt: skip


def loaded(facts: Mapping[str, Any], code: bytes, sbml: str) -> CompiledModel:
    """Return machine code ready to be called."""
    from ketasim.engine import machine_code

    return CompiledModel(
        states=tuple(facts["states"]),
        parameters=tuple(facts["parameters"]),
        outputs=tuple(facts["outputs"]),
        defaults=np.array([float.fromhex(v) for v in facts["defaults"]]),
        layout=facts["layout"],
        code=machine_code.load(code),
        sbml=sbml,
        precision=facts["precision"],
    )


def in_double(model: CompiledModel) -> CompiledModel:
    """Return the model compiled for double precision."""
    if model.precision == "double":
        return model
    return compile_model(model.sbml, model.outputs)
