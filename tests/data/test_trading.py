import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.data import trading
from forecast.data.exchanges import CANDIDATES, EXCHANGES, exchange_name, is_exchange
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


@pytest.mark.parametrize("code", CANDIDATES)
def test_no_candidate_trades_on_the_days_that_rule_it_out(code: str) -> None:
    days = trading.sessions(code, day("1985-01-01"), day("2025-12-31"))
    known = days[days >= trading.known_sessions(code)[0]]
    assert not np.isin(trading._month_days(known), CANDIDATES[code]).any()


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


@pytest.mark.parametrize("code", ["XNYS", "XLON", "XETR", "XTKS", "XHKG", "XASX", "XBOM", "BVMF"])
@pytest.mark.parametrize("span", [("2001-03-01", "2018-12-31"), ("2022-01-03", "2023-12-29")])
def test_the_exchange_of_its_own_sessions_is_found(code: str, span: tuple[str, str]) -> None:
    assert trading.find_exchange(index_of(code, *span)) == code


def test_exchanges_that_cannot_be_told_apart_are_the_first_of_them() -> None:
    rows = index_of("XAMS", "2015-03-01", "2017-03-01")
    assert trading.find_exchange(rows) == "XPAR"
    assert trading.find_exchange(rows.delete([100])) == "XPAR"


def test_what_some_rows_lack_or_have_too_many_does_not_hide_the_exchange() -> None:
    rows = index_of("XNYS", "2015-01-01", "2019-12-31")
    lacking = rows.delete([30, 400, 401, 402, 900])
    more = lacking.append(pd.DatetimeIndex(["2016-07-04"])).sort_values()
    assert trading.find_exchange(more) == "XNYS"


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
    assert trading.find_exchange(rows) is None


def test_a_calendar_that_leaves_most_days_unexplained_is_not_named() -> None:
    rows = index_of("XPAR", "2010-01-01", "2019-12-31")
    lacking = rows.delete(range(0, len(rows), 55))
    assert trading.find_exchange(lacking) == "XPAR"
    holidays = pd.bdate_range(rows[0], rows[-1]).difference(rows)[::4]
    assert trading.find_exchange(lacking.union(holidays)) is None


def test_short_series_name_no_exchange() -> None:
    rows = index_of("XNYS", "2023-11-01", "2024-06-30")
    assert trading.find_exchange(rows) == "XNYS"
    assert trading.find_exchange(rows[:59]) is None
    two_holidays = index_of("XNYS", "2023-08-28", "2023-11-30")  # Labor Day, Thanksgiving
    assert trading.find_exchange(two_holidays.delete([20])) is None


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32), st.integers(200, 1500), st.floats(0.01, 0.2))
def test_days_missing_at_random_are_no_evidence(seed: int, rows: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    complete = pd.bdate_range("2012-01-02", periods=rows)
    assert trading.find_exchange(complete[rng.random(rows) >= share]) is None


def test_a_complete_series_asks_for_no_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(trading, "known_sessions", asked.append)
    assert trading.find_exchange(pd.bdate_range("2010-01-01", "2019-12-31")) is None
    assert not asked


def test_without_the_library_no_exchange_is_found(without_library: None) -> None:
    holidays = pd.DatetimeIndex(["2018-01-01", "2018-01-15", "2018-02-19", "2018-03-30"])
    rows = pd.bdate_range("2018-01-01", "2018-05-25").drop(holidays)
    assert trading.find_exchange(rows) is None


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
