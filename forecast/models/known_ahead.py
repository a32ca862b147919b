"""Covariates that are known for the rows ahead of many series, looked up together."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.data.ahead import rows_after
from forecast.data.long_frame import long_frame
from forecast.data.number_table import moved_to, table_of, times_of
from forecast.data.panel import Panel
from forecast.data.series import Observed, Values


def known_ahead(
    panel: Panel, steps: int, future: pd.DataFrame, names: Sequence[str]
) -> tuple[Values, Observed]:
    """Return what is known of the rows ahead.

    Args:
        panel: prepared rows of many series.
        steps: rows ahead.
        future: a long frame of the covariates.
        names: of the covariates.

    Returns:
        The values, (series, steps, names), and of which series they were found, (series,); the
        others are to be looked at alone.

    Raises:
        DataError: a row names no series.
    """
    long, flat, series = long_frame(future), panel.flat, len(panel)
    found, whole = np.zeros((series, steps, len(names))), np.zeros(series, dtype=np.bool_)
    wanted = rows_after(flat.index, panel.ends, flat.frequency, steps)
    table = table_of(long.column("ds"), [long.column(name) for name in names], long.offsets)
    table = None if table is None else moved_to(table, wanted[:0])
    if table is None or not len(long):
        return found, whole
    places = {one: place for place, one in enumerate(long.ids)}
    place = np.array([places.get(one, -1) for one in panel.ids], dtype=np.int64)
    # Each row is called by one number, of its series and its time.
    each = np.concatenate((table.times, times_of(wanted, table.kind)))
    times, code = np.unique(each, return_inverse=True)
    which = np.repeat(np.arange(len(long)), long.lengths)
    called = which * len(times) + code[: len(which)]
    asked = np.repeat(place, steps) * len(times) + code[len(which) :]
    order = np.argsort(called, kind="stable")
    rising = called[order]
    at = np.minimum(rising.searchsorted(asked), len(rising) - 1)
    rows = order[at]
    values = np.stack([column[rows] for column in table.numbers], axis=1)
    right = (rising[at] == asked) & np.isfinite(values).all(axis=1)
    odd = table.odd.copy()
    odd[which[order[1:][rising[1:] == rising[:-1]]]] = True  # two rows of one time
    whole = right.reshape(series, steps).all(axis=1) & (place >= 0) & ~odd[place]
    return values.reshape(found.shape), whole
