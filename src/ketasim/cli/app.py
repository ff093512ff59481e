"""The commands of ``ketasim``: what each takes, and what it prints."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ketasim.cli import NUMERICAL, OK, REGRESSION, USAGE

app = typer.Typer(
    name="ketasim",
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From a dose of ketamine to mood: every rival mechanism in one runnable, sourced model. "
    "A research tool; it gives no medical advice.",
    epilog="Exit codes: 0 ok, 1 internal, 2 usage or bad input, 3 evidence or lint regression, "
    "4 numerical failure, 5 some individuals failed, 130 interrupted. "
    "--debug shows the traceback of an internal error.",
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Default: all processors.")]


@app.callback(invoke_without_command=True)
def ketasim(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version.")] = False,
) -> None:
    """Print the version, or help where no command is given."""
    if version:
        from ketasim import __version__

        print(f"ketasim {__version__}")
    elif context.invoked_subcommand is None:
        context.get_help()  # prints it
        raise typer.Exit(USAGE)


@app.command()
def run(
    study: Annotated[
        Path | None, typer.Argument(help="Study file (TOML); default: one infusion of ketamine.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; default: out/ and the study's name.")
    ] = None,
    n: Annotated[int | None, typer.Option("--n", "-n", help="Individuals per arm.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the population.")] = None,
    threads: Threads = None,
    quiet: Quiet = False,
    json_: Json = False,
    netcdf: Annotated[bool, typer.Option("--netcdf", help="Write NetCDF as well.")] = False,
    figures: Annotated[bool, typer.Option("--figures", help="Write figures/ (SVG, PNG).")] = False,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Write report.html.")] = True,
) -> None:
    """Run a study: simulate its arms, attribute the effect, write results and report."""
    from ketasim.cli.output_folder import check_replaceable
    from ketasim.cli.progress import progress
    from ketasim.cli.run_study import Options, run_study, work
    from ketasim.cli.study_file import load_study, with_options

    asked, file = load_study(study)
    asked = with_options(asked, n=n, seed=seed)
    target = out if out is not None else Path("out") / Path(file).stem
    check_replaceable(target.absolute())
    inputs = Path(file).parent if study is not None else Path()
    options = Options(threads, report, netcdf, figures)
    with progress(work(asked), quiet) as steps:
        ended = run_study(asked, file, inputs, target, options, steps)
    if json_:
        _print_json({"folder": str(ended.folder), **ended.record})
    elif not quiet:
        _print_answer(ended.record, ended.folder, report)
    _say_failures(ended.record)
    raise typer.Exit(ended.code)


@app.command()
def mechanisms(
    name: Annotated[
        str | None, typer.Argument(help="Show this one: its outputs, inputs and numbers.")
    ] = None,
    json_: Json = False,
) -> None:
    """List the mechanisms, or show one with its outputs and parameters."""
    from ketasim.cli import mechanism_list as listing

    found = listing.mechanism_list()
    if name is not None:
        found = [listing.one_mechanism(found, name)]
    if json_:
        _print_json(found)
    elif name is not None:
        listing.print_mechanism(found[0])
    else:
        listing.print_mechanisms(found)


@app.command()
def lint(json_: Json = False, quiet: Quiet = False) -> None:
    """Check the model: units, baseline at rest, bounds, doses, sources. Exit 3 on errors."""
    from ketasim.cli.model_lint import lint_findings

    found = lint_findings()
    errors = sum(finding.severity == "error" for finding in found)
    if json_:
        keys = ("severity", "check", "where", "message")
        _print_json([{key: getattr(finding, key) for key in keys} for finding in found])
    else:
        for finding in found:
            if finding.severity == "error" or not quiet:
                print(finding)
        if not quiet:
            print(f"{errors} errors, {len(found) - errors} warnings")
    raise typer.Exit(REGRESSION if errors else OK)


@app.command()
def export(
    sbml: Annotated[Path | None, typer.Option(help="SBML Level 3 Version 2 file.")] = None,
    antimony: Annotated[Path | None, typer.Option(help="Antimony file.")] = None,
    without: Annotated[list[str] | None, typer.Option(help="Mechanism to leave out.")] = None,
) -> None:
    """Write the assembled model for other programs."""
    from ketasim.cli.model_export import export_model

    for path in export_model(sbml, antimony, without or ()):
        print(path)


@app.command()
def reproduce(
    record: Annotated[Path, typer.Argument(help="run.json, or the folder it lies in.")],
    threads: Threads = None,
    quiet: Quiet = False,
    json_: Json = False,
) -> None:
    """Run a recorded study again and compare. Exit 3 where the results differ."""
    from ketasim.cli.progress import progress
    from ketasim.cli.reproduce import reproduce_run

    with progress(1.0, quiet) as steps:
        found = reproduce_run(record, threads, steps)
    if json_:
        _print_json(found.plain())
    elif not quiet:
        print("\n".join(found.lines()))
    raise typer.Exit(OK if found.same else REGRESSION)


@app.command()
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
        _print_json({"folder": str(found.folder), **found.record})
    elif not quiet:
        from ketasim.cli.estimate_files import print_answer

        print_answer(found.estimates, found.notes, found.folder)
    raise typer.Exit(found.code)


@app.command()
def screen(
    candidates: Annotated[
        Path | None, typer.Argument(help="File of molecules (CSV); default: eight known ones.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; default: out/screen-NAME.")
    ] = None,
    n: Annotated[int, typer.Option("--n", "-n", min=10, help="Draws of what is not known.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Of patients and draws.")] = 1,
    columns: Annotated[
        bool, typer.Option("--columns", help="Print every column a file may have.")
    ] = False,
    threads: Threads = None,
    quiet: Quiet = False,
    json_: Json = False,
) -> None:
    """Screen molecules: how fast, how lasting, how dissociating, and which no other beats."""
    from ketasim.cli import screen as command
    from ketasim.cli.progress import progress
    from ketasim.cli.screen_files import print_answer, print_columns

    if columns:
        print_columns()
        return
    molecules = command.read(candidates)
    name = candidates.stem if candidates is not None else "known"
    target = out if out is not None else Path("out") / f"screen-{name}"
    with progress(len(molecules) + 2, quiet) as steps:
        found = command.run_screen(molecules, candidates, n, seed, threads, target, steps)
    if json_:
        _print_json({"folder": str(found.folder), **found.record})
    elif not quiet:
        print_answer(found.screened, found.folder)
    raise typer.Exit(found.code)


@app.command()
def calibrate(
    name: Annotated[str, typer.Argument(help="Set of priors.")] = "pk",
    out: Annotated[Path | None, typer.Option(help="CSV file of the parameters.")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put them into the tables of this installation.")
    ] = False,
    json_: Json = False,
) -> None:
    """Choose parameters on the findings marked calibrate; those marked validate choose nothing."""
    from ketasim.cli.calibrate import as_csv, print_calibrated, run_calibration, write_tables
    from ketasim.report.files import write_file

    found = run_calibration(name)
    if json_:
        _print_json(found.plain())
    else:
        print_calibrated(found)
    if out is not None:
        print(write_file(out, as_csv(found).encode("utf-8")), file=sys.stderr)
    if write:
        for path in write_tables(found):
            print(path, file=sys.stderr)


@app.command("sbml-test")
def sbml_test(
    cases: Annotated[list[Path], typer.Argument(help="Folders of cases of the SBML Test Suite.")],
    out: Annotated[Path, typer.Option(help="Folder for CASE-results.csv.")],
) -> None:
    """Run cases of the SBML Test Suite; a line each: ok, refused or failed (then exit 4)."""
    from ketasim.cli.sbml_cases import run_case

    failed = 0
    for folder in cases:
        outcome = run_case(folder, out)
        failed += outcome.startswith("failed")
        print(f"{folder.resolve().name} {outcome}", flush=True)
    raise typer.Exit(NUMERICAL if failed else OK)


@app.command()
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
            _print_json([asdict(word) for word in words])
        else:
            table.print_vocabulary(words)
        return
    command.check_record(record, folder, role, only, system)
    found = command.run_evidence(folder, role, seed, out, only, system)
    if json_:
        _print_json(command.plain(found))
    elif not quiet:
        table.print_verdicts(found)
    if record:
        command.write_baseline(found.outcomes)
        return
    for each in found.lost:
        print(f"ketasim: {each.finding.id} is no longer reproduced: {each.verdict}",
              file=sys.stderr)  # fmt: skip
    raise typer.Exit(REGRESSION if found.lost else OK)


@app.command()
def ledger(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of claims (TOML); default: those shipped.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write (report, JSON).")] = None,
    docs: Annotated[Path | None, typer.Option(help="Markdown file to write.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of participants and of draws.")] = 1,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema.")] = False,
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
    with progress(1.0, quiet) as steps:
        entries = command.run_ledger(folder, seed, out, docs, steps)
    if json_:
        _print_json(command.plain(entries))
    elif not quiet:
        command.print_ledger(entries)


@app.command()
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
        _print_json(found.plain_rows(rows))
    elif out is None:
        found.print_rows(rows)
    else:
        print(out)


@app.command()
def schema() -> None:
    """Print the JSON schema of study files, for editors."""
    from ketasim.cli.study_file import study_schema

    print(study_schema(), end="")


def _print_json(data: Any) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False))


def _print_answer(record: dict[str, Any], folder: Path, report: bool) -> None:
    from rich.console import Console

    from ketasim.cli.answer import answer_lines, answer_table

    console = Console(highlight=False, markup=False)
    console.print(record["study"]["title"])
    for name, arm in record["arms"].items():
        console.print(f"  {name}: {arm['regimen']}, {arm['n']:,} individuals", soft_wrap=True)
    console.print(answer_table(record["answer"]))
    for line in answer_lines(record["answer"]):
        console.print(line, soft_wrap=True)
    console.print(f"\nresults: {folder}/results   record: {folder}/run.json", soft_wrap=True)
    if report:
        console.print(f"report:  {folder}/report.html", soft_wrap=True)
    console.print("For research; not medical advice.")


def _say_failures(record: dict[str, Any]) -> None:
    for name, arm in record["arms"].items():
        if arm["failed"]:
            reasons = ", ".join(f"{s}: {k}" for s, k in arm["statuses"].items() if s != "ok")
            print(
                f"ketasim: {arm['failed']} of {arm['n']} individuals of {name} failed ({reasons})",
                file=sys.stderr,
            )
