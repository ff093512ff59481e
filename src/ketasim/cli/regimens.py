"""``ketasim regimens``: the regimens that have a name, and what each gives day by day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ketasim.dosing.drugs import ROUTES
from ketasim.dosing.named_regimens import (
    NamedRegimen,
    find_regimen,
    named_regimen,
    named_regimens,
)

if TYPE_CHECKING:
    from ketasim.trial.sessions import Session

PIPED_WIDTH = 120
DAY_H = 24.0


def listing() -> list[dict[str, Any]]:
    """Return every regimen with a name as plain data."""
    return [plain(entry) for entry in named_regimens()]


def plain(entry: NamedRegimen) -> dict[str, Any]:
    """Return a regimen as plain data."""
    return {
        "name": entry.name,
        "aliases": list(entry.aliases),
        "steps": [dict(line) for line in entry.lines],
        "choices": list(entry.choices),
        "asks": entry.asks or None,
        "phase": entry.phase,
        "taper": entry.taper,
        "source": entry.source,
        "verified": entry.verified,
        "assumed": list(entry.assumed),
        "policy": policy_text(entry) or None,
        "note": entry.note,
        "refused": entry.refused or None,
    }


def policy_text(entry: NamedRegimen) -> str:
    """Return the policy of a regimen in words, or nothing."""
    if entry.policy is None:
        return ""
    from ketasim.trial.policy_table import named_policy

    return named_policy(entry.name).policy().describe()


def given(name: str) -> list[dict[str, Any]]:
    """Return what a regimen gives, session by session, as plain data; day 1 is the first."""
    from ketasim.trial.sessions import sessions_of

    return [
        {
            "session": number,
            "day": int(session.start_h // DAY_H) + 1,
            "dose": dose_text(session),
            "drug": _drug(session),
            "route": ROUTES[session.doses[0].route].label,
            "how": how_text(session),
        }
        for number, session in enumerate(sessions_of(named_regimen(name)), 1)
    ]


def dose_text(session: Session) -> str:
    """Return the dose of a session with its unit."""
    mg, per_kg = session.amount.mg, session.amount.mg_per_kg
    parts = [f"{mg:g} mg"] if mg else []
    return " + ".join(parts + ([f"{per_kg:g} mg/kg"] if per_kg else [])) or "none"


def how_text(session: Session) -> str:
    """Return over how long it is given or released, in how many parts, and whether watched."""
    first = session.doses[0]
    parts = [f"over {first.duration_h * 60:g} min"] if first.duration_h else []
    if len(session.doses) > 1:
        lengths = ", ".join(f"{dose.duration_h * 60:g} min" for dose in session.doses)
        slow = any(dose.duration_h for dose in session.doses)
        parts = [f"{len(session.doses)} parts" + (f" over {lengths}" if slow else "")]
    if not first.session:
        parts.append("at home")
    return ", ".join(parts)


def print_list() -> None:
    """Print every regimen in a line or two."""
    for entry in named_regimens():
        also = f"  ({'; '.join(entry.aliases)})" if entry.aliases else ""
        print(f"{entry.name}{also}")
        print(f"    {one_line(entry)}")
    print("\nketasim regimens NAME prints the doses. For research; not medical advice.")


def one_line(entry: NamedRegimen) -> str:
    """Return what a regimen gives, in a line."""
    if entry.refused:
        return f"cannot be run: {entry.refused}"
    chosen = f", {entry.choices[0]}" if entry.choices else ""
    name = f"{entry.name}{', 1 mg' if entry.asks else chosen}"
    rows = given(name)
    doses = list(dict.fromkeys(row["dose"] for row in rows))
    told = doses[0] if len(doses) == 1 else f"{doses[0]} to {doses[-1]}"
    told = f"({entry.asks} to be said)" if entry.asks else told
    days = rows[-1]["day"]
    span = "once" if len(rows) == 1 else f"{len(rows)} sessions, day 1 to {days}"
    route = f"{rows[0]['drug']} {rows[0]['route']}"
    open_ = f"; or {', '.join(entry.choices[1:])}" if len(entry.choices) > 1 else ""
    return f"{told} {route}, {span}{open_}"


def print_one(name: str) -> None:
    """Print one regimen: what it is, what was assumed, and its doses."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    entry = find_regimen(name)
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=PIPED_WIDTH)
    for line in told(entry):
        console.print(line, soft_wrap=True)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("session", "day", "dose", "drug", "route", "how"):
        table.add_column(head, justify="right" if head in ("session", "day") else "left")
    for row in given(name):
        table.add_row(*(str(cell) for cell in row.values()))
    console.print(table)
    console.print("For research; not medical advice.")


def told(entry: NamedRegimen) -> Iterator[str]:
    """Yield what is known of a regimen, a line each."""
    yield entry.name
    facts = {
        "also called": "; ".join(entry.aliases),
        "phase": entry.phase,
        "choices": ", ".join(entry.choices),
        "taper": entry.taper if entry.taper != "-" else "",
        "policy": policy_text(entry),
        "assumed": "; ".join(entry.assumed),
        "note": entry.note,
        "source": f"{entry.source} ({'read' if entry.verified == 'page' else 'from memory'})",
    }
    for key, text in facts.items():
        if text:
            yield f"  {key}: {text}"


def markdown() -> str:
    """Return the list of regimens as a table of a Markdown page."""
    rows = ["| name | gives | assumed; policy | source |", "| --- | --- | --- | --- |"]
    for entry in named_regimens():
        policy = policy_text(entry)
        also = f"<br>*{'; '.join(entry.aliases)}*" if entry.aliases else ""
        filled = "; ".join(entry.assumed) + (f"<br>**Policy**: {policy}" if policy else "")
        source = f"{entry.source}{' (from memory)' if entry.verified == 'recall' else ''}"
        cells = (f"{entry.name}{also}", one_line(entry), filled, source)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _drug(session: Session) -> str:
    first = session.doses[0].drug
    return "saline" if first is None else first.name
