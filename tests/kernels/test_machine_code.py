"""What the kernels are compiled to: code that stands by itself, whichever tile it was cut into."""

import struct

import pytest

from forecast.kernels import library

SYMBOL = struct.Struct("<IBBHQQ")  # name, info, other, section, value, size
SECTION = struct.Struct("<IIQQQQIIQQ")
TABLE = 2  # the type of a section that holds symbols


def undefined(code):
    """Return the symbols that an ELF object of 64 bits takes from elsewhere."""
    offset, (size, count) = (
        struct.unpack_from("<Q", code, 40)[0],
        struct.unpack_from("<HH", code, 58),
    )
    sections = [SECTION.unpack_from(code, offset + number * size) for number in range(count)]
    names = set()
    for section in sections:
        if section[1] == TABLE:
            strings = sections[section[6]][4]
            for start in range(section[4], section[4] + section[5], SYMBOL.size):
                name, _, _, place, _, _ = SYMBOL.unpack_from(code, start)
                if name and not place:
                    begin = strings + name
                    names.add(code[begin : code.index(b"\0", begin)].decode())
    return names


@pytest.mark.parametrize("name", library.KERNELS)
def test_a_kernel_needs_nothing_but_its_units_and_moving_memory(name):
    """A process without Numba loads it: nothing of Numba's runtime is there to be called."""
    library.kernel(name)
    pieces = library.unpacked((library.folder() / f"{name}.kernel").read_bytes())
    if not pieces[0].code.startswith(b"\x7fELF\x02\x01"):
        pytest.skip("This system's object files are not ELF of 64 bits.")
    known = {"memset", "memcpy", "memmove", "_GLOBAL_OFFSET_TABLE_"}
    for piece in pieces:
        assert undefined(piece.code) <= known, piece.symbol
        known.add(piece.symbol)  # callees come before their callers


def test_the_last_piece_is_the_kernel_itself():
    for name in library.KERNELS:
        library.kernel(name)
        kind, _, cell = name.partition("_")
        pieces = library.unpacked((library.folder() / f"{name}.kernel").read_bytes())
        assert pieces[-1].symbol == f"forecast_{kind}_{kind}_{cell}"
        assert len({piece.symbol for piece in pieces}) == len(pieces)


def test_a_unit_that_can_raise_is_refused():
    """The error would be raised through Numba's runtime, which another process does not have."""
    from forecast.kernels import compiler, unit

    def count(step: int) -> int:
        total = 0
        for number in range(0, 10, step):  # a step of zero is an error
            total += number
        return total

    def fixed(step: int) -> int:
        return step + 1

    try:
        assert unit.unit(fixed, "test").symbol in unit.UNITS
        address, piece = compiler._compiled(unit.UNITS["forecast_test_machine_code_fixed_test"])
        assert address
        assert piece.code
        unit.unit(count, "test")
        with pytest.raises(AssertionError, match="count_test can raise"):
            compiler._compiled(unit.UNITS["forecast_test_machine_code_count_test"])
    finally:
        for symbol in [symbol for symbol in unit.UNITS if symbol.endswith("_test")]:
            del unit.UNITS[symbol]
