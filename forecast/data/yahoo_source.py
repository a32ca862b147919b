"""Daily prices of one ticker by yfinance; runs in a process of its own."""

import io
from typing import Any

import pandas as pd

from forecast.data.yahoo_chart import Chart, bad
from forecast.data.yahoo_exchanges import calendar_of
from forecast.data.yahoo_rows import DAY, days_of, days_sent_twice, listed
from forecast.errors import FetchError, NoRowsError
from forecast.processes import Answer

COLUMNS = {
    "Open": "open",
    "High": "high",
    "Low": "low",
    "Close": "close",
    "Volume": "volume",
    "Dividends": "dividends",
    "Stock Splits": "splits",
}
PRICES = ["open", "high", "low", "close"]
OTHERS = ["volume", "dividends", "splits"]
CLOSE_ENOUGH = 1e-6  # of a price, between yfinance's and Yahoo's own adjusted one


def prices(
    ticker: str, start: str, end: str, auto_adjust: bool, seconds: float, folder: str
) -> Answer:
    """Fetch the daily prices of a ticker.

    Args:
        ticker: already checked.
        start: first day, as `2015-01-01`.
        end: last day, included.
        auto_adjust: whether prices are adjusted for dividends as well as for splits.
        seconds: for all requests.
        folder: where yfinance may keep its own files.

    Returns:
        Facts about the ticker, and the table as a Parquet file: a DatetimeIndex `date` of the
        exchange's days without a zone; open, high, low, close, volume, dividends, splits.

    Raises:
        FetchError: no such table can be had; its class says why.
    """
    import yfinance

    from forecast.data.yahoo_session import OnceSession

    yfinance.config.debug.hide_exceptions = False  # or an empty table hides the cause
    yfinance.config.network.retries = 0
    yfinance.cache.set_cache_location(folder)
    # yfinance would spend a request on the zone, only to turn dates into times. Days are asked for
    # with a day to spare at both ends instead, and cut to those of the exchange below.
    yfinance.cache.get_tz_cache().store(ticker, "UTC")
    session = OnceSession(ticker, auto_adjust=auto_adjust, seconds=seconds)
    try:
        table = yfinance.Ticker(ticker, session=session).history(
            start=pd.Timestamp(start) - DAY,
            end=pd.Timestamp(end) + 2 * DAY,
            interval="1d",
            auto_adjust=auto_adjust,
            actions=True,
            keepna=True,  # or rows whose closing price is 0 go with the blank ones
        )
    except FetchError:
        raise
    except Exception as error:
        reason = f"yfinance makes no table of it ({type(error).__name__}: {str(error)[:120]})"
        raise bad(ticker, reason) from error
    if session.chart is None:
        raise bad(ticker, "yfinance did not ask for it")
    return _answer(ticker, table, session.chart, (start, end), auto_adjust)


def _answer(
    ticker: str, table: pd.DataFrame, chart: Chart, days: tuple[str, str], auto_adjust: bool
) -> Answer:
    """Return the table and facts of a ticker, once they agree with Yahoo's own answer."""
    table = table.rename(columns=COLUMNS)[list(COLUMNS.values())]
    table.index = pd.DatetimeIndex(table.index).tz_localize(None).normalize().rename("date")
    table = table[table[PRICES].notna().any(axis=1) | (table[OTHERS] != 0).any(axis=1)]
    raw = closing_prices(chart, adjusted=auto_adjust)
    check_agreement(ticker, table["close"], raw, adjusted=auto_adjust)
    table, raw = table.loc[days[0] : days[1]], raw.loc[days[0] : days[1]]
    if table["close"].notna().sum() == 0:
        raise NoRowsError(
            f"Yahoo has no rows of {ticker} from {days[0]} to {days[1]}. Choose an earlier "
            "`start` or a later `end`."
        )
    notes = [*_row_notes(table, raw), *_notes(ticker, table, chart)]
    whole = table.assign(**{name: table[name].mask(_zeros(table)[name]) for name in PRICES[:3]})
    content = io.BytesIO()
    whole.to_parquet(content)
    return Answer(_facts(ticker, chart.meta, auto_adjust, notes), content.getvalue())


def closing_prices(chart: Chart, *, adjusted: bool) -> "pd.Series[float]":
    """Return Yahoo's own closing prices by day of the exchange, in order; a day may stand twice."""
    days = days_of(chart.stamps, chart.meta["exchangeTimezoneName"])
    values = chart.adjusted if adjusted else chart.close
    return pd.Series(values, index=days, dtype="float64").sort_index(kind="stable")


def check_agreement(
    ticker: str, close: "pd.Series[float]", raw: "pd.Series[float]", *, adjusted: bool
) -> None:
    """See that closing prices are those that were asked for.

    Args:
        ticker: whose.
        close: yfinance's, by day.
        raw: Yahoo's own, by day; of a day that stands twice either one will do.
        adjusted: which were asked for.

    Raises:
        BadAnswerError: they are not; yfinance can return raw ones for adjusted ones in silence.
    """
    agrees = close.isna()
    for one in ("first", "last"):
        known = raw[~raw.index.duplicated(keep=one)].reindex(close.index)
        agrees |= (close - known).abs() <= CLOSE_ENOUGH * known.abs()
    if not agrees.all():
        wanted = "adjusted" if adjusted else "raw"
        raise bad(ticker, f"yfinance's prices are not the {wanted} ones that Yahoo sent")


def _zeros(table: pd.DataFrame) -> pd.DataFrame:
    """Say which prices beside a closing one are 0 and cannot be meant."""
    return (table[PRICES[:3]] == 0).mul(table["close"] != 0, axis=0).astype(bool)


def _row_notes(table: pd.DataFrame, raw: "pd.Series[float]") -> list[str]:
    """Return what a person should know of rows that are not as Yahoo sent them."""
    notes = []
    priced = pd.DatetimeIndex(raw.dropna().index.unique())
    dropped = len(raw.index.difference(table.index).difference(priced))
    if dropped:
        notes.append(f"{dropped} rows without any price were left out.")
    lost = priced.difference(pd.DatetimeIndex(table.index[table["close"].notna()]))
    if len(lost):
        notes.append(f"Yahoo has a price of {', '.join(listed(lost))}; yfinance left it out.")
    twice = days_sent_twice(raw)
    if twice:
        days = ", ".join(twice)
        notes.append(
            f"Yahoo has different prices for one day, of which the first is taken: {days}."
        )
    zeros = int(_zeros(table).any(axis=1).sum())
    if zeros:
        notes.append(f"{zeros} rows have a price of 0 beside the closing one; it counts as blank.")
    low = int((table["close"] <= 0).sum())
    if low:
        notes.append(f"{low} closing prices are 0 or below.")
    return notes


def _notes(ticker: str, table: pd.DataFrame, chart: Chart) -> list[str]:
    """Return what else a person should know."""
    notes, meta = [], chart.meta
    today = pd.Timestamp.now(meta["exchangeTimezoneName"]).tz_localize(None).normalize()
    if table.index[-1] >= today:
        notes.append(f"The last row is of {today.date()}, a day that may still be trading.")
    currency = str(meta.get("currency") or "")
    others = sorted(one for one in chart.paid_in if one != currency)
    if others:
        notes.append(
            f"Dividends are in {', '.join(others)[:40]} and prices in {currency[:10]}; nothing is "
            "converted, and Yahoo's adjusted prices may be wrong."
        )
    if meta.get("symbol", ticker) != ticker:
        notes.append(f"Yahoo answered about {str(meta['symbol'])[:15]} when asked for {ticker}.")
    return notes


def _facts(
    ticker: str, meta: dict[str, Any], auto_adjust: bool, notes: list[str]
) -> dict[str, Any]:
    exchange = str(meta.get("exchangeName") or "")
    name = meta.get("longName") or meta.get("shortName") or ticker
    return {
        "source": "Yahoo Finance",
        "ticker": ticker,
        "name": str(name)[:100],
        "currency": str(meta.get("currency") or ""),
        "exchange": exchange,
        "exchange_timezone": str(meta["exchangeTimezoneName"]),
        "calendar": calendar_of(exchange, str(meta.get("instrumentType") or "")),
        "adjusted": auto_adjust,
        "notes": notes,
    }
