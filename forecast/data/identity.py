"""Which column tells the series of a panel apart, and files where none does."""

from itertools import combinations, islice

import numpy as np
import pandas as pd

from forecast.data.mending import Integers, Rows, repeated, shown_time
from forecast.data.raw_table import RawTable, shortened, text_of
from forecast.data.repairs import AUTO, Repairs
from forecast.data.time_column import TimeColumn, rises

ID_NAMES = frozenset(
    {
        *("unique_id", "id", "item_id", "series_id", "series", "symbol", "ticker", "store"),
        *("item", "product", "sku", "station", "sensor", "location", "city", "country", "region"),
    }
)
# A column of words beside a few repeated timestamps is no panel; this share of rows repeats there.
LEAST_REPEATED = 0.2
FEWEST_REPEATED = 3  # repeated timestamps; an hour that clocks repeat is one
# Columns that are looked at, and tried, for an explanation of repeated timestamps.
MOST_SEEN, MOST_TRIED = 100, 12


def may_be_identity(name: str) -> bool:
    """Say whether a column of numbers may, by its name, tell the series of a panel apart."""
    return name.lower() in ID_NAMES or name.lower().endswith("_id")


def find_id_column(labels: pd.DataFrame, times: pd.DatetimeIndex) -> str | None:
    """Return the column of `labels` that tells the series of a long panel apart, else None.

    `labels` holds the candidates as text, one row a timestamp of `times`. A column called
    `unique_id` always is the one. Another one is, if timestamps repeat, the column explains at
    least half of that, and its series have two rows on average.
    """
    if "unique_id" in labels:
        return "unique_id"
    if labels.empty or rises(times):
        return None
    if times.duplicated(keep=False).mean() < LEAST_REPEATED:
        return None
    left = {
        str(name): _repeats_within(labels[[name]], times)
        for name in labels.columns
        if labels[name].nunique() <= len(labels) / 2
    }
    best = min(left, key=lambda name: left[name], default=None)
    explained = best is not None and left[best] <= 0.5 * times.duplicated().sum()
    return best if explained else None


def refuse_hidden_panel(table: RawTable, time: TimeColumn) -> None:
    """See that a file without a column for series has no three rows a timestamp.

    Raises:
        ReadError: it has.
    """
    rows = len(time.times)
    distinct = rows if rises(time.times) else time.times.nunique()
    if rows >= 12 and rows >= 3 * distinct:
        raise table.error(
            f"a timestamp must stand in one row, or in one row a series; got {rows} rows with "
            f"only {distinct} timestamps and no column that tells series apart. "
            "Add a column `unique_id`.",
            column=time.name,
        )


def refuse_merged_series(
    table: RawTable, time: TimeColumn, identity: str | None, rows: Rows, repairs: Repairs
) -> None:
    """See that repeated timestamps are few, or repeat their values, unless a merge was chosen.

    Args:
        table: as it stands in the file.
        time: its timestamps.
        identity: column that tells its series apart, if any.
        rows: of the table, by series and time.
        repairs: what a caller chose.

    Raises:
        ReadError: so many rows share series and timestamp, but no values, that there must be
            more series than were found.
    """
    if repairs.duplicates != AUTO:
        return
    later = repeated(rows)
    # At most twice as many rows share a timestamp; the rest takes longer to find out.
    if 2 * later.size < LEAST_REPEATED * len(rows.times) or later.size < FEWEST_REPEATED:
        return
    differing, count = _differing(rows, later)
    if count < LEAST_REPEATED * len(rows.times) or differing.size < FEWEST_REPEATED:
        return
    at = int(rows.places[differing.min()])
    within = "" if identity is None else f" of one series of `{shortened(identity)}`"
    raise table.error(
        f"a timestamp must stand in one row a series; {count:,} of {len(rows.times):,} rows share "
        f"theirs with another{within} but not its values, the first {shown_time(time.times[at])}. "
        f"{_explanation(table, time, identity)}Name the column that tells the series apart with "
        "`unique_id=`, or say how to merge the rows, as in duplicates='last'.",
        at=at,
        column=time.name,
    )


def _differing(rows: Rows, later: Integers) -> tuple[Integers, int]:
    """Return the first row of each timestamp that has other values; and how many rows share one.

    Args:
        rows: by series and time.
        later: those that have the series and the timestamp of the row before.
    """
    differs = np.zeros(len(later), dtype=np.bool_)
    for name in rows.values:
        here, before = (
            rows.values[name].take(at).reset_index(drop=True) for at in (later, later - 1)
        )
        differs |= ((here != before) & ~(here.isna() & before.isna())).to_numpy(dtype=np.bool_)
    opens = np.ones(len(rows.times), dtype=np.bool_)
    opens[later] = False
    group = np.cumsum(opens) - 1
    which, first = np.unique(group[later[differs]], return_index=True)
    return later[differs][first], int(np.bincount(group)[which].sum())


def _explanation(table: RawTable, time: TimeColumn, identity: str | None) -> str:
    """Say which column, or which two, would tell each row of a timestamp apart; "" if none."""
    labels = _candidates(table, time)
    for name in labels:
        if name != identity and not _repeats_within(labels[[name]], time.times):
            return f"`{shortened(str(name))}` tells them apart. "
    pairs = list(combinations([str(name) for name in labels], 2))
    if identity is not None:
        pairs = [(identity, str(name)) for name in labels if name != identity]
        labels[identity] = text_of(table.columns[identity])
    for one, other in pairs:
        if not _repeats_within(labels[[one, other]], time.times):
            both = f"`{shortened(one)}` and `{shortened(other)}`"
            return f"One column must name the series; join {both}. "
    return ""


def _candidates(table: RawTable, time: TimeColumn) -> pd.DataFrame:
    """Return, as text, columns of words or whole numbers; first those of fewest values."""
    import pyarrow.compute as pc

    count, found = len(time.times), {}
    for name, column in islice(table.columns.items(), MOST_SEEN):
        if name == time.name or pc.count_distinct(column).as_py() > count / 2:
            continue
        cells = text_of(column)
        # Values of measurements tell rows apart as well, but by chance.
        if not cells.str.fullmatch(r"[+-]?\d*[.,]\d+").any():
            found[name] = cells
    fewest = sorted(found, key=lambda name: found[name].nunique())
    return pd.DataFrame({name: found[name] for name in fewest[:MOST_TRIED]})


def _repeats_within(labels: pd.DataFrame, times: pd.DatetimeIndex) -> int:
    """Return how many rows repeat both labels and timestamp of another."""
    keys = labels.set_axis(range(labels.shape[1]), axis=1).assign(time=times)
    return int(keys.duplicated().sum())
