"""Seasonal factors: found where they are planted, and in phase wherever they are put back."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import forecast as fc
from forecast.data.frequency import positions
from forecast.data.panel import joined
from forecast.data.seasonal import Season, learn_season
from forecast.data.seasons import places
from forecast.data.series import TimeSeries, prepare
from forecast.errors import DataError, TooFewRowsError

FREQUENCIES = [
    ("h", 24), ("15min", 8), ("D", 7), ("B", 5), ("W-SUN", 4), ("MS", 12), ("ME", 12), ("QS", 4),
    ("YE", 3), ("2D", 5), ("2W-WED", 3), ("BME", 12),
]  # fmt: skip


def planted(period: int, kind: str, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed).normal(size=period)
    return random - random.mean() if kind == "additive" else 1 + 0.3 * random - 0.3 * random.mean()


def seasonal(rows: int, period: int, kind: str, seed: int = 0) -> np.ndarray:
    """A line with factors: what the decomposition is made for."""
    factors = np.resize(planted(period, kind, seed), rows)
    if kind == "additive":
        return 50 + 0.3 * np.arange(rows) + factors
    return 50 * factors


@pytest.mark.parametrize("kind", ["additive", "multiplicative"])
@given(st.integers(2, 13), st.integers(0, 20), st.integers(0, 9))
def test_planted_factors_are_found(kind: str, period: int, more: int, seed: int) -> None:
    y = seasonal(3 * period + more, period, kind, seed)
    season = learn_season(prepare(y), kind, period)
    np.testing.assert_allclose(season.factors, planted(period, kind, seed), atol=1e-9)
    total = 0.0 if kind == "additive" else period
    assert sum(season.factors) == pytest.approx(total, abs=1e-9)


@pytest.mark.parametrize("kind", ["additive", "multiplicative"])
@given(st.integers(2, 9), st.integers(0, 9))
def test_factors_sum_up_whatever_the_series(kind: str, period: int, seed: int) -> None:
    y = np.exp(np.random.default_rng(seed).normal(size=2 * period + seed))
    y[period] = np.nan
    season = learn_season(prepare(y), kind, period)
    total = 0.0 if kind == "additive" else float(period)
    assert sum(season.factors) == pytest.approx(total, abs=1e-9)
    values = prepare(y).values
    factors = season.of(prepare(y).index)
    back = season.put_back(season.remove(values, factors), factors)
    np.testing.assert_allclose(back, values, rtol=1e-12)


@pytest.mark.parametrize(("freq", "period"), FREQUENCIES)
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_phases_go_on_after_the_training_rows(freq: str, period: int, zone: str | None) -> None:
    """Over changes of the clock, leap days, ends of months and years."""
    index = pd.date_range("2023-10-02", periods=20 * period, freq=freq, tz=zone)
    y = pd.Series(seasonal(len(index), period, "additive"), index)
    training = prepare(y.iloc[: 4 * period])
    season = learn_season(training, "additive", period)
    expected = np.resize(planted(period, "additive"), len(index))
    np.testing.assert_allclose(season.of(index), expected, atol=1e-9)
    ahead = training.after(3 * period)
    np.testing.assert_allclose(season.of(ahead), expected[: 3 * period], atol=1e-9)


@pytest.mark.parametrize(("freq", "period"), FREQUENCIES)
def test_phases_are_right_after_a_gap(freq: str, period: int) -> None:
    index = pd.date_range("2023-10-02", periods=6 * period + 40, freq=freq)
    y = pd.Series(seasonal(len(index), period, "additive"), index)
    season = learn_season(prepare(y.iloc[: 4 * period]), "additive", period)
    late = index[4 * period + 11 :]
    expected = np.resize(planted(period, "additive"), len(index))[4 * period + 11 :]
    np.testing.assert_allclose(season.of(late), expected, atol=1e-9)


def test_a_holiday_moves_no_phase_of_business_days() -> None:
    """The factor belongs to the weekday, not to the count of rows."""
    index = pd.bdate_range("2024-01-01", periods=120)
    y = pd.Series(np.array([0.0, 1, 2, 3, 10])[index.day_of_week] + 20, index)
    y = y.drop(index[[7, 33, 34, 61]])
    season = learn_season(prepare(y), "additive", 5)
    found = season.of(y.index)
    by_day = pd.Series(found).groupby(np.asarray(y.index.day_of_week))
    assert by_day.nunique().max() == 1
    assert by_day.first().is_monotonic_increasing


@given(st.integers(0, 400), st.integers(-30, 30))
def test_numbered_rows_have_their_phase_by_number(anchor: int, shift: int) -> None:
    season = Season("additive", (1.0, 2.0, 3.0), anchor, "step")
    found = season.of(pd.RangeIndex(anchor + shift, anchor + shift + 4))
    assert found.tolist() == [1.0 + (shift + k) % 3 for k in range(4)]


@given(st.sampled_from([f for f, _ in FREQUENCIES]), st.integers(0, 90), st.integers(1, 30))
def test_positions_count_the_rows_of_the_grid(freq: str, anchor: int, rows: int) -> None:
    grid = pd.date_range("2023-01-02", periods=130, freq=freq)
    found = positions(grid[40 : 40 + rows], grid[anchor], freq)
    assert found.tolist() == [k - anchor for k in range(40, 40 + rows)]


def test_factors_are_learned_from_training_rows_alone() -> None:
    y = pd.Series(seasonal(140, 7, "additive"), pd.date_range("2024-01-01", periods=140))
    given = {"timesteps": 7, "hidden_units": 3, "epochs": 1, "seasonal_adjustment": "additive"}
    first = fc.Forecaster(**given).fit(y).learned()
    changed = y.copy()
    changed.iloc[first.parts.train.stop :] *= -3
    second = fc.Forecaster(**given).fit(changed).learned()
    assert first.recipe.seasons.one(0) == second.recipe.seasons.one(0)
    assert first.recipe.seasons.one(0).factors == pytest.approx(planted(7, "additive"), abs=1e-9)


def test_filled_rows_teach_no_factor() -> None:
    y = seasonal(70, 7, "additive")
    whole = learn_season(prepare(y), "additive", 7)
    blank = y.copy()
    blank[35] = np.nan
    holed = learn_season(prepare(blank), "additive", 7)
    # The moving average around the blank row is off by a little; the factor of its day is not by
    # as much as the value that stands in its place.
    assert max(np.abs(np.subtract(whole.factors, holed.factors))) < 0.2 * np.ptp(whole.factors)


def test_what_does_not_do_is_refused() -> None:
    with pytest.raises(TooFewRowsError, match=r"two seasons of 12 rows.* has 23 rows"):
        learn_season(prepare(np.arange(23.0)), "additive", 12)
    learn_season(prepare(np.arange(24.0)), "additive", 12)
    with pytest.raises(DataError, match=r"divides, so all values.* the least is 0"):
        learn_season(prepare(np.arange(24.0)), "multiplicative", 12)
    blank = np.arange(24.0)
    blank[6:18] = np.nan
    with pytest.raises(TooFewRowsError, match="observed rows half a season of 12 rows"):
        learn_season(prepare(blank), "additive", 12)
    yearly = pd.Series(np.arange(40.0), pd.date_range("1950", periods=40, freq="YS"))
    given = {"timesteps": 3, "epochs": 1, "hidden_units": 2, "seasonal_adjustment": "additive"}
    with pytest.raises(DataError, match=r"'YS-JAN' have none. Give `season`"):
        fc.Forecaster(**given).fit(yearly)
    fc.Forecaster(season=4, **given).fit(yearly)
    with pytest.raises(DataError, match=r"'step' have none. Give `season`"):
        fc.Forecaster(**given).fit(np.arange(40.0))


def test_weeks_keep_to_their_place_in_the_year() -> None:
    """Counted in 52s, the rows of thirty years would end five weeks away from where they began."""
    weeks = pd.date_range("1990-01-07", periods=30 * 52, freq="W-SUN")
    summer = 10 * np.cos(2 * np.pi * weeks.day_of_year / 365.25)
    rows = prepare(pd.Series(summer, weeks))
    season = learn_season(rows, "additive", 52)
    np.testing.assert_allclose(season.of(weeks), summer, atol=0.7)
    later = pd.date_range("2025-01-05", periods=52, freq="W-SUN")
    expected = 10 * np.cos(2 * np.pi * later.day_of_year / 365.25)
    np.testing.assert_allclose(season.of(later), expected, atol=0.7)


@pytest.mark.parametrize("zone", [None, "Africa/Cairo"])
def test_places_among_business_days_are_those_of_each_series_alone(zone: str | None) -> None:
    days = pd.date_range("2023-05-02", periods=60, tz=zone)  # a weekend counts as its Friday
    indices = [days[3:40], days[::3], pd.bdate_range("2024-05-01", periods=9, tz=zone)]
    rows = [
        TimeSeries(np.ones(len(one)), np.ones(len(one), bool), one, "B", "y") for one in indices
    ]
    anchors = pd.DatetimeIndex([days[9], days[0], days[2]])
    found = places(joined(rows, range(3)), anchors, "B", 5)
    alone = [positions(one, start, "B") for one, start in zip(indices, anchors, strict=True)]
    np.testing.assert_array_equal(found, np.concatenate(alone))
