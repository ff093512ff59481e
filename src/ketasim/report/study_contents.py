"""What the report of a run is made from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ketasim.report.contents import AttributionTable, Dose, LintRow, MechanismRow, ReportInput

if TYPE_CHECKING:
    import xarray as xr

    from ketasim.inference import Attribution
    from ketasim.model import Mechanism
    from ketasim.study.arm import Arm
    from ketasim.study.setup import Setup


def report_contents(
    setup: Setup,
    arms: Mapping[str, Arm],
    attribution: Sequence[Attribution],
    typical: Mapping[str, xr.DataArray],
    lint: Sequence[LintRow],
    provenance: Mapping[str, Any],
) -> ReportInput:
    """Return everything the report shows of a run."""
    study, wiring = setup.study, setup.model.wiring
    mechanisms = wiring.mechanisms
    titles = {mechanism.name: mechanism.title for mechanism in mechanisms}
    sources = wiring.folder.sources()
    cited = {key for mechanism in mechanisms for key in mechanism.sources}
    cited |= {key for parameter in setup.model.parameters for key in parameter.source_keys}
    return ReportInput(
        title=study.title,
        question=study.question or study.title,
        arms={name: arm.result for name, arm in arms.items()},
        main_arm=study.main_arm,
        control_arm=study.control,
        attribution=[attribution_table(found, titles) for found in attribution],
        mechanisms=[mechanism_row(mechanism) for mechanism in mechanisms],
        parameters=setup.model.parameters,
        lint=lint,
        doses={name: Dose(a.prescribed_mg, a.delivered_mg) for name, a in arms.items()},
        provenance={key: str(value) for key, value in provenance.items()},
        typical=typical,
        references={key: str(sources[key]) for key in sorted(cited) if key in sources},
    )


def attribution_table(found: Attribution, titles: Mapping[str, str]) -> AttributionTable:
    """Return shares of the fall in MADRS as the report takes them."""
    lost = f"; {found.lost} people left out, a combination of theirs failed" if found.lost else ""
    return AttributionTable(
        reading=found.reading,
        mechanisms=found.mechanisms,
        titles=[titles[name] for name in found.mechanisms],
        times_h=[float(hour) for hour in found.times_h],
        points=found.share,
        total=found.total,
        standard_error=found.standard_error,
        individuals=found.individuals,
        method="Shapley values over sets of mechanisms, sampled with reversed orders" + lost,
    )


def mechanism_row(mechanism: Mechanism) -> MechanismRow:
    """Return a mechanism in one line."""
    return MechanismRow(
        name=mechanism.name,
        title=mechanism.title,
        systems=", ".join(mechanism.systems),
        clock=mechanism.clock,
        line=first_sentence(mechanism.biology),
    )


def plain_sources(text: str) -> str:
    """Write ``[@orser1997; @lord2013]`` as ``(orser1997; lord2013)``."""
    return re.sub(r"\[(@[^\]]+)\]", lambda found: f"({found[1].replace('@', '')})", text)


def first_sentence(text: str) -> str:
    """Return the first sentence of a paragraph, its sources as plain keys in brackets."""
    words = plain_sources(" ".join(text.split()))
    end = words.find(". ")
    return words if end < 0 else words[: end + 1]
