"""Turn the Antimony text of a model into SBML with sources written into it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from ketasim.errors import UserError
from ketasim.model.antimony_gate import Refused, sbml_of
from ketasim.model.antimony_text import MODEL_ID
from ketasim.model.mechanism import Mechanism
from ketasim.model.parameter_table import Parameter
from ketasim.model.sources import Source
from ketasim.model.units import unit_identifier

DISCLAIMER = "A research tool. It gives no medical advice and doses nobody."


@lru_cache(maxsize=32)
def sbml_from_antimony(text: str) -> str:
    """Translate Antimony to SBML Level 3.

    Parameters
    ----------
    text : str
        One model called ``MODEL_ID``.

    Returns
    -------
    str

    Raises
    ------
    UserError
        If Antimony refuses the text; the message carries the line it complains about.
    """
    try:
        return sbml_of(text, "antimony", MODEL_ID)
    except Refused as error:
        raise UserError(f"antimony: {_one_line(str(error), text)}") from None


def _one_line(message: str, text: str) -> str:
    """Put Antimony's complaint and the line it is about on one line."""
    complaint = " ".join(message.split())
    digits = [word.strip(",.:") for word in complaint.split() if word.strip(",.:").isdigit()]
    lines = text.splitlines()
    if digits and 0 < int(digits[0]) <= len(lines):
        complaint += f" in '{lines[int(digits[0]) - 1].strip()}'"
    return complaint


def with_sources(
    sbml: str,
    title: str,
    mechanisms: Iterable[Mechanism],
    parameters: Iterable[Parameter],
    sources: Mapping[str, Source],
    unit_texts: Iterable[str],
) -> str:
    """Write titles, paragraphs, sources and unit names into a document.

    Parameters
    ----------
    sbml : str
    title : str
        Name of the model.
    mechanisms : iterable of Mechanism
    parameters : iterable of Parameter
    sources : mapping of str to Source
        The bibliography; those cited are listed.
    unit_texts : iterable of str
        Units as people write them.

    Returns
    -------
    str
        The document, always the same for the same input.
    """
    import libsbml

    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    model.setName(title)
    mechanisms, parameters = list(mechanisms), list(parameters)
    cited = [key for m in mechanisms for key in m.sources]
    cited += [key for row in parameters for key in row.source_keys]
    paragraphs = [title, DISCLAIMER, *(f"{m.name}: {m.title}. {m.biology}" for m in mechanisms)]
    paragraphs += [f"[@{key}] {sources[key]}" for key in sorted(set(cited))]
    _set_notes(model, paragraphs)
    for row in parameters:
        note = f"; {row.note}" if row.note else ""
        _set_notes(model.getParameter(row.symbol), [f"{row.tier}; {row.source}{note}"])
    for text in unit_texts:
        definition = model.getUnitDefinition(unit_identifier(text))
        if definition is not None:
            definition.setName(text)
    writer = libsbml.SBMLWriter()
    return writer.writeSBMLToString(document)


def with_all_digits(sbml: str, values: Mapping[str, float]) -> str:
    """Write parameter values so that they are read back exactly.

    libsbml writes 15 digits, which is too few for some numbers.

    Parameters
    ----------
    sbml : str
    values : mapping of str to float
        Exact values by parameter.

    Returns
    -------
    str
    """
    for symbol, value in values.items():
        if float(f"{value:.15g}") != value:
            tag = rf'(<parameter [^>]*\bid="{symbol}"[^>]* value=")[^"]*"'
            sbml, count = re.subn(tag, lambda m, v=value: f'{m[1]}{v!r}"', sbml)
            if count != 1:
                raise RuntimeError(f"parameter '{symbol}' stands {count} times in the document")
    return sbml


def _set_notes(element: Any, paragraphs: Iterable[str]) -> None:
    body = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    element.setNotes(f'<body xmlns="http://www.w3.org/1999/xhtml">{body}</body>')
