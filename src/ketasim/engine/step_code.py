"""One step of Rodas5P for four individuals at once, and taking it, as LLVM IR."""

from __future__ import annotations

from ketasim.engine import rodas5p, vector_math
from ketasim.engine.programs import Layout
from ketasim.engine.vector_code import DOUBLE, SCALE_FLOOR, FunctionWriter, Numbers

SAFETY = 0.9
SMALLEST_ERROR = 1e-10
LARGEST_MOVE = 0.5
DOUBTED_ERROR = 100.0
"""A step in which the last stage but one still moves a state by half its size has leapt over
something sharp. Where the last stage, which is the estimate of the error, is small nevertheless, it
is so by chance and is not believed: the error counts as this many allowances."""


def text(layout: Layout, numbers: Numbers = DOUBLE) -> str:
    """Return the functions ``step``, ``accept`` and ``slopes``."""
    return "\n".join([step(layout, numbers), accept(layout, numbers), slopes(numbers)])


def step(layout: Layout, numbers: Numbers = DOUBLE) -> str:
    """Return the function ``step``.

    It reads Y (states), H, T, STEP, LARGEST (largest size of each state so far) and TOL
    (relative, absolute), and writes U (stages), YN (states after the step) and ERROR: the mean
    square of the error over its allowance, then the factor by which the step should change.
    """
    names = ["Y", "H", "T", "STEP", "LARGEST", "TOL", "U", "LU", "FT", "YN", "ERROR"]
    code = FunctionWriter("step", [f"ptr noalias %{name}" for name in names], numbers=numbers)
    splat, vector = code.splat, code.vector
    n = layout.states
    t, h = code.load_double("%T"), code.load_double("%STEP")
    inverse = code.div(splat(1.0), h)
    g = code.mul(inverse, splat(1 / rodas5p.GAMMA))
    code.put(f"call void @factor(ptr %Y, ptr %H, ptr %LU, ptr %FT, {vector} {t}, {vector} {g})")
    for s in range(rodas5p.STAGES):
        stage = code.address("%U", s * n)
        _prepare(code, layout, s, stage, h, inverse)
        now = code.fused(splat(rodas5p.NODES[s]), h, t) if layout.time_dependent else t
        source = "%YN" if s else "%Y"
        code.put(f"call void @rates(ptr {source}, ptr %H, {vector} {now}, ptr {stage})")
        code.put(f"call void @solve(ptr %LU, ptr {stage})")
    _finish(code, layout)
    return code.text()


def _prepare(
    code: FunctionWriter, layout: Layout, s: int, stage: str, h: str, inverse: str
) -> None:
    """Write the stage's argument into YN and what is added to its rates into the stage."""
    n, splat = layout.states, code.splat
    i = code.loop(f"stage{s}", n)
    added = splat(0.0)
    argument = ""
    if s:
        reuse = s >= rodas5p.STAGES - 2
        argument = code.load("%YN" if reuse else "%Y", i)
        for j in range(s):
            u = code.load(code.address("%U", j * n), i)
            if not reuse:
                argument = code.fused(splat(rodas5p.A[s][j]), u, argument)
            elif j == s - 1:
                argument = code.add(argument, u)
            added = code.fused(splat(rodas5p.C[s][j]), u, added)
        code.store(argument, "%YN", i)
        added = code.mul(added, inverse)
    weight = rodas5p.TIME_WEIGHTS[s]
    if layout.time_dependent and weight:
        slope = code.mul(code.load("%FT", i), h)
        added = code.fused(splat(weight), slope, added)
    code.store(added, stage, i)
    code.end_loop()


def _finish(code: FunctionWriter, layout: Layout) -> None:
    n, splat = layout.states, code.splat
    relative, absolute = code.load_double("%TOL", 0), code.load_double("%TOL", 1)
    i = code.loop("finish", n, splat(0.0), splat(0.0))
    last = code.load(code.address("%U", (rodas5p.STAGES - 1) * n), i)
    new = code.add(code.load("%YN", i), last)
    code.store(new, "%YN", i)
    size = code.intrinsic("fabs", code.load("%Y", i))
    size = code.larger(code.intrinsic("fabs", new), size)
    floor = code.mul(code.load("%LARGEST", i), splat(SCALE_FLOOR))
    size = code.larger(floor, size)
    allowed = code.fused(relative, size, absolute)
    share = code.div(last, allowed)
    total = code.fused(share, share, "%finish.0")
    before = code.load(code.address("%U", (rodas5p.STAGES - 2) * n), i)
    moved = code.mul(relative, code.intrinsic("fabs", before))
    beyond = code.larger(code.fused(splat(-LARGEST_MOVE), allowed, moved), "%finish.1")
    code.end_loop(total, beyond)
    mean = code.mul(total, splat(1.0 / n))
    lucky = code.select(code.compare("ole", mean, splat(1.0)), splat(DOUBTED_ERROR**2), mean)
    mean = code.select(code.compare("ogt", beyond, splat(0.0)), lucky, mean)
    code.store_double(mean, "%ERROR")
    bounded = code.larger(mean, splat(SMALLEST_ERROR**2))
    power = code.mul(splat(-0.5 / rodas5p.ORDER), vector_math.logarithm(code, bounded))
    factor = code.mul(splat(SAFETY), vector_math.exponential(code, power))
    code.store_double(factor, "%ERROR", 1)


def slopes(numbers: Numbers = DOUBLE) -> str:
    """Return the function ``slopes``: ``rates`` with time read from memory."""
    arguments = [f"ptr noalias %{name}" for name in ("Y", "H", "T", "F")]
    code = FunctionWriter("slopes", arguments, numbers=numbers)
    time = code.load_double("%T")
    code.put(f"call void @rates(ptr %Y, ptr %H, {code.vector} {time}, ptr %F)")
    return code.text()


def accept(layout: Layout, numbers: Numbers = DOUBLE) -> str:
    """Return the function ``accept``: lanes whose TAKEN is not 0 move on to YN.

    Lanes are chosen bit by bit: a plain choice beside a store becomes a masked store, which takes
    some processors ten times as long.
    """
    names = ["Y", "YN", "LARGEST", "TAKEN"]
    code = FunctionWriter("accept", [f"ptr noalias %{name}" for name in names], numbers=numbers)
    taken = code.compare("une", code.load_double("%TAKEN"), code.splat(0.0))
    i = code.loop("accept", layout.states)
    new = code.choose_bits(taken, code.load("%YN", i), code.load("%Y", i))
    code.store(new, "%Y", i)
    largest = code.intrinsic("maxnum", code.load("%LARGEST", i), code.intrinsic("fabs", new))
    code.store(largest, "%LARGEST", i)
    code.end_loop()
    return code.text()
