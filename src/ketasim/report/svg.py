"""A drawn figure as text: inline SVG that follows the page's colours, SVG file, PNG file."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING

from ketasim.report.style import PALETTE, house_style

if TYPE_CHECKING:
    from ketasim.report.style import Picture


def standalone(picture: Picture) -> str:
    """Return the figure as an SVG document with paths for letters and no date in it."""
    buffer = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with house_style():
        picture.figure.savefig(buffer, format="svg", metadata=nothing)
    return buffer.getvalue()


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
