"""The rows ahead: their timestamps, what is known of them, and how old the last known row is."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.data.frequency import positions
from forecast.data.long_frame import Id, by_id, is_long
from forecast.data.panel import Panel
from forecast.data.regular import step_of
from forecast.data.series import TimeSeries, in_zone_of
from forecast.errors import DataError
from forecast.models.known_ahead import known_ahead

SHOWN = 3  # missing timestamps that an error lists


def with_future(
    panel: Panel, steps: int, future: pd.DataFrame | None, names: Sequence[str]
) -> Panel:
    """Return a panel with the rows ahead of each series, and what is known of them.

    Args:
        panel: prepared rows.
        steps: rows ahead.
        future: the covariates known in the future, by `ds` or a time index, and `unique_id` where
            the panel is long.
        names: of these covariates.

    Raises:
        DataError: a value is missing, or `future` was given and nothing of it is read.
    """
    if not names:
        if future is not None:
            raise DataError(
                "`future` was given, and this forecaster has no `future_covariates` that it could "
                "read from it. Leave it out, or fit with future_covariates=[…]."
            )
        return panel.longer(steps)
    _check_future(panel, future, names)
    covariates = np.repeat(panel.flat.covariates[panel.ends][:, None], steps, axis=1)
    places = [panel.flat.columns.index(name) for name in names]
    alone = np.arange(len(panel))
    if panel.long and future is not None:
        known, found = known_ahead(panel, steps, future, names)
        covariates[:, :, places] = known
        alone = np.flatnonzero(~found)
    tables = {} if future is None or not len(alone) else _tables(panel, future)
    for number in alone.tolist():
        one = panel.ids[number]
        of = one if panel.long else None
        told = _known(panel.one(number), steps, tables.get(one), names, of)
        covariates[number][:, places] = told.to_numpy(dtype=np.float64)
    return panel.longer(steps, covariates)


def _check_future(panel: Panel, future: pd.DataFrame | None, names: Sequence[str]) -> None:
    """See that the future rows are a table with the columns that are read."""
    if future is None:
        return
    if not isinstance(future, pd.DataFrame):
        raise DataError(
            f"`future` must be a DataFrame with the columns {_listed(names)}; got a "
            f"{type(future).__name__}."
        )
    missing = [name for name in names if name not in future]
    if missing:
        raise DataError(
            f"`future` lacks the column {missing[0]!r}; it has {_listed(future.columns)}."
        )
    if panel.long and not is_long(future):
        raise DataError("`future` must have the columns unique_id and ds, as the fitted rows had.")


def _tables(panel: Panel, future: pd.DataFrame) -> Mapping[Id, pd.DataFrame]:
    """Return the future rows of each series, by its id."""
    return by_id(future) if panel.long else {panel.ids[0]: future}


def _known(
    series: TimeSeries,
    steps: int,
    table: pd.DataFrame | None,
    names: Sequence[str],
    one: Id | None,
) -> pd.DataFrame:
    """Return what is known of the rows ahead of one series, (steps, names)."""
    wanted = series.after(steps)
    of = "" if one is None else f" of series {one!r}"
    if table is None:
        raise DataError(
            f"{_listed(names)} must be known for the {steps} rows{of} to forecast, "
            f"{wanted[0]} to {wanted[-1]}. Pass them as `future`, a DataFrame with `ds`."
        )
    if "ds" in table:
        table = table.set_index("ds")
    if isinstance(table.index, pd.PeriodIndex):
        table = table.set_axis(table.index.to_timestamp())
    if isinstance(wanted, pd.DatetimeIndex) and isinstance(table.index, pd.DatetimeIndex):
        table = table.set_axis(in_zone_of(wanted, table.index, f"`future`{of}"))
    if not table.index.is_unique:
        raise DataError(f"`future` has two rows{of} at {table.index[table.index.duplicated()][0]}.")
    try:
        known = table[list(names)].reindex(wanted).astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"`future` must hold numbers in {_listed(names)}{of}; {error}.") from error
    blank = ~np.isfinite(known.to_numpy()).all(axis=1)
    if blank.any():
        at = ", ".join(str(ds) for ds in known.index[blank][:SHOWN])
        raise DataError(
            f"`future` must hold {_listed(names)} for each of the {steps} rows{of} to forecast; "
            f"{int(blank.sum())} are missing, blank or infinite, the first at {at}. Add those rows."
        )
    return known


def _listed(names: Any) -> str:
    return ", ".join(repr(str(name)) for name in names)


def _rows_between(
    ends: "pd.Index[Any]", last: "pd.Index[Any]", frequency: str
) -> NDArray[np.int64]:
    """Return the rows from each end of a fit to the last row of its series now."""
    if not isinstance(ends, pd.DatetimeIndex) or not isinstance(last, pd.DatetimeIndex):
        between: NDArray[np.int64] = last.to_numpy(np.int64) - ends.to_numpy(np.int64)
        return between
    pairs = np.column_stack((ends.as_unit(last.unit).asi8, last.asi8))
    step = step_of(last, frequency)
    if step:
        return (pairs[:, 1] - pairs[:, 0]) // step
    # Most series end together: rows are counted once for each pair of ends.
    _, first, which = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    counted = [positions(last[[k]], ends[k], frequency)[0] for k in first.tolist()]
    return np.array(counted, dtype=np.int64)[which.ravel()]


def stalest(fitted: Panel, panel: Panel) -> dict[Hashable | None, Any]:
    """Say how far behind a fit is, in the series that has most rows since: its `unique_id`.

    Args:
        fitted: the fitted rows.
        panel: the rows that a forecast goes on from.

    Returns:
        `fitted_to`, `last_row` and `rows_since_fit`: last rows, and rows between. Series that were
        not among the fitted ones do not count; where there is no other, `fitted_to` is None.
    """
    places = {one: place for place, one in enumerate(fitted.ids)} if panel.long else {}
    found = [places.get(one, -1) for one in panel.ids] if panel.long else [0]
    of = np.array(found, dtype=np.intp)
    known = np.flatnonzero(of >= 0)
    ends = fitted.flat.index[fitted.ends[of[known]]]
    last = panel.flat.index[panel.ends[known]]
    since = _rows_between(ends, last, panel.flat.frequency)
    oldest = int(since.argmax()) if len(since) else -1
    number = int(known[oldest]) if len(since) else 0
    said: dict[Hashable | None, Any] = {"unique_id": panel.ids[number]} if panel.long else {}
    return said | {
        "fitted_to": str(ends[oldest]) if len(since) else None,
        "last_row": str(panel.flat.index[panel.ends[number]]),
        "rows_since_fit": int(since[oldest]) if len(since) else 0,
    }
