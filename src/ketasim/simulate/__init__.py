"""The one verb: simulate a model, a regimen and a population over time."""

from ketasim.simulate.results import read_parquet, write_netcdf, write_parquet
from ketasim.simulate.verb import simulate, stream

__all__ = ["read_parquet", "simulate", "stream", "write_netcdf", "write_parquet"]
