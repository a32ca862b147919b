"""How a CSV is written: the character encoding and the delimiter, found by evidence."""

import codecs
import csv
import io
from itertools import islice

from forecast.errors import ReadError

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
OTHER_KINDS = (
    (b"PAR1", "a Parquet file", "Read it with `read_parquet`"),
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "Save it as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Save it as CSV"),
    (b"\x1f\x8b", "a gzip archive", "Unpack it"),
)
DELIMITERS = (";", "\t", "|", ",")  # at a tie a comma may be a decimal sign, so it comes last
SAMPLE_BYTES = 4096
SAMPLE_RECORDS = 300
TEXT_CONTROLS = frozenset("\t\n\r\f\x1a")


def decode(content: bytes, path: str) -> tuple[str, str]:
    """Return the text of `content` and the name of its encoding.

    Raises:
        ReadError: the file is empty, or holds no text.
    """
    for magic, kind, remedy in OTHER_KINDS:
        if content.startswith(magic):
            raise ReadError(f"{path}: a CSV is a text file; got {kind}. {remedy} first.", path=path)
    for encoding in _candidate_encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        _check_text(text, path)
        return text, "latin-1" if encoding == "cp1252" else encoding
    raise _binary(path)


def no_text(path: str) -> ReadError:
    """Return the error for a file without a single filled cell."""
    message = f"{path}: the file is empty. Pass a CSV with a header and at least one row."
    return ReadError(message, path=path)


def find_delimiter(text: str) -> str:
    """Return the sign that cuts most records into as many cells as the header has.

    Quoted cells are respected. At a tie the sign that gives more cells wins. A text without any
    delimiter counts as one column, cut by commas.
    """
    return max(DELIMITERS, key=lambda delimiter: _evidence(text, delimiter))


def _evidence(text: str, delimiter: str) -> tuple[float, int]:
    """Return the share of records as wide as the header, and that width."""
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        widths = [len(record) for record in islice(records, SAMPLE_RECORDS) if record]
    except csv.Error:
        return 0.0, 0
    # A comma is preferred where nothing cuts at all.
    if not widths or widths[0] < 2:
        return 0.0, int(delimiter == ",")
    return sum(width == widths[0] for width in widths) / len(widths), widths[0]


def _candidate_encodings(content: bytes) -> tuple[str, ...]:
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return (encoding,)
    sample = content[:SAMPLE_BYTES]
    if b"\0" not in sample:
        # Windows writes more signs (such as €) than Latin-1 proper; it leaves five bytes undefined.
        return "utf-8", "cp1252", "latin-1"
    half = len(sample) // 2
    if sample[1::2].count(0) > 0.4 * half and sample[0::2].count(0) < 0.05 * half:
        return ("utf-16-le",)
    if sample[0::2].count(0) > 0.4 * half and sample[1::2].count(0) < 0.05 * half:
        return ("utf-16-be",)
    return ()


def _check_text(text: str, path: str) -> None:
    if not text.strip():
        raise no_text(path)
    sample = text[:SAMPLE_BYTES]
    controls = sum(sign < " " and sign not in TEXT_CONTROLS for sign in sample)
    if "\0" in text or controls > 0.01 * len(sample):
        raise _binary(path)


def _binary(path: str) -> ReadError:
    return ReadError(
        f"{path}: a CSV is a text file; got binary content. "
        "Save the table as CSV with UTF-8 encoding.",
        path=path,
    )
