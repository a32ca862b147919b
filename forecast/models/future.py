"""The rows ahead: their timestamps, what is known of them, and how old the last known row is."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from forecast.data.frequency import positions
from forecast.data.long_frame import Id, by_id, is_long
from forecast.data.panel import Panel, joined
from forecast.data.series import STEP, TimeSeries, in_zone_of
from forecast.errors import DataError
from forecast.models.reading import longer

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
        return joined([longer(one, steps) for one in panel.each()], panel.ids, panel.long)
    tables = _tables(panel, future, names)
    grown = []
    for one, series in zip(panel.ids, panel.each(), strict=True):
        known = _known(series, steps, tables.get(one), names, one if panel.long else None)
        covariates = np.repeat(series.covariates[-1:], steps, axis=0)
        for name in names:
            covariates[:, series.columns.index(name)] = known[name].to_numpy(dtype=np.float64)
        grown.append(longer(series, steps, covariates))
    return joined(grown, panel.ids, panel.long)


def _tables(
    panel: Panel, future: pd.DataFrame | None, names: Sequence[str]
) -> dict[Id, pd.DataFrame]:
    """Return the future rows of each series, by its id."""
    if future is None:
        return {}
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
    if not panel.long:
        return {panel.ids[0]: future}
    if not is_long(future):
        raise DataError("`future` must have the columns unique_id and ds, as the fitted rows had.")
    return dict(by_id(future))


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


def age(fitted_to: Any, series: TimeSeries) -> dict[str, Any]:
    """Say how far behind a fit is: its last row, the last one known now, rows between.

    Args:
        fitted_to: timestamp or number of the last row of the fit.
        series: the rows that a forecast goes on from.
    """
    last = series.index[-1]
    if series.frequency == STEP:
        rows = int(last) - int(fitted_to)
    else:
        rows = int(positions(pd.DatetimeIndex([last]), fitted_to, series.frequency)[0])
    return {"fitted_to": str(fitted_to), "last_row": str(last), "rows_since_fit": rows}


def stalest(fitted: Panel, panel: Panel) -> dict[Hashable | None, Any]:
    """Return the `age` of the series that has most rows since its fit, by its `unique_id`."""
    if panel.long:
        ends = dict(zip(fitted.ids, fitted.flat.index[fitted.ends], strict=True))
    else:
        ends = {panel.ids[0]: fitted.flat.index[-1]}
    ages = [age(ends[one], panel.one(k)) for k, one in enumerate(panel.ids)]
    oldest = int(np.argmax([one["rows_since_fit"] for one in ages]))
    said: dict[Hashable | None, Any] = {"unique_id": panel.ids[oldest]} if panel.long else {}
    said.update(ages[oldest])
    return said
