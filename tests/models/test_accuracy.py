"""Every cell learns what can be learned, and every sample can be forecast."""

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.planted import BY_NAME

CELLS = ("simple_rnn", "gru", "lstm")
SAMPLES = [
    (name, unique_id)
    for name in fc.samples()["name"]
    if name not in BY_NAME  # their answers lie one row ahead: see tests/data/test_planted.py
    for unique_id in (["MSFT", "AMZN", "IBM", "GOOG", "AAPL"] if name == "stocks_monthly" else [""])
]


def median_skill(y: pd.Series | np.ndarray, cell: str, **settings: object) -> float:
    """Return the median skill of three fixed seeds."""
    results = [fc.compare(y, cells=[cell], seed=seed, **settings) for seed in (0, 1, 2)]
    return float(np.median([result.table["skill"][0] for result in results]))


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_beats_the_naive_forecast_on_a_noiseless_sine(cell: str) -> None:
    y = np.sin(2 * np.pi * np.arange(600) / 25)
    assert median_skill(y, cell, timesteps=24, hidden_units=16, epochs=20) > 50


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_beats_the_naive_forecast_on_seattle_s_temperature(cell: str) -> None:
    y = fc.load_sample("seattle_weather", target="temp_max")
    assert median_skill(y, cell, timesteps=24, hidden_units=32, epochs=30) > 0


@pytest.mark.parametrize(("name", "unique_id"), SAMPLES)
@pytest.mark.parametrize("cell", CELLS)
def test_every_sample_can_be_forecast_by_every_cell(name: str, unique_id: str, cell: str) -> None:
    y = fc.load_sample(name)
    if unique_id:
        y = y[y["unique_id"] == unique_id]
    times = y["ds"] if unique_id else y.index
    model = fc.Forecaster(cell, timesteps=24, horizon=12, hidden_units=4, epochs=1).fit(y)
    frame = model.predict(15)
    assert np.isfinite(frame[model.label]).all()
    assert frame["ds"].tolist() == expected_times(name, pd.Timestamp(times.max()), 15)


# Thanksgiving, New Year's Day and Martin Luther King Day, after the ends of the samples of prices.
HOLIDAYS = pd.to_datetime(["2017-11-23", "2019-01-01", "2019-01-21"])


def expected_times(name: str, last: pd.Timestamp, steps: int) -> list[pd.Timestamp]:
    """Count on by the calendar, independently of the package's own frequencies."""
    months = ("stocks_monthly", "air_passengers")
    if name in months:
        return [last + pd.DateOffset(months=k) for k in range(1, steps + 1)]
    if name in ("co2", "us_gasoline", "us_illness"):
        return [last + pd.Timedelta(weeks=k) for k in range(1, steps + 1)]
    if name == "nyc_jfk_weather":
        return [last + pd.Timedelta(hours=k) for k in range(1, steps + 1)]
    days = [last + pd.Timedelta(days=k) for k in range(1, 3 * steps)]
    if name == "seattle_weather":
        return days[:steps]
    return [day for day in days if day.weekday() < 5 and day not in HOLIDAYS][:steps]
