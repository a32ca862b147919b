import threading

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.series import prepare
from forecast.errors import DataError, NonFiniteLossError, SettingError, TooFewRowsError
from forecast.nn.optimizers import Optimizer

SMALL = {"timesteps": 8, "hidden_units": 6, "epochs": 3}


def series(rows: int = 120) -> pd.Series:
    t = np.arange(rows)
    values = 20 + 4 * np.sin(2 * np.pi * t / 12) + np.random.default_rng(1).normal(size=rows)
    return pd.Series(values, pd.date_range("2024-01-01", periods=rows, freq="D"), name="level")


def test_the_plan_s_example_runs() -> None:
    frame = fc.Forecaster("gru", timesteps=24, epochs=2).fit(series()).predict(12)
    assert frame.shape == (12, 2)


def test_the_history_is_there() -> None:
    history = fc.Forecaster("gru", **SMALL).fit(series()).history_
    assert history.columns.tolist() == [
        "epoch",
        "loss",
        "val_loss",
        "learning_rate",
        "grad_norm",
        "seconds",
        "clipped",
        "updates",
    ]
    assert history["epoch"].tolist() == [1, 2, 3]
    assert np.isfinite(history).all().all()


def test_beyond_the_horizon_forecasts_are_fed_back_in_blocks() -> None:
    y = series()
    model = fc.Forecaster("gru", horizon=2, **SMALL).fit(y)
    far = model.predict(5)["GRU"].to_numpy()
    block = y.copy()
    for start in (0, 2, 4):
        ahead = model.predict(2, data=block)
        np.testing.assert_allclose(far[start : start + 2], ahead["GRU"][: 5 - start], rtol=1e-6)
        block = pd.concat([block, ahead.set_index("ds")["GRU"]])


def test_the_fitted_horizon_is_the_default() -> None:
    model = fc.Forecaster("lstm", horizon=4, **SMALL).fit(series())
    assert len(model.predict()) == 4
    assert len(model.predict(2)) == 2


def test_a_gap_before_newer_rows_is_filled_forward() -> None:
    y = series()
    model = fc.Forecaster("gru", **SMALL).fit(y.iloc[:100])
    frame = model.predict(1, data=y.iloc[105:])
    filled = y.drop(y.index[100:105])
    pd.testing.assert_frame_equal(frame, model.predict(1, data=filled))
    assert frame["ds"].tolist() == [y.index[-1] + pd.Timedelta(days=1)]


def test_one_newer_row_is_enough() -> None:
    y = series()
    model = fc.Forecaster("gru", **SMALL).fit(y.iloc[:-1])
    assert model.predict(1, data=y.iloc[-1:])["ds"].iloc[0] == y.index[-1] + pd.Timedelta(days=1)


def test_blank_rows_can_be_filled_or_their_windows_dropped() -> None:
    y = series(200)
    y.iloc[50::17] = np.nan
    for gaps in ("fill", "drop"):
        model = fc.Forecaster("gru", gaps=gaps, **SMALL).fit(y)
        assert np.isfinite(model.predict(3)["GRU"]).all()
    y.iloc[-1] = np.nan
    dropping = fc.Forecaster("gru", gaps="drop", **SMALL).fit(y)
    with pytest.raises(DataError, match=r"last 8 rows are blank.*gaps='fill'"):
        dropping.predict(1)


def test_seeds_decide_everything() -> None:
    y = series()
    one, two, other = (
        fc.Forecaster("gru", layers=2, dropout=0.2, seed=seed, **SMALL).fit(y) for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one.predict(3), two.predict(3))
    pd.testing.assert_frame_equal(one.history_.iloc[:, :5], two.history_.iloc[:, :5])
    assert not one.predict(3).equals(other.predict(3))


def test_progress_and_cancelling() -> None:
    stop, heard = threading.Event(), []

    def listen(progress: object) -> None:
        heard.append(progress)
        stop.set()

    model = fc.Forecaster("gru", **SMALL).fit(series(), on_epoch=listen, cancel=stop)
    assert len(heard) == 1
    assert model.fitted_ is not None
    assert model.fitted_.stopped_by == "cancel"
    assert np.isfinite(model.predict(2)["GRU"]).all()


def test_a_callback_can_forecast_with_the_weights_of_its_epoch() -> None:
    y, ahead = series(), []
    rows = prepare(y)
    given = {**SMALL, "patience": None}
    model = fc.Forecaster("gru", **given).fit(
        y, on_epoch=lambda p: ahead.append(p.forecast(rows, np.array([len(y) - 1])))
    )
    assert len(ahead) == 3
    np.testing.assert_array_equal(ahead[-1][0], model.predict()["GRU"])
    assert not np.array_equal(ahead[0], ahead[1])


def test_a_failed_fit_keeps_what_was_fitted_before() -> None:
    y = series()
    model = fc.Forecaster("simple_rnn", scaling="none", learning_rate=1e30, **SMALL)
    with pytest.raises(NonFiniteLossError):
        model.fit(y * 1e30)
    assert model.fitted_ is None


@pytest.mark.parametrize("scaling", ["window", "standard", "minmax", "none"])
@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_every_scaling_and_loss_fits(scaling: str, loss: str) -> None:
    model = fc.Forecaster("gru", scaling=scaling, loss=loss, **SMALL).fit(series())
    assert np.isfinite(model.predict(3)["GRU"]).all()


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_the_unit_of_the_series_does_not_matter(scale: float) -> None:
    y = series()
    plain = fc.Forecaster("gru", **SMALL).fit(y).predict(3)["GRU"]
    other = fc.Forecaster("gru", **SMALL).fit(scale * y + 7 * scale).predict(3)["GRU"]
    np.testing.assert_allclose(other, scale * plain + 7 * scale, rtol=1e-4)


def test_a_constant_series_is_forecast_as_such() -> None:
    frame = fc.Forecaster("gru", **SMALL).fit(pd.Series(np.full(80, 5.0))).predict(3)
    np.testing.assert_allclose(frame["GRU"], 5.0, atol=0.5)


def test_without_validation_or_calibration_rows_everything_trains() -> None:
    model = fc.Forecaster("gru", validation=0, calibration=0, **SMALL).fit(series())
    assert model.history_["val_loss"].isna().all()
    with pytest.raises(SettingError, match="needs at least 4 calibration windows; there are 0"):
        model.predict(level=80)


def test_too_few_rows_name_what_would_fit() -> None:
    with pytest.raises(TooFewRowsError, match="Use `timesteps` of 27 or fewer"):
        fc.Forecaster("gru", timesteps=60).fit(series(40))
    fc.Forecaster("gru", timesteps=27, hidden_units=4, epochs=1).fit(series(40))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"cell": "transformer"}, "'simple_rnn', 'gru', 'lstm'; got 'transformer'"),
        ({"timesteps": 0}, "`timesteps`"),
        ({"hidden_units": 2.5}, "`hidden_units`"),
        ({"horizon": -1}, "`horizon`"),
        ({"layers": 0}, "`layers`"),
        ({"dropout": 1.0}, "`dropout`"),
        ({"scaling": "robust"}, "`scaling`"),
        ({"gaps": "zero"}, "`gaps`"),
        ({"engine": "cuda"}, "`engine`"),
        ({"dtype": "float16"}, "`dtype`"),
        ({"seed": -1}, "`seed`"),
        ({"activation": "gelu"}, "`activation`"),
        ({"reset_after": 1}, "`reset_after`"),
        ({"validation": 0.6, "calibration": 0.5}, "leave something for training"),
        ({"optimizer": "lion"}, "`optimizer`"),
    ],
)
def test_settings_outside_their_range_are_refused_before_any_work(
    given: dict[str, object], said: str
) -> None:
    with pytest.raises(SettingError, match=said):
        fc.Forecaster(**given)


def test_it_shows_itself_as_the_call_that_makes_it() -> None:
    model = fc.Forecaster("LSTM", timesteps=12, optimizer=Optimizer("sgd", momentum=0.9))
    assert repr(fc.Forecaster()) == "Forecaster('gru')"
    again = eval(repr(model), {"Forecaster": fc.Forecaster, "Optimizer": Optimizer})
    assert again.settings == model.settings
