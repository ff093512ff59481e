"""Read a mechanism file (.ant): a header of comments, declarations and plain Antimony."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from ketasim.errors import UserError, nearest
from ketasim.model.formula import (
    BUILTIN_FUNCTIONS,
    FormulaError,
    Function,
    Functions,
    Node,
    calls,
    expanded_size,
    is_reserved,
    names,
    parse,
)
from ketasim.model.mechanism import (
    CLOCKS,
    SYSTEMS,
    Balance,
    Declaration,
    Equation,
    EquationKind,
    Mechanism,
)
from ketasim.model.text_file import read_text
from ketasim.model.units import UnitError, parse_unit

NEEDED_KEYS = ("title", "systems", "clock", "biology")
HEADER_KEYS = (*NEEDED_KEYS, "companion", "mass balance")
DECLARATIONS = ("input", "output", "state", "variable", "event_input")

_MOST_OPERATIONS = 1_000_000
_HEADER = re.compile(r"//\s*([a-z][a-z ]*?)\s*:\s*(.*)\Z")
_DECLARATION = re.compile(
    r"(?P<kind>input|output|state|variable|event_input)\s+(?P<name>[A-Za-z]\w*)"
    r"(?:\s*=\s*(?P<rest>.+?))?\s+(?P<unit>[^\s=\[\]]+)"
    r"(?:\s*\[\s*(?P<low>[^,\]]+?)\s*,\s*(?P<high>[^,\]]+?)\s*\])?\s*;?\Z"
)
_STATEMENT = re.compile(r"(?P<target>[A-Za-z]\w*)\s*(?P<sign>'\s*=|:=|=)\s*(?P<formula>\S.*)\Z")
_START = re.compile(r"[A-Za-z]\w*\s*('\s*=|:=|=)|;")
_KINDS: dict[str, EquationKind] = {"'=": "rate", ":=": "assignment", "=": "initial"}
_CITATION = re.compile(r"@([\w:.+/-]*\w)")
_FUNCTION = re.compile(
    r"function\s+([A-Za-z]\w*)\s*\(([^)]*)\)\s*(.+?)\s*;?\s*\bend\b", flags=re.DOTALL
)


def read_functions(path: Path) -> dict[str, Function]:
    """Read the file of helper functions (``function NAME(args) ... end``).

    Parameters
    ----------
    path : Path
        May be missing: then there are no helper functions.

    Returns
    -------
    dict of str to Function

    Raises
    ------
    UserError
        If a body cannot be read, uses a name that is no argument, or calls a later function.
    """
    if not path.is_file():
        return {}
    text = re.sub(r"//[^\n]*", "", read_text(path))
    found: dict[str, Function] = {}
    end = 0
    for match in _FUNCTION.finditer(text):
        _refuse_leftover(path, text, end, match.start())
        end = match.end()
        line = text.count("\n", 0, match.start(3)) + 1
        arguments = tuple(a.strip() for a in match.group(2).split(",") if a.strip())
        where = f"{path.name}:{line}"
        body = _parsed(" ".join(match.group(3).split()), where, found)
        for name in names(body):
            if name not in arguments:
                raise UserError(f"{where}: '{name}' is no argument{nearest(name, arguments)}")
        found[match.group(1)] = Function(match.group(1), arguments, body)
    _refuse_leftover(path, text, end, len(text))
    return found


def _refuse_leftover(path: Path, text: str, start: int, end: int) -> None:
    rest = text[start:end]
    if rest.strip():
        line = text.count("\n", 0, start + len(rest) - len(rest.lstrip())) + 1
        raise UserError(
            f"{path.name}:{line}: expected 'function NAME(args) ... end', "
            f"got '{rest.split()[0]}'"
        )  # fmt: skip


def read_mechanism(path: Path, functions: Functions, known_sources: Collection[str]) -> Mechanism:
    """Read one mechanism file.

    Parameters
    ----------
    path : Path
        ``NAME.ant``; the model inside must be called NAME.
    functions : mapping of str to Function
        Helper functions the equations may call.
    known_sources : collection of str
        Keys of the bibliography.

    Returns
    -------
    Mechanism

    Raises
    ------
    UserError
        For any mistake, with file and line: a header line missing, a declaration or equation
        that cannot be read, a unit or function that is unknown, a name declared twice or
        never, a state without rate, an output without equation.
    """
    text = read_text(path)
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if line.strip()[:2] not in ("", "//")), None)
    if start is None:
        raise UserError(f"{path.name}: no 'model {path.stem}' in the file")
    header, balances = _read_header(path, lines[:start], known_sources)
    declarations, statements = _read_body(path, lines, start)
    _check_declared_once(path, declarations)
    equations = [_equation(path, *statement) for statement in statements]
    groups = {kind: {} for kind in DECLARATIONS}
    for item in declarations:
        groups[item.kind][item.name] = item
    mechanism = Mechanism(
        name=path.stem,
        title=header["title"],
        systems=tuple(re.split(r"[,\s]+", header["systems"])),
        clock=header["clock"],
        biology=header["biology"],
        inputs=groups["input"],
        outputs=groups["output"],
        states=groups["state"],
        variables=groups["variable"],
        event_inputs=groups["event_input"],
        equations=_with_initial_values(equations, declarations),
        balances=balances,
        sources=tuple(dict.fromkeys(_citations(header["biology"]))),
        file=path.name,
        text=text,
        companion="companion" in header,
    )
    _check_equations(mechanism, functions)
    return mechanism


def _citations(text: str) -> list[str]:
    """Return the keys cited in square brackets, such as ``[@orser1997; @lord2013]``."""
    brackets = re.findall(r"\[[^\]]*\]", text)
    return [key for bracket in brackets for key in _CITATION.findall(bracket)]


def _read_header(
    path: Path, lines: Iterable[str], known_sources: Collection[str]
) -> tuple[dict[str, str], tuple[Balance, ...]]:
    entries: list[tuple[str, str, int]] = []
    for number, line in enumerate(lines, 1):
        match = _HEADER.match(line.strip())
        if match and match.group(1) in HEADER_KEYS:
            entries.append((match.group(1), match.group(2), number))
        elif line.strip() and entries:
            key, so_far, first = entries[-1]
            entries[-1] = (key, f"{so_far} {line.strip().lstrip('/').strip()}".strip(), first)
        elif line.strip():
            raise UserError(f"{path.name}:{number}: expected '// title: ...', got '{line.strip()}'")
    header = {key: text for key, text, _ in entries if key != "mass balance"}
    at = {key: number for key, _, number in entries}
    for key in NEEDED_KEYS:
        if not header.get(key):
            raise UserError(f"{path.name}:1: the header lacks '// {key}: ...'")
    for word in re.split(r"[,\s]+", header["systems"]):
        _check_word(path, at["systems"], "system", word, SYSTEMS)
    _check_word(path, at["clock"], "clock", header["clock"], CLOCKS)
    if "companion" in header:
        _check_word(path, at["companion"], "value of companion", header["companion"], ("yes",))
    _check_citations(path, at["biology"], header["biology"], known_sources)
    balances = [_balance(path, text, line) for key, text, line in entries if key == "mass balance"]
    return header, tuple(balances)


def _check_word(path: Path, line: int, what: str, word: str, choices: Collection[str]) -> None:
    if word not in choices:
        raise UserError(f"{path.name}:{line}: unknown {what} '{word}'{nearest(word, choices)}")


def _check_citations(path: Path, line: int, text: str, known: Collection[str]) -> None:
    keys = _citations(text)
    if not keys:
        raise UserError(f"{path.name}:{line}: the biology paragraph cites no source, as [@key]")
    for key in keys:
        if key not in known:
            raise UserError(
                f"{path.name}:{line}: source '{key}' is not in sources.bib{nearest(key, known)}"
            )


def _balance(path: Path, text: str, line: int) -> Balance:
    inflow, sign, content = text.partition("=")
    where = f"{path.name}:{line}"
    if not sign:
        raise UserError(f"{where}: a mass balance reads 'inflow = sum of states', got '{text}'")
    for side in (inflow, content):
        _parsed(side.strip(), where, {})
    return Balance(inflow.strip(), content.strip(), line)


def _read_body(
    path: Path, lines: list[str], start: int
) -> tuple[list[Declaration], list[tuple[str, int]]]:
    """Split the model block into declarations and statements, each with its line."""
    opening = lines[start].partition("//")[0].split()
    if opening != ["model", path.stem]:
        raise UserError(
            f"{path.name}:{start + 1}: expected 'model {path.stem}', got '{lines[start].strip()}'"
        )
    declarations: list[Declaration] = []
    statements: list[tuple[str, int]] = []
    pending, first = "", 0
    for number, line in enumerate(lines[start + 1 :], start + 2):
        code, _, comment = line.partition("//")
        code = code.strip()
        if not code:
            continue
        word = code.split()[0]
        if pending and (word in DECLARATIONS or word == "end"):
            raise UserError(f"{path.name}:{first}: ';' missing after '{pending}'")
        if word == "end":
            return declarations, statements
        if word in DECLARATIONS:
            declarations.append(_declaration(path, number, code, comment.strip()))
            continue
        for part in re.split(r"(?<=;)", code):
            if not part.strip():
                continue
            if not pending:
                first = number
                _check_start(path, number, part.strip())
            pending = f"{pending} {part.strip()}".strip()
            if pending.endswith(";"):
                if statement := pending[:-1].strip():
                    statements.append((statement, first))
                pending = ""
    raise UserError(f"{path.name}:{len(lines)}: 'end' missing after 'model {path.stem}'")


def _declaration(path: Path, line: int, code: str, label: str) -> Declaration:
    where = f"{path.name}:{line}"
    match = _DECLARATION.match(code)
    if match is None:
        raise UserError(f"{where}: cannot read '{code}'; write 'output x = 0 nM // label'")
    kind, name, rest = match["kind"], match["name"], match["rest"]
    if is_reserved(name):
        raise UserError(f"{where}: '{name}' is a word of the model language; take another name")
    if kind in ("state", "variable") and rest is not None:
        raise UserError(f"{where}: a {kind} has no resting value here; write '{name} = {rest};'")
    if kind not in ("state", "variable") and rest is None:
        raise UserError(f"{where}: {kind} '{name}' has no resting value; write '{name} = 0 ...'")
    try:
        parse_unit(match["unit"])
    except UnitError as error:
        raise UserError(f"{where}: {name}: {error}") from None
    if not label and kind != "input":
        raise UserError(f"{where}: {kind} '{name}' has no label; write it behind '//'")
    bounds = None
    if match["low"] is not None:
        bounds = (_bound(where, match["low"]), _bound(where, match["high"]))
        if not bounds[0] < bounds[1]:
            raise UserError(f"{where}: bounds [{match['low']}, {match['high']}] are empty")
    return Declaration(kind, name, match["unit"], rest, bounds, label, line)  # type: ignore[arg-type]


def _bound(where: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UserError(f"{where}: bound '{text}' is not a number (inf is allowed)") from None


def _check_start(path: Path, line: int, part: str) -> None:
    """Refuse at once what does not begin like an equation."""
    if _START.match(part):
        return
    hint = nearest(part.split(maxsplit=1)[0], DECLARATIONS)
    raise UserError(
        f"{path.name}:{line}: expected 'x := ...;', \"x' = ...;\" or 'x = ...;', got '{part}'"
        f"{hint if 'nearest' in hint else ''}"
    )


def _equation(path: Path, statement: str, line: int) -> Equation:
    match = _STATEMENT.match(statement)
    where = f"{path.name}:{line}"
    if match is None:
        raise UserError(f"{where}: nothing stands behind the sign in '{statement}'")
    if re.search(r":=|(?<![<>=!:])=(?!=)", match["formula"]):
        raise UserError(f"{where}: two equations in '{statement}'; is a ';' missing?")
    kind = _KINDS["".join(match["sign"].split())]
    return Equation(kind, match["target"], match["formula"], line)


def _with_initial_values(
    equations: list[Equation], declarations: Iterable[Declaration]
) -> tuple[Equation, ...]:
    """Start every output that is a state, and has no initial value, at its rest."""
    kinds = {(e.kind, e.target) for e in equations}
    starts = [
        Equation("initial", item.name, item.rest, item.line)
        for item in declarations
        if item.kind == "output"
        and item.rest is not None
        and ("rate", item.name) in kinds
        and ("initial", item.name) not in kinds
    ]
    return (*equations, *starts)


def _parsed(formula: str, where: str, functions: Functions) -> Node:
    """Parse a formula and check the functions it calls."""
    try:
        node = parse(formula)
    except FormulaError as error:
        raise UserError(f"{where}: {error}") from None
    for name, count in calls(node):
        if name in functions and count != len(functions[name].arguments):
            expected = ", ".join(functions[name].arguments)
            raise UserError(f"{where}: {name}({expected}) called with {count} arguments")
        if name not in functions and name not in BUILTIN_FUNCTIONS:
            known = [*functions, *BUILTIN_FUNCTIONS]
            raise UserError(f"{where}: unknown function '{name}'{nearest(name, known)}")
    if expanded_size(node, functions) > _MOST_OPERATIONS:
        raise UserError(f"{where}: functions of functions make more than {_MOST_OPERATIONS:,} "
                        "operations; split the formula into variables")  # fmt: skip
    return node


def _check_equations(mechanism: Mechanism, functions: Functions) -> None:
    """Check that every owned name, and nothing else, is computed exactly once."""
    seen: dict[tuple[str, str], int] = {}
    for equation in mechanism.equations:
        where = f"{mechanism.file}:{equation.line}"
        _parsed(equation.formula, where, functions)
        _check_target(mechanism, equation, where)
        for kind in _CLASHES[equation.kind]:
            if (kind, equation.target) in seen:
                line = seen[kind, equation.target]
                raise UserError(f"{where}: '{equation.target}' has an equation on line {line}")
        seen[equation.kind, equation.target] = equation.line
    for item in mechanism.declared.values():
        if item.rest is not None:
            _parsed(item.rest, f"{mechanism.file}:{item.line}", functions)
    for item in mechanism.owned.values():
        _check_computed(mechanism, item, seen)


_CLASHES = {
    "rate": ("rate", "assignment"),
    "assignment": ("rate", "assignment", "initial"),
    "initial": ("assignment", "initial"),
}


def _check_declared_once(path: Path, declarations: Iterable[Declaration]) -> None:
    lines: dict[str, int] = {}
    for item in declarations:
        if item.name in lines:
            where = f"{path.name}:{item.line}"
            raise UserError(
                f"{where}: '{item.name}' is declared already on line {lines[item.name]}"
            )
        lines[item.name] = item.line


def _check_target(mechanism: Mechanism, equation: Equation, where: str) -> None:
    name = equation.target
    if name in mechanism.inputs or name in mechanism.event_inputs:
        raise UserError(f"{where}: '{name}' is an input; it cannot have an equation")
    if name not in mechanism.owned:
        raise UserError(f"{where}: '{name}' is not declared{nearest(name, mechanism.owned)}")


def _check_computed(
    mechanism: Mechanism, item: Declaration, seen: dict[tuple[str, str], int]
) -> None:
    where = f"{mechanism.file}:{item.line}"
    rate, rule, initial = ((k, item.name) in seen for k in ("rate", "assignment", "initial"))
    if not (rate or rule or initial):
        raise UserError(f"{where}: {item.kind} '{item.name}' has no equation")
    if item.kind == "state" and not rate:
        raise UserError(f"{where}: state '{item.name}' has no rate; write \"{item.name}' = ...;\"")
    if item.kind == "state" and not initial:
        raise UserError(f"{where}: state '{item.name}' has no initial value")
    if item.kind == "variable" and rate:
        raise UserError(f"{where}: variable '{item.name}' has a rate; declare it as a state")
