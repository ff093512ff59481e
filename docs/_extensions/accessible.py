"""Roles that assistive programs understand, where the theme leaves them half said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_MENDED = (
    ('class="caption" role="heading"', 'class="caption" role="heading" aria-level="2"'),
    ('role="doc-biblioentry"', 'role="listitem"'),
    ('<th class="head"><p></p></th>', '<td class="head"></td>'),
)


def _on_page(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    for name in ("furo_navigation_tree", "body"):
        for given, mended in _MENDED:
            if context.get(name):
                context[name] = context[name].replace(given, mended)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect after the theme, which makes the navigation in the same event."""
    app.connect("html-page-context", _on_page, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
