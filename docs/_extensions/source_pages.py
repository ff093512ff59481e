"""Links to files of the program lead to a page that shows them, with numbered lines.

A link such as ``[spines](../src/ketasim/model/mechanisms/spines.ant)`` works on the code host; here
it leads to ``source/...html``. Folders show what lies in them. Only what is linked, or lies in a
linked folder, gets a page.
"""

from __future__ import annotations

import html
import posixpath
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from docutils import nodes
from house import ROOT
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_LOG = logging.getLogger(__name__)
_LINK = re.compile(r"\]\(((?:\.\./)+)((?:src|tests|bench)\b[^)#\s]*)(#[^)\s]*)?\)")
_SHOWN = {".py", ".ant", ".csv", ".toml", ".bib", ".json", ".css", ".js", ".md"}
_PAGE = """<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · ketasim</title>
<link rel="stylesheet" href="{up}_static/pygments.css">
<link rel="stylesheet" href="{up}_static/source.css">
</head><body>
<script>document.body.dataset.theme = localStorage.getItem("theme") || "auto";</script>
<header><p><a href="{up}index.html">Documentation</a> · {path}</p><h1>{title}</h1></header>
<main>{body}</main>
</body></html>
"""


def _on_source(_app: Sphinx, page: str, source: list[str]) -> None:
    """Give links to files of the program an address of their own, ``source:PATH``."""
    depth = page.count("/") + 1

    def replaced(match: re.Match[str]) -> str:
        if match[1].count("../") != depth:
            _LOG.warning("%s leads out of the repository", match[0], location=page)
        return f"](source:{match[2].rstrip('/')}{match[3] or ''})"

    source[0] = _LINK.sub(replaced, source[0])


def _on_resolved(app: Sphinx, tree: nodes.document, page: str) -> None:
    """Point those addresses at pages, and note which are needed."""
    for node in tree.findall(nodes.reference):
        target = node.get("refuri", "")
        if target.startswith("source:"):
            path, _, anchor = target.removeprefix("source:").partition("#")
            if not (ROOT / path).exists():
                _LOG.warning("no file %s", path, location=node)
                continue
            at = _address(path) + (f"#{anchor}" if anchor else "")
            node["refuri"] = posixpath.relpath(at, posixpath.dirname(page) or ".")


def _address(path: str) -> str:
    return f"source/{path}/index.html" if (ROOT / path).is_dir() else f"source/{path}.html"


def _on_finished(app: Sphinx, error: Exception | None) -> None:
    """Write a page for every file of the program; they are small."""
    if error is not None or app.builder.format != "html":
        return
    for top in ("src/ketasim", "tests/simulation"):
        for folder in [ROOT / top, *(p for p in (ROOT / top).rglob("*") if p.is_dir())]:
            if "__pycache__" not in folder.parts and "page" not in folder.parts:
                _write_folder(app, folder)


def _write_folder(app: Sphinx, folder: Path) -> None:
    listed = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in ("__pycache__", "page"):
            listed.append(f'<li><a href="{path.name}/index.html">{path.name}/</a></li>')
        elif path.suffix in _SHOWN:
            listed.append(f'<li><a href="{path.name}.html">{path.name}</a></li>')
            _write_file(app, path)
    body = f"<ul>{''.join(listed)}</ul>"
    _write(app, folder, f"{folder.relative_to(ROOT).as_posix()}/index.html", body)


def _write_file(app: Sphinx, path: Path) -> None:
    name = f"{path.relative_to(ROOT).as_posix()}.html"
    target = Path(app.outdir) / "source" / name
    if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
        _write(app, path, name, _highlighted(path))


def _write(app: Sphinx, path: Path, name: str, body: str) -> None:
    target = Path(app.outdir) / "source" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    up = "../" * (len(PurePosixPath(name).parts))
    where = html.escape(path.relative_to(ROOT).as_posix())
    text = _PAGE.format(title=html.escape(path.name), path=where, up=up, body=body)
    target.write_text(text, encoding="utf-8")


def _highlighted(path: Path) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import TextLexer, get_lexer_for_filename
    from pygments.util import ClassNotFound

    text = path.read_text(encoding="utf-8")
    try:
        lexer: Any = (
            TextLexer() if path.suffix in (".ant", ".csv") else get_lexer_for_filename(path.name)
        )
    except ClassNotFound:
        lexer = TextLexer()
    shape = HtmlFormatter(
        linenos="inline", lineanchors="L", anchorlinenos=True, cssclass="highlight"
    )
    return highlight(text, lexer, shape)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    from pygments.lexers import TextLexer

    app.add_lexer("csv", TextLexer)
    app.connect("source-read", _on_source)
    app.connect("doctree-resolved", _on_resolved)
    app.connect("build-finished", _on_finished)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
