"""Which exchange the days of a series belong to.

A series and a calendar contradict each other by strays, rows on days without trading, and misses,
trading days without a row. Rows that are missing here and there say little. A day that comes back
every year says that the rows keep other holidays: those of another exchange, or of the state.

    days   (rows,) datetime64[D], rising: days on the wall clock, without zone and time of day
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.holiday import USFederalHolidayCalendar

from forecast.data.exchanges import BY_NAME_ALONE, CANDIDATES, CLOSED, EXCHANGES
from forecast.data.trading import (
    MONTH_DAYS,
    Days,
    among,
    between,
    known_sessions,
    missing_sessions,
    month_days,
    on_sessions,
    wall_days,
    weekdays,
)
from forecast.errors import MissingExtraError, SettingError

YEAR = 365.25
YEARS = 10  # the last ones are judged: forecasts keep the holidays of today
FEWEST_ROWS = 60  # shorter series meet too few holidays to say whose they are
FEWEST_HOLIDAYS = 3  # of a calendar, that a series must have kept
MOST_ABSENT = 0.1  # share of weekdays without a row; the most holidays of any exchange are 8 %
YEARS_A_STRAY = 4  # beyond the first: closings at short notice that others did not keep
MOST_MISSES = 0.02  # share of sessions without a row
LEAST_YEARS = 0.9  # in fewer only a calendar without any fault is taken
SHORT_YEARS = 1.9  # in fewer nothing comes back, so that all faults count
SHORT_FAULTS = 0.25  # of the holidays of so short a series
MARGIN = 2  # faults that a calendar with other holidays must have more than the best
NEAR = 7  # days that the same holiday may lie apart in two years
BEFORE_EASTER, AFTER_EASTER = 50, 65  # days: from Carnival to Corpus Christi
OCCASIONS = 1400  # above all their numbers
FEDERAL = (101, 704, 1111, 1225)  # days without work at the US government
FEW_STRAYS = 2  # on which no series is judged that is said to be of an exchange
GROSS_STRAYS = 0.01  # share of rows, likewise
GROSS_MISSES = 0.5  # share of sessions, likewise


class Fit(NamedTuple):
    """Days beside a calendar.

    Attributes:
        code: of the exchange; None for a calendar of no exchange.
        listed: the sessions from the first day to the last.
        strays: days that are no sessions.
        misses: sessions that are not among the days.
    """

    code: str | None
    listed: Days
    strays: Days
    misses: Days

    @property
    def faults(self) -> int:
        """How many days contradict the calendar."""
        return len(self.strays) + len(self.misses)


def find_exchange(index: pd.DatetimeIndex) -> str | None:
    """Return the code of the exchange on whose trading days the rows of a series fall.

    The last 10 years are judged. A calendar without any fault is taken, the first of `CANDIDATES`.
    Where all have some, a year of rows or more is compared with the calendars of all exchanges and
    with that of the US government. The best is taken if those with other holidays have at least 2
    faults more, and if its own are few and do not come back from year to year.

    Args:
        index: timestamps of business days.

    Returns:
        The code; None where the rows are too few, no calendar fits, or `exchange_calendars` is
        not installed.
    """
    days = np.unique(wall_days(index))
    if len(days):
        days = days[days > days[-1] - round(YEARS * YEAR)]
    if len(days) < FEWEST_ROWS:
        return None
    absent = _absent(days)
    if absent < FEWEST_HOLIDAYS or absent > MOST_ABSENT * (absent + len(days)):
        return None
    try:
        return _best(days)
    except MissingExtraError:
        return None


def named_exchange(index: pd.DatetimeIndex, code: object) -> str | None:
    """Return an exchange that a series is said to belong to; None where its rows deny it.

    Args:
        index: timestamps of business days, at least one.
        code: what the series says, whatever that is.
    """
    if not isinstance(code, str) or code not in EXCHANGES:
        return None
    try:
        return None if is_foreign(index, code) else code
    except (MissingExtraError, SettingError):
        return None


def is_foreign(index: pd.DatetimeIndex, code: str) -> bool:
    """Say whether rows grossly contradict the calendar of an exchange.

    They do if more than a few are strays, if half of the sessions are missing, or if a session is
    missing in most years, at least 3.

    Args:
        index: increasing timestamps, at least one.
        code: of the exchange.

    Raises:
        MissingExtraError: `exchange_calendars` is not installed.
    """
    strays = int((~on_sessions(index, code)).sum())
    if strays > max(FEW_STRAYS, GROSS_STRAYS * len(index)):
        return True
    misses = missing_sessions(index, code)
    if len(misses) > GROSS_MISSES * (len(misses) + len(index)):
        return True
    days = wall_days(index)
    late = days[-1] - round(YEARS * YEAR)
    listed = between(known_sessions(code), max(days[0], late), days[-1])
    return bool(_years_missed(misses[misses > late], listed, 3).any())


def _best(days: Days) -> str | None:
    """Return the exchange whose calendar fits, see `find_exchange`."""
    fits = []
    for fit in _fits(days, CANDIDATES):
        fits.append(fit)
        if not fit.faults:
            return fit.code if _is_likely(fit, days) else None
    if not _rules_out(days, FEDERAL):
        fits.append(_federal(days))
        if not fits[-1].faults:
            return None
    if _span(days) < LEAST_YEARS:
        return None
    fits += _fits(days, [one for one in EXCHANGES if one not in (*CANDIDATES, *BY_NAME_ALONE)])
    best = min(fits, key=lambda fit: fit.faults)  # of equal ones the first
    for other in fits:
        is_near = 0 < best.faults > other.faults - MARGIN
        if is_near and not np.array_equal(other.listed, best.listed):
            return None
    return best.code if _is_likely(best, days) else None


def _fits(days: Days, codes: Iterable[str]) -> Iterator[Fit]:
    """Compare days with the calendars that they do not rule out."""
    for code in codes:
        if _rules_out(days, CLOSED.get(code, ())):
            continue
        try:
            known = known_sessions(code)
        except SettingError:  # the library fails at it
            continue
        within = between(days, known[0], known[-1])
        if len(within) >= max(FEWEST_ROWS, len(days) / 2):
            yield _fit(code, within, known)


def _rules_out(days: Days, closed: Sequence[int]) -> bool:
    """Say whether there are rows on days of the year without trading: on several, or in 2 years."""
    rows = np.bincount(month_days(days), minlength=MONTH_DAYS)[list(closed)]
    return bool((rows > 1).any() or rows.sum() > _most_strays(days))


def _federal(days: Days) -> Fit:
    """Compare days with the working days of the US government, which banks and statistics keep."""
    calendar = USFederalHolidayCalendar()
    holidays = calendar.holidays(pd.Timestamp(days[0]), pd.Timestamp(days[-1]))
    every = weekdays(days[0], days[-1])
    return _fit(None, days, every[~among(every, np.sort(wall_days(holidays)))])


def _fit(code: str | None, days: Days, known: Days) -> Fit:
    listed = between(known, days[0], days[-1])
    return Fit(code, listed, days[~among(days, listed)], listed[~among(listed, days)])


def _is_likely(fit: Fit, days: Days) -> bool:
    """Say whether the faults of a calendar are few and do not come back."""
    strays, misses, holidays = len(fit.strays), len(fit.misses), _absent(fit.listed)
    if holidays - strays < FEWEST_HOLIDAYS:
        return False
    if not fit.faults:
        return True
    if _span(days) < SHORT_YEARS and 2 * strays + misses > SHORT_FAULTS * holidays:
        return False
    return (
        strays <= _most_strays(days)
        and misses <= MOST_MISSES * len(fit.listed)
        and 2 * fit.faults <= _absent(days)
        and not _comes_back(fit)
    )


def _comes_back(fit: Fit) -> bool:
    """Say whether the faults of a calendar recur, and not by chance.

    Strays do not arise by chance: two years tell. Of misses a day must be missing in most years,
    in at least 3, or in 2 where most misses are of such days.
    """
    often = _years_missed(fit.misses, fit.listed, 2)
    return bool(
        _strays_again(fit.strays)
        or 2 * often.sum() > max(len(fit.misses), 1)
        or _years_missed(fit.misses, fit.listed, 3).any()
    )


def _strays_again(strays: Days) -> bool:
    """Say whether two years have a stray at the same time of the year, or beside Easter."""
    year, easter = _years(strays), _easter_days(strays)
    day = (strays - strays.astype("datetime64[Y]")).astype(np.int64)
    others = year[:, None] != year
    near = np.abs(day[:, None] - day) <= NEAR
    at_easter = (easter[:, None] == easter) & (easter > 0)
    return bool((others & (near | at_easter)).any())


def _years_missed(misses: Days, listed: Days, least: int) -> NDArray[np.bool_]:
    """Say of each miss whether its holiday is missing in most years, and in at least so many."""
    often = np.zeros(len(misses), dtype=np.bool_)
    for missed, every in zip(_occasions(misses), _occasions(listed), strict=True):
        years = np.bincount(missed, minlength=OCCASIONS)
        of = np.bincount(every, minlength=OCCASIONS)
        often |= ((years >= least) & (2 * years > of))[missed] & (missed > 0)
    return often


def _occasions(days: Days) -> list[NDArray[np.int64]]:
    """Return what holidays go by, as numbers below 1400 that no year has twice.

    They are: month and day; the week of the month, from its first or its last day, and the weekday;
    days from Easter, 0 where that is far.
    """
    weekday = (days.astype(np.int64) + 3) % 7
    month_day = month_days(days)
    month, day = month_day // 100 * 100, month_day % 100
    last = (days.astype("datetime64[M]") + 1).astype("datetime64[D]")
    from_end = (last - days).astype(np.int64)
    return [
        month_day,
        month + (day - 1) // 7 * 10 + weekday,
        month + (from_end - 1) // 7 * 10 + weekday,
        _easter_days(days),
    ]


def _easter_days(days: Days) -> NDArray[np.int64]:
    """Return the number of days from some weeks before Easter Sunday, 0 where that is far.

    Source: the Gregorian computus as given in Nature, 20 April 1876, p. 487.
    """
    year = _years(days)
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = h + k - 7 * ((a + 11 * h + 22 * k) // 451) + 114
    months = (year - 1970) * 12 + m // 31 - 1
    sunday = months.astype("datetime64[M]").astype("datetime64[D]") + m % 31
    after = (days - sunday).astype(np.int64) + BEFORE_EASTER
    return np.where((after > 0) & (after < BEFORE_EASTER + AFTER_EASTER), after, 0)


def _years(days: Days) -> NDArray[np.int64]:
    return np.asarray(days.astype("datetime64[Y]").astype(np.int64) + 1970)


def _span(days: Days) -> float:
    """Return the years from the first day to the last."""
    return float((days[-1] - days[0]).astype(np.int64)) / YEAR


def _most_strays(days: Days) -> int:
    return 1 + int(_span(days) / YEARS_A_STRAY)


def _absent(days: Days) -> int:
    """Return how many weekdays between the first and the last day are not among the days."""
    return int(np.busday_count(days[0], days[-1] + 1)) - int(np.is_busday(days).sum())
