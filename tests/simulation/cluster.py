"""A Dask scheduler and workers as processes of this machine, each of which may be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"


def started(*arguments: str) -> subprocess.Popen:
    """Start a Dask process with this package on its path."""
    paths = [str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def worker(address: str, name: str) -> subprocess.Popen:
    """Start a worker process of one thread, without a nanny that would start it again."""
    options = ["--no-nanny", "--nthreads", "1", "--name", name, "--no-dashboard"]
    return started("distributed.cli.dask_worker", address, *options, "--host", "127.0.0.1")


@contextmanager
def cluster(workers: int):
    """Yield the address of a scheduler, and its workers' processes by name."""
    scheduler = started(
        "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"
    )
    processes = [scheduler]
    try:
        address = ""
        for line in scheduler.stderr:
            if "tcp://" in line:
                address = "tcp://" + line.split("tcp://")[1].split()[0]
                break
        assert address, "the scheduler did not start"
        named = {f"w{k}": worker(address, f"w{k}") for k in range(workers)}
        processes += named.values()
        yield address, named
    finally:
        for process in processes:
            process.kill()
            process.wait()
            process.stderr.close()
