"""The future never reaches what is fitted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forecast as fc
from forecast.data.series import prepare
from forecast.models.fitting import Fitted

ROWS = 160
SMALL = {"timesteps": 6, "hidden_units": 4, "epochs": 3, "batch_size": 16}
SCALINGS = st.sampled_from(["window", "standard", "minmax", "none"])
CELLS = st.sampled_from(["simple_rnn", "gru", "lstm"])


def series(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=ROWS).cumsum()


def learned(model: fc.Forecaster) -> Fitted:
    assert model.fitted_ is not None
    return model.fitted_


def same(one: Fitted, two: Fitted) -> bool:
    """Whether two fits learned the same, to the bit; seconds aside."""
    return (
        np.array_equal(one.parameters.flat, two.parameters.flat)
        and one.scaler == two.scaler
        and one.best_epoch == two.best_epoch
        and np.array_equal(one.scores, two.scores, equal_nan=True)
        and one.history.drop(columns="seconds").equals(two.history.drop(columns="seconds"))
    )


@settings(max_examples=15, deadline=None)
@given(CELLS, SCALINGS, st.integers(1, 3), st.floats(-1e3, 1e3), st.booleans())
def test_changing_test_rows_changes_no_bit_of_anything_fitted(
    cell: str, scaling: str, horizon: int, by: float, blank: bool
) -> None:
    values = series()
    first = fc.compare(values, cells=[cell], horizon=horizon, scaling=scaling, **SMALL)
    test = first.data["parts"]["test"]["rows"]
    changed = values.copy()
    changed[-test:] += by
    if blank:
        changed[-test + 5 : -test + 9] = np.nan
    second = fc.compare(changed, cells=[cell], horizon=horizon, scaling=scaling, **SMALL)
    label = first.table["model"][0]
    one, two = first.models[label], second.models[label]
    assert isinstance(one, fc.Forecaster)
    assert isinstance(two, fc.Forecaster)
    assert same(learned(one), learned(two))


@settings(max_examples=15, deadline=None)
@given(CELLS, SCALINGS, st.floats(-1e3, 1e3), st.sampled_from(["constant", "cosine"]))
def test_changing_validation_rows_changes_no_scaler_and_no_weight(
    cell: str, scaling: str, by: float, schedule: str
) -> None:
    """At a fixed number of epochs; with patience they choose the epoch, and only that."""
    values = series()
    given = {"scaling": scaling, "schedule": schedule, "patience": None, **SMALL}
    first = learned(fc.Forecaster(cell, **given).fit(values))
    changed = values.copy()
    changed[first.parts.validation.start : first.parts.validation.stop] += by
    second = learned(fc.Forecaster(cell, **given).fit(changed))
    assert first.scaler == second.scaler
    np.testing.assert_array_equal(first.parameters.flat, second.parameters.flat)
    assert first.history["loss"].equals(second.history["loss"])


def test_validation_rows_do_choose_the_epoch() -> None:
    values = series()
    changed = values.copy()
    changed[112:136] = 50 * np.sin(np.arange(24) * 2)
    given = {**SMALL, "epochs": 30, "patience": 2, "learning_rate": 0.02}
    epochs = [learned(fc.Forecaster("gru", **given).fit(v)).best_epoch for v in (values, changed)]
    assert epochs[0] != epochs[1]


def test_calibration_rows_change_the_scores_only() -> None:
    values = series()
    changed = values.copy()
    changed[-20:] += 100
    one, two = (learned(fc.Forecaster("gru", **SMALL).fit(v)) for v in (values, changed))
    np.testing.assert_array_equal(one.parameters.flat, two.parameters.flat)
    assert one.scaler == two.scaler
    assert not np.array_equal(one.scores, two.scores)


@pytest.mark.parametrize("scaling", ["standard", "minmax"])
def test_the_scaler_learns_from_training_rows_alone(scaling: str) -> None:
    values = series()
    fitted = learned(fc.Forecaster("gru", scaling=scaling, **SMALL).fit(values))
    train = values[: fitted.parts.train.stop]
    expected = (
        (train.mean(), train.std())
        if scaling == "standard"
        else (train.min(), train.max() - train.min())
    )
    assert fitted.scaler[1:] == pytest.approx(expected, rel=1e-12)


def test_a_filled_value_is_never_scored() -> None:
    """Whatever stands where a value is blank, no score can tell."""
    index = pd.date_range("2024-01-01", periods=ROWS, freq="D")
    y = pd.Series(series(), index)
    y.iloc[[40, 41, 100, 150, 151]] = np.nan
    result = fc.compare(y, cells=["gru"], **SMALL)
    blank = result.predictions.set_index("ds")["y"].isna()
    assert blank[blank].index.tolist() == []  # a window without any observed target is left out
    assert result.data["filled"] == 5
    assert result.data["test_windows"] == 32 - 2
    two_ahead = fc.compare(y, cells=["gru"], horizon=2, **SMALL)
    assert two_ahead.predictions["y"].isna().sum() == 2
    assert np.isfinite(two_ahead.table["mae"]).all()


def test_gaps_are_filled_without_looking_ahead() -> None:
    y = pd.Series(series(), pd.date_range("2024-01-01", periods=ROWS, freq="D"))
    y.iloc[30:60:3] = np.nan
    for rows in (50, 99):
        np.testing.assert_array_equal(prepare(y.iloc[:rows]).values, prepare(y).values[:rows])
