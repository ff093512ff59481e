"""Commands that set the model against published experiments."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ketasim.cli import OK, REGRESSION
from ketasim.cli.options import Json, Quiet, print_json


def evidence(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of findings (TOML); default: those shipped.")
    ] = None,
    role: Annotated[str | None, typer.Option(help="calibrate or validate; default: both.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write (report, CSV, JSON).")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of participants and of draws.")] = 1,
    only: Annotated[
        str | None, typer.Option(help="Findings or studies of this name, as 'moghaddam*'.")
    ] = None,
    system: Annotated[
        str | None, typer.Option(help="Findings on one system of the model, as S1.")
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema.")] = False,
    vocabulary: Annotated[
        bool, typer.Option("--vocabulary", help="Print every word a finding may use.")
    ] = False,
    record: Annotated[
        bool, typer.Option("--record", help="For maintainers: record the verdicts as baseline.")
    ] = False,
    quiet: Quiet = False,
    json_: Json = False,
) -> None:
    """Run published findings: a verdict each. Exit 3 where one is no longer reproduced."""
    from ketasim import evidence as findings
    from ketasim.cli import evidence as command
    from ketasim.cli import evidence_table as table

    if schema:
        print(findings.finding_schema(), end="")
        return
    if vocabulary:
        words = findings.vocabulary()
        if json_:
            print_json([asdict(word) for word in words])
        else:
            table.print_vocabulary(words)
        return
    command.check_record(record, folder, role, only, system)
    found = command.run_evidence(folder, role, seed, out, only, system)
    if json_:
        print_json(command.plain(found))
    elif not quiet:
        table.print_verdicts(found)
    if record:
        command.write_baseline(found.outcomes)
        return
    for each in found.lost:
        print(f"ketasim: {each.finding.id} is no longer reproduced: {each.verdict}",
              file=sys.stderr)  # fmt: skip
    raise typer.Exit(REGRESSION if found.lost else OK)


def ledger(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of claims (TOML); default: those shipped.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write (report, JSON).")] = None,
    docs: Annotated[Path | None, typer.Option(help="Markdown file to write.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of participants and of draws.")] = 1,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema.")] = False,
    record: Annotated[
        bool, typer.Option("--record", help="For maintainers: record it for the explorer.")
    ] = False,
    quiet: Quiet = False,
    json_: Json = False,
) -> None:
    """Judge what articles claim: what the evidence says, and what the model says."""
    from ketasim.cli import ledger as command
    from ketasim.cli.progress import progress

    if schema:
        from ketasim.evidence.claims_reading import claims_schema

        print(claims_schema(), end="")
        return
    if record:
        command.check_record(folder)
    with progress(1.0, quiet) as steps:
        entries = command.run_ledger(folder, seed, out, docs, steps)
    if record:
        command.write_record(entries)
    if json_:
        print_json(command.plain(entries))
    elif not quiet:
        command.print_ledger(entries)


def calibrate(
    name: Annotated[
        str, typer.Argument(help="Set of priors, in this order: pk, expect, mood, comparators.")
    ] = "pk",
    out: Annotated[Path | None, typer.Option(help="CSV file of the parameters.")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put them into the tables of this installation.")
    ] = False,
    json_: Json = False,
) -> None:
    """Choose parameters on the findings marked calibrate; those marked validate choose nothing."""
    from ketasim.cli.calibrate import as_csv, print_calibrated, run_calibration
    from ketasim.cli.calibrate_tables import write_tables
    from ketasim.report.files import write_file

    def told(count: int, loss: float) -> None:
        print(f"round {count}: loss {loss:.2f}", file=sys.stderr)

    found = run_calibration(name, told)
    if json_:
        print_json(found.plain())
    else:
        print_calibrated(found)
    if out is not None:
        print(write_file(out, as_csv(found).encode("utf-8")), file=sys.stderr)
    if write:
        for path in write_tables(found):
            print(path, file=sys.stderr)
