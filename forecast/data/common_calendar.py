"""The exchange on whose trading days all series of a file fall."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from forecast.data.exchange_search import find_exchange
from forecast.data.mending import Rows
from forecast.data.trading import missing_sessions, on_sessions

LOOKED_AT = 6  # series that are judged by themselves: one of each length and span, the longest
FEW_STRAYS, GROSS_STRAYS = 2, 0.01  # rows on days without trading that a series may have


def common_calendar(rows: Rows) -> tuple[str | None, tuple[str, ...]]:
    """Return the exchange that fits the rows of all series, None if none does; and notes.

    Args:
        rows: of business days, by series and time, each timestamp of a series once.
    """
    if rows.series[0] == rows.series[-1]:
        return find_exchange(rows.times), ()
    days = rows.times.unique().sort_values()
    common = find_exchange(days)
    # The days of all together are those of the exchange that trades most.
    apart = {code: one for one in _longest(rows) if (code := find_exchange(one)) is not None}
    if common is not None:
        if not _strays_much(rows, days, common) and not any(
            _faults(one, common) > _faults(one, code) for code, one in apart.items()
        ):
            return common, ()
        apart[common] = days
    if len(apart) < 2 and common is None:
        return None, ()
    named = " and ".join(sorted(apart)) if len(apart) > 1 else f"{common} and of another"
    return None, (
        f"The series fall on trading days of several exchanges, such as {named}; so none is taken, "
        "and a missing business day counts as a holiday. Read the series of each exchange apart.",
    )


def _longest(rows: Rows) -> Iterator[pd.DatetimeIndex]:
    """Yield the timestamps of the longest series, one of each length and span."""
    first = np.flatnonzero(np.diff(rows.series, prepend=-1))
    after = np.append(first[1:], len(rows.series))
    time = rows.times.asi8
    kinds = np.column_stack((first - after, time[first], time[after - 1]))
    for at in np.unique(kinds, axis=0, return_index=True)[1][:LOOKED_AT]:
        yield rows.times[first[at] : after[at]]


def _faults(times: pd.DatetimeIndex, code: str) -> int:
    """Return how many rows are no sessions or sessions no rows."""
    strays = int((~on_sessions(times, code)).sum())
    return strays + len(missing_sessions(times, code))


def _strays_much(rows: Rows, days: pd.DatetimeIndex, code: str) -> bool:
    """Say whether a series has more rows than a few on days without trading."""
    strange = days[~on_sessions(days, code)]
    strays = np.bincount(rows.series[rows.times.isin(strange)], minlength=rows.series[-1] + 1)
    lengths = np.bincount(rows.series)
    return bool((strays > np.maximum(FEW_STRAYS, GROSS_STRAYS * lengths)).any())
