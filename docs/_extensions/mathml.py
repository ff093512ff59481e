"""Formulas of pages as MathML, which browsers draw by themselves: no script, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from latex2mathml.converter import convert
from sphinx.util import logging

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

_LOG = logging.getLogger(__name__)


def _drawn(node: nodes.math | nodes.math_block, display: str) -> str:
    try:
        return convert(node.astext(), display=display)
    except Exception as error:  # whatever its parser stumbles on: say where, and show the text
        _LOG.warning("cannot draw the formula %r: %s", node.astext(), error, location=node)
        return f"<code>{node.astext()}</code>"


def _inline(self: HTML5Translator, node: nodes.math) -> None:
    from docutils.nodes import SkipNode

    self.body.append(_drawn(node, "inline"))
    raise SkipNode


def _block(self: HTML5Translator, node: nodes.math_block) -> None:
    from docutils.nodes import SkipNode

    self.body.append(f'<div class="equation" tabindex="0">{_drawn(node, "block")}</div>\n')
    raise SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer ``mathml``."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
