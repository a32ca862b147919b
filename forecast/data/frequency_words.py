"""A frequency in words for people: "trading days of the New York Stock Exchange (XNYS)"."""

import re

from forecast.data.exchanges import exchange_name, is_exchange

NAMED_DAYS = {
    "MON": "Mondays",
    "TUE": "Tuesdays",
    "WED": "Wednesdays",
    "THU": "Thursdays",
    "FRI": "Fridays",
    "SAT": "Saturdays",
    "SUN": "Sundays",
}
UNITS = {
    "ns": "nanoseconds",
    "us": "microseconds",
    "ms": "milliseconds",
    "s": "seconds",
    "min": "minutes",
    "h": "hours",
    "D": "days",
    "B": "business days",
    "W": "weeks",
}
PERIODS = {"M": "months", "Q": "quarters", "Y": "years"}
ALIAS = re.compile(r"(\d*)([A-Za-z]+)(?:-([A-Z]{3}))?")
PERIOD = re.compile(r"(B?)([MQY])([SE])")


def spoken(frequency: str) -> str:
    """Return a frequency in plain words, as a plural that goes on from a number of rows.

    Args:
        frequency: an alias such as `D` (days), `15min` (every 15 minutes), `W-SAT` (weeks, on
            Saturdays) or `ME` (months, on their last day); the code of an exchange; or `step`
            (numbered rows).

    Returns:
        The words; for an alias that has none, `frequency` with the alias.
    """
    if is_exchange(frequency):
        return f"trading days of {exchange_name(frequency)}"
    if frequency == "step":
        return "numbered rows"
    found = ALIAS.fullmatch(frequency)
    if found is None:
        return f"frequency {frequency}"
    count, unit, anchor = found.groups()
    words = _unit(unit, anchor)
    if words is None:
        return f"frequency {frequency}"
    return words if count in ("", "1") else f"every {count} {words}"


def _unit(unit: str, anchor: str | None) -> str | None:
    if unit == "W" and anchor in NAMED_DAYS:
        return f"weeks, on {NAMED_DAYS[anchor]}"
    if unit in UNITS:
        return UNITS[unit]
    period = PERIOD.fullmatch(unit)
    if period is None:
        return None
    business, length, end = period.groups()
    day = "business day" if business else "day"
    return f"{PERIODS[length]}, on their {'first' if end == 'S' else 'last'} {day}"
