"""Rolling-origin backtests: where they cut, what they fit, what they score."""

import json
import threading
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast import metrics
from forecast.errors import (
    CancelledError,
    DataError,
    NotFittedError,
    SettingError,
    TooFewRowsError,
)

SMALL = {"timesteps": 6, "hidden_units": 4, "epochs": 2}
BASELINES = ["Naive", "SeasonalNaive", "Drift", "Mean"]


def series(rows: int = 150, seed: int = 1) -> pd.Series:
    t = np.arange(rows)
    noise = np.random.default_rng(seed).normal(size=rows)
    values = 20 + 4 * np.sin(2 * np.pi * t / 7) + noise
    return pd.Series(values, pd.date_range("2024-01-01", periods=rows, freq="D"), name="level")


def panel(count: int = 3) -> pd.DataFrame:
    frames = [
        pd.DataFrame({"unique_id": f"s{k}", "ds": one.index, "y": 10.0**k * one.to_numpy()})
        for k, one in ((k, series(100 + 10 * k, k)) for k in range(count))
    ]
    return pd.concat(frames, ignore_index=True)


class Recorder(fc.Naive):
    """A naive forecast that remembers the rows of its fits; a clone remembers with it."""

    label = "Recorder"
    parameter_count = 1

    def __init__(self) -> None:
        self.seen: list[tuple[object, object, int]] = []

    def fit(self, y: object) -> "Recorder":
        super().fit(y)
        assert self.panel_ is not None
        index = self.panel_.flat.index
        self.seen.append((index[0], index[-1], len(index)))
        return self


@pytest.fixture(scope="module")
def result() -> fc.Backtest:
    model = fc.Forecaster("gru", horizon=3, **SMALL)
    return fc.backtest({"GRU": model}, series(), horizon=3, n_windows=6, step_size=2)


def test_windows_end_with_the_series_and_start_a_step_apart(result: fc.Backtest) -> None:
    y = series()
    cutoffs = result.forecasts["cutoff"].drop_duplicates().tolist()
    assert cutoffs == [y.index[k] for k in range(150 - 4 - 10, 150 - 3, 2)]
    assert result.forecasts["ds"].max() == y.index[-1]
    assert result.forecasts["step"].tolist() == [1, 2, 3] * 6
    np.testing.assert_array_equal(result.forecasts["y"], y.loc[result.forecasts["ds"]])
    np.testing.assert_array_equal(result.forecasts["Naive"], y.loc[result.forecasts["cutoff"]])


def test_the_table_holds_the_scores_of_the_forecasts(result: fc.Backtest) -> None:
    frame, y = result.forecasts, series().to_numpy()
    before = y[: 150 - 3 - 10]
    assert result.table["model"].tolist() == ["GRU", *BASELINES]
    for row in result.table.itertuples():
        forecast, came = frame[row.model].to_numpy(), frame["y"].to_numpy()
        assert row.mae == pytest.approx(metrics.mae(came, forecast))
        assert row.rmse == pytest.approx(metrics.rmse(came, forecast))
        assert row.smape == pytest.approx(metrics.smape(came, forecast))
        assert row.mase == pytest.approx(metrics.mase(came, forecast, before, 7))
        lower, upper = frame[f"{row.model}-lo-80"], frame[f"{row.model}-hi-80"]
        inside = metrics.coverage(came, lower.to_numpy(), upper.to_numpy())
        assert row._12 == pytest.approx(inside)  # coverage-80
    naive = result.table.set_index("model")["mae"]["Naive"]
    skills = result.table.set_index("model")["skill"]
    assert skills["GRU"] == pytest.approx(100 * (1 - result.table["mae"][0] / naive))


def test_scores_by_step_and_cutoff_are_those_of_their_rows(result: fc.Backtest) -> None:
    frame = result.forecasts.assign(error=lambda f: (f["y"] - f["GRU"]).abs())
    for name, table in (("step", result.by_step), ("cutoff", result.by_cutoff)):
        mine = table[table["model"] == "GRU"].set_index(name)["mae"]
        expected = frame.groupby(name)["error"].mean()
        np.testing.assert_allclose(mine.loc[expected.index], expected)


def test_a_window_is_what_the_model_alone_would_have_forecast(result: fc.Backtest) -> None:
    y = series()
    first = result.forecasts["cutoff"].iloc[0]
    alone = fc.Forecaster("gru", horizon=3, **SMALL).fit(y.loc[:first])
    for cutoff, rows in result.forecasts.groupby("cutoff"):
        expected = alone.predict(data=y.loc[:cutoff], level=80)
        for column in ("GRU", "GRU-lo-80", "GRU-hi-80"):
            np.testing.assert_allclose(rows[column], expected[column], rtol=1e-6)


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({}, [(0, 145)]),
        ({"refit": True}, [(0, 145), (0, 146), (0, 147), (0, 148), (0, 149)]),
        ({"refit": 2}, [(0, 145), (0, 147), (0, 149)]),
        ({"refit": 2, "window": "sliding"}, [(0, 145), (2, 147), (4, 149)]),
        ({"refit": 3, "window": "sliding", "train_size": 30}, [(115, 145), (118, 148)]),
    ],
)
def test_fits_read_the_rows_before_their_first_cutoff(
    given: dict[str, object], fits: list[tuple[int, int]]
) -> None:
    y, model = series(), Recorder()
    result = fc.backtest(model, y, n_windows=5, **given)
    expected = [(y.index[a], y.index[b - 1], b - a) for a, b in fits]
    assert model.seen == expected
    windows = result.windows
    assert windows.loc[windows["fitted"], "train_last"].tolist() == [end for _, end, _ in expected]
    assert (windows["train_last"] <= windows["cutoff"]).all()
    assert (windows["first"] > windows["cutoff"]).all()


def test_the_models_handed_in_stay_as_they_are() -> None:
    model = fc.Forecaster("gru", **SMALL)
    fc.backtest(model, series(), n_windows=3)
    assert model.fitted_ is None


def test_fitted_weights_are_used_and_must_not_have_seen_the_windows() -> None:
    y = series()
    model = fc.Forecaster("gru", **SMALL).fit(y.iloc[:140])
    weights = model.learned()
    result = fc.backtest(model, y, n_windows=10, fitted=True)
    assert model.learned() is weights
    assert result.table["seconds"][0] == weights.seconds
    assert set(result.windows["train_last"]) == {y.index[139]}
    assert not result.windows["fitted"].any()
    with pytest.raises(SettingError, match=r"GRU was fitted on rows up to 2024-05-19 .* has seen"):
        fc.backtest(model, y, n_windows=11, fitted=True)
    with pytest.raises(NotFittedError):
        fc.backtest(fc.Forecaster("gru", **SMALL), y, fitted=True)


def test_a_panel_is_cut_series_by_series() -> None:
    model = fc.Forecaster("gru", horizon=2, **SMALL)
    result = fc.backtest(model, panel(), horizon=2, n_windows=4)
    frame = result.forecasts
    assert frame["unique_id"].unique().tolist() == ["s0", "s1", "s2"]
    assert frame.groupby("unique_id").size().tolist() == [8, 8, 8]
    for one, rows in frame.groupby("unique_id"):
        y = panel()[lambda f, one=one: f["unique_id"] == one].set_index("ds")["y"]
        assert rows["ds"].max() == y.index[-1]
        np.testing.assert_array_equal(rows["Naive"], y.loc[rows["cutoff"]])
    # The scale of a series does not weigh in the skill: it is that of scaled errors.
    table = result.table.set_index("model")
    expected = 100 * (1 - table["mase"]["GRU"] / table["mase"]["Naive"])
    assert table["skill"]["GRU"] == pytest.approx(expected)
    assert result.by_cutoff["cutoff"].unique().tolist() == [1, 2, 3, 4]  # ends differ


def test_a_panel_of_one_scores_as_its_series() -> None:
    y = series()
    long = pd.DataFrame({"unique_id": "a", "ds": y.index, "y": y.to_numpy()})
    model = fc.Forecaster("gru", **SMALL)
    one, many = (fc.backtest(model, rows, n_windows=8) for rows in (y, long))
    names = ["mae", "rmse", "mase", "skill", "coverage-80", "crps"]
    pd.testing.assert_frame_equal(one.table[names], many.table[names])


def test_intervals_are_those_asked_for() -> None:
    model = fc.Forecaster("gru", **SMALL)
    given = fc.backtest(model, series(), n_windows=4, level=(50, 70))
    assert given.settings["level"] == [50.0, 70.0]
    assert {"GRU-lo-50", "GRU-hi-70", "Naive-lo-50"} <= set(given.forecasts)
    with pytest.raises(SettingError, match="`level` 99 needs at least 99 calibration windows"):
        fc.backtest(model, series(), n_windows=4, level=99)
    usual = fc.backtest(model, series(60), n_windows=4)  # 8 calibration rows: 80 %, and no 95 %
    assert usual.settings["level"] == [80.0]
    assert usual.table["crps"].isna().all()


def test_covariates_known_ahead_are_read_at_every_cutoff() -> None:
    y = series()  # what is known ahead is the value itself
    frame = pd.DataFrame({"y": y, "told": y, "noise": np.sin(np.arange(150.0))})
    given = {**SMALL, "epochs": 100, "hidden_units": 16, "learning_rate": 0.01}
    told = fc.Forecaster("gru", scaling="standard", future_covariates=["told"], **given)
    blind = fc.Forecaster("gru", scaling="standard", past_covariates=["noise"], **given)
    result = fc.backtest({"told": told, "blind": blind}, frame, n_windows=30)
    errors = result.table.set_index("model")["mae"]
    assert errors["told"] < 0.5 * errors["blind"]


def test_rows_that_were_filled_are_not_scored() -> None:
    y = series()
    y.iloc[[-2, -5]] = np.nan
    result = fc.backtest(fc.Naive(), y, n_windows=10)
    assert result.forecasts["y"].isna().sum() == 2
    assert np.isfinite(result.table["mae"]).all()
    gone = series()
    gone.iloc[-3:] = np.nan
    with pytest.raises(DataError, match="No row of the windows was observed"):
        fc.backtest(fc.Naive(), gone, n_windows=3)


def test_plain_values_survive_json(result: fc.Backtest) -> None:
    told = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert list(told) == [
        *["data", "settings", "models", "by_step", "by_cutoff", "findings", "verdict"]
    ]
    assert told["settings"]["models"]["GRU"]["hidden_units"] == 4
    assert told["by_cutoff"][0]["cutoff"].startswith("2024-05-16")


@pytest.mark.parametrize(
    ("draw", "title"),
    [
        (lambda r: r.plot_windows(), "window"),
        (lambda r: r.plot_errors(), "cut-off"),
        (lambda r: r.plot_errors("rmse", by="step"), "step"),
        (lambda r: r.plot_coverage(), "coverage"),
        (lambda r: r.plot_residuals("GRU", step=2), "GRU"),
    ],
)
def test_figures_are_drawn(
    result: fc.Backtest, draw: Callable[[fc.Backtest], object], title: str
) -> None:
    assert title.lower() in json.dumps(draw(result).to_plotly_json(), default=str).lower()


@pytest.mark.parametrize(
    ("models", "given", "error", "said"),
    [
        (fc.Naive(), {"horizon": 0}, SettingError, "`horizon`"),
        (fc.Naive(), {"n_windows": 0}, SettingError, "`n_windows`"),
        (fc.Naive(), {"step_size": -1}, SettingError, "`step_size`"),
        (fc.Naive(), {"refit": 0}, SettingError, "`refit`"),
        (fc.Naive(), {"window": "rolling"}, SettingError, "`window` must be one of"),
        (fc.Naive(), {"train_size": 9}, SettingError, "is for window='sliding'"),
        (fc.Naive(), {"n_windows": 150}, TooFewRowsError, "Use fewer windows"),
        ([fc.Naive(), fc.Naive()], {}, SettingError, "need names"),
        ({}, {}, SettingError, "must be at least one"),
        ({"y": fc.Naive()}, {}, SettingError, "must not be called 'y'"),
    ],
)
def test_what_cannot_be_backtested_is_refused(
    models: object, given: dict[str, object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        fc.backtest(models, series(), **given)


def test_a_short_series_of_a_panel_is_named() -> None:
    with pytest.raises(TooFewRowsError, match="1 of 3 series, the first 's0', has 100"):
        fc.backtest(fc.Naive(), panel(), n_windows=105)


def test_a_cancelled_backtest_ends() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(CancelledError):
        fc.backtest(fc.Forecaster("gru", **SMALL), series(), cancel=stop)
