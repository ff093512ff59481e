"""A whole tournament: run, kept on disk, read back; the one that ships.

Draws are rounded to three decimals of a prior's standard deviation and log chances to three
decimals, and held as 32-bit numbers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from ketasim.errors import UserError
from ketasim.inference.tournament.body import Body, body_of_evidence
from ketasim.inference.tournament.fit import Fit, fit
from ketasim.inference.tournament.hypothesis import Hypothesis, load_hypothesis
from ketasim.inference.tournament.side_by_side import side_by_side
from ketasim.inference.tournament.smc import Cloud, Size
from ketasim.input_files import DATA_MB, read_bytes, read_text
from ketasim.simulation.chunk_store import read_arrays, write_whole

SUMMARY = "tournament.json"
KEPT = 256
"""Draws of each hypothesis that are kept: every so many-th."""


@dataclass(frozen=True)
class Tournament:
    """Every hypothesis after the same evidence.

    Attributes
    ----------
    body : Body
    fits : tuple of Fit
        One for each hypothesis.
    size : Size
    seed : int
    """

    body: Body
    fits: tuple[Fit, ...]
    size: Size
    seed: int

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the hypotheses, in the order of ``fits``."""
        return tuple(each.hypothesis.name for each in self.fits)

    def fit_of(self, name: str) -> Fit:
        """Return the fit of one hypothesis."""
        return self.fits[self.names.index(name)]


def run_tournament(
    hypotheses: Sequence[Hypothesis],
    body: Body | None = None,
    *,
    size: Size | None = None,
    seed: int = 1,
    folder: Path | None = None,
    told: Callable[[Hypothesis, Cloud], None] | None = None,
) -> Tournament:
    """Run hypotheses, a few at a time; the numbers do not depend on how many.

    Parameters
    ----------
    hypotheses : sequence of Hypothesis
    body : Body, optional
        Default: everything that ships.
    size : Size, optional
    seed : int
    folder : Path, optional
        Where finished steps are kept, one folder for each hypothesis; a stopped run goes on.
    told : callable, optional
        Called after every power, by one thread at a time.

    Raises
    ------
    UserError
        No hypotheses; a folder of another question.
    """
    if not hypotheses:
        raise UserError("tournament: no hypotheses")
    held = body or body_of_evidence()
    size = size or Size()
    one_tells = Lock()

    def fitted(each: Hypothesis, check: Callable[[], None]) -> Fit:
        def tell(cloud: Cloud) -> None:
            if told:
                with one_tells:
                    told(each, cloud)

        own = folder / each.name if folder else None
        return fit(each, held, size=size, seed=seed, folder=own, told=tell, check=check)

    return Tournament(held, side_by_side(fitted, hypotheses), size, seed)


def write_tournament(found: Tournament, folder: Path, kept: int = KEPT) -> None:
    """Write a tournament as small files of numbers: a summary, and draws of each hypothesis."""
    facts: dict[str, Any] = {
        "format": 1,
        "seed": found.seed,
        "particles": found.size.particles,
        "chain": found.size.chain,
        "findings": [each.id for each in found.body.findings],
        "hypotheses": {each.hypothesis.name: _facts(each) for each in found.fits},
    }
    for each in found.fits:
        step = max(1, len(each.scores) // kept)
        held = BytesIO()
        arrays = {"scores": each.scores, "clean": each.clean, "judged": each.judged}
        if each.judged_radius is not None:
            arrays["judged_radius"] = each.judged_radius
        kept_arrays: dict[str, Any] = {n: _rounded(a[::step]) for n, a in arrays.items()}
        np.savez_compressed(held, **kept_arrays)
        write_whole(folder / f"{each.hypothesis.name}.npz", held.getvalue(), "draws")
    text = json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
    write_whole(folder / SUMMARY, text.encode(), "draws")


def _rounded(array: np.ndarray) -> np.ndarray:
    return np.round(array, 3).astype(np.float32)


def _facts(each: Fit) -> dict[str, Any]:
    return {
        "free": list(each.hypothesis.symbols),
        "log_evidence": round(each.log_evidence, 3),
        "log_evidence_error": round(each.log_evidence_error, 3),
        "log_held_out": round(each.log_held_out, 3),
        "log_held_out_error": round(each.log_held_out_error, 3),
        "evaluations": each.evaluations,
    }


def read_tournament(folder: Path, hypotheses: Sequence[Hypothesis] = ()) -> Tournament:
    """Read a tournament.

    Parameters
    ----------
    folder : Path
    hypotheses : sequence of Hypothesis, optional
        Those of the run that do not ship.

    Raises
    ------
    UserError
        No tournament there; findings or hypotheses are no longer those it was held on.
    """
    file = folder / SUMMARY
    if not file.exists():
        raise UserError(f"{folder}: no {SUMMARY} there; `ketasim tournament` writes one")
    facts = json.loads(read_text(file))
    body = body_of_evidence()
    if [each.id for each in body.findings] != facts["findings"]:
        raise UserError(f"{file}: was held on other findings; run the tournament anew")
    own = {each.name: each for each in hypotheses}
    size = Size(facts["particles"], facts["chain"])
    fits = []
    for name, told in facts["hypotheses"].items():
        hypothesis = own.get(name) or load_hypothesis(name)
        if list(hypothesis.symbols) != told["free"]:
            raise UserError(f"{file}: {name} had other free links; run the tournament anew")
        fits.append(_read_fit(folder, hypothesis, told, size))
    return Tournament(body, tuple(fits), size, facts["seed"])


def _read_fit(folder: Path, hypothesis: Hypothesis, told: dict[str, Any], size: Size) -> Fit:
    content = read_bytes(folder / f"{hypothesis.name}.npz", DATA_MB)
    arrays = {name: a.astype(float) for name, a in read_arrays(content).items()}
    return Fit(
        hypothesis,
        arrays["scores"],
        arrays["clean"],
        arrays["judged"],
        max(1, size.chain * len(arrays["scores"]) // size.particles),
        told["log_evidence"],
        told["log_evidence_error"],
        told["log_held_out"],
        told["log_held_out_error"],
        told["evaluations"],
        judged_radius=arrays.get("judged_radius"),
    )


@lru_cache(maxsize=1)
def shipped_tournament() -> Tournament:
    """Return the tournament that ships (`ketasim tournament --renew` makes it anew)."""
    with as_file(files("ketasim.inference.tournament") / "shipped") as folder:
        return read_tournament(folder)
