"""Weather of the past from the Open-Meteo archive, in a process that a deadline ends."""

import time
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import pandas as pd

from forecast.data.day_range import Day
from forecast.data.kept_answers import Found, Needs, answer_or_copy, checked_terms
from forecast.data.network import check_reachable, no_time
from forecast.data.weather_table import weather_table
from forecast.data.weather_wish import SOURCE, WeatherWish, checked_weather
from forecast.errors import MissingExtraError
from forecast.processes import call

HOSTS = {True: "geocoding-api.open-meteo.com", False: "archive-api.open-meteo.com"}
MAX_AGE = 12 * 3600.0
USUAL = "temperature_2m_max"


def fetch_weather(
    place: str | float,
    longitude: float | None = None,
    *,
    start: Day = None,
    end: Day = None,
    variables: str | Sequence[str] = USUAL,
    hourly: bool | None = None,
    timezone: str | None = None,
    units: str = "metric",
    target: str | None = None,
    deadline: float = 20.0,
    refresh: bool = False,
    stale: bool = False,
    max_age: float = MAX_AGE,
) -> "pd.Series[float] | pd.DataFrame":
    """Return the weather of a place, by day or by hour, from a reanalysis since 1940.

    No key is needed. The answer is kept on disk, and taken from there while it is new. At most two
    requests are sent, one of them to find a place by its name.

    Args:
        place: its name, such as `"Seattle"`, of which the best known is taken; or its latitude
            in degrees, from −90 to 90.
        longitude: in degrees, from −180 to 180, beside a latitude.
        start: first day, such as `"2015-01-01"`, from 1940 on; None for ten years before the end.
        end: last day, included; None for yesterday.
        variables: one name of Open-Meteo's, or several in a list: daily ones such as
            `temperature_2m_max` and `precipitation_sum`, or hourly ones such as `temperature_2m`.
        hourly: whether hourly variables are meant; None tells it from their names, where one that
            is both (`weather_code`, `sunshine_duration`, `et0_fao_evapotranspiration`) is daily.
        timezone: whose midnight ends a day: `"auto"` (the place's own, the usual one) or a name
            such as `"Europe/Berlin"`. Hours are always in UTC, which has no gaps in spring.
        units: `"metric"` (°C, km/h, mm) or `"imperial"` (°F, mph, inch).
        target: the one column of a list to return as a Series.
        deadline: seconds, above 0, after which the process is killed.
        refresh: ask Open-Meteo, even though there is a new copy.
        stale: where Open-Meteo fails, take the copy on disk however old it is.
        max_age: seconds for which a copy counts as new; `math.inf` takes any copy, and asks
            only if there is none.

    Returns:
        A Series for a bare name, a DataFrame for a list; with a DatetimeIndex `time` without a
        zone, local days or hours of UTC. NaN where there is no value. In `attrs`: source, place
        (latitude, longitude; with a name also name, region, country), units (by column), timezone,
        elevation (m), grid, step, fetched (ISO, UTC), age_seconds, stale, notes.

    Raises:
        UnknownPlaceError: Open-Meteo knows no such place.
        RateLimitedError: it answers no more for a while.
        OfflineError: the network is away, told within 5 s.
        NoRowsError: there are no values between the days.
        BadAnswerError: the answer cannot be used.
        DeadlineError: it took too long.
        SettingError: an argument is outside its range; nothing was asked.
        MissingExtraError: requests is not installed.
    """
    wish = checked_weather(
        place, longitude, (start, end), variables, hourly, timezone, units, target
    )
    terms = checked_terms(deadline, max_age, refresh=refresh, stale=stale)
    found = answer_or_copy(
        wish.request(), lambda: _asked(wish, terms.deadline), terms, needs=_needs(wish)
    )
    return _shaped(found, wish)


def _needs(wish: WeatherWish) -> Needs:
    """Return what a copy must hold to be of use."""
    facts = {"place": dict, "units": dict, "timezone": str, "grid": dict, "step": str}
    return Needs(wish.variables, facts)


def _asked(wish: WeatherWish, deadline: float) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the rows and facts from Open-Meteo."""
    if find_spec("requests") is None:
        raise MissingExtraError("requests", "weather", "Fetching the weather")
    ends = time.monotonic() + deadline
    host = HOSTS[wish.place is not None]
    check_reachable(host, source=SOURCE, ends=ends, told=deadline)
    left = ends - time.monotonic()
    if left <= 0:
        raise no_time(deadline)
    arguments = {
        "place": wish.place,
        "coordinates": wish.coordinates,
        "query": wish.parameters(),
        "seconds": left,
    }
    target = "forecast.data.weather_source:weather"
    facts, body = call(target, arguments, deadline=left, told=deadline)
    table, about = weather_table(body, wish.variables, wish.step, wish.days)
    return table, {"source": SOURCE, "place": facts["place"], "step": wish.step, **about}


def _shaped(found: Found, wish: WeatherWish) -> "pd.Series[float] | pd.DataFrame":
    shaped = found.table if wish.single is None else found.table[wish.single]
    shaped.attrs.clear()
    shaped.attrs.update(found.attrs)
    return shaped
