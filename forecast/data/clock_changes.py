"""Hours that stand twice because the clocks were set back."""

import numpy as np
import pandas as pd

from forecast.data.mending import Rows, shown_time
from forecast.data.repairs import Repair

AUTUMN = (3, 4, 9, 10, 11)  # months in which clocks are set back, on either half of the globe
NIGHT = range(4)  # hours that then stand twice
SUNDAY, HOUR = 6, pd.Timedelta(hours=1)


def clock_note(rows: Rows, duplicates: Repair | None) -> tuple[str, ...]:
    """Say so where all repeated timestamps are hours that a change of the clocks repeats.

    Args:
        rows: as they stood in the file.
        duplicates: what was done about repeated timestamps.
    """
    if duplicates is None or rows.times.tz is not None:
        return ()
    again = pd.DataFrame({"series": rows.series, "time": rows.times}).duplicated().to_numpy()
    times = rows.times[again]
    nights = times.normalize().unique()
    by_year = np.unique(nights.year, return_counts=True)[1]
    is_change = (
        (times.day_of_week == SUNDAY).all()
        and times.hour.isin(NIGHT).all()
        and times.month.isin(AUTUMN).all()
        and bool((by_year == 1).all())
        and _step(rows) <= HOUR
    )
    if not is_change:
        return ()
    return (
        f"{shown_time(times.min())} stands twice, as when clocks are set back: these are two "
        "hours, not one. Name the zone to keep both, as in time_zone='Europe/Berlin'.",
    )


def _step(rows: Rows) -> pd.Timedelta:
    """Return the usual time between two rows."""
    every = rows.times.unique().sort_values()
    return pd.Timedelta(every.to_series().diff().median()) if len(every) > 1 else 2 * HOUR
