"""How a regimen looks in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ketasim.dosing.drugs import ROUTES
from ketasim.html_tables import shown, table

if TYPE_CHECKING:
    from ketasim.dosing.quantities import Amount
    from ketasim.dosing.regimen import Regimen


def regimen_html(regimen: Regimen) -> str:
    """Return a regimen as HTML: its words, its doses (free base), what is held."""
    doses = [
        (
            dose.start_h,
            dose.drug.name if dose.drug else "saline",
            _amount(dose.amount) if dose.drug else "",
            ROUTES[dose.route].label,
            round(dose.duration_h, 3) or None,
        )
        for dose in regimen.doses
    ]
    holds = [(h.start_h, h.input, h.value, h.duration_h) for h in regimen.holds]
    return shown(
        "Regimen",
        regimen.text,
        tables=(
            table(("start (h)", "drug", "dose, free base", "route", "over (h)"), doses),
            table(("start (h)", "input held", "at", "for (h)"), holds),
        ),
    )


def _amount(amount: Amount) -> str:
    parts = [f"{amount.mg:g} mg"] if amount.mg else []
    parts += [f"{amount.mg_per_kg:g} mg/kg"] if amount.mg_per_kg else []
    return " + ".join(parts) or "0 mg"
