"""Timestamps without a zone, put into one: the hour that clocks repeat, and the one they skip."""

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from forecast.data.mending import Flags
from forecast.data.raw_table import RawTable, shortened, text_of
from forecast.data.time_column import TimeColumn, refuse_far_years
from forecast.errors import SettingError

REMEDY = "Write timestamps with their offset from UTC, as in 2020-01-31 13:00+01:00."


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
    except (TypeError, ValueError, OSError, KeyError) as error:
        raise SettingError(
            f"`time_zone` must be a name of the IANA data base such as 'Europe/Berlin'; got "
            f"{shortened(repr(zone))}."
        ) from error
    refuse_far_years(table, found, zone)
    if found.times.tz is not None:
        return found._replace(times=found.times.tz_convert(zone))
    ids = None if identity is None else text_of(table.columns[identity])
    times, notes = _localized(found, zone, table, ids)
    return found._replace(times=times, notes=(*found.notes, *notes))


def _localized(
    found: TimeColumn, zone: str, table: RawTable, ids: "pd.Series[str] | None"
) -> tuple[pd.DatetimeIndex, tuple[str, ...]]:
    """Return the timestamps in a zone, and notes on those of which one of two was guessed."""
    walls = found.times
    summer = np.ones(len(walls), dtype=np.bool_)  # of an hour that stands once, the first of two
    there = walls.tz_localize(zone, ambiguous=summer, nonexistent="NaT")
    skipped = there.isna()
    if skipped.any():
        at = int(skipped.argmax())
        raise table.error(
            f"every timestamp must be a time of {zone}; {walls[at]} was skipped there, when the "
            f"clocks were set forward. {REMEDY}",
            at=at,
            column=found.name,
        )
    twice = np.flatnonzero(walls.tz_localize(zone, ambiguous="NaT").isna())
    if not len(twice):
        return there, ()
    guessed: list[int] = []
    series = np.zeros(len(twice)) if ids is None else pd.factorize(ids.iloc[twice])[0]
    for one in np.unique(series):
        places = twice[series == one]
        guessed += _set_back(found, zone, table, places, summer, whole=ids is None)
    return walls.tz_localize(zone, ambiguous=summer), _guess_note(walls, zone, guessed)


def _guess_note(walls: pd.DatetimeIndex, zone: str, guessed: list[int]) -> tuple[str, ...]:
    """Say of timestamps without their twin that they were taken for the first of the two."""
    if not guessed:
        return ()
    first = walls[min(guessed)]
    stand = f"{first} stands" if len(guessed) == 1 else f"{first} and others stand"
    return (
        f"{stand} once, but clocks in {zone} pass that time twice; the first was taken. {REMEDY}",
    )


def _set_back(
    found: TimeColumn,
    zone: str,
    table: RawTable,
    places: np.ndarray,
    summer: Flags,
    *,
    whole: bool,
) -> list[int]:
    """Mark as after the change what comes after a step back, night by night.

    Args:
        found: the timestamps.
        zone: that they are of.
        table: that they stand in.
        places: of the timestamps of one series that are two times each.
        summer: whether each timestamp is the first of its two times; changed.
        whole: whether the rows of a night must stand together, as they do in a sorted series.

    Returns:
        The places of timestamps whose night has no step back, so that nothing tells which is meant.

    Raises:
        ReadError: a night goes back more than once.
    """
    walls, guessed = found.times, []
    nights = walls[places].normalize().asi8
    for night in np.unique(nights):
        rows = places[nights == night]
        if _falls(walls):
            rows = rows[::-1]
        steps = np.diff(walls.asi8[rows])
        back = np.flatnonzero(steps <= 0)
        apart = whole and abs(int(rows[-1]) - int(rows[0])) >= len(rows)
        if len(back) > 1 or (len(back) and apart):
            at = int(rows[back[-1] + 1])
            raise table.error(
                f"{walls[at]} stands for two times in {zone}, and rows in this order do not tell "
                f"which is meant. {REMEDY}",
                at=at,
                column=found.name,
            )
        if len(back):
            summer[rows[back[0] + 1 :]] = False
        else:
            guessed += rows.tolist()
    return guessed


def _falls(walls: pd.DatetimeIndex) -> bool:
    """Say whether the latest rows come first."""
    steps = np.sign(np.diff(walls.asi8))
    return bool(steps.sum() < 0)
