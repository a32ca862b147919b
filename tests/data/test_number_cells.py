import pandas as pd
import pytest

from forecast.data.readers import read_csv, read_table, read_with_report
from forecast.errors import SettingError


def read(cells, *, delimiter=",", written="%Y-%m-%d", **arguments):
    days = pd.date_range("2024-01-13", periods=len(cells)).strftime(written)
    rows = [f'{day}{delimiter}"{cell}"' for day, cell in zip(days, cells, strict=True)]
    text = "\n".join([f"Datum{delimiter}Wert", *rows])
    return read_with_report(text.encode(), target="Wert", **arguments)


def number_notes(report):
    return [note for note in report.notes if note.startswith("A number")]


COUNTS = ["950", "980", "1.050", "1.100"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("written", ["%Y-%m-%d", "%d.%m.%Y"])
def test_dots_among_whole_numbers_below_a_thousand_group_digits(delimiter, written):
    data, report = read(COUNTS, delimiter=delimiter, written=written)
    assert data.tolist() == [950, 980, 1050, 1100]
    assert (report.decimal, report.thousands) == (",", ".")
    assert number_notes(report) == [
        "A number such as 1.050 was read with the dot as thousands sign. If that is wrong, "
        'pass `decimal="."`, or write 1.0500 for it.'
    ]


@pytest.mark.parametrize(
    ("cells", "arguments"),
    [
        (["5", "12", "1.050", "300"], {}),  # who drops the decimals of 5 would write 1.05
        (["874", "911", "1.013", "1.127"], {}),  # numbers close together
        (["1.234", "5.678"], {"delimiter": ";"}),
        (["1.234", "5.678"], {"written": "%d.%m.%Y"}),
        (["5", "1.234", "7", "6.783"], {"delimiter": ";"}),
    ],
)
def test_unclear_dots_that_group_digits(cells, arguments):
    data, report = read(cells, **arguments)
    assert data.tolist() == [float(cell.replace(".", "")) for cell in cells]
    assert "dot as thousands sign" in report.notes[0]


@pytest.mark.parametrize(
    ("cells", "arguments"),
    [
        (["1.234", "5.678"], {}),
        (["1.234", "5.678"], {"written": "%Y.%m.%d"}),
        (["3", "2.125", "4", "1.375"], {}),
        (["1.234", "1234", "950"], {"delimiter": ";"}),
    ],
)
def test_unclear_dots_that_are_decimal(cells, arguments):
    data, report = read(cells, **arguments)
    assert data.tolist() == [float(cell) for cell in cells]
    unclear = next(cell for cell in cells if "." in cell)
    assert number_notes(report) == [
        f"A number such as {unclear} was read with the dot as decimal sign. If that is wrong, "
        f'pass `decimal=","`, or write {unclear.replace(".", "")} for it.'
    ]


@pytest.mark.parametrize(
    "cells",
    [
        ["1.234", "0.987", "12.5"],
        ["1.234", "0.987"],
        ["1.234", ".987"],
        ["1.234", "1234.567"],
        ["1.234", "5.678e3"],
        ["950", "1.050", "7.25"],
    ],
)
def test_one_clear_cell_proves_the_dot_as_decimal_sign(cells):
    data, report = read(cells, delimiter=";", written="%d.%m.%Y")
    assert data.tolist() == [float(cell) for cell in cells]
    assert (report.decimal, report.thousands) == (".", None)
    assert number_notes(report) == []


def test_the_caller_has_the_last_word():
    for decimal, expected in [(".", [950, 980, 1.05, 1.1]), (",", [950, 980, 1050, 1100])]:
        data, report = read(COUNTS, decimal=decimal)
        assert data.tolist() == expected
        assert number_notes(report) == []
        assert report.decimal == decimal
    assert read(["1,234"], decimal=",").data.tolist() == [1.234]
    for reader in (read_csv, read_table):
        with pytest.raises(SettingError, match=r"`decimal` must be one of '\.', ','; got ';'"):
            reader(b"ds,y\n2024-01-01,1\n", decimal=";")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1\u202f234,5", "12,25"], [1234.5, 12.25]),
        (["1\u00a0234,5", "12,25"], [1234.5, 12.25]),
        (["1\u202f234", "12"], [1234, 12]),
        (["1\u2009234\u2009567", "12"], [1234567, 12]),
        (["1 234,567", "12"], [1234.567, 12]),
        (["1\u2019234.50", "12"], [1234.5, 12]),
        (["\u22121.5", "2.5"], [-1.5, 2.5]),
        (["\u22121.234,5", "\u2212"], [-1234.5, float("nan")]),
    ],
)
def test_the_signs_of_typesetters(cells, expected):
    data, _ = read(cells, delimiter=";")
    assert data.tolist() == pytest.approx(expected, nan_ok=True)
