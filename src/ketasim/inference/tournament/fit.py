"""Run hypotheses on the body of evidence: draws, evidence, and where a stopped run goes on.

Reports marked `calibrate` choose the draws that are kept (first stage). Those marked `validate`
only judge: the same cloud is led on through them for the evidence, and of that second cloud
nothing is kept but how likely it finds each report. So no number of the model is ever chosen on a
report that is held out.
"""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from ketasim.errors import UserError
from ketasim.inference.tournament.body import Body
from ketasim.inference.tournament.hypothesis import Hypothesis
from ketasim.inference.tournament.likelihood import log_likelihood
from ketasim.inference.tournament.links import LINK, SHARED
from ketasim.inference.tournament.predicted import predictor
from ketasim.inference.tournament.smc import Cloud, Size, at_next_stage, run
from ketasim.input_files import DATA_MB, read_bytes
from ketasim.simulation.chunk_store import read_arrays, write_whole

FORMAT = 2


@dataclass(frozen=True)
class Fit:
    """A hypothesis after the evidence.

    Attributes
    ----------
    hypothesis : Hypothesis
    scores : ndarray, shape (n, free)
        Equally weighted draws of the posterior, each standard normal under the prior; chosen by
        reports marked `calibrate` alone.
    clean : ndarray, shape (n, findings)
        Log chance of every report under each draw (`effect_model.log_chance`).
    judged : ndarray, shape (n, findings)
        The same under draws that the held-out reports have judged, too; for weights alone.
    chain : int
        Draws in a row that belong to one chain.
    log_evidence, log_evidence_error : float
        Of the reports that choose, and the SD of its Monte Carlo error.
    log_held_out, log_held_out_error : float
        Of the held-out reports, given the others.
    evaluations : int
        Settings simulated.
    seconds : float
        Wall-clock time; 0 where it was read from disk.
    judged_radius : ndarray, shape (n, 2), optional
        Sum of squares of the scores behind ``judged``, over links and over shared parameters: all
        that is kept of them, for asking what wider priors would have said.
    """

    hypothesis: Hypothesis
    scores: np.ndarray
    clean: np.ndarray
    judged: np.ndarray
    chain: int
    log_evidence: float
    log_evidence_error: float
    log_held_out: float
    log_held_out_error: float
    evaluations: int
    seconds: float = 0.0
    judged_radius: np.ndarray | None = None

    @property
    def log_total(self) -> float:
        """Log evidence of every report."""
        return self.log_evidence + self.log_held_out

    @property
    def log_total_error(self) -> float:
        """SD of the Monte Carlo error of `log_total`."""
        return float(np.hypot(self.log_evidence_error, self.log_held_out_error))

    def values(self) -> dict[str, np.ndarray]:
        """Return the draws as parameters of the model, arrays of shape (n,)."""
        return self.hypothesis.values(self.scores)


def fit(
    hypothesis: Hypothesis,
    body: Body,
    *,
    size: Size | None = None,
    seed: int = 1,
    folder: Path | None = None,
    told: Callable[[Cloud], None] | None = None,
    check: Callable[[], None] | None = None,
) -> Fit:
    """Return a hypothesis after the evidence.

    Parameters
    ----------
    hypothesis : Hypothesis
    body : Body
    size : Size, optional
    seed : int
        The same seed gives the same numbers, whatever the number of threads and interruptions.
    folder : Path, optional
        Where to keep what is done, so that a stopped run goes on.
    told : callable, optional
        Called after every power.
    check : callable, optional
        Called before every batch of settings; what it raises ends the run.

    Raises
    ------
    UserError
        ``folder`` cannot be written, or holds another question.
    """
    size = size or Size()
    began = time.monotonic()
    store = _Store(folder, hypothesis, body, size, seed) if folder else None
    ends = dict(store.ends()) if store else {}
    at = store.cloud() if store else None
    if len(ends) < 2:
        predict = predictor(hypothesis, body)
        chooses = body.chooses

        def evaluate(scores: np.ndarray) -> np.ndarray:
            if check:
                check()
            return predict(scores)

        def keep(cloud: Cloud) -> None:
            if cloud.power >= 1.0:
                ends[cloud.stage] = cloud
            if store:
                store.keep(cloud)
            if told:
                told(cloud)

        stages = [
            lambda records: log_likelihood(body, records, chooses),
            lambda records: (
                log_likelihood(body, records, ~chooses)
                + _shared_laboratories(body, records, chooses)
            ),
        ]
        run(evaluate, stages, len(hypothesis.free), size=size, seed=seed, name=hypothesis.name,
            start=at, told=keep)  # fmt: skip
    elif told:
        told(ends[1])
    chosen, held = ends[0], ends[1]
    return Fit(
        hypothesis,
        chosen.scores,
        chosen.records,
        held.records,
        chosen.chain,
        chosen.log_evidence[0],
        float(np.sqrt(chosen.variance[0])),
        held.log_evidence[1],
        float(np.sqrt(held.variance[1])),
        held.evaluations,
        time.monotonic() - began,
        _radius(hypothesis, held.scores),
    )


def _radius(hypothesis: Hypothesis, scores: np.ndarray) -> np.ndarray:
    kinds = np.array([link.kind for link in hypothesis.free])
    return np.stack([(scores[:, kinds == k] ** 2).sum(axis=1) for k in (LINK, SHARED)], axis=1)


def _shared_laboratories(body: Body, records: np.ndarray, chooses: np.ndarray) -> np.ndarray:
    """Return what a laboratory with reports of both roles adds: it fails once, not twice."""
    every = np.ones(len(body.findings), bool)
    return (
        log_likelihood(body, records, every)
        - log_likelihood(body, records, chooses)
        - log_likelihood(body, records, ~chooses)
    )


class _Store:
    """What is done of one hypothesis, in a folder: a manifest, where it stands, finished stages."""

    def __init__(
        self, folder: Path, hypothesis: Hypothesis, body: Body, size: Size, seed: int
    ) -> None:
        self._folder = folder
        question = {
            "format": FORMAT,
            "hypothesis": hypothesis.name,
            "free": list(hypothesis.symbols),
            "fixed": dict(hypothesis.fixed),
            "findings": [each.id for each in body.findings],
            "lapse": [round(float(x), 12) for x in body.lapse],
            "weight": [round(float(x), 12) for x in body.weight],
            "size": asdict(size),
            "seed": seed,
        }
        self._check(question)

    def _check(self, question: Mapping[str, Any]) -> None:
        file = self._folder / "question.json"
        if file.exists():
            try:
                found = json.loads(read_bytes(file).decode())
            except ValueError:
                raise UserError(f"{file}: is spoilt; remove the folder to start again") from None
            differ = [key for key in question if found.get(key) != question[key]]
            if differ:
                raise UserError(
                    f"{self._folder}: holds draws of another question ({', '.join(differ)} "
                    f"{'differs' if len(differ) == 1 else 'differ'}); give another folder"
                )
        else:
            write_whole(file, json.dumps(question, indent=1).encode(), "draws")

    def keep(self, cloud: Cloud) -> None:
        """Write where the run stands, and a stage that has ended."""
        if cloud.power >= 1.0:
            write_whole(self._folder / f"stage{cloud.stage}.npz", packed(cloud), "draws")
        write_whole(self._folder / "at.npz", packed(cloud), "draws")

    def ends(self) -> Mapping[int, Cloud]:
        """Return the stages that have ended."""
        found = {k: self._read(f"stage{k}.npz") for k in (0, 1)}
        return {k: cloud for k, cloud in found.items() if cloud is not None}

    def cloud(self) -> Cloud | None:
        """Return where the run stands, ready to go on."""
        cloud = self._read("at.npz")
        if cloud is None or cloud.power < 1.0:
            return cloud
        return at_next_stage(cloud)

    def _read(self, name: str) -> Cloud | None:
        file = self._folder / name
        if not file.exists():
            return None
        try:
            return unpacked(read_bytes(file, DATA_MB))
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile):
            raise UserError(f"{file}: is spoilt; remove the folder to start again") from None


def packed(cloud: Cloud) -> bytes:
    """Return a cloud as bytes."""
    held = BytesIO()
    arrays: dict[str, Any] = {key: np.array(value) for key, value in cloud.__dict__.items()}
    np.savez_compressed(held, **arrays)
    return held.getvalue()


def unpacked(content: bytes) -> Cloud:
    """Return a cloud from its bytes."""
    found = read_arrays(content)
    return Cloud(
        found["scores"], found["records"], int(found["chain"]), int(found["stage"]),
        float(found["power"]), tuple(map(float, found["log_evidence"])),
        tuple(map(float, found["variance"])), int(found["step"]), int(found["evaluations"]),
        float(found["factor"]), float(found["taken"]),
    )  # fmt: skip
