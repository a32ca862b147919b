"""Answers as Yahoo gives them."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.net.internet import Internet, Reply, Script

CHART_HOSTS = ("query1.finance.yahoo.com", "query2.finance.yahoo.com")
NEW_YORK = ZoneInfo("America/New_York")


def opening(day: date, zone: ZoneInfo = NEW_YORK) -> int:
    """Return half past nine of a day, in seconds since 1970."""
    return int(datetime(day.year, day.month, day.day, 9, 30, tzinfo=zone).timestamp())


def business_days(first: date, number: int) -> list[date]:
    days = [first + timedelta(days=n) for n in range(2 * number + 7)]
    return [day for day in days if day.weekday() < 5][:number]


def chart(
    days: list[date],
    close: list[float | None],
    *,
    adjusted: list[float | None] | None = None,
    dividends: dict[date, float] | None = None,
    splits: dict[date, tuple[int, int]] | None = None,
    meta: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a chart: open is 1 below the close, high 2 above, low 2 below."""

    def moved(by: float) -> list[float | None]:
        return [None if value is None else value + by for value in close]

    volume = [None if value is None else 1000 + n for n, value in enumerate(close)]
    quote = {
        "open": moved(-1),
        "high": moved(2),
        "low": moved(-2),
        "close": close,
        "volume": volume,
    }
    events: dict[str, Any] = {}
    if dividends:
        events["dividends"] = {
            str(opening(day)): {"amount": amount, "date": opening(day)}
            for day, amount in dividends.items()
        }
    if splits:
        events["splits"] = {
            str(opening(day)): {
                "date": opening(day),
                "numerator": top,
                "denominator": bottom,
                "splitRatio": f"{top}:{bottom}",
            }
            for day, (top, bottom) in splits.items()
        }
    result = {
        "meta": {
            "currency": "USD",
            "symbol": "MSFT",
            "exchangeName": "NMS",
            "fullExchangeName": "NasdaqGS",
            "instrumentType": "EQUITY",
            "firstTradeDate": 511108200,
            "regularMarketTime": 1577998801,
            "gmtoffset": -18000,
            "timezone": "EST",
            "exchangeTimezoneName": "America/New_York",
            "longName": "Microsoft Corporation",
            "priceHint": 2,
            "dataGranularity": "1d",
            "range": "",
            "validRanges": ["1d", "5d", "1mo", "max"],
            **(meta or {}),
        },
        "timestamp": [opening(day) for day in days],
        "events": events,
        "indicators": {
            "quote": [quote],
            "adjclose": [{"adjclose": list(close) if adjusted is None else adjusted}],
        },
    }
    return {"chart": {"result": [result], "error": None}}


def refusal(code: str, description: str) -> dict[str, Any]:
    return {"chart": {"result": None, "error": {"code": code, "description": description}}}


def serve_yahoo(internet: Internet, ticker: str, reply: Reply | Script) -> None:
    """Let Yahoo hand out a cookie and a crumb, and one answer about a ticker."""
    cookie = {"Set-Cookie": "A3=d=abc; Domain=.yahoo.com; Path=/; Secure; Max-Age=31536000"}
    internet.replies["fc.yahoo.com", "/"] = Reply(404, b"", cookie)
    for host in CHART_HOSTS:
        internet.replies[host, "/v1/test/getcrumb"] = Reply(200, b"crumb.123")
        internet.replies[host, f"/v8/finance/chart/{ticker}"] = reply
