"""``python -m bench.explorer``: from a slider's move to the redrawn curve, in a real Chromium.

The explorer is started as a user starts it. A script in the page moves the dose of the main arm to
a value it never had, so that nothing kept by the server can answer, and the page itself notes how
long it took from the event to the animation frame after the charts were drawn
(``window.ketasimTiming``). The load of the machine is told beside the times: other programs on the
same processors make them longer.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.__main__ import ROOT, write

RESULT = ROOT / "out" / "bench_explorer.json"
AIMS_MS = {"typical": 50.0, "ribbon": 250.0}
MOVES = {"typical": 60, "ribbon": 25}
TITLES = {"typical": "one typical person", "ribbon": "200 people"}
WARM_UP = 8
PATIENCE_S = 180.0
PAUSE_MS = 120
# One move: what the page notes of it comes back; every dose is another one.
MOVE = """async ([want, dose]) => {
  const seen = window.ketasimTiming.drawn.filter(each => each.want === want).length;
  const slider = document.querySelector('.dose input[type=range]');
  slider.step = 'any';
  slider.value = String(dose);
  slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
  const until = performance.now() + 20000;
  for (;;) {
    const moves = window.ketasimTiming.drawn.filter(each => each.want === want);
    const last = moves[moves.length - 1];
    if (moves.length > seen && last.newest) return last;
    if (performance.now() > until) throw new Error('no picture within 20 s');
    await new Promise(done => setTimeout(done, 25));
  }
}"""


def measured(page: Any, want: str) -> list[dict[str, float]]:
    """Return what every move took, after some to warm up."""
    found = []
    for k in range(WARM_UP + MOVES[want]):
        dose = 0.2 + 0.5 * ((k * 0.6180339887) % 1)
        found.append(page.evaluate(MOVE, [want, dose]))
        page.wait_for_timeout(PAUSE_MS)
    return found[WARM_UP:]


def row(want: str, moves: list[dict[str, float]]) -> dict[str, Any]:
    """Return median and 90th percentile of the whole, and of the server's share [ms]."""
    whole, server = ([move[key] for move in moves] for key in ("ms", "server_ms"))
    return {
        "what": TITLES[want],
        "moves": len(moves),
        "median_ms": round(median(whole), 1),
        "p90_ms": round(quantiles(whole, n=10)[-1], 1),
        "server_median_ms": round(median(server), 1),
        "server_p90_ms": round(quantiles(server, n=10)[-1], 1),
        "aim_ms": AIMS_MS[want],
        "load": round(os.getloadavg()[0], 2),
        "processors": os.cpu_count(),
    }


def rows(page: Any, address: str) -> list[dict[str, Any]]:
    """Measure the typical person, then the population, on a page that is ready."""
    page.goto(address)
    _until(page, "window.ketasimTiming?.onScreen.typical === window.ketasimTiming?.asked")
    page.get_by_role("tab", name="Evidence").click()  # nothing is attributed meanwhile
    found = [row("typical", measured(page, "typical"))]
    page.get_by_role("button", name="A population").click()
    _until(page, "window.ketasimTiming.onScreen.ribbon === window.ketasimTiming.asked")
    return [*found, row("ribbon", measured(page, "ribbon"))]


def _until(page: Any, script: str) -> None:
    for _ in range(int(PATIENCE_S * 10)):
        if page.evaluate(script):
            return
        page.wait_for_timeout(100)
    raise RuntimeError("the page is not ready")


def served(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """Start the explorer; return its process and its address."""
    command = (
        "import sys; from ketasim.cli import main; sys.exit(main(['explore', '--no-browser']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", command], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if "http://" not in line:
        process.kill()
        raise RuntimeError("the explorer did not start")
    return process, line.split()[-1]


def main() -> int:
    """Measure and write the rows; return 1 where something is missing or an aim is missed."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        print("bench: the explorer is left out (it needs Chromium and Playwright)", file=sys.stderr)
        return 0
    process, address = served(ROOT)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            results = rows(browser.new_page(viewport={"width": 1440, "height": 1000}), address)
            browser.close()
    finally:
        process.terminate()
        process.wait(10)
    write(results, RESULT)
    print(json.dumps(results, indent=1))
    return 0 if all(each["median_ms"] < each["aim_ms"] for each in results) else 1


if __name__ == "__main__":
    sys.exit(main())
