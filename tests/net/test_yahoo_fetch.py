"""The real yfinance and its curl, against a Yahoo on 127.0.0.1 that only the environment names."""

import http.server
import math
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import date

import pandas as pd
import pytest

import forecast as fc
from forecast.errors import (
    BadAnswerError,
    DeadlineError,
    FetchError,
    NoRowsError,
    RateLimitedError,
    SettingError,
    UnknownTickerError,
)
from tests.net.internet import Internet, Reply
from tests.net.quotes import CHART_HOSTS, business_days, chart, refusal, serve_yahoo

DAYS = business_days(date(2020, 1, 2), 10)
CLOSE: list[float | None] = [100.0 + n for n in range(10)]
PAID = {DAYS[5]: 2.08}  # 2 % of the close before
ADJUSTED: list[float | None] = [0.98 * (100 + n) if n < 5 else 100.0 + n for n in range(10)]
GOOD = Reply(200, chart(DAYS, CLOSE, adjusted=ADJUSTED, dividends=PAID, splits={DAYS[7]: (4, 1)}))
RANGE = {"start": "2020-01-01", "end": "2020-02-01"}
DEADLINE = 15.0


def paths(internet: Internet) -> list[str]:
    return [one.path for one in internet.seen]


def children() -> list[str]:
    """Return the processes of this one that make calls."""
    order = ["pgrep", "-P", str(os.getpid()), "-f", "forecast.processes"]
    return subprocess.run(order, capture_output=True, text=True).stdout.split()


def test_a_good_answer(internet: Internet) -> None:
    serve_yahoo(internet, "MSFT", GOOD)
    table = fc.fetch_yahoo("msft", **RANGE, target=None)
    assert list(table) == ["open", "high", "low", "close", "volume", "dividends", "splits"]
    assert table.index.name == "date"
    assert [day.date() for day in table.index] == DAYS
    assert table.index.tz is None
    assert table["close"].tolist() == pytest.approx(ADJUSTED)
    assert table["open"].tolist()[:2] == pytest.approx([0.98 * 99, 0.98 * 100])
    assert table["volume"].tolist() == [1000 + n for n in range(10)]
    assert table["dividends"].loc[str(DAYS[5])] == 2.08
    assert table["splits"].loc[str(DAYS[7])] == 4.0
    facts = {"source": "Yahoo Finance", "ticker": "MSFT", "currency": "USD", "exchange": "NMS"}
    facts |= {"exchange_timezone": "America/New_York", "calendar": "XNYS", "adjusted": True}
    facts |= {"interval": "1d", "age_seconds": 0, "stale": False, "notes": []}
    assert facts.items() <= table.attrs.items()
    assert abs(pd.Timestamp(table.attrs["fetched"]) - pd.Timestamp.now("UTC")).seconds < 60
    assert paths(internet) == ["/", "/v1/test/getcrumb", "/v8/finance/chart/MSFT"]
    assert internet.seen[-1].query["crumb"] == "crumb.123"

    # The copy answers now, whatever the column and the interval.
    asked = len(internet.tunnels)
    close = fc.fetch_yahoo("MSFT", **RANGE)
    assert isinstance(close, pd.Series)
    assert (close.name, close.tolist()) == ("close", pytest.approx(ADJUSTED))
    weeks = fc.fetch_yahoo("MSFT", **RANGE, interval="1wk", target=None)
    assert [str(day.date()) for day in weeks.index] == ["2020-01-06", "2020-01-13"]
    assert weeks["close"].tolist() == pytest.approx([106, 109])
    assert weeks["volume"].tolist() == [5020, 3024]
    assert weeks["splits"].tolist() == [0, 4]
    assert len(fc.fetch_yahoo("MSFT", **RANGE, interval="1mo")) == 1
    assert len(internet.tunnels) == asked

    fc.fetch_yahoo("MSFT", **RANGE, refresh=True)
    assert len(internet.seen) == 6


def test_raw_prices_when_they_are_asked_for(internet: Internet) -> None:
    serve_yahoo(internet, "MSFT", GOOD)
    table = fc.fetch_yahoo("MSFT", **RANGE, auto_adjust=False, target=None)
    assert table["close"].tolist() == CLOSE
    assert table.attrs["adjusted"] is False


def test_days_are_those_of_the_exchange_and_both_ends_are_in(internet: Internet) -> None:
    serve_yahoo(internet, "MSFT", GOOD)
    close = fc.fetch_yahoo("MSFT", start=DAYS[2], end=DAYS[4])
    assert [day.date() for day in close.index] == DAYS[2:5]
    with pytest.raises(NoRowsError, match="from 2020-01-04 to 2020-01-05"):
        fc.fetch_yahoo("MSFT", start="2020-01-04", end="2020-01-05")


def test_nulls_and_one_row(internet: Internet) -> None:
    holes = [None if n in (3, 9) else value for n, value in enumerate(CLOSE)]
    serve_yahoo(internet, "MSFT", Reply(200, chart(DAYS, holes)))
    close = fc.fetch_yahoo("MSFT", **RANGE)
    assert close.tolist() == [value for value in holes if value is not None]
    assert close.attrs["notes"] == ["2 rows without any price were left out."]
    serve_yahoo(internet, "ONE", Reply(200, chart(DAYS[:1], CLOSE[:1])))
    assert fc.fetch_yahoo("ONE", **RANGE).tolist() == [100.0]


MISSING = chart(DAYS, CLOSE)
del MISSING["chart"]["result"][0]["timestamp"]
NOTHING = chart([], [])
NOTHING["chart"]["result"][0]["indicators"] = {"quote": [{}], "adjclose": [{}]}
del NOTHING["chart"]["result"][0]["timestamp"]
NO_ADJUSTED = chart(DAYS, CLOSE)
del NO_ADJUSTED["chart"]["result"][0]["indicators"]["adjclose"]
NOT_FOUND = refusal("Not Found", "No data found, symbol may be delisted")
HTML = {"Content-Type": "text/html"}

FAILURES = {
    "404": (Reply(404, NOT_FOUND), UnknownTickerError, "no ticker BAD"),
    "429": (Reply(429, b"Too Many Requests"), RateLimitedError, "Wait some minutes"),
    "html": (Reply(200, b"<html>Please log in</html>", HTML), BadAnswerError, "Please log in"),
    "cut within": (Reply(200, b'{"chart"', missing=500), BadAnswerError, "broke off"),
    "cut before": (Reply(hang_up=True), BadAnswerError, "broke off"),
    "missing timestamps": (Reply(200, MISSING), BadAnswerError, "timestamps"),
    "nothing in range": (Reply(200, NOTHING), NoRowsError, "no rows of BAD"),
    "no adjusted prices": (Reply(200, NO_ADJUSTED), BadAnswerError, "raw ones would have come"),
    "unadjusted": (
        Reply(200, chart(DAYS, CLOSE, dividends=PAID)),
        BadAnswerError,
        "in spite of a dividend of 2.08",
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_each_failure_has_its_name(internet: Internet, case: str) -> None:
    reply, kind, words = FAILURES[case]
    serve_yahoo(internet, "BAD", reply)
    began = time.monotonic()
    with pytest.raises(FetchError, match=words) as caught:
        fc.fetch_yahoo("BAD", **RANGE, deadline=DEADLINE)
    assert type(caught.value) is kind
    assert caught.value.kept is None
    assert time.monotonic() - began < DEADLINE
    assert paths(internet).count("/v8/finance/chart/BAD") == 1
    assert len(internet.seen) <= 3


def test_a_slow_answer_is_waited_for(internet: Internet) -> None:
    serve_yahoo(internet, "SLOW", Reply(200, GOOD.body, wait=1.5))
    assert len(fc.fetch_yahoo("SLOW", **RANGE)) == 10


def test_a_black_hole_ends_at_the_deadline_with_all_its_processes(internet: Internet) -> None:
    serve_yahoo(internet, "HOLE", Reply(wait=60))
    began = time.monotonic()
    with pytest.raises(DeadlineError):
        fc.fetch_yahoo("HOLE", **RANGE, deadline=5.0)
    assert time.monotonic() - began < 6.0
    assert children() == []
    ends = time.monotonic() + 5
    while not internet.left and time.monotonic() < ends:
        time.sleep(0.05)
    assert internet.left == ["query2.finance.yahoo.com"]  # it was asked, and then let go
    assert len(internet.seen) <= 3


def test_cookie_and_crumb_are_done_without_when_they_are_not_to_be_had(internet: Internet) -> None:
    serve_yahoo(internet, "MSFT", GOOD)
    internet.replies["fc.yahoo.com", "/"] = Reply(wait=60)
    assert len(fc.fetch_yahoo("MSFT", **RANGE, deadline=6.0)) == 10
    assert paths(internet) == ["/", "/v8/finance/chart/MSFT"]
    internet.reset()
    serve_yahoo(internet, "MSFT", GOOD)
    for host in CHART_HOSTS:
        internet.replies[host, "/v1/test/getcrumb"] = Reply(401, b'{"finance": "Unauthorized"}')
    assert len(fc.fetch_yahoo("MSFT", **RANGE, refresh=True)) == 10
    assert len(internet.seen) == 3
    assert "crumb" not in internet.seen[-1].query


@pytest.fixture
def loopback() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine that nobody may be led to, and who came."""
    visits: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_error(500)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/secret", visits
    server.shutdown()
    server.server_close()


def test_a_redirect_is_not_followed(internet: Internet, loopback: tuple[str, list[str]]) -> None:
    target, visits = loopback
    serve_yahoo(internet, "AWAY", Reply(302, b"", {"Location": target}))
    internet.replies["fc.yahoo.com", "/"] = Reply(302, b"", {"Location": target})
    with pytest.raises(BadAnswerError, match="leads elsewhere"):
        fc.fetch_yahoo("AWAY", **RANGE)
    assert visits == []
    assert len(internet.seen) <= 3


def test_a_copy_is_offered_when_yahoo_fails(internet: Internet) -> None:
    serve_yahoo(internet, "MSFT", GOOD)
    fresh = fc.fetch_yahoo("MSFT", **RANGE)
    serve_yahoo(internet, "MSFT", Reply(429, b"Too Many Requests"))
    with pytest.raises(RateLimitedError, match=r"copy from \d+ seconds? ago.*stale=True") as caught:
        fc.fetch_yahoo("MSFT", **RANGE, max_age=0)
    assert caught.value.kept is not None
    assert 0 < caught.value.kept < 60
    copy = fc.fetch_yahoo("MSFT", **RANGE, max_age=0, stale=True)
    pd.testing.assert_series_equal(copy, fresh)
    assert copy.attrs["stale"] is True
    assert "A copy from" in copy.attrs["notes"][-1]

    asked = len(internet.tunnels)
    copy = fc.fetch_yahoo("msft", **RANGE, max_age=math.inf)
    pd.testing.assert_series_equal(copy, fresh)
    assert copy.attrs["stale"] is False
    assert len(internet.tunnels) == asked


def test_several_tickers_make_a_long_frame(internet: Internet) -> None:
    serve_yahoo(internet, "MSFT", GOOD)
    serve_yahoo(internet, "ONE", Reply(200, chart(DAYS[:1], CLOSE[:1])))
    serve_yahoo(internet, "BAD", Reply(404, NOT_FOUND))
    with pytest.raises(UnknownTickerError, match=r'1 of 3 tickers failed: BAD.*errors="skip"'):
        fc.fetch_yahoo(["MSFT", "BAD", "one"], **RANGE)
    long = fc.fetch_yahoo(["MSFT", "BAD", "one"], **RANGE, errors="skip")
    assert list(long) == ["unique_id", "ds", "y"]
    assert long["unique_id"].value_counts().to_dict() == {"MSFT": 10, "ONE": 1}
    assert set(long.attrs["failed"]) == {"BAD"}
    assert long.attrs["tickers"]["ONE"]["ticker"] == "ONE"
    assert (long.attrs["calendar"], long.attrs["stale"]) == ("XNYS", False)
    assert long.attrs["notes"] == ["ONE: Yahoo answered about MSFT when asked for ONE."]
    assert long.attrs["fetched"] == min(f["fetched"] for f in long.attrs["tickers"].values())
    charts = [path for path in paths(internet) if "/chart/" in path]
    assert sorted(charts) == [f"/v8/finance/chart/{t}" for t in ("BAD", "BAD", "MSFT", "ONE")]


@pytest.mark.parametrize(
    "ticker",
    ["../../x", "MSFT/..", "MS FT", "", "..", "^", "A" * 16, "ＭＳＦＴ", "MSFT?x=1", "MSFT%2f", 7],
)
def test_what_is_no_ticker_is_never_asked_for(internet: Internet, ticker: object) -> None:
    with pytest.raises(SettingError, match="`tickers` must be 1 to 15"):
        fc.fetch_yahoo(ticker)  # type: ignore[arg-type]
    with pytest.raises(SettingError, match="`tickers` must be 1 to 15"):
        fc.fetch_yahoo(["MSFT", ticker])  # type: ignore[list-item]
    assert internet.tunnels == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"start": "2020-02-01", "end": "2020-01-01"}, "must not come after"),
        ({"end": "2999-01-01"}, "must not lie in the future"),
        ({"start": "2999-01-01"}, "must not come after"),
        ({"start": "soon"}, "must be a date such as"),
        ({"start": pd.NaT}, "must be a date such as"),
        ({"start": "1800-01-01"}, "1927-12-30 or later"),
        ({"interval": "1m"}, "`interval`"),
        ({"target": "price"}, "`target`"),
        ({"errors": "ignore"}, "`errors`"),
        ({"deadline": 0}, "`deadline`"),
        ({"max_age": -1}, "`max_age`"),
    ],
)
def test_settings_are_checked_before_any_request(
    internet: Internet, arguments: dict[str, object], words: str
) -> None:
    with pytest.raises(SettingError, match=words):
        fc.fetch_yahoo("MSFT", **arguments)  # type: ignore[arg-type]
    with pytest.raises(SettingError, match="ISIN"):
        fc.fetch_yahoo("US5949181045")
    assert internet.tunnels == []
