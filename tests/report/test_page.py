"""The page: whole, self-contained, safe, and never half-written."""

import re
from html.parser import HTMLParser

import pytest

from ketasim.errors import UserError
from ketasim.report import files, write_report
from ketasim.report.page import page
from ketasim.report.page_shell import NOTICE
from tests.report import synthetic

VOID = {"meta", "br", "input", "link", "img", "hr", "path", "use", "rect"}


class Outline(HTMLParser):
    """Collects what tests ask of the page, and whether tags are closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.tags = [], [], [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if "href" in found else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def text():
    return page(synthetic.contents())


@pytest.fixture(scope="module")
def outline(text):
    found = Outline()
    found.feed(text)
    return found


def test_every_tag_is_closed(outline):
    assert outline.open == []


def test_identifiers_are_unique_and_every_link_lands(outline):
    assert len(outline.ids) == len(set(outline.ids))
    assert {link[1:] for link in outline.links} <= set(outline.ids)
    assert all(link.startswith("#") for link in outline.links)


def test_the_page_asks_nothing_of_the_network(text, outline):
    addresses = set(re.findall(r'https?://[^\s"\'<>)]+', text))
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert not [tag for tag, attrs in outline.tags if "src" in attrs or tag == "link"]
    assert "@import" not in text
    assert "url(http" not in text


def test_it_is_small_enough_to_mail(text):
    assert len(text.encode()) < 3_000_000


def test_headings_of_the_credibility_standards(text):
    for heading in ("Question of interest", "Context of use", "Model influence", "risk"):
        assert heading in text


def test_the_notice_is_there_once(text):
    assert text.count(NOTICE) == 1


def test_every_table_has_a_caption_and_every_picture_a_description(outline):
    tags = [tag for tag, _ in outline.tags]
    assert tags.count("table") == tags.count("caption") > 5
    pictures = [attrs for tag, attrs in outline.tags if tag == "svg"]
    assert len(pictures) == 7
    assert all(attrs["role"] == "img" and attrs["aria-labelledby"] for attrs in pictures)


def test_all_parameters_and_their_tiers_are_there(text, outline):
    rows = [attrs["data-tier"] for _, attrs in outline.tags if "data-tier" in attrs]
    assert rows == ["measured", "measured", "derived", "calibrated", "assumed"]
    assert "8.333×10<sup>−4</sup>" in text


def test_what_others_wrote_is_escaped():
    evil = "<script>alert(1)</script>"
    text = page(
        synthetic.contents(
            title=evil,
            question=evil,
            limits=[evil],
            provenance={"command": evil},
            lint=[("error", evil, evil, evil)],
        )
    )
    assert evil not in text
    assert text.count("<script>") == 1


def test_source_keys_lead_to_the_sources(text):
    assert '<a href="#ref-fanta2015">fanta2015</a>' in text


def test_the_least_study_still_gives_a_page():
    arms = {"one": synthetic.arm(n=1, outputs=["Cket"], end_h=24.0)}
    text = page(
        synthetic.contents(
            arms=arms, main_arm="one", control_arm=None, attribution=(), mechanisms=(),
            parameters=(), lint=(), doses={}, provenance={}, checks=(), limits=(), references={},
        )
    )  # fmt: skip
    assert "MADRS was not recorded" in text
    assert text.count('class="missing"') == 6


def test_a_wrong_arm_is_named_with_the_nearest():
    with pytest.raises(UserError, match="'salin' is no arm; nearest: saline"):
        synthetic.contents(control_arm="salin")


def test_the_report_is_written_and_folders_are_made(tmp_path):
    target = tmp_path / "deep" / "report.html"
    assert write_report(synthetic.contents(), target) == target
    assert target.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert [path.name for path in target.parent.iterdir()] == ["report.html"]


def test_an_unwritable_folder_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError) as problem:
        write_report(synthetic.contents(), tmp_path / "file" / "report.html")
    assert "\n" not in str(problem.value)
    assert "cannot write" in str(problem.value)


def test_an_interruption_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "report.html"
    target.write_text("old")

    def interrupt(*paths):
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        files.write_file(target, b"new")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_importing_the_report_loads_no_heavy_package():
    import subprocess
    import sys

    code = "import sys, ketasim.report; print({'matplotlib', 'xarray'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
