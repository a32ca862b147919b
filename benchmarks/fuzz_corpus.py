"""Files for `benchmarks.fuzz_data`: small ones of all kinds, and what becomes of them at random."""

import codecs
import io
import random
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

ROWS = 24
LARGEST = 200_000  # bytes of a mutated file
PIECES = (
    *(b",", b";", b"\t", b"|", b'"', b'""', b"\n", b"\r\n", b"\r", b"\0", b"\x1a", b" ", b"'"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff", b"\xc3\xa9", "\u2028".encode(), b"PAR1"),
    *(b"sep=;\n", b"sep=(x+x+)+y\n", b"# note\n", b"unique_id", b"ds", b"date", b"y", b"1e400"),
    *(b"inf", b"nan", b"-", b"1,5", b"1.234.567", b"0001-01-01", b"9999-12-31T23:59:59Z"),
    *(b"2024-02-30", b"2024-10-27 02:00", b"13/01/2024", b"2020Q1", b"2020-W53", b"1577836800"),
    *(b"9" * 400, b"," * 2000, b"\xff" * 8, b"\x7f\xff\xff\xff\xff\xff\xff\xff", b"+14:00"),
)

Mutation = Callable[[random.Random, bytearray, list[bytes]], None]


def tables() -> list[bytes]:
    """Return small CSVs of many kinds."""
    values = np.round(np.sin(np.arange(ROWS)) * 1000, 3)
    made = []
    for frequency, written in (
        ("D", "%Y-%m-%d"), ("h", "%d.%m.%Y %H:%M"), ("MS", "%b %Y"), ("15min", "%m/%d/%Y %I:%M %p"),
        ("YS", "%Y"), ("s", "%Y-%m-%dT%H:%M:%SZ"), ("W", "%G-W%V"), ("D", "%Y%m%d"),
    ):  # fmt: skip
        index = pd.date_range("2024-01-01", periods=ROWS, freq=frequency)
        frame = pd.DataFrame({"date": index.strftime(written), "v": values, "n": range(ROWS)})
        made += [
            frame.to_csv(index=False).encode(),
            frame.to_csv(index=False, sep=";", decimal=",").encode("utf-16"),
            frame.assign(t="a,b").to_csv(index=False, sep="\t", quoting=1).encode("utf-8-sig"),
        ]
    days = pd.date_range("2024-10-26", periods=ROWS, freq="h").strftime("%Y-%m-%d %H:%M")
    long = pd.DataFrame({"unique_id": list("ab") * 12, "ds": days, "y": values}).to_csv(index=False)
    epochs = pd.DataFrame({"timestamp": 1_577_836_800 + 3600 * np.arange(ROWS), "v": values})
    title = "Größe der Dinge\n\nDatum;Größe\n" + "".join(
        f"{d}.1.24;1.{d:03d}\n" for d in range(1, 25)
    )
    return [*made, long.encode(), epochs.to_csv(index=False).encode(), title.encode("cp1252")]


def parquets() -> list[bytes]:
    """Return small Parquet files of many kinds."""
    times = pd.date_range("2024-01-01", periods=ROWS, freq="h")
    values = np.sin(np.arange(ROWS))
    columns = {
        "float": pa.array(values), "whole": pa.array(range(ROWS)),
        "text": pa.array(["ab", "c"] * 12), "large": pa.array(["x"] * ROWS, pa.large_string()),
        "category": pa.array(["a", "b"] * 12).dictionary_encode(), "null": pa.nulls(ROWS),
        "decimal": pa.array([Decimal("1.25")] * ROWS), "list": pa.array([[1, 2]] * ROWS),
        "truth": pa.array([True, None] * 12), "clock": pa.array(range(ROWS), pa.time32("s")),
        "day": pa.array(range(ROWS), pa.date32()),
    }  # fmt: skip
    kinds = (pa.timestamp("ns"), pa.timestamp("s"), pa.timestamp("us", "Europe/Berlin"))
    made = [{"ds": pa.array(times.as_unit("ns")).cast(kind), **columns} for kind in kinds]
    made.append({"unique_id": pa.array(["a", "b"] * 12), "ds": pa.array(times), "y": values})
    made.append({"timestamp": pa.array(1_577_836_800 + np.arange(ROWS)), "v": values})
    settings = ({}, {"compression": "zstd"}, {"use_dictionary": False, "data_page_version": "2.0"},
                {"row_group_size": 5, "compression": "none"})  # fmt: skip
    return [_written(each, setting) for each in made for setting in settings]


def _written(columns: dict[str, object], setting: dict[str, object]) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file, **setting)
    return file.getvalue()


def flip(chance: random.Random, content: bytearray, _: list[bytes]) -> None:
    """Change some bits."""
    for _flip in range(chance.choice((1, 1, 3, 20))):
        if content:
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def splice(chance: random.Random, content: bytearray, corpus: list[bytes]) -> None:
    """Put a part of another file in the place of one."""
    other = chance.choice(corpus)
    begin = chance.randrange(len(other))
    start, stop = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    content[start:stop] = other[begin : begin + chance.randrange(200)]


def cut(chance: random.Random, content: bytearray, _: list[bytes]) -> None:
    """Cut a part out, or the end off."""
    start = chance.randrange(len(content) + 1)
    stop = len(content) if chance.random() < 0.3 else start + chance.randrange(100)
    del content[start:stop]


def repeat(chance: random.Random, content: bytearray, _: list[bytes]) -> None:
    """Say a part again and again."""
    start = chance.randrange(len(content) + 1)
    part = content[start : start + chance.choice((1, 10, 100))]
    content[start:start] = (part * chance.choice((1, 2, 50, 3000)))[:LARGEST]


def insert(chance: random.Random, content: bytearray, _: list[bytes]) -> None:
    """Put in something that means something."""
    start = chance.randrange(len(content) + 1)
    content[start:start] = chance.choice(PIECES)


def overwrite(chance: random.Random, content: bytearray, _: list[bytes]) -> None:
    """Write something that means something over what is there."""
    start, piece = chance.randrange(len(content) + 1), chance.choice(PIECES)
    content[start : start + len(piece)] = piece


def shuffle(chance: random.Random, content: bytearray, _: list[bytes]) -> None:
    """Put two lines in the place of each other, or one twice."""
    lines = content.split(b"\n")
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    other = lines[first]
    lines[first] = lines[second]
    if chance.random() < 0.7:
        lines[second] = other
    content[:] = b"\n".join(lines)


def recell(chance: random.Random, content: bytearray, _: list[bytes]) -> None:
    """Write something else into one cell."""
    sign = max(b",;\t", key=content.count)
    lines = content.split(b"\n")
    row = chance.randrange(len(lines))
    cells = lines[row].split(bytes([sign]))
    cells[chance.randrange(len(cells))] = bytearray(chance.choice(PIECES))
    lines[row] = bytearray([sign]).join(cells)
    content[:] = b"\n".join(lines)


CRUDE: tuple[Mutation, ...] = (flip, splice, cut, repeat, insert, overwrite)
GENTLE: tuple[Mutation, ...] = (shuffle, shuffle, recell, recell, recell, insert)


def mutated(chance: random.Random, corpus: list[bytes], *, is_text: bool) -> bytes:
    """Return a file that has gone through some mutations, or random bytes."""
    if chance.random() < 0.05:
        start = chance.choice((b"", b"PAR1", codecs.BOM_UTF8, codecs.BOM_UTF16_LE))
        return start + chance.randbytes(chance.randrange(400))
    content = bytearray(chance.choice(corpus))
    is_crude = chance.random() < 0.4
    if not is_text and not is_crude:
        return _inside(chance, content)
    for _ in range(chance.choice((1, 1, 2, 4))):
        chance.choice(CRUDE if is_crude else GENTLE)(chance, content, corpus)
    return bytes(content[:LARGEST])


def _inside(chance: random.Random, content: bytearray) -> bytes:
    """Change bytes of a Parquet file, mostly of its columns, that every length still is right."""
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    start, stop = (4, footer) if chance.random() < 0.7 else (footer, len(content) - 8)
    for _ in range(chance.choice((1, 1, 2, 8))):
        at = chance.randrange(start, stop)
        content[at] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
    return bytes(content)


def generated(chance: random.Random) -> bytes:
    """Return a sound Parquet file with columns and values at random, many at their ends."""
    rows = chance.choice((1, 2, 3, 5, 30))
    names = chance.sample(("ds", "unique_id", "v", "y", "", "a", "timestamp", "date\n"), 4)
    return _written({name: _column(chance, rows) for name in names}, {})


def _column(chance: random.Random, rows: int) -> pa.Array:
    kind = chance.choice((
        *(pa.timestamp(unit) for unit in ("ms", "us", "ns")), pa.timestamp("us", "UTC"),
        *(pa.timestamp("ms", "America/New_York"), pa.date32(), pa.int64(), pa.uint8(), pa.int32()),
    ))  # fmt: skip
    if chance.random() < 0.4:
        some = ("a", "b", "", "1,5", "2.5", "2024-01-01", "-", "\ud7ff", "x" * 300, None)
        return pa.array([chance.choice(some) for _ in range(rows)], pa.string())
    if chance.random() < 0.3:
        floats = (0.0, -0.0, 1e308, 5e-324, float("nan"), None, 1.5, -2.25)
        return pa.array([chance.choice(floats) for _ in range(rows)], pa.float64())
    bits = chance.choice((6, 20, 31, kind.bit_width - 2))
    start, step = (
        chance.randrange(2 ** min(bits, kind.bit_width - 2)),
        chance.choice((0, 1, 60, 86_400)),
    )
    whole = [start + step * row for row in range(rows)]
    if chance.random() < 0.3:
        whole = [chance.choice((None, 0, start, start // 2)) for _ in range(rows)]
    most = 2 ** (kind.bit_width - 1) - 1
    cells = [None if one is None else min(one, most) for one in whole]
    return pa.array(cells, pa.int64()).cast(_storage(kind)).cast(kind)


def _storage(kind: pa.DataType) -> pa.DataType:
    return kind if pa.types.is_integer(kind) else {32: pa.int32(), 64: pa.int64()}[kind.bit_width]
