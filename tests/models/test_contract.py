"""One suite that every model passes, network or baseline."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.series import prepare
from forecast.errors import DataError, NotFittedError, SettingError
from forecast.models.contract import Model

SMALL = {"timesteps": 6, "hidden_units": 4, "epochs": 2, "horizon": 2}
MODELS: dict[str, Callable[[], Model]] = {
    "SimpleRNN": lambda: fc.Forecaster("SimpleRNN", **SMALL),
    "GRU": lambda: fc.Forecaster("gru", **SMALL),
    "LSTM": lambda: fc.Forecaster("lstm", **SMALL),
    "GRU-2": lambda: fc.Forecaster("gru", layers=2, dropout=0.2, dtype="float64", **SMALL),
    "Naive": fc.Naive,
    "SeasonalNaive": lambda: fc.SeasonalNaive(7),
    "Drift": fc.Drift,
    "Mean": fc.Mean,
}


def series(rows: int = 90, freq: str = "D") -> pd.Series:
    t = np.arange(rows)
    noise = np.random.default_rng(0).normal(size=rows)
    values = 50 + 0.2 * t + 5 * np.sin(2 * np.pi * t / 7) + noise
    return pd.Series(values, pd.date_range("2023-03-01", periods=rows, freq=freq), name="level")


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> Model:
    return MODELS[request.param]()


def test_a_forecast_has_the_next_timestamps_and_finite_values(model: Model) -> None:
    y = series()
    frame = model.fit(y).predict(5)
    assert frame.columns.tolist() == ["ds", model.label]
    assert frame["ds"].tolist() == list(pd.date_range(y.index[-1], periods=6, freq="D")[1:])
    assert np.isfinite(frame[model.label]).all()


def test_predict_before_fit_says_so(model: Model) -> None:
    with pytest.raises(NotFittedError, match=r"is not fitted. Call fit\(y\) first"):
        model.predict(2)


@pytest.mark.parametrize("horizon", [0, -1, 1.5, "two"])
def test_a_horizon_out_of_range_is_refused(model: Model, horizon: object) -> None:
    with pytest.raises(SettingError, match="`horizon`"):
        model.fit(series()).predict(horizon)


def test_fit_changes_neither_data_nor_the_next_fit(model: Model) -> None:
    y = series()
    before = y.copy()
    first = model.fit(y).predict(3)
    pd.testing.assert_series_equal(y, before)
    pd.testing.assert_frame_equal(model.fit(y).predict(3), first)


def test_newer_rows_move_the_forecast_without_refitting(model: Model) -> None:
    y = series()
    model.fit(y.iloc[:80])
    frame = model.predict(3, data=y.iloc[80:])
    assert frame["ds"].iloc[0] == y.index[-1] + pd.Timedelta(days=1)
    overlapping = model.predict(3, data=y.iloc[70:])
    np.testing.assert_allclose(overlapping[model.label], frame[model.label])


def test_rows_older_than_the_fitted_ones_are_refused(model: Model) -> None:
    y = series()
    with pytest.raises(DataError, match="must reach at least as far as the fitted rows"):
        model.fit(y).predict(2, data=y.iloc[:50])


def test_forecasts_from_origins_equal_forecasts_after_newer_rows(model: Model) -> None:
    y = series()
    model.fit(y.iloc[:70])
    origins = np.array([69, 75, 89])
    together = model.forecast_from(prepare(y), origins, 4)
    assert together.shape == (3, 4)
    for row, origin in zip(together, origins, strict=True):
        newer = y.iloc[: origin + 1]
        # One row or many in one product: BLAS may sum in another order.
        np.testing.assert_allclose(model.predict(4, data=newer)[model.label], row, rtol=1e-5)


def test_rows_after_an_origin_change_nothing_before_it(model: Model) -> None:
    y = series()
    model.fit(y.iloc[:70])
    other = y.copy()
    other.iloc[80:] += 1000
    origins = np.arange(69, 80)
    np.testing.assert_array_equal(
        model.forecast_from(prepare(y), origins, 3),
        model.forecast_from(prepare(other), origins, 3),
    )


@pytest.mark.parametrize(
    ("freq", "following"),
    [("ME", "2030-09-30"), ("B", "2023-07-05"), ("h", "2023-03-04 18:00"), ("MS", "2030-09-01")],
)
def test_future_timestamps_follow_the_frequency(model: Model, freq: str, following: str) -> None:
    frame = model.fit(series(90, freq)).predict(1)
    assert frame["ds"].tolist() == [pd.Timestamp(following)]


def test_numbered_rows_go_on_counting(model: Model) -> None:
    frame = model.fit(series().to_numpy()).predict(2)
    assert frame["ds"].tolist() == [90, 91]


def test_intervals_lie_around_the_forecast_at_every_level(model: Model) -> None:
    y = series(200)
    frame = model.fit(y).predict(2, level=(80, 50))
    name = model.label
    columns = [f"{name}-lo-80", f"{name}-lo-50", name, f"{name}-hi-50", f"{name}-hi-80"]
    assert frame.columns.tolist() == ["ds", name, *[columns[k] for k in (1, 3, 0, 4)]]
    assert (np.diff(frame[columns].to_numpy(), axis=1) >= 0).all()
    plain = model.predict(2)
    pd.testing.assert_frame_equal(frame[["ds", name]], plain)
    with pytest.raises(SettingError, match=r"`level` 99.9 needs at least 999 calibration windows"):
        model.predict(1, level=99.9)


def test_intervals_from_origins_equal_those_after_newer_rows(model: Model) -> None:
    y = series(200)
    model.fit(y.iloc[:150])
    spans = model.spans_from(prepare(y), np.array([149, 160, 199]), 2, (50, 80))
    np.testing.assert_array_equal(
        spans.point, model.forecast_from(prepare(y), np.array([149, 160, 199]), 2)
    )
    for row, origin in enumerate((149, 160, 199)):
        frame = model.predict(2, level=(50, 80), data=y.iloc[: origin + 1])
        for level, one in zip((50, 80), spans.intervals, strict=True):
            lower, upper = (frame[f"{model.label}-{end}-{level}"] for end in ("lo", "hi"))
            np.testing.assert_allclose(one.lower[row], lower, rtol=1e-5)
            np.testing.assert_allclose(one.upper[row], upper, rtol=1e-5)
    assert model.spans_from(prepare(y), np.array([160]), 2, ()).intervals == ()


def test_a_clone_has_the_settings_and_nothing_learned(model: Model) -> None:
    y = series()
    expected = model.fit(y).predict(4)
    twin = model.clone()
    assert type(twin) is type(model)
    with pytest.raises(NotFittedError):
        twin.predict()
    pd.testing.assert_frame_equal(twin.fit(y).predict(4), expected)
    twin.fit(y.iloc[:60] * 3)
    pd.testing.assert_frame_equal(model.predict(4), expected)  # they share nothing


def test_the_last_fitted_row_of_each_series_is_known(model: Model) -> None:
    y = series()
    with pytest.raises(NotFittedError):
        model.last_row()
    assert model.fit(y).last_row() == {"level": y.index[-1]}
    assert model.fit(y.to_numpy()).last_row() == {"y": 89}
    long = pd.concat([pd.DataFrame({"unique_id": k, "ds": y.index[: 60 + k], "y": y.iloc[: 60 + k]})
                      for k in (0, 5)])  # fmt: skip
    assert model.fit(long).last_row() == {0: y.index[59], 5: y.index[64]}
    assert model.predict(data=long.assign(ds=long["ds"] + pd.Timedelta(days=2))) is not None
    assert model.last_row() == {0: y.index[59], 5: y.index[64]}


def test_a_panel_is_forecast_by_id(model: Model) -> None:
    y = series()
    long = pd.concat(pd.DataFrame({"unique_id": k, "ds": y.index, "y": y + k}) for k in (4, 2))
    frame = model.fit(long).predict(3)
    assert frame.columns.tolist() == ["unique_id", "ds", model.label]
    assert frame["unique_id"].tolist() == [4, 4, 4, 2, 2, 2]
    assert np.isfinite(frame[model.label]).all()
    np.testing.assert_allclose(frame[model.label][:3] - 2, frame[model.label][3:], rtol=1e-5)


def test_the_parameter_count_is_that_of_the_network(model: Model) -> None:
    counts = {"SimpleRNN": 24 + 10, "GRU": 84 + 10, "LSTM": 96 + 10}  # the head has 4·2 + 2
    expected = counts.get(model.label, 0)
    layers = getattr(getattr(model, "settings", None), "layers", 1)
    assert model.parameter_count == expected + (3 * (4 * 4 + 4 * 4 + 8) if layers == 2 else 0)
