"""``ketasim book``: the model and the evidence as books, in Markdown."""

from __future__ import annotations

import json
from pathlib import Path

from ketasim.errors import UserError
from ketasim.report.output_folder import Kind, check_replaceable, output_folder

RECORD = "book.json"
MODEL, EVIDENCE, SOURCES = "model_book", "evidence_book", "sources.bib"
FOLDER = Kind(RECORD, frozenset({RECORD, MODEL, EVIDENCE, SOURCES}))


def write_books(out: Path, run: Path | None = None) -> list[Path]:
    """Write the model book, the evidence book and their bibliography into a folder.

    Parameters
    ----------
    out : Path
        Made where absent; replaced where it is an earlier output of this command.
    run : Path, optional
        Folder of ``ketasim evidence --out``, whose predictions the evidence book shows.

    Returns
    -------
    list of Path
        The first page of each book, and the bibliography.

    Raises
    ------
    UserError
        A folder that cannot be written or is no output of ours; no such run.
    """
    from ketasim import __version__
    from ketasim.report.book_sources import bibtex
    from ketasim.report.evidence_book import evidence_book
    from ketasim.report.model_book import model_book

    check_replaceable(out.absolute(), FOLDER)
    if run is not None and not run.is_dir():
        raise UserError(f"--evidence: {run}: no such folder")
    books = {EVIDENCE: evidence_book(run), MODEL: model_book()}
    with output_folder(out, FOLDER) as place:
        for name, pages in books.items():
            (place / name).mkdir()
            for page, text in pages.items():
                (place / name / page).write_text(text, encoding="utf-8")
        (place / SOURCES).write_text(bibtex(), encoding="utf-8")
        record = {"ketasim": __version__, "pages": {k: sorted(v) for k, v in books.items()}}
        (place / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return [out / MODEL / "index.md", out / EVIDENCE / "index.md", out / SOURCES]
