"""The one verb: simulate a model, a regimen and a population over time."""

from ketasim.simulation.data_file_run import simulate_data
from ketasim.simulation.results import read_parquet, write_netcdf, write_parquet
from ketasim.simulation.verb import simulate, stream

__all__ = ["read_parquet", "simulate", "simulate_data", "stream", "write_netcdf", "write_parquet"]
