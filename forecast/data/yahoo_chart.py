"""Yahoo's answer about one ticker, judged before anything is made of it.

{"chart": {"result": [{"meta": {…}, "timestamp": […],
                       "indicators": {"quote": [{"open": […], …}], "adjclose": [{…}]},
                       "events": {"dividends": {…}, "splits": {…}}}], "error": null}}
"""

import json
import math
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeGuard
from zoneinfo import ZoneInfo

from forecast.errors import (
    BadAnswerError,
    FetchError,
    NoRowsError,
    RateLimitedError,
    UnknownTickerError,
)

PRICES = ("open", "high", "low", "close")
META = ("instrumentType", "exchangeTimezoneName", "currency")  # what yfinance cannot do without
FIRST, LAST = -2_208_988_800, 4_102_444_800  # seconds since 1970: the years 1900 and 2100
# Crude oil was sold for −37.63 dollars in April 2020, and the yield ^IRX stood below 0.
BELOW_ZERO = {"FUTURE", "INDEX"}
MATERIAL = 1e-4  # share of the price from which a dividend must show in the adjusted one
SAID = 160  # characters of the source's own words in a message


class Chart(NamedTuple):
    """An answer that can be used.

    Attributes:
        meta: what Yahoo says of the ticker.
        stamps: seconds since 1970, one a row.
        close: prices as traded, but for splits; None where there was no trade.
        adjusted: the same adjusted for dividends; empty if Yahoo sent none.
        paid_in: currencies of the dividends, where Yahoo names them.
    """

    meta: dict[str, Any]
    stamps: list[int]
    close: list[float | None]
    adjusted: list[float | None]
    paid_in: frozenset[str] = frozenset()


def judged(status: int, content: bytes, ticker: str, *, auto_adjust: bool) -> Chart:
    """Return the rows of an answer, if it is one.

    Args:
        status: of HTTP.
        content: the body.
        ticker: that was asked for.
        auto_adjust: whether adjusted prices are wanted.

    Raises:
        UnknownTickerError: Yahoo knows no such ticker.
        RateLimitedError: Yahoo was asked too often.
        NoRowsError: there are no rows in the range.
        BadAnswerError: anything else that is no table of prices.
    """
    if status == 429:
        raise limited()
    chart = _chart(status, content, ticker)
    if chart.get("error"):
        raise _refusal(chart["error"], ticker)
    if status != 200:
        raise bad(ticker, f"the status was {status}")
    results = chart.get("result")
    if not isinstance(results, list) or not results or not isinstance(results[0], dict):
        raise bad(ticker, "it holds no result")
    return _rows(results[0], ticker, auto_adjust)


def limited() -> RateLimitedError:
    """Return the error for too many requests."""
    return RateLimitedError(
        "Yahoo answers no more for a while (status 429: too many requests). Wait some minutes "
        "before you ask again."
    )


def bad(ticker: str, reason: str) -> BadAnswerError:
    """Return the error for an answer that cannot be used."""
    return BadAnswerError(
        f"Yahoo's answer about {ticker} cannot be used: {reason}. Try again later."
    )


def _chart(status: int, content: bytes, ticker: str) -> dict[str, Any]:
    """Return the object `chart` of an answer.

    Raises:
        UnknownTickerError: there is none, and the status says that the ticker is unknown.
        BadAnswerError: there is none.
    """
    if 300 <= status < 400:
        raise bad(ticker, f"it leads elsewhere (status {status}), where we do not follow")
    try:
        found = json.loads(content)["chart"]
    except (ValueError, KeyError, TypeError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    if status == 404:
        raise _unknown(ticker)
    begins = content[:60].decode(errors="replace")
    raise bad(ticker, f"it is not the JSON that was asked for (status {status}: {begins!r})")


def _refusal(error: Any, ticker: str) -> FetchError:
    """Return what an error that Yahoo explains means."""
    told = error if isinstance(error, dict) else {}
    code, words = str(told.get("code", "")), str(told.get("description", error))[:SAID]
    if code == "Not Found":
        return _unknown(ticker, words)
    if "Data doesn't exist" in words:
        return _empty(ticker, words)
    return bad(ticker, f"it says {words!r}")


def _unknown(ticker: str, words: str = "") -> UnknownTickerError:
    said = f" ({words!r})" if words else ""
    return UnknownTickerError(
        f"Yahoo knows no ticker {ticker}{said}. Look it up at finance.yahoo.com; tickers outside "
        "the US end in their exchange, as in SAP.DE."
    )


def _empty(ticker: str, words: str = "") -> NoRowsError:
    said = f" ({words!r})" if words else ""
    return NoRowsError(
        f"Yahoo has no rows of {ticker} between these dates{said}. Choose an earlier `start` or a "
        "later `end`."
    )


def _rows(result: dict[str, Any], ticker: str, auto_adjust: bool) -> Chart:
    meta = result.get("meta")
    if not isinstance(meta, dict) or any(name not in meta for name in META):
        raise bad(ticker, "it does not say what the ticker is")
    _check_zone(meta["exchangeTimezoneName"], ticker)
    indicators = _object(result.get("indicators"))
    quote, stamps = _first(indicators, "quote"), result.get("timestamp")
    if not stamps and not any(quote.values()):
        raise _empty(ticker)
    if not isinstance(stamps, list) or not all(_is_time(stamp) for stamp in stamps):
        raise bad(ticker, "its timestamps are missing, or no times")
    below_zero = meta["instrumentType"] in BELOW_ZERO
    for name in (*PRICES, "volume"):
        least = -math.inf if below_zero else 0.0
        _check_column(name, quote.get(name), len(stamps), least, ticker)
    close = quote["close"]
    if not below_zero and 0 in close:
        raise bad(ticker, "a closing price is 0")
    if all(value is None for value in close):
        raise _empty(ticker)
    adjusted = _first(indicators, "adjclose").get("adjclose") or []
    if auto_adjust:
        _check_adjusted(adjusted, close, ticker)
        _check_dividends(_object(result.get("events")), stamps, close, adjusted, ticker)
    return Chart(meta, stamps, close, adjusted, _paid_in(_object(result.get("events"))))


def _paid_in(events: dict[str, Any]) -> frozenset[str]:
    paid = _object(events.get("dividends")).values()
    found = (_object(one).get("currency") for one in paid)
    return frozenset(one for one in found if isinstance(one, str) and one)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(indicators: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the first of a list of objects, or an empty one."""
    held = indicators.get(name)
    return _object(held[0]) if isinstance(held, list) and held else {}


def _check_zone(zone: Any, ticker: str) -> None:
    try:
        ZoneInfo(zone)
    except (OSError, ValueError, TypeError, KeyError):
        raise bad(ticker, f"the exchange's time zone {str(zone)[:40]!r} is none") from None


def _check_column(name: str, values: Any, rows: int, least: float, ticker: str) -> None:
    """See that a column has one number, at least `least`, or null a row."""
    if not isinstance(values, list) or len(values) != rows:
        found = f"{len(values)} values" if isinstance(values, list) else "no list"
        raise bad(ticker, f"the column {name!r} holds {found} for {rows} timestamps")
    strange = [value for value in values if not (value is None or _is_number(value, least))]
    if strange:
        raise bad(ticker, f"the column {name!r} holds {str(strange[0])[:40]!r}")


def _check_adjusted(adjusted: Any, close: Sequence[float | None], ticker: str) -> None:
    """See that there is an adjusted price wherever there is a price."""
    if not adjusted:
        raise bad(ticker, f"it has no adjusted prices; raw ones would have come. {_RAW}")
    _check_column("adjclose", adjusted, len(close), -math.inf, ticker)
    pairs = zip(adjusted, close, strict=True)
    if any(value is None and price is not None for value, price in pairs):
        raise bad(ticker, f"adjusted prices are missing for some rows. {_RAW}")


_RAW = "With auto_adjust=False raw prices are accepted"


def _check_dividends(
    events: dict[str, Any],
    stamps: Sequence[int],
    close: Sequence[float | None],
    adjusted: Sequence[float | None],
    ticker: str,
) -> None:
    """See that prices which dividends should have changed are not all as they were traded."""
    rows = list(zip(stamps, close, adjusted, strict=True))
    priced = [(when, a, b) for when, a, b in rows if a is not None and b is not None]
    if any(abs(b - a) > 1e-6 * abs(a) for _, a, b in priced):
        return
    for paid in _object(events.get("dividends")).values():
        amount, day = _object(paid).get("amount"), _object(paid).get("date")
        if not (_is_number(amount, 0.0) and _is_time(day)):
            raise bad(ticker, "a dividend has no date or no amount")
        before = [a for when, a, _ in priced if when < day]
        if before and amount > MATERIAL * abs(before[-1]):
            raise bad(
                ticker,
                f"it calls prices adjusted which are as they were traded, in spite of a dividend "
                f"of {amount:g}. {_RAW}",
            )


def _is_number(value: Any, least: float = -math.inf) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value) and value >= least
    except OverflowError:  # JSON's whole numbers have no end
        return False


def _is_time(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and FIRST < value < LAST
