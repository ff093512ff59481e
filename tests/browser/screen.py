"""The page as a test sees it: what it asks, what it shows, what it was told."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 60.0


class Screen:
    """One open page, with everything it complained of and everything it fetched."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))

    def is_own(self, url: str) -> bool:
        """Whether an address is the server's own, or no address at all."""
        host = self.address.split("/")[2]
        return url.startswith((f"http://{host}/", f"ws://{host}/", "data:", "blob:"))

    def wait(self, true: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
        """Wait until something is so; the page's policy allows no polling in the page itself."""
        until = time.monotonic() + patience_s
        while not (found := true()):
            if time.monotonic() > until:
                raise AssertionError(f"waited {patience_s:g} s in vain for: {what}")
            self.page.wait_for_timeout(30)
        return found

    def wait_drawn(self, want: str = "typical") -> dict[str, Any]:
        """Wait until the picture answers the newest question; return that question."""
        script = "w => [window.ketasimTiming?.asked, window.ketasimTiming?.onScreen[w]]"

        def both() -> Any:
            asked, shown = self.page.evaluate(script, want)
            return asked is not None and asked == shown and asked

        return json.loads(self.wait(both, f"the newest {want} picture"))

    def address_question(self) -> dict[str, Any] | None:
        """Return the question that the address holds; None while it holds none."""
        _, found, letters = self.page.url.partition("#q=")
        padded = letters + "=" * (-len(letters) % 4)
        return json.loads(base64.urlsafe_b64decode(padded)) if found else None

    def slide(self, label: str, value: float) -> None:
        """Move a slider to a value at once, as a hand does."""
        self.page.get_by_label(label).first.evaluate(SLIDE, value)

    def table(self, chart: str) -> list[list[str]]:
        """Return the table of values of a chart, its arms in the first column."""
        figure = self.page.get_by_role("figure", name=chart)
        if not figure.locator("table").count():
            figure.get_by_role("button", name="values").click()
        rows = figure.locator("tbody tr").all()
        return [[cell.strip() for cell in row.locator("th, td").all_inner_texts()] for row in rows]

    def picture(self, chart: str) -> str:
        """Return what a chart's canvas holds, as a data address."""
        canvas = self.page.get_by_role("figure", name=chart).locator("canvas")
        return canvas.evaluate("canvas => canvas.toDataURL()")

    def saved(self, choice: str) -> tuple[str, bytes]:
        """Save a file through the menu; return its name and what it holds."""
        self.page.get_by_role("button", name="Save as a file").click()
        with self.page.expect_download(timeout=PATIENCE_S * 1000) as waiting:
            self.page.get_by_role("button", name=choice).or_(
                self.page.get_by_role("menuitem", name=choice)
            ).first.click()
        return waiting.value.suggested_filename, waiting.value.path().read_bytes()


SLIDE = """(slider, value) => {
  slider.value = String(value);
  slider.dispatchEvent(new InputEvent("input", { bubbles: true }));
}"""


def opened(page: Any, address: str, question: dict[str, Any] | None = None) -> Screen:
    """Open the page, with a question where one is given."""
    screen = Screen(page, address)
    page.goto(address + (fragment(question) if question else ""))
    return screen


def fragment(question: dict[str, Any]) -> str:
    """Return a question as the page writes it into its address."""
    text = base64.urlsafe_b64encode(json.dumps(question).encode()).decode()
    return f"#q={text.rstrip('=')}"
