"""Finished parts of a summary on disk: each whole or not at all, and none of them twice.

A store is a folder with a manifest (the question it belongs to), part files, and ``total.npz``,
into which parts are folded from time to time: it says which parts are in it, and only then are
their files removed. Whoever begins again after a kill, at whatever moment, goes on with the first
part that is missing. One process at a time: the lock goes with the process that holds it.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ketasim.errors import UserError
from ketasim.input_files import DATA_MB, read_bytes, read_text
from ketasim.simulation.tally import Tally, from_arrays, merge

if TYPE_CHECKING:
    from ketasim.simulation.summary import Job

FORMAT = 1
FOLD = 16
"""Part files that may lie loose before they are folded into the total."""
MANIFEST, TOTAL, LOCK = "manifest.json", "total.npz", "lock"


@contextmanager
def chunk_store(folder: Path, job: Job, parts: Sequence[range]) -> Iterator[ChunkStore]:
    """Open the store of a job, or begin one.

    Raises
    ------
    UserError
        A folder that cannot be written, that another process works in, that holds something else
        or the parts of another question.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("a+b")
    except OSError as error:
        raise UserError(f"cannot keep parts in {folder}: {error.strerror}") from None
    with lock:
        _locked(lock, folder)
        size = _agreed(folder, job, len(parts[0]))
        if size != len(parts[0]):
            parts = [range(k, min(k + size, job.n)) for k in range(0, job.n, size)]
        yield ChunkStore(folder, job, parts)


class ChunkStore:
    """The finished parts of one job (see `chunk_store`)."""

    def __init__(self, folder: Path, job: Job, parts: Sequence[range]) -> None:
        self._folder, self._job = folder, job
        self._parts = parts
        self._folded = self._read_folded()
        self._loose = {part.start for part in parts if self._is_loose(part)}
        self._sweep()

    @property
    def missing(self) -> list[range]:
        """Parts that are still to be simulated."""
        there = self._folded | self._loose
        return [part for part in self._parts if part.start not in there]

    def keep(self, part: range, found: Tally) -> None:
        """Write a finished part; fold where many lie loose."""
        if found.people != len(part):
            raise ValueError(f"part {part} holds {found.people} people")
        self._write(_name(part), found, [part.start])
        self._loose.add(part.start)
        if len(self._loose) >= FOLD:
            self._fold()

    def whole(self) -> Tally:
        """Return everything together; raise UserError where a part is spoilt or missing."""
        if self._loose:
            self._fold()
        found = self._read(TOTAL)
        if found is None or found[0].people != self._job.n:
            raise UserError(f"{self._folder}: parts are missing or spoilt; start again")
        return found[0]

    def _fold(self) -> None:
        """Put loose parts into the total. The total first, then its parts' files go."""
        loose = [part for part in self._parts if part.start in self._loose]
        names = [TOTAL] * bool(self._folded) + [_name(part) for part in loose]
        whole = merge(map(self._needed, names))
        self._folded |= self._loose
        self._write(TOTAL, whole, sorted(self._folded))
        self._loose = set()
        for part in loose:
            (self._folder / _name(part)).unlink(missing_ok=True)

    def _needed(self, name: str) -> Tally:
        found = self._read(name)
        if found is None:
            raise UserError(f"{self._folder}: {name} was spoilt meanwhile; start again")
        return found[0]

    def _is_loose(self, part: range) -> bool:
        if part.start in self._folded or not (self._folder / _name(part)).is_file():
            return False
        found = self._read(_name(part))
        return found is not None and found[1] == [part.start] and found[0].people == len(part)

    def _read_folded(self) -> set[int]:
        found = self._read(TOTAL)
        if found is None:
            return set()
        ends = {part.start: len(part) for part in self._parts}
        known = all(start in ends for start in found[1])
        whole = known and sum(ends[start] for start in found[1]) == found[0].people
        return set(found[1]) if whole else set()

    def _sweep(self) -> None:
        """Remove what a kill left: half-written files, parts that are in the total."""
        for file in self._folder.glob(".*.tmp"):
            file.unlink(missing_ok=True)
        for part in self._parts:
            if part.start in self._folded:
                (self._folder / _name(part)).unlink(missing_ok=True)

    def _read(self, name: str) -> tuple[Tally, list[int]] | None:
        """Return a file's people and parts; None where it is missing or spoilt."""
        file = self._folder / name
        try:
            found = read_arrays(read_bytes(file, DATA_MB))
            return from_arrays(found, self._job.frame), found["parts"].tolist()
        except (UserError, OSError, ValueError, KeyError, EOFError):
            return None
        except (zipfile.BadZipFile, zlib.error, IndexError, NotImplementedError):
            return None

    def _write(self, name: str, found: Tally, parts: list[int]) -> None:
        held = BytesIO()
        arrays: dict[str, Any] = {key: _small(value) for key, value in found.arrays().items()}
        np.savez_compressed(held, parts=np.array(parts), **arrays)
        write_whole(self._folder / name, held.getvalue())


def write_whole(file: Path, content: bytes, what: str = "parts") -> None:
    """Write a file so that it is there whole or not at all, even when the power fails.

    ``what`` is what errors call it.

    Raises
    ------
    UserError
        The folder cannot be written, or the disk is full.
    """
    beside = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(beside, file)
    except OSError as error:
        raise UserError(f"cannot keep {what} in {file.parent}: {error.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)


def read_arrays(content: bytes) -> dict[str, np.ndarray]:
    """Return the arrays of a file of parts: numbers and words; objects are refused."""
    with zipfile.ZipFile(BytesIO(content)) as packed:
        if sum(one.file_size for one in packed.infolist()) > DATA_MB * 1_000_000:
            raise ValueError("unpacks to more than is read")
        found = {}
        for name in packed.namelist():
            with packed.open(name) as stream:
                found[name.removesuffix(".npy")] = np.lib.format.read_array(stream)
        return found


def _name(part: range) -> str:
    return f"{part.start:012d}-{part.stop:012d}.npz"


def _small(array: np.ndarray) -> np.ndarray:
    """Return whole numbers in as few bytes as hold them."""
    if array.dtype != np.int64 or array.ndim != 1 or not array.size:
        return array
    return array.astype(np.result_type(np.min_scalar_type(array.min()),
                                       np.min_scalar_type(array.max())))  # fmt: skip


def _locked(lock: IO[bytes], folder: Path) -> None:
    """Take the lock of a folder, or say who has it."""
    try:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # Windows
            import msvcrt

            lock.seek(0)
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError:
        raise UserError(f"{folder}: another process is at work on it; wait for it, or choose "
                        "another folder") from None  # fmt: skip


def _agreed(folder: Path, job: Job, size: int) -> int:
    """Compare the manifest with the job, or write it; return the people of a part."""
    file = folder / MANIFEST
    if not file.exists():
        foreign = sorted(name for name in os.listdir(folder) if name != LOCK and ".tmp" not in name)
        if foreign:
            raise UserError(f"{folder}: is no store of parts: it holds {foreign[0]}")
        told = {"format": FORMAT, "part": size, "question": job.identity}
        write_whole(file, json.dumps(told, indent=1).encode())
        return size
    try:
        told = json.loads(read_text(file))
        kept, there, version = int(told["part"]), dict(told["question"]), told["format"]
    except (ValueError, TypeError, KeyError, RecursionError):  # UserError is a ValueError
        raise UserError(f"{file}: is spoilt; remove the folder to begin again") from None
    if version != FORMAT or kept < 64 or kept % 64:
        raise UserError(f"{file}: is of another version; remove the folder to begin again")
    for what, now in job.identity.items():
        if there.get(what) != now:
            raise UserError(
                f"{folder}: holds parts of another question ({_changed(what, there.get(what), now)}"
                "); ask that one again to go on, or give another folder"
            )
    return kept


def _changed(what: str, then: Any, now: Any) -> str:
    """Return in words what differs."""
    if isinstance(then, dict) and isinstance(now, dict):
        pairs = [(k, then.get(k), now.get(k)) for k in sorted({*then, *now})]
        name, then, now = next(pair for pair in pairs if pair[1] != pair[2])
        return f"{what}: {name} {then} then, {now} now"
    if isinstance(now, int | float):
        return f"{what} {then} then, {now} now"
    return f"other {what}"
