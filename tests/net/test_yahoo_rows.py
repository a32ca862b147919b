"""Rows and cookies of Yahoo's that mislead yfinance, and weeks and months that are not whole."""

import copy
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

import forecast as fc
from forecast.data.kept_answers import keep, kept
from forecast.data.yahoo import NEEDS
from forecast.data.yahoo_chart import Chart
from forecast.data.yahoo_rows import days_sent_twice, tidied
from forecast.data.yahoo_steps import Known, whole_steps
from forecast.data.yahoo_wish import checked_wish
from forecast.errors import BadAnswerError, NoRowsError
from tests.net.internet import Internet, Reply
from tests.net.quotes import NEW_YORK, business_days, chart, opening, serve_yahoo

DAYS = business_days(date(2020, 1, 2), 10)
CLOSE: list[float | None] = [100.0 + n for n in range(10)]
RANGE = {"start": "2020-01-01", "end": "2020-02-01"}


@pytest.mark.parametrize(
    ("cookie", "asked"),
    [
        ("A3=d=abc; Domain=.yahoo.com; Path=/; Secure", 3),
        ("A3=d=abc; Domain=.yahoo.com; Path=/; Secure; Max-Age=99999999999", 3),
        ("A1=d=abc; Domain=.yahoo.com; Path=/; Secure; Max-Age=1000", 2),
        ("A3=d=abc; Domain=.yahoo.com; Path=/v1; Secure; Max-Age=1000", 2),
        ("A3=; Domain=.yahoo.com; Path=/; Max-Age=0", 2),
    ],
)
def test_whatever_the_cookie_the_chart_is_asked_for(
    internet: Internet, cookie: str, asked: int
) -> None:
    serve_yahoo(internet, "MSFT", Reply(200, chart(DAYS, CLOSE)))
    internet.replies["fc.yahoo.com", "/"] = Reply(404, b"", {"Set-Cookie": cookie})
    assert fc.fetch_yahoo("MSFT", **RANGE).tolist() == CLOSE
    assert len(internet.seen) == asked
    assert ("crumb" in internet.seen[-1].query) == (asked == 3)


def with_row(answer: dict[str, Any], place: int, stamp: int, price: float | None) -> dict[str, Any]:
    """Return an answer with one more row, of the same price in every column."""
    longer = copy.deepcopy(answer)
    result = longer["chart"]["result"][0]
    result["timestamp"].insert(place, stamp)
    for columns in (result["indicators"]["quote"][0], result["indicators"]["adjclose"][0]):
        for name, values in columns.items():
            values.insert(place, 7 if name == "volume" and price is not None else price)
    return longer


def test_a_blank_live_row_does_not_push_out_the_day(internet: Internet) -> None:
    answer = with_row(chart(DAYS, CLOSE), 10, opening(DAYS[-1]) + 600, None)
    serve_yahoo(internet, "MSFT", Reply(200, answer))
    close = fc.fetch_yahoo("MSFT", **RANGE)
    assert close.tolist() == CLOSE
    assert close.attrs["notes"] == []


def test_a_live_row_with_a_price_is_the_price_of_the_day(internet: Internet) -> None:
    answer = with_row(chart(DAYS, CLOSE), 10, opening(DAYS[-1]) + 600, 200.0)
    serve_yahoo(internet, "MSFT", Reply(200, answer))
    close = fc.fetch_yahoo("MSFT", **RANGE)
    assert close.tolist() == [*CLOSE[:9], 200.0]
    assert close.attrs["notes"] == []


def test_a_day_with_two_prices_in_the_middle_is_named(internet: Internet) -> None:
    answer = with_row(chart(DAYS, CLOSE), 5, opening(DAYS[4]) + 600, 200.0)
    serve_yahoo(internet, "MSFT", Reply(200, answer))
    close = fc.fetch_yahoo("MSFT", **RANGE)
    assert close.tolist() == CLOSE
    assert close.attrs["notes"] == [
        f"Yahoo has different prices for one day, of which the first is taken: {DAYS[4]}."
    ]


def test_the_same_price_twice_is_no_matter() -> None:
    days = pd.DatetimeIndex(["2020-01-01", "2020-01-01", "2020-01-02", "2020-01-02"])
    assert days_sent_twice(pd.Series([1.0, 1.0, 2.0, 3.0], days)) == []
    assert days_sent_twice(pd.Series([1.0, None, 2.0, 3.0], days)) == []
    assert days_sent_twice(pd.Series([1.0, 1.5, 2.0, 3.0], days)) == ["2020-01-01"]
    assert days_sent_twice(pd.Series([], days[:0], dtype=float)) == []


def test_closing_prices_of_an_index_may_be_0_or_below(internet: Internet) -> None:
    close: list[float | None] = [0.05, 0.0, -0.05, 0.01]
    answer = chart(DAYS[:4], close, meta={"instrumentType": "INDEX", "symbol": "^IRX"})
    quote = answer["chart"]["result"][0]["indicators"]["quote"][0]
    for name in ("open", "high", "low"):
        quote[name] = list(close)
    quote["volume"] = [0, 0, 0, 0]
    serve_yahoo(internet, "^IRX", Reply(200, answer))
    found = fc.fetch_yahoo("^IRX", **RANGE)
    assert found.tolist() == close
    assert found.attrs["notes"] == ["2 closing prices are 0 or below."]


@pytest.mark.parametrize(("currency", "notes"), [("USD", 0), ("EUR", 1), ("", 0)])
def test_dividends_in_another_currency_are_named(
    internet: Internet, currency: str, notes: int
) -> None:
    answer = chart(DAYS, CLOSE, dividends={DAYS[0]: 0.5})
    [paid] = answer["chart"]["result"][0]["events"]["dividends"].values()
    paid["currency"] = currency
    serve_yahoo(internet, "MSFT", Reply(200, answer))
    found = fc.fetch_yahoo("MSFT", **RANGE).attrs["notes"]
    assert len(found) == notes
    assert all("Dividends are in EUR and prices in USD" in note for note in found)


class TestTomorrow:
    now = pd.Timestamp("2026-03-04 22:00:30", tz="UTC")
    meta: ClassVar = {"exchangeTimezoneName": "UTC"}

    def stamps(self, *times: str) -> list[int]:
        return [int(pd.Timestamp(time, tz="UTC").timestamp()) for time in times]

    @pytest.mark.parametrize("hour", [22, 23])
    def test_a_live_row_late_in_the_evening_is_of_today(self, hour: int) -> None:
        stamps = self.stamps("2026-03-03 00:00", f"2026-03-04 {hour}:00:30")
        answer = {"timestamp": stamps, "indicators": {"quote": [{"close": [1.0, 2.0]}]}}
        content = json.dumps({"chart": {"result": [answer]}}).encode()
        now = self.now.replace(hour=hour)
        found, written = tidied(content, Chart(self.meta, stamps, [1.0, 2.0], []), "BTC", now)
        assert pd.Timestamp(found.stamps[1], unit="s").date() == date(2026, 3, 4)
        assert pd.Timestamp(found.stamps[1], unit="s").hour < 22
        assert str(found.stamps[1]).encode() in written

    def test_a_day_that_begins_early_stays_the_next_one(self) -> None:
        stamps = self.stamps("2026-03-02 23:00", "2026-03-03 23:00")
        found, written = tidied(
            b"as it was", Chart(self.meta, stamps, [1.0, 2.0], []), "X", self.now
        )
        assert (found.stamps, written) == (stamps, b"as it was")

    def test_a_day_that_has_not_come_is_refused(self) -> None:
        stamps = self.stamps("2026-03-03 00:00", "2026-03-05 00:00")
        with pytest.raises(BadAnswerError, match="2026-03-05, a day that has not come"):
            tidied(b"", Chart(self.meta, stamps, [1.0, 2.0], []), "X", self.now)


def test_no_row_of_tomorrow_comes_through(internet: Internet) -> None:
    tomorrow = datetime.now(NEW_YORK).date() + timedelta(days=2)
    serve_yahoo(internet, "MSFT", Reply(200, chart([DAYS[0], tomorrow], [10.0, 20.0])))
    with pytest.raises(BadAnswerError, match="has not come"):
        fc.fetch_yahoo("MSFT")


def test_a_live_row_at_ten_in_the_evening_is_of_today(internet: Internet) -> None:
    zone = next(
        name
        for hour in range(-12, 13)
        for name in [f"Etc/GMT{hour:+d}"]
        if datetime.now(ZoneInfo(name)).hour == 22
    )
    now = datetime.now(ZoneInfo(zone))
    answer = chart([now.date() - timedelta(days=1)], [10.0], meta={"exchangeTimezoneName": zone})
    late = int(now.replace(minute=0, second=30).timestamp())
    serve_yahoo(internet, "BTC-USD", Reply(200, with_row(answer, 1, late, 20.0)))
    close = fc.fetch_yahoo("BTC-USD")
    assert close.index[-1].date() == now.date()
    assert close.iloc[-1] == 20.0


def daily(first: str, last: str, freq: str = "B") -> pd.DataFrame:
    index = pd.date_range(first, last, freq=freq, name="date")
    names = ["open", "high", "low", "close", "volume", "dividends", "splits"]
    return pd.DataFrame(dict.fromkeys(names, 1.0), index)


@pytest.mark.parametrize(
    ("interval", "first", "last", "calendar", "kept"),
    [
        ("1wk", "2026-11-09", "2026-11-20", None, ["11-09", "11-16"]),
        ("1wk", "2026-11-11", "2026-11-20", None, ["11-16"]),
        ("1wk", "2026-11-09", "2026-11-19", None, ["11-09"]),
        ("1wk", "2026-11-07", "2026-11-22", None, ["11-09", "11-16"]),
        ("1wk", "2026-11-09", "2026-11-21", "24/7", ["11-09"]),
        ("1wk", "2026-11-09", "2026-11-22", "24/7", ["11-09", "11-16"]),
        ("1wk", "2026-11-11", "2026-11-18", "XNYS", []),
        ("1mo", "2026-09-01", "2026-10-30", None, ["09-01", "10-01"]),
        ("1mo", "2026-09-02", "2026-10-29", None, []),
        ("1mo", "2027-01-02", "2027-01-29", None, []),
    ],
)
def test_only_whole_steps_are_returned(
    interval: str, first: str, last: str, calendar: str | None, kept: list[str]
) -> None:
    rows = daily(first, last, "D" if calendar == "24/7" else "B")
    known = Known(date.fromisoformat(first), date.fromisoformat(last), calendar)
    table, notes = whole_steps(rows, interval, known)
    assert [day.strftime("%m-%d") for day in table.index] == kept
    steps = rows.index.to_period("W" if interval == "1wk" else "M").unique()
    assert len(notes) == min(2, len(steps) - len(kept))


def test_a_holiday_is_not_missed() -> None:
    pytest.importorskip("exchange_calendars")
    known = Known(date(2020, 1, 2), date(2020, 1, 31), "XNYS")
    table, notes = whole_steps(daily("2020-01-02", "2020-01-31"), "1mo", known)
    assert (len(table), notes) == (1, [])


def test_rows_that_begin_after_the_start_are_whole() -> None:
    known = Known(date(1990, 5, 9), date(2026, 11, 20), None)
    table, notes = whole_steps(daily("2004-08-19", "2004-09-30"), "1mo", known)
    assert (len(table), notes) == (2, [])
    table, notes = whole_steps(daily("2004-08-19", "2004-09-15"), "1wk", known)
    assert (len(table), notes) == (5, [])


def test_half_weeks_are_left_out_with_a_note(internet: Internet) -> None:
    days = business_days(date(2020, 1, 8), 8)
    serve_yahoo(internet, "MSFT", Reply(200, chart(days, [float(n + 10) for n in range(8)])))
    weeks = fc.fetch_yahoo("MSFT", start="2020-01-08", end="2020-01-17", interval="1wk")
    assert [str(day.date()) for day in weeks.index] == ["2020-01-13"]
    [note] = weeks.attrs["notes"]
    assert note == (
        "The week of 2020-01-06 was left out: days of it before 2020-01-08 were not asked for."
    )
    assert fc.fetch_yahoo("MSFT", start="2020-01-08", end="2020-01-17").attrs["notes"] == []
    with pytest.raises(NoRowsError, match=r"no whole month of MSFT.*interval=\"1d\""):
        fc.fetch_yahoo("MSFT", start="2020-01-08", end="2020-01-17", interval="1mo")
    with pytest.raises(NoRowsError, match="no whole month"):
        fc.fetch_yahoo(["MSFT"], start="2020-01-08", end="2020-01-17", interval="1mo")


def test_a_week_of_today_is_not_over(internet: Internet) -> None:
    today = datetime.now(NEW_YORK).date()
    monday = today - timedelta(days=today.weekday())
    days = [monday - timedelta(days=n) for n in range(14, -1, -1)]
    days += [] if today == monday else [today]
    meta = {"instrumentType": "CRYPTOCURRENCY"}
    answer = chart(days, [float(n + 10) for n in range(len(days))], meta=meta)
    serve_yahoo(internet, "BTC-USD", Reply(200, answer))
    weeks = fc.fetch_yahoo("BTC-USD", interval="1wk")
    assert weeks.index[-1].date() == monday - timedelta(days=7)
    assert any(f"The week of {monday} was left out" in note for note in weeks.attrs["notes"])


CHANGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("close", {}),
    ("", {"notes": 5}),
    ("", {"calendar": 7}),
    ("", {"exchange_timezone": None}),
)


def test_a_copy_that_others_changed_counts_as_absent(internet: Internet) -> None:
    serve_yahoo(internet, "MSFT", Reply(200, chart(DAYS, CLOSE)))
    fc.fetch_yahoo("MSFT", **RANGE)
    request = checked_wish("2020-01-01", "2020-02-01", "1d", True, None).request("MSFT")
    found = kept(request)
    assert found is not None
    for dropped, facts in CHANGES:
        table = found.table.drop(columns=[dropped] if dropped else [])
        keep(request, table, found.facts | facts, datetime.now(UTC))
        assert kept(request, NEEDS) is None
    asked = len(internet.seen)
    assert fc.fetch_yahoo("MSFT", **RANGE).tolist() == CLOSE
    assert len(internet.seen) > asked
    keep(request, found.table, found.facts | {"exchange_timezone": "x"}, datetime.now(UTC))
    assert len(fc.fetch_yahoo("MSFT", **RANGE, interval="1wk")) == 2
