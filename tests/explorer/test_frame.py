"""The frame holds what was put in, byte for byte as the protocol has it."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from ketasim.explorer.frame import decode, encode


@pytest.mark.parametrize("name", ["a", "ab", "abc", "abcd", "Gαs – ü"])
def test_what_goes_in_comes_out(name):
    times = np.array([0.0, 0.5, 336.0])
    columns = [np.array([1.0, 2.0, np.nan]), np.array([-1e-3, 0.0, 1e5])]
    series = [(name, "MADRS", "value", columns[0]), (name, "CADSS", "value", columns[1])]
    frame = encode({"id": 7, "ms": 1.5}, times, series)
    head, read, found = decode(frame)
    assert (head["id"], head["ms"], head["n_times"]) == (7, 1.5, 3)
    assert np.array_equal(read, times.astype(np.float32))
    for *key, column in series:
        assert np.array_equal(
            found[key[0], key[1], key[2]], column.astype(np.float32), equal_nan=True
        )


def test_layout_is_the_protocol():
    frame = encode({"id": 1}, np.array([0.0, 1.0]), [("a", "MADRS", "value", np.array([3.0, 4.0]))])
    (length,) = struct.unpack("<I", frame[:4])
    assert (4 + length) % 4 == 0
    head = json.loads(frame[4 : 4 + length].decode("utf-8"))
    assert head["series"] == [{"arm": "a", "output": "MADRS", "stat": "value"}]
    assert struct.unpack("<4f", frame[4 + length :]) == (0.0, 1.0, 3.0, 4.0)


def test_a_header_that_is_no_json_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        encode({"ms": float("nan")}, np.array([0.0]), [])
