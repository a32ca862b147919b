"""Rows of business days beside the calendar of an exchange: days too few, days too many."""

from typing import NamedTuple

import numpy as np

from forecast.data.common_calendar import common_calendar
from forecast.data.mending import SHOWN, Rows, shown_time
from forecast.data.repairs import AUTO, Repair, Repairs
from forecast.data.trading import on_sessions

BUSINESS_DAYS = ("B", "D")


class Trading(NamedTuple):
    """What a calendar says of rows.

    Attributes:
        calendar: code of the exchange, None where none was asked for or found.
        found: rows on days without trading.
        notes: plain sentences.
    """

    calendar: str | None = None
    found: Repair | None = None
    notes: tuple[str, ...] = ()


def trading_days(rows: Rows, frequency: str | None, repairs: Repairs) -> Trading:
    """Compare rows with the trading days of an exchange.

    Args:
        rows: sorted, each timestamp of a series once.
        frequency: of the rows.
        repairs: `calendar` names the exchange, or asks to find it.

    Raises:
        SettingError: there is no exchange of that code.
        MissingExtraError: an exchange is named, and the calendars are not installed.
    """
    if repairs.calendar is None:
        return Trading()
    if frequency not in BUSINESS_DAYS:
        return Trading(notes=() if repairs.calendar == AUTO else _unused(repairs.calendar))
    is_open = repairs.calendar == AUTO
    found, notes = common_calendar(rows) if is_open else (repairs.calendar, ())
    if found is None:
        return Trading(notes=notes)
    days = rows.times.unique().sort_values()
    strange = ~on_sessions(days, found)
    if not strange.any():
        return Trading(found)
    where = rows.times.isin(days[strange])
    at = np.unique(rows.places[where])  # a row of a table that was stacked is one of many series
    count = len(at)
    said = (
        f"{count:,} {'row is' if count == 1 else 'rows are'} of days without trading at {found}, "
        f"first {shown_time(days[strange][0])}; they are kept."
    )
    places = tuple(int(place) for place in at[:SHOWN])
    return Trading(found, Repair("calendar", "leave", count, said, places))


def _unused(code: str) -> tuple[str, ...]:
    return (
        f"The calendar {code} was not used: it tells which days of a daily series are missing, and "
        "these rows are not daily.",
    )
