"""The explorer in one file, opened from a disk: its slider moves its curves, and it asks nobody."""

from __future__ import annotations

import pytest

from ketasim.explorer import replay
from ketasim.explorer.catalogue import default_question
from ketasim.explorer.question import read_question


@pytest.fixture(scope="module")
def file(browser, tmp_path_factory):
    plain = default_question().plain()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay, "FACTORS", (1.0, 2.0))
        patch.setattr(replay, "_switched", lambda mechanism, _: mechanism["name"] == "nmda")
        patch.setattr(replay, "READINGS", ())
        text = replay.replay_page(read_question({**plain, "n": 4, "until_d": 3}))
    path = tmp_path_factory.mktemp("page") / "interactive.html"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def page(browser, file):
    own = browser.new_context(viewport={"width": 1440, "height": 1000}, offline=True)
    page, wrong = own.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector(".chart canvas")
    yield page
    own.close()
    assert wrong == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def drawn(page) -> str:
    """Return the picture of the first chart."""
    page.wait_for_timeout(150)
    return page.evaluate("document.querySelector('.chart canvas').toDataURL()")


def test_the_slider_moves_the_curves_and_back(page):
    once = drawn(page)
    slider = page.locator(".replay input[type=range]")
    slider.press("ArrowRight")
    twice = drawn(page)
    assert twice != once
    assert "1 mg/kg" in page.locator(".replay").inner_text()
    slider.press("ArrowLeft")
    assert drawn(page) == once


def test_a_mechanism_at_rest_moves_them_too(page):
    once = drawn(page)
    page.locator("#pathway-nmda_in").click()
    assert drawn(page) != once
    page.locator("#pathway-nmda_in").click()
    assert drawn(page) == once


def test_a_population_is_shown_and_its_data_saved(page, tmp_path):
    page.get_by_role("button", name="4 people").click()
    assert "4 simulated people" in page.locator("body").inner_text()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save data").click()
    download.value.save_as(tmp_path / "shown.csv")
    head = (tmp_path / "shown.csv").read_text().splitlines()[0]
    assert "ketamine MADRS mean (points)" in head
    assert "saline MADRS p95 (points)" in head


def test_what_it_does_not_hold_is_no_alarm(page):
    page.locator(".replay input[type=range]").press("ArrowRight")
    page.wait_for_timeout(700)
    assert "divides the effect of the first question only" in page.locator(".side").inner_text()
    assert page.locator(".problem").count() == 0
