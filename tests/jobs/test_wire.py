import json
import math

import numpy as np
import pandas as pd
import pytest

from forecast.data.columns import Columns
from forecast.data.series import TimeSeries, prepare
from forecast.jobs import wire
from forecast.models.forecaster import Forecaster
from forecast.nn.optimizers import Optimizer
from forecast.training.history import Epoch

VALUES = [1.5, math.nan, math.nan, -0.0, 1e-300, math.pi, 7.0, 8.0]


def dated(zone: str | None, frequency: str = "h", unit: str = "ns") -> pd.DatetimeIndex:
    index = pd.date_range("2024-03-30 20:00", periods=len(VALUES), freq=frequency, tz=zone)
    return index.as_unit(unit)


@pytest.mark.parametrize(
    "index",
    [
        dated(None),
        dated("Europe/Berlin"),
        dated("UTC", "D", "s"),
        dated("+02:00", "MS", "ms"),
        dated(None, "B", "us"),
        pd.RangeIndex(len(VALUES)),
        pd.Index(range(-3, len(VALUES) - 3), dtype="int32"),
    ],
    ids=lambda index: str(index.dtype),
)
def test_a_series_survives_the_trip_to_the_bit(index: pd.Index) -> None:
    y = prepare(pd.Series(VALUES, index, name="µ ünï 日本"))
    came = wire.unpacked_series(json.loads(wire.line(wire.packed_series(y))))
    assert isinstance(came, TimeSeries)
    assert came.values.tobytes() == y.values.tobytes()
    assert came.values.flags.writeable
    np.testing.assert_array_equal(came.observed, y.observed)
    assert not came.observed.all()
    expected = y.index.copy()
    if isinstance(expected, pd.DatetimeIndex):
        expected.freq = None  # the frequency travels beside the index
    pd.testing.assert_index_equal(came.index, expected, exact=True)
    assert (came.frequency, came.name) == (y.frequency, y.name)


def test_covariates_survive_the_trip_to_the_bit() -> None:
    index = dated("Europe/Berlin")
    frame = pd.DataFrame({"y": VALUES, "µ <b>": VALUES[::-1], "b": range(8)}, index)
    y = prepare(frame, columns=Columns("y", ("b", "µ <b>")))
    came = wire.unpacked_series(json.loads(wire.line(wire.packed_series(y))))
    assert came.columns == y.columns == ("b", "µ <b>")
    assert came.covariates.shape == y.covariates.shape
    assert came.covariates.tobytes() == y.covariates.tobytes()
    assert came.covariates.flags.writeable
    alone = wire.unpacked_series(json.loads(wire.line(wire.packed_series(prepare(frame["y"])))))
    assert (alone.columns, alone.covariates.shape) == ((), (0, 0))


def test_settings_of_several_values_survive_the_trip() -> None:
    model = Forecaster(
        "gru", past_covariates=["a"], future_covariates=("b", "c"), calendar=["hour"],
        loss="quantile", quantiles=(0.1, 0.5, 0.9), seeds=3, refit=True, target="y",
    )  # fmt: skip
    packed = json.loads(wire.line(wire.packed_settings(model.settings)))
    assert Forecaster(**wire.unpacked_settings(packed)).settings == model.settings


@pytest.mark.parametrize("optimizer", ["sgd", Optimizer("sgd", momentum=0.9, nesterov=True)])
def test_settings_survive_the_trip(optimizer: str | Optimizer) -> None:
    model = Forecaster("lstm", timesteps=np.int64(5), learning_rate=1e-2, optimizer=optimizer)
    packed = json.loads(wire.line(wire.packed_settings(model.settings)))
    assert Forecaster(**wire.unpacked_settings(packed)).settings == model.settings


def test_what_is_not_finite_travels_as_null() -> None:
    record = Epoch(3, 0.25, math.nan, 1e-3, 1.5, 0.1, 7.0, 9.0)
    sent = json.loads(wire.line({"record": wire.packed_numbers(record)}))["record"]
    assert sent == [3, 0.25, None, 1e-3, 1.5, 0.1, 7.0, 9.0]
    came = wire.unpacked_epoch(sent)
    assert isinstance(came.epoch, int)
    assert math.isnan(came.val_loss)
    assert came._replace(val_loss=0.0) == record._replace(val_loss=0.0)
