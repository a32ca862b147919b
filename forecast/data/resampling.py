"""Rows of any spacing made regular: each step of a frequency becomes one row.

A step is called by pandas' own anchors, and holds the rows of the whole of it:

    clock steps, days, MS, QS, YS   by their start: the day, the hour 10:00 to 10:59:59
    weeks (W-SAT), ME, QE, YE       by their last day, that day included
    B, trading days of an exchange  by the day; rows of a weekend or holiday count to the next one,
                                    as a label before them would let the past know them

A step called by its start is complete only at its end, so series to be used side by side should be
resampled together, to one frequency.
"""

from typing import Any, Final, NamedTuple, TypeVar, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.checks import one_of
from forecast.data.calendar_steps import suggested_frequencies
from forecast.data.columns import LONG, as_numbers
from forecast.data.exchange_search import find_exchange
from forecast.data.exchanges import is_exchange
from forecast.data.frequency import (
    future_index,
    grid_between,
    infer_frequency,
    is_calendar_of_trading,
    is_clock,
    offset_of,
)
from forecast.data.trading import wall_days
from forecast.errors import DataError

__all__ = ["resample", "suggested_frequencies"]

Table = TypeVar("Table", bound="pd.Series[Any] | pd.DataFrame")

HOWS: Final = ("mean", "last", "first", "sum", "min", "max", "median")
PARTIAL: Final = ("drop", "keep")
MOST_GROWTH = 10  # times the rows that blank steps may make of them
LONGEST_CLOSE = pd.Timedelta(days=60)  # longer than any exchange was shut


def resample(
    y: Table,
    frequency: str,
    how: str = "mean",
    *,
    partial: str = "drop",
) -> Table:
    """Make rows regular, so that each step of a frequency becomes one row.

    Args:
        y: a Series or DataFrame with a DatetimeIndex or a column `ds`, or a long frame
            `unique_id, ds, …`, each series of which is resampled by itself. Rows may stand in any
            order; columns that hold no numbers are left out.
        frequency: a pandas alias such as `h`, `D`, `B`, `W-SAT`, `MS`, or the code of an exchange
            such as `XNYS`. How its steps are called is said at the head of this module.
        how: what becomes of the rows of a step: `mean` (levels, temperatures), `last` (prices),
            `sum` (counts), `first`, `min`, `max` or `median`. Blank values are passed over.
        partial: `drop` leaves out the last step where its rows do not reach its end, so where the
            row that would come next belongs to it too: half a step misleads, above all as a
            `sum`. `keep` keeps it.

    Returns:
        What was given, with one row a step from the first to the last. A step without a value is
        blank (NaN), also for `sum`, as nothing was counted there.

    Raises:
        SettingError: `frequency`, `how` or `partial` is none of those above.
        DataError: the rows are not dated, or the steps so short that most would be blank, or no
            whole step is there.
        MissingExtraError: for an exchange, `exchange_calendars` is not installed.

    Example:
        >>> import pandas as pd
        >>> import forecast as fc
        >>> y = pd.Series(1.0, pd.date_range("2024-01-01", "2024-03-20", freq="D"))
        >>> fc.resample(y, "MS", how="sum").tolist()
        [31.0, 29.0]
    """
    one_of("how", how, HOWS)
    one_of("partial", partial, PARTIAL)
    if not is_exchange(frequency):
        offset_of(frequency)  # refuses what is none before the rows are looked at
    steps = _Steps(frequency, how, partial == "keep")
    if isinstance(y, pd.DataFrame):
        return cast(Table, _long(y, steps) if set(y.columns) >= LONG else _frame(y, steps))
    made = _resampled(as_numbers(y).to_frame("y"), steps)["y"]
    made.name = y.name
    return cast(Table, made)


class _Steps(NamedTuple):
    """What `resample` was asked for."""

    frequency: str
    how: str
    keeps_last: bool


def _long(frame: pd.DataFrame, steps: _Steps) -> pd.DataFrame:
    """Resample each series of a long frame by itself, in the order in which they first appear."""
    if frame["unique_id"].isna().any() or not len(frame):
        raise DataError("Every row must name its series; fill in `unique_id`, in at least one row.")
    made = []
    for one, rows in frame.groupby("unique_id", sort=False, observed=True):
        try:
            found = _frame(rows.drop(columns="unique_id"), steps)
        except DataError as error:
            raise DataError(f"Series {one!r}: {error}") from error
        found.insert(0, "unique_id", one)
        made.append(found)
    return pd.concat(made, ignore_index=True)


def _frame(frame: pd.DataFrame, steps: _Steps) -> pd.DataFrame:
    dated = frame.set_index("ds") if "ds" in frame else frame
    numbers = dated.select_dtypes("number")
    if not len(numbers.columns):
        raise DataError(
            f"No column holds numbers; the columns are {', '.join(map(repr, dated.columns))}. "
            "Turn one into numbers with pd.to_numeric."
        )
    made = _resampled(numbers.apply(as_numbers), steps)
    return made.rename_axis("ds").reset_index() if "ds" in frame else made


def _resampled(numbers: pd.DataFrame, steps: _Steps) -> pd.DataFrame:
    """Resample columns of numbers by their time index."""
    numbers = _rising(numbers)
    index = pd.DatetimeIndex(numbers.index)
    _check_length(index, steps.frequency)
    ahead = _next_row(index)
    if ahead is not None:  # a blank row, so that its step is known beside the others
        numbers = _with_row(numbers, ahead)
    groups = _groups(numbers, steps.frequency)
    summed = groups.sum(min_count=1) if steps.how == "sum" else getattr(groups, steps.how)()
    made: pd.DataFrame = _on_all_steps(summed, steps.frequency)
    rows = _on_all_steps(groups.size(), steps.frequency).fillna(0).to_numpy()
    stop = _whole_steps(rows, ahead is not None, steps.keeps_last)
    if stop == 0:
        raise DataError(
            f"The rows, {index[0]} to {index[-1]}, fill no whole step of {steps.frequency!r}. "
            "Take a shorter one, more rows, or partial='keep'."
        )
    return made.iloc[:stop]


def _whole_steps(rows: NDArray[Any], is_ahead: bool, keeps_last: bool) -> int:
    """Return how many steps to keep, of which the last holds the row that would come next."""
    real = rows.copy()
    real[-1] -= is_ahead
    reached = int(np.flatnonzero(real)[-1]) + 1
    return reached if keeps_last or not is_ahead else min(reached, len(rows) - 1)


def _rising(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return rows in the order of time.

    Raises:
        DataError: they are not dated, or there is none.
    """
    if isinstance(numbers.index, pd.PeriodIndex):
        numbers = numbers.set_axis(numbers.index.to_timestamp())
    index = numbers.index
    if not isinstance(index, pd.DatetimeIndex):
        raise DataError(
            f"Only dated rows can be resampled; the index holds {index.dtype}. Use y.index = "
            "pd.to_datetime(y.index), or name the column of times `ds`."
        )
    if index.hasnans:
        raise DataError("The time index has blank entries. Drop those rows or give them a time.")
    if len(index) == 0:
        raise DataError("There is no row to resample. Pass at least one.")
    return numbers.sort_index(kind="stable")  # of rows at one time the later one stays the last


def _check_length(index: pd.DatetimeIndex, frequency: str) -> None:
    """See that not most of the steps would be blank.

    Raises:
        DataError: they would.
    """
    offset = None if is_exchange(frequency) else offset_of(frequency)
    if offset is not None and is_clock(offset):
        count = (index[-1] - index[0]) // pd.Timedelta(offset)
    else:
        count = len(grid_between(index[0], index[-1], frequency))
    if count > MOST_GROWTH * len(index):
        raise DataError(
            f"Steps of {frequency!r} are too short for these rows: {len(index)} would become "
            f"{count}, nearly all blank. These suit: "
            f"{', '.join(map(repr, suggested_frequencies(index)))}."
        )


def _next_row(index: pd.DatetimeIndex) -> pd.Timestamp | None:
    """Return when a row would come next, by the frequency or else the median step; None if open."""
    times = index.unique()
    if len(times) < 2:
        return None
    try:
        frequency = infer_frequency(times)
    except DataError:
        return times[-1] + pd.Timedelta(int(np.median(np.diff(times.asi8))), unit=times.unit)
    exchange = find_exchange(times) if frequency == "B" else None
    return future_index(times[-1], exchange or frequency, 1)[0]


def _with_row(numbers: pd.DataFrame, time: pd.Timestamp) -> pd.DataFrame:
    index = pd.DatetimeIndex(numbers.index)
    blank = np.full((1, len(numbers.columns)), np.nan)
    values = np.concatenate((numbers.to_numpy(), blank))
    longer = index.append(pd.DatetimeIndex([time])).rename(index.name)
    return pd.DataFrame(values, longer, numbers.columns)


def _groups(numbers: pd.DataFrame, frequency: str) -> Any:
    """Return the rows of each step, to be summarised."""
    if is_calendar_of_trading(frequency):
        return numbers.groupby(_trading_days(pd.DatetimeIndex(numbers.index), frequency))
    return numbers.resample(offset_of(frequency))


def _trading_days(index: pd.DatetimeIndex, frequency: str) -> pd.DatetimeIndex:
    """Return the trading day of each row, its own or the next."""
    grid = grid_between(index[0].normalize(), index[-1].normalize() + LONGEST_CLOSE, frequency)
    days = grid[wall_days(grid).searchsorted(wall_days(index), side="left")]
    return days.rename(index.name)


def _on_all_steps(made: Any, frequency: str) -> Any:
    """Return summaries with those of steps that have no row; pandas knows these by itself."""
    if not is_calendar_of_trading(frequency):
        return made
    grid = grid_between(made.index[0], made.index[-1], frequency)
    return made.reindex(grid.rename(made.index.name))
