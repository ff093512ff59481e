"""The one way Antimony text takes to the library: what names other files is refused."""

from __future__ import annotations

import re
import threading

from ketasim.errors import UserError
from ketasim.input_files import FORMULA_DEPTH, STATEMENT_CHARACTERS, STATEMENTS
from ketasim.model.chains import loop_in

# In this order: notes over several lines, text in quotes, comments.
_APART = re.compile(r'(?s:""".*?""")|"[^"\n]*"|//[^\n]*|(?s:/\*.*?(?:\*/|\Z))')
_EQUATION = re.compile(r"\b([A-Za-z_]\w*)\s*:?=(?!=)([^;\n]*)")
_WORD = re.compile(r"[A-Za-z_]\w*")
_IMPORT = re.compile(r"\bimport\b", flags=re.IGNORECASE)
# The library keeps one model for the whole process: two threads in it at once end the program.
_LIBRARY = threading.Lock()


class Refused(Exception):
    """What the library says of a text it does not take."""


def sbml_of(text: str, file: str, module: str | None = None) -> str:
    """Return the SBML of a module of Antimony text; default: its main one.

    Raises
    ------
    UserError
        As `checked_antimony`.
    Refused
        With the library's own words.
    """
    import antimony

    code = checked_antimony(text, file)
    with _LIBRARY:
        antimony.clearPreviousLoads()
        if antimony.loadAntimonyString(code) < 0:
            raise Refused(str(antimony.getLastError()))
        return str(antimony.getSBMLString(module or antimony.getMainModuleName()))


def checked_antimony(text: str, file: str) -> str:
    """Return Antimony text without comments, or refuse it.

    Antimony reads the file that ``import "file"`` names, whatever it is; nothing here needs it.

    Parameters
    ----------
    text : str
    file : str
        What errors call it.

    Raises
    ------
    UserError
        ``import`` outside of comments and quotes, a quote or a comment that is not closed, too
        many statements, or one too long for the library, which would end the program.
    """
    code = _APART.sub(_without_comment, text)
    bare = _APART.sub(_blank, code)
    for pattern, what in ((_IMPORT, "'import' reads another file"), (r'"', "a '\"' is not closed"),
                          (r"/\*", "a '/*' is not closed")):  # fmt: skip
        if found := re.search(pattern, bare):
            raise UserError(f"{file}:{_line(bare, found.start())}: {what}; refused")
    _refuse_many_and_long(bare, file)
    _refuse_chains(bare, file)
    return code


def _refuse_many_and_long(bare: str, file: str) -> None:
    """Refuse statements too long for the library, or too many."""
    at = count = 0
    for statement in re.split(r"[;\n]", bare):
        count += not statement.isspace() and statement != ""
        if count > STATEMENTS:
            raise UserError(f"{file}:{_line(bare, at)}: more than {STATEMENTS:,} statements, the "
                            "most that is read")  # fmt: skip
        if len(statement) > STATEMENT_CHARACTERS:
            raise UserError(f"{file}:{_line(bare, at)}: a statement of {len(statement):,} "
                            f"characters; the most is {STATEMENT_CHARACTERS:,}")  # fmt: skip
        if statement.count("(") > FORMULA_DEPTH:
            raise UserError(f"{file}:{_line(bare, at)}: more than {FORMULA_DEPTH} brackets in one "
                            "statement; split it")  # fmt: skip
        at += len(statement) + 1


def _refuse_chains(bare: str, file: str) -> None:
    """Refuse formulas that build on each other for so long that the library would not end."""
    used: dict[str, set[str]] = {}
    for target, formula in _EQUATION.findall(bare):
        used.setdefault(target, set()).update(_WORD.findall(formula))
    try:
        loop_in({name: words - {name} for name, words in used.items()})
    except UserError as error:
        raise UserError(f"{file}: {error}") from None


def _without_comment(found: re.Match[str]) -> str:
    """Return text in quotes as it is, and of a comment that is closed only its line ends."""
    text = found[0]
    return text if text[0] == '"' or _open(text) else " " + "\n" * text.count("\n")


def _blank(found: re.Match[str]) -> str:
    """Return blanks for what is closed."""
    return found[0] if _open(found[0]) else re.sub(r"[^\n]", " ", found[0])


def _open(text: str) -> bool:
    """Whether a comment goes on to the end of the text."""
    return text.startswith("/*") and (len(text) < 4 or not text.endswith("*/"))


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
