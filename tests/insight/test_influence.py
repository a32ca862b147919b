"""Influence is the gradient of the network's outputs by its inputs, lag by lag."""

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import DataError, NotFittedError, SettingError, ShapeError, TooFewRowsError
from forecast.insight.influence import influence_of
from forecast.insight.opened import Opened, Wish, opened

EPSILON = 1e-5
WAVE = 10 + np.sin(np.arange(90) / 3) + np.arange(90) % 4


def finite_differences(open_: Opened) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean sizes of central differences, (steps, lags, columns), and norms by lag."""
    inputs, sizes = open_.batch.inputs, []
    for parameters in open_.weights:

        def outputs(x, parameters=parameters):
            mask, beside = open_.batch.mask, open_.batch.beside
            ahead = open_.network.forward(parameters, x, mask=mask, beside=beside)
            return ahead.outputs.reshape(len(x), -1)[:, list(open_.outputs)]

        found = np.empty((len(open_.outputs), *inputs.shape))
        for t in range(inputs.shape[1]):
            for j in range(inputs.shape[2]):
                up, down = inputs.copy(), inputs.copy()
                up[:, t, j] += EPSILON
                down[:, t, j] -= EPSILON
                found[:, :, t, j] = ((outputs(up) - outputs(down)) / (2 * EPSILON)).T
        sizes.append(found[:, :, ::-1])
    every = np.stack(sizes)
    norms = np.sqrt((every**2).sum(axis=-1))
    return np.abs(every).mean(axis=(0, 2)), norms.mean(axis=(0, 2))


def sequential(*layers) -> fc.Sequential:
    model = fc.Sequential(layers, dtype="float64", seed=3)
    generator = np.random.default_rng(0)
    model.set_weights(
        [one + 0.3 * generator.standard_normal(one.shape) for one in model.get_weights()]
    )
    return model


LAYERED = {
    "SimpleRNN": lambda: sequential(fc.SimpleRNN(5, input_shape=(6, 2)), fc.Dense(3)),
    "GRU": lambda: sequential(fc.GRU(5, input_shape=(6, 2)), fc.Dense(3)),
    "GRU, reset before": lambda: sequential(
        fc.GRU(5, reset_after=False, input_shape=(6, 2)), fc.Dense(3)
    ),
    "LSTM": lambda: sequential(fc.LSTM(5, input_shape=(6, 2)), fc.Dense(3)),
    "stacked": lambda: sequential(
        fc.LSTM(4, return_sequences=True, input_shape=(6, 2)), fc.GRU(5), fc.Dense(3)
    ),
    "bidirectional": lambda: sequential(
        fc.Bidirectional(fc.GRU(4), input_shape=(6, 2)), fc.Dense(3)
    ),
    "bidirectional, stacked": lambda: sequential(
        fc.Bidirectional(fc.LSTM(3, return_sequences=True), input_shape=(6, 2)),
        fc.Bidirectional(fc.SimpleRNN(3)),
        fc.Dense(2),
    ),
    "sequences out": lambda: sequential(
        fc.GRU(3, return_sequences=True, input_shape=(6, 2)), fc.TimeDistributed(fc.Dense(2))
    ),
}


@pytest.mark.parametrize("name", LAYERED)
def test_a_model_of_layers_has_the_influence_of_finite_differences(name: str) -> None:
    x = np.random.default_rng(1).standard_normal((3, 6, 2))
    open_ = opened(LAYERED[name](), x, Wish())
    values, norms = finite_differences(open_)
    found = influence_of(open_)
    np.testing.assert_allclose(found.values, values, atol=1e-8)  # asked for: 1e-5
    np.testing.assert_allclose(found.by_lag, norms, atol=1e-8)
    assert found.steps == (12 if name == "sequences out" else len(values))


FORECASTERS = {
    "covariates, two layers": {"layers": 2, "past_covariates": ("wind",)},
    "quantiles": {"loss": "quantile", "quantiles": (0.1, 0.5, 0.9)},
    "student": {"loss": "student_t"},
    "seasonal lags": {"seasonal_lags": (4,), "residual": "seasonal_naive"},
    "dilated": {"layers": 2, "dilations": (1, 3), "residual_links": True},
    "segments": {"segment": 2, "decoder": "parallel", "cell": "lstm"},
    "seeds": {"seeds": 2, "cell": "simple_rnn"},
    "recursive": {"strategy": "recursive"},
    "calendar": {"calendar": ("weekday",), "future_covariates": ("wind",)},
}


@pytest.mark.parametrize("name", FORECASTERS)
def test_a_forecaster_has_the_influence_of_finite_differences(name: str) -> None:
    y = fc.load_sample("seattle_weather", target=None)[["temp_max", "wind"]].iloc[:80]
    if "wind" not in str(FORECASTERS[name]):
        y = y["temp_max"]
    settings = {"cell": "gru", "timesteps": 6, "hidden_units": 4, "horizon": 3, "epochs": 1}
    target = {"target": "temp_max"} if y.ndim > 1 else {}
    model = fc.Forecaster(**{**settings, **FORECASTERS[name], **target}, dtype="float64").fit(y)
    open_ = opened(model, y, Wish(windows=4))
    values, norms = finite_differences(open_)
    found = influence_of(open_)
    np.testing.assert_allclose(found.values, values, atol=1e-8)
    np.testing.assert_allclose(found.by_lag, norms, atol=1e-8)
    assert found.steps == (1 if name == "recursive" else 3)
    assert found.columns[0] == "temp_max"
    assert len(found.columns) == values.shape[2]
    assert (found.beside > 0).all() == (name == "seasonal lags")


def test_the_kernels_and_numpy_agree() -> None:
    model = fc.Forecaster("lstm", timesteps=8, hidden_units=8, horizon=2, epochs=2).fit(WAVE)
    fast = fc.influence(model, WAVE, engine="numba")
    slow = fc.influence(model, WAVE, engine="numpy")
    exact = fc.influence(model, WAVE, dtype="float64")
    np.testing.assert_allclose(fast.values, slow.values, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(slow.values, exact.values, rtol=1e-4, atol=1e-6)


def test_integrated_gradients_add_up_to_what_the_inputs_do() -> None:
    model, x = LAYERED["stacked"](), np.abs(np.random.default_rng(1).standard_normal((1, 6, 2)))
    moved = model.predict(x) - model.predict(np.zeros_like(x))
    one = sequential(fc.LSTM(4, input_shape=(6, 2)), fc.Dense(1))
    for kernel in one.layers:  # what goes up with every input has attributions of one sign
        kernel.set_weights([np.abs(weight) for weight in kernel.get_weights()])
    found = fc.influence(one, x, method="integrated")
    whole = one.predict(x) - one.predict(np.zeros_like(x))
    np.testing.assert_allclose(found.values.sum(), whole[0, 0], rtol=1e-9)
    assert fc.influence(model, x, method="integrated").values.sum() >= np.abs(moved).max() - 1e-9


def test_the_table_says_what_the_arrays_do() -> None:
    model = fc.Forecaster("gru", timesteps=5, hidden_units=3, horizon=2, epochs=1).fit(WAVE)
    found = fc.influence(model, WAVE)
    table = found.table
    assert list(table) == ["step", "lag", "column", "influence", "share"]
    one = table[(table["step"] == 2) & (table["lag"] == 5)]
    assert one["influence"].tolist() == [found.values[1, 4, 0]]
    np.testing.assert_allclose(table.groupby("step")["share"].sum(), 100)
    np.testing.assert_allclose(found.share().sum(), 100)
    np.testing.assert_allclose(found.share(2), 100 * found.by_lag[1] / found.by_lag[1].sum())


def test_a_panel_and_one_series_of_it_can_be_read() -> None:
    rows = [
        {"unique_id": name, "ds": day, "y": float(WAVE[day] * (1 + day % 3) + number)}
        for number, name in enumerate("ab")
        for day in range(40)
    ]
    panel = pd.DataFrame(rows)
    shared = fc.Forecaster("gru", timesteps=5, hidden_units=3, epochs=1).fit(panel)
    assert fc.influence(shared, panel, windows=1000).windows == 2 * (40 - 4)
    stranger = panel[panel["unique_id"] == "a"].assign(unique_id="new")
    assert fc.influence(shared, stranger).windows == 36
    alone = fc.Forecaster("gru", timesteps=5, hidden_units=3, epochs=1, local=True).fit(panel)
    of_a = fc.influence(alone, panel[panel["unique_id"] == "a"]).by_lag
    of_b = fc.influence(alone, panel[panel["unique_id"] == "b"]).by_lag
    assert not np.allclose(of_a, of_b)
    with pytest.raises(DataError, match="a network of its own; got windows of 2 series"):
        fc.influence(alone, panel)


def test_windows_that_nothing_is_asked_of_do_not_count() -> None:
    blank = np.where(np.arange(60) % 10 == 7, WAVE[:60], np.nan)
    model = fc.Forecaster("gru", timesteps=5, hidden_units=3, epochs=1, calibration=0)
    asked = fc.influence(model.fit(blank), blank)
    assert asked.windows == 6  # the five whose next row is known, and that before the unknown one
    assert fc.gradient_flow(model, blank).windows == 5


def test_what_cannot_be_measured_says_why() -> None:
    model = fc.Forecaster("gru", timesteps=5, hidden_units=3, epochs=1)
    with pytest.raises(NotFittedError):
        fc.influence(model, WAVE)
    model.fit(WAVE)
    assert fc.influence(model).windows == 1  # the rows that it keeps
    with pytest.raises(SettingError, match="`method`"):
        fc.influence(model, WAVE, method="guess")
    with pytest.raises(SettingError, match="`windows`"):
        fc.influence(model, WAVE, windows=0)
    with pytest.raises(SettingError, match="float32"):
        fc.influence(model, WAVE, dtype="float64", engine="numba")
    with pytest.raises(SettingError, match="got a Naive"):
        fc.influence(fc.Naive().fit(WAVE), WAVE)
    with pytest.raises(SettingError, match="`step`"):
        fc.influence(model, WAVE).share(2)
    with pytest.raises(TooFewRowsError, match="5 rows; there are 3"):
        fc.influence(model, WAVE[:3])
    layered = LAYERED["GRU"]()
    with pytest.raises(SettingError, match="Pass some examples"):
        fc.influence(layered)
    with pytest.raises(ShapeError):
        fc.influence(layered, np.zeros((2, 6, 5)))
    with pytest.raises(SettingError, match="no recurrent layer"):
        fc.influence(fc.Sequential([fc.Dense(1, input_shape=(3,))]), np.zeros((2, 3)))


def test_padded_steps_stay_padded_on_the_way_from_zero() -> None:
    x = np.random.default_rng(1).standard_normal((3, 6, 2))
    x[:, :3] = -1
    masked = sequential(fc.Masking(-1.0, input_shape=(6, 2)), fc.GRU(4), fc.Dense(2))
    plain = sequential(fc.GRU(4, input_shape=(3, 2)), fc.Dense(2))
    plain.set_weights(masked.get_weights())
    for method in ("gradient", "integrated"):
        found = fc.influence(masked, x, method=method).values
        assert not found[:, 3:].any()
        alone = fc.influence(plain, x[:, 3:], method=method).values
        np.testing.assert_allclose(found[:, :3], alone, rtol=1e-12)


def test_integrals_are_taken_some_windows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = LAYERED["stacked"](), np.random.default_rng(1).standard_normal((7, 6, 2))
    whole = fc.influence(model, x, method="integrated")
    monkeypatch.setattr("forecast.insight.influence.AT_ONCE", 3 * 2 * x[0].nbytes)
    parts = fc.influence(model, x, method="integrated")
    np.testing.assert_allclose(parts.values, whole.values, rtol=1e-12)
    np.testing.assert_allclose(parts.by_lag, whole.by_lag, rtol=1e-12)


def test_rows_to_forecast_whose_covariates_are_known_make_the_newest_window() -> None:
    rows = fc.load_sample("seattle_weather", target=None)[["temp_max", "wind"]].iloc[:60]
    model = fc.Forecaster(
        "gru", timesteps=6, hidden_units=3, horizon=2, epochs=1, target="temp_max",
        future_covariates=("wind",),
    ).fit(rows)  # fmt: skip
    rows.iloc[-2:, 0] = np.nan
    assert fc.hidden_states(model, rows).ds[-1] == rows.index[-3]
