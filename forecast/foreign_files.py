"""What a file is that is no model of this package, told by its first bytes."""

import re

ENOUGH = 512  # bytes that tell a file

PICKLE = "a pickle, which runs the code it brings when it is read"
ZIP = "a zip archive, as .keras, .npz and PyTorch's .pt files are"

STARTS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"PK\x07\x08", ZIP),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras' .h5 files are"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x93NUMPY", "an array of NumPy (.npy), which may hold pickles"),
    (b"PAR1", "a Parquet table"),
    (b"ARROW1", "an Arrow table"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"GGUF", "a GGUF model"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG\r\n\x1a\n", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"version https://git-lfs", "a pointer of Git LFS in place of the file itself"),
)
TAR = (257, b"ustar")
# Protocol 2 and later says so; of the older ones, a name to import, a container, a text, a number.
PICKLES = re.compile(
    rb"\x80[\x02-\x05]|c[\w.]+\n[\w.]+\n[(pq.)]|\(?[dlt(]p?\d*\n|[SV]['\"]?[^\n]*\np\d+\n|I\d+\n\."
)
ONNX = re.compile(rb"\x08[\x01-\x20]\x12")
MARKUP = re.compile(rb"\s*<(!doctype|html|\?xml|svg)", re.IGNORECASE)


def foreign_kind(start: bytes) -> str | None:
    """Return what a file is whose first bytes are these; None where they do not tell.

    Args:
        start: the first `ENOUGH` bytes, or all.
    """
    if not start:
        return "an empty file"
    for begin, kind in STARTS:
        if start.startswith(begin):
            return kind
    place, mark = TAR
    if start[place : place + len(mark)] == mark:
        return "a tar archive"
    for pattern, kind in ((PICKLES, PICKLE), (ONNX, "an ONNX model"), (MARKUP, "a web page")):
        if pattern.match(start):
            return kind
    if start.lstrip()[:1] in (b"{", b"["):
        return "a JSON text"
    return None
