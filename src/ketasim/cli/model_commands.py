"""Commands that look at the model itself, or take it elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ketasim.cli import NUMERICAL, OK, REGRESSION
from ketasim.cli.options import Add, Json, Quiet, print_json


def mechanisms(
    name: Annotated[
        str | None, typer.Argument(help="Show this one: its outputs, inputs and numbers.")
    ] = None,
    add: Add = None,
    json_: Json = False,
) -> None:
    """List the mechanisms, or show one with its outputs and parameters."""
    from ketasim.cli import mechanism_list as listing

    found = listing.mechanism_list(add or ())
    if name is not None:
        found = [listing.one_mechanism(found, name)]
    if json_:
        print_json(found)
    elif name is not None:
        listing.print_mechanism(found[0])
    else:
        listing.print_mechanisms(found)


def lint(
    add: Add = None,
    without: Annotated[list[str] | None, typer.Option(help="Mechanism to leave out.")] = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check the model: units, baseline at rest, bounds, doses, sources. Exit 3 on errors."""
    from ketasim.cli.model_lint import lint_findings
    from ketasim.model import assemble

    chosen = assemble(add=add or (), without=without or ()) if add or without else None
    found = lint_findings(chosen)
    errors = sum(finding.severity == "error" for finding in found)
    if json_:
        keys = ("severity", "check", "where", "message")
        print_json([{key: getattr(finding, key) for key in keys} for finding in found])
    else:
        for finding in found:
            if finding.severity == "error" or not quiet:
                print(finding)
        if not quiet:
            print(f"{errors} errors, {len(found) - errors} warnings")
    raise typer.Exit(REGRESSION if errors else OK)


def sbml_test(
    cases: Annotated[list[Path], typer.Argument(help="Folders of cases of the SBML Test Suite.")],
    out: Annotated[Path, typer.Option(help="Folder for CASE-results.csv.")],
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Cases side by side; default: all processors.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=1.0, help="Processor time that a case may take.")
    ] = 120.0,
) -> None:
    """Run cases of the SBML Test Suite; a line each: ok, refused or failed (then exit 4)."""
    from ketasim.cli.sbml_cases import run_cases

    failed = 0
    for name, outcome in run_cases(cases, out, jobs=jobs, seconds=seconds):
        failed += outcome.startswith("failed")
        print(f"{name} {outcome}", flush=True)
    raise typer.Exit(NUMERICAL if failed else OK)


def simulate(
    model: Annotated[Path, typer.Argument(help="SBML (.xml, .sbml) or Antimony (.ant) file.")],
    until: Annotated[float | None, typer.Option(help="Simulate from 0 to here.")] = None,
    times: Annotated[
        str | None, typer.Option(help="Output times: 0,1,2.5 or START:END:STEP.")
    ] = None,
    outputs: Annotated[
        list[str] | None, typer.Option(help="Names, as S1,S2 (default: all that can change).")
    ] = None,
    values: Annotated[
        list[str] | None, typer.Option(help="NAME=NUMBER at the start; repeat.")
    ] = None,
    doses: Annotated[
        Path | None, typer.Option(help="CSV file: time, target, amount, duration, id.")
    ] = None,
    people: Annotated[
        Path | None, typer.Option(help="CSV file: a row for each individual, NAME columns, id.")
    ] = None,
    rtol: Annotated[float, typer.Option(help="Relative tolerance.")] = 1e-8,
    atol: Annotated[float, typer.Option(help="Absolute tolerance.")] = 1e-12,
    seconds: Annotated[float, typer.Option(help="Processor time each may take.")] = 120.0,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Individuals side by side; default: all processors.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File to write: .csv or .parquet.")] = None,
) -> None:
    """Simulate any SBML or Antimony model, for one or many. Units are the file's own."""
    import sys

    from ketasim.cli import simulate_files as files
    from ketasim.cli.simulate_model import Wish, simulated

    found = simulated(
        Wish(model, until, times, outputs or (), values or (), doses, people, rtol, atol, seconds,
             jobs)
    )  # fmt: skip
    if out is None:
        files.write_csv(found, sys.stdout)
    else:
        print(files.write(found, out))
    if found.failed:
        typer.echo(f"ketasim: {model}: {found.told()}", err=True)
        raise typer.Exit(NUMERICAL)
