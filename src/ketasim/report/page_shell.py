"""The shell of every page: one HTML file with its style, its sections and no outside request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from ketasim.report.style import PALETTE, Missing, Picture
from ketasim.report.svg import inline
from ketasim.report.tables import escape

NOTICE = "For research only: this is a simulation, not medical advice."
LANGUAGE = "en-GB"
Section = tuple[str, str, str]
"""Anchor, heading and HTML of a section."""


@dataclass(frozen=True)
class Heading:
    """What stands above the sections of a page.

    Attributes
    ----------
    kind : str
        The command it comes from, as ``ketasim evidence``.
    title : str
    headline : str
        The answer in a sentence.
    question, meta : str
        What was asked; of what the page is made. Left out where empty.
    generator : str
        Program and version.
    """

    kind: str
    title: str
    headline: str
    question: str = ""
    meta: str = ""
    generator: str = "ketasim"


def document(heading: Heading, sections: Sequence[Section], contents: bool = True) -> str:
    """Return the page; ``contents`` adds links to the sections."""
    body = "\n".join(
        f'<section id="{name}" aria-labelledby="{name}-h"><h2 id="{name}-h">{title}</h2>\n{text}\n'
        "</section>"
        for name, title, text in sections
    )
    links = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title, _ in sections)
    navigation = f'<nav aria-label="Contents"><ol>{links}</ol></nav>\n' if contents else ""
    return f"""<!DOCTYPE html>
<html lang="{LANGUAGE}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="{escape(heading.generator)}">
<title>{escape(heading.title)} · {escape(heading.kind)}</title>
<style>
{colours()}
{asset("page.css")}
</style>
</head>
<body>
<header>
<p class="kind">{escape(heading.kind)}</p>
<h1>{escape(heading.title)}</h1>
{_line("question", escape(heading.question))}{_line("headline", kept_together(heading.headline))}
{_line("meta", escape(heading.meta))}<p class="notice">{NOTICE}</p>
</header>
{navigation}<main>
{body}
</main>
<script>
{asset("filter.js")}
</script>
</body>
</html>
"""


def _line(kind: str, text: str) -> str:
    return f'<p class="{kind}">{text}</p>\n' if text else ""


def asset(name: str) -> str:
    """Return a text that every page carries, such as its style sheet."""
    return resources.files("ketasim.report").joinpath(name).read_text("utf-8").strip()


def colours() -> str:
    """Return the figures' colours as CSS variables, for light and dark pages."""
    light = " ".join(f"--fig-{name}:{pair[0]};" for name, pair in PALETTE.items())
    dark = " ".join(f"--fig-{name}:{pair[1]};" for name, pair in PALETTE.items())
    return f":root {{{light}}}\n@media screen and (prefers-color-scheme: dark) {{:root {{{dark}}}}}"


def kept_together(text: str) -> str:
    """Escape text and keep a number on one line with its unit."""
    units = r"%|min|h|s|days|ng/mL|mg|mg/kg|points|mmHg"
    return re.sub(rf"(\d) (?=({units})(\W|$))", "\\1\u00a0", escape(text))


def figure_element(picture: Picture | Missing) -> str:
    """Return a figure with its caption, or the sentence in its place."""
    title = escape(picture.title)
    if isinstance(picture, Missing):
        return f'<p class="missing"><strong>{title}.</strong> {escape(picture.sentence)}</p>'
    return (
        f'<figure id="figure-{picture.name}"><div class="scroll" role="region" tabindex="0" '
        f'aria-label="{title}">{inline(picture)}</div>\n'
        f"<figcaption><strong>{title}.</strong> {kept_together(picture.caption)}</figcaption>"
        "</figure>"
    )
