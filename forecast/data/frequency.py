"""How often a series is observed: the frequency, its season, and the timestamps that come next.

A frequency is a pandas offset alias: "h", "D", "B", "W-SAT", "MS", "QE-DEC", "10min" …; or the
code of an exchange, "XNYS", whose trading days are meant: see `forecast.data.exchanges`.
`pd.infer_freq` answers None as soon as one timestamp is missing. Here the most common step decides,
together with calendar evidence: first or last days of months, empty weekends, a fixed weekday.
"""

from typing import TypeGuard

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.frequencies import to_offset

from forecast.checks import whole_number
from forecast.data.calendar_steps import calendar_alias, common_step, irregular, multiple
from forecast.data.exchanges import is_exchange
from forecast.data.trading import Days, next_sessions, sessions, wall_days
from forecast.errors import DataError, SettingError

Positions = NDArray[np.int64]

DAY = pd.Timedelta(days=1)
HOUR = pd.Timedelta(hours=1)
MINUTE = pd.Timedelta(minutes=1)
SECOND = pd.Timedelta(seconds=1)
NOTHING = pd.Timedelta(0)
CLOCK_UNITS = (
    ("h", HOUR),
    ("min", MINUTE),
    ("s", SECOND),
    ("ms", pd.Timedelta(milliseconds=1)),
    ("us", pd.Timedelta(microseconds=1)),
)
# Aliases of older pandas, which people still type.
OLD_ALIASES = {"H": "h", "T": "min", "S": "s", "M": "ME", "Q": "QE", "Y": "YE", "A": "YE"}
# Steps a year of the calendar offsets, by the start of their alias (longest first).
STEPS_A_YEAR = (("SM", 24), ("BM", 12), ("BQ", 4), ("BY", 1), ("M", 12), ("Q", 4), ("Y", 1))


def infer_frequency(index: pd.DatetimeIndex) -> str:
    """Return the offset alias of `index`, which may have missing and repeated timestamps.

    Business days are "B", whoever trades on them; `forecast.data.exchange_search` tells.

    Raises:
        DataError: fewer than 3 distinct timestamps, or no regular step.
    """
    times = index.dropna().unique().sort_values()
    if len(times) < 3:
        raise DataError(
            f"A frequency needs at least 3 distinct timestamps; got {len(times)}. "
            "Pass more rows, or name the frequency yourself."
        )
    step = common_step(np.diff(times.asi8))
    length = pd.Timedelta(step.size, unit=times.unit)
    # A day on the wall clock lasts 23 to 25 hours.
    if length >= 23 * HOUR:
        wall_clock = times.tz_localize(None)
        wall_step = common_step(np.diff(wall_clock.asi8)).size
        if pd.Timedelta(wall_step, unit=times.unit) % DAY == NOTHING:
            return calendar_alias(wall_clock.normalize().unique())
    if not step.regular:
        raise irregular(str(length), step.share, times)
    return _clock_alias(length)


def season_of(frequency: str) -> int:
    """Return the number of steps in one season: h→24, D→7, B→5, W→52, months→12, quarters→4.

    Trading days of an exchange count as business days. Minutes count the steps in a day
    (10min→144), seconds those in a minute (s→60). Where a season does not hold a whole number of
    steps (7min, 2B), for years and for fractions of a second, the answer is 1.

    Raises:
        SettingError: `frequency` is no pandas offset alias.
    """
    if is_exchange(frequency):
        return season_of("B")
    offset = offset_of(frequency)
    if is_clock(offset):
        return _clock_season(pd.Timedelta(offset))
    code, count = offset.rule_code, offset.n
    if code == "D":
        return _day_season(count)
    if code in ("B", "C"):
        return _whole_steps(5, count)
    if code.startswith("W"):
        return _whole_steps(52, count)
    for start, steps in STEPS_A_YEAR:
        if code.startswith(start):
            return _whole_steps(steps, count)
    return 1


def future_index(last: pd.Timestamp, frequency: str, steps: int) -> pd.DatetimeIndex:
    """Return the next `steps` timestamps (at least 1) strictly after `last`, in its time zone.

    Clock steps (hours and less) are of exact length; days and calendar steps keep the time of day
    on the wall clock, also over a change to or from daylight saving time. Month ends stay month
    ends, business days skip weekends, trading days also the holidays of their exchange, days and
    hours keep the phase of `last`.

    Raises:
        SettingError: `frequency` is no pandas offset alias, `steps` is no whole number from 1.
        DataError: `last` is no timestamp.
        MissingExtraError: for an exchange, `exchange_calendars` is not installed.
    """
    steps = whole_number("steps", steps)
    if not isinstance(last, pd.Timestamp):
        raise DataError(f"`last` must be a pandas Timestamp; got {last!r}. Pass `index[-1]`.")
    if is_exchange(frequency):
        return at_time_of(last, next_sessions(frequency, _day(last), steps))
    offset = offset_of(frequency)
    if is_clock(offset):
        return pd.date_range(last, periods=steps + 1, freq=offset)[1:]
    wall_clock = _wall_clock(last)
    future = pd.date_range(wall_clock, periods=steps + 1, freq=offset)
    return _in_zone(future[future > wall_clock][:steps], last)


def grid_between(first: pd.Timestamp, last: pd.Timestamp, frequency: str) -> pd.DatetimeIndex:
    """Return the timestamps of a frequency from `first` to `last`, as `future_index` counts them.

    Raises:
        SettingError: `frequency` is no pandas offset alias.
        MissingExtraError: for an exchange, `exchange_calendars` is not installed.
    """
    if is_exchange(frequency):
        return at_time_of(first, sessions(frequency, _day(first), _day(last)))
    offset = offset_of(frequency)
    if is_clock(offset):
        return pd.date_range(first, last, freq=offset)
    return _in_zone(pd.date_range(_wall_clock(first), _wall_clock(last), freq=offset), first)


def at_time_of(like: pd.Timestamp, days: Days) -> pd.DatetimeIndex:
    """Return days as timestamps of the time of day, the zone and the unit of another one."""
    wall = _wall_clock(like)
    walls = pd.DatetimeIndex(days).as_unit(like.unit) + (wall - wall.normalize())
    return _in_zone(walls, like)


def _day(time: pd.Timestamp) -> np.datetime64:
    day: np.datetime64 = _wall_clock(time).to_datetime64().astype("datetime64[D]")
    return day


def _wall_clock(time: pd.Timestamp) -> pd.Timestamp:
    """Return the time on the wall; midnight where that was skipped and this came in its place."""
    wall = time.tz_localize(None)
    midnight = wall.normalize()
    if time.tz is None or wall == midnight:
        return wall
    there = midnight.tz_localize(time.tz, nonexistent="shift_forward", ambiguous=True)
    return midnight if there == time else wall


def _in_zone(walls: pd.DatetimeIndex, like: pd.Timestamp) -> pd.DatetimeIndex:
    """Return times on the wall in the zone of a timestamp; of a repeated hour, the first pass."""
    if like.tz is None:
        return walls
    first_pass = np.ones(len(walls), dtype=bool)
    return walls.tz_localize(like.tz, nonexistent="shift_forward", ambiguous=first_pass)


def positions(index: pd.DatetimeIndex, anchor: pd.Timestamp, frequency: str) -> Positions:
    """Return how many steps of the grid after `anchor` each entry of a rising index stands.

    An entry off the grid, or before the anchor's step, counts from the last step before it.

    Raises:
        SettingError: `frequency` is no pandas offset alias.
        MissingExtraError: for an exchange, `exchange_calendars` is not installed.
    """
    if is_exchange(frequency):
        return _session_positions(wall_days(index), _day(anchor), frequency)
    offset = offset_of(frequency)
    if is_clock(offset):
        unit = pd.Timedelta(offset)
        return np.asarray((index - anchor) // unit, dtype=np.int64)
    wall, start = index.tz_localize(None), _wall_clock(anchor)
    if offset.rule_code == "D":
        return np.asarray((wall - start) // (DAY * offset.n), dtype=np.int64)
    first, last = min(_wall_clock(index[0]), start), max(wall[-1], start)
    grid = pd.date_range(first, last, freq=offset)
    at = np.asarray(grid.searchsorted(wall, side="right"), dtype=np.int64)
    return at - int(grid.searchsorted(start, side="right"))


def _session_positions(days: Days, anchor: np.datetime64, code: str) -> Positions:
    grid = sessions(code, min(days[0], anchor), max(days[-1], anchor))
    at = np.asarray(grid.searchsorted(days, side="right"), dtype=np.int64)
    return at - int(grid.searchsorted(anchor, side="right"))


def is_calendar_of_trading(frequency: str) -> bool:
    """Say whether missing days may be holidays, so that rows count as consecutive.

    So it is for "B", where any missing day may be one, and for an exchange, whose holidays are
    known.
    """
    return frequency == "B" or is_exchange(frequency)


def completeness(index: pd.DatetimeIndex) -> float:
    """Return the share, in (0, 1], of the regular grid's timestamps that `index` has.

    0 where no frequency is found.
    """
    try:
        frequency = infer_frequency(index)
    except DataError:
        return 0.0
    times = index.dropna().unique().sort_values()
    offset = offset_of(frequency)
    if is_clock(offset):
        grid = (times[-1] - times[0]) // pd.Timedelta(offset) + 1
    else:
        days = times.tz_localize(None).normalize()
        grid = len(pd.date_range(days[0], days[-1], freq=offset))
    return min(1.0, len(times) / max(grid, 1))


def _clock_alias(step: pd.Timedelta) -> str:
    for unit, size in CLOCK_UNITS:
        if step % size == NOTHING:
            return multiple(step // size, unit)
    return multiple(step.value, "ns")


def _clock_season(step: pd.Timedelta) -> int:
    if step % DAY == NOTHING:
        return _day_season(step // DAY)
    season = MINUTE if step < MINUTE else DAY
    is_whole = SECOND <= step < DAY and season % step == NOTHING
    return season // step if is_whole else 1


def _day_season(days: int) -> int:
    return _whole_steps(52, days // 7) if days % 7 == 0 else _whole_steps(7, days)


def is_clock(offset: pd.offsets.BaseOffset) -> TypeGuard[pd.offsets.Tick]:
    """Say whether steps are of exact length: hours and less."""
    # A day is a tick of 24 hours in pandas 2 and a calendar step from pandas 3 on.
    return isinstance(offset, pd.offsets.Tick) and offset.rule_code != "D"


def offset_of(frequency: str) -> pd.offsets.BaseOffset:
    """Return the pandas offset of an alias, also of one of older pandas.

    Raises:
        SettingError: it is none.
    """
    alias = OLD_ALIASES.get(frequency, frequency) if isinstance(frequency, str) else ""
    try:
        offset = to_offset(alias)
    except ValueError:
        offset = None
    if offset is None or offset.n < 1:
        raise SettingError(
            f"`frequency` must be a pandas offset alias such as 'h', 'D', 'B', 'W-SAT', 'MS' or "
            f"'10min', or the code of an exchange such as 'XNYS'; got {frequency!r}."
        )
    return offset


def checked_frequency(frequency: str) -> str:
    """Return a frequency as it is written today: the code of an exchange, or the alias.

    Raises:
        SettingError: it is neither.
    """
    return frequency if is_exchange(frequency) else str(offset_of(frequency).freqstr)


def _whole_steps(season: int, count: int) -> int:
    return season // count if season % count == 0 else 1
