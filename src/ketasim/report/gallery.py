"""The gallery: every plot of the field, made from small runs, with the lines that make it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ketasim.errors import UserError, nearest
from ketasim.report.files import write_file
from ketasim.report.gallery_exhibits import EXHIBITS, PREPARED, Exhibit
from ketasim.report.output_folder import Kind, output_folder
from ketasim.report.page_shell import Heading, document, figure_element, kept_together
from ketasim.report.phrases import counted
from ketasim.report.style import Picture
from ketasim.report.svg import FORMATS
from ketasim.report.tables import escape

INDEX = "index.html"
PNG_DPI = 200
Told = Callable[[str], None]


def gallery_kind() -> Kind:
    """Return what a gallery's folder may hold."""
    files = {f"{each.name}{ending}" for each in EXHIBITS for ending in FORMATS}
    return Kind(INDEX, frozenset({INDEX, *files}))


def chosen_exhibits(only: Sequence[str] = ()) -> tuple[Exhibit, ...]:
    """Return the exhibits asked for, in the gallery's order; all by default.

    Raises
    ------
    UserError
        A name that is none of them.
    """
    names = [each.name for each in EXHIBITS]
    for name in only:
        if name not in names:
            raise UserError(f"--only: {name!r} is no figure of the gallery{nearest(name, names)}")
    return tuple(each for each in EXHIBITS if not only or each.name in only)


def write_gallery(
    folder: Path, trials: Path, only: Sequence[str] = (), now: Told | None = None
) -> tuple[Path, ...]:
    """Make the gallery; return its files.

    Parameters
    ----------
    folder : Path
        Appears, or is replaced where it holds a gallery, when all is done.
    trials : Path
        Folder of the trials that ship.
    only : sequence of str
        Names of exhibits; default: all.
    now : callable, optional
        Called with what is drawn next.

    Raises
    ------
    UserError
        An unknown name, a folder that cannot be written or holds something else.
    """
    chosen = chosen_exhibits(only)
    with output_folder(folder, gallery_kind()) as beside:
        pictures = drawn(chosen, trials, now)
        for each in chosen:
            for ending in FORMATS:
                pictures[each.name].save(beside / f"{each.name}{ending}", dpi=PNG_DPI)
        write_file(beside / INDEX, page(chosen, pictures).encode("utf-8"))
    return tuple(sorted(Path(folder).iterdir()))


def drawn(chosen: Sequence[Exhibit], trials: Path, now: Told | None = None) -> dict[str, Picture]:
    """Run the lines of exhibits and return their pictures.

    Earlier exhibits that a later one needs run as well.
    """
    names: dict[str, Any] = {"trials": trials}
    last = max((EXHIBITS.index(each) for each in chosen), default=-1)
    found = {}
    if now is not None:
        now("simulating")
    _run(PREPARED, "gallery: prepared", names)
    for each in EXHIBITS[: last + 1]:
        if each in chosen or _needed(each, chosen):
            if now is not None:
                now(each.title)
            _run(each.code, f"gallery: {each.name}", names)
            found[each.name] = names["picture"]
    return {each.name: found[each.name] for each in chosen}


def _needed(each: Exhibit, chosen: Sequence[Exhibit]) -> bool:
    """Return whether a later exhibit uses what this one makes."""
    made = {name for name in _names(each.code, stored=True) if name != "picture"}
    later = [other for other in chosen if EXHIBITS.index(other) > EXHIBITS.index(each)]
    return any(
        made & (_names(other.code, stored=False) - _names(other.code, stored=True))
        for other in later
    )


def _names(code: str, *, stored: bool) -> set[str]:
    import ast

    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) is stored:
            found.add(node.id)
        if stored and isinstance(node, ast.ImportFrom | ast.Import):
            found |= {alias.asname or alias.name for alias in node.names}
    return found


def _run(code: str, where: str, names: dict[str, Any]) -> None:
    """Run lines of this package (never a user's)."""
    exec(compile(code, where, "exec"), names)


def page(chosen: Sequence[Exhibit], pictures: dict[str, Picture]) -> str:
    """Return the page as one HTML document that asks nothing of the network."""
    first = f"<p>What the figures have in common:</p>{_code(PREPARED)}"
    sections = [("prepared", "Before the figures", first)]
    for each in chosen:
        sections.append((each.name, escape(each.title), _section(each, pictures[each.name])))
    count = counted(len(chosen), "figure")
    heading = Heading(
        kind="ketasim gallery",
        title="Gallery of plots",
        headline="One function for each plot of the field; its units and numbers of people stand "
        "on it.",
        meta=f"{count}, each made by the lines below it from runs of the model",
        generator=_generator(),
    )
    return document(heading, sections)


def _generator() -> str:
    from ketasim import __version__

    return f"ketasim {__version__}"


def _section(each: Exhibit, picture: Picture) -> str:
    links = ", ".join(f'<a href="{each.name}{end}">{end[1:].upper()}</a>' for end in FORMATS)
    return (
        f"<p>{kept_together(each.shows)}</p>\n<p>{_emphasis(kept_together(each.read))}</p>\n"
        f"{figure_element(picture)}\n{_code(each.code)}\n"
        f"<p>Files: {links}</p>"
    )


def _emphasis(text: str) -> str:
    return re.sub(r"\*(.+?)\*", r"<em>\1</em>", text)


def _code(code: str) -> str:
    return (
        '<pre tabindex="0" style="overflow-x:auto;padding:.6rem .8rem;border:1px solid '
        f'var(--fig-grid);border-radius:4px"><code style="overflow-wrap:normal">'
        f"{escape(code.strip())}</code></pre>"
    )
