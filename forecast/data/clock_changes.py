"""Hours that stand twice because the clocks were set back."""

import numpy as np
import pandas as pd

from forecast.data.mending import Rows, shown_time
from forecast.data.repairs import Repair

AUTUMN = (3, 4, 9, 10, 11)  # months in which clocks are set back, on either half of the globe
NIGHT = range(4)  # hours that then stand twice
SUNDAY, HOUR = 6, pd.Timedelta(hours=1)
DAY, SHORTEST_DAY = pd.Timedelta(days=1), pd.Timedelta(hours=23)
CHANGES_A_YEAR = 2


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


def local_days_note(times: pd.DatetimeIndex, frequency: str | None) -> tuple[str, ...]:
    """Say so where days, or longer steps, are local ones that were written with their offset.

    Read as UTC, they are off by one hour for half of the year: neither a step nor a gap can be told
    without their zone.

    Args:
        times: of one series, each once, in the order of time.
        frequency: of them; business days keep their day in any case.
    """
    if frequency == "B" or times.tz is None or len(times) < 3:
        return ()
    # Cheap to see, and enough to leave out most series.
    if times[1] - times[0] < SHORTEST_DAY or times[-1] - times[-2] < SHORTEST_DAY:
        return ()
    walls = times.tz_localize(None)
    clocks = np.asarray((walls - walls.normalize()) // pd.Timedelta(1, unit=times.unit))
    hour = HOUR // pd.Timedelta(1, unit=times.unit)
    found = np.unique(clocks)
    is_hour = len(found) == 2 and found[1] - found[0] in (hour, 23 * hour)
    years = (times[-1] - times[0]) / (365 * DAY)
    changes = int(np.count_nonzero(np.diff(clocks)))
    if not is_hour or changes > CHANGES_A_YEAR * (years + 1):
        return ()
    if pd.Timedelta(int(np.diff(times.asi8).min()), unit=times.unit) < SHORTEST_DAY:
        return ()
    first = int(np.flatnonzero(np.diff(clocks))[0]) + 1
    return (
        f"From {times[first]} on the timestamps are off by an hour, and they change so at most "
        "twice a year: they are days of a zone whose clocks change. Without the zone no gaps are "
        "looked for; name the zone, as in time_zone='Europe/Berlin'.",
    )


def _step(rows: Rows) -> pd.Timedelta:
    """Return the usual time between two rows."""
    every = rows.times.unique().sort_values()
    return pd.Timedelta(every.to_series().diff().median()) if len(every) > 1 else 2 * HOUR
