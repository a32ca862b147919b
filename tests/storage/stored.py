"""Small runs for the tests of the run store."""

from functools import cache

import numpy as np
import pandas as pd

import forecast as fc
from forecast.data.series import TimeSeries, prepare
from forecast.evaluation.comparison import Comparison
from forecast.storage.records import CellPlan, EpochEnded, RunDraft, RunStarted
from forecast.storage.run_store import RunStore
from forecast.training.history import Epoch

SMALL = {"timesteps": 6, "hidden_units": 4, "epochs": 2}
TABLES = ("table", "predictions", "history", "findings")


@cache
def passengers() -> TimeSeries:
    return prepare(fc.load_sample("air_passengers"))


@cache
def result() -> Comparison:
    return fc.compare(passengers(), cells=["gru", "lstm"], **SMALL)


def numbered(rows: int = 30, shift: float = 0.0) -> TimeSeries:
    """Return a tiny series; another shift is another fingerprint."""
    return prepare(np.sin(np.arange(rows)) + shift)


def draft(run: str = "run-0001", owner: str = "ada", *, at: float = 1000.0) -> RunDraft:
    asked = {"cells": ["gru", "lstm"], "settings": {**SMALL, "seed": 7}, "test": 0.2}
    cells = (CellPlan("GRU", None, 2), CellPlan("LSTM", None, 2))
    return RunDraft(run, owner, "", "sample:air_passengers", "passengers", asked, cells, at)


def epoch(number: int, loss: float = 0.5, val_loss: float = float("nan")) -> Epoch:
    return Epoch(number, loss, val_loss, 1e-3, float("inf"), 0.1, 2.0, 3.0)


def begun(store: RunStore, run: str = "run-0001", epochs: int = 0, **given) -> str:
    """Begin a run, and let its first cell finish some epochs."""
    store.begin(draft(run, **given), passengers())
    if epochs:
        ended = [EpochEnded(run, 0, epoch(number)) for number in range(1, epochs + 1)]
        store.write([RunStarted(run, 1001.0), *ended])
    return run


def ended(
    store: RunStore, run: str = "run-0001", *, at: float = 2000.0, whole: bool = False, **given
) -> str:
    """Begin a run and finish it, with its result if it is to be whole."""
    begun(store, run, at=at - 100, **given)
    store.finish(run, "done", None, result() if whole else None, None, at)
    return run


def assert_same_result(found: Comparison, wanted: Comparison) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(found, name), getattr(wanted, name))
    assert (found.data, found.settings) == (wanted.data, wanted.settings)
    assert repr(found.tests) == repr(wanted.tests)  # NaN is not equal to itself
    assert found.verdict == wanted.verdict
    assert list(found.models) == list(wanted.models)


def assert_same_series(found: TimeSeries, wanted: TimeSeries) -> None:
    for name in ("values", "observed", "covariates"):
        one, other = getattr(found, name), getattr(wanted, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    pd.testing.assert_index_equal(found.index, wanted.index, exact=True)
    assert getattr(found.index, "freq", None) == getattr(wanted.index, "freq", None)
    assert (found.frequency, found.name) == (wanted.frequency, wanted.name)
    assert found.columns == wanted.columns
