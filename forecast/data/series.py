"""One series made ready: values on a regular grid, gaps filled forward, and what was filled.

Whatever a caller brings (Series, DataFrame, long frame of one series, plain sequence) becomes a
`TimeSeries`; everything below works on that alone.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.data.columns import (
    ONE_COLUMN,
    Chosen,
    Columns,
    SeriesLike,
    as_numbers,
    called,
    chosen_columns,
    held_on,
)
from forecast.data.frequency import future_index, season_of
from forecast.data.grid import frequency_of, on_grid
from forecast.errors import DataError

Values = NDArray[np.float64]
Observed = NDArray[np.bool_]

STEP = "step"  # the frequency of rows that are numbered, not dated


@dataclass(frozen=True)
class TimeSeries:
    """A series on a regular grid, and the columns that go with it.

    Attributes:
        values: (rows,) float64, finite; gaps are filled with the value before them.
        observed: (rows,) bool, False where a value was filled; such a row is never scored.
        index: (rows,) timestamps or whole numbers, increasing.
        frequency: a pandas alias such as `D`, the code of an exchange such as `XNYS`, on whose
            trading days the rows fall, or `step` for numbered rows.
        name: of the series.
        covariates: (rows, columns) float64, finite; gaps are filled like those of the values.
        columns: names of the covariates.
    """

    values: Values
    observed: Observed
    index: "pd.Index[Any]"
    frequency: str
    name: str
    covariates: Values = field(default_factory=lambda: np.empty((0, 0)))
    columns: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    @property
    def season(self) -> int:
        """Rows in one season of this frequency; 1 where there is none."""
        return 1 if self.frequency == STEP else season_of(self.frequency)

    def rows(self, start: int, stop: int) -> "TimeSeries":
        """Return the rows [start, stop)."""
        return self.at(slice(start, stop))

    def at(self, rows: "slice | NDArray[np.intp]") -> "TimeSeries":
        """Return some rows, in their order: of a panel's flat rows also those of several series."""
        return replace(
            self,
            values=self.values[rows],
            observed=self.observed[rows],
            index=self.index[rows],
            covariates=self.covariates[rows] if self.columns else self.covariates,
        )

    def after(self, steps: int) -> "pd.Index[Any]":
        """Return the next `steps` timestamps (or row numbers) after the last row."""
        if self.frequency == STEP:
            last = int(self.index[-1])
            return pd.RangeIndex(last + 1, last + 1 + steps)
        return future_index(self.index[-1], self.frequency, steps)

    def followed_by(self, newer: "TimeSeries") -> "TimeSeries":
        """Return this series with newer rows after it; where they overlap, the newer ones count.

        Args:
            newer: made ready by `prepare_after`, with the same covariates.

        Raises:
            DataError: the rows between do not lie on the grid, or are too many to fill.
        """
        keep = self.rows(0, int(self.index.searchsorted(newer.index[0])))
        kept = pd.Series(keep.values, index=keep.index, name=self.name)
        joined = pd.concat([kept, newer.observed_values()])
        beside = pd.concat([keep.covariate_frame(), newer.covariate_frame()])
        made = _prepared(Chosen(joined, beside), self.frequency)
        # Blank rows at the start of a tail have their value from rows that are not kept.
        return replace(made, observed=made.observed & ~made.index.isin(keep.index[~keep.observed]))

    def observed_values(self) -> "pd.Series[float]":
        """Return the values as a Series, NaN where they were filled."""
        values = np.where(self.observed, self.values, np.nan)
        return pd.Series(values, index=self.index, name=self.name)

    def covariate_frame(self) -> pd.DataFrame:
        """Return the covariates as a table."""
        values = self.covariates if self.columns else np.empty((len(self), 0))
        return pd.DataFrame(values, index=self.index, columns=list(self.columns))


def prepare(
    y: SeriesLike | TimeSeries,
    *,
    frequency: str | None = None,
    trusted: float = 1.0,
    columns: Columns = ONE_COLUMN,
) -> TimeSeries:
    """Make a series ready.

    Args:
        y: a Series with a DatetimeIndex, PeriodIndex or whole-number index; a DataFrame with such
            an index, or with a column `ds`; a long frame `unique_id, ds, y` of one series; or a
            plain sequence. NaN marks a missing value.
        frequency: of the index; None infers it, for business days with the exchange whose
            holidays they keep, if there is one: that of `y.attrs["calendar"]`, such as `XNYS`,
            unless the rows grossly deny it, or else one that is found.
        trusted: share of the rows, from the first, that the frequency is inferred from, above 0
            and at most 1.
        columns: which column of a frame is the target, and which are covariates.

    Returns:
        The series on a regular grid. Missing timestamps (not the holidays of business days or of
        an exchange) and NaN are filled with the last value before them; rows before the first
        value, or before the first of a covariate, are dropped, and so are blank holidays of an
        exchange.

    Raises:
        DataError: values that are no numbers or infinite, an index that is not strictly
            increasing or has no regular step, several columns or series, or nothing at all.
    """
    if isinstance(y, TimeSeries):
        return _with_columns(y, columns)
    # Taken here: later operations of pandas may lose what a table says of itself.
    calendar = getattr(y, "attrs", {}).get("calendar")
    return _prepared(chosen_columns(y, columns), frequency, trusted, calendar)


def _prepared(
    chosen: Chosen, frequency: str | None, trusted: float = 1.0, calendar: object = None
) -> TimeSeries:
    """Put a target and its covariates on the grid and fill their gaps forward."""
    series, beside = chosen
    _check_index(series.index)
    numbers = as_numbers(series)
    others = pd.DataFrame({name: as_numbers(beside[name]) for name in beside}, series.index)
    first = _first_whole_row(numbers, others)
    # A row may be blank where the last covariate begins; it holds what was before.
    held = numbers.loc[:first].ffill().iloc[-1]
    numbers, others = numbers.loc[first:], others.ffill().loc[first:]
    if not isinstance(numbers.index, pd.DatetimeIndex):
        frequency = _of_numbered(frequency)
    elif frequency is None:
        rows = min(len(numbers), max(3, round(trusted * len(numbers))))
        frequency = frequency_of(numbers.iloc[:rows], calendar)
    grid = on_grid(numbers, frequency)
    observed = grid.notna().to_numpy()
    values: Values = np.asarray(grid.ffill().fillna(held), dtype=np.float64)
    name = "y" if series.name is None else str(series.name)
    made = TimeSeries(values, observed, grid.index, frequency, name)
    if not len(others.columns):
        return made
    covariates: Values = others.reindex(grid.index).ffill().to_numpy(dtype=np.float64)
    return replace(made, covariates=covariates, columns=tuple(map(str, others.columns)))


def _of_numbered(frequency: str | None) -> str:
    """Return the frequency of numbered rows.

    Raises:
        DataError: another one is named.
    """
    if frequency not in (None, STEP):
        raise DataError(
            f"Numbered rows have no frequency; got {frequency!r}. Leave it out, or give the rows "
            "timestamps."
        )
    return STEP


def _first_whole_row(numbers: "pd.Series[float]", others: pd.DataFrame) -> Any:
    """Return the index of the first row by which every column has had a value."""
    firsts: list[Any] = [numbers.first_valid_index()]
    firsts += [others[name].first_valid_index() for name in others]
    for first, name in zip(firsts, [numbers.name, *others.columns], strict=True):
        if first is None:
            shown = "given" if name is None else repr(str(name))
            raise DataError(f"The series {shown} has no value at all: every row is blank.")
    if numbers.loc[max(firsts) :].first_valid_index() is None:
        raise DataError(
            f"The series {called(numbers)} has no value from {max(firsts)} on, where the last of "
            "its covariates begins. Leave that covariate out."
        )
    return max(firsts)


def _with_columns(series: TimeSeries, columns: Columns) -> TimeSeries:
    """Return a prepared series with the covariates that are asked for, in that order."""
    missing = [name for name in columns.named if name not in series.columns]
    if missing:
        raise DataError(
            f"The series {series.name!r} has no column {missing[0]!r}; it has "
            f"{', '.join(map(repr, series.columns)) or 'no covariates'}. Pass a DataFrame with it."
        )
    if columns.covariates is None or columns.covariates == series.columns:
        return series
    places = [series.columns.index(name) for name in columns.covariates]
    if not places:
        return replace(series, covariates=np.empty((0, 0)), columns=())
    return replace(series, covariates=series.covariates[:, places], columns=columns.covariates)


def prepare_after(
    known: TimeSeries,
    data: SeriesLike | TimeSeries,
    columns: Columns = ONE_COLUMN,
    *,
    stranger: bool = False,
) -> TimeSeries:
    """Make rows ready that come after a known series: same kind of index, zone and frequency.

    Args:
        known: the rows before.
        data: the newer rows.
        columns: see `prepare`.
        stranger: whether they are of another series, for which nothing is held on.

    Raises:
        DataError: the kinds or zones do not go together, or the rows cannot be used.
    """
    if isinstance(data, TimeSeries):
        data = pd.concat([data.observed_values(), data.covariate_frame()], axis=1)
        columns = columns._replace(target=str(data.columns[0]))
    series, beside = chosen_columns(data, columns)
    dated = isinstance(series.index, pd.DatetimeIndex)
    if dated != isinstance(known.index, pd.DatetimeIndex):
        words = ("numbered", "dated") if dated else ("dated", "numbered")
        raise DataError(
            f"Newer rows must be {words[0]}, as the fitted ones are; got {words[1]} ones. Give "
            f"them the same kind of index as the fitted rows, which end at {known.index[-1]}."
        )
    if isinstance(series.index, pd.DatetimeIndex) and isinstance(known.index, pd.DatetimeIndex):
        series = series.set_axis(in_zone_of(known.index, series.index))
    beside = beside.set_axis(series.index)
    before = int(known.index.searchsorted(series.index[0]))
    if before > 0 and not stranger:
        beside = held_on(beside, known.covariate_frame().iloc[before - 1].to_dict())
    return _prepared(Chosen(series, beside), known.frequency)


def in_zone_of(
    known: pd.DatetimeIndex, index: pd.DatetimeIndex, what: str = "Newer rows"
) -> pd.DatetimeIndex:
    """Return timestamps in the time zone of known ones; `what` is called in the error.

    Raises:
        DataError: only one of them has a zone.
    """
    if (index.tz is None) != (known.tz is None):
        raise DataError(
            f"{what} must be in the time zone of the fitted ones, {known.tz}; got "
            f"{index.tz}. Use y.tz_localize(…), or y.tz_localize(None)."
        )
    return index if known.tz is None else index.tz_convert(known.tz)


def _check_index(index: "pd.Index[Any]") -> None:
    whole = pd.api.types.is_integer_dtype(index.dtype)
    if not isinstance(index, pd.DatetimeIndex) and not whole:
        raise DataError(
            "The index must hold timestamps or whole numbers; got "
            f"{index.dtype} (first: {index[0]!r}). Use y.index = pd.to_datetime(y.index)."
        )
    if index.hasnans:
        raise DataError("The time index has blank entries. Drop those rows or give them a time.")
    if not index.is_monotonic_increasing:
        raise DataError("The time index must be increasing. Use y.sort_index().")
    if not index.is_unique:
        twice = index[index.duplicated()]
        raise DataError(
            f"The time index must be unique; {len(twice)} entries stand twice, the first is "
            f"{twice[0]}. Use y[~y.index.duplicated(keep='last')], or choose one series of a panel."
        )
