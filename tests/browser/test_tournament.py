"""The tournament in the page: what all fail first, by keyboard, on a phone, read aloud."""

from __future__ import annotations

import json

import pytest

from ketasim.explorer.tournament import shown
from tests.browser.screen import opened
from tests.report.synthetic_tournament import made

WIDTHS = "[document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth]"


@pytest.fixture
def open_tab(browser, serving):
    """Open the page with a tournament made by hand, and its tab."""
    contexts = []

    def open_one(width=1440, scheme="light"):
        viewport = {"width": width, "height": 900}
        context = browser.new_context(viewport=viewport, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()

        def with_tournament(route):
            whole = route.fetch().json()
            route.fulfill(body=json.dumps({**whole, "tournament": shown(made())}))

        page.route("**/catalogue.json", with_tournament)
        screen = opened(page, serving.address)
        page.get_by_role("tab", name="Tournament").click(timeout=60_000)
        screen.wait_drawn()
        return screen

    yield open_one
    for context in contexts:
        context.close()


def test_what_all_fail_stands_first(open_tab):
    screen = open_tab()
    text = screen.page.locator("#side-panel").inner_text()
    assert text.startswith("3 reports of 40 are explained by none of 5 hypotheses.")
    assert text.index("read-out 2") < text.index("70\u202f%")
    assert "Surge <i>alone</i>" in text
    assert "without lab3" in text
    assert screen.errors == []


def test_by_keyboard(open_tab):
    page = open_tab().page
    page.keyboard.press("ArrowRight")  # from the last tab to the first
    assert page.get_by_role("tab", name="Who carries it").get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowLeft")
    first = page.locator("#side-panel summary", has_text="Resting block")
    first.focus()
    page.keyboard.press("Enter")
    assert "The effect goes through resting" in page.locator("#side-panel").inner_text()
    page.get_by_role("button", name="escitalopram").focus()
    page.keyboard.press("Enter")
    assert "effect of escitalopram" in page.locator(".tournament-chart").get_attribute("aria-label")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light"), (320, "dark")])
def test_axe_finds_nothing_and_nothing_is_too_wide(open_tab, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    page = open_tab(width, scheme).page
    assert max(page.evaluate(WIDTHS)) == width
    found = axe.Axe().run(page, context=".side").response["violations"]
    assert [rule["id"] for rule in found] == []
