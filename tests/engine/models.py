"""Small models for the engine's tests, each with what is known about its answer."""

from __future__ import annotations

import antimony
import numpy as np

ONE_COMPARTMENT = """
model one
  CL = 5; V = 20; rate = 0;
  A = 0; A' = rate - CL/V*A;
  c := A/V;
end
"""

VAN_DER_POL = """
model vdp
  mu = 50;
  x = 2; x' = y;
  y = 0; y' = mu*(1 - x^2)*y - x;
end
"""

ROBERTSON = """
model rober
  k1 = 0.04; k2 = 3e7; k3 = 1e4;
  a = 1; a' = -k1*a + k3*b*c;
  b = 0; b' = k1*a - k3*b*c - k2*b^2;
  c = 0; c' = k2*b^2;
end
"""


def sbml(text: str) -> str:
    """Return Antimony as SBML."""
    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString(text) < 0:
        raise AssertionError(antimony.getLastError())
    return antimony.getSBMLString(antimony.getMainModuleName())


def infusion_in_one_compartment(
    t: np.ndarray, rate: float, duration: float, clearance: float, volume: float
) -> np.ndarray:
    """Return the closed form of an infusion from time 0 [amount/volume]."""
    k = clearance / volume
    during = rate / clearance * (1 - np.exp(-k * np.minimum(t, duration)))
    return during * np.exp(-k * np.maximum(t - duration, 0))
