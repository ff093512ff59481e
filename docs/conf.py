"""How Sphinx builds the documentation: ``make docs``. Needs no network."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))

import house  # noqa: E402

project = "ketasim"
author = "The ketasim developers"
copyright = "The ketasim developers, Apache License 2.0"
version = release = house.version()
language = "en-GB"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.linkcode",
    "sphinxcontrib.bibtex",
    "sphinx_design",
    "citations",
    "front_page",
    "generated_pages",
    "machine_paths",
    "mathml",
    "notebooks",
    "reference_python",
    "source_pages",
    "accessible",
]
exclude_patterns = ["_extensions", "_static", "_templates", "Thumbs.db"]
templates_path = ["_templates"]
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]  # types in words, such as "sequence of float"
suppress_warnings = ["ref.python"]  # words of docstrings that two classes share

# Pages
myst_enable_extensions = ["dollarmath", "deflist", "colon_fence", "attrs_inline", "fieldlist"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 4
myst_url_schemes = {"http": None, "https": None, "mailto": None, "source": None}

# Executed examples: kept by the text of the example and of the whole program
nb_execution_mode = "cache"
nb_execution_in_temp = True
nb_execution_cache_path = str(house.cache_folder(HERE.parent))
nb_execution_timeout = 240
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_merge_streams = True

# Names of the program
default_role = "code"
add_module_names = False
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
python_use_unqualified_type_names = True

# Bibliography
bibtex_bibfiles = ["sources.bib"]
bibtex_default_style = "house"
bibtex_reference_style = "label"

# Look
html_theme = "furo"
html_title = f"ketasim {version}"
html_static_path = ["_static"]
html_css_files = ["ketasim.css"]
html_math_renderer = "mathml"
html_theme_options = house.colours()
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_permalinks_icon = "#"
pygments_style = (
    "a11y-high-contrast-light" if house.has_style("a11y-high-contrast-light") else "xcode"
)
pygments_dark_style = (
    "a11y-high-contrast-dark" if house.has_style("a11y-high-contrast-dark") else "github-dark"
)


def linkcode_resolve(domain: str, info: dict[str, str]) -> str | None:
    """Return where the source of a documented name stands, for its [source] link."""
    return house.source_of(info["module"], info["fullname"]) if domain == "py" else None
