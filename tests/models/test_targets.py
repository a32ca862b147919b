"""A network that puts out zero, and what every transform and season makes of it."""

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.panel import prepare_panel
from forecast.nn.parameters import Parameters

SMALL = {"timesteps": 6, "hidden_units": 3, "epochs": 1, "horizon": 3}
TRANSFORMS = ["none", "difference", "log", "log_return"]


def series(rows: int = 100) -> pd.Series:
    t, random = np.arange(rows), np.random.default_rng(0)
    values = 40 + 0.1 * t + 6 * np.sin(2 * np.pi * t / 7) + random.normal(size=rows)
    return pd.Series(values, pd.date_range("2024-01-01", periods=rows), name="level")


def silenced(model: fc.Forecaster) -> fc.Forecaster:
    """Set the weights of the head to zero."""
    learned = model.learned()
    members = []
    for member in learned.members:
        flat = Parameters(
            {name: array.shape for name, array in member.parameters.items()},
            member.parameters.flat.copy(),
        )
        flat["head/kernel"][:] = 0
        flat["head/bias"][:] = 0
        members.append(member._replace(parameters=flat))
    model.fitted_ = learned._replace(members=tuple(members))
    return model


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("strategy", ["direct", "recursive"])
def test_nothing_said_is_the_naive_forecast(transform: str, strategy: str) -> None:
    y = series()
    model = fc.Forecaster(transform=transform, strategy=strategy, **SMALL).fit(y)
    frame = silenced(model).predict(5)
    np.testing.assert_allclose(frame["GRU"], y.iloc[-1], rtol=1e-12)
    rows, origins = prepare_panel(y), np.arange(20, 90)
    ahead = model.forecast_from(rows, origins, 5)
    np.testing.assert_allclose(ahead, np.repeat(y.to_numpy()[origins, None], 5, axis=1), rtol=1e-12)


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("scaling", ["standard", "minmax", "none"])
def test_other_scalings_start_from_their_shift(transform: str, scaling: str) -> None:
    y = series()
    model = silenced(fc.Forecaster(transform=transform, scaling=scaling, **SMALL).fit(y))
    train = y.to_numpy()[: model.learned().parts.train.stop]
    levels = np.log(train) if transform.startswith("log") else train
    shift = {"standard": levels.mean(), "minmax": levels.min(), "none": 0.0}[scaling]
    by_change = transform in ("difference", "log_return")
    expected = y.iloc[-1] if by_change else np.exp(shift) if transform == "log" else shift
    np.testing.assert_allclose(model.predict()["GRU"], expected, rtol=1e-9)


@pytest.mark.parametrize("kind", ["additive", "multiplicative"])
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_nothing_said_with_a_season_repeats_the_season(kind: str, transform: str) -> None:
    y = series()
    model = fc.Forecaster(transform=transform, seasonal_adjustment=kind, **SMALL).fit(y)
    model = silenced(model)
    season = model.learned().recipe.seasons.one(0)
    factors = np.resize(season.factors, 130)
    for data, last in ((None, 99), (y.iloc[:99].shift(8, freq="D"), 106)):
        frame = model.predict(9, data=data)
        value = y.iloc[-1] if data is None else data.iloc[-1]
        if kind == "additive":
            expected = value - factors[last] + factors[last + 1 : last + 10]
        else:
            expected = value / factors[last] * factors[last + 1 : last + 10]
        np.testing.assert_allclose(frame["GRU"], expected, rtol=1e-9)


def test_each_series_of_a_panel_has_a_season_of_its_own() -> None:
    y = series()
    turned = y.iloc[::-1].set_axis(y.index + pd.Timedelta(days=3))
    long = pd.concat(
        pd.DataFrame({"unique_id": k, "ds": one.index, "y": one.to_numpy()})
        for k, one in enumerate((y, turned, y.iloc[:10]))
    )
    given = {"seasonal_adjustment": "additive", **SMALL}
    together = silenced(fc.Forecaster(**given).fit(long)).predict(8)
    for k, one in enumerate((y, turned)):
        alone = silenced(fc.Forecaster(**given).fit(one)).predict(8)
        found = together[together["unique_id"] == k]
        np.testing.assert_allclose(found["GRU"], alone["GRU"], rtol=1e-9)
        assert found["ds"].tolist() == alone["ds"].tolist()
    short = together[together["unique_id"] == 2]["GRU"]  # no two seasons: nothing is taken out
    np.testing.assert_allclose(short, y.iloc[9], rtol=1e-12)


@pytest.mark.parametrize("transform", ["log", "log_return"])
@pytest.mark.parametrize("loss", ["mse", "quantile", "student_t"])
def test_intervals_of_logarithms_are_above_0_and_in_order(transform: str, loss: str) -> None:
    y = np.exp(0.8 * np.random.default_rng(1).normal(size=160).cumsum())
    frame = fc.Forecaster(transform=transform, loss=loss, **SMALL).fit(y).predict(level=(50, 80))
    columns = ["GRU-lo-80", "GRU-lo-50", "GRU", "GRU-hi-50", "GRU-hi-80"]
    ends = frame[columns].to_numpy()
    assert (ends > 0).all()
    assert (np.diff(ends, axis=1) >= 0).all()
    if loss == "mse":  # alike on both sides of the point, as factors
        np.testing.assert_allclose(ends[:, 2] / ends[:, 1], ends[:, 3] / ends[:, 2], rtol=1e-9)


def test_a_season_is_put_back_on_both_ends_of_an_interval() -> None:
    y = series(200)
    model = fc.Forecaster(seasonal_adjustment="additive", horizon=9, timesteps=6, epochs=1,
                          hidden_units=3, loss="quantile").fit(y)  # fmt: skip
    model = silenced(model)
    frame = model.predict(level=60)
    factors = np.resize(model.learned().recipe.seasons.factors[0], 220)[200:209]
    for name in ("GRU", "GRU-lo-60", "GRU-hi-60"):
        left = frame[name] - factors
        assert abs(left.iloc[0] - left.iloc[7]) < 6 * y.diff().std()
    np.testing.assert_allclose(frame["GRU"] - factors, (frame["GRU"] - factors).iloc[0], rtol=1e-9)


@pytest.mark.parametrize("until", range(80, 88))
def test_a_season_taken_out_of_rows_ahead_leaves_no_logarithm_behind(until: int) -> None:
    """Rows ahead hold the last value: less its factor it may fall below 0, and nobody reads it."""
    t = np.arange(100)
    y = pd.Series(20 + 18 * np.sin(2 * np.pi * t / 7), pd.date_range("2024-01-01", periods=100))
    y += np.random.default_rng(0).normal(size=100) * 0.1
    given = {"transform": "log", "seasonal_adjustment": "additive", **SMALL}
    model = fc.Forecaster(**given).fit(y.iloc[:until])
    frame = model.predict(10)
    assert np.isfinite(frame["GRU"]).all()
    np.testing.assert_allclose(frame["GRU"], y.iloc[until : until + 10], atol=3)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_a_callback_forecasts_after_the_last_row(transform: str) -> None:
    y, ahead = series(), []
    given = {"transform": transform, "calendar": ["weekday"], "seasonal_adjustment": "additive"}
    rows = prepare_panel(y).flat
    model = fc.Forecaster(**given, **SMALL).fit(
        y, on_epoch=lambda p: ahead.append(p.forecast(rows, np.array([50, 99])))
    )
    np.testing.assert_allclose(ahead[-1][1], model.predict()["GRU"], rtol=1e-6)
    earlier = model.forecast_from(rows, np.array([50]), 3)
    np.testing.assert_allclose(ahead[-1][:1], earlier, rtol=1e-6)


def test_a_callback_forecasts_every_series_of_a_panel() -> None:
    y, ahead = series(), []
    long = pd.concat(
        pd.DataFrame({"unique_id": k, "ds": y.index, "y": (k + 1) * y.to_numpy()}) for k in (0, 1)
    )
    panel = prepare_panel(long)
    model = fc.Forecaster(seasonal_adjustment="additive", **SMALL).fit(
        long, on_epoch=lambda p: ahead.append(p.forecast(panel, panel.ends))
    )
    np.testing.assert_allclose(ahead[-1].ravel(), model.predict()["GRU"], rtol=1e-6)
