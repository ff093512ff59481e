"""A study as a COMBINE archive (OMEX): models, doses, simulations and the expected curves."""

from __future__ import annotations

import csv
import io
import json
import os
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import numpy as np

from ketasim.errors import UserError
from ketasim.study.sbml_file import HUMAN, IDENTIFIERS, dosed_sbml, exchange_sbml
from ketasim.study.sedml import Shown, courses, sedml_text
from ketasim.study.typical_course import typical_arm, typical_values
from ketasim.study.whole_file import whole_file

if TYPE_CHECKING:
    from ketasim.study.setup import Setup
    from ketasim.study.typical_course import TypicalArm

OMEX = "http://identifiers.org/combine.specifications/omex-manifest"
FORMATS = {
    ".": "http://identifiers.org/combine.specifications/omex",
    "manifest.xml": OMEX,
    ".rdf": "http://identifiers.org/combine.specifications/omex-metadata",
    ".xml": "http://identifiers.org/combine.specifications/sbml.level-3.version-2",
    ".sedml": "http://identifiers.org/combine.specifications/sed-ml.level-1.version-4",
    ".csv": "http://purl.org/NET/mediatypes/text/csv",
    ".json": "http://purl.org/NET/mediatypes/application/json",
    ".md": "http://purl.org/NET/mediatypes/text/markdown",
}
MASTER = "simulation.sedml"
# Archives of one study are the same byte for byte, whenever they are written: this date stands
# in them unless SOURCE_DATE_EPOCH, as reproducible builds set it, says another.
CREATED = "2026-11-21T00:00:00Z"
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def write_omex(setup: Setup, path: Path | str) -> Path:
    """Write a study as a COMBINE archive that any SED-ML program can run again.

    It holds the model without doses (``model.xml``), the model of the typical person of each arm
    with its doses as events (``arms/``), the simulations (``simulation.sedml``), the curves they
    should give (``results/``), the study as plain data, manifest and metadata. Between-person
    spread has no place in it.

    Parameters
    ----------
    setup : Setup
        From :func:`ketasim.study.prepare`.
    path : path
        Appears whole or not at all; the same bytes for the same study.

    Raises
    ------
    UserError
        A place that cannot be written, or a typical person that the engine gives up.

    Examples
    --------
    >>> write_omex(setup, "one_infusion.omex")  # doctest: +SKIP
    """
    target = Path(path)
    with whole_file(target) as beside:
        entries = archive_entries(setup)
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, text in entries.items():
                about = zipfile.ZipInfo(name, _ZIP_DATE)
                about.compress_type = zipfile.ZIP_DEFLATED
                about.external_attr = 0o644 << 16
                archive.writestr(about, text.encode("utf-8"))
    return target


def archive_entries(setup: Setup) -> dict[str, str]:
    """Return the text of every file of a study's archive, by its place in it."""
    shown: list[Shown] = []
    models: dict[str, str] = {}
    results: dict[str, str] = {}
    for number, name in enumerate(setup.regimens, 1):
        arm = typical_arm(setup, name)
        title = f"{setup.model.name}, {name}: {arm.regimen}"
        source = f"arms/{name}.xml"
        models[source] = dosed_sbml(setup.model, arm.events, arm.values, title)
        parts = courses(float(setup.times_h[-1]) + arm.lead_h)
        shown.append(Shown(f"arm{number}", f"{name}: {arm.regimen}", source, parts))
        for part in parts:
            results[f"results/{name}.{part.name}.csv"] = _expected(setup, arm, part.times_h)
    # COPASI opens what is listed first: the simulations, then the first arm.
    entries = {MASTER: sedml_text(_title(setup), shown, _labels(setup), _early(setup))}
    entries |= models | {"model.xml": exchange_sbml(setup.model)}
    entries |= results | {"results/columns.csv": _columns(setup)}
    entries["study.json"] = json.dumps(setup.study.plain(), indent=2, ensure_ascii=False) + "\n"
    entries["README.md"] = _readme(setup)
    entries["metadata.rdf"] = _metadata(setup)
    return {"manifest.xml": _manifest(entries), **entries}


def _title(setup: Setup) -> str:
    return _printable(setup.study.title)


def _printable(text: str) -> str:
    """Return a text without what XML cannot hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _labels(setup: Setup) -> dict[str, str]:
    """Return label and unit of every output of the study."""
    outputs = setup.model.outputs
    return {
        name: f"{outputs[name].label or name} [{outputs[name].unit}]"
        for name in setup.study.outputs
    }


def _early(setup: Setup) -> set[str]:
    """Return the outputs of which a day shows more than the whole: kinetics, triggers, safety."""
    clocks = {each.name: each.clock for each in setup.model.wiring.mechanisms}
    outputs = setup.model.outputs
    fast = ("kinetics", "trigger", "safety")
    return {name for name in setup.study.outputs if clocks[outputs[name].mechanism] in fast}


def _expected(setup: Setup, arm: TypicalArm, times_h: np.ndarray) -> str:
    """Return what the typical person should show, as CSV with all digits that hold."""
    values = typical_values(setup, arm, times_h)
    if not np.all(np.isfinite(values)):
        raise UserError(f"omex: the typical person of arm {arm.name!r} could not be simulated")
    lines = [",".join(("time", *setup.study.outputs))]
    for at_h, row in zip(times_h, values, strict=True):
        lines.append(",".join((f"{at_h:.10g}", *(f"{value:.7g}" for value in row))))
    return "\n".join(lines) + "\n"


def _columns(setup: Setup) -> str:
    """Return name, unit and label of each column of the expected results."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("column", "unit", "label"))
    writer.writerow(("time", "h", "clock of the SBML files"))
    for name in setup.study.outputs:
        output = setup.model.outputs[name]
        writer.writerow((name, output.unit, output.label))
    return text.getvalue()


def _readme(setup: Setup) -> str:
    early = {name: regimen.lead_h for name, regimen in setup.regimens.items() if regimen.lead_h}
    lines = [
        f"# {_title(setup)}",
        "",
        *([setup.study.question, ""] if setup.study.question else []),
        "Written by ketasim. A research tool; no medical advice.",
        "",
        "- `simulation.sedml` runs every file of `arms/`: a typical person with the arm's doses.",
        "- `results/` holds the curves this should give; at the very time of a dose, after it.",
        "- `model.xml` is the model without doses. `study.json` is the study.",
        "- Not in here: how people differ, and the report.",
        "",
        *(f"- {name}: {regimen}" for name, regimen in setup.regimens.items()),
        *(f"- {name}: time 0 of the files is {h:g} h before that of the study"
          for name, h in early.items()),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _manifest(entries: dict[str, str]) -> str:
    """Return the list of all files of an archive."""
    root = ElementTree.Element("omexManifest", {"xmlns": OMEX})
    ElementTree.SubElement(root, "content", {"location": ".", "format": FORMATS["."]})
    about = {"location": "./manifest.xml", "format": OMEX}
    ElementTree.SubElement(root, "content", about)
    for name in entries:
        about = {"location": f"./{name}", "format": FORMATS[Path(name).suffix]}
        if name == MASTER:
            about["master"] = "true"
        ElementTree.SubElement(root, "content", about)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _metadata(setup: Setup) -> str:
    """Return who made the archive, when, what it is and under which licence, as RDF."""
    from ketasim import __version__

    said = f"{_title(setup)}. {_printable(setup.study.question)}".strip()
    said += " For research; no medical advice."
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
         xmlns:dcterms="http://purl.org/dc/terms/"
         xmlns:foaf="http://xmlns.com/foaf/0.1/"
         xmlns:bqbiol="http://biomodels.net/biology-qualifiers/">
  <rdf:Description rdf:about=".">
    <dcterms:title>{escape(_title(setup))}</dcterms:title>
    <dcterms:description>{escape(said)}</dcterms:description>
    <dcterms:creator>
      <rdf:Description>
        <foaf:name>The ketasim developers, ketasim {__version__}</foaf:name>
      </rdf:Description>
    </dcterms:creator>
    <dcterms:created rdf:parseType="Resource">
      <dcterms:W3CDTF>{_created()}</dcterms:W3CDTF>
    </dcterms:created>
    <dcterms:license rdf:resource="https://spdx.org/licenses/Apache-2.0"/>
    <dcterms:identifier>sha256:{setup.model.hash}</dcterms:identifier>
    <bqbiol:hasTaxon rdf:resource="{IDENTIFIERS}{HUMAN}"/>
  </rdf:Description>
</rdf:RDF>
"""


def _created() -> str:
    """Return the date that stands in the archive."""
    said = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not said.isdigit():
        return CREATED
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(said)))
