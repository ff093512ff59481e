"""What ``ketasim estimate`` is told on the command line: ``NAME=VALUE``, and residual errors."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from ketasim.errors import UserError
from ketasim.population import ResidualError, residual_errors
from ketasim.population.residual_error import error_names

_NUMBER = r"\d*\.?\d+(?:[eE][-+]?\d+)?"
_SIZES = re.compile(rf"(?P<proportional>{_NUMBER})?(?:\+(?P<additive>{_NUMBER}))?")
_SOURCE = "assumed: given on the command line"
_ON_LOG = re.compile(rf"log(?P<log_sd>{_NUMBER})")


def pairs(given: Sequence[str], option: str) -> dict[str, str]:
    """Return ``NAME=VALUE`` words as a mapping.

    Raises
    ------
    UserError
        A word without ``=``, or a name twice.
    """
    found: dict[str, str] = {}
    for word in given:
        name, sign, value = (part.strip() for part in word.partition("="))
        if not sign or not name or not value:
            raise UserError(f"{option}: '{word}' is not NAME=VALUE")
        if name in found:
            raise UserError(f"{option}: '{name}' is given twice")
        found[name] = value
    return found


def numbers(given: Sequence[str], option: str) -> dict[str, float]:
    """Return ``NAME=NUMBER`` words as a mapping of finite numbers, or raise `UserError`."""
    found = {}
    for name, text in pairs(given, option).items():
        try:
            found[name] = float(text)
        except ValueError:
            raise UserError(f"{option}: {name} = '{text}' is not a number") from None
    return found


def command(
    data: Path,
    population: str,
    fix: Sequence[str],
    residual: Sequence[str],
    place: Sequence[str],
    analyte: Sequence[str],
) -> str:
    """Return the command that asks for the same estimates, for the record."""
    words = ["ketasim", "estimate", str(data), "--population", population]
    for option, given in (
        ("--fix", fix), ("--residual", residual), ("--place", place), ("--analyte", analyte),
    ):  # fmt: skip
        for word in given:
            words += [option, word]
    return shlex.join(words)


def residual(given: Sequence[str]) -> Mapping[str, ResidualError]:
    """Return the residual error of each output.

    Parameters
    ----------
    given : sequence of str
        Names of sets (``infusion``, ``nasal``) and ``OUTPUT=ERROR``, the latter over the former;
        ERROR is ``0.2`` (proportional SD), ``0.2+3`` (and additive, in the output's unit),
        ``+3`` (additive alone) or ``log0.3`` (SD of the logarithm).

    Raises
    ------
    UserError
        An unknown set, two sets, or an error that cannot be read.
    """
    sets = [word for word in given if "=" not in word]
    if len(sets) > 1:
        raise UserError(f"--residual: '{sets[0]}' and '{sets[1]}'; give one of {_sets()}")
    found = dict(residual_errors(sets[0] if sets else "infusion"))
    own = pairs([word for word in given if "=" in word], "--residual")
    return found | {output: _error(output, text) for output, text in own.items()}


def _error(output: str, text: str) -> ResidualError:
    match = _ON_LOG.fullmatch(text) or _SIZES.fullmatch(text)
    if match is None:
        raise UserError(
            f"--residual: {output} = '{text}' is no residual error; write 0.2, 0.2+3, +3 or log0.3"
        )
    sizes = {name: float(size) for name, size in match.groupdict().items() if size}
    try:
        return ResidualError(
            proportional=sizes.get("proportional", 0.0),
            additive=sizes.get("additive", 0.0),
            log_sd=sizes.get("log_sd", 0.0),
            source=_SOURCE,
        )
    except UserError as error:
        raise UserError(f"--residual: {output}: {error}") from None


def _sets() -> str:
    return ", ".join(error_names())
