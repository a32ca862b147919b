"""Odd and hostile tables: how they are encoded, cut and headed, each with its exact outcome."""

import codecs
import gzip
import io
import zipfile

import pandas as pd
import pytest

from forecast.data.limits import Limits
from forecast.data.readers import doctor
from tests.data.outcomes import Bad, Good, check, daily, timed

SMALL = "date,v\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n"
ONE_TO_THREE = Good({"v": [1.0, 2.0, 3.0]})
GERMAN = "Datum;Größe\n01.01.2024;1,5\n02.01.2024;2,5\n13.01.2024;3,5\n"
READ = Good({"Größe": [1.5, 2.5, 3.5]}, "2024-01-01, 2024-01-02, 2024-01-13", (("gaps", 10),))
BINARY = Bad(None, None, "got binary content")
EMPTY = Bad(None, None, "the file is empty")
NO_ROWS = Bad(1, None, "no rows below the header")
WIDE = ",".join(f"c{number}" for number in range(200_000))
LONG_NAME = "n" * 10_000


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("prices.csv", SMALL)
    return file.getvalue()


def unclosed() -> str:
    days = pd.date_range("1900-01-01", periods=50_000).strftime("%Y-%m-%d")
    rows = [f"{day},{number}" for number, day in enumerate(days)]
    return "\n".join(["date,v", rows[0].replace(",", ',"'), *rows[1:]])


def table(name, content, expected, **options):
    return pytest.param(content, expected, options, id=name)


ENCODINGS = [
    table("utf-8-with-mark", GERMAN.encode("utf-8-sig"), READ),
    table("utf-8-with-two-marks", codecs.BOM_UTF8 + GERMAN.encode("utf-8-sig"), READ),
    table("utf-16-with-mark", GERMAN.encode("utf-16"), READ),
    table("utf-16-be-with-mark", codecs.BOM_UTF16_BE + GERMAN.encode("utf-16-be"), READ),
    table("utf-16-le-without-mark", GERMAN.encode("utf-16-le"), READ),
    table("utf-16-be-without-mark", GERMAN.encode("utf-16-be"), READ),
    table("utf-16-with-half-a-character", GERMAN.encode("utf-16") + b"\n", BINARY),
    table("utf-32-with-mark", GERMAN.encode("utf-32"), READ),
    table("utf-32-without-mark", GERMAN.encode("utf-32-le"), BINARY),
    table("latin-1", GERMAN.encode("latin-1"), READ),
    table(
        "euro-of-windows",
        SMALL.replace("v", "preis €").encode("cp1252"),
        Good({"preis €": [1, 2, 3]}),
    ),
    table(
        "latin-1-among-utf-8",
        b"date,v,t\n2024-01-01,1,M\xc3\xbcnchen\n2024-01-02,2,M\xfcnchen\n",
        Bad(3, None, "this line is no UTF-8"),
    ),
    table("joined-files", SMALL.encode() + codecs.BOM_UTF8 + b"2024-01-04,4\n",
          Bad(5, "date", r"'\ufeff2024-01-04'")),
    table("end-as-in-dos", SMALL + "\x1a", ONE_TO_THREE),
]  # fmt: skip

DELIMITERS = [
    table("decimal-commas", "date;v\n2024-01-01;1,5\n2024-01-02;2,5\n", Good({"v": [1.5, 2.5]})),
    table("tab", SMALL.replace(",", "\t"), ONE_TO_THREE),
    table("pipe", SMALL.replace(",", "|"), ONE_TO_THREE),
    table("named", "sep=;\n" + SMALL.replace(",", ";"), ONE_TO_THREE),
    # Python's regular expressions would try for a minute: none is ever made of it.
    table("named-as-a-slow-expression", f"sep=(x+x+)+y\n{'x' * 50}\n{SMALL}",
          ONE_TO_THREE._replace(words="Lines 1 to 2 above the header")),
    table("named-as-a-digit", "sep=0\n" + SMALL, ONE_TO_THREE._replace(words="Line 1 above")),
    table("named-as-nothing", "sep=\n" + SMALL, ONE_TO_THREE._replace(words="Line 1 above")),
    table("named-as-a-quote", 'sep="\n' + SMALL, Bad(2, None, "as the header, 1; got 2")),
    table("within-quotes", daily(['1,"a,b;c"', '2,"x, ""y"""'], "date,v,t"),
          Good({"v": [1, 2], "t": ["a,b;c", 'x, "y"']})),
    table("space", SMALL.replace(",", " "), Bad(None, None, "values is needed beside `date v`")),
    table("semicolons-wider-than-the-header", SMALL.replace(",", ";").replace("1\n", "1;9\n", 1),
          Bad(2, None, "as the header, 2; got 3")),
    table("decimal-commas-cut-by-commas", daily(["1,5", "2,5"]), Bad(2, None, "header, 2; got 3")),
]  # fmt: skip

HEADERS = [
    table("none", SMALL.split("\n", 1)[1], Bad(1, None, "must name the columns; got 2024-01-01")),
    table("blank-names", daily(["1,2", "2,3"], ",,v"),
          Good({"column 2": [1, 2], "v": [2, 3]}, words="called `column 2`")),
    table("repeated-name", daily(["1,2"], "date,v,v"), Bad(1, "v", "got `v` 2 times")),
    table("only", "date,v\n", NO_ROWS),
    table("only-and-blank-lines", "date,v\n\n \n,\n\n", NO_ROWS),
    table("titles-above", f"Report\nmade by hand\n\n{SMALL}",
          ONE_TO_THREE._replace(words="Lines 1 to 3 above the header")),
    table("units-below", SMALL.replace("v\n", "v\n,kg\n"), Bad(2, "date", "got a blank cell")),
    table("units-in-both", SMALL.replace("v\n", "v\nISO,kg\n"), Bad(2, "date", "'ISO'")),
    table("200000-columns", f"date,{WIDE}\n2024-01-01{',1' * 200_000}\n",
          Bad(None, None, "at most 10,000 columns; got 200,001")),
    table("200000-columns-below-titles", f"{'a title' + chr(10)}" * 30 + f"date,{WIDE}\n",
          Bad(None, None, "at most 10,000 columns; got 200,001")),
    table("200000-columns-of-a-named-delimiter", f"sep=^\n{'c^' * 200_000}\n1^2\n",
          Bad(None, None, "at most 10,000 columns; got 200,001")),
    table("formula-and-page", SMALL.replace("date,v", "=cmd(),<img src=x>"),
          Good({"<img src=x>": [1, 2, 3]})),
    table("name-of-10000-characters", SMALL.replace("v", LONG_NAME),
          Good({LONG_NAME: [1, 2, 3]})),
    table("long-name-in-an-error", daily([1, 2, 3, 4, "x"], f"date,{LONG_NAME}"),
          Bad(6, LONG_NAME, "nnn…`: the cell must be a number")),
    # A search for the digit of a number from both its sides would take minutes.
    table("number-without-an-end", f"{'1' * 100_000}x,v\n2024-01-01,1\n", Good({"v": [1]})),
    table("spaces-around", " date , v \n 2024-01-01 , 1 \n", Good({"v": [1]})),
]  # fmt: skip

ROWS = [
    table("wider-in-the-last-line", SMALL + "2024-01-04,4,5\n", Bad(5, None, "header, 2; got 3")),
    table("shorter", daily(["1,2", "1", "1,2"], "date,v,w"),
          Good({"v": [1, 1, 1], "w": [2, None, 2]}, None, (("blanks", 1),), "first on line 3")),
    table("trailing-delimiters", daily(["1,", "2,", "3,"]), ONE_TO_THREE),
    table("blank-lines-between", SMALL.replace("\n", "\n\n,\n"), ONE_TO_THREE),
    table("total-below", "date;v;w\n01.02.2024;1;2\n13.02.2024;2;3\nTotal;;123\n",
          Bad(4, "date", "'Total'")),
    table("footnote-below", SMALL + "\n* preliminary\n", Bad(6, "date", "'* preliminary'")),
    table("ends-of-three-systems", "date,v\r\n2024-01-01,1\n2024-01-02,2\r2024-01-03,3\r\n",
          ONE_TO_THREE),
    table("nul", SMALL + "2024-01-04,\x004\n", Bad(5, None, "must not hold NUL")),
    table("nul-far-below", SMALL * 300 + "\0", Bad(1201, None, "must not hold NUL")),
    table("quote-not-closed", unclosed(), Bad(2, None, "a quote that is not closed")),
    table("quote-not-closed-at-the-end", SMALL + '2024-01-04,"4\n', Bad(5, None, "Close every")),
    table("quote-within", daily(['1,5" disk', "2,b"], "date,v,t"),
          Good({"v": [1, 2], "t": ['5" disk', "b"]})),
    table("sign-after-a-quote", daily(['1,"a"b'], "date,v,t"), Bad(2, None, "Close every quote")),
    table("line-break-in-quotes", daily(['1,"a\nb"', "2,c"], "date,v,t"),
          Good({"v": [1, 2], "t": ["a\nb", "c"]})),
    table("cell-of-two-megabytes", daily([f"1,{'x' * 2_000_000}"], "date,v,t"),
          Bad(2, None, "at most 1,048,576 bytes; got 2,000,013")),
    table("cell-of-200-kilobytes", daily([f"1,{'x' * 200_000}"], "date,v,t"),
          Bad(2, None, "at most 131072 characters")),
]  # fmt: skip

FILES = [
    table("empty", b"", EMPTY),
    table("mark-alone", codecs.BOM_UTF8, EMPTY),
    table("end-as-in-dos-alone", "\x1a", EMPTY),
    table("line-ends-alone", "\n\n\r\n", EMPTY),
    table("spaces-alone", "  \t \n", EMPTY),
    table("png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), BINARY),
    table("program", b"\x7fELF\x02\x01\x01" + bytes(100), BINARY),
    table("zip", zipped(), Bad(None, None, "a zip archive or an Excel workbook")),
    table("gzip", gzip.compress(SMALL.encode(), mtime=0), Bad(None, None, "a gzip archive")),
    table("pdf", "%PDF-1.4\n1 0 obj\n", Bad(None, None, "got a PDF document")),
    table("page", "\n<!DOCTYPE html>\n<p>Not found, sorry</p>\n", Bad(None, None, "a web page")),
    table("json", '[{"date": "2024-01-01", "v": 1}]', Bad(None, None, "got JSON")),
    table("lines-of-json", '{"date":"2024-01-01","v":1}\n', Bad(None, None, "got JSON")),
    table("prose", "Dear Sir,\nplease find, attached, it.\n", NO_ROWS._replace(row=2)),
    table("line-of-5-megabytes", "date,v\n2024-01-01," + "1" * 5_000_000,
          Bad(2, None, "at most 1,048,576 bytes; got 5,000,011")),
    table("cells-without-an-end", "a," * 2_500_000, Bad(None, None, "at most 10,000 columns")),
    table("too-many-bytes", SMALL, Bad(None, None, "at most 10 bytes"), limits=Limits(bytes=10)),
    table("too-many-rows", timed(["2024-01-01"] * 50), Bad(None, None, "at most 20 rows; got 51"),
          limits=Limits(rows=20)),
    table("too-many-columns", daily(["1,2"], "date,v,w"), Bad(None, None, "2 columns; got 3"),
          limits=Limits(columns=2)),
    table("too-long-a-line", SMALL, Bad(2, None, "at most 10 bytes; got 12"),
          limits=Limits(line_length=10)),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected", "options"), ENCODINGS)
def test_encodings_come_out_exactly(content, expected, options):
    check(content, expected, options)


@pytest.mark.parametrize(("content", "expected", "options"), DELIMITERS)
def test_delimiters_come_out_exactly(content, expected, options):
    check(content, expected, options)


@pytest.mark.parametrize(("content", "expected", "options"), HEADERS)
def test_headers_come_out_exactly(content, expected, options):
    check(content, expected, options)


@pytest.mark.parametrize(("content", "expected", "options"), ROWS)
def test_rows_come_out_exactly(content, expected, options):
    check(content, expected, options)


@pytest.mark.parametrize(("content", "expected", "options"), FILES)
def test_files_come_out_exactly(content, expected, options):
    check(content, expected, options)


def test_too_many_columns_are_refused_before_anything_is_cut(monkeypatch):
    def never(*_):
        pytest.fail("the table was cut")

    monkeypatch.setattr("forecast.data.csv_cells.find_layout", never)
    monkeypatch.setattr("forecast.data.csv_cells.decode", never)
    with pytest.raises(ValueError, match="at most 10,000 columns"):
        doctor(f"date,{WIDE}\n".encode())


def test_rows_of_quoted_cells_are_kept_together_over_batches(monkeypatch):
    monkeypatch.setattr("forecast.data.csv_cells.BATCH", 7)
    text = daily([f'{number},"a"' for number in range(30)], "date,v,t")
    found = doctor(text.encode())
    assert found.data["v"].tolist() == list(range(30))
    assert found.before["line"].tolist() == [2, 3, 4, 5]
