"""The reference of Python names: one page per layer, written from what each layer exports."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable
from typing import Any

import ketasim

ORDER = (
    "dosing", "population", "model", "simulation", "study", "trial", "evidence", "inference",
    "report", "explorer", "engine",
)  # fmt: skip
"""In the order people need them; a layer that is not named here comes last."""

CONSTANTS = {
    "AMONG": "Groups among whom an endpoint may be counted.",
    "ADD_TO_STATE": "Kind of an event that adds an amount to a state [unit of the state].",
    "BLOCKED": "Reading of an attribution: mechanisms blocked below rest.",
    "CHECKS": "Names of the checks of lint.",
    "CONTRASTS": "How two groups of a trial may be compared.",
    "COVARIATES": "Symbols that describe a person: weight [kg], age [year], sex, genotype, ...",
    "LEFT_AT_REST": "Reading of an attribution: mechanisms left at their resting values.",
    "PACKAGE_FOLDER": "Folder of the model that ketasim ships.",
    "ROLES": "What a finding may be used for.",
    "SET_PARAMETER": "Kind of an event that sets a parameter [unit of the parameter].",
    "STATUS": "How the solver ended, by its number for each individual.",
    "SYSTEMS": "The systems of the model by key.",
    "TIERS": "How well a number is known, best first.",
    "VERDICTS": "What a finding may come to.",
    "WORDS": "Endpoints of a trial.",
    "__version__": "Version of the program.",
}
"""A constant has no docstring of its own."""


def layers() -> dict[str, tuple[str, ...]]:
    """Return the public names of every layer that exports some."""
    names = [found.name for found in pkgutil.iter_modules(ketasim.__path__)]
    chosen = [*(n for n in ORDER if n in names), *sorted(n for n in names if n not in ORDER)]
    found = {}
    for name in chosen:
        public = getattr(importlib.import_module(f"ketasim.{name}"), "__all__", ())
        if public and name != "cli":
            found[name] = tuple(public)
    return found


def homes() -> dict[str, str]:
    """Return under which full name each name of ``ketasim`` itself is documented."""
    found = {}
    for name in ketasim.__all__:
        here = getattr(ketasim, name)
        for layer, public in layers().items():
            if (
                name in public
                and getattr(importlib.import_module(f"ketasim.{layer}"), name) is here
            ):
                found[name] = f"ketasim.{layer}.{name}"
                break
        else:
            found[name] = f"ketasim.{name}"
    return found


def pages() -> dict[str, str]:
    """Return the page of ``ketasim`` itself, and one for each layer."""
    found = {"index.md": _index()}
    for name, public in layers().items():
        found[f"{name}.md"] = _layer(name, public)
    return found


def _index() -> str:
    rows = ["| name | what it is |", "|---|---|"]
    own = []
    for name, full in homes().items():
        said = CONSTANTS.get(name) or _first(getattr(ketasim, name))
        rows.append(f"| {{py:obj}}`{name} <{full}>` | {said} |")
        if full == f"ketasim.{name}":
            own.append(name)
    names = "\n".join(layers())
    return "\n\n".join((
        "# Python",
        "`import ketasim as ks` gives these names; each layer below has more. Times are in hours, "
        "amounts in nmol, concentrations as each output says; `model.outputs[name].unit` tells.",
        "\n".join(rows),
        "## Names of `ketasim` alone",
        _rst("ketasim", own),
        "## Layers",
        "```{toctree}\n:maxdepth: 1\n\n" + names + "\n```",
    )) + "\n"  # fmt: skip


def _layer(name: str, public: Iterable[str]) -> str:
    module = importlib.import_module(f"ketasim.{name}")
    first, _, rest = inspect.cleandoc(module.__doc__ or "").partition("\n")
    body = f"```{{eval-rst}}\n{rest.strip()}\n```" if rest.strip() else ""
    parts = [f"# ketasim.{name}", first, body, _rst(f"ketasim.{name}", public)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _rst(module: str, public: Iterable[str]) -> str:
    place = importlib.import_module(module)
    lines = ["```{eval-rst}"]
    for name in public:
        lines += [*_directive(f"{module}.{name}", name, getattr(place, name)), ""]
    return "\n".join([*lines, "```"])


def _directive(full: str, name: str, value: Any) -> list[str]:
    if inspect.isclass(value):
        shown = (
            [] if issubclass(value, Exception) else ["   :members:", "   :no-inherited-members:"]
        )
        return [f".. autoclass:: {full}", *shown]
    if callable(value):
        return [f".. autofunction:: {full}"]
    if inspect.ismodule(value):
        told = [f".. py:data:: {full}", "", f"   {_first(value)}", ""]
        return told + [
            f"   .. autofunction:: {value.__name__}.{each}\n" for each in parts_of(value)
        ]
    return [f".. py:data:: {full}", "", f"   {CONSTANTS.get(name, '')} {_shown(value)}"]


def parts_of(module: Any) -> list[str]:
    """Return the public functions of a module that is itself a public name."""
    public = getattr(module, "__all__", None) or [n for n in vars(module) if not n.startswith("_")]
    own = {n: getattr(module, n) for n in public}
    return [n for n, value in own.items() if getattr(value, "__module__", "") == module.__name__]


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"One of {', '.join(f'``{item}``' for item in value)}."
    return f"``{value}``." if isinstance(value, (str, int)) else ""


def _first(value: Any) -> str:
    """Return the first sentence of a docstring."""
    text = " ".join(inspect.cleandoc(value.__doc__ or "").split("\n\n")[0].split())
    return text.replace("|", "\\|").replace("``", "`")


def setup(app: Any) -> dict[str, bool]:
    """Call the fields of a class what the docstrings call them."""
    from sphinx.domains.python import PyObject

    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
