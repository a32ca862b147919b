"""Pause and resume: what is kept, who may go on meanwhile, and what a pause does not count as."""

import threading
import time

import numpy as np
import pytest

from forecast.errors import BusyError
from forecast.jobs.control import Control, TimedControl
from forecast.jobs.service import Service
from forecast.jobs.snapshot import RunSnapshot
from tests.jobs.runs import (
    ENDLESS,
    LONGEST,
    finished,
    learning,
    picture_when,
    request,
    serving,
    until,
)

SOME = {"epochs": 400, "patience": None}
QUIET = 0.3  # seconds without an epoch after which a training is taken to rest


def epochs(picture: RunSnapshot) -> int:
    return sum(len(cell.history) for cell in picture.cells)


def at_rest(service: Service, run: str) -> RunSnapshot:
    """Wait until no epoch has come for a while."""

    def resting() -> RunSnapshot | None:
        before = service.snapshot(run)
        time.sleep(QUIET)
        after = service.snapshot(run)
        assert before is not None
        assert after is not None
        return after if epochs(before) == epochs(after) else None

    return until(resting)


def test_a_paused_training_rests_and_goes_on_to_the_same_weights(service: Service) -> None:
    asked = request("gru", "lstm", **SOME)
    straight = finished(service, service.submit(asked, owner="me"))
    run = service.submit(asked, owner="me")
    picture_when(service, run, learning)
    service.pause(run)
    picture = at_rest(service, run)
    assert picture.state == "paused"
    assert {cell.state for cell in picture.cells} <= {"paused", "done"}
    service.pause(run)  # changes nothing
    service.resume(run)
    service.resume(run)
    end = finished(service, run)
    assert end.state == "done"
    assert end.result is not None
    assert straight.result is not None
    for label in ("GRU", "LSTM"):
        once, again = (one.result.models[label].learned() for one in (straight, end))  # type: ignore[union-attr]
        np.testing.assert_array_equal(once.parameters.flat, again.parameters.flat)
        assert again.seconds < (end.finished or 0) - (end.started or 0) - QUIET / 2


def test_others_train_while_one_pauses_and_it_waits_for_its_turn() -> None:
    with serving(runs_at_once=1, workers=1) as service:
        first = service.submit(request(**ENDLESS), owner="ann")
        second = service.submit(request(**ENDLESS), owner="bob")
        picture_when(service, first, learning)
        service.pause(first)
        picture_when(service, second, learning)
        service.resume(first)
        waiting = service.snapshot(first)
        assert waiting is not None
        assert (waiting.state, waiting.place) == ("queued", 1)
        before = epochs(waiting)
        service.stop(second)
        picture_when(service, first, lambda picture: epochs(picture) > before)
        service.stop(first)
        assert finished(service, first).result is not None
        until(lambda: len(service._dispatch.crew.workers) == 1)  # the pause made it two


@pytest.mark.parametrize("resumed", [False, True])
def test_a_run_stopped_in_its_pause_keeps_its_weights(resumed: bool) -> None:
    with serving(runs_at_once=1) as service:
        run = service.submit(request(**ENDLESS), owner="ann")
        picture_when(service, run, learning)
        service.pause(run)
        other = service.submit(request(**ENDLESS), owner="bob")
        picture_when(service, other, learning)
        if resumed:
            service.resume(run)
        service.stop(run)
        end = finished(service, run)
        assert (end.state, end.error, end.note) == ("stopped", None, None)
        assert end.result is not None


def test_only_so_many_may_pause() -> None:
    with serving(paused_at_once=1, runs_at_once=2) as service:
        runs = [service.submit(request(**ENDLESS), owner="me") for _ in range(3)]
        service.pause(runs[2])  # it waits, and there is nothing to pause
        assert [service.snapshot(run).state for run in runs] == ["running", "running", "queued"]  # type: ignore[union-attr]
        service.pause(runs[0])
        with pytest.raises(BusyError, match="At most 1 trainings may pause at once, and 1 do"):
            service.pause(runs[1])
        service.pause("unknown")
    with serving(paused_at_once=2, runs_at_once=2) as service:
        runs = [service.submit(request(**ENDLESS), owner="me") for _ in range(2)]
        service.pause(runs[0])
        with pytest.raises(BusyError, match="One person may pause 1 trainings at once"):
            service.pause(runs[1])
        service.resume("unknown")


def test_a_control_waits_in_its_question_and_counts_the_wait() -> None:
    control = Control()
    assert not control.is_set()
    timed = TimedControl(0.05, control)
    control.pause()
    threading.Timer(0.2, control.resume).start()
    assert not control.is_set()
    assert 0.15 < control.waited < LONGEST
    assert not timed.over()  # the pause was longer than its time, and does not count
    until(timed.is_set)
    control.stop()
    control.pause()  # too late
    assert control.is_set()
