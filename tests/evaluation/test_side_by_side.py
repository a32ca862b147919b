import threading
import time

import numpy as np
import pytest

import forecast as fc
from forecast.data.series import prepare
from forecast.errors import NonFiniteLossError
from forecast.evaluation import fitting
from forecast.evaluation.fitting import fit_all
from forecast.models.fitting import FitProgress

SMALL = {"timesteps": 6, "hidden_units": 6, "epochs": 4, "patience": None}
SERIES = prepare(np.random.default_rng(2).normal(size=200).cumsum())
CELLS = ("simple_rnn", "gru", "lstm")


def networks(**more: object) -> dict[str, fc.Forecaster]:
    return {cell: fc.Forecaster(cell, **SMALL | more) for cell in CELLS}


def test_side_by_side_each_result_is_that_of_a_fit_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "cores", lambda: 3)
    fitted = fit_all(networks(), SERIES, None, None)
    for cell, model in networks().items():
        alone = model.fit(SERIES).learned().parameters.flat
        np.testing.assert_array_equal(fitted[cell].learned().parameters.flat, alone)


def test_the_callback_is_never_called_twice_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "cores", lambda: 3)
    inside, told = threading.Lock(), []

    def on_epoch(label: str, progress: FitProgress) -> None:
        assert inside.acquire(blocking=False)
        time.sleep(0.01)  # long enough for another fit to come along
        told.append((label, progress.record.epoch))
        inside.release()

    fit_all(networks(), SERIES, on_epoch, None)
    assert sorted(told) == sorted((cell, epoch) for cell in CELLS for epoch in range(1, 5))


def test_one_that_diverges_stops_the_others() -> None:
    some = networks(epochs=100_000)
    some["gru"] = fc.Forecaster("gru", **SMALL | {"learning_rate": 1e30, "clip_norm": None})
    with pytest.raises(NonFiniteLossError):
        fit_all(some, SERIES, None, None)


def test_a_failing_callback_stops_everything() -> None:
    def on_epoch(label: str, progress: FitProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_all(networks(epochs=100_000), SERIES, on_epoch, None)


def test_cancelled_fits_keep_what_they_have() -> None:
    cancel = threading.Event()
    seen = []

    def on_epoch(label: str, progress: FitProgress) -> None:
        seen.append(label)
        cancel.set()

    fitted = fit_all(networks(epochs=100_000), SERIES, on_epoch, cancel)
    assert {model.learned().stopped_by for model in fitted.values()} == {"cancel"}
    assert len(fitted[seen[0]].history_) >= 1
