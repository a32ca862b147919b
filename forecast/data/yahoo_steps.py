"""Weeks and months made of daily prices.

Yahoo's own weeks begin on any weekday, and its adjustment for dividends is wrong within them:
https://github.com/ranaroussi/yfinance/issues/1273. Daily rows have neither fault.
"""

from datetime import date, timedelta
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from forecast.data.exchanges import is_exchange
from forecast.data.trading import sessions
from forecast.errors import MissingExtraError

INTERVALS: Final = {"1d": "", "1wk": "W-MON", "1mo": "MS"}
NAMES: Final = {"1wk": "week", "1mo": "month"}
PRICES = ["open", "high", "low", "close"]
ONE_DAY = timedelta(days=1)
MONTH_END = pd.offsets.MonthEnd(0)


class Known(NamedTuple):
    """The days of which all prices are known.

    Attributes:
        first: day.
        last: day that is over.
        calendar: whose trading days they are; a name of `exchange_calendars`, or None.
    """

    first: date
    last: date
    calendar: str | None


def whole_steps(daily: pd.DataFrame, interval: str, known: Known) -> tuple[pd.DataFrame, list[str]]:
    """Return the weeks or months of which every trading day is known, and notes on the others.

    Half a step misleads, above all in its volume. Days on which nothing was traded are not missed.

    Args:
        daily: see `in_steps`.
        interval: see there; `1d` returns the rows as they are.
        known: the days that were asked for and are over.
    """
    table = in_steps(daily, interval)
    if interval not in NAMES or not len(table):
        return table, []
    name, left_out = NAMES[interval], {}
    begins = table.index[0].date()
    if _was_trading(begins, known.first - ONE_DAY, known.calendar):
        why = f"days of it before {known.first} were not asked for"
        left_out[table.index[0]] = f"The {name} of {begins} was left out: {why}."
    begins = table.index[-1].date()
    ends = (table.index[-1] + (pd.Timedelta(days=6) if interval == "1wk" else MONTH_END)).date()
    if _was_trading(max(begins, known.last + ONE_DAY), ends, known.calendar):
        why = f"it was not over with {known.last}, the last whole day"
        left_out[table.index[-1]] = f"The {name} of {begins} was left out: {why}."
    return table.drop(index=list(left_out)), list(left_out.values())


def in_steps(daily: pd.DataFrame, interval: str) -> pd.DataFrame:
    """Return one row a week or month, dated by its first day; `1d` returns the rows as they are.

    Args:
        daily: open, high, low, close, volume, dividends, splits by day.
        interval: `1d`, `1wk` or `1mo`.

    Returns:
        First open, highest high, lowest low, last close, sums of volume and dividends, product of
        splits (0 where there was none). Steps without a price are left out.
    """
    if not INTERVALS[interval]:
        return daily
    steps = daily.resample(INTERVALS[interval], label="left", closed="left")
    table = pd.DataFrame(
        {
            "open": steps["open"].first(),
            "high": steps["high"].max(),
            "low": steps["low"].min(),
            "close": steps["close"].last(),
            "volume": steps["volume"].sum(),
            "dividends": steps["dividends"].sum(),
            "splits": steps["splits"].agg(_product),
        }
    )
    return table.dropna(how="all", subset=PRICES)


def _was_trading(first: date, last: date, calendar: str | None) -> bool:
    """Say whether there are trading days from `first` to `last`, both included."""
    if first > last:
        return False
    if calendar == "24/7":
        return True
    if calendar is not None and is_exchange(calendar):
        try:
            return len(sessions(calendar, np.datetime64(first), np.datetime64(last))) > 0
        except MissingExtraError:
            pass  # a holiday is then taken for a trading day
    return bool(np.busday_count(first, last + ONE_DAY) > 0)


def _product(splits: "pd.Series[float]") -> float:
    made = splits[splits != 0]
    return float(made.to_numpy().prod()) if len(made) else 0.0
