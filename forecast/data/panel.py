"""Many series as one: their rows one after another, and where each begins.

    flat      rows of all series             (rows,)
    offsets   row at which each one begins   (series + 1,), the last is the number of rows

A single series is a panel of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.data.ahead import rows_after
from forecast.data.columns import ONE_COLUMN, Columns, SeriesLike
from forecast.data.long_frame import Id as Id
from forecast.data.long_frame import is_long as is_long
from forecast.data.series import TimeSeries, Values, prepare
from forecast.data.spans import Rows as Rows
from forecast.data.spans import edges, spans_of
from forecast.data.static import Static
from forecast.errors import DataError

MANY_ROWS = 4  # a share of one in so many of all rows is looked up, not searched


@dataclass(frozen=True)
class Panel:
    """Series on one regular grid, as flat rows.

    Attributes:
        flat: the rows of all series, one after another; only within a series does its index rise.
        offsets: (series + 1,) row at which each series begins, and the number of rows.
        ids: of the series, in that order.
        long: whether it came as a long frame, so that results bear a column `unique_id`.
        static: columns that say of each series what kind it is: name, and (series,) values as text.
    """

    flat: TimeSeries
    offsets: Rows
    ids: tuple[Id, ...]
    long: bool = True
    static: Static = ()

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
        if MANY_ROWS * len(rows) > len(self.flat):
            number: Rows = np.repeat(np.arange(len(self)), self.lengths)[rows]
            return number
        found: Rows = np.searchsorted(self.offsets, rows, side="right") - 1
        return found

    def cut(self, parts: Sequence[range]) -> "Panel":
        """Return some rows of each series, at least 1 each, counted from its first."""
        starts, stops = edges(parts)
        begins = self.offsets[:-1]
        return self._between(begins + starts, begins + np.minimum(stops, self.lengths))

    def last(self, rows: int) -> "Panel":
        """Return the last rows of each series, at least 1, or all where it has fewer."""
        begins, ends = self.offsets[:-1], self.offsets[1:]
        return self._between(np.maximum(begins, ends - rows), ends)

    def take(self, numbers: Rows) -> "Panel":
        """Return some of the series by their numbers, at least 1, in that order."""
        numbers = np.asarray(numbers, dtype=np.intp)
        some = self._between(self.offsets[numbers], self.offsets[numbers + 1])
        return replace(
            some,
            ids=tuple(self.ids[number] for number in numbers.tolist()),
            static=tuple((name, kinds[numbers]) for name, kinds in self.static),
        )

    def longer(self, steps: int, covariates: Values | None = None) -> "Panel":
        """Return the panel with rows after each series that nobody has observed.

        Args:
            steps: rows to add to each, at least 1; they are held at the last values.
            covariates: (series, steps, columns) of these rows; None holds the last ones.
        """
        flat, begins, ends = self.flat, self.offsets[:-1], self.offsets[1:]
        shift = steps * np.arange(len(self))
        added = ((ends + shift)[:, None] + np.arange(steps)).ravel()
        source = np.minimum(
            spans_of(begins, ends + steps), np.repeat(self.ends, self.lengths + steps)
        )
        longer = flat.at(source)
        longer.observed[added] = False
        if flat.columns and covariates is not None:
            longer.covariates[added] = covariates.reshape(-1, len(flat.columns))
        ahead = rows_after(flat.index, self.ends, flat.frequency, steps)
        place = source.copy()
        place[added] = len(flat) + np.arange(len(added))
        index = flat.index.append(ahead)
        offsets = self.offsets + steps * np.arange(len(self) + 1)
        whole = replace(longer, index=index if len(self) == 1 else index[place])
        return replace(self, flat=whole, offsets=offsets)

    def _between(self, starts: Rows, stops: Rows) -> "Panel":
        """Return the flat rows from each start to before each stop, one span a series."""
        offsets = np.concatenate(([0], np.cumsum(stops - starts))).astype(np.intp)
        if len(starts) == 1:
            return replace(
                self, flat=self.flat.rows(int(starts[0]), int(stops[0])), offsets=offsets
            )
        if offsets[-1] == len(self.flat) and (np.diff(starts) > 0).all():
            return replace(self, offsets=offsets)
        return replace(self, flat=self.flat.at(spans_of(starts, stops)), offsets=offsets)

    def with_columns(self, columns: Columns) -> "Panel":
        """Return the panel with the covariates and static columns that are asked for.

        Raises:
            DataError: there is no such column.
        """
        flat, found = prepare(self.flat, columns=columns), dict(self.static)
        missing = [name for name in columns.static if name not in found]
        if missing:
            raise DataError(
                f"The panel has no static column {missing[0]!r}; it has "
                f"{', '.join(map(repr, found)) or 'none'}. Make it ready with that column."
            )
        static = tuple((name, found[name]) for name in columns.static)
        if flat is self.flat and columns.static == tuple(found):
            return self
        return replace(self, flat=flat, static=static)


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
        if columns.static:
            raise DataError(
                f"Static columns, {', '.join(map(repr, columns.static))}, tell series of a long "
                "frame apart; got a single one. Leave `static` out, or pass unique_id, ds, y."
            )
        return panel_of(prepare(y, frequency=frequency, trusted=trusted, columns=columns))
    from forecast.data.many import prepare_all  # which makes panels itself

    return prepare_all(y, frequency=frequency, trusted=trusted, columns=columns)
