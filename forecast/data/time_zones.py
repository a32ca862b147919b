"""Timestamps without a zone, put into one: the hour that clocks repeat, and the one they skip."""

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from forecast.data.raw_table import RawTable, text_of
from forecast.data.time_column import TimeColumn
from forecast.errors import SettingError


def in_time_zone(
    found: TimeColumn, zone: str | None, table: RawTable, identity: str | None
) -> TimeColumn:
    """Return timestamps in a time zone; an hour that stands twice is the one before, then after.

    Args:
        found: the timestamps; those that say their own zone are converted.
        zone: of the IANA data base, such as "Europe/Berlin"; None changes nothing.
        table: that they are of.
        identity: column that tells series apart, each of which passes the hour by itself.

    Raises:
        SettingError: there is no such zone.
        ReadError: a time was skipped there, or it cannot be told which of two it is.
    """
    if zone is None:
        return found
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError) as error:
        raise SettingError(
            f"`time_zone` must be a name of the IANA data base such as 'Europe/Berlin'; got "
            f"{zone!r}."
        ) from error
    if found.times.tz is not None:
        return found._replace(times=found.times.tz_convert(zone))
    if identity is None:
        return found._replace(times=_localized(found.times, zone, table, found.name))
    ids = text_of(table.columns[identity])
    parts = [
        pd.Series(_localized(part, zone, table, found.name), index=rows)
        for rows, part in ((rows, found.times[rows]) for rows in ids.groupby(ids).indices.values())
    ]
    times = pd.DatetimeIndex(pd.concat(parts).sort_index())
    return found._replace(times=times.rename(found.name))


def _localized(times: pd.DatetimeIndex, zone: str, table: RawTable, name: str) -> pd.DatetimeIndex:
    try:
        if times.is_unique:  # the hour that is repeated stands once: take the first of the two
            return times.tz_localize(zone, ambiguous=np.ones(len(times), dtype=bool))
        return times.tz_localize(zone, ambiguous="infer")
    except ValueError as error:
        raise table.error(
            f"every timestamp must be a time of {zone}; {error}. Write timestamps with their "
            "offset from UTC, as in 2020-01-31 13:00+01:00.",
            column=name,
        ) from error
