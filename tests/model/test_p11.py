"""Two p11: that of the hippocampus follows TrkB slowly, that of the ependyma stress."""

from __future__ import annotations

import pytest

from ketasim.dosing import daily, hold

from .mechanism_run import course, ip, nothing, share_left, whole


def test_hippocampal_p11_is_up_at_three_days_not_at_half_an_hour_and_through_trkb():
    """Sun 2016."""
    early, late = course(whole(), ip("10 mg/kg"), "p11", [0.0, 0.5, 72.0], "rat")[1:]
    assert early < 0.01
    assert late > 0.1
    blocked = hold("ANA-12", for_="24 h", at="-30 min")
    assert share_left(blocked, 72.0, output="p11", who="rat") < 0.1


def test_ketamine_does_not_reach_the_ependyma_in_the_first_day():
    """No experiment has looked; nothing but stress load and a long antidepressant acts there."""
    rise = course(whole(), ip("10 mg/kg"), "p11e", [0.0, 24.0], "rat")[-1]
    assert abs(rise) < 0.005
    assert course(whole(), daily("SSRI", weeks=6), "p11e", [0.0, 1000.0])[-1] > 0.01


def test_stress_lowers_ependymal_p11_and_flow():
    """Seo 2021."""
    for output in ("p11e_level", "csf_level"):
        healthy, ill = (
            course(whole(), nothing(), output, [0.0], values={"D0": d})[0] for d in (0, 1)
        )
        assert ill < 0.8 * healthy


def test_its_loss_disturbs_flow_and_behaviour_and_putting_it_back_mends_both():
    """Seo 2021."""
    times = [0.0, 300.0]
    loss, virus = hold("u_p11_ep", 1.0, for_="600 h"), hold("u_p11_ep", -1.0, for_="600 h")
    naive = {"D0": 0.0}
    flow = course(whole(), loss, "csf_level", times, "mouse", naive)
    despair = course(whole(), loss, "despair", times, "mouse", naive)
    assert flow[1] < 0.6 * flow[0]
    assert despair[1] > 1.1 * despair[0]
    mended = course(whole(), virus, "csf_level", times, "mouse")
    better = course(whole(), virus, "despair", times, "mouse")
    assert mended[1] > 1.3 * mended[0]
    assert better[1] < 0.95 * better[0]


def test_without_any_p11_no_rate_turns_negative():
    times = [0.0, 100.0, 600.0]
    spines = course(whole(), hold("u_p11", 1.0, for_="700 h"), "Sc", times, "mouse")
    assert spines[-1] > 0
    level = course(whole(), hold("u_p11", 1.0, for_="700 h"), "p11_level", times, "mouse")
    assert level[-1] == pytest.approx(0, abs=0.01)
