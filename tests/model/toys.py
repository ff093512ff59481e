"""A two-mechanism model in a folder of its own, and a way to spoil it."""

from __future__ import annotations

from pathlib import Path

BIB = """@article{smith2020,
  author = {Smith, J. and {van der Berg}, K.},
  title = {A {Toy} of Science},
  year = 2020,
}
@misc{label, title = "A label", year = {2019}}
"""

FUNCTIONS = """// helpers
function pos(x)
  (x + sqrt(x^2 + 0.02^2) - 0.02)/2
end
function hill(x, K, n)
  x^n/(x^n + K^n)
end
"""

KIN = """// title: One compartment
// systems: S9
// clock: kinetics
// biology: A dose is cleared
//          at first order [@smith2020; @label].
// mass balance: rate_in = A + gone
model kin
  event_input rate_in = 0 nmol/h  // infusion
  output c = 0 nM                 // plasma
  state A nmol [0, inf]           // in the body
  state gone nmol                 // cleared
  c := A/V;
  A' = rate_in - CL*c;
  gone' = CL*c;
  A = 0; gone = 0;
end
"""

EFFECT = """// title: Effect
// systems: S2, S10
// clock: trigger
// biology: The drug raises the effect [@smith2020].
model effect
  input c = 0 nM           // plasma
  input tone = 1 ratio     // tone of another mechanism
  output E = E0 points [0, 60]  // score
  output occ = 0 fraction [0, 1]  // occupancy
  variable drive ratio     // what the drug does
  occ := hill(c, EC50,
              1);
  drive := tone*(1 + Emax*occ);
  E' = (E0*drive - E)/tau;
end
"""

READER = """// title: Reader
// systems: S10
// clock: clinical
// biology: Sums it up [@label].
model reader
  input E = E0 points     // score
  input occ = 0 fraction  // occupancy
  output total = 0 fraction  // sum
  total := E/E0 - 1 + occ;
end
"""

HEADER = "symbol,value,unit,spread,distribution,uncertainty,tier,source,note\n"
KIN_CSV = HEADER + (
    "CL,10,L/h,0.2,lognormal,0.1,measured,smith2020,read in table 1\nV,50,L,,,,measured,label,\n"
)
EFFECT_CSV = HEADER + (
    "EC50,100,nM,,,0.3,assumed,assumed:,a guess\n"
    "Emax,0.5,ratio,,,,derived,derived: 1/2,\n"
    "tau,2,h,,,,calibrated,smith2020; label,by run 1\n"
)
PERSON_CSV = HEADER + "E0,30,points,4,normal,,assumed,assumed: a typical score,\n"

FILES = {
    "sources.bib": BIB,
    "mechanisms/functions.ant": FUNCTIONS,
    "mechanisms/kin.ant": KIN,
    "mechanisms/effect.ant": EFFECT,
    "mechanisms/reader.ant": READER,
    "parameters/kin.csv": KIN_CSV,
    "parameters/effect.csv": EFFECT_CSV,
    "parameters/person.csv": PERSON_CSV,
}


def write_toy(folder: Path, **replaced: tuple[str, str]) -> Path:
    """Write the toy model into a folder.

    ``replaced`` maps a file's stem (``kin_csv`` for ``kin.csv``, else ``kin``) to a text in it
    and what is put instead; the text must be there, so that a test cannot test nothing.
    """
    for name, text in FILES.items():
        stem = Path(name).stem + ("_csv" if name.endswith(".csv") else "")
        if stem in replaced:
            old, new = replaced.pop(stem)
            assert old in text, f"{old!r} is not in {name}"
            text = text.replace(old, new, 1)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert not replaced, f"no such file: {replaced}"
    return folder
