"""What of Open-Meteo's answers is taken for data, without any network."""

import json
import math
from datetime import date
from typing import Any

import pytest

from forecast.data.day_range import DayRange
from forecast.data.weather_table import weather_table
from forecast.data.weather_variables import DAILY, HOURLY, is_hourly
from forecast.errors import BadAnswerError, NoRowsError, SettingError

DAYS = ["2020-03-06", "2020-03-07", "2020-03-08"]
RANGE = DayRange(date(2020, 3, 6), date(2020, 3, 8))


def answer(**daily: Any) -> bytes:
    held = {"time": DAYS, "rain_sum": [0, None, 1.5], **daily}
    return json.dumps({"daily": held, "daily_units": {"rain_sum": "mm"}}).encode()


def test_a_good_answer_is_read() -> None:
    table, facts = weather_table(answer(), ["rain_sum"], "daily", RANGE)
    assert table["rain_sum"].tolist() == pytest.approx([0.0, math.nan, 1.5], nan_ok=True)
    assert facts["units"] == {"rain_sum": "mm"}
    assert facts["notes"] == []


BAD = {
    "no table": (b'{"daily": 3}', "no daily values"),
    "no units": (b'{"daily": {}}', "no daily values"),
    "no times": (answer(time=None), "times are missing"),
    "times are numbers": (answer(time=[1, 2, 3]), "times are missing"),
    "strange times": (answer(time=["x"] * 3), "times are none"),
    "times in disorder": (answer(time=DAYS[::-1]), "out of order"),
    "times with a zone": (answer(time=[f"{day}T00:00Z" for day in DAYS]), "out of order"),
    "times twice": (answer(time=[DAYS[0]] * 3), "twice"),
    "another length": (answer(rain_sum=[1.0]), "1 values for 3 times"),
    "no column": (answer(rain_sum=None), "no list"),
    "text": (answer(rain_sum=["a"] * 3), "holds 'a'"),
    "truth": (answer(rain_sum=[True] * 3), "holds 'True'"),
    "no end of digits": (answer(rain_sum=[10**400] * 3), "holds 1000"),
    "days before": (answer(time=["2020-03-05", "2020-03-06", "2020-03-07"]), "asked for"),
    "days after": (answer(time=["2020-03-07", "2020-03-08", "2020-03-09"]), "asked for"),
    "hours for days": (answer(time=[f"2020-03-06T0{n}:00" for n in range(3)]), "gaps"),
    "a day is missing": (
        answer(time=["2020-03-06", "2020-03-08"], rain_sum=[1.0, 2.0]),
        "daily rows have gaps",
    ),
    "endless": (answer(rain_sum=[math.inf] * 3), "holds inf"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_table_is_refused(case: str) -> None:
    body, words = BAD[case]
    with pytest.raises(BadAnswerError, match=words):
        weather_table(body, ["rain_sum"], "daily", RANGE)


def test_no_value_at_all() -> None:
    with pytest.raises(NoRowsError):
        weather_table(answer(rain_sum=[None] * 3), ["rain_sum"], "daily", RANGE)


def test_names_tell_days_from_hours() -> None:
    assert not is_hourly(["temperature_2m_max", "weather_code"], None)
    assert is_hourly(["temperature_2m", "weather_code"], None)
    assert is_hourly(["weather_code"], True)
    assert not is_hourly(["weather_code"], None)
    with pytest.raises(SettingError, match="Did you mean `rain_sum`"):
        is_hourly(["rain_summ"], False)
    assert len(set(DAILY)) == len(DAILY)
    assert len(set(HOURLY)) == len(HOURLY)
