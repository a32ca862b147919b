"""Many series as one: their rows one after another, and where each begins.

    flat      rows of all series             (rows,)
    offsets   row at which each one begins   (series + 1,), the last is the number of rows

A single series is a panel of one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.data.columns import LONG, ONE_COLUMN, Columns, SeriesLike
from forecast.data.exchange_search import is_foreign
from forecast.data.exchanges import is_exchange
from forecast.data.frequency import infer_frequency, is_calendar_of_trading
from forecast.data.series import TimeSeries, prepare
from forecast.data.trading import wall_days
from forecast.errors import DataError

Rows = NDArray[np.intp]
Id = str | int


@dataclass(frozen=True)
class Panel:
    """Series on one regular grid, as flat rows.

    Attributes:
        flat: the rows of all series, one after another; only within a series does its index rise.
        offsets: (series + 1,) row at which each series begins, and the number of rows.
        ids: of the series, in that order.
        long: whether it came as a long frame, so that results bear a column `unique_id`.
    """

    flat: TimeSeries
    offsets: Rows
    ids: tuple[Id, ...]
    long: bool = True

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def lengths(self) -> Rows:
        """Rows of each series, (series,)."""
        return np.diff(self.offsets)

    @property
    def ends(self) -> Rows:
        """The last row of each series, (series,)."""
        return self.offsets[1:] - 1

    def one(self, number: int) -> TimeSeries:
        """Return one series by its number."""
        rows = self.flat.rows(int(self.offsets[number]), int(self.offsets[number + 1]))
        return replace(rows, name=str(self.ids[number])) if self.long else rows

    def each(self) -> list[TimeSeries]:
        """Return all series."""
        return [self.one(number) for number in range(len(self))]

    def which(self, rows: Rows) -> Rows:
        """Return the number of the series that each row belongs to."""
        found: Rows = np.searchsorted(self.offsets, rows, side="right") - 1
        return found

    def cut(self, parts: Sequence[range]) -> "Panel":
        """Return some rows of each series, at least 1 each, counted from its first."""
        each = [self.one(k).rows(part.start, part.stop) for k, part in enumerate(parts)]
        return joined(each, self.ids, self.long)

    def with_columns(self, columns: Columns) -> "Panel":
        """Return the panel with the covariates that are asked for.

        Raises:
            DataError: there is no such column.
        """
        flat = prepare(self.flat, columns=columns)
        return self if flat is self.flat else replace(self, flat=flat)


def panel_of(series: TimeSeries) -> Panel:
    """Return a single series as a panel of one."""
    return Panel(series, np.array([0, len(series)]), (series.name,), long=False)


def as_panel(data: TimeSeries | Panel) -> Panel:
    """Return prepared rows as a panel."""
    return panel_of(data) if isinstance(data, TimeSeries) else data


def joined(series: Sequence[TimeSeries], ids: Sequence[Id], long: bool = True) -> Panel:
    """Return prepared series, at least one and all of one frequency, as a panel."""
    first = series[0]
    if len(series) == 1:
        return Panel(first, np.array([0, len(first)]), tuple(ids), long)
    index = first.index.append([one.index for one in series[1:]])
    flat = replace(
        first,
        values=np.concatenate([one.values for one in series]),
        observed=np.concatenate([one.observed for one in series]),
        index=index,
        covariates=np.concatenate([one.covariates for one in series]),
    )
    offsets = np.concatenate(([0], np.cumsum([len(one) for one in series]))).astype(np.intp)
    return Panel(flat, offsets, tuple(ids), long)


def prepare_panel(
    y: SeriesLike | TimeSeries | Panel,
    *,
    frequency: str | None = None,
    trusted: float = 1.0,
    columns: Columns = ONE_COLUMN,
) -> Panel:
    """Make one series or many ready.

    Args:
        y: as for `forecast.data.series.prepare`, or a long frame `unique_id, ds, y` of any number
            of series.
        frequency: of all series; None takes that of the longest. Prepared rows keep theirs.
        trusted: see there.
        columns: which column of a frame is the target, and which are covariates.

    Returns:
        The series, in the order in which they first appear, all of one frequency. Where that of
        the longest is an exchange that another series grossly denies, all count as business days.

    Raises:
        DataError: a series cannot be used as it is, or is of another frequency; the message names
            it.
    """
    if isinstance(y, Panel):
        return y.with_columns(columns)
    if not is_long(y):
        return panel_of(prepare(y, frequency=frequency, trusted=trusted, columns=columns))
    frames = by_id(y)
    if not frames:
        raise DataError("The long frame has no row. Pass at least a few dozen rows.")
    made = _of_one_frequency(frames, columns, frequency, trusted)
    name = columns.target or "y"
    return joined([replace(one, name=name) for one in made], tuple(frames))


def _of_one_frequency(
    frames: Mapping[Id, pd.DataFrame], columns: Columns, frequency: str | None, trusted: float
) -> list[TimeSeries]:
    """Make the rows of each series ready, see `prepare_panel`."""
    found = frequency
    if found is None:
        longest = max(frames, key=lambda one: len(frames[one]))
        found = prepare_one(longest, frames[longest], columns, trusted=trusted).frequency
    made = _each(frames, columns, found)
    if is_calendar_of_trading(found):
        for one, series in zip(frames, made, strict=True):
            _check_daily(one, series)
    if frequency is not None:
        return made
    if is_exchange(found) and any(_is_foreign(one, trusted) for one in made):
        made = _each(frames, columns, "B")
    return made


def _check_daily(one: Id, series: TimeSeries) -> None:
    """See that a series among business days has no rarer rows.

    Raises:
        DataError: it has, such as one row a week.
    """
    seen = pd.DatetimeIndex(series.index[series.observed])
    days = np.busday_count(*wall_days(seen[[0, -1]]))
    if 2 * len(seen) > days:
        return
    try:
        own = infer_frequency(seen)
    except DataError:  # so rare that it has none
        return
    if not is_calendar_of_trading(own):
        raise DataError(
            f"Series {one!r} is of frequency {own!r}, the panel of business days "
            f"({series.frequency!r}). Resample all to one, for instance fc.resample(y, {own!r}, "
            "how='last'), or leave it out."
        )


def _each(frames: Mapping[Id, pd.DataFrame], columns: Columns, frequency: str) -> list[TimeSeries]:
    return [prepare_one(one, rows, columns, frequency=frequency) for one, rows in frames.items()]


def _is_foreign(series: TimeSeries, trusted: float) -> bool:
    """Say whether the first rows of a series do not belong to the exchange of its frequency."""
    first = slice(max(1, round(trusted * len(series))))
    rows = series.index[first][series.observed[first]]
    return len(rows) > 0 and is_foreign(pd.DatetimeIndex(rows), series.frequency)


def is_long(y: object) -> bool:
    """Say whether a table is a long frame: it names the series of each row."""
    return isinstance(y, pd.DataFrame) and set(y.columns) >= LONG


def by_id(frame: Any) -> Mapping[Id, pd.DataFrame]:
    """Return the rows of each series of a long frame, by its id.

    Raises:
        DataError: a row names no series.
    """
    if frame["unique_id"].isna().any():
        row = int(frame["unique_id"].isna().to_numpy().argmax())
        raise DataError(f"Every row must name its series; `unique_id` is blank in row {row}.")
    groups = frame.groupby("unique_id", sort=False, observed=True)
    return {_plain(one): rows.drop(columns="unique_id") for one, rows in groups}


def prepare_one(one: Id, rows: pd.DataFrame, columns: Columns, **given: Any) -> TimeSeries:
    """Make the rows `ds, y, …` of one series ready; see `prepare` for the arguments.

    Raises:
        DataError: they cannot be used; the message names the series.
    """
    try:
        return prepare(rows, columns=columns, **given)
    except DataError as error:
        raise DataError(f"Series {one!r}: {error}") from error


def _plain(one: Any) -> Id:
    return int(one) if isinstance(one, int | np.integer) else str(one)
