"""The documentation names every public name, command and field; its code is code that runs."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import re
import shlex
import sys
import tomllib
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
sys.path.insert(0, str(DOCS / "_extensions"))

import reference_commands  # noqa: E402
import reference_files  # noqa: E402
import reference_python  # noqa: E402

PUBLIC = [(layer, name) for layer, names in reference_python.layers().items() for name in names]
WRITTEN = [
    p for p in (DOCS, DOCS / "decisions", DOCS / "tutorials") for p in sorted(p.glob("*.md"))
]
CODE = re.compile(r"^```(?:\{code-cell\} )?(python|ipython3|sh)\n(.*?)^```", re.M | re.S)


TUTORIALS = sorted((DOCS / "tutorials").glob("[0-9]*.md"))
OPTIONS = re.compile(r"\A(?::\w+:.*\n)+\n?")  # of a cell
MACHINE = re.compile(r"""(?:^|[\s"'(=])(?:/(?:home|Users|root|tmp|var|work|opt)/|~/|[A-Z]:\\)""")


def code_of(page):
    """Yield language and text of each block of code of a page."""
    for language, body in CODE.findall(page.read_text("utf-8")):
        text = OPTIONS.sub("", body)
        first, _, rest = text.partition("\n")
        if first == "%%sh":
            yield "sh", rest
        elif first.startswith("%%writefile "):
            yield Path(first).suffix, rest
        else:
            yield language, text


def blocks(*languages):
    """Return the blocks of code of written pages."""
    return [
        pytest.param(text, id=f"{page.name}:{number}")
        for page in WRITTEN
        for number, (language, text) in enumerate(code_of(page), 1)
        if language in languages
    ]


@pytest.mark.parametrize(("layer", "name"), PUBLIC, ids=[f"{a}.{b}" for a, b in PUBLIC])
def test_a_public_name_is_documented(layer, name):
    value = getattr(importlib.import_module(f"ketasim.{layer}"), name)
    if inspect.isclass(value) or callable(value):
        told = inspect.getdoc(value) or ""
        assert len(told.split()) > 2
        assert not told.startswith(f"{name}("), "a dataclass without a docstring of its own"
    elif not inspect.ismodule(value):
        assert name in reference_python.CONSTANTS


def test_the_reference_has_every_public_name():
    pages = reference_python.pages()
    for layer, name in PUBLIC:
        assert re.search(rf"ketasim\.{layer}\.{name}$", pages[f"{layer}.md"], re.M), name
    import ketasim

    for name in ketasim.__all__:
        assert f"`{name} <" in pages["index.md"]


def test_bare_numbers_have_units():
    """A parameter that is a float or an array says its unit in its name or its docstring."""
    unit = re.compile(r"_(h|d|mg|kg|mb|nM|nmol|ng_ml|n|size|share)$")
    for layer, name in PUBLIC:
        value = getattr(importlib.import_module(f"ketasim.{layer}"), name)
        if not inspect.isfunction(value) or "Parameters are those of" in (value.__doc__ or ""):
            continue
        for parameter in inspect.signature(value).parameters.values():
            if "float" in str(parameter.annotation) and not unit.search(parameter.name):
                assert re.search(rf"\b{parameter.name}\b", value.__doc__ or ""), (
                    layer, name, parameter.name,
                )  # fmt: skip


def test_the_reference_has_every_command_and_option():
    page = reference_commands.page()
    for name, function in reference_commands.commands().items():
        assert f"## ketasim {name}\n" in page
        section = page.split(f"## ketasim {name}\n")[1].split("\n## ")[0]
        for each in reference_commands.taken(function):
            assert f"`{each.names[0]}`" in section
            assert each.help, (name, each.names)


def test_the_reference_has_every_field():
    page = reference_files.page()
    for _, schema in reference_files.schemas().values():
        for table in (schema, *schema.get("$defs", {}).values()):
            for field in table.get("properties", {}):
                assert f"| `{field}` |" in page


@pytest.mark.parametrize("body", blocks("python", "ipython3"))
def test_python_is_python(body):
    ast.parse(body)


@pytest.mark.parametrize("body", blocks(".toml"))
def test_files_of_tutorials_are_toml(body):
    assert tomllib.loads(body)["title"]


@pytest.mark.parametrize("body", blocks("sh"))
def test_commands_and_options_exist(body):
    """Every command of a page is one of ours, with options it has."""
    known = reference_commands.commands()
    for line in body.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if not words or words[0] != "ketasim" or len(words) == 1:
            continue
        assert words[1] in known, line
        options = {n for t in reference_commands.taken(known[words[1]]) for n in t.names}
        options = {part for name in options for part in name.split("/")} | {"--help"}
        for word in words[2:]:
            if word.startswith("--"):
                assert word.split("=")[0] in options, line


def test_every_page_is_in_the_contents():
    text = (DOCS / "index.md").read_text("utf-8")
    for page in DOCS.glob("*.md"):
        if page.stem != "index":
            assert re.search(rf"^{page.stem}$", text, re.M), page.name


def test_tutorials_are_numbered_and_each_leads_to_the_next():
    assert [int(page.name.split("_")[0]) for page in TUTORIALS] == list(range(1, 9))
    others = {page.name for page in (DOCS / "tutorials").glob("*.md")} - {"index.md"}
    assert others == {page.name for page in TUTORIALS}
    for page, following in itertools.pairwise(TUTORIALS):
        last = page.read_text("utf-8").rstrip().splitlines()[-1]
        assert re.match(rf"Next: \[.+\]\({following.name}\)", last), page.name


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_says_what_one_can_do_and_has_the_command_and_a_typo(page):
    text = page.read_text("utf-8")
    assert re.search(r"\n# .+\n\n\*.+\?.*\*\n\nAfter this page you can ", text)
    assert ":tags: [raises-exception]" in text
    commands = [code for language, code in code_of(page) if language == "sh"]
    assert any(line.startswith("ketasim ") for code in commands for line in code.splitlines())
    long = [line for _, code in code_of(page) for line in code.splitlines() if len(line) > 96]
    assert long == [], "wider than the page"
    cells = re.findall(r"^```\{code-cell\}(.*)$", text, re.M)
    assert cells
    assert set(cells) == {" ipython3"}, "a cell without its language is not checked here"


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.stem)
def test_examples_have_no_path_of_a_machine(page):
    assert [code for _, code in code_of(page) if MACHINE.search(code)] == []


def test_the_gallery_draws_every_exhibit_and_says_how_to_read_it():
    generated_pages = pytest.importorskip("generated_pages")
    from ketasim.report.gallery_exhibits import EXHIBITS

    text = generated_pages.gallery()
    for each in EXHIBITS:
        section = text.split(f"\n## {each.title}\n")[1].split("\n## ")[0]
        assert len(each.read.split()) > 10
        assert each.read in section
        assert section.endswith("picture\n```\n")


def test_citations_are_found_outside_code_only():
    pytest.importorskip("pybtex", reason="the extra 'docs' is not installed")
    from citations import cited

    assert cited("a [@li2010; @ma2023].") == "a {cite}`li2010,ma2023`."
    assert cited("`[@key]` and\n```text\n[@key]\n```\n") == "`[@key]` and\n```text\n[@key]\n```\n"


def test_what_a_command_prints_in_pieces_is_one_text():
    pytest.importorskip("myst_nb", reason="the extra 'docs' is not installed")
    from nbformat.v4 import new_output
    from notebooks import joined

    pieces = [
        new_output("stream", name="stdout", text="1,0.667,keta"),
        new_output("stream", name="stderr", text="note\n"),
        new_output("stream", name="stdout", text="mine,368\n"),
    ]
    texts = {each["name"]: each["text"] for each in joined(pieces)}
    assert texts == {"stdout": "1,0.667,ketamine,368\n", "stderr": "note\n"}
