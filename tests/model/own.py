"""A user's own mechanism, as small as one can be, and the one that ketasim ships."""

from __future__ import annotations

from pathlib import Path

import ketasim.cli

EXAMPLE = Path(ketasim.cli.__file__).parent / "examples" / "own_mechanism" / "scaling.ant"

TEXT = """// title: An echo of glutamate
// systems: S2
// clock: early
// biology: It follows glutamate [@autry2011].
model echo
  input glu = 1 ratio   // extracellular glutamate
  output ring = 1 ratio // the echo
  ring' = k_ring*(glu - ring);
end
"""
TABLE = """symbol,value,unit,spread,distribution,uncertainty,tier,source,note
k_ring,2,1/h,,,,assumed,assumed:,as fast as one likes
"""


def own_mechanism(folder: Path, *changes: tuple[str, str], name: str = "echo") -> Path:
    """Write it, each (old, new) of text or table exchanged; return the file."""
    text, table = TEXT.replace("model echo", f"model {name}"), TABLE
    for old, new in changes:
        assert old in text + table, old
        text, table = text.replace(old, new), table.replace(old, new)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.csv").write_text(table, encoding="utf-8")
    file = folder / f"{name}.ant"
    file.write_text(text, encoding="utf-8")
    return file
