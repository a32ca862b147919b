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
    return pd.DataFrame({_place_name(table): table.rows[at], **cells})


def rows_after(table: RawTable, arranged: Arranged) -> pd.DataFrame:
    """Return what became of the rows that `rows_before` shows, and what was put in between."""
    shown = _shown(table, arranged)
    rows = arranged.rows
    kept = np.isin(rows.places, shown)
    put_in = rows.places < 0
    kept |= put_in & (np.roll(kept, 1) | np.roll(kept, -1))
    at = np.flatnonzero(kept)[: 2 * MOST]
    frame = arranged.frame.iloc[at, : WIDEST + 2]
    frame = frame.reset_index(drop=arranged.long)
    places = rows.places[at]
    frame[_place_name(table)] = np.where(places < 0, 0, table.rows[places])
    return frame


def _place_name(table: RawTable) -> str:
    """Return "line" or "row", or more words where a column of the file is called so."""
    name = table.place
    while name in table.columns:
        name += " in the file"
    return name


def _shown(table: RawTable, arranged: Arranged) -> np.ndarray:
    """Return the places of the rows to show, rising."""
    count = len(table.rows)
    wanted = set(range(min(FIRST, count)))
    for repair in arranged.repairs:
        for place in repair.rows[:2]:
            wanted |= set(range(max(0, place - NEAR), min(count, place + NEAR + 1)))
    return np.array(sorted(wanted)[:MOST], dtype=np.int64)
