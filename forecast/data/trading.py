"""The days on which an exchange trades, and which exchange the days of a series belong to.

The calendars are those of the library `exchange_calendars` (the extra `calendar`), which works
offline. A calendar is known from some year to some year; outside of that Monday to Friday count.

    days   (rows,) datetime64[D], rising: days on the wall clock, without zone and time of day
"""

import threading
import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.data.exchanges import CANDIDATES, EXCHANGES, exchange_name, is_exchange
from forecast.errors import MissingExtraError, SettingError

Days = NDArray[np.datetime64]

# The span that is asked of each calendar; half a century ahead costs no more than a year.
EARLIEST, LATEST = pd.Timestamp("1950-01-01"), pd.Timestamp("2079-12-31")

FEWEST_ROWS = 60  # shorter series meet too few holidays to say whose they are
FEWEST_HOLIDAYS = 3  # of a calendar, that a series must have kept
MOST_ABSENT = 0.1  # share of weekdays without a row; the most holidays of any exchange are 8 %
MOST_STRAYS = 0.005  # share of rows on days that are no sessions: closings that are not listed
FEW_STRAYS = 2  # on which no series of a panel is judged
MOST_MISSES = 0.02  # share of sessions without a row

_building = threading.Lock()
_sessions: dict[str, Days] = {}


def wall_days(index: pd.DatetimeIndex) -> Days:
    """Return the day of each timestamp on the wall clock of its zone, (rows,)."""
    days: Days = index.tz_localize(None).to_numpy().astype("datetime64[D]")
    return days


def known_sessions(code: str) -> Days:
    """Return all days that a calendar lists as sessions, read-only and kept for the process.

    Args:
        code: of an exchange, see `forecast.data.exchanges`.

    Raises:
        SettingError: there is no exchange of that code.
        MissingExtraError: `exchange_calendars` is not installed.
    """
    if not is_exchange(code):
        raise SettingError(
            f"An exchange is named by its ISO code (MIC), such as 'XNYS' for New York or 'XLON' "
            f"for London; got {code!r}. The codes are: {', '.join(EXCHANGES)}."
        )
    with _building:
        if code not in _sessions:
            days = _built(code).sessions.to_numpy().astype("datetime64[D]")
            days.flags.writeable = False
            _sessions[code] = days
        return _sessions[code]


def _built(code: str) -> Any:
    """Return the library's calendar of an exchange, as far back and ahead as it is known."""
    try:
        import exchange_calendars
    except ImportError as error:
        raise MissingExtraError(
            "exchange_calendars", "calendar", f"The calendar of {exchange_name(code)}"
        ) from error
    with warnings.catch_warnings():
        # Of pandas, about the inside of the library.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return exchange_calendars.get_calendar(code, start=EARLIEST, end=LATEST)
        except ValueError:  # it is not known so far; its kind tells how far
            kind = type(exchange_calendars.get_calendar(code))
            first, last = kind.bound_min(), kind.bound_max()
            start = EARLIEST if first is None else max(first, EARLIEST)
            return kind(start=start, end=LATEST if last is None else min(last, LATEST))


def weekdays(first: np.datetime64, last: np.datetime64) -> Days:
    """Return the days from Monday to Friday from `first` to `last`; none if that is earlier."""
    days = np.arange(first, last + 1, dtype="datetime64[D]")
    return days[np.is_busday(days)]


def sessions(code: str, first: np.datetime64, last: np.datetime64) -> Days:
    """Return the trading days of an exchange from `first` to `last`, both included.

    Args:
        code: of the exchange.
        first: a day.
        last: a day; before `first`, there are none.

    Raises:
        MissingExtraError: `exchange_calendars` is not installed.
    """
    first, last = first.astype("datetime64[D]"), last.astype("datetime64[D]")
    known = known_sessions(code)
    before = weekdays(first, min(last, known[0] - 1))
    after = weekdays(max(first, known[-1] + 1), last)
    return np.concatenate((before, _between(known, first, last), after))


def next_sessions(code: str, day: np.datetime64, count: int) -> Days:
    """Return the next `count` trading days of an exchange strictly after a day.

    Raises:
        MissingExtraError: `exchange_calendars` is not installed.
    """
    span = 2 * count + 30  # days; exchanges have been shut for weeks
    found = sessions(code, day + 1, day + span)
    while len(found) < count:
        span *= 2
        found = sessions(code, day + 1, day + span)
    return found[:count]


def missing_sessions(index: pd.DatetimeIndex, code: str) -> Days:
    """Return the listed sessions between the first and the last row that have no row.

    Where the calendar is not known, a missing day may be a holiday, so none is returned.

    Args:
        index: increasing timestamps, at least one.
        code: of the exchange.

    Raises:
        MissingExtraError: `exchange_calendars` is not installed.
    """
    days = wall_days(index)
    listed = _between(known_sessions(code), days[0], days[-1])
    return listed[~_among(listed, days)]


def on_sessions(index: pd.DatetimeIndex, code: str) -> NDArray[np.bool_]:
    """Say of each of at least one increasing timestamp whether it falls on a trading day, (rows,).

    Raises:
        MissingExtraError: `exchange_calendars` is not installed.
    """
    days = wall_days(index)
    return _among(days, sessions(code, days[0], days[-1]))


def is_foreign(index: pd.DatetimeIndex, code: str) -> bool:
    """Say whether more rows than a few lie on days on which an exchange did not trade.

    Raises:
        MissingExtraError: `exchange_calendars` is not installed.
    """
    strays = int((~on_sessions(index, code)).sum())
    return strays > max(FEW_STRAYS, 2 * MOST_STRAYS * len(index))


def find_exchange(index: pd.DatetimeIndex) -> str | None:
    """Return the code of the exchange on whose trading days the rows of a series fall.

    A calendar fits if nearly all rows are sessions of it and nearly all of its sessions have a
    row, if at least 3 of its holidays are among the weekdays without a row, and if it leaves at
    most half as many of those unexplained as Monday to Friday does. Of those that fit the one with
    fewest faults is taken, then the one that stands first in `CANDIDATES`.

    Args:
        index: timestamps of business days.

    Returns:
        The code; None where the rows are too few, no calendar fits, or `exchange_calendars` is
        not installed.
    """
    days = np.unique(wall_days(index))
    if len(days) < FEWEST_ROWS:
        return None
    absent = _absent(days)
    if absent < FEWEST_HOLIDAYS or absent > MOST_ABSENT * (absent + len(days)):
        return None
    best, least = None, len(days)
    try:
        for code in _possible(days):
            faults = _faults(days, known_sessions(code))
            if faults is not None and faults < least:
                best, least = code, faults
            if least == 0:
                break
    except MissingExtraError:
        return None
    return best


def _possible(days: Days) -> list[str]:
    """Return the candidates that are not ruled out by trade on a day on which they never do."""
    rows = np.bincount(_month_days(days), minlength=1232)
    all_weekdays = np.bincount(_month_days(weekdays(days[0], days[-1])), minlength=1232)
    has_trade = (all_weekdays >= 2) & (2 * rows > all_weekdays)
    return [code for code, closed in CANDIDATES.items() if not has_trade[list(closed)].any()]


def _month_days(days: Days) -> NDArray[np.int64]:
    """Return 100 · month + day of each day."""
    months = days.astype("datetime64[M]")
    month = months.astype(np.int64) % 12 + 1
    day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    return np.asarray(100 * month + day)


def _absent(days: Days) -> int:
    """Return how many weekdays between the first and the last day are not among the days."""
    return int(np.busday_count(days[0], days[-1] + 1)) - int(np.is_busday(days).sum())


def _faults(days: Days, known: Days) -> int | None:
    """Return how many days are no sessions or sessions no days; None if a calendar does not fit."""
    within = _between(days, known[0], known[-1])
    if len(within) < max(FEWEST_ROWS, len(days) / 2):
        return None
    listed = _between(known, within[0], within[-1])
    strays = int((~_among(within, listed)).sum())
    misses = len(listed) - (len(within) - strays)
    holidays = _absent(listed)
    fits = (
        strays <= MOST_STRAYS * len(within)
        and misses <= MOST_MISSES * len(listed)
        and holidays - strays >= FEWEST_HOLIDAYS
        and 2 * (strays + misses) <= _absent(within)
    )
    return strays + misses if fits else None


def _among(days: Days, others: Days) -> NDArray[np.bool_]:
    """Say of each day whether it is among others, which rise; ten times as fast as `isin`."""
    numbers, sought = others.view(np.int64), days.view(np.int64)
    if not len(numbers):
        return np.zeros(len(sought), dtype=np.bool_)
    at = np.minimum(numbers.searchsorted(sought), len(numbers) - 1)
    return np.asarray(numbers[at] == sought)


def _between(days: Days, first: np.datetime64, last: np.datetime64) -> Days:
    return days[days.searchsorted(first, "left") : days.searchsorted(last, "right")]
