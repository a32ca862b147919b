"""Answers as Open-Meteo gives them."""

from datetime import date, timedelta
from typing import Any

from tests.net.internet import Seen

ARCHIVE = ("archive-api.open-meteo.com", "/v1/archive")
PLACES = ("geocoding-api.open-meteo.com", "/v1/search")
DAYS = ["2020-03-06", "2020-03-07", "2020-03-08", "2020-03-09"]
SEATTLE = {
    "name": "Seattle",
    "admin1": "Washington",
    "country": "United States",
    "latitude": 47.60621,
    "longitude": -122.33207,
    "timezone": "America/Los_Angeles",
}
DAILY: dict[str, Any] = {
    "latitude": 47.592262,
    "longitude": -122.33075,
    "elevation": 59.0,
    "timezone": "America/Los_Angeles",
    "daily_units": {"time": "iso8601", "temperature_2m_max": "°C", "precipitation_sum": "mm"},
    "daily": {
        "time": DAYS,
        "temperature_2m_max": [9.1, None, 11, -2.5],
        "precipitation_sum": [0.0, 4.2, 1.3, None],
    },
}


def days_asked(seen: Seen) -> dict[str, Any]:
    """Return an answer with as many days as were asked for."""
    first, last = (date.fromisoformat(seen.query[name]) for name in ("start_date", "end_date"))
    number = (last - first).days + 1
    times = [str(first + timedelta(days=n)) for n in range(number)]
    values = {
        name: [float(n % 9) for n in range(number)] for name in seen.query["daily"].split(",")
    }
    return {**DAILY, "daily": {"time": times, **values}}
