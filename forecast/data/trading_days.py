"""Rows of business days beside the calendar of an exchange: days too few, days too many."""

from typing import NamedTuple

from forecast.data.exchange_search import find_exchange
from forecast.data.mending import SHOWN, Rows, shown_time
from forecast.data.repairs import AUTO, Repair, Repairs
from forecast.data.trading import on_sessions

BUSINESS_DAYS = ("B", "D")


class Trading(NamedTuple):
    """What a calendar says of rows.

    Attributes:
        calendar: code of the exchange, None where none was asked for or found.
        found: rows on days without trading.
    """

    calendar: str | None = None
    found: Repair | None = None


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
    if repairs.calendar is None or frequency not in BUSINESS_DAYS:
        return Trading()
    days = rows.times.unique().sort_values()
    found = find_exchange(days) if repairs.calendar == AUTO else repairs.calendar
    if found is None:
        return Trading()
    strange = ~on_sessions(days, found)
    if not strange.any():
        return Trading(found)
    where = rows.times.isin(days[strange])
    count = int(where.sum())
    said = (
        f"{count:,} {'row is' if count == 1 else 'rows are'} of days without trading at {found}, "
        f"first {shown_time(days[strange][0])}; they are kept."
    )
    places = tuple(int(place) for place in rows.places[where][:SHOWN])
    return Trading(found, Repair("calendar", "leave", count, said, places))
