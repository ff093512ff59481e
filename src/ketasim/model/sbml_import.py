"""A model of another tool as a mechanism: its file, its table, its bibliography."""

from __future__ import annotations

import re
from pathlib import Path

from ketasim.errors import UserError
from ketasim.input_files import SBML_MB, TEXT_MB, read_text
from ketasim.model.antimony_gate import Refused, sbml_of
from ketasim.model.assemble import assemble
from ketasim.model.folder import ModelFolder
from ketasim.model.formula import is_reserved
from ketasim.model.imported import Imported, ImportOptions
from ketasim.model.sbml_plain import PlainModel, plain_model
from ketasim.model.sbml_translation import Translation

_NAME = re.compile(r"[A-Za-z]\w*\Z", flags=re.ASCII)


def read_model(path: Path) -> PlainModel:
    """Read an SBML or Antimony file of another tool.

    Raises
    ------
    UserError
        Another kind of file, one that cannot be read, or a construct that has no plain form.
    """
    kind = path.suffix.lower()
    if kind in (".xml", ".sbml"):
        return plain_model(read_text(path, SBML_MB), path.name)
    if kind in (".ant", ".txt"):
        return plain_model(antimony_file(path), path.name)
    raise UserError(f"{path}: give an SBML file (.xml, .sbml) or an Antimony file (.ant)")


def antimony_file(path: Path) -> str:
    """Return an Antimony file as SBML.

    Raises
    ------
    UserError
        A file that cannot be read, names other files, or is no Antimony.
    """
    try:
        return sbml_of(read_text(path, TEXT_MB), path.name)
    except Refused as error:
        raise UserError(f"{path.name}: {' '.join(str(error).split())[:300]}") from None


def import_model(
    path: Path, name: str, options: ImportOptions, folder: ModelFolder | None = None
) -> Imported:
    """Turn a model of another tool into a mechanism.

    Parameters
    ----------
    path : Path
        SBML or Antimony.
    name : str
        Of the mechanism.
    options : ImportOptions
    folder : ModelFolder, optional
        The model it should join; default: the package's own.

    Raises
    ------
    UserError
        A file or construct that cannot be read; a unit or an output that is missing; a name that
        is not in the model or not ours.
    """
    place = folder or ModelFolder()
    if not _NAME.match(name) or is_reserved(name) or name in place.every_name():
        taken = "is a mechanism already" if name in place.every_name() else "is no name"
        raise UserError(f"--name: '{name}' {taken}; use letters, digits and _")
    plain = read_model(path)
    ours = dict(assemble(folder=place.path).outputs)
    return Translation(path, name, plain, options, place, ours).imported()
