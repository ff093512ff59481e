"""A drawn figure as text: inline SVG that follows the page's colours, SVG file, PNG file."""

from __future__ import annotations

import hashlib
import html
import io
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ketasim.errors import UserError, nearest
from ketasim.report.files import write_file
from ketasim.report.style import PALETTE, house_style

if TYPE_CHECKING:
    from ketasim.report.style import Picture


FORMATS = (".svg", ".pdf", ".png")
LEAST_DPI, MOST_DPI = 50, 1200


def standalone(picture: Picture, paper: bool = False) -> str:
    """Return the figure as an SVG document with paths for letters and no date in it.

    ``paper`` puts it on white, for where the page may be dark.
    """
    buffer = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    ground = "white" if paper else "none"
    with house_style():
        picture.figure.savefig(buffer, format="svg", metadata=nothing, facecolor=ground)
    return buffer.getvalue()


def pdf(picture: Picture) -> bytes:
    """Return the figure as a PDF page with embedded letters and no date in it."""
    import matplotlib as mpl

    buffer = io.BytesIO()
    nothing = {"CreationDate": None, "Creator": None, "Producer": None, "Title": picture.title}
    with house_style(), mpl.rc_context({"pdf.fonttype": 42}):
        picture.figure.savefig(buffer, format="pdf", metadata=nothing)
    return buffer.getvalue()


def save_picture(picture: Picture, path: str | os.PathLike[str], dpi: int) -> Path:
    """Write a picture as its file's ending says; see `Picture.save`."""
    target = Path(path)
    kind = target.suffix.lower()
    if kind not in FORMATS:
        what = f"ending {target.suffix!r}" if target.suffix else "no ending"
        raise UserError(f"save: {target.name!r} has {what}{nearest(kind, FORMATS)}")
    if not LEAST_DPI <= dpi <= MOST_DPI:
        raise UserError(f"save: dpi {dpi} is out of range; it must be {LEAST_DPI} to {MOST_DPI}")
    if target.is_dir():
        raise UserError(f"save: {str(target)!r} is a folder")
    if kind == ".svg":
        return write_file(target, standalone(picture).encode("utf-8"))
    return write_file(target, pdf(picture) if kind == ".pdf" else png(picture, dpi))


def notebook_figure(picture: Picture) -> str:
    """Return the figure and its caption as HTML on white, whatever the notebook's theme."""
    text = standalone(picture)
    unique = hashlib.sha256(text.encode()).hexdigest()[:8]
    drawn = inline(replace(picture, name=f"{picture.name}-{unique}"))
    colours = "".join(f"--fig-{name}:{light};" for name, (light, _) in PALETTE.items())
    width = f"{picture.figure.get_figwidth():g}in"
    return (
        f'<figure style="{colours}background:#fff;color:{PALETTE["ink"][0]};max-width:{width};'
        f'margin:0;padding:8px">{drawn}\n<figcaption style="font-size:85%">'
        f"<strong>{html.escape(picture.title)}.</strong> {html.escape(picture.caption)}"
        "</figcaption></figure>"
    )


def inline(picture: Picture) -> str:
    """Return the figure as an element for an HTML page.

    Identifiers get the picture's name in front, so that several figures may share a page;
    colours of the palette become CSS variables, so that the page's dark scheme reaches them.
    """
    text = standalone(picture)
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    prefix = re.sub(r"\W", "-", picture.name)
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = text.replace('xlink:href="#', f'href="#{prefix}-').replace("url(#", f"url(#{prefix}-")
    text = text.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    for colour, (light, _) in PALETTE.items():
        text = text.replace(light, f"var(--fig-{colour})")
    text = re.sub(r"\n\s*", "\n", text)
    return _named(text, picture, prefix)


def _named(text: str, picture: Picture, prefix: str) -> str:
    """Give the image a role, a name and a description, and let the page set its width."""
    opening = text[: text.index(">") + 1]
    viewbox = re.search(r'viewBox="[^"]+"', opening)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {viewbox[0] if viewbox else ""} role="img"'
        f' aria-labelledby="{prefix}-name {prefix}-text">\n'
        f'<title id="{prefix}-name">{html.escape(picture.title)}</title>\n'
        f'<desc id="{prefix}-text">{html.escape(picture.alt)}</desc>'
    )
    return head + text[len(opening) :]


def png(picture: Picture, dpi: int = 200) -> bytes:
    """Return the figure as a PNG image on white paper."""
    buffer = io.BytesIO()
    with house_style():
        picture.figure.savefig(
            buffer, format="png", dpi=dpi, facecolor="white", metadata={"Software": None}
        )
    return buffer.getvalue()
