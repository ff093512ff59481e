"""The evidence book holds every finding with its verdict, what is wrong first."""

import csv
import re

import pytest

from ketasim.errors import UserError
from ketasim.evidence import SYSTEMS, load_findings, read_baseline
from ketasim.report.book_sources import FILES, bibtex, book_sources, study_key, written_sources
from ketasim.report.evidence_book import evidence_book
from ketasim.report.evidence_book_study import ORDER
from ketasim.report.evidence_run import TABLE


@pytest.fixture(scope="module")
def findings():
    return load_findings()


@pytest.fixture(scope="module")
def book():
    return evidence_book()


def rows(text, name):
    return [line for line in text.splitlines() if f"<br>`{name}`" in line]


def test_every_finding_stands_once_with_its_verdict(book, findings):
    text = "\n".join(book[f"{system}.md"] for system in SYSTEMS if f"{system}.md" in book)
    verdicts = read_baseline()
    for finding in findings:
        (row,) = rows(text, finding.id)
        assert row.startswith(f"| **{verdicts.get(finding.id, 'not recorded')}** |")


def test_what_is_contradicted_stands_first(book):
    for name in book:
        if not re.fullmatch(r"S\d+\.md", name):
            continue
        for section in book[name].split("\n## ")[1:]:
            order = [ORDER.index(v) for v in re.findall(r"^\| \*\*(.*?)\*\* \|", section, re.M)]
            assert order == sorted(order)


def test_scores_add_up(book, findings):
    verdicts = read_baseline()
    counted = [f for f in findings if f.counts and verdicts.get(f.id) in ORDER[:3]]
    plain = [f for f in counted if not f.contested]
    section = book["index.md"].split("## Score by role")[1].split("##")[0]
    shown = [int(n) for n in re.findall(r"^\| (?:used|held)[^|]*\| (\d+) \|", section, re.M)]
    assert sum(shown) == len(plain)


def test_links_lead_to_studies(book):
    for text in book.values():
        for page, anchor in re.findall(r"\]\((S\d+\.md)#(study-[\w-]+)\)", text):
            assert f'<a id="{anchor}"></a>' in book[page]


def test_a_run_brings_its_predictions(tmp_path, findings):
    chosen = next(f for f in findings if f.value is not None and f.clinical is None and f.measure)
    with (tmp_path / TABLE).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "verdict", "predicted", "low", "high", "reason"))
        writer.writerow((chosen.id, "contradicted", "123.4", "111", "137", ""))
    book = evidence_book(tmp_path)
    (row,) = [r for text in book.values() for r in rows(text, chosen.id)]
    assert row.startswith("| **contradicted** |")
    assert "123" in row
    assert "137" in row
    assert "not recorded" in "".join(book.values())


def test_a_run_that_is_none_is_told_in_a_line(tmp_path):
    with pytest.raises(UserError, match=f"no {TABLE} in"):
        evidence_book(tmp_path)
    (tmp_path / TABLE).write_text("id,verdict\nx,perhaps\n")
    with pytest.raises(UserError, match=r"evidence.csv:2: 'perhaps' of 'x'"):
        evidence_book(tmp_path)


def test_bibliography_has_every_source_once():
    keys = [key.lower() for key in book_sources()]
    assert len(keys) == len(set(keys))
    assert set(written_sources()) <= set(book_sources())
    assert len(FILES) == 3
    assert bibtex().count("\n}") == len(keys)


def test_a_study_without_entry_goes_by_its_own_name():
    assert study_key({"source": "Nobody 1999"}, "nobody1999") == "nobody1999"
    assert study_key({"source": "li2010"}, "anything") == "li2010"
    other = {"source": "Li 2010, another one", "doi": "10.1/other"}
    assert study_key(other, "li2010") == "study-li2010"
