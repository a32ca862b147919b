"""Some rows of a file beside what became of them."""

import numpy as np
import pandas as pd

from forecast.data.arrangement import Arranged
from forecast.data.raw_table import RawTable, text_of

FIRST, NEAR, MOST = 4, 1, 16  # rows from the start; around a repair; and in all
WIDEST = 20  # columns shown


def rows_before(table: RawTable, arranged: Arranged) -> pd.DataFrame:
    """Return the first rows of a file and those that repairs concern, as they stand in it."""
    import pyarrow as pa

    at = _shown(table, arranged)
    names = list(table.columns)[:WIDEST]
    cells = {name: text_of(table.columns[name].take(pa.array(at))) for name in names}
    return pd.DataFrame({table.place: table.rows[at], **cells})


def rows_after(table: RawTable, arranged: Arranged) -> pd.DataFrame:
    """Return what became of the rows that `rows_before` shows, and what was put in between."""
    shown = _shown(table, arranged)
    rows = arranged.rows
    kept = np.isin(rows.places, shown)
    put_in = rows.places < 0
    kept |= put_in & (np.roll(kept, 1) | np.roll(kept, -1))
    at = np.flatnonzero(kept)[: 2 * MOST]
    frame = arranged.frame.iloc[at, : WIDEST + 2]
    if "ds" not in frame or "unique_id" not in frame:
        frame = frame.reset_index()
    places = rows.places[at]
    lines = np.where(places < 0, 0, table.rows[places])
    return frame.reset_index(drop=True).assign(**{table.place: lines})


def _shown(table: RawTable, arranged: Arranged) -> np.ndarray:
    """Return the places of the rows to show, rising."""
    count = len(table.rows)
    wanted = set(range(min(FIRST, count)))
    for repair in arranged.repairs:
        for place in repair.rows[:2]:
            wanted |= set(range(max(0, place - NEAR), min(count, place + NEAR + 1)))
    return np.array(sorted(wanted)[:MOST], dtype=np.int64)
