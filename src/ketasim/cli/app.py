"""The commands of ``ketasim``: what each takes, and what it prints."""

from __future__ import annotations

from typing import Annotated

import typer

from ketasim.cli import (
    USAGE,
    book_commands,
    data_commands,
    evidence_commands,
    explore_commands,
    export_commands,
    gallery,
    import_command,
    model_commands,
    regimen_commands,
    sensitivity_commands,
    study_commands,
    tournament_commands,
    trial_commands,
)

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


for _command in (
    study_commands.run,
    trial_commands.trial,
    explore_commands.explore,
    study_commands.reproduce,
    study_commands.schema,
    model_commands.mechanisms,
    model_commands.lint,
    model_commands.simulate,
    export_commands.export,
    evidence_commands.evidence,
    evidence_commands.ledger,
    evidence_commands.calibrate,
    study_commands.screen,
    sensitivity_commands.sensitivity,
    tournament_commands.tournament,
    regimen_commands.regimens,
    data_commands.nca,
    data_commands.estimate,
    book_commands.book,
    gallery.gallery,
):
    app.command()(_command)
app.command("regimen-search")(regimen_commands.regimen_search)
app.command("next-experiment")(tournament_commands.next_experiment)
app.command("import")(import_command.import_)
app.command("sbml-test")(model_commands.sbml_test)
