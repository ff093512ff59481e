"""The reference of the command line, written from the commands themselves."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Taken:
    """One argument or option of a command."""

    names: tuple[str, ...]
    is_argument: bool
    kind: str
    help: str
    default: str
    required: bool


def commands() -> dict[str, Callable[..., Any]]:
    """Return the function behind every command by its name."""
    from ketasim.cli.app import app

    found = {}
    for info in app.registered_commands:
        assert info.callback is not None
        if not info.hidden:
            found[info.name or info.callback.__name__.replace("_", "-")] = info.callback
    return found


def taken(function: Callable[..., Any]) -> list[Taken]:
    """Return what a command takes, arguments first."""
    hints = typing.get_type_hints(function, include_extras=True)
    found = []
    for name, parameter in inspect.signature(function).parameters.items():
        kind, told = typing.get_args(hints[name])[:2]
        if not getattr(told, "hidden", False):
            found.append(_taken(name, kind, told, parameter.default))
    return sorted(found, key=lambda each: not each.is_argument)


def _taken(name: str, kind: Any, told: Any, default: Any) -> Taken:
    is_argument = type(told).__name__ == "ArgumentInfo"
    required = default is inspect.Parameter.empty
    plain = name.strip("_").replace("_", "-")
    first = (told.default,) if isinstance(told.default, str) else ()  # as Typer reads Annotated
    declared = (*first, *(told.param_decls or ()))
    if is_argument:
        names: tuple[str, ...] = (told.metavar or plain.upper(),)
    elif kind is bool and default is True and not declared:
        names = (f"--{plain}", f"--no-{plain}")
    else:
        names = declared or (f"--{plain}",)
    shown = "" if required or default in (None, False, True) else f"`{default}`"
    return Taken(names, is_argument, _kind(kind, told), _text(told.help or ""), shown, required)


def _kind(kind: Any, told: Any) -> str:
    """Return what is taken, in words."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        kind = next(each for each in typing.get_args(kind) if each is not type(None))
    many = ""
    if typing.get_origin(kind) is list:
        kind, many = typing.get_args(kind)[0], ", may be repeated"
    if typing.get_origin(kind) is typing.Literal:
        return ", ".join(f"`{choice}`" for choice in typing.get_args(kind)) + many
    words = {bool: "", str: "text", int: "whole number", float: "number", Path: "path"}
    low, high = told.min, told.max
    bounds = f" from {low:g}" if low is not None else ""
    bounds += f" to {high:g}" if high is not None else ""
    return words.get(kind, getattr(kind, "__name__", str(kind))) + bounds + many


def page() -> str:
    """Return the page: what each command does, takes and returns."""
    from ketasim.cli.app import app

    parts = [
        "# Commands",
        f"{_cell(app.info.help or '')} `ketasim COMMAND --help` prints what stands here.",
        _cell(str(app.info.epilog)),
    ]
    for name, function in commands().items():
        parts += [f"## ketasim {name}", _cell(inspect.getdoc(function) or "")]
        parts += [_usage(name, taken(function)), _table(taken(function))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _text(text: str) -> str:
    return " ".join(text.replace("\b", "").split())


def _usage(name: str, every: list[Taken]) -> str:
    words = [name, *(["[OPTIONS]"] if any(not each.is_argument for each in every) else [])]
    for each in every:
        if each.is_argument:
            word = each.names[0] + ("..." if each.kind.endswith("repeated") else "")
            words.append(word if each.required else f"[{word}]")
        elif each.required:
            words.append(f"{each.names[0]} ...")
    return f"```sh\nketasim {' '.join(words)}\n```"


def _table(every: list[Taken]) -> str:
    rows = [
        f"| {', '.join(f'`{name}`' for name in each.names)} | {each.kind} | {_cell(each.help)} | "
        f"{'**required**' if each.required else each.default} |"
        for each in every
    ]
    if not rows:
        return ""
    return "\n".join(["| name | takes | meaning | default |", "|---|---|---|---|", *rows])


def _cell(text: str) -> str:
    """Escape text, and set options as code, so that no dash becomes another one."""
    plain = re.sub(r"([|<*_])", r"\\\1", _text(text))
    return re.sub(r"(?<![`\w])(--[a-z][a-z-]*)", r"`\1`", plain)
