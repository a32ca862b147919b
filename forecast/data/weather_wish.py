"""What is wanted of Open-Meteo, checked before anything is asked."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from forecast.checks import one_of, real_number
from forecast.data.day_range import Day, DayRange, day_range
from forecast.data.weather_variables import is_hourly
from forecast.errors import SettingError

SOURCE = "Open-Meteo"
FIRST_DAY = date(1940, 1, 1)  # of the archive
USUAL_YEARS = 10
LONGEST_NAME = 100
UNITS: Final[dict[str, dict[str, str]]] = {
    "metric": {},
    "imperial": {
        "temperature_unit": "fahrenheit",
        "wind_speed_unit": "mph",
        "precipitation_unit": "inch",
    },
}


class WeatherWish(NamedTuple):
    """What is wanted, checked.

    Attributes:
        place: a name, or None.
        coordinates: latitude and longitude in degrees, or None.
        days: first and last day.
        asked: the same, None where the caller left it out.
        query: the other parameters of the archive.
        variables: names of the columns.
        step: `daily` or `hourly`.
        single: the one column to return, or None for a table.
    """

    place: str | None
    coordinates: tuple[float, float] | None
    days: DayRange
    asked: tuple[str | None, ...]
    query: dict[str, str]
    variables: tuple[str, ...]
    step: str
    single: str | None

    def request(self) -> dict[str, Any]:
        """Return what is asked of Open-Meteo."""
        where = self.place.casefold() if self.place else list(self.coordinates or ())
        days = dict(zip(("start", "end"), self.asked, strict=True))
        return {"source": SOURCE, "where": where, **days, **self.query}

    def parameters(self) -> dict[str, str]:
        """Return the archive's parameters without the place."""
        return {
            "start_date": str(self.days.start),
            "end_date": str(self.days.end),
            **self.query,
        }


def checked_weather(
    place: str | float,
    longitude: float | None,
    days: tuple[Day, Day],
    variables: str | Sequence[str],
    hourly: bool | None,
    timezone: str | None,
    units: str,
    target: str | None,
) -> WeatherWish:
    """Return what is wanted; the arguments are those of `fetch_weather`.

    Raises:
        SettingError: an argument is outside its range.
    """
    names = _names(variables)
    step = "hourly" if is_hourly(names, hourly) else "daily"
    if target is not None:
        one_of("target", target, names)
    one_of("units", units, UNITS)
    name, coordinates = _where(place, longitude)
    between = _days(*days)
    query = {
        step: ",".join(names),
        "timezone": _zone(timezone, step),
        **UNITS[units],
    }
    single = variables if isinstance(variables, str) else target
    # Days that were left out move on from day to day; what was asked stays the same.
    asked = tuple(
        None if given is None else str(day) for given, day in zip(days, between, strict=True)
    )
    return WeatherWish(name, coordinates, between, asked, query, names, step, single)


def _names(variables: object) -> tuple[str, ...]:
    """Return the names of the variables, each once.

    Raises:
        SettingError: there is none, or something else among them.
    """
    if isinstance(variables, str):
        return (variables,)
    names = list(variables) if isinstance(variables, Iterable) else []
    if not names or not all(isinstance(name, str) for name in names):
        raise SettingError(
            "`variables` must name at least one variable, such as 'temperature_2m_max', or "
            f"several in a list; got {variables!r}."
        )
    return tuple(dict.fromkeys(names))


def _where(place: object, longitude: float | None) -> tuple[str | None, tuple[float, float] | None]:
    """Return a name, or coordinates.

    Raises:
        SettingError: it is neither, or both.
    """
    if isinstance(place, str):
        name = " ".join(place.split())
        if longitude is not None:
            raise SettingError("`longitude` goes with a latitude, not with a name. Drop one.")
        if not (2 <= len(name) <= LONGEST_NAME and name.isprintable()):
            raise SettingError(
                f"`place` must be a name of 2 to {LONGEST_NAME} characters, such as 'Seattle', or "
                f"a latitude; got {place[: LONGEST_NAME + 1]!r}."
            )
        return name, None
    latitude = real_number("place", place, least=-90, most=90)
    if longitude is None:
        raise SettingError(f"`longitude` is missing beside the latitude {latitude:g}. Give both.")
    return None, (latitude, real_number("longitude", longitude, least=-180, most=180))


def _days(start: Day, end: Day) -> DayRange:
    today = datetime.now(UTC).date()
    wanted = today - timedelta(days=1) if end is None else end
    return day_range(start, wanted, first=FIRST_DAY, last=today, usual=_years_before)


def _years_before(end: date) -> date:
    return date(end.year - USUAL_YEARS, end.month, min(end.day, 28))


def _zone(timezone: str | None, step: str) -> str:
    """Return the zone of the rows.

    Raises:
        SettingError: it is none, or hours are wanted in a zone that has gaps.
    """
    if step == "hourly":
        if timezone not in (None, "UTC", "GMT"):
            raise SettingError(
                "`timezone` must be UTC for hourly rows, as local hours have gaps; got "
                f"{timezone!r}. Leave it out, then use w.tz_localize('UTC').tz_convert(…)."
            )
        return "UTC"
    if timezone in (None, "auto"):
        return "auto"
    try:
        ZoneInfo(str(timezone))
    except (OSError, ValueError, KeyError):
        raise SettingError(
            f"`timezone` must be 'auto' or a name such as 'Europe/Berlin'; got {timezone!r}."
        ) from None
    return str(timezone)
