"""The table and the arrays of a safetensors file, checked before anything is made of them.

    8 bytes      length n of the table, little-endian
    n bytes      JSON: {"name": {"dtype", "shape", "data_offsets": [begin, end]}, "__metadata__"}
    the rest     the arrays, side by side, without gaps

The library `safetensors` writes such files. It reads them too, but takes the last of two arrays of
one name and lets bytes other than 0 and 1 pass as truth values; and as it maps the file, one that
shrinks meanwhile would end the process. Errors here are `ValueError`s, as in `strict_json`.
"""

import math
from collections.abc import Mapping
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.strict_json import items, read_json, record, shown

LENGTH = 8  # bytes
METADATA = "__metadata__"
TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "|i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
MOST_AXES = 8
LONGEST_AXIS = 2**40  # also of an array without any number, whose axes no byte in the file backs

Arrays = dict[str, NDArray[Any]]


class Tensor(NamedTuple):
    """Where an array stands in the file.

    Attributes:
        dtype: of NumPy.
        shape: of the array.
        begin, end: bytes after the table.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    begin: int
    end: int


class Table(NamedTuple):
    """What a safetensors file says it holds.

    Attributes:
        metadata: texts by name.
        tensors: by name.
    """

    metadata: Mapping[str, str]
    tensors: Mapping[str, Tensor]


def begins_well(start: bytes, size: int) -> bool:
    """Say whether a file of so many bytes begins as safetensors does: a length that fits, a `{`."""
    length = int.from_bytes(start[:LENGTH], "little")
    return start[LENGTH : LENGTH + 1] == b"{" and length <= size - LENGTH


def read_table(file: BinaryIO, size: int, most: int) -> Table:
    """Read the table from the start of a file, and see that the arrays it names fill the rest.

    Args:
        file: at its start; it stands after the table then.
        size: of the file, in bytes.
        most: bytes of the table.

    Raises:
        ValueError: the table is broken, longer than `most`, or does not fit the file.
    """
    length = int.from_bytes(file.read(LENGTH), "little")
    if length > size - LENGTH:
        raise ValueError(
            f"its table of contents should have {length:,} bytes, and the file has {size:,}; it "
            "was cut off, or is no safetensors file"
        )
    if length > most:
        raise ValueError(f"its header has {length:,} bytes; at most {most:,} are read")
    content = file.read(length)
    if len(content) < length:
        raise ValueError("the file ends within its table of contents")
    said = read_json(content.decode("utf-8"))
    if not isinstance(said, dict):
        raise ValueError("its table of contents is no object")
    metadata = _metadata(said.pop(METADATA, {}))
    tensors = {name: _tensor(name, told) for name, told in said.items()}
    _check_filled(tensors, size - LENGTH - length)
    return Table(metadata, tensors)


def _metadata(said: object) -> dict[str, str]:
    if not isinstance(said, dict) or not all(isinstance(one, str) for one in said.values()):
        raise ValueError("its metadata is not made of texts")
    return said


def _tensor(name: str, said: object) -> Tensor:
    where = f"array {shown(name)}"
    told = record(where, said, ("dtype", "shape", "data_offsets"))
    code = told["dtype"]
    if not isinstance(code, str) or code not in TYPES:
        raise ValueError(f"{where} is of type {shown(code)}; known are {', '.join(TYPES)}")
    dtype = np.dtype(TYPES[code])
    shape = tuple(_whole(where, one) for one in items(where, told["shape"]))
    begin, end = (_whole(where, one) for one in items(where, told["data_offsets"], 2))
    if len(shape) > MOST_AXES or any(one > LONGEST_AXIS for one in shape):
        raise ValueError(f"{where} has the shape {shown(list(shape))}, which is absurd")
    if end - begin != math.prod(shape) * dtype.itemsize:
        raise ValueError(
            f"{where} of shape {shown(list(shape))} and type {code} does not fit its "
            f"{end - begin:,} bytes"
        )
    return Tensor(dtype, shape, begin, end)


def _whole(where: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{where} has {shown(value)} where a whole number from 0 belongs")
    return value


def _check_filled(tensors: Mapping[str, Tensor], size: int) -> None:
    """See that arrays stand side by side, without gaps, and fill so many bytes."""
    at = 0
    for name, one in sorted(tensors.items(), key=lambda item: item[1][2:]):
        if one.begin != at:
            said = "overlaps another" if one.begin < at else "leaves a gap before it"
            raise ValueError(f"array {shown(name)} {said}: it begins at {one.begin:,}, not {at:,}")
        at = one.end
    if at != size:
        raise ValueError(
            f"its arrays should have {at:,} bytes, and {size:,} are there; the file was cut off, "
            "or something follows it"
        )


def read_arrays(file: BinaryIO, tensors: Mapping[str, Tensor]) -> Arrays:
    """Read the arrays that a table names.

    Args:
        file: standing after the table.
        tensors: of that table.

    Raises:
        ValueError: the file ends before its arrays, or a truth value is neither 0 nor 1.
    """
    found: Arrays = {}
    for name, one in sorted(tensors.items(), key=lambda item: item[1][2:]):
        array = np.empty(one.shape, one.dtype)
        raw = array.reshape(-1).view(np.uint8)
        if file.readinto(raw.data) != raw.size:  # type: ignore[attr-defined]
            raise ValueError(f"the file ends within array {shown(name)}")
        if array.dtype == np.bool_ and raw.max(initial=0) > 1:
            raise ValueError(f"array {shown(name)} holds a truth value other than 0 and 1")
        found[name] = array
    return {name: found[name] for name in tensors}
