"""Call a function by its address from compiled Python."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


def caller(arity: int) -> Any:
    """Return ``call(address, pointers)`` for functions of ``arity`` pointers, for use in numba.

    ``address`` and the ``arity`` pointers (a tuple) are 64-bit whole numbers.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = ir.PointerType(ir.IntType(8))
        function = ir.FunctionType(ir.VoidType(), [pointer] * arity)
        address = builder.inttoptr(arguments[0], function.as_pointer())
        given = [
            builder.inttoptr(builder.extract_value(arguments[1], k), pointer) for k in range(arity)
        ]
        builder.call(address, given)
        return context.get_dummy_value()

    @intrinsic
    def call(typingctx, address, pointers):  # type: ignore[no-untyped-def]
        return types.void(types.int64, types.UniTuple(types.int64, arity)), generate

    return call
