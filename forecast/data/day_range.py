"""First and last day of what is asked of a source."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from forecast.errors import SettingError

AHEAD = timedelta(hours=14)  # of UTC, where a day begins first
Day = str | date | datetime | None


class DayRange(NamedTuple):
    """Days, both of them included.

    Attributes:
        start: the first one.
        end: the last one.
    """

    start: date
    end: date


def day_range(
    start: Day, end: Day, *, first: date, last: date, usual: Callable[[date], date]
) -> DayRange:
    """Return the days that are meant.

    Args:
        start: as `2015-01-31`, or a date; a time of day is cut off. None: what `usual` says.
        end: the same, included. None: `last`.
        first: earliest day that the source may have.
        last: latest day that the source may have.
        usual: takes the last day, and returns the first one if none is given.

    Raises:
        SettingError: a text is no date, or the days are out of order or out of the source's reach.
    """
    ends = last if end is None else _day("end", end)
    begins = max(first, usual(ends)) if start is None else _day("start", start)
    if begins > ends:
        raise SettingError(
            f"`start` must not come after `end`; got {begins} and {ends}. Swap them."
        )
    if begins < first:
        raise SettingError(f"`start` must be {first} or later; got {begins}.")
    if ends > last:
        raise SettingError(
            f"`end` must not lie in the future; got {ends}, and the source ends with {last}. "
            "Leave it out for all there is."
        )
    return DayRange(begins, ends)


def today_on_earth() -> date:
    """Return the latest date that it is anywhere now."""
    return (datetime.now(UTC) + AHEAD).date()


def _day(name: str, value: Any) -> date:
    """Return a value as a date.

    Raises:
        SettingError: it is none.
    """
    blank = value != value  # NaT is a datetime, but no date
    if isinstance(value, datetime) and not blank:  # also a pandas Timestamp
        return value.date()
    if isinstance(value, date) and not blank:
        return value
    try:
        return datetime.fromisoformat(value).date()
    except (TypeError, ValueError):
        raise SettingError(f"`{name}` must be a date such as 2015-01-31; got {value!r}.") from None
