"""Rows at or below 0 that come after training, in series that are read as logarithms."""

import numpy as np
import pandas as pd

import forecast as fc
from forecast.data.panel import prepare_panel

SMALL = {"timesteps": 4, "hidden_units": 3, "epochs": 1, "horizon": 2}


def two(**changed: float) -> pd.DataFrame:
    """Return two series of 40 rows; of the second, the rows from so many before the end are 0."""
    values = np.random.default_rng(0).uniform(5, 9, size=(2, 40))
    if changed:
        values[1, -int(changed["zeros"]) :] = 0
    frames = [
        pd.DataFrame({"unique_id": one, "ds": pd.date_range("2024-01-01", periods=40), "y": y})
        for one, y in zip("ab", values, strict=True)
    ]
    return pd.concat(frames, ignore_index=True)


def test_zeros_after_the_training_rows_change_nothing_fitted_and_end_nothing() -> None:
    model = fc.Forecaster(transform="log_where_positive", patience=None, **SMALL)
    usual = model.clone().fit(two()).learned()
    for zeros in (1, 8):  # then no row of the last window has a logarithm
        zeroed = model.clone().fit(two(zeros=zeros))
        assert zeroed.learned().recipe.logs.all()
        assert (zeroed.learned().parameters.flat == usual.parameters.flat).all()
        assert np.isfinite(zeroed.predict(level=50)["GRU-hi-50"]).all()
    assert abs(zeroed.predict()["GRU"].iloc[-1]) < 1
    assert np.isnan(zeroed.learned().scores).any()  # nothing to measure an error against
    found = fc.backtest(model, two(zeros=1), horizon=2, n_windows=2)
    assert np.isfinite(found.forecasts["GRU"]).all()


def test_later_zeros_are_read_as_the_row_before() -> None:
    model = fc.Forecaster(transform="log_where_positive", **SMALL).fit(two())
    zeroed = prepare_panel(two(zeros=2))
    held = zeroed.flat.values.copy()
    held[-2:] = held[-3]
    same = model.forecast_from(prepare_panel(two().assign(y=held)), zeroed.ends, 2)
    np.testing.assert_array_equal(model.forecast_from(zeroed, zeroed.ends, 2), same)


def test_a_season_taken_out_may_leave_a_series_without_logarithms() -> None:
    wave = 1.0 + np.sin(np.arange(48) * np.pi / 6)
    y = two().iloc[:0]
    months = pd.date_range("2020-01-01", periods=48, freq="MS")
    for one, values in (("a", wave * np.arange(1, 49) + 0.1), ("b", wave + 50)):
        y = pd.concat([y, pd.DataFrame({"unique_id": one, "ds": months, "y": values})])
    asked = {"transform": "log_where_positive", "seasonal_adjustment": "additive"}
    model = fc.Forecaster(**SMALL, **asked).fit(y)
    assert model.learned().recipe.logs.tolist() == [False, True]
