"""Words, figures and page of a tournament, on rows made by hand."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ketasim.inference.tournament.summary import Shift
from ketasim.report import tournament_words as words
from ketasim.report.figure_chances import label, telling
from ketasim.report.style import Missing, Picture
from ketasim.report.svg import png
from ketasim.report.tournament_page import draw_tournament, tournament_page
from ketasim.report.tournament_tables import chance, proposed_table
from tests.report.synthetic_tournament import contenders, made, reports, shifts

EMPTY = {"decided": (), "shifts": (), "carried": (), "known": (), "proposed": (), "together": ()}


@pytest.fixture(scope="module")
def page():
    found = made()
    return tournament_page(found, draw_tournament(found), {"command": "ketasim tournament"})


def test_what_all_fail_stands_before_any_weight(page):
    main = page[page.index("<main>") :]
    assert main.index("What every hypothesis fails") < main.index("finding-2") < main.index("70 %")
    headline = words.headline(made())
    assert headline.startswith("3 reports of 40 are explained by none of 5 hypotheses.")


def test_the_page_is_whole_and_escaped(page):
    assert "<i>alone</i>" not in page
    assert "Rafts &amp; cAMP" in page
    assert "not medical advice" in page
    assert not re.search(r'(src|href)="https?:', page)
    for text in ("The next experiment", "Not informed by this evidence", "without lab3",
                 "−10.7 points", "after a course", "silent habenula to effect"):  # fmt: skip
        assert text in page
    assert page.count("<h2") == 11


def test_without_slow_analyses_it_says_so():
    found = made(**EMPTY)
    pictures = draw_tournament(found)
    text = tournament_page(found, pictures, {})
    assert isinstance(pictures["carried"], Missing)
    assert isinstance(pictures["known"], Missing)
    for said in ("What follows from other choices was not computed", "Not shown: attribution",
                 "Which experiment would tell most was not computed"):  # fmt: skip
        assert said in text


def test_one_hypothesis_alone():
    one = contenders()[:1]
    held = tuple(replace(each, chances=each.chances[:1]) for each in reports())
    found = made(hypotheses=one, reports=held, **EMPTY)
    assert "nothing to weigh" in words.headline(found)
    assert "of 1 hypothesis" in words.headline(found)
    assert "The hypotheses" in tournament_page(found, draw_tournament(found), {})


def test_hypotheses_that_are_not_told_apart_are_said_to_be_so():
    close = made(hypotheses=contenders((0.4, 0.35, 0.15, 0.09, 0.01)))
    assert words.headline(close).endswith("they are not told apart.")
    assert "(36 to 44 % with the Monte Carlo error)" in words.headline(close)
    rough = tuple(replace(each, low=0.1, high=0.9) for each in contenders())
    assert words.headline(made(hypotheses=rough)).endswith("they are not told apart.")
    assert "not told apart" not in words.headline(made())


def test_a_change_that_turns_the_order_is_told():
    assert [each.change for each in words.overturned(made())] == ["without lab3"]
    steady = words.shift_words(made(shifts=shifts(turned=False)))
    assert "None puts another hypothesis before" in steady[1]
    assert "55 %" in steady[1]
    assert "every lapse rate doubled" in steady[1]
    assert "1 change" in words.rough_words(made())
    told = words.turned_words(made(), shifts()[-1])
    assert told == "without lab3: Resting block 52 %, Surge <i>alone</i> 30 %"


def test_what_is_not_informed_is_named():
    told = words.known_words(made())
    assert "w_hb (silent habenula to effect)" in told[1]
    assert told[0].startswith("4 parameters are free in one hypothesis or more. 3 are informed")


def test_what_the_leader_does_not_learn_is_named():
    rows = [replace(row, informed=(row.parameter, row.hypothesis) != ("g", "surge"))
            for row in made().known]  # fmt: skip
    assert words.known_words(made(known=tuple(rows)))[-1] == (
        "Not informed under Surge <i>alone</i>: g."
    )


def test_nothing_fails_by_all():
    found = made(reports=reports(failed=0))
    assert words.failed_words(found).startswith("Every report is likelier")
    assert "0 reports of 40 are" in words.headline(found)


def test_many_that_fail_are_folded():
    found = made(reports=reports(n=40, failed=25))
    text = tournament_page(found, draw_tournament(found), {})
    assert "10 more that every hypothesis fails" in text
    assert all(f"finding-{k}<" in text for k in range(25))


def test_figures_are_drawn_and_told():
    pictures = draw_tournament(made())
    for picture in pictures.values():
        assert isinstance(picture, Picture)
        assert picture.alt
        assert picture.caption.endswith(".")
        assert len(png(picture, 40)) > 1000
    assert "Surge <i>alone</i> 70 %" in pictures["weights"].alt
    assert "ketamine 24 h: BDNF release and TrkB 39 %" in pictures["carried"].alt
    assert "not informed anywhere: w_hb" in pictures["known"].alt


def test_the_map_shows_what_differs_most():
    found = made(reports=reports(n=100))
    rows = telling(found, 10)
    assert len(rows) == 10
    least = min(max(r.chances) - min(r.chances) for r in rows)
    others = [r for r in found.reports if r not in rows and not r.failed_by_all]
    assert least >= max(max(r.chances) - min(r.chances) for r in others)
    assert label(replace(rows[0], word="-3 points")).endswith(": −3 points")


def test_who_expects_what_stands_together():
    text = proposed_table(made())
    first = text[text.index("<tbody>") :].split("</tr>")[0]
    up, none = first.split("<strong>none</strong>")
    assert "Resting block 80 %" in up
    assert "Habenula 70 %, Rafts &amp; cAMP 95 %" in none
    assert "none tried" in text


def test_numbers_of_a_chance():
    assert (chance(0.0), chance(0.001), chance(0.5)) == ("0.00", "<0.01", "0.50")


def test_a_change_of_unknown_kind_is_still_told():
    odd = Shift("moon", "another moon", (0.7, 0.2, 0.05, 0.04, 0.01))
    assert "Tried: 1 moon" in words.shift_words(made(shifts=(odd,)))[0]
