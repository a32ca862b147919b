"""How many rows the series of a long frame have once their gaps are filled."""

from typing import Any

import numpy as np
import pandas as pd

from forecast.data.frequency import infer_frequency, is_calendar_of_trading, positions
from forecast.errors import DataError


def series_lengths(frame: pd.DataFrame, target: str) -> "pd.Series[int]":
    """Return the rows of each series, from its first value to its last row, gaps included.

    The grid is that of the longest series; of business days every row counts, and no gap.

    Args:
        frame: long, `unique_id, ds, …`.
        target: column of the values.

    Raises:
        DataError: no value at all, or the longest series has no regular step.
    """
    known = frame[frame[target].notna()]
    if not len(known):
        raise DataError(f"The column {target!r} has no value at all: every row is blank.")
    ids = known["unique_id"]
    first = known.groupby("unique_id", sort=False, observed=True)["ds"].min()
    rows = frame[frame["ds"] >= frame["unique_id"].map(first)]
    counted: pd.Series[int] = rows.groupby("unique_id", sort=False, observed=True).size()
    longest = ids.value_counts().idxmax()
    frequency = infer_frequency(pd.DatetimeIndex(known.loc[ids == longest, "ds"]))
    if is_calendar_of_trading(frequency):
        return counted
    last = rows.groupby("unique_id", sort=False, observed=True)["ds"].max()
    every = pd.DatetimeIndex(np.unique(np.concatenate([first.to_numpy(), last.to_numpy()])))
    steps: Any = pd.Series(positions(every, every[0], frequency), index=every)
    lengths = steps.loc[last.to_numpy()].to_numpy() - steps.loc[first.to_numpy()].to_numpy() + 1
    return pd.Series(lengths, index=counted.index)
