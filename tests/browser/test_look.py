"""The page for everybody: on a phone, in the dark, by keyboard, without motion, read aloud."""

from __future__ import annotations

import pytest

from tests.explorer.asked import plain

DESKTOP = {"width": 1440, "height": 1000}
PHONE = {"width": 390, "height": 844}
MADRS = "Depression score (MADRS)"
WIDTHS = "[document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth]"


@pytest.mark.parametrize("width", [390, 320, 768])
def test_nothing_is_wider_than_the_screen(open_page, width):
    screen = open_page(viewport={"width": width, "height": 844}, has_touch=True)
    for tab in ("Evidence", "Claims", "Who carries it"):
        screen.page.get_by_role("tab", name=tab).click()
        assert max(screen.page.evaluate(WIDTHS)) == width
    screen.page.get_by_role("button", name="Compare with an SSRI").last.click()
    screen.wait_drawn()
    screen.page.get_by_role("button", name="values").first.click()
    assert max(screen.page.evaluate(WIDTHS)) == width


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page, scheme, viewport):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    screen = open_page(viewport=viewport, color_scheme=scheme)
    for tab in ("Claims", "Evidence", "Who carries it"):
        screen.page.get_by_role("tab", name=tab).click()
        if tab == "Evidence":
            screen.page.locator(".evidence-choice select").select_option("lhb")
        part = None if tab == "Who carries it" else "#side-panel"  # the rest is the same
        found = axe.Axe().run(screen.page, context=part).response["violations"]
        bad = [rule for rule in found if rule["impact"] in ("serious", "critical")]
        assert [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in bad] == []


def test_dark_and_light(open_page):
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = open_page(color_scheme="dark")
    light = open_page(color_scheme="light")
    darkness = [_lightness(screen.page.evaluate(ground)) for screen in (dark, light)]
    assert darkness[0] < 60
    assert darkness[1] > 200
    assert dark.picture(MADRS) != light.picture(MADRS)
    dark.page.get_by_role("button", name="Colours: auto").click()
    dark.page.get_by_role("button", name="Colours: dark").click()
    assert _lightness(dark.page.evaluate(ground)) > 200  # chosen by hand, kept
    dark.page.reload()
    dark.wait_drawn()
    assert _lightness(dark.page.evaluate(ground)) > 200


def _lightness(colour: str) -> float:
    numbers = [float(part) for part in colour.split("(")[1].rstrip(")").split(",")[:3]]
    return sum(numbers) / 3


def test_without_motion_nothing_moves(open_page):
    screen = open_page(reduced_motion="reduce")
    screen.page.get_by_role("button", name="Play").click()
    moving = """document.getAnimations().filter(a => a.playState === "running"
        && a.effect.getComputedTiming().duration > 50).length"""
    for _ in range(4):
        screen.page.wait_for_timeout(150)
        assert screen.page.evaluate(moving) == 0
    screen.page.get_by_role("button", name="Pause").click()


def test_motion_where_it_is_not_unwanted(open_page):
    screen = open_page()
    clock = screen.page.locator("output.clock")
    screen.page.get_by_role("button", name="Play").click()
    begun = clock.inner_text()
    screen.wait(lambda: clock.inner_text() != begun, "time to run")
    screen.page.get_by_role("button", name="Pause").click()


def test_by_keyboard_alone(open_page):
    screen = open_page(plain())
    keys = screen.page.keyboard
    keys.press("Tab")
    assert "Skip to the charts" in _focused(screen)
    seen = _tab_to(screen, "Dose, mg/kg")
    assert len(seen) == len(set(seen)), seen  # nowhere twice
    keys.press("ArrowRight")
    assert screen.wait_drawn()["arms"][0]["steps"][0]["dose"] != "0.5 mg/kg"
    screen.page.get_by_role("tab", name="Who carries it").focus()
    keys.press("ArrowRight")
    assert screen.page.get_by_role("tab", name="Evidence").get_attribute("aria-selected") == "true"
    _tab_to(screen, "Map, scrolls")
    keys.press("Tab")
    assert screen.page.evaluate("document.activeElement.id").startswith("pathway-")
    for _ in range(40):
        if screen.page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "false":
            break
        keys.press("ArrowRight" if _ % 2 else "ArrowDown")
    keys.press("Enter")
    assert len(screen.wait_drawn()["off"]) == 1
    keys.press("Space")
    assert screen.wait_drawn()["off"] == []
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    screen.page.get_by_role("button", name="Copy link").focus()
    keys.press("Shift+Tab")
    assert screen.page.evaluate(outline) != "none"  # one sees where one is


def test_a_menu_by_keyboard(open_page):
    screen = open_page(plain())
    menu = screen.page.get_by_role("button", name="Questions to begin with")
    menu.focus()
    screen.page.keyboard.press("Enter")
    screen.page.keyboard.press("ArrowDown")
    screen.page.keyboard.press("Escape")
    assert menu.get_attribute("aria-expanded") == "false"
    menu.focus()
    screen.page.keyboard.press("Enter")
    screen.page.keyboard.press("ArrowDown")
    chosen = _focused(screen)
    assert chosen
    screen.page.keyboard.press("Enter")
    assert screen.wait_drawn()["title"] in chosen


def _focused(screen) -> str:
    return screen.page.evaluate(
        """(() => { const e = document.activeElement;
        return e.getAttribute("aria-label") || e.textContent.trim().slice(0, 40) || e.id; })()"""
    )


def _tab_to(screen, name: str) -> list[str]:
    """Press Tab until something of this name has the focus; return what had it before."""
    seen = []
    for _ in range(80):
        screen.page.keyboard.press("Tab")
        seen.append(screen.page.evaluate("document.activeElement.outerHTML.slice(0, 160)"))
        if _focused(screen) == name:
            return seen
    raise AssertionError(f"{name!r} is not reached by Tab")
