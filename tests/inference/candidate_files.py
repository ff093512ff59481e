"""Small files of candidates for tests."""

from __future__ import annotations

HEADER = (
    "molecule,route,dose [mg],infusion [min],interval [h],doses,molar_mass [g/mol],CL [L/h],"
    "half_life [h],V1 [L],V2 [L],Q2 [L/h],ka [1/h],F,fu,NMDA_Ki [nM],mu_Ki [nM],mu_action"
)
GOOD = {
    "molecule": "one", "route": "iv", "dose [mg]": "37", "infusion [min]": "40",
    "interval [h]": "", "doses": "", "molar_mass [g/mol]": "238", "CL [L/h]": "90",
    "half_life [h]": "", "V1 [L]": "100", "V2 [L]": "", "Q2 [L/h]": "", "ka [1/h]": "", "F": "",
    "fu": "0.5", "NMDA_Ki [nM]": "500", "mu_Ki [nM]": "", "mu_action": "",
}  # fmt: skip


def written(folder, *changes, header=HEADER):
    """Write a file with a row for each set of changes to `GOOD`; return its path."""
    rows = [",".join((GOOD | change).values()) for change in changes]
    path = folder / "some.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path
