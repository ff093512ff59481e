"""Nothing that is read can run, reach other files, or stop the computer; each refusal is a line."""

from __future__ import annotations

import ast
import os
import time
from pathlib import Path

import pytest

import ketasim
from ketasim.cli.record import read_record
from ketasim.dosing import read_data
from ketasim.engine import compile_model
from ketasim.engine.sbml_guard import check_document
from ketasim.errors import UserError
from ketasim.inference.screen_file import read_candidates
from ketasim.input_files import FORMULA_DEPTH, TEXT_MB, named_file, read_text
from ketasim.model import assemble
from ketasim.model.antimony_gate import checked_antimony
from ketasim.model.formula import FormulaError, parse
from ketasim.model.sbml_document import sbml_from_antimony
from ketasim.model.sbml_import import read_model
from ketasim.model.sources import read_sources
from ketasim.population import from_file
from ketasim.study import load_study, prepare, read_study
from ketasim.toml_tables import parsed
from ketasim.trial.trial_file import load_trial
from tests.model.own import own_mechanism
from tests.study.small import small_study

PACKAGE = Path(ketasim.__file__).parent
SBML = "http://www.sbml.org/sbml/level3/version2/core"
MATH = "http://www.w3.org/1998/Math/MathML"
CORE = f'<sbml xmlns="{SBML}" level="3" version="2">'


def refused(call, *words: str, seconds: float = 20.0) -> str:
    """Return the one line with which a call is refused, and soon."""
    start = time.process_time()
    with pytest.raises(UserError) as error:
        call()
    assert time.process_time() - start < seconds
    line = str(error.value)
    assert "\n" not in line
    assert len(line) < 600
    for word in words:
        assert word in line, line
    return line


# --- the source


FORBIDDEN = {"eval", "exec", "compile", "__import__", "breakpoint"}
MODULES = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "marshal",
    "shelve",
    "yaml",
    "joblib",
    "xdrlib",
}
# The gallery shows the lines that draw its figures, and runs them: constants of the package.
OF_THE_PACKAGE = {("report/gallery.py", "exec"), ("report/gallery.py", "compile")}
FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_no_source_runs_what_it_reads(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            where = (str(file.relative_to(PACKAGE)), node.func.id)
            assert node.func.id not in FORBIDDEN or where in OF_THE_PACKAGE, f"{file}:{node.lineno}"
        if isinstance(node, ast.Attribute):
            name = node.value.id if isinstance(node.value, ast.Name) else ""
            assert (name, node.attr) not in {("os", "system"), ("np", "load"), ("pd", "eval")}
            assert node.attr not in {"read_pickle", "from_pickle", "to_pickle", "allow_pickle"}
        if isinstance(node, ast.keyword):
            assert not (node.arg == "shell" and getattr(node.value, "value", True)), file
            assert node.arg != "allow_pickle", file
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & MODULES, file
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in MODULES, file


# --- files that are none


def readers(folder: Path):
    """Return every reader of a user's file, by what is read."""
    return {
        "study": load_study,
        "trial": load_trial,
        "people": from_file,
        "data": read_data,
        "molecules": read_candidates,
        "record": read_record,
        "bibliography": read_sources,
        "model": lambda path: read_model(path.rename(path.with_suffix(".xml"))),
        "mechanism": lambda path: assemble(add=[path.rename(path.with_suffix(".ant"))]),
    }


KINDS = tuple(readers(Path()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", ["folder", "pipe", "device", "huge", "not text", "circle"])
def test_what_is_no_ordinary_file(tmp_path, kind, what):
    path = tmp_path / "given"
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)  # to open it for reading would wait for ever
    elif what == "device":
        path.symlink_to("/dev/zero")
    elif what == "circle":
        path.symlink_to(path)
    elif what == "huge":
        with path.open("wb") as file:
            file.truncate(2_000_000_000)  # holds nothing on the disk
    else:
        path.write_bytes(b"a,b\n\xff\xfe\x00\n")
    words = {"folder": "is a folder", "pipe": "a pipe", "device": "a device"}.get(what, "given")
    if (kind, what) == ("record", "folder"):
        words = "run.json: no such file"  # the folder of a run may be given
    refused(lambda: readers(tmp_path)[kind](path), words)


def test_a_file_that_does_not_know_its_size():
    if not Path("/proc/self/maps").is_file():
        pytest.skip("no such files here")
    refused(lambda: read_text(Path("/proc/self/maps"), limit_mb=0.0001), "the most that is read")


def test_the_byte_order_mark_and_line_ends_are_taken_off(tmp_path):
    (tmp_path / "t").write_bytes("\ufeffa\r\nb\rc".encode())
    assert read_text(tmp_path / "t") == "a\nb\nc"
    (tmp_path / "t").write_bytes(b"a" * (TEXT_MB * 1_000_000))
    assert len(read_text(tmp_path / "t")) == TEXT_MB * 1_000_000
    refused(lambda: read_text(tmp_path / "t", TEXT_MB - 1), "the most that is read")
    refused(lambda: read_text(tmp_path / "a\x00b"), "no name of a file")


# --- files that a study names


NAMES = (
    "../../etc/passwd", "/etc/passwd", "/dev/zero", "../people.csv", "inner/../../people.csv",
    "link.csv", "linked/people.csv", "a\x00b", "",
)  # fmt: skip


def spiteful_folder(folder: Path) -> Path:
    """Return a folder of a study with links out of it."""
    study = folder / "study"
    (study / "inner").mkdir(parents=True)
    (folder / "people.csv").write_text("ID,WT\n1,70\n")
    (study / "link.csv").symlink_to(folder / "people.csv")
    (study / "linked").symlink_to(folder)
    return study


@pytest.mark.parametrize("name", NAMES)
def test_a_study_names_no_file_outside_its_folder(tmp_path, name):
    folder = spiteful_folder(tmp_path)
    line = refused(lambda: named_file(folder, name, "s.toml: add"), "s.toml: add: ")
    assert "root:" not in line


@pytest.mark.parametrize("key", ["people", "add"])
@pytest.mark.parametrize("name", ["../../etc/passwd", "/dev/zero", "link.csv", "linked/p.ant"])
def test_the_keys_of_a_study_are_bound_alike(tmp_path, key, name):
    folder = spiteful_folder(tmp_path)
    change = (
        ('name = "trd"', f'file = "{name}"')
        if key == "people"
        else ("n = 6", f'n = 6\nadd = ["{name}"]')
    )
    file = small_study(folder, change)
    where = "population.file" if key == "people" else "add"
    line = refused(lambda: prepare(load_study(file)), f"small.toml: {where}: ")
    assert "root:" not in line


def test_a_file_below_the_folder_and_a_link_within_it_are_read(tmp_path):
    folder = spiteful_folder(tmp_path)
    (folder / "inner" / "people.csv").write_text("ID,WT\n1,70\n2,80\n")
    (folder / "within.csv").symlink_to(folder / "inner" / "people.csv")
    for name in ("inner/people.csv", "within.csv", "inner/../within.csv"):
        assert named_file(folder, name, "here").is_file()


# --- numbers, counts and nesting


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("n = 6", "n = " + "9" * 5000, "not TOML: Exceeds the limit"),
        ("n = 6", "n = 10_000_000_000_000", "out of range"),
        ("n = 6", "n = 1e400", "whole number"),
        ("n = 6", "n = " + "[" * 20_000, "nested too deeply"),
        ("n = 6", "n = " + "[" * 900 + "]" * 900, "small.toml"),
        ("n = 6", "n = 6\n" + ".".join("a" * 3000) + " = 1", "small.toml"),
        ('name = "trd"', "overrides.WT = inf", "small.toml"),
        ('drug = "ketamine"', 'drug = "ketamine"\nevery = "1 h"\ntimes = 1000000000', "too many"),
        ('drug = "ketamine"', 'drug = "ketamine"\nper_week = 3\nweeks = 999999999', "too many"),
        ('dose = "0.5 mg/kg"', 'dose = "1e999 mg"', "dose"),
        ('every = "2 h"', 'every = "1e-5 s"', "some milliseconds"),
        ('every = "2 h"', 'every = "1e-2 s"', "the most is 200,000"),
        ('until = "26 h"', 'until = "1e300 years"', "small.toml"),
        ('until = "26 h"', f'until = "{"9" * 5000} h"', "small.toml"),
        ("seed = 3", "seed = -1", "out of range"),
        ("seed = 3", "seed = 99999999999999999999", "seed"),
        ("[times]", "__proto__ = 1\n[times]", "no such key"),
        ("n = 6", 'n = 6\nadd = ["a.ant"]\n' * 2, "not TOML"),
    ],
)
def test_a_study_that_asks_for_too_much(tmp_path, old, new, message):
    file = small_study(tmp_path, (old, new))
    with pytest.raises(UserError) as error:
        prepare(load_study(file))
    assert message in str(error.value)
    assert all(len(line) < 400 for line in str(error.value).splitlines())


@pytest.mark.parametrize(
    "formula",
    [
        "-" * 9000 + "x",
        "x-" * 9000 + "x",
        "x^" * 9000 + "x",
        "exp(" * 3000 + "x" + ")" * 3000,
        "x+" * 9000 + "x",
        "x" * 30_000,
    ],
)
def test_formulas_that_would_exhaust_the_stack(formula):
    start = time.process_time()
    with pytest.raises(FormulaError):
        parse(formula)
    assert time.process_time() - start < 5


def test_brackets_around_brackets_are_none():
    assert parse("(" * 9000 + "x" + ")" * 9000) == parse("x")


def test_a_formula_as_deep_as_is_allowed():
    assert parse("exp(" * (FORMULA_DEPTH - 2) + "x" + ")" * (FORMULA_DEPTH - 2)).op == "call"


def test_functions_of_functions_do_not_multiply(tmp_path):
    bomb = "kept(" * 40 + "glu" + ")" * 40  # kept has its argument twice: 2^40 operations
    file = own_mechanism(tmp_path, ("glu - ring", f"{bomb} - ring"))
    refused(lambda: assemble(add=[file]), "echo.ant:8: functions of functions")


def test_a_long_chain_of_assignments(tmp_path):
    lines = "\n".join(
        f"  variable v{k} ratio // v\n  v{k} := v{k - 1} + 1;" for k in range(1, 1500)
    )
    file = own_mechanism(
        tmp_path, ("  ring'", f"  variable v0 ratio // v\n  v0 := glu;\n{lines}\n  ring'")
    )
    refused(lambda: assemble(add=[file]), "too deeply", seconds=60)


def test_numbers_and_cells_of_a_table(tmp_path):
    for cell in ("1e400", "nan", "inf", "0x10", "1" * 200_000, "__import__('os')"):
        refused(lambda c=cell: assemble(add=[own_mechanism(tmp_path, ("2,1/h", f"{c},1/h"))]),
                "echo.csv")  # fmt: skip


# --- time that must not grow with the square of a file


LONG = 1_000_000
LINES = "\n".join


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("study", "a." * LONG + "a = 1"),
        ("study", "[" + "a." * LONG + "a]"),
        ("study", '"a b" . ' * LONG + "a = 1"),
        ("study", 'title = "' + "a" * LONG + '"'),
        ("trial", "a." * LONG + "a = 1"),
        ("antimony", "/*" * LONG),
        ("antimony", LINES(f"p{k} = 1" for k in range(100_000))),
    ],
    ids=["dotted key", "dotted table", "quoted key", "long title", "trial", "comments", "lines"],
)
def test_a_long_file_is_refused_soon(tmp_path, kind, text):
    path = tmp_path / ("given.ant" if kind == "antimony" else "given.toml")
    path.write_text(text)
    read = {"study": load_study, "trial": load_trial, "antimony": read_model}[kind]
    start = time.process_time()
    with pytest.raises(UserError) as error:
        read(path)
    assert time.process_time() - start < 10
    assert all(len(line) < 600 for line in str(error.value).splitlines())


@pytest.mark.parametrize("text", ["a" * LONG, "a={" * LONG, "@a{" * LONG])
def test_a_long_bibliography_is_read_soon(tmp_path, text):
    (tmp_path / "a.bib").write_text("@misc{key,\n" + text)
    start = time.process_time()
    assert "key" in read_sources(tmp_path / "a.bib")
    assert time.process_time() - start < 10


def test_keys_and_texts_with_dots_are_kept():
    title = "." * 200 + " a.b.c " + "1.5 " * 200
    assert parsed(f'a.b.c = 1\nt = "{title}"', "f") == {"a": {"b": {"c": 1}}, "t": title}


# --- Antimony


@pytest.mark.parametrize(
    "text",
    [
        'import "/etc/passwd"\nmodel ketasim\nend',
        'model ketasim\n  x = 1; import "/etc/passwd"\nend',
        'IMPORT "/etc/passwd"',
        'import\n"/etc/passwd"',
        '/* a */ import /* b */ "/etc/passwd"',
        'x is "a"; import "/etc/passwd"',
        '# " \nimport "/etc/passwd"',
        '"""\nimport "/etc/passwd"',
        '// \\\nimport "/etc/passwd"',
        '/* import "/etc/passwd"',
    ],
)
def test_antimony_reads_no_other_file(text):
    line = refused(lambda: checked_antimony(text, "m.ant"), "m.ant:", "refused")
    assert "root:" not in line
    refused(lambda: sbml_from_antimony(text))


def test_the_word_import_may_stand_in_comments_and_labels():
    text = 'model ketasim // import "a"\n  x = 1; x is "calcium import"; /* import */\nend'
    assert "calcium import" in sbml_from_antimony(text)


@pytest.mark.parametrize("formula", ["1-" * 6000 + "1", "(" * 3000 + "1" + ")" * 3000])
def test_antimony_never_sees_what_would_end_the_program(tmp_path, formula):
    (tmp_path / "m.ant").write_text(f"model m\n  x := {formula};\nend\n")
    refused(lambda: read_model(tmp_path / "m.ant"), "m.ant:2:", "statement")


# --- SBML


def model_of(inside: str, head: str = CORE, before: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}{head}<model id="m">{inside}</model></sbml>'
    )


def ruled(*math: tuple[str, str]) -> str:
    """Return a document of assignment rules."""
    parameters = "".join(f'<parameter id="{name}" constant="false"/>' for name, _ in math)
    rules = "".join(
        f'<assignmentRule variable="{name}"><math xmlns="{MATH}">{body}</math></assignmentRule>'
        for name, body in math
    )
    return model_of(
        f"<listOfParameters>{parameters}</listOfParameters><listOfRules>{rules}</listOfRules>"
    )


def test_a_small_document_passes():
    check_document(ruled(("a", "<cn>1</cn>")))
    assert compile_model(ruled(("a", "<cn>1</cn>")), ["a"]) is not None


ENTITIES = "<!DOCTYPE sbml [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {chr(98 + k)} '{('&' + chr(97 + k) + ';') * 10}'>" for k in range(9)
) + "]>"  # fmt: skip
COMP = "http://www.sbml.org/sbml/level3/version1/comp/version1"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (model_of("<notes>&j;</notes>", before=ENTITIES), "document type"),
        (model_of("", before="<!DOCTYPE sbml SYSTEM 'file:///etc/passwd'>"), "document type"),
        (model_of("<notes><xi:include xmlns:xi='http://www.w3.org/2001/XInclude' "
                  "href='/etc/passwd'/></notes>"), "includes another file"),
        (model_of("", CORE.replace(">", f" xmlns:comp='{COMP}' comp:required='true'>")
                  + "<comp:listOfExternalModelDefinitions><comp:externalModelDefinition "
                  "comp:id='e' comp:source='file:///etc/passwd'/>"
                  "</comp:listOfExternalModelDefinitions>"), "another file"),
        (model_of("").replace("UTF-8", "UTF-16"), "save it as UTF-8"),
        (model_of("").replace("UTF-8", "IBM037"), "save it as UTF-8"),
        (ruled(("a", "<apply><minus/>" * 100_000 + "<cn>1</cn>" + "</apply>" * 100_000)),
         "nested more than"),
        (model_of("")[:-12], "not a readable SBML document"),
        ("", "not a readable SBML document"),
        ("<html/>", "not a readable SBML document"),
        (model_of("<listOfParameters>"), "not a readable SBML document"),
        (ruled(("a", "<ci>b</ci>"), ("b", "<ci>a</ci>")), "in a circle"),
        (ruled(("a", "<ci>a</ci>")), "in a circle"),
        (ruled(("a", "<ci>none</ci>")), ""),
    ],
)  # fmt: skip
def test_sbml_that_is_refused(tmp_path, text, word):
    line = refused(lambda: compile_model(text, ["a"]), word)
    assert "root:" not in line
    (tmp_path / "m.xml").write_text(text)
    refused(lambda: _imported(tmp_path / "m.xml"))


def _imported(path: Path) -> None:
    from ketasim.model.imported import ImportOptions
    from ketasim.model.sbml_import import import_model

    options = ImportOptions(outputs={"a": "aa"}, unit_else="ratio", time="h")
    import_model(path, "mine", options)


def test_functions_of_sbml_do_not_multiply(tmp_path):
    once = "<apply><ci>f{0}</ci><ci>x</ci></apply>"
    call = f"<apply><plus/>{once}{once}</apply>"
    bodies = ["<ci>x</ci>", *(call.format(k) for k in range(60))]
    functions = "".join(
        f'<functionDefinition id="f{k}"><math xmlns="{MATH}"><lambda><bvar><ci>x</ci></bvar>'
        f"{body}</lambda></math></functionDefinition>"
        for k, body in enumerate(bodies)
    )
    text = ruled(("a", "<apply><ci>f60</ci><cn>1</cn></apply>")).replace(
        "<listOfParameters>",
        f"<listOfFunctionDefinitions>{functions}</listOfFunctionDefinitions><listOfParameters>",
    )
    refused(lambda: compile_model(text, ["a"]), "more than 2,000,000 operations")
    (tmp_path / "m.xml").write_text(text)
    refused(lambda: _imported(tmp_path / "m.xml"), "operations")


def test_a_chain_of_rules_too_long_for_the_stack():
    links = [(f"p{k}", f"<apply><plus/><ci>p{k + 1}</ci><cn>1</cn></apply>") for k in range(5000)]
    refused(lambda: compile_model(ruled(*links, ("p5000", "<cn>1</cn>")), ["p0"]), "too deeply",
            seconds=60)  # fmt: skip


def test_a_million_parameters_take_a_bounded_time(tmp_path):
    many = "".join(f'<parameter id="p{k}" value="1" constant="true"/>' for k in range(1_000_000))
    text = model_of(f"<listOfParameters>{many}</listOfParameters>")
    refused(lambda: check_document(text), "the most is", seconds=5)
    (tmp_path / "m.xml").write_text(text)
    refused(lambda: _imported(tmp_path / "m.xml"), "the most", seconds=5)
    fewer = many[: many.index('<parameter id="p50000"')]
    less = model_of(f"<listOfParameters>{fewer}</listOfParameters>")
    (tmp_path / "m.xml").write_text(less)
    refused(lambda: _imported(tmp_path / "m.xml"), "a mechanism takes at most", seconds=60)


# --- a study's text from somewhere else


def test_a_study_says_whether_it_names_files():
    text = load_study().plain()
    assert not load_study().names_files
    for extra in ({"add": ["a.ant"]}, {"population": {"file": "p.csv"}}):
        from ketasim.study import checked_study

        assert checked_study({**text, **extra}, "x").names_files


def test_words_in_a_study_are_only_words(tmp_path):
    title = "<script>alert(1)</script> ${x} $\\\\frac{ ; import os"
    study = read_study(small_study(tmp_path, ('"Small"', f'"{title}"')).read_text(), "x.toml")
    assert study.title.startswith("<script>")
    assert "<script" not in study._repr_html_()
