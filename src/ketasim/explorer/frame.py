"""The binary frame: a header that says what follows, then single-precision columns.

``uint32`` length of the header, little-endian; the header as JSON in UTF-8, padded with blanks so
that the columns start at a multiple of four bytes; then, as little-endian ``float32``, the times
and every series in the order of the header.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Series = tuple[str, str, str, np.ndarray]


def encode(head: Mapping[str, Any], times_h: np.ndarray, series: Sequence[Series]) -> bytes:
    """Return a frame.

    Parameters
    ----------
    head : mapping
        Of the header; ``n_times`` and ``series`` are added to it.
    times_h : ndarray, shape (n_times,)
    series : sequence of (arm, output, stat, ndarray of shape (n_times,))
    """
    names = [{"arm": arm, "output": output, "stat": stat} for arm, output, stat, _ in series]
    whole = {**head, "n_times": len(times_h), "series": names}
    text = json.dumps(whole, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-(len(text) + 4) % 4)
    columns = np.empty((1 + len(series), len(times_h)), dtype="<f4")
    columns[0] = times_h
    with np.errstate(over="ignore"):  # what is too large for a picture becomes infinite
        for place, (_, _, _, column) in enumerate(series, 1):
            columns[place] = column
    return struct.pack("<I", len(text)) + text + columns.tobytes()


def decode(frame: bytes) -> tuple[dict[str, Any], np.ndarray, dict[tuple[str, str, str], Any]]:
    """Return header, times and the series by (arm, output, stat) of a frame."""
    (length,) = struct.unpack_from("<I", frame)
    head = json.loads(frame[4 : 4 + length])
    columns = np.frombuffer(frame, dtype="<f4", offset=4 + length)
    columns = columns.reshape(1 + len(head["series"]), head["n_times"])
    names = [(each["arm"], each["output"], each["stat"]) for each in head["series"]]
    return head, columns[0], dict(zip(names, columns[1:], strict=True))
