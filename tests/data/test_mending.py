"""Each repair by itself: what it does, what it says of it, and what it says when it is off."""

import numpy as np
import pandas as pd
import pytest

from forecast.data.gaps import without_gaps
from forecast.data.mending import Rows, in_order, without_blanks, without_duplicates
from forecast.data.repairs import Repairs
from forecast.errors import ReadError, SettingError

NONE = float("nan")


def rows(days, values, series=None, **more):
    """Rows of January 2024, in the order of a file; `values` are numbers."""
    count = len(days)
    times = pd.DatetimeIndex([f"2024-01-{day:02d}" for day in days])
    owners = np.zeros(count, dtype=np.int64) if series is None else np.array(series, dtype=np.int64)
    frame = pd.DataFrame({"v": np.array(values, dtype=float), **more})
    return Rows(frame, owners, times, np.arange(count, dtype=np.int64))


def refuse(message, at, column=None):
    return ReadError(message, row=at, column=column)


def shown(found):
    """Series, day and value of rows, "-" for a blank."""
    values = ["-" if np.isnan(value) else value for value in found.values["v"]]
    return list(zip(found.series.tolist(), found.times.day.tolist(), values, strict=True))


# --- order ----------------------------------------------------------------------------------------


def test_rows_are_sorted_and_those_that_come_too_late_are_counted():
    found, done = in_order(rows([3, 1, 4, 2], [3, 1, 4, 2]), Repairs(), refuse)
    assert shown(found) == [(0, day, day) for day in (1, 2, 3, 4)]
    assert (done.name, done.method, done.count, done.rows) == ("order", "sort", 2, (1, 3))
    assert found.places.tolist() == [1, 3, 0, 2]


def test_rows_in_order_are_not_touched():
    given = rows([1, 2, 2], [1, 2, 3])
    found, done = in_order(given, Repairs(order="refuse"), refuse)
    assert found is given
    assert done is None


def test_series_that_are_mixed_are_no_disorder():
    given = rows([1, 1, 2, 2], [1, 10, 2, 20], series=[1, 0, 1, 0])
    found, done = in_order(given, Repairs(order="refuse"), refuse)
    assert shown(found) == [(0, 1, 10), (0, 2, 20), (1, 1, 1), (1, 2, 2)]
    assert done is None


def test_disorder_is_refused_where_it_begins():
    with pytest.raises(ReadError, match="2024-01-01 comes after a later one") as caught:
        in_order(rows([2, 3, 1], [2, 3, 1]), Repairs(order="refuse"), refuse)
    assert caught.value.row == 2


# --- duplicates -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "value", "blank", "words"),
    [
        ("last", 9.0, "-", "only the last was kept; 3 were dropped"),
        ("first", 1.0, 7.0, "only the first was kept; 3 were dropped"),
        ("mean", 4.0, 7.0, "merged by their mean; 3 were merged"),
        ("sum", 12.0, 7.0, "merged by their sum"),
        ("min", 1.0, 7.0, "merged by their min"),
        ("max", 9.0, 7.0, "merged by their max"),
    ],
)
def test_duplicates_are_merged_by_any_method(method, value, blank, words):
    given = rows([1, 1, 1, 2, 3, 3], [1, 2, 9, 5, 7, NONE], word=list("abcdef"))
    found, done = without_duplicates(given, Repairs(duplicates=method), refuse)
    assert shown(found) == [(0, 1, value), (0, 2, 5.0), (0, 3, blank)]
    assert found.values["word"].tolist() == list("ade" if method == "first" else "cdf")
    assert (done.method, done.count, done.rows) == (method, 3, (1, 2, 5))
    assert words in done.said


def test_blanks_that_are_merged_stay_blank():
    for method in ("mean", "sum", "min", "max"):
        found, _ = without_duplicates(
            rows([1, 1], [NONE, NONE]), Repairs(duplicates=method), refuse
        )
        assert shown(found) == [(0, 1, "-")]


def test_the_same_day_of_two_series_is_no_duplicate():
    found, done = without_duplicates(
        rows([1, 1], [1, 2], series=[0, 1]), Repairs(duplicates="refuse"), refuse
    )
    assert len(found.times) == 2
    assert done is None


def test_duplicates_are_refused_at_the_second_row():
    with pytest.raises(ReadError, match="2024-01-02 stands in another row before") as caught:
        without_duplicates(rows([1, 2, 2], [1, 2, 3]), Repairs(duplicates="refuse"), refuse)
    assert caught.value.row == 2


# --- blanks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "expected", "words"),
    [
        ("leave", [(0, 1, "-"), (0, 2, 2), (0, 3, "-"), (1, 4, "-"), (1, 5, 5)], "never scores"),
        ("forward", [(0, 1, "-"), (0, 2, 2), (0, 3, 2), (1, 4, "-"), (1, 5, 5)],
         "1 was filled with the value before, 2 without a value before"),
        ("drop", [(0, 2, 2), (1, 5, 5)], "3 rows with a blank were dropped"),
    ],
)  # fmt: skip
def test_blanks_by_any_method_never_look_ahead_nor_into_another_series(method, expected, words):
    given = rows([1, 2, 3, 4, 5], [NONE, 2, NONE, NONE, 5], series=[0, 0, 0, 1, 1])
    found, done = without_blanks(given, Repairs(blanks=method), refuse)
    assert shown(found) == expected
    assert (done.method, done.count, done.rows) == (method, 3, (0, 2, 3))
    assert words in done.said
    assert given.values["v"].isna().sum() == 3


def test_blanks_are_refused_by_row_and_column():
    given = rows([1, 2], [1, 2], w=[3.0, NONE], word=["", None])
    with pytest.raises(ReadError, match="every cell must hold a number") as caught:
        without_blanks(given, Repairs(blanks="refuse"), refuse)
    assert (caught.value.row, caught.value.column) == (1, "w")


def test_blank_words_are_no_blanks():
    assert without_blanks(rows([1], [1], word=[None]), Repairs(blanks="refuse"), refuse)[1] is None


def test_not_every_row_may_be_dropped():
    with pytest.raises(ReadError, match="leaves nothing"):
        without_blanks(rows([1, 2], [NONE, NONE]), Repairs(blanks="drop"), refuse)


# --- gaps -----------------------------------------------------------------------------------------

GAPPY = ([1, 2, 5, 6], [1, 2, 5, 6])


@pytest.mark.parametrize(
    ("method", "values", "words"),
    [
        ("leave", [1, 2, 5, 6], "never scores them"),
        ("insert", [1, 2, "-", "-", 5, 6], "they came in as blanks"),
        ("forward", [1, 2, 2, 2, 5, 6], "they were filled with the value before"),
    ],
)
def test_gaps_of_a_series_by_any_method(method, values, words):
    given = rows(*GAPPY, word=list("abcd"))
    found, done = without_gaps(given, "D", Repairs(gaps=method), refuse)
    assert [value for *_, value in shown(found)] == values
    assert (done.method, done.count, done.rows) == (method, 2, (2,))
    assert "2 timestamps are missing in 1 place" in done.said
    assert words in done.said
    if method != "leave":
        assert found.places.tolist() == [0, 1, -1, -1, 2, 3]
        assert found.values["word"].isna().tolist() == [False, False, True, True, False, False]


@pytest.mark.parametrize(("method", "put_in"), [("insert", "-"), ("forward", 10)])
def test_gaps_of_a_panel_lie_between_the_ends_of_each_series(method, put_in):
    given = rows([1, 2, 3, 2, 4], [1, 2, 3, 10, 30], series=[0, 0, 0, 1, 1])
    found, done = without_gaps(given, "D", Repairs(gaps=method), refuse)
    assert shown(found) == [(0, 1, 1), (0, 2, 2), (0, 3, 3), (1, 2, 10), (1, 3, put_in), (1, 4, 30)]
    assert done.count == 1


def test_a_blank_before_a_gap_stays_blank():
    found, _ = without_gaps(rows([1, 3], [NONE, 3]), "D", Repairs(gaps="forward"), refuse)
    assert shown(found) == [(0, 1, "-"), (0, 2, "-"), (0, 3, 3)]


def test_gaps_are_refused_with_the_row_after_them():
    with pytest.raises(ReadError, match="first between 2024-01-02 and 2024-01-05") as caught:
        without_gaps(rows(*GAPPY), "D", Repairs(gaps="refuse"), refuse)
    assert caught.value.row == 2


def test_rows_off_the_grid_keep_gaps_from_being_filled():
    times = pd.DatetimeIndex(["2024-01-01", "2024-01-02", "2024-01-05 07:00"])
    given = rows([1, 2, 5], [1, 2, 5])._replace(times=times)
    with pytest.raises(ReadError, match="does not lie on the grid of frequency D") as caught:
        without_gaps(given, "D", Repairs(gaps="insert"), refuse)
    assert caught.value.row == 2
    assert without_gaps(given, "D", Repairs(), refuse)[1].count == 2


def test_rows_without_gaps_a_frequency_or_known_holidays_are_not_touched():
    off = Repairs(gaps="refuse")
    for given, frequency in ((rows([1, 2], [1, 2]), "D"), (rows([1, 9], [1, 9]), None),
                             (rows([1, 4], [1, 4]), "B")):  # fmt: skip
        assert without_gaps(given, frequency, off, refuse) == (given, None)


@pytest.mark.parametrize(("method", "values"), [("insert", [1, "-", 3]), ("forward", [1, 1, 3])])
def test_gaps_between_trading_days_leave_out_weekends_and_holidays(method, values):
    pytest.importorskip("exchange_calendars")
    given = rows([11, 16], [1, 3])  # from a Thursday; Monday the 15th was a holiday
    found, done = without_gaps(given, "XNYS", Repairs(gaps=method), refuse)
    assert [value for *_, value in shown(found)] == values
    assert list(found.times.day) == [11, 12, 16]
    assert "1 of the trading days is missing" in done.said


# --- switches -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "choice",
    [{"order": "no"}, {"duplicates": "median"}, {"blanks": "insert"}, {"gaps": "mean"},
     {"calendar": "XXXX"}],
)  # fmt: skip
def test_a_method_must_be_one_of_those_there_are(choice):
    with pytest.raises(SettingError, match=next(iter(choice))):
        Repairs(**choice)
