"""Compile all functions of this package into one file of machine code; `linkage.compiled` calls it in a process of its own.

Each function gets a door through which it is called without the compiler: it takes the address of a row of words (an array is the address of its first item and
the length of each axis) and gives a whole number.
"""

# The compiler's own functions have no types.
# mypy: allow-untyped-calls

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target
from numba.np import arrayobj, numpy_support

from linkage.compiled import FAILED, IS_COMPILER, Compiled

MODULES = ("kernels", "latin.kernels", "ops", "packers", "sweep", "tally")
OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "no_cfunc_wrapper": True,
    "no_cpython_wrapper": True,
}
WORD = ir.IntType(64)
ALLOWED = {"NRT_MemInfo_call_dtor", "free", "malloc", "memcpy", "memmove", "memset"}
"""What machine code may call: the rest is in it."""


def compiled_inner(function: Any) -> Any:
    """A function that other compiled code calls, compiled when its arguments are known."""
    return njit(**OPTIONS)(function)


def kind_of(name: str) -> types.Type:
    """The compiler's type of a kind (see `compiled.cached`)."""
    own, _, axes = name.partition("[")
    item = numpy_support.from_dtype(np.dtype(own))
    return types.Array(item, len(axes), "C") if axes else item


def door(library: Any, one: Compiled) -> None:
    """Compile a function into a library, with its door."""
    made = compiled_inner(one.function)
    kinds = tuple(map(kind_of, one.kinds))
    made.compile(kinds)
    result = made.overloads[kinds]
    context, description = result.target_context, result.fndesc
    library.add_linking_library(result.library)
    module = library.create_ir_module(f"door of {one.name}")
    signature = context.call_conv.get_function_type(description.restype, description.argtypes)
    function = ir.Function(module, signature, description.llvm_func_name)
    entry = ir.Function(module, ir.FunctionType(WORD, [WORD.as_pointer()]), one.name)
    builder = ir.IRBuilder(entry.append_basic_block())
    arguments, at = [], 0
    for kind in kinds:
        value, at = argument(context, builder, kind, entry.args[0], at)
        arguments.append(value)
    status, found = context.call_conv.call_function(
        builder, function, description.restype, description.argtypes, arguments
    )
    with builder.if_then(status.is_error, likely=False):
        builder.ret(ir.Constant(WORD, FAILED))
    if description.restype == types.none:
        builder.ret(ir.Constant(WORD, 0))
    else:
        builder.ret(context.cast(builder, found, description.restype, types.int64))
    library.add_ir_module(module)


def argument(
    context: Any, builder: ir.IRBuilder, kind: types.Type, words: ir.Value, at: int
) -> tuple[ir.Value, int]:
    """An argument made of the words from a place on, and the place after them."""

    def word(place: int, own: ir.Type = WORD) -> ir.Value:
        address = builder.gep(words, [ir.Constant(WORD, place)])
        return builder.load(builder.bitcast(address, own.as_pointer()))

    if not isinstance(kind, types.Array):
        return word(at, context.get_value_type(kind)), at + 1
    array = context.make_array(kind)(context, builder)
    size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    shape = [word(at + 1 + axis) for axis in range(kind.ndim)]
    strides = [ir.Constant(WORD, size)]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    arrayobj.populate_array(
        array,
        data=builder.inttoptr(word(at), array.data.type),
        shape=cgutils.pack_array(builder, shape, WORD),
        strides=cgutils.pack_array(builder, strides, WORD),
        itemsize=ir.Constant(WORD, size),
        meminfo=None,
    )
    return array._getvalue(), at + 1 + kind.ndim


def main(path: Path) -> None:
    """Write the machine code of every `compiled.Compiled`."""
    if not IS_COMPILER:
        raise RuntimeError("linkage.build is called by linkage.compiled")
    for module in MODULES:
        importlib.import_module(f"linkage.{module}")
    library = cpu_target.target_context.codegen().create_library("linkage")
    library.enable_object_caching()
    with global_compiler_lock:
        for one in Compiled.every.values():
            door(library, one)
        library.finalize()
        _, _, (code, bitcode) = library.serialize_using_object_code()
    named = {f.name for f in llvm.parse_bitcode(bitcode).functions if f.is_declaration}
    if unknown := {name for name in named if not name.startswith("llvm.")} - ALLOWED:
        raise RuntimeError(f"machine code that calls {', '.join(sorted(unknown))}")
    path.write_bytes(code)
