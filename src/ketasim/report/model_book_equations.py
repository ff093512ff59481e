"""Equations typeset from their expression trees, as LaTeX or as MathML.

A formula becomes a `Box`: words, fractions, powers, brackets. Two printers read it. Products
carry a dot, since names of more than one letter leave none out safely; a long sum, or a long
product within it, goes on on the next line.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ketasim.model.formula import Function, Node, parse, to_text
from ketasim.model.mechanism import Equation

LONGEST_LINE = 62
"""Letters of a line, about as many as stand in a column of text."""

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η",
    "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
_SIGNS = {
    "*": "·", "<=": "≤", ">=": "≥", "==": "=", "!=": "≠", "-": "−", "+": "+", "<": "<", ">": ">",
    "and": "and", "or": "or",
}  # fmt: skip
_STRENGTH = {"or": -2, "and": -1, "+": 1, "-": 1, "*": 2, "neg": 2, "/": 3, "^": 4}


_AROUND = {"bracket": 2, "root": 1, "sign": 2, "slash": 1, "comma": 2, "minus": 1}


class Box(NamedTuple):
    """A piece of a typeset formula.

    Parameters
    ----------
    kind : str
        ``name``, ``number``, ``sign``, ``minus``, ``slash``, ``comma``, ``space``, ``text``,
        ``row``, ``fraction``, ``power``, ``lower`` (subscript), ``root``, ``bracket`` or ``cases``.
    parts : tuple of Box
    text : str
        Of names, numbers and signs.
    """

    kind: str
    parts: tuple[Box, ...] = ()
    text: str = ""

    @property
    def width(self) -> int:
        """How many letters wide it is, roughly."""
        inner = [part.width for part in self.parts]
        if self.kind in ("fraction", "cases"):
            return max(inner, default=0) + 1
        if self.kind in ("power", "lower"):
            return inner[0] + (inner[1] + 1) // 2
        return _AROUND.get(self.kind, 0) + len(self.text) + sum(inner)


_MINUS = Box("minus")
_COMMA = Box("comma")
_SPACE = Box("space")


def symbol(name: str) -> Box:
    """Return a name as it is printed: ``tau_fs`` is a Greek letter with ``fs`` below it."""
    head, _, below = name.partition("_")
    top = Box("name", text=GREEK.get(head, head))
    return Box("lower", (top, Box("text", text=below.replace("_", ",")))) if below else top


def typeset(node: Node, small: bool = False) -> Box:
    """Return a formula as it is printed; ``small``: quotients on one line, as within others."""
    op, args, value = node
    if op == "number":
        return _number(to_text(node))
    if op == "name":
        return symbol("t" if value == "time" else str(value))
    if op == "/" and not small:
        return Box("fraction", (typeset(args[0], True), typeset(args[1], True)))
    if op == "^":
        return Box("power", (_held(args[0], 5, small), typeset(args[1], True)))
    if op == "neg":
        return _row(_MINUS, _held(args[0], 2, small))
    if op == "piecewise":
        return Box("cases", tuple(typeset(arg, small) for arg in args))
    if op == "not":
        return _row(Box("text", text="not"), Box("bracket", (typeset(args[0], small),)))
    if op == "call":
        return _call(str(value), args, small)
    strength = _STRENGTH.get(op, 0)
    sign = Box("slash") if op == "/" else Box("sign", text=_SIGNS[op])
    return _row(_held(args[0], strength, small), sign, _held(args[1], strength + 1, small))


def _call(name: str, args: tuple[Node, ...], small: bool) -> Box:
    if name == "sqrt":
        return Box("root", (typeset(args[0], small),))
    if name == "exp":
        return Box("power", (Box("name", text="e"), typeset(args[0], True)))
    inner: list[Box] = []
    for arg in args:
        inner += [_COMMA, typeset(arg, True)] if inner else [typeset(arg, True)]
    return _row(Box("text", text=name), Box("bracket", (_row(*inner),)))


def _held(node: Node, strength: int, small: bool = False) -> Box:
    """Typeset an operand, in brackets where it binds less than what holds it."""
    box = typeset(node, small)
    if box.kind == "fraction":
        return Box("bracket", (box,)) if strength > 4 else box
    if strength > 4:  # raised to a power
        alone = node.op in ("number", "name") and box.kind != "row"
        return box if alone or box.kind == "root" else Box("bracket", (box,))
    return Box("bracket", (box,)) if _strength(node) < strength else box


def _strength(node: Node) -> int:
    if node.op == "number" and float(node.value or 0) < 0:
        return _STRENGTH["neg"]
    return _STRENGTH.get(node.op, 0 if node.op in _SIGNS else 9)


def _number(text: str) -> Box:
    mantissa, _, power = text.partition("e")  # 1e-05
    if not power:
        return Box("number", text=text.replace("-", "−"))
    ten = Box("power", (Box("number", text="10"), _number(str(int(power)))))
    return _row(Box("number", text=mantissa), Box("sign", text="×"), ten)


def _row(*boxes: Box) -> Box:
    """Put boxes side by side, rows dissolved."""
    flat = [part for box in boxes for part in (box.parts if box.kind == "row" else (box,))]
    return Box("row", tuple(flat))


def lines(node: Node, longest: int = LONGEST_LINE) -> list[Box]:
    """Typeset a formula on as many lines as it needs; all but the first begin with a sign."""
    whole = typeset(node)
    if whole.width <= longest:
        return [whole]
    found: list[Box] = []
    for term in _terms(node):
        found += _broken(term, longest)
    return _filled(found, longest)


def _terms(node: Node) -> list[tuple[str, Node]]:
    """Return the terms of a sum with their signs; the first has none."""
    if node.op in ("+", "-"):
        return [*_terms(node.args[0]), (_SIGNS[node.op], node.args[1])]
    return [("", node)]


def _factors(node: Node) -> list[Node]:
    return [*_factors(node.args[0]), node.args[1]] if node.op == "*" else [node]


def _broken(term: tuple[str, Node], longest: int) -> list[Box]:
    """Return a term, split before a factor where it is too long for a line."""
    sign, node = term
    first = (Box("sign", text=sign),) if sign else ()
    whole = _row(*first, _held(node, 2 if sign else 1))
    if whole.width <= longest or node.op != "*":
        return [whole]
    dot = Box("sign", text="·")
    boxes = [_held(factor, 3) for factor in _factors(node)]
    return _filled([_row(*first, boxes[0]), *(_row(dot, box) for box in boxes[1:])], longest)


def _filled(boxes: Iterable[Box], longest: int) -> list[Box]:
    """Put boxes on lines, each as full as it may be."""
    found: list[Box] = []
    for box in boxes:
        if found and found[-1].width + box.width <= longest:
            found[-1] = _row(found[-1], box)
        else:
            found.append(box)
    return found


def left_side(equation: Equation) -> Box:
    """Return what stands left of the sign: a rate, a value at the start, or a name."""
    name = symbol(equation.target)
    if equation.kind == "rate":
        d = Box("text", text="d")
        return Box("fraction", (_row(d, _SPACE, name), _row(d, Box("name", text="t"))))
    if equation.kind == "initial":
        return _row(name, Box("bracket", (Box("number", text="0"),)))
    return name


def equation_latex(equation: Equation) -> str:
    """Return an equation as LaTeX, to stand in a display."""
    return _display_latex(left_side(equation), parse(equation.formula))


def equation_mathml(equation: Equation) -> str:
    """Return an equation as a MathML element that browsers draw by themselves."""
    mark = {"rate": "′", "initial": "(0)"}.get(equation.kind, "")
    node = parse(equation.formula)
    return _display_mathml(left_side(equation), node, f"{equation.target}{mark}")


def function_latex(function: Function) -> str:
    """Return the definition of a helper function as LaTeX."""
    return _display_latex(typeset(_head(function)), function.body)


def function_mathml(function: Function) -> str:
    """Return the definition of a helper function as MathML."""
    head = _head(function)
    return _display_mathml(typeset(head), function.body, to_text(head))


def _head(function: Function) -> Node:
    """Return a function applied to its own arguments."""
    return Node("call", tuple(Node("name", (), name) for name in function.arguments), function.name)


def _display_latex(left: Box, right: Node) -> str:
    first, *rest = lines(right)
    if not rest:
        return f"{latex(left)} = {latex(first)}"
    rows = [f"{latex(left)} &= {latex(first)}", *(rf"&\quad {latex(line)}" for line in rest)]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def _display_mathml(left: Box, right: Node, spoken: str) -> str:
    first, *rest = lines(right)
    equals = '<mo form="infix">=</mo>'
    if not rest:
        inside = f"<mrow>{mathml(left)}{equals}{mathml(first)}</mrow>"
    else:
        rows = [f"<mtr><mtd>{mathml(left)}</mtd><mtd>{equals}{mathml(first)}</mtd></mtr>"]
        space = '<mspace width="1.6em"/>'
        rows += [f"<mtr><mtd></mtd><mtd>{space}{mathml(line)}</mtd></mtr>" for line in rest]
        inside = f"<mtable displaystyle='true'>{''.join(rows)}</mtable>"
    namespace = 'xmlns="http://www.w3.org/1998/Math/MathML"'
    text = html.escape(f"{spoken} = {to_text(right)}")
    return f'<math {namespace} display="block" alttext="{text}">{inside}</math>'


def latex(box: Box) -> str:
    """Print a box as LaTeX."""
    parts = [latex(part) for part in box.parts]
    return _LATEX[box.kind](box.text, parts)


def mathml(box: Box) -> str:
    """Print a box as MathML."""
    parts = [mathml(part) for part in box.parts]
    return _MATHML[box.kind](html.escape(box.text), parts)


_TO_LATEX = {
    "·": r"\cdot", "×": r"\times", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "−": "-",
    "and": r"\text{ and }", "or": r"\text{ or }",
} | {letter: f"\\{name}" for name, letter in GREEK.items()}  # fmt: skip


def _latex_name(text: str, _: list[str]) -> str:
    if text in _TO_LATEX or len(text) == 1:
        return _TO_LATEX.get(text, text)
    return rf"\mathrm{{{text}}}"


def _latex_cases(_: str, parts: list[str]) -> str:
    pairs = [rf"{a} & \text{{if }} {b}" for a, b in zip(parts[::2], parts[1::2], strict=False)]
    pairs += [rf"{parts[-1]} & \text{{otherwise}}"] if len(parts) % 2 else []
    return r"\begin{cases}" + r" \\ ".join(pairs) + r"\end{cases}"


Printer = Callable[[str, list[str]], str]

_LATEX: dict[str, Printer] = {
    "name": _latex_name,
    "number": lambda text, _: text.replace("−", "-"),
    "sign": lambda text, _: f" {_TO_LATEX.get(text, text)} ",
    "text": lambda text, _: rf"\mathrm{{{text}}}",
    "minus": lambda *_: "-",
    "slash": lambda *_: "/",
    "comma": lambda *_: ", ",
    "space": lambda *_: r"\,",
    "row": lambda _, parts: "".join(parts),
    "fraction": lambda _, parts: rf"\frac{{{parts[0]}}}{{{parts[1]}}}",
    "power": lambda _, parts: f"{parts[0]}^{{{parts[1]}}}",
    "lower": lambda _, parts: f"{parts[0]}_{{{parts[1]}}}",
    "root": lambda _, parts: rf"\sqrt{{{parts[0]}}}",
    "bracket": lambda _, parts: rf"\left({parts[0]}\right)",
    "cases": _latex_cases,
}


def _mathml_name(text: str, _: list[str]) -> str:
    return f"<mi>{text}</mi>"  # one letter is italic, more stand upright


def _mathml_cases(_: str, parts: list[str]) -> str:
    rows = [
        f"<mtr><mtd>{a}</mtd><mtd><mtext>if&#160;</mtext>{b}</mtd></mtr>"
        for a, b in zip(parts[::2], parts[1::2], strict=False)
    ]
    if len(parts) % 2:
        rows.append(f"<mtr><mtd>{parts[-1]}</mtd><mtd><mtext>otherwise</mtext></mtd></mtr>")
    return f'<mrow><mo stretchy="true">{{</mo><mtable>{"".join(rows)}</mtable></mrow>'


_MATHML: dict[str, Printer] = {
    "name": _mathml_name,
    "number": lambda text, _: f"<mn>{text}</mn>",
    "sign": lambda text, _: f'<mo form="infix">{text}</mo>',
    "minus": lambda *_: '<mo form="prefix">−</mo>',
    "text": lambda text, _: f'<mi mathvariant="normal">{text}</mi>',
    "slash": lambda *_: '<mo lspace="0" rspace="0">/</mo>',
    "comma": lambda *_: '<mo lspace="0" rspace="0.25em">,</mo>',
    "space": lambda *_: '<mspace width="0.15em"/>',
    "row": lambda _, parts: f"<mrow>{''.join(parts)}</mrow>",
    "fraction": lambda _, parts: f"<mfrac>{parts[0]}{parts[1]}</mfrac>",
    "power": lambda _, parts: f"<msup>{parts[0]}{parts[1]}</msup>",
    "lower": lambda _, parts: f"<msub>{parts[0]}{parts[1]}</msub>",
    "root": lambda _, parts: f"<msqrt>{parts[0]}</msqrt>",
    "bracket": lambda _, parts: (
        f'<mrow><mo stretchy="true">(</mo>{parts[0]}<mo stretchy="true">)</mo></mrow>'
    ),
    "cases": _mathml_cases,
}
