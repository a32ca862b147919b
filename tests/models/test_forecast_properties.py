"""What holds of a forecast for any series: its timestamps, its length, its unit."""

import calendar
from datetime import date, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import forecast as fc
from forecast.data.scales import scales_of
from forecast.data.scaling import Scaler
from forecast.data.series import prepare

SMALL = {"timesteps": 5, "hidden_units": 3, "epochs": 1, "batch_size": 64}
CLOCK = {"1min": timedelta(minutes=1), "15min": timedelta(minutes=15), "h": timedelta(hours=1)}
DAYS = {"D": 1, "W-SUN": 7}
MONTHS = {"MS": 1, "ME": 1, "QS": 3, "YS": 12, "YE": 12}
FREQUENCIES = [*CLOCK, *DAYS, "B", *MONTHS]
ZONES = [None, "Europe/Berlin", "America/New_York"]
# Days after which some zone changes its clocks, leap days, ends of years, and a plain day.
STARTS = ["2024-03-28", "2024-10-25", "2024-02-01", "2023-11-03", "2023-12-20", "2025-06-11"]


def following(last: pd.Timestamp, alias: str, steps: int) -> list[pd.Timestamp]:
    """The next timestamps, by the calendar of the standard library instead of pandas."""
    if alias in CLOCK:
        return [last + k * CLOCK[alias] for k in range(1, steps + 1)]
    day, found = last.date(), list[date]()
    for k in range(1, steps + 1):
        if alias in DAYS:
            found.append(day + timedelta(days=k * DAYS[alias]))
        elif alias == "B":
            newest = (found or [day])[-1] + timedelta(days=1)
            while newest.weekday() > 4:
                newest += timedelta(days=1)
            found.append(newest)
        else:
            months = day.year * 12 + day.month - 1 + k * MONTHS[alias]
            year, month = months // 12, months % 12 + 1
            last_day = calendar.monthrange(year, month)[1]
            found.append(date(year, month, last_day if alias in ("ME", "YE") else 1))
    wall = last.to_pydatetime().time()
    zone = None if last.tz is None else ZoneInfo(str(last.tz))
    return [
        pd.Timestamp(year=d.year, month=d.month, day=d.day, hour=wall.hour).tz_localize(zone)
        for d in found
    ]


@st.composite
def dated(draw: st.DrawFn) -> tuple[pd.Series, str]:
    """A series of 40 to 70 rows, some blank, some missing; the last one is there."""
    alias, zone = draw(st.sampled_from(FREQUENCIES)), draw(st.sampled_from(ZONES))
    rows = draw(st.integers(40, 70))
    hour = draw(st.sampled_from([0, 12])) if alias in ("D", "B", "W-SUN") else 0
    start = pd.Timestamp(draw(st.sampled_from(STARTS))) + pd.Timedelta(hours=hour)
    index = pd.date_range(start, periods=rows, freq=alias, tz=zone)
    random = np.random.default_rng(draw(st.integers(0, 99)))
    y = pd.Series(random.normal(size=rows).cumsum(), index, name="level")
    inner = st.integers(3, rows - 2)
    y.iloc[sorted(draw(st.sets(inner, max_size=5)))] = np.nan
    y = y.drop(y.index[sorted(draw(st.sets(inner, max_size=3)))])
    return y, alias


@settings(max_examples=60)
@given(dated(), st.integers(1, 4), st.integers(1, 9))
def test_a_forecast_has_exactly_the_timestamps_that_follow(
    made: tuple[pd.Series, str], fitted_horizon: int, horizon: int
) -> None:
    y, alias = made
    model = fc.Forecaster(horizon=fitted_horizon, **SMALL).fit(y)
    frame = model.predict(horizon)
    assert frame["ds"].tolist() == following(y.index[-1], alias, horizon)
    assert frame["ds"].dt.tz is y.index.tz or str(frame["ds"].dt.tz) == str(y.index.tz)
    assert np.isfinite(frame["GRU"]).all()


@settings(max_examples=40)
@given(dated(), st.integers(1, 14), st.integers(0, 12), st.integers(1, 6))
def test_newer_rows_after_a_gap_forecast_as_all_rows_together(
    made: tuple[pd.Series, str], newest: int, gap: int, horizon: int
) -> None:
    y, alias = made
    assume(len(y) > newest + gap + 25)
    old, newer = y.iloc[: len(y) - newest - gap], y.iloc[len(y) - newest :]
    assume(newer.notna().any() and old.notna().iloc[-1])
    try:
        # A part may look like another frequency: Monday to Wednesday, or every second row.
        assume(prepare(old).frequency == prepare(y).frequency)
    except fc.DataError:
        assume(False)
    model = fc.Forecaster(horizon=2, **SMALL).fit(old)
    frame = model.predict(horizon, data=newer)
    assert frame["ds"].tolist() == following(y.index[-1], alias, horizon)
    # A leading blank is taken from the rows before, if those are given.
    filled = newer.loc[newer.first_valid_index() :]
    together = model.predict(horizon, data=pd.concat([old, filled]))
    np.testing.assert_allclose(frame["GRU"], together["GRU"], rtol=1e-6)


@settings(max_examples=20)
@given(st.integers(-50, 50), st.integers(1, 9), st.sets(st.integers(1, 58), max_size=9))
def test_numbered_rows_are_counted_on(start: int, horizon: int, blank: set[int]) -> None:
    values = np.random.default_rng(3).normal(size=60)
    values[list(blank)] = np.nan
    y = pd.Series(values, pd.RangeIndex(start, start + 60))
    frame = fc.Forecaster(horizon=3, **SMALL).fit(y).predict(horizon)
    assert frame["ds"].tolist() == [start + 60 + k for k in range(horizon)]
    assert np.isfinite(frame["GRU"]).all()


@cache
def walk(rows: int = 120, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=rows).cumsum()


@cache
def fitted(transform: str, cell: str = "gru") -> fc.Forecaster:
    given = {**SMALL, "epochs": 6, "learning_rate": 0.02}
    model = fc.Forecaster(cell, horizon=3, transform=transform, **given).fit(walk())
    # The least spread, see `scaling`, is in the unit of the fit: here it is out of the way.
    learned = model.learned()
    recipe = learned.recipe._replace(scales=scales_of([Scaler("window", 0.0, 1e-12)]))
    model.fitted_ = learned._replace(recipe=recipe)
    return model


@settings(max_examples=25)
@given(
    st.sampled_from(["none", "difference"]),
    st.sampled_from(["simple_rnn", "gru", "lstm"]),
    st.floats(1e-3, 1e4),
    st.floats(-1e3, 1e3),
    st.integers(1, 8),
)
def test_the_same_weights_forecast_another_unit_in_that_unit(
    transform: str, cell: str, a: float, b: float, horizon: int
) -> None:
    model, y = fitted(transform, cell), walk(90, seed=8)
    origins = np.arange(20, 90, 7)
    plain = model.forecast_from(prepare(y), origins, horizon)
    other = model.forecast_from(prepare(a * y + b), origins, horizon)
    np.testing.assert_allclose(other, a * plain + b, rtol=1e-9, atol=1e-3 * a)


@settings(max_examples=15)
@given(
    st.sampled_from(["none", "difference"]),
    st.floats(1e-6, 1e6),
    st.floats(-100, 100),
    st.integers(1, 7),
)
def test_a_fit_in_another_unit_forecasts_the_same(
    transform: str, a: float, shift: float, horizon: int
) -> None:
    y, b = walk(), a * shift
    given = {**SMALL, "transform": transform, "horizon": 2}
    plain = fc.Forecaster(**given).fit(y).predict(horizon, level=()).iloc[:, 1]
    other = fc.Forecaster(**given).fit(a * y + b).predict(horizon).iloc[:, 1]
    np.testing.assert_allclose(other, a * plain + b, rtol=1e-9, atol=1e-3 * a)


@settings(max_examples=15)
@given(st.floats(1e-6, 1e6), st.integers(1, 6))
def test_a_logarithm_makes_forecasts_follow_any_factor(a: float, horizon: int) -> None:
    y = np.exp(0.1 * walk())
    given = {**SMALL, "transform": "log", "horizon": 2}
    plain = fc.Forecaster(**given).fit(y).predict(horizon)["GRU"]
    other = fc.Forecaster(**given).fit(a * y).predict(horizon)["GRU"]
    np.testing.assert_allclose(other, a * plain, rtol=1e-3)


@pytest.mark.parametrize("transform", ["none", "difference"])
def test_intervals_are_in_the_unit_as_well(transform: str) -> None:
    y = walk()
    given = {**SMALL, "transform": transform, "calibration": 0.3}
    plain, other = (
        fc.Forecaster(**given).fit(v).predict(level=(50, 80)) for v in (y, 1000 * y - 7)
    )
    np.testing.assert_allclose(other.iloc[:, 1:], 1000 * plain.iloc[:, 1:] - 7, rtol=1e-3)


@pytest.mark.parametrize("blanks", [1, 4, 5, 6, 12])
def test_a_series_that_was_blank_lately_goes_on_with_newer_rows(blanks: int) -> None:
    """However much of the last window was filled, one newer row is enough."""
    y = pd.Series(walk(), pd.date_range("2024-01-01", periods=120), name="level")
    y.iloc[110 - blanks : 110] = np.nan
    for until in (110, 112):
        model = fc.Forecaster(**SMALL).fit(y.iloc[:until])
        assert model.learned().tail.flat.index[-1] == y.index[until - 1]
        ahead = model.predict(2, data=y.iloc[until : until + 1])
        together = model.predict(2, data=y.iloc[: until + 1])
        pd.testing.assert_frame_equal(ahead, together)
        whole = prepare(y.iloc[: until + 1])
        grown = model.learned().tail.flat.followed_by(whole.rows(until, until + 1))
        np.testing.assert_array_equal(grown.observed, whole.observed[-len(grown) :])
        np.testing.assert_array_equal(grown.values, whole.values[-len(grown) :])


@pytest.mark.parametrize(
    ("zone", "start"),
    [("America/Santiago", "2024-06-10"), ("Africa/Cairo", "2024-02-01"),
     ("America/Asuncion", "2023-07-05"), ("America/Havana", "2024-08-10")],
)  # fmt: skip
@pytest.mark.parametrize("rows", [60, 84, 85, 86, 88, 95, 120])
def test_midnights_that_are_skipped_or_come_twice(zone: str, start: str, rows: int) -> None:
    """Clocks are changed at midnight there: a day may begin at one, or twice."""
    walls = pd.date_range(start, periods=140)
    first_pass = np.ones(140, dtype=bool)
    index = walls.tz_localize(zone, nonexistent="shift_forward", ambiguous=first_pass)
    y = pd.Series(walk(140), index)
    given = {"calendar": ["weekday"], "seasonal_adjustment": "additive", **SMALL}
    model = fc.Forecaster(**given).fit(y.iloc[:rows])
    frame = model.predict(20)
    assert frame["ds"].tolist() == index[rows : rows + 20].tolist()
    plain = fc.Forecaster(**given).fit(y.set_axis(walls).iloc[:rows]).predict(20)
    np.testing.assert_array_equal(frame["GRU"], plain["GRU"])
    for newer in (y.iloc[rows : rows + 1], y.iloc[rows : rows + 3], y.iloc[:130]):
        ahead = model.predict(3, data=newer)
        last = index.get_loc(newer.index[-1])
        assert ahead["ds"].tolist() == index[last + 1 : last + 4].tolist()
        assert ahead.attrs["rows_since_fit"] == last - rows + 1
