"""The product C ← C + A B, from tiles whose sums stay in registers.

A tile is a few rows of C by a few vectors of 16 columns. For each k, the vectors of row k of B are
read once and multiplied by one value of every row of A (Goto and van de Geijn, 2008, "Anatomy of
high-performance matrix multiplication"). Each element of C is a chain of fused multiply-adds in the
order of k, whatever the tile: results do not depend on how a product is cut.

Positions and strides count floats:

    C    row i, vector v          c + i · c_row + v · c_vector
    A    row i, step k            a + i · a_row + k · a_step
    B    step k, vector v         b + k · b_step + v · b_vector
"""

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from forecast.kernels.unit import FAST, Floats, unit
from forecast.kernels.vector import HAS_AVX512, LANES, fused, splat_value, vector_pointer

_VECTOR = ir.VectorType(ir.FloatType(), LANES)


def _index(value: int) -> Any:
    return ir.Constant(ir.IntType(64), value)


def tile_of(rows: int, vectors: int) -> Any:
    """Return the compiled code of a tile of that size.

    Its arguments: C, c, c_row, c_vector, A, a, a_row, a_step, a_jump, B, b, b_step, b_vector,
    steps, repeats, fresh. After `steps` values of k, A moves on by a_jump, `repeats` times. The
    first `fresh` vectors start from zero, the others from what stands in C.
    """

    @intrinsic
    def tile(
        typing: Any, C: Any, c: Any, c_row: Any, c_vector: Any,
        A: Any, a: Any, a_row: Any, a_step: Any, a_jump: Any,
        B: Any, b: Any, b_step: Any, b_vector: Any, steps: Any, repeats: Any, fresh: Any,
    ) -> Any:  # fmt: skip
        whole = types.int64
        sig = types.void(
            C, whole, whole, whole, A, whole, whole, whole, whole,
            B, whole, whole, whole, whole, whole, whole,
        )  # fmt: skip

        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            _emit(builder, rows, vectors, args)
            return context.get_dummy_value()

        return sig, code

    return tile


def _emit(builder: Any, rows: int, vectors: int, args: Any) -> None:
    """Write the loop over k, with one register for each vector of the tile."""
    C, c, c_row, c_vector, A, a, a_row, a_step, a_jump = args[:9]
    B, b, b_step, b_vector, steps, repeats, fresh = args[9:]
    places = [
        [
            vector_pointer(
                builder,
                C,
                builder.add(
                    c,
                    builder.add(builder.mul(c_row, _index(i)), builder.mul(c_vector, _index(v))),
                ),
            )
            for v in range(vectors)
        ]
        for i in range(rows)
    ]
    sums = [[cgutils.alloca_once(builder, _VECTOR) for _ in range(vectors)] for _ in range(rows)]
    zero = ir.Constant(_VECTOR, [0.0] * LANES)
    for v in range(vectors):
        new = builder.icmp_signed("<", _index(v), fresh)
        for i in range(rows):
            here = builder.load(places[i][v], align=4)
            builder.store(builder.select(new, zero, here), sums[i][v])
    with cgutils.for_range(builder, repeats) as outer:
        ahead = builder.mul(outer.index, a_jump)
        starts = [
            builder.gep(A, [builder.add(builder.add(a, ahead), builder.mul(a_row, _index(i)))])
            for i in range(rows)
        ]
        before = builder.mul(outer.index, steps)
        with cgutils.for_range(builder, steps) as inner:
            k = inner.index
            row = builder.add(b, builder.mul(builder.add(before, k), b_step))
            columns = [
                builder.load(
                    vector_pointer(builder, B, builder.add(row, builder.mul(b_vector, _index(v)))),
                    align=4,
                )
                for v in range(vectors)
            ]
            offset = builder.mul(k, a_step)
            for i in range(rows):
                value = splat_value(builder, builder.load(builder.gep(starts[i], [offset])))
                for v in range(vectors):
                    result = fused(builder, value, columns[v], builder.load(sums[i][v]))
                    builder.store(result, sums[i][v])
    for i in range(rows):
        for v in range(vectors):
            builder.store(builder.load(sums[i][v]), places[i][v], align=4)


# Rows and vectors of the largest tile whose sums fit the registers.
TALL, BROAD = (8, 3) if HAS_AVX512 else (4, 1)
_TILES = [[tile_of(rows, min(vectors, BROAD)) for vectors in (1, 2, 3)] for rows in (1, TALL)]
_ONE_1, _ONE_2, _ONE_3 = _TILES[0]
_TALL_1, _TALL_2, _TALL_3 = _TILES[1]


@njit(**FAST)
def _breadth(left: int) -> int:
    """Return how many vectors the next tile takes: threes and twos rather than a last one."""
    if BROAD == 1 or left == 1:
        return 1
    return 2 if left == 2 or left == 4 else 3


@unit
def product(
    C: Floats, c: int, c_row: int, c_vector: int,
    A: Floats, a: int, a_row: int, a_step: int, a_jump: int,
    B: Floats, b: int, b_step: int, b_vector: int,
    steps: int, repeats: int, fresh: int, rows: int, vectors: int,
) -> None:  # fmt: skip
    """Add A B to C, (rows, vectors of 16); the arguments are those of a tile."""
    v = 0
    while v < vectors:
        breadth = _breadth(vectors - v)
        i = 0
        while i < rows:
            height = TALL if rows - i >= TALL else 1
            cc, aa, bb = c + v * c_vector + i * c_row, a + i * a_row, b + v * b_vector
            new = fresh - v
            if height == TALL:
                if breadth == 3:
                    _TALL_3(C, cc, c_row, c_vector, A, aa, a_row, a_step, a_jump,
                            B, bb, b_step, b_vector, steps, repeats, new)  # fmt: skip
                elif breadth == 2:
                    _TALL_2(C, cc, c_row, c_vector, A, aa, a_row, a_step, a_jump,
                            B, bb, b_step, b_vector, steps, repeats, new)  # fmt: skip
                else:
                    _TALL_1(C, cc, c_row, c_vector, A, aa, a_row, a_step, a_jump,
                            B, bb, b_step, b_vector, steps, repeats, new)  # fmt: skip
            elif breadth == 3:
                _ONE_3(C, cc, c_row, c_vector, A, aa, a_row, a_step, a_jump,
                       B, bb, b_step, b_vector, steps, repeats, new)  # fmt: skip
            elif breadth == 2:
                _ONE_2(C, cc, c_row, c_vector, A, aa, a_row, a_step, a_jump,
                       B, bb, b_step, b_vector, steps, repeats, new)  # fmt: skip
            else:
                _ONE_1(C, cc, c_row, c_vector, A, aa, a_row, a_step, a_jump,
                       B, bb, b_step, b_vector, steps, repeats, new)  # fmt: skip
            i += height
        v += breadth
