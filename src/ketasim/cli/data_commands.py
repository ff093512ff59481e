"""Commands for measured concentrations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ketasim.cli.options import Json, Quiet, Threads, print_json


def nca(
    data: Annotated[Path, typer.Argument(help="Data file in NONMEM's columns.")],
    analyte: Annotated[
        list[str] | None,
        typer.Option(help="Show this, as norketamine (default: all); or DVID=OUTPUT, as 2=Cnk."),
    ] = None,
    window: Annotated[
        str | None, typer.Option(help="Where the half-life is read, as 8h..24h after the dose.")
    ] = None,
    place: Annotated[list[str] | None, typer.Option(help="CMT=PLACE, as 1='ketamine iv'.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Column to leave out.")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file to write.")] = None,
    json_: Json = False,
) -> None:
    """Summarize the curves of a data file: Cmax, Tmax, AUC, half-life, clearance, volume."""
    from ketasim.cli import nca as found

    rows = found.nca_rows(data, analyte or (), window, place or (), ignore or ())
    if out is not None:
        from ketasim.report.files import write_file

        write_file(out, found.as_csv(rows).encode("utf-8"))
    if json_:
        print_json(found.plain_rows(rows))
    elif out is None:
        found.print_rows(rows)
    else:
        print(out)


def estimate(
    data: Annotated[
        Path | None, typer.Argument(help="Data file (CSV); default: five simulated people.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; default: out/ and the file's name.")
    ] = None,
    population: Annotated[str, typer.Option(help="Typical covariates: trd, healthy.")] = "trd",
    fix: Annotated[list[str] | None, typer.Option(help="SYMBOL=VALUE, not estimated.")] = None,
    residual: Annotated[
        list[str] | None,
        typer.Option(help="infusion, nasal, or OUTPUT=0.2, 0.2+3 (and additive), log0.3."),
    ] = None,
    place: Annotated[list[str] | None, typer.Option(help="CMT=PLACE, as 1='ketamine iv'.")] = None,
    analyte: Annotated[list[str] | None, typer.Option(help="DVID=OUTPUT, as 2=Cnk.")] = None,
    linear: Annotated[bool, typer.Option("--linear", help="Linear concentrations.")] = False,
    example: Annotated[
        Path | None, typer.Option(help="Simulate the example, write it here, and stop.")
    ] = None,
    threads: Threads = None,
    quiet: Quiet = False,
    json_: Json = False,
) -> None:
    """Estimate each person's kinetics from a few samples (empirical Bayes)."""
    from ketasim.cli import estimate_options as words
    from ketasim.cli.estimate import WORK, Question, run_estimate
    from ketasim.cli.estimate_example import example_text, shipped_example
    from ketasim.cli.progress import progress

    if example is not None:
        from ketasim.report.files import write_file

        print(write_file(example, example_text().encode("utf-8")))
        return
    file = data if data is not None else shipped_example()
    asked = Question(
        data=file,
        population=population,
        fixed=words.numbers(fix or (), "--fix"),
        residual=words.residual(residual or ()),
        places=words.pairs(place or (), "--place"),
        analytes=words.pairs(analyte or (), "--analyte"),
        linear=linear,
        threads=threads,
        command=words.command(
            file, population, fix or (), residual or (), place or (), analyte or ()
        ),
    )
    with progress(WORK, quiet) as steps:
        found = run_estimate(asked, out if out is not None else Path("out") / file.stem, steps)
    if json_:
        print_json({"folder": str(found.folder), **found.record})
    elif not quiet:
        from ketasim.cli.estimate_files import print_answer

        print_answer(found.estimates, found.notes, found.folder)
    raise typer.Exit(found.code)
