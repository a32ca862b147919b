import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.data import trading
from forecast.data.exchanges import (
    CANDIDATES,
    CLOSED,
    EXCHANGES,
    exchange_name,
    is_exchange,
)
from forecast.data.frequency import future_index, grid_between, positions, season_of
from forecast.data.frequency_words import spoken
from forecast.errors import MissingExtraError, SettingError

pytest.importorskip("exchange_calendars")


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def index_of(code: str, first: str, last: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(trading.sessions(code, day(first), day(last)))


@pytest.fixture
def without_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trading, "_sessions", {})
    monkeypatch.setitem(sys.modules, "exchange_calendars", None)


@pytest.mark.parametrize("code", EXCHANGES)
def test_every_calendar_can_be_built(code: str) -> None:
    known = trading.known_sessions(code)
    assert known[0] <= day("1997-12-31")
    assert known[-1] >= day("2026-12-31")


def test_what_the_library_cannot_build_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import exchange_calendars

    def fail(code: str, **given: object) -> None:
        raise NotImplementedError("implemented by subclasses")

    monkeypatch.setattr(trading, "_sessions", {})
    monkeypatch.setattr(exchange_calendars, "get_calendar", fail)
    with pytest.raises(
        SettingError, match=r"Bombay.*\(XBOM\).*NotImpl.*subclasses\. Take 'B'"
    ) as error:
        trading.known_sessions("XBOM")
    assert "\n" not in str(error.value)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        warnings.warn("still heard", DeprecationWarning, stacklevel=1)
    assert len(seen) == 1


def test_one_slow_calendar_does_not_hold_up_another(monkeypatch: pytest.MonkeyPatch) -> None:
    slow, begun, filters = threading.Event(), threading.Event(), list(warnings.filters)
    build = trading._as_far_as_known

    def wait(get_calendar: Any, code: str) -> Any:
        if code == "XBOM":
            begun.set()
            assert slow.wait(60)
        return build(get_calendar, code)

    monkeypatch.setattr(trading, "_sessions", {})
    monkeypatch.setattr(trading, "_as_far_as_known", wait)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(trading.known_sessions, "XBOM")
        try:
            assert begun.wait(60)
            assert len(pool.submit(trading.known_sessions, "XSHG").result(60))
            assert not first.done()
        finally:
            slow.set()
        assert len(first.result())
    assert list(warnings.filters) == filters


@pytest.mark.parametrize("code", CLOSED)
def test_no_exchange_trades_on_the_days_that_rule_it_out(code: str) -> None:
    known = trading.between(trading.known_sessions(code), day("1985-01-01"), day("2026-12-31"))
    assert not np.isin(trading.month_days(known), CLOSED[code]).any()


def test_the_library_knows_every_exchange_of_the_table() -> None:
    import exchange_calendars

    assert set(EXCHANGES) <= set(exchange_calendars.get_calendar_names(include_aliases=False))
    assert set(CANDIDATES) <= set(EXCHANGES)


@pytest.mark.parametrize(
    ("frequency", "answer"),
    [("XNYS", True), ("BVMF", True), ("B", False), ("NYSE", False), ("CBME", False), (None, False)],
)
def test_only_codes_of_exchanges_are_exchanges(frequency: object, answer: bool) -> None:
    assert is_exchange(frequency) is answer


def test_an_exchange_by_name_without_the_library_says_what_to_install(
    without_library: None,
) -> None:
    assert season_of("XNYS") == 5
    with pytest.raises(MissingExtraError, match=r"New York Stock Exchange.*forecast\[calendar\]"):
        future_index(pd.Timestamp("2024-01-02"), "XNYS", 3)


@pytest.mark.parametrize(
    ("last", "frequency", "expected"),
    [
        ("2018-11-21", "XNYS", ["2018-11-23", "2018-11-26"]),  # Thanksgiving
        ("2018-11-21 16:00", "XNYS", ["2018-11-23 16:00", "2018-11-26 16:00"]),
        ("2024-03-28", "XNYS", ["2024-04-01", "2024-04-02"]),  # Good Friday
        ("2024-03-28", "XLON", ["2024-04-02", "2024-04-03"]),  # and Easter Monday
        ("2018-12-04", "XNYS", ["2018-12-06", "2018-12-07"]),  # a day of mourning
        ("2024-05-02", "XTKS", ["2024-05-07", "2024-05-08"]),  # Golden Week
        ("2024-07-06", "XNYS", ["2024-07-08", "2024-07-09"]),  # from a Saturday on
        ("2200-01-02", "XNYS", ["2200-01-03", "2200-01-06"]),  # beyond the calendar
        ("1900-07-03", "XTKS", ["1900-07-04", "1900-07-05"]),  # before it
    ],
)
def test_future_trading_days(last: str, frequency: str, expected: list[str]) -> None:
    assert [str(one) for one in future_index(pd.Timestamp(last), frequency, 2)] == [
        str(pd.Timestamp(one)) for one in expected
    ]


def test_the_end_of_a_calendar_is_no_end_of_the_future() -> None:
    end = trading.known_sessions("XSHG")[-1]
    future = future_index(pd.Timestamp(end) - pd.Timedelta(days=5), "XSHG", 40)
    assert (future.day_of_week < 5).all()
    assert future[-1] > pd.Timestamp(end)
    assert future.is_unique


@pytest.mark.parametrize(
    ("last", "code", "expected"),
    [
        ("2026-12-30", "XSHG", ["2026-12-31", "2027-01-04"]),
        ("2027-04-30", "XSHG", ["2027-05-03", "2027-05-04"]),  # no more is known of that week
        ("2027-09-30", "XSHG", ["2027-10-08", "2027-10-11"]),  # the 1st to the 7th
        ("2026-12-30", "XSES", ["2026-12-31", "2027-01-04"]),
        ("2028-08-08", "XSES", ["2028-08-10", "2028-08-11"]),
        ("2028-12-22", "XBOM", ["2028-12-26", "2028-12-27"]),
        ("2085-07-03", "XNYS", ["2085-07-05", "2085-07-06"]),
    ],
)
def test_beyond_the_calendar_fixed_holidays_stay_shut(
    last: str, code: str, expected: list[str]
) -> None:
    future = future_index(pd.Timestamp(last), code, 2)
    assert [str(one.date()) for one in future] == expected
    assert trading.on_sessions(future, code).all()


def test_zone_time_of_day_and_unit_are_those_of_the_last_row() -> None:
    last = pd.Timestamp("2024-03-08 16:00", tz="America/New_York").as_unit("ns")
    future = future_index(last, "XNYS", 1)
    assert str(future[0]) == "2024-03-11 16:00:00-04:00"  # the clocks changed on the Sunday
    assert (str(future.tz), future.unit) == ("America/New_York", "ns")


@settings(deadline=None, max_examples=50)
@given(
    st.sampled_from(["XNYS", "XLON", "XTKS", "XSHG"]),
    st.dates(day("1980-01-01").item(), day("2090-01-01").item()),
    st.integers(1, 80),
)
def test_the_future_is_the_grid_and_the_positions_count_it(code, start, steps) -> None:
    last = pd.Timestamp(start)
    future = future_index(last, code, steps)
    assert len(future) == steps
    assert future[0] > last
    assert future.equals(grid_between(future[0], future[-1], code))
    assert positions(future, future[0], code).tolist() == list(range(steps))
    assert positions(future, last, code).tolist() == list(range(1, steps + 1))


def test_a_row_between_sessions_stands_at_the_one_before() -> None:
    rows = pd.DatetimeIndex(["2018-11-21 09:30", "2018-11-22", "2018-11-23 13:00"])
    assert positions(rows, pd.Timestamp("2018-11-20"), "XNYS").tolist() == [1, 1, 2]
    assert positions(rows, pd.Timestamp("2018-11-26"), "XNYS").tolist() == [-2, -2, -1]


@pytest.mark.parametrize("code", ["NYSE", "", "B", None])
def test_a_code_that_is_none_is_refused_with_those_that_are(code: str) -> None:
    with pytest.raises(SettingError, match=r"ISO code.*such as 'XNYS'.*XTKS"):
        trading.known_sessions(code)


def test_sessions_are_kept_and_cannot_be_written() -> None:
    first = trading.known_sessions("XNYS")
    assert trading.known_sessions("XNYS") is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = day("1999-01-01")


@pytest.mark.parametrize(
    ("frequency", "words"),
    [
        ("XNYS", "trading days of the New York Stock Exchange (XNYS)"),
        ("XPAR", "trading days of Euronext Paris (XPAR)"),
        *(("B", "business days"), ("D", "days"), ("3D", "every 3 days"), ("h", "hours")),
        *(("15min", "every 15 minutes"), ("W-SAT", "weeks, on Saturdays"), ("W", "weeks")),
        ("2W-SUN", "every 2 weeks, on Sundays"),
        *(("MS", "months, on their first day"), ("QE-DEC", "quarters, on their last day")),
        *(("BME", "months, on their last business day"), ("step", "numbered rows")),
        *(("SMS", "frequency SMS"), ("5.5h", "frequency 5.5h")),
    ],
)
def test_a_frequency_in_words(frequency: str, words: str) -> None:
    assert spoken(frequency) == words


def test_every_exchange_has_a_name() -> None:
    assert exchange_name("XETR") == "Xetra, Frankfurt (XETR)"
    assert exchange_name("XKRX") == "the Korea Exchange (XKRX)"
