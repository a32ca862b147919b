"""What goes from the settings into the fit, and from the series into the training."""

from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.panel import panel_of
from forecast.data.series import TimeSeries, prepare
from forecast.data.windows import windows_in
from forecast.errors import TooFewRowsError
from forecast.models.examples import WindowExamples
from forecast.models.reading import Reading
from forecast.nn.losses import loss_and_gradient
from forecast.training.passes import evaluate

SMALL = {"timesteps": 6, "hidden_units": 4, "epochs": 3}


def walk(rows: int = 150, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=rows).cumsum()


def read(model: fc.Forecaster, y: np.ndarray) -> Reading:
    return Reading(model.settings, model.learned().recipe, panel_of(prepare(y)))


def blanked(values: np.ndarray, rows: list[int], by: float) -> TimeSeries:
    """Return a series in which some rows are marked as filled, and hold any value."""
    series = prepare(values)
    observed = series.observed.copy()
    observed[rows] = False
    filled = series.values.copy()
    filled[rows] += by
    return replace(series, values=filled, observed=observed)


def test_filled_targets_train_nothing() -> None:
    """Filled rows that no window reads as inputs: whatever stands there, the weights are equal."""
    rows = [105]  # the last training row is a target and never an input of training windows
    settings = {**SMALL, "patience": None, "scaling": "none", "horizon": 2}
    one, two = (
        fc.Forecaster("gru", **settings).fit(blanked(walk(), rows, by)).learned()
        for by in (0.0, 50.0)
    )
    assert one.parts.train.stop == 106
    np.testing.assert_array_equal(one.parameters.flat, two.parameters.flat)


def test_filled_rows_teach_no_scaler() -> None:
    rows = list(range(30, 45))
    for scaling in ("standard", "minmax"):
        one, two = (
            fc.Forecaster("gru", scaling=scaling, **SMALL).fit(blanked(walk(), rows, by)).learned()
            for by in (0.0, 900.0)
        )
        assert one.scaler == two.scaler


def test_filled_targets_measure_no_interval() -> None:
    rows = [140]
    model = fc.Forecaster("gru", **SMALL).fit(blanked(walk(), rows, 1e6))
    scores = model.learned().scores
    assert np.nanmax(scores) < 1e3
    assert len(scores) == len(model.learned().parts.calibration) - 1


def test_the_window_scaler_looks_at_windows_from_the_whole_training_part() -> None:
    values = np.concatenate((0.01 * walk(4500), walk(2500)))
    early = fc.Forecaster("gru", timesteps=6, hidden_units=2, epochs=1).fit(values[:4500])
    whole = fc.Forecaster("gru", timesteps=6, hidden_units=2, epochs=1, validation=0,
                          calibration=0).fit(values)  # fmt: skip
    spreads = np.lib.stride_tricks.sliding_window_view(values[:-1], 6).std(axis=1)
    assert early.learned().scaler.spread < 0.01
    assert whole.learned().scaler.spread == pytest.approx(0.1 * np.median(spreads), rel=0.05)


def test_dropout_reaches_training_and_only_training() -> None:
    y = walk()
    given = {**SMALL, "layers": 2, "patience": None}
    plain, noisy = (fc.Forecaster("gru", dropout=d, **given).fit(y) for d in (0.0, 0.5))
    assert not plain.history_["loss"].equals(noisy.history_["loss"])
    learned = noisy.learned()
    settings = noisy.settings
    windows = windows_in(prepare(y), learned.parts.validation, timesteps=6, horizon=1)
    examples = WindowExamples(read(noisy, y), windows, np.dtype("float32"))
    again = evaluate(settings.network(), learned.parameters, examples, "mse")
    # `again` is NumPy's sum of float32 outputs, the history the kernels'.
    assert again == pytest.approx(noisy.history_["val_loss"].iloc[-1], rel=1e-6)


def test_the_validation_loss_weighs_observed_targets_alike() -> None:
    y = walk(400)
    y[300:315:2] = np.nan
    model = fc.Forecaster("gru", horizon=4, **{**SMALL, "patience": None}).fit(y)
    learned = model.learned()
    windows = windows_in(prepare(y), learned.parts.validation, timesteps=6, horizon=4)
    assert not windows.observed().all()
    batch = WindowExamples(read(model, y), windows, np.dtype("float32")).batch(
        np.arange(len(windows))
    )
    outputs = model.settings.network().forward(learned.parameters, batch.inputs).outputs
    by_hand, _ = loss_and_gradient("mse", outputs, batch.targets, batch.observed)
    assert model.history_["val_loss"].iloc[-1] == pytest.approx(by_hand, rel=1e-6)


def test_intervals_breathe_with_the_window_and_with_the_unit() -> None:
    y = walk(300)
    model, doubled = (fc.Forecaster("gru", **SMALL).fit(series) for series in (y, 2 * y))

    def width(fitted: fc.Forecaster, data: np.ndarray | None = None) -> float:
        newer = None if data is None else pd.Series(data, range(300, 300 + len(data)))
        frame = fitted.predict(level=80, data=newer)
        return float(frame["GRU-hi-80"][0] - frame["GRU-lo-80"][0])

    assert width(doubled) == pytest.approx(2 * width(model), rel=1e-3)
    calm = y[-1] + np.tile([0.5, -0.5], 6)
    assert width(model, 10 * calm) == pytest.approx(10 * width(model, calm), rel=1e-6)


def test_calibration_scores_are_errors_over_spreads() -> None:
    y = walk(300)
    model = fc.Forecaster("gru", **SMALL).fit(y)
    learned = model.learned()
    windows = windows_in(prepare(y), learned.parts.calibration, timesteps=6, horizon=1)
    inputs = windows.inputs()
    ahead = model.forecast_from(prepare(y), windows.origins, 1)
    spread = np.maximum(inputs.std(axis=1, keepdims=True), learned.scaler.spread)
    expected = np.abs(windows.targets() - ahead) / spread
    np.testing.assert_allclose(
        learned.scores, expected, rtol=1e-4, atol=1e-5
    )  # NumPy against Numba


def test_the_seed_draws_weights_and_order_apart() -> None:
    y = walk()
    given = {**SMALL, "epochs": 1, "patience": None}
    losses = {seed: fc.Forecaster("gru", seed=seed, **given).fit(y).history_ for seed in (0, 1)}
    assert losses[0]["loss"][0] != losses[1]["loss"][0]


@pytest.mark.parametrize(
    "given",
    [
        {"timesteps": np.int64(6), "horizon": np.uint8(2), "hidden_units": np.int32(4)},
        {"learning_rate": np.float32(0.001), "dropout": np.float64(0.1), "layers": np.int64(2)},
        {"patience": np.int64(3), "clip_norm": np.float32(1), "seed": np.int64(5)},
        {"validation": np.float32(0.2), "batch_size": np.int16(16), "epochs": np.int64(2)},
    ],
)
def test_settings_of_numpy_can_be_saved(given: dict[str, object], tmp_path: Path) -> None:
    model = fc.Forecaster("gru", **{**SMALL, **given}).fit(walk())
    model.save(tmp_path / "m")
    assert fc.Forecaster.load(tmp_path / "m").settings == model.settings


@pytest.mark.parametrize(
    "zone", [timezone(timedelta(hours=2), "CEST"), timezone(timedelta(hours=-3, minutes=-30))]
)
def test_zones_without_a_name_can_be_saved(zone: timezone, tmp_path: Path) -> None:
    index = pd.date_range("2024-01-01", periods=90, freq="h", tz=zone)
    model = fc.Forecaster("gru", **SMALL).fit(pd.Series(walk(90), index))
    model.save(tmp_path / "m")
    again = fc.Forecaster.load(tmp_path / "m").predict(3)
    assert again["ds"].tolist() == model.predict(3)["ds"].tolist()
    assert again["GRU"].equals(model.predict(3)["GRU"])


def test_what_was_filled_is_known_after_loading(tmp_path: Path) -> None:
    y = walk()
    y[-1] = np.nan
    fc.Forecaster("gru", **SMALL).fit(y).save(tmp_path / "m")
    again = fc.Forecaster.load(tmp_path / "m").learned()
    assert again.tail.flat.observed.tolist() == [True] * 5 + [False]


def test_too_few_newer_business_days_are_refused() -> None:
    days = pd.bdate_range("2024-01-01", periods=120)
    model = fc.Forecaster("gru", **SMALL).fit(pd.Series(walk(120), days))
    sparse = pd.Series([1.0, 2.0], index=[days[-20], days[-1] + pd.offsets.BDay(5)])
    with pytest.raises(TooFewRowsError, match=r"needs the last 6 rows .*there are 2"):
        model.predict(data=sparse)
