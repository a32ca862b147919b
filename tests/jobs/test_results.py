"""What comes out of the service is what `compare` gives."""

import math

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.data.columns import Columns
from forecast.data.series import TimeSeries, prepare
from forecast.jobs.service import Service
from forecast.nn.optimizers import Optimizer
from tests.jobs.runs import SMALL, finished, request, series

CELLS = ("simple_rnn", "gru", "lstm")


TIMES = ["seconds", "ms_per_forecast"]  # no two runs take the same


def same(found: fc.Comparison | None, expected: fc.Comparison) -> None:
    """Check that two comparisons are equal to the bit, seconds aside."""
    assert found is not None
    for name in ("table", "history"):
        ours, theirs = getattr(found, name), getattr(expected, name)
        pd.testing.assert_frame_equal(
            ours.drop(columns=TIMES, errors="ignore"),
            theirs.drop(columns=TIMES, errors="ignore"),
            check_exact=True,
        )
    pd.testing.assert_frame_equal(found.predictions, expected.predictions, check_exact=True)
    assert found.data == expected.data
    assert found.settings == expected.settings
    assert found.verdict == expected.verdict
    np.testing.assert_equal(found.tests, expected.tests)


def test_the_result_is_that_of_compare(service: Service) -> None:
    settings = SMALL | {"horizon": 2, "optimizer": Optimizer("rmsprop", rho=0.8)}
    run = finished(service, service.submit(request(*CELLS, test=0.3, **settings), owner="me"))
    expected = fc.compare(series(), cells=CELLS, test=0.3, **settings)
    same(run.result, expected)
    assert (run.state, run.error, run.grid, run.place) == ("done", None, None, 0)
    assert run.submitted <= (run.started or 0) <= (run.finished or 0)
    assert [cell.label for cell in run.cells] == ["SimpleRNN", "GRU", "LSTM"]
    for cell in run.cells:
        assert (cell.state, cell.epochs, cell.seconds_left) == ("done", 3, 0.0)
        history = expected.history.query("cell == @cell.label")
        assert [epoch.loss for epoch in cell.history] == history["loss"].tolist()
        first = expected.predictions.query("step == 1")
        assert cell.live == tuple(first[cell.label])
        assert run.live_ds == tuple(first["ds"])
        assert run.live_y == tuple(first["y"])


def gaps(index: pd.Index) -> TimeSeries:
    values = series().observed_values().to_numpy().copy()
    values[[40, 41, 90, 130, 149]] = np.nan
    return prepare(pd.Series(values, index, name="gaps"))


@pytest.mark.parametrize(
    "index",
    [
        pd.date_range("2024-03-28", periods=150, freq="h", tz="Europe/Berlin"),
        pd.RangeIndex(1000, 1150),
    ],
    ids=["time zone", "numbers"],
)
def test_gaps_and_indices_survive(service: Service, index: pd.Index) -> None:
    y = gaps(index)
    run = finished(service, service.submit(request(y=y), owner="me"))
    expected = fc.compare(y, cells=["gru"], **SMALL)
    same(run.result, expected)
    assert run.result is not None
    ours, theirs = (result.models["GRU"].predict(3) for result in (run.result, expected))
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
    assert run.live_ds[-1] == index[-2]  # a value that was filled at the end is no target


def test_a_filled_target_is_shown_as_nan(service: Service) -> None:
    y = gaps(pd.RangeIndex(150))
    run = finished(service, service.submit(request(y=y, horizon=2), owner="me"))
    assert math.isnan(run.live_y[run.live_ds.index(130)])
    assert sum(map(math.isnan, run.live_y)) == 1


def test_validation_without_rows_gives_nan_losses(service: Service) -> None:
    run = finished(service, service.submit(request(validation=0.0), owner="me"))
    assert len(run.cells[0].history) == 3
    assert all(math.isnan(epoch.val_loss) for epoch in run.cells[0].history)


def test_the_live_forecast_covers_the_last_300_targets(service: Service) -> None:
    y = series(2000)
    run = finished(service, service.submit(request(y=y, epochs=1), owner="me"))
    assert run.live_ds == tuple(y.index[-300:])
    assert len(run.cells[0].live) == len(run.live_y) == 300


@pytest.mark.parametrize(("vary", "values"), [("timesteps", (4, 40)), ("hidden_units", (2, 3, 5))])
def test_a_grid_has_a_row_a_value_and_cell(
    service: Service, vary: str, values: tuple[int, ...]
) -> None:
    asked = request("gru", "lstm", vary=vary, values=values)
    run = finished(service, service.submit(asked, owner="me"))
    assert run.state == "done"
    assert [(cell.value, cell.label) for cell in run.cells] == [
        (value, label) for value in values for label in ("GRU", "LSTM")
    ]
    expected = {
        value: fc.compare(series(), cells=["gru", "lstm"], **SMALL | {vary: value})
        for value in values
    }
    same(run.result, expected[values[0]])
    assert run.grid is not None
    assert run.grid.columns.tolist() == ["value", *expected[values[0]].table.columns]
    assert run.grid["value"].tolist() == [value for value in values for _ in range(3)]
    for value, rows in run.grid.groupby("value"):
        theirs = expected[value].table.query("model in ['GRU', 'LSTM', 'Naive']")
        pd.testing.assert_frame_equal(
            rows.drop(columns=["value", *TIMES]).reset_index(drop=True),
            theirs.drop(columns=TIMES).reset_index(drop=True),
        )


def test_the_live_forecast_of_a_grid_covers_what_all_values_forecast(service: Service) -> None:
    y = gaps(pd.RangeIndex(150))
    asked = request(y=y, vary="timesteps", values=(2, 12), gaps="drop", epochs=1)
    run = finished(service, service.submit(asked, owner="me"))
    origins = [plan.part.origins[0] for _, plan in asked.plans()]
    assert len(origins[0]) > len(origins[1])
    assert run.live_ds == tuple(origins[1] + 1)
    assert all(len(cell.live) == len(run.live_ds) for cell in run.cells)


def test_covariates_and_several_networks_give_what_compare_gives(service: Service) -> None:
    index = pd.date_range("2024-01-01", periods=150, freq="D")
    random = np.random.default_rng(3)
    frame = pd.DataFrame(random.normal(size=(150, 3)).cumsum(axis=0), index, ["y", "b", "a"])
    settings = SMALL | {"past_covariates": ("a",), "future_covariates": ("b",), "horizon": 2}
    settings |= {"seeds": 2, "calendar": ("weekday",), "loss": "quantile", "refit": True}
    y = prepare(frame, columns=Columns("y", None))  # b before a, the networks read a before b
    run = finished(service, service.submit(request("gru", y=y, **settings), owner="me"))
    assert run.error is None
    expected = fc.compare(y, cells=("gru",), **settings)
    same(run.result, expected)
    (cell,) = run.cells
    assert cell.epochs == 2 * SMALL["epochs"]
    assert [record.epoch for record in cell.history] == [1, 2, 3, 4, 5, 6]
    assert len(cell.live) == len(run.live_ds) > 0
    steps = expected.predictions[expected.predictions["step"] == 1]
    np.testing.assert_allclose(cell.live, steps["GRU"].tolist()[-len(cell.live) :], rtol=1e-6)


def test_equal_parameters_and_equal_time_go_all_the_way(service: Service) -> None:
    asked = request("gru", "lstm", fair="parameters")
    equal = finished(service, service.submit(asked, owner="a"))
    theirs = fc.compare(series(), cells=("gru", "lstm"), fair="parameters", **SMALL)
    assert equal.result is not None
    names = ["model", "hidden_units", "parameters", "mae"]
    pd.testing.assert_frame_equal(equal.result.table[names], theirs.table[names])
    asked = request("gru", "lstm", fair="time", fair_seconds=0.4)
    timed = finished(service, service.submit(asked, owner="a"))
    assert timed.state == "done"
    assert timed.result is not None
    assert timed.result.settings["fair_seconds"] == 0.4
    assert [cell.limit for cell in timed.cells] == [0.4, 0.4]
    assert all(len(cell.history) > SMALL["epochs"] for cell in timed.cells)
