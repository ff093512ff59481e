"""What the build takes from the program: its version, its colours, its files."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import shutil
from pathlib import Path
from typing import Any

import ketasim
from ketasim.report.style import PALETTE

PACKAGE = Path(ketasim.__file__).parent
ROOT = Path(__file__).parents[2]
READ = {".py", ".ant", ".csv", ".toml", ".bib", ".json"}


def version() -> str:
    """Return the version of the program that is documented."""
    return ketasim.__version__


def cache_folder(root: Path) -> Path:
    """Return where executed examples are kept for the program as it is; others are removed.

    An example is executed again when its own text changes, or any file of the program does.
    """
    told = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in READ and "__pycache__" not in path.parts:
            told.update(path.relative_to(PACKAGE).as_posix().encode())
            told.update(path.read_bytes())
    every = root / "out" / "docs_examples"
    mine = every / told.hexdigest()[:16]
    for other in every.glob("*"):
        if other != mine:
            shutil.rmtree(other, ignore_errors=True)
    mine.mkdir(parents=True, exist_ok=True)
    return mine


def colours() -> dict[str, Any]:
    """Return the theme's options: the report's colours, light and dark."""
    light, dark = ({name: pair[i] for name, pair in PALETTE.items()} for i in (0, 1))
    return {
        "light_css_variables": _variables(light, "#005a8e", "#f3f4f6", "#55585f"),
        "dark_css_variables": _variables(dark, "#7cc4f2", "#202329", "#a9adb5"),
        "navigation_with_keys": False,
        "top_of_page_buttons": [],
    }


def _variables(palette: dict[str, str], link: str, wash: str, soft: str) -> dict[str, str]:
    fonts = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
    code = 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'
    return {
        "font-stack": fonts,
        "font-stack--monospace": code,
        "color-background-primary": palette["paper"],
        "color-background-secondary": wash,
        "color-background-border": palette["grid"],
        "color-foreground-primary": palette["ink"],
        "color-foreground-secondary": soft,
        "color-foreground-muted": soft,
        "color-brand-primary": link,
        "color-brand-content": link,
        "color-brand-visited": link,
        "color-api-name": link,
        "color-api-pre-name": soft,
        "color-inline-code-background": wash,
    } | {f"fig-{name}": colour for name, colour in palette.items()}


def has_style(name: str) -> bool:
    """Whether Pygments has a style of that name."""
    from pygments.styles import get_all_styles

    return name in set(get_all_styles())


def source_of(module: str, name: str) -> str | None:
    """Return ``source:PATH#L-LINE`` of a name; None where there is none."""
    if not module:
        return None
    found: Any = importlib.import_module(module)
    try:
        for part in name.split("."):
            found = getattr(found, part)
        found = inspect.unwrap(found.fget if isinstance(found, property) else found)
        path = Path(inspect.getsourcefile(found) or "")
        line = inspect.getsourcelines(found)[1]
    except (AttributeError, TypeError, OSError):
        return None
    if not path.is_relative_to(PACKAGE):
        return None
    return f"source:src/ketasim/{path.relative_to(PACKAGE).as_posix()}#L-{line}"
