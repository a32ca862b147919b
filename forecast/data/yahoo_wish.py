"""What is wanted of Yahoo, checked before anything is asked."""

import re
from datetime import date
from typing import Any, NamedTuple

from forecast.checks import one_of
from forecast.data.day_range import Day, day_range, today_on_earth
from forecast.data.yahoo_steps import INTERVALS
from forecast.errors import SettingError

SOURCE = "Yahoo Finance"
TICKER = re.compile(r"[A-Z0-9.^=-]{1,15}")
ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")
FIRST_DAY = date(1927, 12, 30)  # of ^GSPC, the longest series there is
COLUMNS = ("open", "high", "low", "close", "volume", "dividends", "splits")


class Wish(NamedTuple):
    """What is wanted of every ticker, checked.

    Attributes:
        start: first day.
        end: last day, included; None for the latest.
        interval: step of the rows.
        auto_adjust: whether prices are adjusted for dividends too.
        target: the one column that is wanted, or None for all.
    """

    start: date
    end: date | None
    interval: str
    auto_adjust: bool
    target: str | None

    def request(self, ticker: str) -> dict[str, Any]:
        """Return what is asked of Yahoo, the same for every interval and column."""
        return {
            "source": SOURCE,
            "ticker": ticker,
            "start": str(self.start),
            "end": None if self.end is None else str(self.end),
            "auto_adjust": self.auto_adjust,
        }


def checked_ticker(ticker: object) -> str:
    """Return a ticker in capitals.

    Raises:
        SettingError: it is none; such a text could lead to another path of Yahoo's.
    """
    text = ticker.strip().upper() if isinstance(ticker, str) and ticker.isascii() else ""
    if not TICKER.fullmatch(text) or not re.search("[A-Z0-9]", text):
        raise SettingError(
            "`tickers` must be 1 to 15 of the letters A–Z, digits and . ^ = -, such as MSFT or "
            f"BTC-USD; got {ticker!r}."
        )
    if ISIN.fullmatch(text):
        raise SettingError(
            f"`tickers` must be tickers; got the ISIN {text}. Look its ticker up at "
            "finance.yahoo.com."
        )
    return text


def checked_wish(
    start: Day, end: Day, interval: str, auto_adjust: bool, target: str | None
) -> Wish:
    """Return what is wanted.

    Raises:
        SettingError: an argument is outside its range.
    """
    one_of("interval", interval, INTERVALS)
    if target is not None:
        one_of("target", target, COLUMNS)
    last = today_on_earth()
    days = day_range(start, end, first=FIRST_DAY, last=last, usual=lambda _: FIRST_DAY)
    return Wish(days.start, None if end is None else days.end, interval, bool(auto_adjust), target)
