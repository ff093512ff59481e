"""What an SBML document may not be, found before libSBML sees it.

libSBML expands entities, follows references to other files when it flattens submodels, and
ends the program on formulas nested tens of thousands deep; none of that can happen after this.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from ketasim.engine.system import UnsupportedModel
from ketasim.input_files import SBML_MB, XML_DEPTH

_DECLARED = re.compile(r"""\A\ufeff?\s*<\?xml[^>]*?\bencoding\s*=\s*["']([^"']*)["']""")
_READABLE = ("utf-8", "utf8", "us-ascii", "ascii")
_OUTSIDE = ("externalModelDefinition", "listOfExternalModelDefinitions")


def check_document(text: str) -> None:
    """Refuse a document that is too large or too deep, or that would bring in other texts.

    Parameters
    ----------
    text : str
        The document itself.

    Raises
    ------
    UnsupportedModel
        Not XML, an encoding other than UTF-8, a document type (and with it entities), an
        inclusion or a model of another file, too many characters, elements nested too deeply.
    """
    if len(text) > SBML_MB * 1_000_000:
        raise UnsupportedModel(f"SBML of {len(text) / 1e6:,.0f} MB; the most is {SBML_MB} MB")
    declared = _DECLARED.match(text)
    if declared and declared[1].lower() not in _READABLE:
        raise UnsupportedModel(f"SBML says that it is in {declared[1]!r}; save it as UTF-8")
    reader = expat.ParserCreate(encoding="utf-8")
    reader.StartDoctypeDeclHandler = _refuse_document_type
    depth = _Depth(reader)
    reader.StartElementHandler, reader.EndElementHandler = depth.enter, depth.leave
    try:
        reader.Parse(text.encode(), True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        raise UnsupportedModel(f"not a readable SBML document: {error}") from None


class _Depth:
    """Counts how deep the elements stand, and looks at their names."""

    def __init__(self, reader: expat.XMLParserType) -> None:
        self._reader = reader
        self._deep = 0

    def enter(self, name: str, _attributes: object) -> None:
        self._deep += 1
        if self._deep > XML_DEPTH:
            line = self._reader.CurrentLineNumber
            raise UnsupportedModel(
                f"SBML line {line}: elements are nested more than {XML_DEPTH} deep"
            )
        plain = name.rpartition(":")[2]
        if plain in _OUTSIDE:
            raise UnsupportedModel(
                f"SBML line {self._reader.CurrentLineNumber}: '{plain}' names a model in another "
                "file, which is not read; put the submodel into this one"
            )
        if name.endswith(":include"):
            line = self._reader.CurrentLineNumber
            raise UnsupportedModel(f"SBML line {line}: '{name}' includes another file; refused")

    def leave(self, _name: str) -> None:
        self._deep -= 1


def _refuse_document_type(*_given: object) -> None:
    raise UnsupportedModel("SBML with a document type (<!DOCTYPE ...>) is not read: it has no use "
                           "for entities")  # fmt: skip
