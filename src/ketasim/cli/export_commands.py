"""The command that takes the model, or a study, to other programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ketasim.cli.options import Add, Json, Quiet, Threads, print_json


def export(
    study: Annotated[
        Path | None,
        typer.Argument(help="Study file (TOML); default: one infusion of ketamine."),
    ] = None,
    sbml: Annotated[Path | None, typer.Option(help="SBML Level 3 Version 2 file.")] = None,
    antimony: Annotated[Path | None, typer.Option(help="Antimony file.")] = None,
    sbgn: Annotated[Path | None, typer.Option(help="SBGN-ML file of the pathway map.")] = None,
    omex: Annotated[
        Path | None, typer.Option(help="COMBINE archive: models with doses, SED-ML, curves.")
    ] = None,
    petab: Annotated[
        Path | None, typer.Option(help="Folder for the kinetics' calibration as PEtab.")
    ] = None,
    nonmem: Annotated[
        Path | None, typer.Option(help="NONMEM data set (CSV) of the study's doses.")
    ] = None,
    samples: Annotated[
        str | None, typer.Option(help="When blood is drawn, as '40 min, 2 h, 1 d': DV simulated.")
    ] = None,
    parquet: Annotated[Path | None, typer.Option(help="Parquet file of the results.")] = None,
    netcdf: Annotated[Path | None, typer.Option(help="NetCDF file of the results.")] = None,
    companion: Annotated[
        list[str] | None, typer.Option(help="Another drug's kinetics to add; may be repeated.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Mechanism to leave out; may be repeated.")
    ] = None,
    add: Add = None,
    n: Annotated[int | None, typer.Option("--n", "-n", help="Individuals per arm.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the population.")] = None,
    threads: Threads = None,
    quiet: Quiet = False,
    json_: Json = False,
) -> None:
    """Write the model, or a study, for other programs; several formats at once."""
    from ketasim.cli.model_export import Asked, Targets, export_files
    from ketasim.cli.progress import progress

    targets = Targets(
        sbml=sbml, antimony=antimony, sbgn=sbgn, omex=omex, petab=petab,
        nonmem=nonmem, parquet=parquet, netcdf=netcdf,
    )  # fmt: skip
    asked = Asked(
        study=study,
        companions=tuple(companion or ()),
        without=tuple(without or ()),
        add=tuple(add or ()),
        samples_h=_hours(samples),
        n=n,
        seed=seed,
        threads=threads,
    )
    with progress(1.0, quiet) as steps:
        done = export_files(targets, asked, steps)
    if json_:
        print_json({"files": [str(path) for path in done.files], "notes": done.notes})
    elif not quiet:
        for path in done.files:
            print(path)
    for line in () if json_ else done.notes:
        print(f"ketasim: {line}", file=sys.stderr)
    raise typer.Exit(done.code)


def _hours(samples: str | None) -> tuple[float, ...]:
    """Return times written with commas between them [h]."""
    from ketasim.dosing.quantities import hours
    from ketasim.errors import UserError

    if samples is None:
        return ()
    times = tuple(hours(part.strip(), "--samples") for part in samples.split(",") if part.strip())
    if not times:
        raise UserError(f"--samples: no time in {samples!r}; write for instance '40 min, 2 h'")
    return times
