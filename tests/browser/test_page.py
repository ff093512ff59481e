"""The page in a real browser: what one does to it, and what it shows then."""

from __future__ import annotations

from ketasim.explorer.question import read_question
from ketasim.explorer.simulate import typical_curves
from tests.browser.screen import fragment
from tests.explorer.asked import plain

DOSE = "Dose, mg/kg"
MADRS = "Depression score (MADRS)"


def asked_as(**changes):
    """Return the fragment of an address that asks the plain question with changes."""
    return fragment(plain(**changes))


def shown_by_the_server(question):
    """Return MADRS of the first arm at 24 h and at the end, as the page writes it."""
    curves = typical_curves(read_question(question), ["MADRS"])
    _, _, _, madrs = curves.series[0]
    at_24 = sum(curves.times_h <= 24) - 1
    assert curves.times_h[at_24] == 24
    return f"{madrs[at_24]:.1f}", f"{madrs[-1]:.1f}"


def test_it_opens_and_answers(open_page):
    screen = open_page()
    assert screen.page.title() == "ketasim explorer"
    assert "MADRS falls" in screen.page.get_by_label("Answer").inner_text()
    assert screen.page.locator("canvas").count() >= 6
    assert "research tool" in screen.page.locator("footer").inner_text()
    # One page, one script, one style sheet, one catalogue, one line.
    assert len(screen.requests) == 5


def test_a_slider_redraws(open_page):
    screen = open_page(plain())
    before, words = screen.picture(MADRS), screen.page.get_by_label("Answer").inner_text()
    screen.slide(DOSE, 1.5)
    question = screen.wait_drawn()
    assert question["arms"][0]["steps"][0]["dose"] == "1.5 mg/kg"
    screen.page.wait_for_timeout(50)
    assert screen.picture(MADRS) != before
    assert screen.page.get_by_label("Answer").inner_text() != words


def test_sixty_moves_in_a_burst_end_in_the_right_picture(open_page):
    screen = open_page(plain())
    moves = screen.page.evaluate("window.ketasimTiming.moves")
    screen.page.get_by_label(DOSE).first.evaluate(
        """async slider => {
          for (let k = 1; k <= 60; k++) {
            slider.value = String(0.02 * k);
            slider.dispatchEvent(new InputEvent("input", { bubbles: true }));
            if (k % 3 === 0) await new Promise(requestAnimationFrame);
          }
        }"""
    )
    question = screen.wait_drawn()
    assert screen.page.evaluate("window.ketasimTiming.moves") == moves + 60
    assert question["arms"][0]["steps"][0]["dose"] == "1.2 mg/kg"
    screen.page.wait_for_timeout(600)  # whatever were still under way would come now
    picture, row = screen.picture(MADRS), screen.table(MADRS)[0]
    assert (row[0], row[3], row[-1]) == ("ketamine", *shown_by_the_server(question))
    fresh = open_page(question)
    assert fresh.table(MADRS)[0] == row
    fresh.page.get_by_role("figure", name=MADRS).get_by_role("button", name="chart").click()
    fresh.page.wait_for_timeout(100)
    assert fresh.picture(MADRS) == picture


def test_a_click_on_the_map_knocks_a_mechanism_out(open_page):
    screen = open_page(plain())
    whole = screen.table(MADRS)[0]
    node = screen.page.locator("#pathway-bursts")
    node.click()
    question = screen.wait_drawn()
    assert question["off"] == ["lhb"]
    assert node.get_attribute("aria-pressed") == "true"
    without = screen.table(MADRS)[0]
    assert (without[3], without[-1]) == shown_by_the_server(question)
    assert without != whole
    assert screen.page.get_by_role("tab", name="Evidence").get_attribute("aria-selected") == "true"
    screen.page.get_by_role("button", name="put back").first.click()
    assert screen.wait_drawn()["off"] == []
    assert screen.table(MADRS)[0] == whole


def test_pointing_at_the_map_moves_no_panel(open_page):
    screen = open_page(plain())
    screen.page.locator("#pathway-bursts").hover()
    screen.page.wait_for_timeout(700)
    assert screen.page.locator("#pathway-bursts.pathway-selected").count() == 1
    tab = screen.page.get_by_role("tab", name="Who carries it")
    assert tab.get_attribute("aria-selected") == "true"


def test_an_ssri_beside_it_in_one_click(open_page):
    screen = open_page()
    screen.page.get_by_role("button", name="Compare with an SSRI").first.click()
    question = screen.wait_drawn()
    assert [arm["name"] for arm in question["arms"]] == ["ketamine", "SSRI"]
    assert question["until_d"] == 42
    rows = screen.table(MADRS)
    assert [row[0] for row in rows] == ["ketamine", "SSRI"]
    assert float(rows[0][3]) < float(rows[1][3]) - 5  # a day: ketamine acts, an SSRI not yet
    assert "day 42" in screen.page.get_by_label("Answer").inner_text()


def test_an_arm_more_and_a_named_regimen(open_page):
    screen = open_page(plain(until_d=28))
    screen.page.get_by_role("button", name="+ Arm").click()
    assert len(screen.wait_drawn()["arms"]) == 3
    screen.page.get_by_role("button", name="A named regimen for ketamine").click()
    screen.page.locator(".choices [role=menuitem], .choices button").first.click()
    question = screen.wait_drawn()
    assert question["arms"][0]["steps"] != plain()["arms"][0]["steps"]
    assert [row[0] for row in screen.table(MADRS)] == [arm["name"] for arm in question["arms"]]


def test_the_address_holds_the_question(open_page):
    screen = open_page()
    screen.slide(DOSE, 0.8)
    screen.page.locator("#pathway-bursts").click()
    question = screen.wait_drawn()
    # On a slow machine the slider's own question stands there first.
    screen.wait(lambda: screen.address_question() == question, "the question in the address")
    row = screen.table(MADRS)
    screen.page.reload()
    assert screen.wait_drawn() == question
    assert screen.table(MADRS) == row
    screen.page.go_back()
    screen.wait(lambda: screen.wait_drawn() != question, "the question before")


def test_a_link_cut_short_is_told(open_page, serving):
    screen = open_page()
    screen.page.goto("about:blank")
    screen.page.goto(serving.address + "#q=eyJ2IjoxLCJ")
    screen.wait_drawn()
    assert "The link cannot be read" in screen.page.locator(".problems").inner_text()


def test_a_model_that_fails_says_so_and_the_last_picture_stays(open_page):
    screen = open_page(plain())
    row = screen.table(MADRS)
    screen.page.evaluate("f => { location.hash = f }", asked_as(values={"CL_S": 1e300}))
    problems = screen.page.locator(".problem")
    screen.wait(lambda: problems.count(), "the problem in words")
    assert "The equations could not be solved" in problems.first.inner_text()
    assert screen.table(MADRS) == row
    screen.page.evaluate("f => { location.hash = f }", asked_as(until_d=2))
    screen.wait_drawn()
    screen.wait(lambda: problems.count() == 0, "the problem to go")


def test_a_mistake_is_told_where_it_was_made(open_page):
    screen = open_page(plain())
    field = screen.page.get_by_label("over").first
    field.fill("40")
    field.press("Enter")
    assert screen.page.get_by_text("a time needs a unit").count() == 1
    field.fill("30 min")
    field.press("Enter")
    assert screen.wait_drawn()["arms"][0]["steps"][0]["over"] == "30 min"


def test_a_dropped_connection_is_mended(open_page, serving):
    screen = open_page(plain())
    serving.stop()
    words = screen.page.locator(".status")
    screen.wait(lambda: "reconnecting" in words.inner_text(), "the loss to be told")
    assert "connection to the server was lost" in screen.page.locator(".problems").inner_text()
    screen.slide(DOSE, 0.9)  # asked meanwhile, answered afterwards
    serving.start()
    question = screen.wait_drawn()
    assert question["arms"][0]["steps"][0]["dose"] == "0.9 mg/kg"
    screen.wait(lambda: not screen.page.locator(".problem").count(), "the word of loss to go")
    assert all("ERR_CONNECTION" in line for line in screen.errors)  # refused meanwhile
    screen.errors.clear()


def test_a_catalogue_that_is_not_ready_is_waited_for(open_page, browser, serving):
    screen = open_page(drawn=False)
    turns = []

    def not_yet(route):
        turns.append(1)
        if len(turns) < 4:
            route.fulfill(status=503, json={"kind": "preparing"})
        else:
            route.continue_()

    screen.page.route("**/catalogue.json", not_yet)
    screen.page.reload()
    said = screen.page.get_by_text("Preparing the model")
    screen.wait(said.count, "the page to say why it waits")
    screen.wait_drawn()
    assert len(turns) == 4
    assert all("503" in line for line in screen.errors)
    screen.errors.clear()


def test_a_population_has_its_ribbon(open_page):
    screen = open_page(plain(n=20))
    screen.page.get_by_role("button", name="A population").click()
    question = screen.wait_drawn("ribbon")
    assert question["people"] == "population"
    assert "20" in screen.page.get_by_label("Answer").inner_text()
