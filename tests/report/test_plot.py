"""Plots of the field: units and n on each, one palette, nothing hidden, wrong input told."""

from __future__ import annotations

import itertools
import re
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.text import Text

from ketasim.errors import UserError
from ketasim.inference.dose_map import DoseMap
from ketasim.inference.knockout_findings import RemovalFinding
from ketasim.inference.knockouts import Knockouts, Readout, Removal
from ketasim.report import plot
from ketasim.report.figure_forest import ForestPanel, ForestRow
from ketasim.report.style import PALETTE, Picture
from ketasim.simulation.time_bins import binned
from ketasim.simulation.visual_check import VisualCheck
from tests.report import synthetic, synthetic_trial

LEAST_POINTS = 6.5
CELL_INKS = {"#ffffff", "#222222"}  # in shaded cells, which keep their fill on a dark page
ONLY_PALETTE = {light for light, _ in PALETTE.values()} | {"#000000", "#ffffff"}
MATRICES = ("heat map", "heat map of times", "knockouts", "knockouts twice")


def check(limited=True, corrected=False):
    random = np.random.default_rng(1)
    time_h = np.tile([0.5, 1.0, 2.0, 8.0, 24.0], 30)
    value = 200 * np.exp(-0.3 * time_h) * np.exp(0.4 * random.standard_normal(150))
    groups = binned(time_h)
    shares = (5, 50, 95)
    seen = np.array([np.percentile(value[groups.which == k], shares) for k in range(5)]).T
    simulated = np.stack([seen * 0.9, seen, seen * 1.05], axis=1)
    simulated[2, :, 1] *= 0.5  # one lies outside
    limit = np.full(5, 2.0 if limited else np.nan)
    below = np.array([0, 0, 0, 0.02, 0.8])
    if limited:
        seen[0, 4], simulated[0, :, 4] = -np.inf, (-np.inf, -np.inf, 1.5)
    return VisualCheck(
        "Cket", "ng/mL", "first dose", groups, seen, simulated, below,
        np.stack([below * 0.8, below, below * 1.1]), limit, time_h, value, 0.9, 30, 150,
        24 if limited else 0, {"no value": 2}, 200, 0, corrected, "healthy", "infusion",
    )  # fmt: skip


def dose_map(over="interval", outcome="response"):
    doses, columns = ("0.1 mg/kg", "0.5 mg/kg", "1 mg/kg"), ("2 d", "7 d", "14 d", "28 d")
    value = np.linspace(5, 80, 12).reshape(3, 4)
    return DoseMap(
        outcome, "MADRS", "MADRS total score", "%" if outcome == "response" else "points",
        "ketamine, infusion over 40 min", doses, columns, np.array([48.0, 168, 336, 672]), over,
        "28 d" if over == "interval" else "", (14, 4, 2, 1),
        value if outcome == "response" else -value / 4, value / 20, "trd, n = 50, seed 1", 50, 0,
    )  # fmt: skip


def knockouts(reading="left at rest", kind="mechanism"):
    found = [
        RemovalFinding(f"f{k}", "study", "NBQX", "blocked", verdict, False)
        for k, verdict in enumerate(("reproduced", "contradicted", "not resolved", "reproduced"))
    ]
    rows = tuple(
        Removal(name, f"{name}, a mechanism with a long title of its own", kind, tuple(found[:k]))
        for k, name in enumerate(("nmda", "ampa", "gs", "bdnf", "urinary"))
    )
    readouts = tuple(Readout("MADRS", "MADRS", "points", t) for t in (2.0, 24.0, 168.0))
    left = np.array([[12, 10, 9], [55, 60, np.nan], [99, 104, 120], [0, 33, 71], [100, 100, 100.0]])
    return Knockouts(
        reading, rows, readouts, np.array([-18.0, -19, -0.1]), left / -5, left, left / 20,
        "0.5 mg/kg ketamine IV over 40 min", "trd, n = 40", 40, 0,
    )  # fmt: skip


def arms(n=60):
    return {"ketamine 0.5 mg/kg": synthetic.arm(n), "saline": synthetic.arm(n, fall=0, doses=0)}


def panel():
    rows = (ForestRow("women", -6.0, -9.0, -3.0, "n = 40, 41"),
            ForestRow("men", -5.0, -9.5, -0.5, "n = 30, 29"))  # fmt: skip
    return ForestPanel("difference", "points", rows, better=-1)


def times():
    return {"six infusions": ([3, 5, 9, 30.0], [1, 1, 0, 0]), "one": ([1, 2, 3, 4.0], [1, 1, 1, 0])}


DRAWN = {
    "course": lambda: plot.course(arms(), "MADRS", control="saline", line="mean"),
    "course of one": lambda: plot.course(synthetic.arm(60), "Cket", time_axis="log"),
    "course, change": lambda: plot.course(arms(), "MADRS", change=True),
    "course of six": lambda: plot.course({f"arm {k}": synthetic.arm(9) for k in range(6)}, "CADSS"),
    "one person": lambda: plot.course(synthetic.arm(1), "MADRS"),
    "occupancy": lambda: plot.occupancy(synthetic.arm(60)),
    "occupancy by arm": lambda: plot.occupancy({**arms(), "third": synthetic.arm(60)}),
    "vpc": lambda: plot.vpc(check()),
    "vpc without limit": lambda: plot.vpc(check(limited=False, corrected=True)),
    "forest": lambda: plot.forest(synthetic_trial.parallel()),
    "forest of rows": lambda: plot.forest(panel()),
    "waterfall": lambda: plot.waterfall(synthetic_trial.parallel()),
    "waterfall of arms": lambda: plot.waterfall(arms(), at="24 h"),
    "kaplan-meier": lambda: plot.kaplan_meier(times(), control="one", since="the last infusion"),
    "heat map": lambda: plot.heat_map(dose_map()),
    "heat map of times": lambda: plot.heat_map(dose_map("time", "change")),
    "knockouts": lambda: plot.knockouts(knockouts(kind="perturbation")),
    "knockouts twice": lambda: plot.knockouts([knockouts(), knockouts("blocked below rest")]),
}


@pytest.fixture(scope="module")
def pictures():
    return {name: draw() for name, draw in DRAWN.items()}


def texts_of(picture):
    """Return the texts that can be seen, and where they lie."""
    figure = picture.figure
    figure.draw_without_rendering()
    unseen = {id(text) for axes in figure.axes for text in _labels_not_drawn(axes)}
    found = []
    for text in figure.findobj(Text):
        shown = text.get_visible() and text.get_text().strip() and id(text) not in unseen
        if shown and (box := text.get_window_extent()).width:
            found.append((text, box))
    return found


def _labels_not_drawn(axes):
    """Yield the labels of ticks that lie outside of an axis, or on one that is off."""
    for axis in (axes.xaxis, axes.yaxis):
        drawn = [] if not axes.axison else axis._update_ticks()
        for tick in (*axis.majorTicks, *axis.minorTicks):
            if not any(tick is other for other in drawn):
                yield from (tick.label1, tick.label2)


@pytest.mark.parametrize("name", DRAWN)
def test_n_and_unit_stand_on_the_figure(pictures, name):
    said = " ".join(text.get_text() for text, _ in texts_of(pictures[name]))
    assert re.search(r"\bn = \d|\(n\)", said), said
    units = r"\((?:%|points|ng/mL|fraction|percentage points|odds ratio|days)\)|, points\)|days |%"
    assert re.search(units, said), said


@pytest.mark.parametrize("name", DRAWN)
def test_letters_can_be_read_and_none_hides_another(pictures, name):
    found = texts_of(pictures[name])
    small = [t.get_text() for t, _ in found if t.get_fontsize() < LEAST_POINTS]
    assert not small
    hidden = [
        (a.get_text(), b.get_text())
        for (a, one), (b, other) in itertools.combinations(found, 2)
        if one.shrunk(0.96, 0.8).overlaps(other.shrunk(0.96, 0.8))
    ]
    assert not hidden
    edge = pictures[name].figure.bbox
    out = [t.get_text() for t, b in found if b.x0 < edge.x0 - 2 or b.x1 > edge.x1 + 2]
    assert not out


@pytest.mark.parametrize("name", DRAWN)
def test_colours_are_those_of_the_palette(pictures, name):
    figure, used = pictures[name].figure, set()
    for text, _ in texts_of(pictures[name]):
        used.add(to_hex(text.get_color()))
    for line in figure.findobj(Line2D):
        used |= {to_hex(line.get_color())} if line.get_linestyle() != "None" else set()
    for axes in figure.axes:
        for shape in axes.collections:
            used |= {to_hex(c) for c in shape.get_facecolor()}
        if name not in MATRICES:
            used |= {to_hex(p.get_facecolor()) for p in axes.patches if p is not axes.patch}
    assert used - ONLY_PALETTE - (CELL_INKS if name in MATRICES else set()) == set()


@pytest.mark.parametrize("name", DRAWN)
def test_no_two_series_share_colour_and_dashes(pictures, name):
    for axes in pictures[name].figure.axes:
        named = [x for x in axes.get_lines() if not x.get_label().startswith("_")]
        looks = [(to_hex(x.get_color()), str(x._dash_pattern), x.get_marker()) for x in named]
        assert len(looks) == len(set(looks))


@pytest.mark.parametrize("name", DRAWN)
def test_every_picture_is_told_in_words(pictures, name):
    picture = pictures[name]
    assert len(picture.alt) > 20
    assert len(picture.caption) > 20
    assert "nan" not in picture.alt + picture.caption


@pytest.mark.parametrize(("ending", "head"), [(".svg", b"<?xml"), (".pdf", b"%PDF"),
                                              (".PNG", b"\x89PNG")])  # fmt: skip
def test_saved_as_its_ending_says_and_twice_the_same(tmp_path, ending, head):
    one = DRAWN["heat map"]().save(tmp_path / f"new/one{ending}")
    other = DRAWN["heat map"]().save(tmp_path / f"other{ending}")
    assert one.read_bytes().startswith(head)
    assert one.read_bytes() == other.read_bytes()
    assert [p.name for p in one.parent.iterdir()] == [one.name]


@pytest.mark.parametrize(
    ("name", "dpi", "told"),
    [("a.jpeg", 300, "ending '.jpeg'; nearest: .png|ending '.jpeg'; choose"), ("a", 300, "no end"),
     ("a.png", 5, "dpi 5 is out of range"), ("folder.svg", 300, "is a folder"),
     ("file/a.svg", 300, "cannot write")],
)  # fmt: skip
def test_what_cannot_be_saved_is_told(pictures, tmp_path, name, dpi, told):
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=told):
        pictures["heat map"].save(tmp_path / name, dpi=dpi)


def test_a_notebook_shows_figure_and_caption(pictures):
    picture = pictures["course"]
    page, image = picture._repr_html_(), picture._repr_svg_()
    assert picture.caption in page
    assert "<svg" in page
    assert "--fig-blue:#0072b2" in page
    assert "fill: #ffffff" in image  # on white, whatever the notebook's theme
    same_name = pictures["one person"]
    ids = [set(re.findall(r'\bid="([^"]+)"', p._repr_html_())) for p in (picture, same_name)]
    assert not ids[0] & ids[1]


def odd(**changes):
    return SimpleNamespace(**changes)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: plot.course([1, 2]), "plot.course: needs what ketasim.simulate returns"),
        (lambda: plot.course({}), "plot.course: needs"),
        (lambda: plot.course(synthetic.arm(3), "MADR"), "no output 'MADR'; nearest: MADRS"),
        (lambda: plot.course(synthetic.arm(3)[0], "MADRS"), "dimensions"),
        (lambda: plot.course(synthetic.arm(2, broken=(0, 1))), "no person with all values"),
        (lambda: plot.course(arms(3), control="salin"), "nearest: saline"),
        (lambda: plot.course(arms(3), line="middle"), "line 'middle'"),
        (lambda: plot.course({str(k): synthetic.arm(2) for k in range(7)}), "7 arms are too many"),
        (lambda: plot.occupancy(synthetic.arm(3, outputs=["MADRS"])), "has none of Bin"),
        (lambda: plot.occupancy(synthetic.arm(3), "MADRS"), "MADRS has unit 'points'"),
        (lambda: plot.vpc(3), "needs a data file"),
        (lambda: plot.vpc("no_such.csv"), "no_such.csv"),
        (lambda: plot.vpc(check(), replicates=9), "takes no model and no options"),
        (lambda: plot.forest([]), "needs a trial's result"),
        (lambda: plot.forest(arms()), "needs a trial's result"),
        (lambda: plot.waterfall(arms(3)), "say when"),
        (lambda: plot.waterfall(arms(3), at="90 d"), "outside of what was simulated"),
        (lambda: plot.waterfall(arms(3), at="24 hats"), "unknown unit 'hats'"),
        (lambda: plot.waterfall(synthetic_trial.parallel(), at="24 h"), "leave out 'at'"),
        (lambda: plot.kaplan_meier({"a": ([1, 2], [1])}), "2 days and 1 events"),
        (lambda: plot.kaplan_meier({"a": ([-1.0], [1])}), "0 or more"),
        (lambda: plot.kaplan_meier({"a": ([1.0], [2])}), "True or False"),
        (lambda: plot.kaplan_meier({"a": 3}), "a pair"),
        (lambda: plot.kaplan_meier(synthetic_trial.parallel()), "no endpoint is a time"),
        (lambda: plot.heat_map(np.zeros((2, 2))), "needs what"),
        (lambda: plot.knockouts([]), "one or two results"),
        (lambda: plot.pathway(synthetic.arm(3), at="24 h"), "give the model"),
        (lambda: plot.pathway(at="24 h"), "say something of a result"),
        (lambda: plot.pathway(arms(3)), "draws one result, not 2"),
        (lambda: plot.tornado(odd()), "needs a local sensitivity"),
        (lambda: plot.sobol(odd()), "needs a global sensitivity"),
    ],
)
def test_wrong_input_is_told_in_one_line(call, told):
    with pytest.raises(UserError, match=told) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_what_is_outside_is_ringed_and_counted():
    picture = plot.vpc(check())
    assert "14 of 15 percentiles lie inside" in picture.caption
    rings = [x for x in picture.figure.axes[0].get_lines() if x.get_markersize() == 8]
    assert sum(len(x.get_xdata()) for x in rings) == 1


def test_matrix_orders_by_what_is_lost_and_names_what_does_nothing():
    picture = plot.knockouts(knockouts())
    labels = [t.get_text() for t in picture.figure.axes[0].get_yticklabels()]
    assert labels[0].startswith("bdnf")
    assert len(labels) == 4
    assert "Change nothing here: urinary" in picture.caption


def test_dead_column_is_no_number():
    dead = plot.knockouts(knockouts()).figure.axes[0]
    assert "–" in [t.get_text() for t in dead.texts]


def test_figures_are_pictures(pictures):
    assert all(isinstance(picture, Picture) for picture in pictures.values())
