"""A backtest that forecasts all windows together, and a loop that forecasts one after another."""

import numpy as np
import pandas as pd
import pytest

import forecast as fc

ROWS, WINDOWS, HORIZON, STEP = 160, 12, 3, 2
SMALL = {"timesteps": 8, "hidden_units": 4, "horizon": HORIZON, "epochs": 2}
SETTINGS = {
    "plain": {},
    "recursive": {"strategy": "recursive"},
    "changes": {"transform": "log_return", "scaling": "standard"},
    "season": {"seasonal_adjustment": "additive"},
    "calendar": {"calendar": ("hour",)},
    "seeds": {"seeds": 2},
    "quantiles": {"loss": "quantile"},
}


def hourly(level: float = 50.0, seed: int = 0) -> pd.Series:
    rows = np.arange(ROWS)
    noise = np.random.default_rng(seed).normal(size=ROWS).cumsum()
    index = pd.date_range("2024-01-01", periods=ROWS, freq="h")
    return pd.Series(level + 5 * np.sin(rows * 2 * np.pi / 24) + 0.3 * noise, index)


def long(series: dict[str, pd.Series]) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"unique_id": name, "ds": y.index, "y": y.to_numpy()})
        for name, y in series.items()
    ]
    return pd.concat(parts, ignore_index=True)


def stops() -> list[int]:
    """How many rows are known at each cut-off."""
    last = ROWS - HORIZON
    return list(range(last - (WINDOWS - 1) * STEP, last + 1, STEP))


def batched(model: fc.Forecaster, y: pd.Series | pd.DataFrame) -> pd.DataFrame:
    return fc.backtest(
        {"GRU": model}, y, horizon=HORIZON, n_windows=WINDOWS, step_size=STEP, level=80,
        fitted=True, baselines=False,
    ).forecasts  # fmt: skip


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_equals_a_loop_over_the_windows(settings: dict[str, object]) -> None:
    y = hourly()
    model = fc.Forecaster("gru", **SMALL, **settings).fit(y.iloc[: stops()[0]])
    together = batched(model, y)

    columns = ["GRU", "GRU-lo-80", "GRU-hi-80"]
    alone = [model.predict(level=80, data=y.iloc[:stop]) for stop in stops()]
    expected = pd.concat(alone, ignore_index=True)
    assert together["ds"].tolist() == expected["ds"].tolist()
    apart = np.abs(together[columns].to_numpy() - expected[columns].to_numpy()).max()
    assert apart <= 1e-6 * y.std()


def test_equals_a_loop_over_the_windows_of_many_series() -> None:
    series = {"a": hourly(), "b": hourly(level=900.0, seed=1)}
    known = {name: y.iloc[: stops()[0]] for name, y in series.items()}
    model = fc.Forecaster("gru", **SMALL).fit(long(known))
    together = batched(model, long(series)).set_index(["unique_id", "cutoff", "ds"])["GRU"]

    for stop in stops():
        rows = {name: y.iloc[:stop] for name, y in series.items()}
        for one, cutoff, ds, expected in (
            (told.unique_id, rows[told.unique_id].index[-1], told.ds, told.GRU)
            for told in model.predict(data=long(rows)).itertuples()
        ):
            apart = abs(together[one, cutoff, ds] - expected)
            assert apart <= 1e-6 * series[one].std()
