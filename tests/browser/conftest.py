"""A server and a Chromium for the tests of the page; without either of them they are skipped."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator

import pytest

from tests.browser.screen import Screen, opened
from tests.browser.serving import Serving

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
DESKTOP = {"width": 1440, "height": 1000}
# The renderer of a test needs neither a sandbox nor a graphics card; root has no sandbox at all.
FLAGS = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb", "--disable-lcd-text"]

Opened = Callable[..., Screen]


@pytest.fixture(scope="package")
def browser():
    """Chromium, started once."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine; on Debian: apt install chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="package")
def serving(browser) -> Iterator[Serving]:
    """The explorer, served once; only where there is a browser to look at it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    from ketasim.explorer.catalogue import catalogue
    from ketasim.explorer.simulate import typical_curves
    from tests.explorer.asked import question

    catalogue()  # before a page waits for it
    typical_curves(question())
    server = Serving(port)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def open_page(browser, serving) -> Iterator[Opened]:
    """Open the page; afterwards nothing must have gone wrong in it, nor been fetched elsewhere."""
    screens: list[Screen] = []

    def open_one(question=None, *, viewport=None, drawn=True, **context) -> Screen:
        own = browser.new_context(viewport=viewport or DESKTOP, accept_downloads=True, **context)
        screen = opened(own.new_page(), serving.address, question)
        screens.append(screen)
        if drawn:
            screen.wait_drawn()
        return screen

    yield open_one
    for screen in screens:
        screen.page.context.close()
    for screen in screens:
        assert screen.errors == []
        assert [url for url in screen.requests if not screen.is_own(url)] == []
