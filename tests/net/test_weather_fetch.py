"""The real requests, against an Open-Meteo on 127.0.0.1 that only the environment names."""

import copy
import math
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

import forecast as fc
from forecast.cli.sources import read_source
from forecast.data.kept_answers import keep, kept
from forecast.data.weather_wish import checked_weather
from forecast.errors import (
    BadAnswerError,
    DeadlineError,
    FetchError,
    NoRowsError,
    RateLimitedError,
    SettingError,
    UnknownPlaceError,
)
from forecast.processes import Answer
from tests.net.internet import Internet, Reply
from tests.net.weather_answers import ARCHIVE, DAILY, DAYS, PLACES, SEATTLE, days_asked

RANGE = {"start": "2020-03-06", "end": "2020-03-09"}
BOTH = ["temperature_2m_max", "precipitation_sum"]


def changed(**parts: Any) -> dict[str, Any]:
    answer = copy.deepcopy(DAILY)
    answer["daily"].update(parts)
    return answer


def test_daily_weather_by_coordinates(internet: Internet) -> None:
    internet.replies[ARCHIVE] = Reply(200, DAILY)
    table = fc.fetch_weather(47.6, -122.3, **RANGE, variables=BOTH)
    assert list(table) == BOTH
    assert table.index.name == "time"
    assert table.index.tz is None
    assert [str(day.date()) for day in table.index] == DAYS
    pd.testing.assert_series_equal(
        table["temperature_2m_max"].reset_index(drop=True),
        pd.Series([9.1, math.nan, 11, -2.5], name="temperature_2m_max"),
    )
    facts = {"source": "Open-Meteo", "place": {"latitude": 47.6, "longitude": -122.3}}
    facts |= {"units": {"temperature_2m_max": "°C", "precipitation_sum": "mm"}, "step": "daily"}
    facts |= {"timezone": "America/Los_Angeles", "elevation": 59.0, "age_seconds": 0}
    assert facts.items() <= table.attrs.items()
    [seen] = internet.seen
    assert seen.query == {
        "latitude": "47.600000",
        "longitude": "-122.300000",
        "start_date": "2020-03-06",
        "end_date": "2020-03-09",
        "daily": "temperature_2m_max,precipitation_sum",
        "timezone": "auto",
    }
    # The copy answers now.
    rain = fc.fetch_weather(47.6, -122.3, **RANGE, variables=BOTH, target="precipitation_sum")
    assert isinstance(rain, pd.Series)
    assert rain.name == "precipitation_sum"
    assert len(internet.tunnels) == 2  # the look whether it is there, and the request


def test_hourly_weather_by_name(internet: Internet) -> None:
    internet.replies[PLACES] = Reply(200, {"results": [SEATTLE]})
    times = [f"2020-03-08T{hour:02}:00" for hour in range(24)]
    told = {"time": times, "temperature_2m": [float(hour) for hour in range(24)]}
    units = {"time": "iso8601", "temperature_2m": "°F"}
    answer = {**DAILY, "timezone": "GMT", "hourly": told, "hourly_units": units}
    internet.replies[ARCHIVE] = Reply(200, answer)
    day = {"start": "2020-03-08", "end": "2020-03-08"}
    y = fc.fetch_weather(
        " São  José/../x?y=1 ", **day, variables="temperature_2m", units="imperial"
    )
    assert isinstance(y, pd.Series)
    assert y.index[5] == pd.Timestamp("2020-03-08 05:00")
    assert y.attrs["units"] == {"temperature_2m": "°F"}
    place = {"name": "Seattle", "region": "Washington", "country": "United States"}
    assert y.attrs["place"] == place | {"latitude": 47.60621, "longitude": -122.33207}
    asked, archive = internet.seen
    assert (asked.path, asked.query["name"]) == ("/v1/search", "São José/../x?y=1")
    assert archive.query["latitude"] == "47.606210"
    assert archive.query["timezone"] == "UTC"
    assert archive.query["temperature_unit"] == "fahrenheit"


@pytest.mark.parametrize("results", [{}, {"results": []}])
def test_an_unknown_place(internet: Internet, results: dict[str, Any]) -> None:
    internet.replies[PLACES] = Reply(200, results)
    with pytest.raises(UnknownPlaceError, match="no place 'Atlantis'"):
        fc.fetch_weather("Atlantis", **RANGE)
    assert len(internet.seen) == 1


NULLS = {"temperature_2m_max": [None] * 4, "precipitation_sum": [None] * 4}
REASON = "Cannot initialize WeatherVariable from invalid String value."
LIMIT = {"error": True, "reason": "Minutely API request limit exceeded."}
FAILURES = {
    "refused": (Reply(400, {"error": True, "reason": REASON}), BadAnswerError, REASON),
    "429": (Reply(429, LIMIT), RateLimitedError, "Minutely API"),
    "html": (Reply(200, b"<html>Please log in"), BadAnswerError, "Please log in"),
    "half of it": (Reply(200, b'{"daily": {"time": ["20'), BadAnswerError, "not the JSON"),
    "cut within": (Reply(200, b'{"daily"', missing=500), BadAnswerError, "broke off"),
    "cut before": (Reply(hang_up=True), BadAnswerError, "broke off"),
    "redirect": (
        Reply(302, b"", {"Location": "http://127.0.0.1:9/"}),
        BadAnswerError,
        "leads elsewhere",
    ),
    "nothing": (Reply(200, changed(**NULLS)), NoRowsError, "no values"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_each_failure_has_its_name(internet: Internet, case: str) -> None:
    reply, kind, words = FAILURES[case]
    internet.replies[ARCHIVE] = reply
    with pytest.raises(FetchError, match=words) as caught:
        fc.fetch_weather(47.6, -122.3, **RANGE, variables=BOTH)
    assert type(caught.value) is kind
    assert len(internet.seen) == 1


def test_other_days_than_asked_for_are_neither_taken_nor_kept(internet: Internet) -> None:
    other = {"time": ["2020-01-01", "2020-01-05"], "temperature_2m_max": [1.0, 2.0]}
    internet.replies[ARCHIVE] = Reply(200, {**DAILY, "daily": other})
    asked = {"start": "2021-01-01", "end": "2021-02-01"}
    for _ in range(2):  # had the first answer been kept, the second time would return it
        with pytest.raises(BadAnswerError, match="2020-01-01 to 2020-01-05, where 2021-01-01"):
            fc.fetch_weather(47.6, -122.3, **asked, max_age=math.inf)


def test_a_copy_without_its_facts_counts_as_absent(internet: Internet) -> None:
    internet.replies[ARCHIVE] = Reply(200, DAILY)
    fc.fetch_weather(47.6, -122.3, **RANGE, variables=BOTH)
    wish = checked_weather(
        47.6, -122.3, ("2020-03-06", "2020-03-09"), BOTH, None, None, "metric", None
    )
    copy = kept(wish.request())
    assert copy is not None
    without = {name: fact for name, fact in copy.facts.items() if name != "units"}
    keep(wish.request(), copy.table, without, datetime.now(UTC))
    again = fc.fetch_weather(47.6, -122.3, **RANGE, variables=BOTH, max_age=math.inf)
    assert "units" in again.attrs
    assert len(internet.seen) == 2


def test_a_message_shows_the_deadline_that_the_caller_gave(
    internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    internet.replies[ARCHIVE] = Reply(200, DAILY)

    def recorded(*arguments: Any, deadline: float, told: float) -> Answer:
        seen.append((deadline, told))
        raise DeadlineError("too late")

    seen: list[tuple[float, float]] = []
    monkeypatch.setattr("forecast.data.weather.call", recorded)
    with pytest.raises(DeadlineError):
        fc.fetch_weather(47.6, -122.3, **RANGE, deadline=4)
    [(deadline, told)] = seen
    assert deadline < told == 4


def test_one_row_and_blank_ends(internet: Internet) -> None:
    blank = changed(temperature_2m_max=[None, 5.0, None, None])
    internet.replies[ARCHIVE] = Reply(200, blank)
    y = fc.fetch_weather(47.6, -122.3, **RANGE)
    assert y.to_dict() == {pd.Timestamp("2020-03-07"): 5.0}
    assert y.attrs["notes"] == ["3 blank rows at the ends were left out."]


def test_slow_and_black_hole(internet: Internet) -> None:
    internet.replies[ARCHIVE] = Reply(200, DAILY, wait=1.0)
    assert len(fc.fetch_weather(47.6, -122.3, **RANGE)) == 4
    internet.replies[ARCHIVE] = Reply(wait=60)
    began = time.monotonic()
    with pytest.raises(DeadlineError):
        fc.fetch_weather(47.6, -122.3, **RANGE, refresh=True, deadline=2.5)
    assert time.monotonic() - began < 3.5
    assert len(internet.seen) == 2


def test_a_copy_is_offered_the_next_day_too(internet: Internet) -> None:
    internet.replies[ARCHIVE] = lambda seen: Reply(200, days_asked(seen))
    fresh = fc.fetch_weather(47.6, -122.3)
    assert 3650 <= len(fresh) <= 3655
    assert fresh.index[-1].date() == datetime.now(UTC).date() - timedelta(days=1)
    internet.mode = "closed"
    with pytest.raises(FetchError, match="stale=True") as caught:
        fc.fetch_weather(47.6, -122.3, max_age=0)
    assert caught.value.kept is not None
    copy = fc.fetch_weather(47.6, -122.3, max_age=0, stale=True)
    assert copy.attrs["stale"] is True
    for other in (copy, fc.fetch_weather(47.6, -122.3, max_age=math.inf)):
        pd.testing.assert_series_equal(other, fresh, check_freq=False)
    with pytest.raises(FetchError) as caught:
        fc.fetch_weather(47.6, -122.4, max_age=math.inf)
    assert caught.value.kept is None


@pytest.mark.parametrize(
    ("place", "arguments", "words"),
    [
        (91.0, {"longitude": 0}, "at most 90"),
        (math.nan, {"longitude": 0}, "`place`"),
        (45.0, {"longitude": 181}, "at most 180"),
        (45.0, {}, "`longitude` is missing"),
        ("Rome", {"longitude": 12.0}, "Drop one"),
        ("", {}, "2 to 100 characters"),
        ("x" * 101, {}, "2 to 100 characters"),
        ("a\x00b", {}, "2 to 100 characters"),
        ("Rome", {"start": "1939-12-31"}, "1940-01-01 or later"),
        ("Rome", {"end": "2999-01-01"}, "future"),
        ("Rome", {"start": "2020-02-01", "end": "2020-01-01"}, "must not come after"),
        ("Rome", {"variables": []}, "at least one"),
        ("Rome", {"variables": 5}, "at least one.*got 5"),
        ("Rome", {"variables": None}, "at least one.*got None"),
        ("Rome", {"variables": [["rain_sum"]]}, "at least one"),
        ("Rome", {"variables": "temperature_2m_maxx"}, "Did you mean `temperature_2m_max`"),
        ("Rome", {"variables": ["temperature_2m", "rain_sum"]}, "all hourly or all daily"),
        ("Rome", {"variables": "temperature_2m", "hourly": False}, "all hourly or all daily"),
        ("Rome", {"variables": BOTH, "target": "rain_sum"}, "`target`"),
        ("Rome", {"units": "kelvin"}, "`units`"),
        ("Rome", {"timezone": "Europe/Atlantis"}, "`timezone`"),
        ("Rome", {"timezone": "../../etc/passwd"}, "`timezone`"),
        ("Rome", {"variables": "rain", "timezone": "Europe/Rome"}, "must be UTC"),
        ("Rome", {"deadline": -1}, "`deadline`"),
    ],
)
def test_settings_are_checked_before_any_request(
    internet: Internet, place: Any, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(SettingError, match=words):
        fc.fetch_weather(place, **arguments)
    assert internet.tunnels == []


@pytest.mark.parametrize("name", ["weather:47.6,-122.3", "weather: +47.6 , -122.3"])
def test_the_command_line_takes_two_numbers_as_coordinates(internet: Internet, name: str) -> None:
    internet.replies[ARCHIVE] = lambda seen: Reply(200, days_asked(seen))
    assert len(read_source(name).rows) > 3600
    [seen] = internet.seen
    assert (seen.query["latitude"], seen.query["longitude"]) == ("47.600000", "-122.300000")
