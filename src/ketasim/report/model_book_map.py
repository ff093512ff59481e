"""The map of the model as a page of the model book: SBGN Activity Flow."""

from __future__ import annotations

from ketasim.report.markdown import line, table
from ketasim.report.style import PALETTE


def map_pages(inline: bool) -> dict[str, str]:
    """Return the page of the map with the files it needs.

    Parameters
    ----------
    inline : bool
        Whether the drawing stands in the page as HTML, or beside it as a file.

    Returns
    -------
    dict of str to str
        ``map.md``, ``map.sbgn`` (SBGN-ML) and, not inline, ``map.svg``.
    """
    from ketasim.model.pathway import load_pathway
    from ketasim.model.sbgn_ml import sbgn_ml
    from ketasim.report.figure_pathway import pathway_figure
    from ketasim.report.svg import inline as drawn
    from ketasim.report.svg import standalone

    pathway, picture = load_pathway(), pathway_figure()
    names = {node.id: node.label for node in pathway.nodes}
    rows = [
        (line(names.get(w.source, w.source)), line(names.get(w.target, w.target)), line(w.why))
        for w in pathway.left_out
    ]
    svg = "\n".join(text for text in drawn(picture).splitlines() if text.strip())
    colours = "".join(f"--fig-{name}:{light};" for name, (light, _) in PALETTE.items())
    paper = f"{colours}background:#fff;padding:.5rem"  # glyphs are white, on a dark page too
    shown = f"![{line(picture.alt)}](map.svg)"
    if inline:
        shown = f'<div class="wide-figure" tabindex="0" style="{paper}">{svg}</div>'
    text = "\n\n".join((
        f"# {picture.title}",
        line(picture.caption),
        shown,
        "The same as [SBGN-ML](map.sbgn), for editors such as Newt or SBGN-ED.",
        "## Wires that are not drawn",
        table(("from", "to", "why"), rows),
        "Every wire with its unit and its readers: [how mechanisms meet](wires.md).",
    )) + "\n"  # fmt: skip
    pages = {"map.md": text, "map.sbgn": sbgn_ml()}
    return pages if inline else pages | {"map.svg": standalone(picture, paper=True)}
