"""The days on which an exchange trades.

The calendars are those of the library `exchange_calendars` (the extra `calendar`), which works
offline. A calendar is known from some year to some year. Outside of that Monday to Friday count,
later on without the days of the year on which there was no trade in the last years that are known,
such as the 1st of January; holidays that move from year to year are not known there.

    days   (rows,) datetime64[D], rising: days on the wall clock, without zone and time of day
"""

import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.data.exchanges import EXCHANGES, exchange_name, is_exchange
from forecast.errors import MissingExtraError, SettingError

Days = NDArray[np.datetime64]

# The span that is asked of each calendar; half a century ahead costs no more than a year.
EARLIEST, LATEST = pd.Timestamp("1950-01-01"), pd.Timestamp("2079-12-31")

MONTH_DAYS = 1232  # one more than 100 · month + day of the 31st of December
FIXED_YEARS = 12  # the last that are known, which tell the days of the year without trade
FIXED_OFTEN = 5  # weekdays among these that such a day must have been

_building: dict[str, threading.Lock] = {}  # one for each exchange: some take seconds
_sessions: dict[str, Days] = {}
_fixed: dict[str, NDArray[np.bool_]] = {}


def wall_days(index: pd.DatetimeIndex) -> Days:
    """Return the day of each timestamp on the wall clock of its zone, (rows,)."""
    days: Days = index.tz_localize(None).to_numpy().astype("datetime64[D]")
    return days


def known_sessions(code: str) -> Days:
    """Return all days that a calendar lists as sessions, read-only and kept for the process.

    Args:
        code: of an exchange, see `forecast.data.exchanges`.

    Raises:
        SettingError: there is no exchange of that code, or the library fails at it.
        MissingExtraError: `exchange_calendars` is not installed.
    """
    if not is_exchange(code):
        raise SettingError(
            f"An exchange is named by its ISO code (MIC), such as 'XNYS' for New York or 'XLON' "
            f"for London; got {code!r}. The codes are: {', '.join(EXCHANGES)}."
        )
    with _building.setdefault(code, threading.Lock()):
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
    with _quiet:
        try:
            return _as_far_as_known(exchange_calendars.get_calendar, code)
        except Exception as error:  # rules of the library that this pandas does not bear
            raise SettingError(
                f"The calendar of {exchange_name(code)} cannot be built with exchange_calendars "
                f"{exchange_calendars.__version__} and pandas {pd.__version__}: "
                f"{type(error).__name__}, {error}. Take 'B', Monday to Friday, or another exchange."
            ) from error


def _as_far_as_known(get_calendar: Callable[..., Any], code: str) -> Any:
    try:
        return get_calendar(code, start=EARLIEST, end=LATEST)
    except ValueError:  # it is not known so far; its kind tells how far
        kind = type(get_calendar(code))
        first, last = kind.bound_min(), kind.bound_max()
        start = EARLIEST if first is None else max(first, EARLIEST)
        return kind(start=start, end=LATEST if last is None else min(last, LATEST))


class _Quiet:
    """Silences what pandas says of the inside of the library, for several threads at a time.

    Filters of warnings belong to the process, so the last thread to leave restores them.
    """

    def __init__(self) -> None:
        self._lock, self._inside = threading.Lock(), 0
        self._filters = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                warnings.simplefilter("ignore", DeprecationWarning)
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._filters.__exit__(None, None, None)


_quiet = _Quiet()


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
    after = after[~_has_no_trade(code)[month_days(after)]]
    return np.concatenate((before, between(known, first, last), after))


def _has_no_trade(code: str) -> NDArray[np.bool_]:
    """Say of each month and day, as 100 · month + day, whether it never was a session of late."""
    if code not in _fixed:
        known = known_sessions(code)
        first = known[-1] - np.timedelta64(round(365.25 * FIXED_YEARS), "D")
        traded = np.bincount(month_days(between(known, first, known[-1])), minlength=MONTH_DAYS)
        often = np.bincount(month_days(weekdays(first, known[-1])), minlength=MONTH_DAYS)
        _fixed[code] = (often >= FIXED_OFTEN) & (traded == 0)
    return _fixed[code]


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
    listed = between(known_sessions(code), days[0], days[-1])
    return listed[~among(listed, days)]


def on_sessions(index: pd.DatetimeIndex, code: str) -> NDArray[np.bool_]:
    """Say of each of at least one increasing timestamp whether it falls on a trading day, (rows,).

    Raises:
        MissingExtraError: `exchange_calendars` is not installed.
    """
    days = wall_days(index)
    return among(days, sessions(code, days[0], days[-1]))


def month_days(days: Days) -> NDArray[np.int64]:
    """Return 100 · month + day of each day."""
    months = days.astype("datetime64[M]")
    month = months.astype(np.int64) % 12 + 1
    day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    return np.asarray(100 * month + day)


def among(days: Days, others: Days) -> NDArray[np.bool_]:
    """Say of each day whether it is among others, which rise; ten times as fast as `isin`."""
    numbers, sought = others.view(np.int64), days.view(np.int64)
    if not len(numbers):
        return np.zeros(len(sought), dtype=np.bool_)
    at = np.minimum(numbers.searchsorted(sought), len(numbers) - 1)
    return np.asarray(numbers[at] == sought)


def between(days: Days, first: np.datetime64, last: np.datetime64) -> Days:
    """Return the days from `first` to `last`, both included, of some that rise."""
    return days[days.searchsorted(first, "left") : days.searchsorted(last, "right")]
