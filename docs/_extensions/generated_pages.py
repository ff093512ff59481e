"""Pages written from the program before each build: the two books, the reference, the gallery.

They lie beside the written pages, out of git; a page that did not change keeps its date, so that
Sphinx reads it only once.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import reference_commands
import reference_files
import reference_python
from house import ROOT

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def pages() -> dict[str, str]:
    """Return every generated page by its path below ``docs``."""
    from ketasim.report.book_sources import bibtex

    found = {"sources.bib": bibtex()}
    found |= {f"model_book/{name}": text for name, text in _model_book().items()}
    found |= {f"evidence_book/{name}": text for name, text in _evidence_book().items()}
    found |= {f"reference/python/{name}": text for name, text in reference_python.pages().items()}
    found["reference/commands.md"] = reference_commands.page()
    found["reference/files.md"] = reference_files.page()
    return found


def _model_book() -> dict[str, str]:
    from ketasim.report.model_book import chapter_groups, model_book

    book = model_book(math="mathml")
    first = [name for name in ("map", "wires") if f"{name}.md" in book]
    trees = [
        _toctree(
            "How it hangs together", [*first, "resting_state", "functions_and_units", "shared"]
        )
    ]
    for group, names in chapter_groups().items():
        trees.append(_toctree(group.capitalize(), list(names)))
    for name in book:
        if f"src/ketasim/model/mechanisms/{Path(name).stem}.ant" in _MECHANISMS:
            book[name] += _files(Path(name).stem)
    book["index.md"] += "\n" + "\n\n".join(trees) + "\n"
    return book


_MECHANISMS = {
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "src" / "ketasim" / "model" / "mechanisms").glob("*.ant")
}


def _files(name: str) -> str:
    text = f"src/ketasim/model/mechanisms/{name}.ant"
    table = f"src/ketasim/model/parameters/{name}.csv"
    links = [f"[`{name}.ant`](../../{text})"]
    links += [f"[`{name}.csv`](../../{table})"] if (ROOT / table).exists() else []
    return f"\n## Files\n\n{', '.join(links)}\n"


def _evidence_book() -> dict[str, str]:
    from ketasim.report.evidence_book import evidence_book

    run = os.environ.get("KETASIM_EVIDENCE")
    book = evidence_book(Path(run) if run else None, anchors="myst")
    systems = sorted((n[:-3] for n in book if n[1].isdigit()), key=lambda name: int(name[1:]))
    told = _toctree("", ["contradicted", "claims", *systems])
    ledger = "What evidence and model say of each claim stands in [the ledger](../ledger.md).\n"
    book["claims.md"] = book["claims.md"].replace("\n\n", f"\n\n{ledger}\n", 1)
    book["index.md"] += f"\n{told}\n"
    return book


def _toctree(caption: str, names: list[str]) -> str:
    told = f":caption: {caption}\n" if caption else ""
    return "```{toctree}\n:hidden:\n:maxdepth: 1\n" + told + "\n" + "\n".join(names) + "\n```"


def write(folder: Path) -> None:
    """Write the pages below a folder, and take away those of an earlier build."""
    wanted = pages()
    for name, text in wanted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for place in ("model_book", "evidence_book", "reference/python"):
        for path in (folder / place).glob("*.md"):
            if path.relative_to(folder).as_posix() not in wanted:
                path.unlink()


def gallery() -> str:
    """Return the exhibits of the gallery as cells that are executed."""
    from ketasim.report.gallery_exhibits import EXHIBITS, PREPARED

    cell = "```{{code-cell}} ipython3\n{}\n```\n"
    parts = ["## Before the figures\n", cell.format(PREPARED.strip())]
    for each in EXHIBITS:
        code = cell.format(f"{each.code.strip()}\npicture")
        parts.append(f"## {each.title}\n\n{each.shows}\n\n{each.read}\n\n{code}")
    return "\n".join(parts)


def _on_source(app: Sphinx, page: str, source: list[str]) -> None:
    """List the tutorials, in the order of their numbers, and put figures into the gallery."""
    if page == "tutorials/index":
        app.env.note_reread()
        names = sorted(path.stem for path in (Path(app.srcdir) / "tutorials").glob("[0-9]*.md"))
        source[0] += "\n" + _toctree("", names).replace(":hidden:\n", "") + "\n"
    if page == "gallery":
        app.env.note_reread()
        source[0] += "\n" + gallery()


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages before Sphinx looks for them."""
    write(Path(app.srcdir))
    app.connect("source-read", _on_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
