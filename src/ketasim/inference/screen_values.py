"""From a candidate to the model: its regimen, and its numbers as sure as they are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from ketasim.dosing import Drug, Regimen
from ketasim.dosing.quantities import Amount
from ketasim.dosing.regimen import Dose, Hold
from ketasim.inference.screen_file import Candidate
from ketasim.model import Model, assemble
from ketasim.population.counter import uniforms

Values = dict[str, np.ndarray]

SESSION = Hold("u_session", 1.0, 0.0, 2.0)
"""Everybody sits through one session after the first dose, saline included."""

KINETIC = ("CL", "V1", "V2", "Q2", "V3", "Q3", "V4", "Q4", "ka", "F", "fu", "ke0")
_PLACES = {
    "Kp_uu": "Kp_candidate",
    "NMDA_Ki": "K_X_AB",
    "membrane_EC50": "EC50_allo_candidate",
    "raft_EC50": "EC50_raft_candidate",
    "AMPA_EC50": "EC50_ampa_candidate",
    **{f"{target}_Ki": f"K_{target}_candidate" for target in ("mu", "kappa", "SERT", "TrkB")},
    **{name: f"{name}_candidate" for name in KINETIC},
}
_SWITCHES = {
    "NMDA_Ki": "E_nmda_candidate",
    "membrane_EC50": "E_allo_candidate",
    "raft_EC50": "E_raft_candidate",
    "AMPA_EC50": "E_ampa_candidate",
    "kappa_Ki": "E_kappa_candidate",
    "SERT_Ki": "E_SERT_candidate",
    "TrkB_Ki": "E_TrkB_candidate",
}
#: What the NMDA receptor needs of a blocker: of the candidate, and of ketamine where not told.
_BLOCKER = {
    "NMDA_koff": ("koff_X", "koff_ket"),
    "NMDA_trapped": ("trap_X", "trap_ket"),
    "NMDA_delta": ("delta_X", "delta_ket"),
}


@cache
def screening_model() -> Model:
    """Return the model without ketamine's kinetics and with those of a candidate."""
    return assemble(without=("absorption", "pk", "metabolites", "brain"), companions=("candidate",))


def regimen_of(one: Candidate) -> Regimen:
    """Return the candidate's doses, and the session that everybody sits through."""
    molecule = Drug(
        name=one.name,
        given="companion",
        molar_mass_g_mol=one.numbers["molar_mass"],
        salt_factor=None,
        shares=(("candidate", 1.0),),
        input="",
        bath="",
        tier="assumed",
        source=one.source,
        note=one.note,
    )
    amount = Amount(one.dose_mg, one.dose_mg_per_kg)
    place = "iv" if one.route == "iv" else "im"  # one depot stands for every other way
    doses = tuple(
        Dose(molecule, amount, place, k * one.interval_h, one.infusion_h, session=False)
        for k in range(one.doses)
    )
    return Regimen(doses=doses, holds=(SESSION,), text=f"{one.regimen_text} {one.name}")


def saline() -> Regimen:
    """Return the comparator: the session, and nothing in it."""
    return Regimen(holds=(SESSION,), text="saline")


def values_of(one: Candidate, model: Model, drawn: Mapping[str, np.ndarray], seed: int) -> Values:
    """Return the model's parameters for one molecule.

    Parameters
    ----------
    one : Candidate
    model : Model
        From `screening_model`.
    drawn : mapping of str to ndarray, shape (1 + n,)
        What is not sure of the model itself: row 0 as tabled, then draws
        (`ketasim.evidence.people.uncertain`).
    seed : int
        Of the draws of the molecule's own numbers, which go by its name.

    Returns
    -------
    dict of str to ndarray, shape (1 + n,)
        Row 0 as told in the file. A number is uncertain by the SD of the logarithm that the
        tables of `candidate` and `nmda` give, one taken from ketamine as ketamine's is.
    """
    rows = {row.symbol: row for row in model.parameters}
    size = len(next(iter(drawn.values())))

    def spread(symbol: str) -> np.ndarray:
        return _unsure(f"{one.name}:{symbol}", rows[symbol].uncertainty or 0.0, size, seed)

    def ketamine(symbol: str) -> np.ndarray:
        return np.asarray(drawn.get(symbol, np.full(size, rows[symbol].value)))

    values: Values = {symbol: np.zeros(size) for symbol in _SWITCHES.values()}
    values |= {"E_mu_candidate": np.zeros(size), "E_mu_block_candidate": np.zeros(size)}
    values |= {f"Q{k}_candidate": np.zeros(size) for k in "234"}
    for column, symbol in _PLACES.items():
        if column in one.numbers:
            values[symbol] = one.numbers[column] * spread(symbol)
        elif column in ("ke0", "Kp_uu"):
            values[symbol] = rows[symbol].value * spread(symbol)
    for column in one.activities:
        if column in _SWITCHES:
            values[_SWITCHES[column]] = np.ones(size)
    if one.mu_action:
        which = "E_mu_candidate" if one.mu_action == "agonist" else "E_mu_block_candidate"
        values[which] = np.ones(size)
    for column, (symbol, of_ketamine) in _BLOCKER.items():
        told = one.numbers.get(column)
        values[symbol] = ketamine(of_ketamine) if told is None else told * spread(symbol)
    if "NMDA_Ki" in one.numbers:
        told = one.numbers.get("NMDA_Ki_CD")
        values["K_X_CD"] = (
            values["K_X_AB"] * ketamine("r_CD_ket") if told is None else told * spread("K_X_CD")
        )
    return _possible(values)


def _unsure(name: str, log_sd: float, size: int, seed: int) -> np.ndarray:
    """Return 1, then ``size - 1`` draws around it."""
    from scipy.special import ndtri

    scores = ndtri(uniforms(seed, 0, name, 0, size - 1))
    return np.concatenate([[1.0], np.exp(log_sd * scores)])


def _possible(values: Values) -> Values:
    """Keep shares at 1 or below."""
    for symbol in ("F_candidate", "fu_candidate", "trap_X", "delta_X"):
        if symbol in values:
            values[symbol] = np.minimum(values[symbol], 1.0)
    return values
