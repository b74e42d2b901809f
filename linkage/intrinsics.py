"""What numba has no words for, in terms of its code generator: see `linkage.bits`."""

# Compiled functions are typed by their arguments when they are compiled.
# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj

BITS = ir.IntType(64)


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


def _holding(item):
    """Room for so many items, as an array that nobody gives back; what is in it is anything."""
    kind = types.Array(item, 1, "C")

    def held(typing, size):
        def generate(context, builder, signature, arguments):
            step = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(item)))
            call = ir.FunctionType(ir.IntType(8).as_pointer(), [BITS])
            found = cgutils.get_or_insert_function(builder.module, call, "malloc")
            array = context.make_array(kind)(context, builder)
            data = builder.bitcast(builder.call(found, [builder.mul(arguments[0], step)]), array.data.type)
            arrayobj.populate_array(
                array, data=data, shape=[arguments[0]], strides=[step], itemsize=step, meminfo=None
            )
            return array._getvalue()

        return kind(types.int64), generate

    return intrinsic(held)


held_points, held_numbers = _holding(types.uint32), _holding(types.int64)
"""Room for characters, for numbers; to be let go."""


@intrinsic
def let_go(typing, array):
    """Give back what was held."""

    def generate(context, builder, signature, arguments):
        made = context.make_array(signature.args[0])(context, builder, arguments[0])
        call = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer()])
        found = cgutils.get_or_insert_function(builder.module, call, "free")
        builder.call(found, [builder.bitcast(made.data, ir.IntType(8).as_pointer())])
        return context.get_dummy_value()

    return types.void(array), generate
