"""Mechanisms meet by name: ports, resting inputs, and contradictions that are refused."""

from __future__ import annotations

import pytest

from ketasim import UserError
from ketasim.model import ModelFolder
from ketasim.model.wiring import Port, rates_at, resting_values, wire

from .toys import write_toy

ALL = ("kin", "effect", "reader")


def test_owners_ports_inputs_and_parameters(tmp_path):
    wiring = wire(ModelFolder(write_toy(tmp_path)), ALL)
    assert [m.name for m in wiring.mechanisms] == ["kin", "effect", "reader"]
    assert wiring.owners["occ"] == "effect"
    assert set(wiring.ports) == {"c", "E", "occ"}
    assert set(wiring.resting) == {"tone"}
    assert set(wiring.event_inputs) == {"rate_in"}
    assert set(wiring.parameters) == {"CL", "V", "EC50", "Emax", "tau", "E0"}
    assert wiring.rules("assignment")["total"] == "E_port/E0 - 1 + occ_port"
    assert wiring.rules("assignment")["occ"] == "hill(c_port, EC50, 1)"


def test_port_formulas_follow_the_contract():
    zero, expression = Port("occ", "m", "0"), Port("E", "m", "E0 + 1")
    assert zero.formula == "(1 - block_m)*scale_m*occ"
    assert expression.formula == "(1 - block_m)*((E0 + 1) + scale_m*(E - (E0 + 1)))"


def test_scale_leaves_at_rest_and_block_lies_below_it(tmp_path):
    wiring = wire(ModelFolder(write_toy(tmp_path)), ALL)
    driven = {"A": 5000.0, "E": 36.0}
    assert resting_values(wiring, driven)("total") == pytest.approx(36 / 30 - 1 + 0.5)
    assert resting_values(wiring, driven | {"scale_effect": 0.0})("total") == 0.0
    assert resting_values(wiring, driven | {"scale_effect": 0.5})("total") == pytest.approx(0.35)
    assert resting_values(wiring, driven | {"block_effect": 1.0})("total") == -1.0


def test_order_does_not_matter(tmp_path):
    folder = ModelFolder(write_toy(tmp_path))
    assert wire(folder, ALL) == wire(folder, ALL[::-1])


def test_values_and_rates_at_rest(tmp_path):
    wiring = wire(ModelFolder(write_toy(tmp_path)), ALL)
    value = resting_values(wiring)
    assert (value("E"), value("E_port"), value("drive"), value("total")) == (30.0, 30.0, 1.0, 0.0)
    assert rates_at(wiring, value) == {"A": 0.0, "gone": 0.0, "E": 0.0}
    probed = resting_values(wiring, {"A": 5000.0, "rate_in": 7.0})
    assert (probed("c"), probed("occ")) == (100.0, 0.5)
    assert rates_at(wiring, probed) == {"A": 7.0 - 1000.0, "gone": 1000.0, "E": 30 * 0.25 / 2}


@pytest.mark.parametrize(
    ("spoiled", "told"),
    [
        ({"effect": ("input c = 0 nM", "input c = 0 ng/mL")},
         "effect.ant:6: 'c' is in ng/mL, but nM in kin.ant:9"),
        ({"effect": ("input c = 0 nM", "input c = 1 nM")},
         "effect.ant:6: 'c' rests at 1, but at 0 in kin.ant:9"),
        ({"reader": ("E = E0 points", "E = 2*E0 points")},
         "reader.ant:6: 'E' rests at 2*E0, but at E0 in effect.ant:8"),
        ({"reader": ("input occ = 0 fraction", "input drive = 0 ratio")},
         "reader.ant:7: 'drive' is no output of effect; choose from: E, occ"),
        ({"reader": ("E/E0", "E/E00")}, "reader.ant:9: unknown symbol 'E00'; nearest: E0"),
        ({"reader": ("E/E0", "E/EC50")},
         "reader.ant:9: unknown symbol 'EC50'; it stands in parameters/effect.csv, which only"),
        ({"reader": ("E/E0", "E/c")},
         "reader.ant:9: unknown symbol 'c'; it is an output of kin: declare it as an input"),
        ({"effect_csv": ("EC50,", "CL,")}, "effect.csv:2: symbol 'CL' stands already in kin.csv:2"),
        ({"effect_csv": ("tau,", "A,")}, "kin.ant:10: 'A' is also a parameter in effect.csv:4"),
        ({"effect": ("variable drive ratio     // what the drug does",
                     "event_input rate_in = 0 nM/h // x")},
         "effect.ant:13: 'drive' is not declared"),
        ({"effect": ("input tone = 1 ratio ", "input total = 0 fraction ")},
         "effect.ant:13: unknown symbol 'tone'"),
    ],
)  # fmt: skip
def test_a_contradiction_is_told_in_one_line(tmp_path, spoiled, told):
    with pytest.raises(UserError) as error:
        wire(ModelFolder(write_toy(tmp_path, **spoiled)), ALL)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(told)


def test_a_name_computed_twice_is_refused(tmp_path):
    folder = write_toy(tmp_path)
    text = (folder / "mechanisms/reader.ant").read_text()
    (folder / "mechanisms/second.ant").write_text(text.replace("model reader", "model second"))
    with pytest.raises(UserError, match=r"second\.ant:8: 'total' is computed in reader\.ant too"):
        wire(ModelFolder(folder), (*ALL, "second"))


def test_an_algebraic_loop_is_refused(tmp_path):
    folder = write_toy(tmp_path, effect=("input tone = 1 ratio ", "input total = 0 fraction "))
    path = folder / "mechanisms/effect.ant"
    path.write_text(path.read_text().replace("hill(c, EC50", "total + hill(c, EC50")
                    .replace("tone*", ""))  # fmt: skip
    with pytest.raises(UserError, match=r"assignments form a loop: .*occ -> total_port -> total"):
        wire(ModelFolder(folder), ALL)


def test_a_rest_that_cannot_be_evaluated_is_told(tmp_path):
    folder = write_toy(tmp_path, reader=("E/E0 - 1", "E/(E0 - 30) - 1"))
    with pytest.raises(UserError, match="reader: 'total' has no resting value: float division"):
        resting_values(wire(ModelFolder(folder), ALL))("total")
