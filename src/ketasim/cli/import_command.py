"""``ketasim import``: a model of another tool becomes a mechanism."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ketasim.cli import OK, REGRESSION
from ketasim.cli.options import Json, Quiet, print_json
from ketasim.errors import UserError

if TYPE_CHECKING:
    from ketasim.model import Finding
    from ketasim.model.imported import Imported


def import_(
    model: Annotated[Path, typer.Argument(help="SBML (.xml, .sbml) or Antimony (.ant) file.")],
    name: Annotated[str, typer.Option(help="Name of the mechanism.")],
    out: Annotated[Path, typer.Option(help="Folder for NAME.ant, NAME.csv and NAME.bib.")],
    output: Annotated[
        list[str] | None,
        typer.Option(help="What others may see, as THEIRS or THEIRS=NAME_HERE; repeat."),
    ] = None,
    connect: Annotated[
        list[str] | None,
        typer.Option(help="A constant of theirs that is an output of ours, THEIRS=OURS; repeat."),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(help="A constant of theirs that only bears the name of ours; repeat."),
    ] = None,
    unit: Annotated[
        list[str] | None, typer.Option(help="Unit of a name without one, NAME=UNIT; repeat.")
    ] = None,
    unit_else: Annotated[str, typer.Option(help="Unit of all other names without one.")] = "",
    time: Annotated[str, typer.Option(help="Unit of time, where the model has none.")] = "",
    clock: Annotated[str, typer.Option(help="How fast it acts.")] = "late",
    system: Annotated[str, typer.Option(help="System it belongs to, S1 to S15.")] = "S4",
    replace: Annotated[bool, typer.Option("--replace", help="Write over an earlier one.")] = False,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a mechanism of a model of another tool, and lint it. Exit 3 where lint finds errors."""
    from ketasim.model.imported import ImportOptions
    from ketasim.model.sbml_import import import_model

    made = import_model(
        model,
        name,
        ImportOptions(
            connect=pairs("--connect", connect),
            outputs=pairs("--output", output, alone=True),
            keep=tuple(keep or ()),
            units=pairs("--unit", unit),
            unit_else=unit_else,
            time=time,
            clock=clock,
            system=system,
        ),
    )
    written = write_mechanism(made.texts, out, replace)
    found = linted(made, written[0])
    told = Told(made, written, found)
    if json_:
        print_json(told.plain())
    elif not quiet:
        print("\n".join(told.lines()))
    raise typer.Exit(REGRESSION if told.errors else OK)


@dataclass(frozen=True)
class Told:
    """What there is to say of an import."""

    made: Imported
    written: tuple[Path, ...]
    found: Sequence[Finding]

    @property
    def errors(self) -> int:
        """Findings that make results wrong."""
        return sum(finding.severity == "error" for finding in self.found)

    def lines(self) -> list[str]:
        """Return it in words."""
        made, lines = self.made, [str(path) for path in self.written]
        for title, names in (
            ("input", made.inputs),
            ("output", made.outputs),
            ("renamed", made.renamed),
        ):
            lines += [f"{title}: {a}" + (f" = {b}" if a != b else "") for a, b in names.items()]
        lines += [str(finding) for finding in self.found]
        lines.append(f"{self.errors} errors, {len(self.found) - self.errors} warnings")
        without = "".join(f" --without {name}" for name in made.rivals)
        lines.append(f"next: write what it claims into {self.written[0]}, and its sources; then")
        lines.append(f"  ketasim lint --add {self.written[0]}{without}")
        return lines

    def plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        keys = ("severity", "check", "where", "message")
        return {
            "files": [str(path) for path in self.written],
            "inputs": dict(self.made.inputs),
            "outputs": dict(self.made.outputs),
            "renamed": dict(self.made.renamed),
            "without": list(self.made.rivals),
            "lint": [{key: getattr(finding, key) for key in keys} for finding in self.found],
        }


def pairs(option: str, given: Sequence[str] | None, alone: bool = False) -> dict[str, str]:
    """Return ``A=B`` texts as a mapping; ``A`` alone, where it may, stands for ``A=A``."""
    found: dict[str, str] = {}
    for text in given or ():
        left, sign, right = (part.strip() for part in text.partition("="))
        if not left or (sign and not right) or (not sign and not alone):
            shape = "THEIRS or THEIRS=OURS" if alone else "NAME=VALUE"
            raise UserError(f"{option}: cannot read '{text}'; write {shape}")
        if left in found:
            raise UserError(f"{option}: '{left}' is given twice")
        found[left] = right or left
    return found


def write_mechanism(texts: Mapping[str, str], folder: Path, replace: bool) -> tuple[Path, ...]:
    """Write the files of a mechanism; all that stood there stays unless told to go."""
    from ketasim.report.files import write_file

    paths = tuple(folder / name for name in texts)
    for path in paths:
        if path.exists() and not replace:
            raise UserError(f"--out: {path} is there already; --replace writes over it")
    for path, text in zip(paths, texts.values(), strict=True):
        write_file(path, text.encode("utf-8"))
    return paths


def linted(made: Imported, path: Path) -> list[Finding]:
    """Return what lint finds in the model with the mechanism, of the mechanism alone."""
    from ketasim.model import Finding, assemble
    from ketasim.model.lint import lint

    try:
        model = assemble(add=[path], without=made.rivals)
        found = lint(model)
    except UserError as error:
        return [Finding("error", "assemble", made.name, str(error))]
    mine = {f"{made.name}.ant", f"{made.name}.csv", made.name, *_computed(model, made.name)}
    return [finding for finding in found if finding.where.partition(":")[0] in mine]


def _computed(model: Any, name: str) -> set[str]:
    return {symbol for symbol, owner in model.wiring.owners.items() if owner == name}
