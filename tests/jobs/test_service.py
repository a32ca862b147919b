"""Queue, places, owners, stop, close."""

import doctest
import threading
from dataclasses import fields

import numpy as np
import pytest

import forecast as fc
from forecast.errors import BusyError, ForecastError, SettingError
from forecast.jobs import dispatch as dispatch_module
from forecast.jobs import service as service_module
from forecast.jobs.limits import Limits
from forecast.jobs.run import Run
from forecast.jobs.service import Service
from forecast.jobs.snapshot import RunSnapshot
from tests.jobs.runs import (
    ENDLESS,
    finished,
    learning,
    picture_when,
    request,
    series,
    serving,
    until,
)


def test_all_cells_are_trained_at_once_and_stop_keeps_the_best_weights(service: Service) -> None:
    run = service.submit(request("simple_rnn", "gru", "lstm", **ENDLESS), owner="me")
    picture_when(service, run, lambda picture: sum(len(c.history) for c in picture.cells) > 30)
    seen = picture_when(service, run, learning)
    assert [cell.state for cell in seen.cells] == ["running"] * 3
    assert all(cell.seconds_left is not None and cell.seconds_left > 1 for cell in seen.cells)
    assert all(len(cell.live) == len(seen.live_ds) == 30 for cell in seen.cells)
    assert np.isfinite([cell.live for cell in seen.cells]).all()
    service.stop(run)
    service.stop(run)
    end = finished(service, run)
    assert (end.state, end.error) == ("stopped", None)
    assert end.result is not None
    for cell in end.cells:
        learned = end.result.models[cell.label].learned()
        assert (cell.state, learned.stopped_by) == ("stopped", "cancel")
        losses = [epoch.val_loss for epoch in cell.history]
        assert learned.best_epoch == 1 + int(np.argmin(losses))
        again = fc.Forecaster(
            cell.label, timesteps=8, hidden_units=4, epochs=learned.best_epoch, patience=None
        ).fit(series().rows(0, 120))
        np.testing.assert_array_equal(learned.parameters.flat, again.learned().parameters.flat)


def test_pictures_are_new_only_when_something_changes(service: Service) -> None:
    run = service.submit(request(**ENDLESS), owner="me")
    first = picture_when(service, run, learning)
    later = picture_when(service, run, lambda picture: picture.version > first.version)
    assert len(later.cells[0].history) > len(first.cells[0].history)
    service.stop(run)
    end = finished(service, run)
    assert end.version > later.version
    assert service.snapshot(run) is end


def test_an_unknown_run_is_none(service: Service) -> None:
    assert service.snapshot("unknown") is None
    assert service.runs_of("nobody") == ()
    service.stop("unknown")


def test_two_owners_each_see_their_own(service: Service) -> None:
    mine = [service.submit(request(epochs=1), owner="ann") for _ in range(2)]
    theirs = service.submit(request(epochs=1), owner="bob")
    assert service.runs_of("ann") == tuple(reversed(mine))
    assert service.runs_of("bob") == (theirs,)
    assert [finished(service, run).owner for run in (*mine, theirs)] == ["ann", "ann", "bob"]


def test_a_third_run_waits_with_a_place_that_moves() -> None:
    with serving(queue_limit=3, workers=2) as service:
        first, second, third, fourth, fifth = (
            service.submit(request(**ENDLESS), owner="me") for _ in range(5)
        )

        def places() -> list[int]:
            return [snapshot(run).place for run in (first, second, third, fourth, fifth)]

        def snapshot(run: str) -> RunSnapshot:
            picture = service.snapshot(run)
            assert picture is not None
            return picture

        assert places() == [0, 0, 1, 2, 3]
        waiting = snapshot(fourth)
        assert (waiting.state, waiting.started) == ("queued", None)
        assert [cell.state for cell in waiting.cells] == ["waiting"]
        with pytest.raises(BusyError, match="At most 3 trainings may wait"):
            service.submit(request(), owner="me")
        assert issubclass(BusyError, ForecastError)

        service.stop(third)
        left = snapshot(third)
        assert (left.state, left.place, left.result) == ("stopped", 0, None)
        assert [cell.state for cell in left.cells] == ["stopped"]
        assert left.finished is not None
        assert places() == [0, 0, 0, 1, 2]
        assert snapshot(fourth).version > waiting.version

        picture_when(service, second, learning)
        service.stop(second)
        assert finished(service, second).state == "stopped"
        started = picture_when(service, fourth, learning)
        assert (started.state, started.place) == ("running", 0)
        assert snapshot(first).state == "running"
        assert places()[4] == 1


def test_a_run_stopped_before_its_first_epoch_has_no_result(service: Service) -> None:
    run = service.submit(request("gru", "lstm", **ENDLESS), owner="me")
    service.stop(run)
    end = finished(service, run)
    assert (end.state, end.error) == ("stopped", None)
    kept = [cell for cell in end.cells if cell.history]
    assert (end.result is None) == (not kept)


def test_stopping_a_grid_leaves_out_what_was_not_begun(service: Service) -> None:
    asked = request("gru", **ENDLESS, vary="hidden_units", values=(2, 3, 4, 5))
    run = service.submit(asked, owner="me")
    picture_when(service, run, lambda picture: all(cell.history for cell in picture.cells[:3]))
    service.stop(run)
    end = finished(service, run)
    assert [cell.state for cell in end.cells] == ["stopped"] * 4
    assert [len(cell.history) > 0 for cell in end.cells] == [True, True, True, False]
    assert end.grid is not None
    assert end.grid["value"].unique().tolist() == [2, 3, 4]


def test_the_oldest_finished_runs_are_forgotten() -> None:
    with serving(keep_finished=2, workers=1) as service:
        runs = [service.submit(request(epochs=1), owner="me") for _ in range(3)]
        until(lambda: service.snapshot(runs[0]) is None)
        assert service.runs_of("me") == (runs[2], runs[1])
        assert finished(service, runs[2]).state == "done"


def test_closing_stops_everything_and_refuses_more() -> None:
    with serving(runs_at_once=1) as service:
        running, queued = (service.submit(request(**ENDLESS), owner="me") for _ in range(2))
        picture_when(service, running, learning)
        service.close()
        for run in (running, queued):
            picture = service.snapshot(run)
            assert picture is not None
            assert (picture.state, picture.cells[0].state) == ("stopped", "stopped")
        with pytest.raises(BusyError, match="closed"):
            service.submit(request(), owner="me")


def test_readers_do_not_wait_while_a_result_is_put_together(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    outcome_of = dispatch_module.outcome_of

    def slow(*arguments: object) -> object:
        begun.set()
        assert go_on.wait(20)
        return outcome_of(*arguments)

    monkeypatch.setattr(dispatch_module, "outcome_of", slow)
    run = service.submit(request(), owner="me")
    assert begun.wait(20)
    picture = service.snapshot(run)
    assert picture is not None
    assert (picture.state, picture.cells[0].state, picture.result) == ("running", "done", None)
    go_on.set()
    assert finished(service, run).state == "done"


def test_a_result_that_cannot_be_put_together_fails_the_run(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> object:
        raise OSError("no disk")

    monkeypatch.setattr(dispatch_module, "outcome_of", broken)
    run = service.submit(request(epochs=1), owner="me")
    end = finished(service, run)
    assert (end.state, end.result) == ("failed", None)
    assert "no disk" in (end.error or "")


@pytest.mark.parametrize("name", [one.name for one in fields(Limits)])
def test_numbers_are_checked(name: str) -> None:
    with pytest.raises(SettingError, match=name):
        Limits(**{name: -1})


def test_the_example_runs() -> None:
    assert doctest.testmod(service_module).failed == 0


def test_a_fault_of_ours_ends_no_other_training(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    changes_of, faults = dispatch_module.changes_of, iter([True, False])

    def faulty(run: Run) -> object:
        if next(faults, False):
            raise RuntimeError("a fault")
        return changes_of(run)

    with serving() as service:
        run = service.submit(request(**ENDLESS), owner="me")
        picture_when(service, run, learning)
        monkeypatch.setattr(dispatch_module, "changes_of", faulty)
        until(lambda: "could not be taken in" in caplog.text)
        reached = service.snapshot(run)
        assert reached is not None
        picture_when(service, run, lambda picture: picture.version > reached.version)
