"""The one verb: simulate a model, a regimen and a population over time."""

from ketasim.simulation.results import read_parquet, write_netcdf, write_parquet
from ketasim.simulation.verb import simulate, stream

__all__ = ["read_parquet", "simulate", "stream", "write_netcdf", "write_parquet"]
