"""Machine words inside compiled code: what numba has no words for (count of set bits, 128-bit products, prefetch, unaligned reads)."""

# Compiled functions are typed by their arguments when they are compiled.
# mypy: allow-untyped-defs, allow-incomplete-defs

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

BITS = ir.IntType(64)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIXED = np.uint64(0xD6E8FEB86659FD93)
ZERO = np.int64(0)
"""For arguments of compiled functions: a plain 0 is a type of its own, for which they would be compiled once more."""


def _address(context, builder, array_type, array, place):
    """Address of `array[place]` (its first axis), as a pointer to bytes."""
    made = context.make_array(array_type)(context, builder, array)
    step = cgutils.unpack_tuple(builder, made.strides)[0]
    base = builder.bitcast(made.data, ir.IntType(8).as_pointer())
    return builder.gep(base, [builder.mul(place, step)])


@intrinsic
def ones(typing, x):
    """Number of set bits."""

    def generate(context, builder, signature, arguments):
        kind = ir.FunctionType(BITS, [BITS])
        found = cgutils.get_or_insert_function(builder.module, kind, "llvm.ctpop.i64")
        return builder.call(found, [arguments[0]])

    return types.int64(x), generate


@intrinsic
def lowest(typing, x):
    """Place of the lowest set bit; 64 for none."""

    def generate(context, builder, signature, arguments):
        kind = ir.FunctionType(BITS, [BITS, ir.IntType(1)])
        found = cgutils.get_or_insert_function(builder.module, kind, "llvm.cttz.i64")
        return builder.call(found, [arguments[0], ir.Constant(ir.IntType(1), 0)])

    return types.int64(x), generate


@intrinsic
def folded(typing, a, b):
    """The two halves of the 128-bit product, one upon the other (uint64)."""

    def generate(context, builder, signature, arguments):
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        high = builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), BITS)
        return builder.xor(builder.trunc(product, BITS), high)

    return types.uint64(types.uint64, types.uint64), generate


@intrinsic
def as_float(typing, x):
    """The number whose bits these are."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@intrinsic
def eight_bytes(typing, array, place):
    """Eight bytes of a uint8 array from `place`, aligned or not."""

    def generate(context, builder, signature, arguments):
        at = _address(context, builder, signature.args[0], *arguments)
        return builder.load(builder.bitcast(at, BITS.as_pointer()), align=1)

    return types.uint64(array, types.int64), generate


@intrinsic
def fetch(typing, array, place):
    """Tell the processor that `array[place]` is wanted soon."""

    def generate(context, builder, signature, arguments):
        at = _address(context, builder, signature.args[0], *arguments)
        whole, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, whole, whole, whole])
        found = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(found, [at, *(ir.Constant(whole, x) for x in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate
