"""How a CSV is written: its encoding, its delimiter and where its table begins, by evidence."""

import codecs
import csv
import io
import re
from itertools import islice, takewhile
from typing import NamedTuple

from forecast.data.time_formats import is_date
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
TEXT_KINDS = (
    (b"<!doctype", "a web page", "Save its table as CSV"),
    (b"<html", "a web page", "Save its table as CSV"),
    (b"<?xml", "XML", "Save its table as CSV"),
    (b"%pdf-", "a PDF document", "Save its table as CSV"),
    (b'{"', "JSON", "Write its records as lines of a CSV"),
    (b"[{", "JSON", "Write its records as lines of a CSV"),
)
DELIMITERS = (";", "\t", "|", ",")  # at a tie a comma may be a decimal sign, so it comes last
SAMPLE_BYTES = 4096
SAMPLE_LINES = 400
SAMPLE_CHARACTERS = 4 * 2**20  # of these lines together
MOSTLY = 0.8
# As Excel writes it; what may stand within a number or a word cuts nothing.
NAMED_DELIMITER = re.compile(r'"?sep=([^"\r\n\w.+-])"?[\r\n]*', re.IGNORECASE)
# Letters of Western languages, quotes and the euro in UTF-8, which make no sense in Latin-1.
SURELY_UTF_8 = re.compile(rb"\xc3[\x80-\xbf]|\xe2\x80[\x90-\xaf]|\xe2\x82\xac")
BINARY = 0.05  # share of control characters that text does not reach
# It looks ahead for the one digit there must be: a search from both sides takes minutes.
NUMBER = re.compile(r"[+-]?(?=[.,' ]*\d)[\d.,' ]+([eE][+-]?\d+)?")
TEXT_CONTROLS = frozenset("\t\n\r\f\x1a")


class Text(NamedTuple):
    """What the bytes of a file say.

    Attributes:
        text: without byte order marks.
        encoding: of the bytes.
        utf_8: the same text as UTF-8 where that is at hand.
    """

    text: str
    encoding: str
    utf_8: memoryview | None


class Layout(NamedTuple):
    """How a table is cut, and how many lines and characters stand above its header."""

    delimiter: str
    lines: int
    characters: int
    note: str | None


def refuse_other_kinds(content: bytes, path: str) -> None:
    """See by its first bytes that a file may be text.

    Raises:
        ReadError: it is known to be something else.
    """
    for magic, kind, remedy in OTHER_KINDS:
        if content.startswith(magic):
            raise ReadError(f"{path}: a CSV is a text file; got {kind}. {remedy} first.", path=path)
    begins = content[:SAMPLE_BYTES].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for start, kind, remedy in TEXT_KINDS:
        if begins.startswith(start):
            raise ReadError(f"{path}: the file must be a CSV; got {kind}. {remedy}.", path=path)
    if not _candidate_encodings(content):
        raise _binary(path)


def decode(content: bytes, path: str) -> Text:
    """Return the text of `content` and the name of its encoding.

    Raises:
        ReadError: the file is empty, holds no text, or text in two encodings.
    """
    for encoding in _candidate_encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            if encoding == "utf-8" and SURELY_UTF_8.search(content):
                raise _two_encodings(content, error.start, path) from error
            continue
        found = _without_marks(text, encoding, content)
        _check_text(found.text, path)
        return found
    raise _binary(path)


def _without_marks(text: str, encoding: str, content: bytes) -> Text:
    """Return a text without byte order marks, and without the sign that ended a file in DOS."""
    marked = text.lstrip("\ufeff")
    plain = marked.rstrip("\x1a")
    if not encoding.startswith("utf-8"):
        return Text(plain, "latin-1" if encoding == "cp1252" else encoding, None)
    start, stop = 0, len(content) - (len(marked) - len(plain))
    while content.startswith(codecs.BOM_UTF8, start):
        start += len(codecs.BOM_UTF8)
    return Text(plain, encoding, memoryview(content)[start:stop])


def _two_encodings(content: bytes, at: int, path: str) -> ReadError:
    line = content.count(b"\n", 0, at) + 1
    return ReadError(
        f"{path}, line {line}: a file must have one encoding; this line is no UTF-8, as others "
        "are. Write the whole file as UTF-8.",
        path=path,
        row=line,
    )


def no_text(path: str) -> ReadError:
    """Return the error for a file without a single filled cell."""
    message = f"{path}: the file is empty. Pass a CSV with a header and at least one row."
    return ReadError(message, path=path)


def find_layout(text: str) -> Layout:
    """Return the delimiter that cuts most records as wide as the header, and where that stands.

    Quoted cells are respected. Fewer skipped lines win, at a tie the sign that gives more cells. A
    text without any delimiter counts as one column, cut by commas.
    """
    lines = list(islice(io.StringIO(text[:SAMPLE_CHARACTERS], newline=""), SAMPLE_LINES))
    if len(text) > SAMPLE_CHARACTERS and 1 < len(lines) < SAMPLE_LINES:
        del lines[-1]  # it may go on
    named = NAMED_DELIMITER.fullmatch(lines[0])
    first = 1 if named else 0
    fits = []
    for delimiter in (named[1],) if named else DELIMITERS:
        start = _header_line(lines, delimiter, first)
        share, width = _widths(_read(lines[start:], delimiter), delimiter)
        fits.append((_is_table(share, width), -start, share, width, delimiter))
    best = max(fits, key=lambda fit: fit[:-1])
    start, delimiter = -best[1], best[-1]
    characters = sum(len(line) for line in lines[:start])
    return Layout(delimiter, start, characters, _skip_note(lines, first, start))


def is_data(cells: list[str]) -> bool:
    """Say whether a record cannot be a header: it has a date, or numbers only."""
    return any(is_date(cell) for cell in cells) or all(NUMBER.fullmatch(cell) for cell in cells)


def _header_line(lines: list[str], delimiter: str, first: int) -> int:
    """Return the place of the header below titles and comments, if a table begins there."""
    above = takewhile(lambda line: _is_title(line, delimiter), lines[first:])
    table = first + sum(1 for _ in above)
    # A header may itself begin like a comment.
    for start in (table, table - 1) if table > first else ():
        records = _read(lines[start:], delimiter)
        if _is_table(*_widths(records, delimiter)) and not is_data(records[0]):
            return start
    return first


def _is_title(line: str, delimiter: str) -> bool:
    """Say whether a line is blank, a comment, or has a first cell only."""
    if not line.strip() or line.lstrip().startswith("#"):
        return True
    if line.count('"') % 2:
        return False  # a cell with a line break
    filled = [bool(cell.strip()) for record in _read([line], delimiter) for cell in record]
    return filled[:1] == [True] and sum(filled) == 1


def _skip_note(lines: list[str], first: int, start: int) -> str | None:
    if not "".join(lines[first:start]).strip():
        return None
    if start - first == 1:
        return f"Line {start} above the header is no part of the table; it was skipped."
    return (
        f"Lines {first + 1} to {start} above the header are no part of the table; "
        "they were skipped."
    )


def _is_table(share: float, width: int) -> bool:
    return share >= MOSTLY and width >= 2


def _widths(records: list[list[str]], delimiter: str) -> tuple[float, int]:
    """Return the share of records as wide as the header, and that width."""
    widths = [len(record) for record in records]
    # A comma is preferred where nothing cuts at all.
    if not widths or widths[0] < 2:
        return 0.0, int(delimiter == ",")
    return sum(width == widths[0] for width in widths) / len(widths), widths[0]


def _read(lines: list[str], delimiter: str) -> list[list[str]]:
    """Return the records of lines, none where a cell is too long."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    try:
        return [record for record in reader if record]
    except csv.Error:
        return []


def _candidate_encodings(content: bytes) -> tuple[str, ...]:
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return (encoding,)
    sample = content[:SAMPLE_BYTES]
    if sample.count(0) <= BINARY * len(sample):
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
    if controls > BINARY * len(sample):
        raise _binary(path)
    at = text.find("\0")
    if at >= 0:
        line = max(text.count("\n", 0, at), text.count("\r", 0, at)) + 1
        raise ReadError(
            f"{path}, line {line}: text must not hold NUL characters; got one. "
            "Write the file again, or remove them.",
            path=path,
            row=line,
        )


def _binary(path: str) -> ReadError:
    return ReadError(
        f"{path}: a CSV is a text file; got binary content. "
        "Save the table as CSV with UTF-8 encoding.",
        path=path,
    )
