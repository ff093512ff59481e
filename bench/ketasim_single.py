"""ketasim in single precision: the same method on numbers of 32 bits, eight patients at a time."""

from __future__ import annotations

from functools import partial

from bench import ketasim_engine

NAME = "ketasim single"
METHOD = "the same in single precision, eight patients per vector; times and doses in double"
INSTALL = ketasim_engine.INSTALL
RTOLS = (1e-3, 2e-4, 1e-4)
ATOL, PATIENTS = ketasim_engine.ATOL, ketasim_engine.PATIENTS

load = ketasim_engine.load
prepare = partial(ketasim_engine.prepare, precision="single")
