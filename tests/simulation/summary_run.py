"""``python -m tests.simulation.summary_run FOLDER N``: a summary in parts, to be killed."""

from __future__ import annotations

import sys
from pathlib import Path

from ketasim.dosing import infusion
from ketasim.model import assemble
from ketasim.population import Population
from ketasim.simulation.population_summary import summary_digest
from ketasim.simulation.question import question
from ketasim.simulation.summary import summarise

PART = 64
TIMES = [0, 0.5, 2, 24]


def asked(n, seed=3, times=TIMES, outputs=("Cket", "cS")):
    """Return a small question: kinetics only."""
    dose, people = infusion("0.5 mg/kg", over="40 min"), Population("trd", n=n, seed=seed)
    return question(assemble(["pk"]), dose, people, times, outputs, None, 1e-4)


def main():
    """Run, telling every finished part on stdout."""
    found = summarise(
        asked(int(sys.argv[2])),
        folder=Path(sys.argv[1]),
        part=PART,
        threads=2,
        progress=lambda done, n: print(done, flush=True),
    )
    print("digest", summary_digest(found), flush=True)


if __name__ == "__main__":
    main()
