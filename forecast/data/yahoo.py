"""Prices from Yahoo Finance, through yfinance in a process that a deadline ends."""

import io
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.util import find_spec
from typing import Any, TypeAlias

import pandas as pd

from forecast.checks import one_of
from forecast.data.day_range import Day, today_on_earth
from forecast.data.kept_answers import Found, Needs, Terms, answer_or_copy, checked_terms
from forecast.data.network import Way, no_time
from forecast.data.yahoo_steps import NAMES, Known, whole_steps
from forecast.data.yahoo_wish import COLUMNS, SOURCE, Wish, checked_ticker, checked_wish
from forecast.errors import (
    FetchError,
    MissingExtraError,
    NoRowsError,
    OfflineError,
    RateLimitedError,
    SettingError,
)
from forecast.processes import call

HOST = "query2.finance.yahoo.com"
MAX_AGE = 12 * 3600.0
AT_ONCE = 4  # tickers; more and Yahoo soon answers nothing
NEEDS = Needs(COLUMNS, {"ticker": str, "exchange_timezone": str, "calendar": str | None})

Rows: TypeAlias = "pd.Series[float] | pd.DataFrame"


def fetch_yahoo(
    tickers: str | Sequence[str],
    *,
    start: Day = None,
    end: Day = None,
    interval: str = "1d",
    auto_adjust: bool = True,
    target: str | None = "close",
    errors: str = "raise",
    deadline: float = 20.0,
    refresh: bool = False,
    stale: bool = False,
    max_age: float = MAX_AGE,
) -> "pd.Series[float] | pd.DataFrame":
    """Return prices of one ticker as a Series, or of several as a long frame.

    Yahoo is asked by yfinance, for daily rows; weeks and months are made of them here, since
    Yahoo's own are adjusted wrongly. The answer is kept on disk, and taken from there while it is
    new. At most three requests a ticker are sent.

    Args:
        tickers: one, such as `"MSFT"`, or several in a list; any case. Letters, digits and
            `.^=-`, at most 15.
        start: first day, such as `"2015-01-01"`; None for all there is.
        end: last day, **included** (yfinance leaves it out); None for the latest.
        interval: `"1d"`, `"1wk"` (dated by its Monday) or `"1mo"` (dated by its first day). A
            first or last one of which trading days are not between start and end, or not over
            yet, is left out, and a note says so.
        auto_adjust: whether prices are adjusted for dividends as well as for splits. The answer
            is compared with what Yahoo calls adjusted; raw prices never pass for adjusted ones.
        target: the column to return; None for all: open, high, low, close, volume, dividends,
            splits.
        errors: of several tickers: `"raise"` if any fails, or `"skip"` those that do, which are
            named in `attrs["failed"]`.
        deadline: seconds for one ticker, above 0, after which its process is killed.
        refresh: ask Yahoo, even though there is a new copy.
        stale: where Yahoo fails, take the copy on disk however old it is.
        max_age: seconds for which a copy counts as new; `math.inf` takes any copy, and asks
            Yahoo only if there is none.

    Returns:
        For one ticker a Series (or DataFrame) with a DatetimeIndex `date`, days of the exchange
        without a zone. For a list a long frame `unique_id, ds, y` (or all columns). In `attrs`:
        source, ticker, name, currency, exchange, exchange_timezone, calendar (a name of the
        library exchange_calendars, or None), adjusted, interval, fetched (ISO, UTC),
        age_seconds, stale, notes. For a list those of each in `attrs["tickers"]`, what holds for
        all beside it (of times the oldest), and `attrs["failed"]`.

    Raises:
        UnknownTickerError: Yahoo has no such ticker.
        RateLimitedError: Yahoo answers no more for a while.
        OfflineError: the network is away, told within 5 s.
        NoRowsError: there are no rows, or no whole week or month, between the days.
        BadAnswerError: the answer cannot be used, or holds raw prices for adjusted ones.
        DeadlineError: it took too long.
        SettingError: an argument is outside its range; nothing was asked.
        MissingExtraError: yfinance is not installed.
    """
    wish = checked_wish(start, end, interval, auto_adjust, target)
    one_of("errors", errors, ("raise", "skip"))
    terms = checked_terms(deadline, max_age, refresh=refresh, stale=stale)
    way = Way(HOST, SOURCE)
    if isinstance(tickers, str) or not isinstance(tickers, Iterable):
        return _found(checked_ticker(tickers), wish, terms, way, threading.Event())
    names = list(dict.fromkeys(checked_ticker(ticker) for ticker in tickers))
    if not names:
        raise SettingError("`tickers` must name at least one ticker; got none.")
    results = _several(names, wish, terms, way)
    return _long(results, wish, skip=errors == "skip")


def _found(ticker: str, wish: Wish, terms: Terms, way: Way, stop: threading.Event) -> Rows:
    """Return the rows of one ticker, from a copy or from Yahoo."""

    def ask() -> tuple[pd.DataFrame, dict[str, Any]]:
        if find_spec("yfinance") is None:
            raise MissingExtraError("yfinance", "yahoo", "Fetching prices")
        ends = time.monotonic() + terms.deadline
        way.check(ends, terms.deadline)
        try:
            return _asked(ticker, wish, ends - time.monotonic(), terms.deadline, stop)
        except RateLimitedError as error:
            way.close(error)
            raise

    return _shaped(answer_or_copy(wish.request(ticker), ask, terms, NEEDS), wish)


def _asked(
    ticker: str, wish: Wish, seconds: float, told: float, stop: threading.Event
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the rows and facts of one ticker from Yahoo; `told` is the caller's deadline."""
    if seconds <= 0:
        raise no_time(told)
    arguments = {
        "ticker": ticker,
        "start": str(wish.start),
        "end": str(wish.end or today_on_earth()),
        "auto_adjust": wish.auto_adjust,
        "seconds": seconds,
    }
    # yfinance keeps cookies in its folder as pickles: a new folder each time, so none is read.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        facts, body = call(
            "forecast.data.yahoo_source:prices",
            arguments | {"folder": folder},
            deadline=seconds,
            stop=stop,
            told=told,
        )
    return pd.read_parquet(io.BytesIO(body)), facts


def _several(
    tickers: list[str], wish: Wish, terms: Terms, way: Way
) -> "dict[str, Rows | FetchError]":
    """Return what came of each ticker, a few of them at a time."""
    stop = threading.Event()

    def one(ticker: str) -> "Rows | FetchError":
        try:
            return _found(ticker, wish, terms, way, stop)
        except FetchError as error:
            return error

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="yahoo") as pool:
        try:
            return dict(zip(tickers, pool.map(one, tickers), strict=True))
        except BaseException:  # also Ctrl-C: the pool waits for its threads, so they must end
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _shaped(found: Found, wish: Wish) -> Rows:
    """Return the rows in the interval that is wanted, with their attributes.

    Raises:
        NoRowsError: there is no whole step of it.
    """
    known = _known(found.attrs, wish)
    table, notes = whole_steps(found.table, wish.interval, known)
    if not len(table):
        step = NAMES.get(wish.interval, "day")
        raise NoRowsError(
            f"Yahoo has no whole {step} of {found.attrs['ticker']} from {wish.start} to "
            f"{known.last}. {' '.join(notes)} Choose an earlier `start`, a later `end`, or "
            'interval="1d".'
        )
    shaped = table if wish.target is None else table[wish.target].astype("float64")
    shaped.attrs.clear()
    notes = [*found.attrs["notes"], *notes]
    shaped.attrs.update(found.attrs | {"interval": wish.interval, "notes": notes})
    return shaped


def _known(facts: dict[str, Any], wish: Wish) -> Known:
    """Return the days that were asked for, up to the last one that was over then."""
    fetched = pd.Timestamp(facts["fetched"])
    with suppress(OSError, ValueError, KeyError):  # a copy may name a zone that is none
        fetched = fetched.tz_convert(facts["exchange_timezone"])
    over = (fetched - pd.Timedelta(days=1)).date()
    return Known(wish.start, over if wish.end is None else min(wish.end, over), facts["calendar"])


def _long(results: "dict[str, Rows | FetchError]", wish: Wish, *, skip: bool) -> pd.DataFrame:
    """Return the rows of several tickers one after another.

    Raises:
        FetchError: one failed and none is to be skipped, or all failed.
    """
    failed = {name: one for name, one in results.items() if isinstance(one, FetchError)}
    good = {name: one for name, one in results.items() if not isinstance(one, FetchError)}
    if failed and not (skip and good):
        raise _joined(failed, len(results))
    parts = []
    for name, rows in good.items():
        frame = rows.to_frame("y") if isinstance(rows, pd.Series) else rows
        part = frame.rename_axis("ds").reset_index()
        part.insert(0, "unique_id", name)
        part.attrs = {}
        parts.append(part)
    long = pd.concat(parts, ignore_index=True)
    long.attrs.update(_common(good, wish))
    long.attrs["failed"] = {name: str(error) for name, error in failed.items()}
    return long


def _common(good: "dict[str, pd.Series[float] | pd.DataFrame]", wish: Wish) -> dict[str, Any]:
    """Return what holds for all tickers together; the oldest answer tells the age."""
    each = {name: dict(rows.attrs) for name, rows in good.items()}
    calendars = {facts["calendar"] for facts in each.values()}
    return {
        "source": SOURCE,
        "tickers": each,
        "calendar": calendars.pop() if len(calendars) == 1 else None,
        "adjusted": wish.auto_adjust,
        "interval": wish.interval,
        "fetched": min(facts["fetched"] for facts in each.values()),
        "age_seconds": max(facts["age_seconds"] for facts in each.values()),
        "stale": any(facts["stale"] for facts in each.values()),
        "notes": [f"{name}: {note}" for name, facts in each.items() for note in facts["notes"]],
    }


def _joined(failed: dict[str, FetchError], asked: int) -> FetchError:
    """Return one error for all that failed, of the class of the first."""
    first = next(iter(failed.values()))
    if asked == 1 or isinstance(first, OfflineError):
        return first
    told = type(first)(
        f"{len(failed)} of {asked} tickers failed: {', '.join(failed)}. The first: {first} Leave "
        'them out, or with errors="skip" take the others.'
    )
    told.kept = first.kept
    return told
