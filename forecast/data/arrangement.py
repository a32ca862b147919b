"""Rows into the order of time: a single series, or a long panel of many series."""

from typing import NamedTuple

import pandas as pd

from forecast.data.frequency import infer_frequency
from forecast.data.raw_table import RawTable, text_of
from forecast.data.time_column import TimeColumn
from forecast.errors import DataError

ID_NAMES = frozenset(
    {
        *("unique_id", "id", "item_id", "series_id", "series", "symbol", "ticker", "store"),
        *("item", "product", "sku", "station", "sensor", "location", "city", "country", "region"),
    }
)
# A column of words beside a few repeated timestamps is no panel; this share of rows repeats there.
LEAST_REPEATED = 0.2


def may_be_identity(name: str) -> bool:
    """Say whether a column of numbers may, by its name, tell the series of a panel apart."""
    return name.lower() in ID_NAMES or name.lower().endswith("_id")


class Arranged(NamedTuple):
    """Rows in the order of time, without repeated timestamps, and what was done for that."""

    frame: pd.DataFrame
    frequency: str | None
    duplicates: int
    sorted: bool
    notes: tuple[str, ...]


def find_id_column(labels: pd.DataFrame, times: pd.DatetimeIndex) -> str | None:
    """Return the column of `labels` that tells the series of a long panel apart, else None.

    `labels` holds the candidates as text, one row a timestamp of `times`. A column called
    `unique_id` always is the one. Another one is, if timestamps repeat, the column explains at
    least half of that, and its series have two rows on average.
    """
    if "unique_id" in labels:
        return "unique_id"
    repeated = times.duplicated(keep=False).mean()
    if repeated < LEAST_REPEATED:
        return None
    left = {
        str(name): _repeats_within(labels[name], times)
        for name in labels.columns
        if labels[name].nunique() <= len(labels) / 2
    }
    best = min(left, key=lambda name: left[name], default=None)
    explained = best is not None and left[best] <= 0.5 * times.duplicated().sum()
    return best if explained else None


def arrange_series(table: RawTable, frame: pd.DataFrame, time: TimeColumn) -> Arranged:
    """Return `frame` indexed and sorted by time; of repeated timestamps the last row stays.

    Raises:
        ReadError: timestamps repeat so often that the file must hold several series.
    """
    _refuse_hidden_panel(table, time)
    indexed = frame.set_axis(time.times, axis=0)
    repeated = indexed.index.duplicated(keep="last")
    arranged = indexed[~repeated].sort_index(kind="stable")
    was_sorted = bool(time.times.is_monotonic_increasing)
    frequency, frequency_notes = _frequency(time.times)
    notes = _order_notes(was_sorted, time.times[repeated].to_series()) + frequency_notes
    return Arranged(arranged, frequency, int(repeated.sum()), was_sorted, notes)


def arrange_panel(
    table: RawTable, frame: pd.DataFrame, time: TimeColumn, identity: str
) -> Arranged:
    """Return the long frame `unique_id, ds, …` sorted by both; see `arrange_series`.

    Raises:
        ReadError: a series has no name, or a value column is called `ds`.
    """
    if "ds" in frame:
        message = "in a file of many series only the time may be called `ds`. Rename the column."
        raise table.error(message, column="ds")
    keys = pd.DataFrame({"unique_id": text_of(table.columns[identity]), "ds": time.times})
    nameless = (keys["unique_id"] == "").to_numpy()
    if nameless.any():
        message = "every row must name its series; got a blank cell. Fill it in."
        raise table.error(message, at=int(nameless.argmax()), column=identity)
    ordered = pd.concat([keys, frame], axis=1).sort_values(["unique_id", "ds"], kind="stable")
    repeated = ordered.duplicated(["unique_id", "ds"], keep="last")
    kept = ordered[~repeated].reset_index(drop=True)
    was_sorted = bool(keys.groupby("unique_id")["ds"].is_monotonic_increasing.all())
    sizes = kept["unique_id"].value_counts()
    longest = pd.DatetimeIndex(kept.loc[kept["unique_id"] == sizes.idxmax(), "ds"])
    frequency, frequency_notes = _frequency(longest)
    notes = (
        f"The file holds {len(sizes)} series, told apart by `{identity}`.",
        *_order_notes(was_sorted, ordered.loc[repeated, "ds"]),
        *frequency_notes,
    )
    return Arranged(kept, frequency, int(repeated.sum()), was_sorted, notes)


def _repeats_within(labels: pd.Series, times: pd.DatetimeIndex) -> int:
    pairs = pd.DataFrame({"label": labels.to_numpy(), "time": times})
    return int(pairs.duplicated().sum())


def _refuse_hidden_panel(table: RawTable, time: TimeColumn) -> None:
    rows, distinct = len(time.times), time.times.nunique()
    if rows >= 12 and rows >= 3 * distinct:
        raise table.error(
            f"a timestamp must stand in one row, or in one row a series; got {rows} rows with "
            f"only {distinct} timestamps and no column that tells series apart. "
            "Add a column `unique_id`.",
            column=time.name,
        )


def _frequency(times: pd.DatetimeIndex) -> tuple[str | None, tuple[str, ...]]:
    try:
        return infer_frequency(times), ()
    except DataError as error:
        return None, (f"No frequency was found. {error}",)


def _order_notes(was_sorted: bool, repeated: pd.Series) -> tuple[str, ...]:
    notes = () if was_sorted else ("The rows were not in order of time; they were sorted.",)
    if repeated.empty:
        return notes
    merged = (
        f"Of rows with the same timestamp only the last was kept; {len(repeated)} were dropped, "
        f"the first at {repeated.min()}."
    )
    return (*notes, merged)
