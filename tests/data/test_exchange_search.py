"""Which exchange a series belongs to, and which series belong to none."""

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.tseries.holiday import USFederalHolidayCalendar

from forecast.data import exchange_search, trading
from forecast.data.exchange_search import _easter_days, find_exchange, is_foreign, named_exchange
from forecast.data.exchanges import BY_NAME_ALONE, CANDIDATES, EXCHANGES

pytest.importorskip("exchange_calendars")

KOREAN = (101, 301, 501, 505, 606, 815, 1003, 1009, 1225, 1231)
SPANS = [("2016-05-01", 1), ("2017-01-01", 2), ("2011-09-01", 3), ("2018-03-01", 6)]


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def index_of(code: str, first: str, last: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(trading.sessions(code, day(first), day(last)))


def years_of(code: str, first: str, years: int) -> pd.DatetimeIndex:
    last = pd.Timestamp(first) + pd.DateOffset(years=years)
    return index_of(code, first, str(last.date()))


def of_the_state(first: str, last: str) -> pd.DatetimeIndex:
    every = pd.bdate_range(first, last)
    return every.difference(USFederalHolidayCalendar().holidays(first, last))


def is_right(found: str | None, code: str, rows: pd.DatetimeIndex) -> bool:
    """Say whether no other holidays are named than those that the rows keep."""
    if found is None:
        return True
    both = [
        trading.between(trading.known_sessions(one), *trading.wall_days(rows[[0, -1]]))
        for one in (found, code)
    ]
    return np.array_equal(*both)


@pytest.fixture
def without_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trading, "_sessions", {})
    monkeypatch.setitem(sys.modules, "exchange_calendars", None)


@pytest.mark.parametrize("first", ["2005-01-03", "2012-02-01", "2021-04-19"])
@pytest.mark.parametrize("months", [6, 12, 18, 24, 36, 60, 120])
def test_holidays_of_the_state_are_those_of_no_exchange(first: str, months: int) -> None:
    last = pd.Timestamp(first) + pd.DateOffset(months=months)
    assert find_exchange(of_the_state(first, str(last.date()))) is None


@pytest.mark.parametrize("code", [one for one in EXCHANGES if one not in BY_NAME_ALONE])
@pytest.mark.parametrize(("first", "years"), SPANS)
def test_an_exchange_is_not_taken_for_another(code: str, first: str, years: int) -> None:
    rows = years_of(code, first, years)
    found = find_exchange(rows)
    assert found is not None
    assert is_right(found, code, rows)


def test_the_exchange_that_is_asked_for_by_name_alone_is_none_else() -> None:
    rows = pd.bdate_range("2019-01-01", "2022-12-31")
    fixed = rows[~np.isin(trading.month_days(trading.wall_days(rows)), KOREAN)]
    assert find_exchange(fixed) is None


@pytest.mark.parametrize("code", CANDIDATES)
def test_rows_missing_at_random_do_not_hide_an_exchange(code: str) -> None:
    hits = 0
    for seed in range(4):
        rows = years_of(code, f"{2010 + seed}-03-01", 4 + seed)
        rows = rows[np.random.default_rng(seed).random(len(rows)) > 0.01]
        found = find_exchange(rows)
        assert is_right(found, code, rows)
        hits += found is not None
    assert hits >= (2 if code == "XMAD" else 3)  # of late its holidays differ from those of Paris


def test_a_stray_that_comes_back_denies_a_calendar() -> None:
    rows = index_of("XNYS", "2012-01-01", "2019-12-31")
    once = rows.union(pd.to_datetime(["2014-12-25"]))
    twice = rows.union(pd.to_datetime(["2014-04-18", "2017-04-14"]))  # Good Fridays
    shifted = rows.union(pd.to_datetime(["2014-07-04", "2015-07-03"]))
    far = rows.union(pd.to_datetime(["2014-09-01", "2017-05-29"]))
    assert [find_exchange(one) for one in (once, twice, shifted, far)] == [
        *("XNYS", None, None, "XNYS")
    ]


@pytest.mark.parametrize("holiday", ["11-11", "2nd Monday of October", "Easter Monday"])
def test_a_day_missing_in_most_years_denies_a_calendar(holiday: str) -> None:
    rows = index_of("XNYS", "2012-01-01", "2019-12-31")
    days = trading.wall_days(rows)
    gone = {
        "11-11": (rows.month == 11) & (rows.day == 11),
        "2nd Monday of October": (rows.month == 10) & (rows.day_of_week == 0) & (rows.day < 15)
        & (rows.day > 7),
        "Easter Monday": _easter_days(days) == exchange_search.BEFORE_EASTER + 1,
    }[holiday]  # fmt: skip
    assert gone.sum() >= 5
    assert find_exchange(rows[~gone]) is None


def test_what_was_decades_ago_does_not_count() -> None:
    old = pd.bdate_range("1990-01-01", "1999-12-31")
    new = index_of("XNYS", "2000-01-01", "2018-12-31")
    assert find_exchange(old.append(new)) == "XNYS"


def test_easter_is_where_the_almanac_has_it() -> None:
    sundays = ["1818-03-22", "1961-04-02", "2000-04-23", "2008-03-23", "2024-03-31", "2038-04-25"]
    days = np.array(sundays, "datetime64[D]")
    assert (_easter_days(days) == exchange_search.BEFORE_EASTER).all()
    assert (_easter_days(days - 2) == exchange_search.BEFORE_EASTER - 2).all()


def test_an_exchange_that_is_named_counts_unless_the_rows_deny_it() -> None:
    rows = index_of("XLIS", "2015-01-01", "2019-12-31")
    assert named_exchange(rows, "XLIS") == "XLIS"
    assert named_exchange(rows[:20], "XLIS") == "XLIS"
    assert named_exchange(rows, "XTKS") is None
    state = of_the_state("2012-01-01", "2018-12-31")
    assert named_exchange(state, "XNYS") is None
    assert is_foreign(state, "XNYS")


@pytest.mark.parametrize("said", [None, "24/7", "B", "us_futures", 7, ["XNYS"], float("nan")])
def test_what_names_no_exchange_is_passed_over(said: object) -> None:
    assert named_exchange(index_of("XNYS", "2015-01-01", "2019-12-31"), said) is None


def test_a_week_s_row_is_grossly_too_few() -> None:
    rows = index_of("XNYS", "2015-01-01", "2019-12-31")
    assert is_foreign(rows[rows.day_of_week == 2], "XNYS")
    assert not is_foreign(rows.delete(slice(300, 360)), "XNYS")


@pytest.mark.parametrize("code", ["XNYS", "XLON", "XETR", "XTKS", "XHKG", "XASX", "XBOM", "BVMF"])
@pytest.mark.parametrize("span", [("2001-03-01", "2018-12-31"), ("2022-01-03", "2023-12-29")])
def test_the_exchange_of_its_own_sessions_is_found(code: str, span: tuple[str, str]) -> None:
    assert find_exchange(index_of(code, *span)) == code


def test_exchanges_that_cannot_be_told_apart_are_the_first_of_them() -> None:
    rows = index_of("XAMS", "2015-03-01", "2017-03-01")
    assert find_exchange(rows) == "XPAR"
    assert find_exchange(rows.delete([100])) == "XPAR"


def test_what_some_rows_lack_or_have_too_many_does_not_hide_the_exchange() -> None:
    rows = index_of("XNYS", "2015-01-01", "2019-12-31")
    lacking = rows.delete([30, 400, 401, 402, 900])
    more = lacking.append(pd.DatetimeIndex(["2016-07-04"])).sort_values()
    assert find_exchange(more) == "XNYS"


def thanksgivings_alone() -> pd.DatetimeIndex:
    rows = pd.bdate_range("2010-01-01", "2019-12-31")
    return rows[~((rows.month == 11) & (rows.day_of_week == 3) & (rows.day.isin(range(22, 29))))]


@pytest.mark.parametrize(
    "rows",
    [
        pd.bdate_range("2010-01-01", "2019-12-31"),
        pd.bdate_range("2024-01-01", "2024-12-31").delete([5, 6, 7]),
        pd.bdate_range("2010-01-01", "2019-12-31").delete(slice(0, None, 7)),
        thanksgivings_alone(),
        pd.bdate_range("2024-01-01", periods=3),
    ],
    ids=["complete", "a gap", "a seventh missing", "one holiday alone", "three rows"],
)
def test_without_evidence_no_exchange_is_named(rows: pd.DatetimeIndex) -> None:
    assert find_exchange(rows) is None


def test_a_calendar_that_leaves_most_days_unexplained_is_not_named() -> None:
    rows = index_of("XPAR", "2010-01-01", "2019-12-31")
    lacking = rows.delete(range(0, len(rows), 55))
    assert find_exchange(lacking) == "XPAR"
    holidays = pd.bdate_range(rows[0], rows[-1]).difference(rows)[::4]
    assert find_exchange(lacking.union(holidays)) is None


def test_short_series_name_no_exchange() -> None:
    rows = index_of("XNYS", "2023-11-01", "2024-06-30")
    assert find_exchange(rows) == "XNYS"
    assert find_exchange(rows[:59]) is None
    two_holidays = index_of("XNYS", "2023-08-28", "2023-11-30")  # Labor Day, Thanksgiving
    assert find_exchange(two_holidays.delete([20])) is None


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32), st.integers(200, 1500), st.floats(0.01, 0.2))
def test_days_missing_at_random_are_no_evidence(seed: int, rows: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    complete = pd.bdate_range("2012-01-02", periods=rows)
    assert find_exchange(complete[rng.random(rows) >= share]) is None


def test_a_complete_series_asks_for_no_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(exchange_search, "known_sessions", asked.append)
    assert find_exchange(pd.bdate_range("2010-01-01", "2019-12-31")) is None
    assert not asked


def test_without_the_library_no_exchange_is_found(without_library: None) -> None:
    holidays = pd.DatetimeIndex(["2018-01-01", "2018-01-15", "2018-02-19", "2018-03-30"])
    rows = pd.bdate_range("2018-01-01", "2018-05-25").drop(holidays)
    assert find_exchange(rows) is None
