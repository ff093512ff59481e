"""Imports point one way: downwards, and never to a sibling."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import ketasim

PACKAGE = Path(ketasim.__file__).parent
LAYERS = (
    {"errors", "html_tables", "input_files", "toml_tables"},
    {"engine"},
    {"model", "dosing", "population"},
    {"simulation"},
    {"study", "trial"},
    {"evidence"},
    {"inference"},
    {"report"},
    {"explorer"},
    {"cli"},
)
HEIGHT = {name: height for height, names in enumerate(LAYERS) for name in names}
FILES = [p for p in sorted(PACKAGE.rglob("*.py")) if p.parent != PACKAGE]


def imported(path: Path) -> set[str]:
    """Return the layers a file imports, at its top or inside its functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            names = [f"{module}.{a.name}" for a in node.names] if module == "ketasim" else [module]
        found |= {name.split(".")[1] for name in names if name.startswith("ketasim.")}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_downwards(path):
    here = path.relative_to(PACKAGE).parts[0]
    assert here in HEIGHT, f"{here} has no layer"
    for other in imported(path) - {here, "UserError", "__version__"}:
        assert other in HEIGHT, f"{path.name} imports ketasim.{other}, which has no layer"
        assert HEIGHT[other] < HEIGHT[here], f"{path.name}: {here} imports {other}"


def test_every_layer_is_a_folder_or_the_errors():
    there = {p.name for p in PACKAGE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert there <= set(HEIGHT)


@pytest.mark.parametrize("name", ["utils", "helpers", "misc", "base", "common"])
def test_no_room_without_a_purpose(name):
    assert not [p for p in PACKAGE.rglob("*.py") if p.stem == name]
