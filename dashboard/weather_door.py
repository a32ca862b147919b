"""Weather of the past from Open-Meteo: where, what, since when."""

from datetime import date
from functools import partial
from typing import Any, NamedTuple

import streamlit as st

from dashboard.fetching import Door, fetch_form
from dashboard.frame import KEPT
from forecast.data.weather import fetch_weather

FIRST, START = date(1940, 1, 1), date(2015, 1, 1)
EXAMPLE = "Seattle"
DAILY = {
    "temperature_2m_max": "highest temperature",
    "temperature_2m_min": "lowest temperature",
    "temperature_2m_mean": "mean temperature",
    "precipitation_sum": "precipitation",
    "wind_speed_10m_max": "strongest wind",
    "sunshine_duration": "sunshine",
    "shortwave_radiation_sum": "radiation",
}
HOURLY = {
    "temperature_2m": "temperature",
    "relative_humidity_2m": "humidity",
    "precipitation": "precipitation",
    "surface_pressure": "air pressure",
    "wind_speed_10m": "wind",
    "cloud_cover": "cloud cover",
    "shortwave_radiation": "radiation",
}
STEPS = {"days": DAILY, "hours": HOURLY}


class Asked(NamedTuple):
    """What is asked of Open-Meteo."""

    place: tuple[str] | tuple[float, float]
    start: date
    end: date | None
    variables: tuple[str, ...]
    hourly: bool

    @property
    def name(self) -> str:
        """Of the data, among all that can be chosen."""
        return f"weather:{','.join(map(str, self.place))}"

    def fetch(self, max_age: float) -> Any:
        """Return a table of the variables."""
        end = None if self.end is None else self.end.isoformat()
        return fetch_weather(
            *self.place,
            start=self.start.isoformat(),
            end=end,
            variables=self.variables,
            hourly=self.hourly,
            max_age=max_age,
        )


DOOR = Door(
    "weather",
    "Open-Meteo",
    Asked((EXAMPLE,), START, None, tuple(DAILY)[:3], hourly=False),
    "Seattle since 2015",
    trouble="The weather could not be fetched",
    otherwise="The bundled series seattle_weather and nyc_jfk_weather need no network.",
)


def weather_door() -> str | None:
    """Draw the form; return the name of what was fetched last, None before that."""
    st.text(
        "Weather anywhere on earth since 1940, from the archive of Open-Meteo; no key is needed."
    )
    step = st.segmented_control(
        "By", list(STEPS), default="days", key="weather_step", required=True, **KEPT
    )
    return fetch_form(DOOR, partial(_fields, step or "days"))


def _fields(step: str) -> Asked:
    words = STEPS[step]
    left, middle, right = st.columns([2, 1, 1])
    place = left.text_input(
        "Place", EXAMPLE, key="place", max_chars=100,
        help="A name, or latitude and longitude in degrees: 47.6, -122.3.", **KEPT,
    )  # fmt: skip
    start = middle.date_input(
        "Since", START, min_value=FIRST, max_value="today", key="weather_since", **KEPT
    )
    until = right.date_input(
        "Until", None, min_value=FIRST, max_value="today", key="weather_until",
        help="Empty: yesterday.", **KEPT,
    )  # fmt: skip
    variables = st.multiselect(
        "What", list(words), list(words)[:1], format_func=words.__getitem__,
        key=f"variables_{step}", **KEPT,
    )  # fmt: skip
    return Asked(_place(place), start, until, tuple(variables), step == "hours")


def _place(text: str) -> tuple[str] | tuple[float, float]:
    """Return a pair of degrees where two numbers were written, else a name."""
    parts = text.replace("−", "-").split(",")
    try:
        latitude, longitude = (float(part) for part in parts)
    except ValueError:
        return (text.strip(),)
    return latitude, longitude
