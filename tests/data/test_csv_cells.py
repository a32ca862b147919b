import numpy as np
import pandas as pd
import pytest

from forecast.data.readers import (
    read_csv,
    read_with_report,
)
from forecast.errors import ReadError


def read(text, **arguments):
    return read_with_report(text.encode(), **arguments)


def refused(content, **arguments):
    content = content.encode() if isinstance(content, str) else content
    with pytest.raises(ReadError) as caught:
        read_csv(content, **arguments)
    return caught.value


def column(cells, header="date,v"):
    """A CSV of daily dates beside `cells`."""
    days = pd.date_range("2024-01-01", periods=len(cells)).strftime("%Y-%m-%d")
    return "\n".join([header, *(f"{day},{cell}" for day, cell in zip(days, cells, strict=True))])


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        *(("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("latin-1", "latin-1")),
        *(("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be")),
        ("utf-32", "utf-32"),
    ],
)
def test_encodings(codec, encoding):
    text = "Datum,Größe\n2024-01-01,1\n2024-01-02,2\n"
    data, report = read_with_report(text.encode(codec))
    assert report.encoding == encoding
    assert list(data.columns) == ["Größe"]
    assert data.index.name == "Datum"


def test_windows_signs_are_read_as_latin():
    data, report = read_with_report("date,preis €\n2024-01-01,1\n".encode("cp1252"))
    assert list(data.columns) == ["preis €"]
    assert report.encoding == "latin-1"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_and_blank_lines_keep_line_numbers(ending):
    text = column([1, 2, 3, 4, 5, "x", 7]).replace("\n", ending * 2)
    error = refused(text)
    assert (error.row, error.column) == (13, "v")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_survive_the_other_signs_in_quotes(delimiter):
    cells = ["date", "v", '"a;b,c|d\te"']
    rows = [cells, ["2024-01-01", "1", '"x,y,z"'], ["2024-01-02", "2", '";;""|\t"']]
    data, report = read("\n".join(delimiter.join(row) for row in rows))
    assert report.delimiter == delimiter
    assert data.iloc[1].tolist() == [2.0, ';;"|']


def test_line_break_within_quotes_counts_as_a_line():
    cells = ['1,"two\nlines"', '2,"b"', '3,"c"', "4,d", "5,e", "oops,f", "7,g"]
    error = refused(column(cells, header="date,v,remark"))
    assert (error.row, error.column) == (8, "v")


@pytest.mark.parametrize(
    ("delimiter", "cells", "expected", "decimal", "thousands"),
    [
        (";", ["1.234,56", "7,5"], [1234.56, 7.5], ",", "."),
        (";", ["3,5", "4,25"], [3.5, 4.25], ",", None),
        (";", ["0,125", "1,250"], [0.125, 1.25], ",", None),
        (";", ["1,234.56", "7.5"], [1234.56, 7.5], ".", ","),
        (",", ['"1,234,567"', "12"], [1234567, 12], ".", ","),
        (",", ['"1,234"', "12"], [1234, 12], ".", ","),
        (";", ["1,234", "5,678"], [1.234, 5.678], ",", None),
        (";", ["1.234.567", "12"], [1234567, 12], ",", "."),
        (";", ["1 234,5", "12,25"], [1234.5, 12.25], ",", " "),
        (";", ["1'234.5", "12.25"], [1234.5, 12.25], ".", "'"),
        (",", ["1.234", "5.678"], [1.234, 5.678], ".", None),
        (",", ["+1e3", "-.5"], [1000, -0.5], ".", None),
    ],
)
def test_decimal_and_thousands_signs(delimiter, cells, expected, decimal, thousands):
    rows = [f"2024-01-0{day}{delimiter}{cell}" for day, cell in enumerate(cells, start=1)]
    data, report = read("\n".join([f"date{delimiter}v", *rows]), target="v")
    assert data.tolist() == expected
    assert (report.decimal, report.thousands) == (decimal, thousands)


def test_another_column_proves_the_decimal_sign():
    data, report = read('date,a,b\n2024-01-01,"1,234",2.5\n2024-01-02,"5,678",3.5\n')
    assert data["a"].tolist() == [1234, 5678]
    assert not any("was read with the comma" in note for note in report.notes)


def test_a_guessed_decimal_sign_is_noted():
    _, report = read("date;v\n2024-01-01;1,234\n2024-01-02;5,678\n")
    assert report.notes[0] == (
        "A number such as 1,234 was read with the comma as decimal sign. If that is wrong, "
        'pass `decimal="."`, or write 1234 for it.'
    )


def test_wrongly_grouped_digits_are_no_number():
    error = refused(column(['"1,000"', '"2,000"', '"1,2,3"', 4, 5, 6, 7, 8]))
    assert (error.row, error.column) == (4, "v")
    assert "'1,2,3'" in str(error)


def test_blanks_are_counted_per_column():
    cells = ["1,", "NA,1", "-,n/a", ".,2", ",3", "nan,4", "7,NULL", "8,5", "9,6"]
    data, report = read(column(cells, header="date,a,b"))
    assert report.blanks == {"a": 5, "b": 3}
    assert data["a"].isna().sum() == 5
    assert data["b"].dropna().tolist() == [1, 2, 3, 4, 5, 6]


def test_a_blank_column_is_numeric():
    data, report = read(column(["", "", ""]))
    assert data["v"].isna().all()
    assert data["v"].dtype == np.float64
    assert report.blanks == {"v": 3}


def test_short_rows_are_filled_and_noted():
    data, report = read("date,a,b\n2024-01-01,1,2\n2024-01-02,3\n")
    assert np.isnan(data["b"].iloc[1])
    assert "first on line 3" in report.notes[0]


def test_trailing_delimiters_are_no_column():
    data, _ = read("date,v,\n2024-01-01,1,\n2024-01-02,2,,\n")
    assert list(data.columns) == ["v"]


def test_a_nameless_index_column_is_named_by_its_place():
    data, report = read(",v\n2024-01-01,1\n2024-01-02,2\n")
    assert data.index.name == "column 1"
    assert report.notes[0] == "A column has no name; it is called `column 1`."


# --- what stands above and beside the table -------------------------------------------------------

TABLE = "date,v\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n2024-01-04,4\n2024-01-05,x\n"


@pytest.mark.parametrize(
    ("above", "lines"),
    [
        ("# exported today\n", "Line 1"),
        ("# from X, Y and Z\n#\n", "Lines 1 to 2"),
        ("Sales report\n", "Line 1"),
        ("Sales report,\n", "Line 1"),
        ('"Sales, all regions"\n\nin euros\n', "Lines 1 to 3"),
        ("\n# exported today\nSales report\n\n", "Lines 1 to 4"),
    ],
)
def test_titles_and_comments_above_the_header_are_skipped(above, lines):
    table = TABLE.replace("x", "5")
    for text in (table, table.replace("2024-01-01,1", '"2024-01-01",1')):
        data, report = read(above + text, target="v")
        assert data.tolist() == [1, 2, 3, 4, 5]
        assert report.notes[0].startswith(f"{lines} above the header")
    error = refused(above + TABLE)
    assert (error.row, error.column) == (6 + above.count("\n"), "v")


def test_titles_are_skipped_with_any_delimiter_and_decimal_sign():
    rows = "".join(f"{day}.01.2024;{day},5;2,5\n" for day in range(10, 20))
    data, report = read("Umsatz\nDatum;a;b\n" + rows)
    assert data["a"].tolist() == [day + 0.5 for day in range(10, 20)]
    assert report.delimiter == ";"


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "^", "§"])
def test_the_delimiter_named_in_the_first_line_is_used(delimiter):
    text = f"sep={delimiter}\n" + TABLE.replace(",", delimiter)
    assert refused(text).row == 7
    data, report = read(text.replace("x", "5"), target="v")
    assert data.tolist() == [1, 2, 3, 4, 5]
    assert report.delimiter == delimiter


@pytest.mark.parametrize("header", ["#date,v", "# date, v"])
def test_a_header_that_begins_like_a_comment_is_a_header(header):
    data, report = read(TABLE.replace("date,v", header).replace("x", "5"))
    assert list(data.columns) == ["v"]
    assert report.notes == ()


def test_a_short_header_above_rows_of_data_is_not_skipped():
    assert list(read("date,\n2024-01-01,1\n2024-01-02,2\n").data.columns) == ["column 2"]
    error = refused("date\n2024-01-01,1\n2024-01-02,2\n")
    assert (error.row, "header, 1; got 2" in str(error)) == (2, True)


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_huge_cell_is_an_error_that_names_its_line_and_size(quote):
    error = refused(f"date,v,remark\n2024-01-01,1,a\n2024-01-02,2,{quote}{'x' * 131073}{quote}\n")
    assert error.row == 3
    assert "at most 131072 characters" in str(error)
    assert "Close every quote" not in str(error)


def test_a_quote_that_is_never_closed_in_a_large_file_is_named():
    error = refused('date,v\n2024-01-01,"1\n' + "2024-01-02,2\n" * 20_000)
    assert error.row == 2
    assert "a quote that is not closed" in str(error)


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("name", ["", '""', "Unnamed: 0"])
def test_a_saved_row_number_is_left_out(start, name):
    rows = [f"{start + day},2024-01-0{day + 1},{day * 5}" for day in range(4)]
    data, report = read("\n".join([f"{name},date,v", *rows]))
    assert list(data.columns) == ["v"]
    assert report.notes[0] == "The first column only counts the rows; it was left out."


def test_a_column_that_does_more_than_count_stays():
    data, _ = read(",date,v\n0,2024-01-01,1\n2,2024-01-02,2\n")
    assert list(data.columns) == ["column 1", "v"]
    data, _ = read("n,date,v\n0,2024-01-01,1\n1,2024-01-02,2\n")
    assert list(data.columns) == ["n", "v"]


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_rows_are_counted_alike_with_and_without_quotes(quote, ending):
    cells = [f"{quote}{number}{quote}" for number in range(50)]
    cells[40] = "x"
    text = column(cells).replace("\n", ending)
    assert refused(text).row == 42
    assert refused(text.replace(f"{ending}2024-01-30", f"{ending}{ending}2024-01-30")).row == 43
    assert refused(text.replace(f"{ending}2024-01-30", f"{ending} , {ending}2024-01-30")).row == 43
    assert refused(text.replace("2024-01-30", "2024-01-30,7")).row == 31
