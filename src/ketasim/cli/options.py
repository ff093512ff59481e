"""Options that several commands share, and how plain data are printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Add = Annotated[
    list[Path] | None, typer.Option("--add", help="A mechanism of your own (NAME.ant); repeat.")
]
Threads = Annotated[int | None, typer.Option(min=1, help="Default: all processors.")]


def print_json(data: Any) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False))
