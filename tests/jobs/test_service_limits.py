"""What a run may take: turns, places, leases, time, memory."""

import sys

import pytest

from forecast.errors import BusyError, SettingError
from forecast.jobs.limits import Limits
from forecast.jobs.service import Service
from tests.jobs.runs import ENDLESS, finished, learning, picture_when, request, series, serving


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_limits_come_from_the_environment() -> None:
    set_ = {"FORECAST_WORKERS": " 3 ", "FORECAST_LEASE_SECONDS": "120", "FORECAST_QUEUE": ""}
    assert Limits.of(set_) == Limits(workers=3, lease_seconds=120)
    with pytest.raises(SettingError, match="`FORECAST_QUEUE` must hold a whole number; got 'ten'"):
        Limits.of({"FORECAST_QUEUE": "ten"})
    with pytest.raises(SettingError, match=r"at least 90; got 10.*FORECAST_LEASE_SECONDS"):
        Limits.of({"FORECAST_LEASE_SECONDS": "10"})


def test_one_person_has_so_many_runs_and_no_more() -> None:
    with serving(runs_per_person=2, runs_at_once=1) as service:
        mine = [service.submit(request(**ENDLESS), owner="me") for _ in range(2)]
        with pytest.raises(BusyError, match="may have 2 trainings at once, and you have 2"):
            service.submit(request(), owner="me")
        service.submit(request(**ENDLESS), owner="you")
        service.stop(mine[1])
        service.submit(request(**ENDLESS), owner="me")


def test_people_take_turns() -> None:
    with serving(runs_at_once=1) as service:
        runs = {
            name: service.submit(request(**ENDLESS), owner=name.rstrip("123"))
            for name in ("ann1", "ann2", "ann3", "bob1", "bob2", "cid1")
        }
        pictures = {name: service.snapshot(run) for name, run in runs.items()}
        places = {name: one.place for name, one in pictures.items() if one is not None}
        assert places == {"ann1": 0, "bob1": 1, "cid1": 2, "ann2": 3, "bob2": 4, "ann3": 5}


def test_sixteen_at_once_run_wait_or_are_refused_with_a_place() -> None:
    with serving(runs_at_once=2, queue_limit=5) as service:
        for number in range(7):
            service.submit(request(**ENDLESS), owner=f"person {number}")
        for number in range(7, 16):
            with pytest.raises(BusyError, match="yours would have place 6"):
                service.submit(request(**ENDLESS), owner=f"person {number}")
        states = [one.state for one in service.active().values()]
        assert (states.count("running"), states.count("queued")) == (2, 5)
        assert sorted(one.place for one in service.active().values())[1:] == [0, 1, 2, 3, 4, 5]


def test_a_run_that_nobody_looks_at_ends_with_its_lease(clock: Clock) -> None:
    service = Service(Limits(lease_seconds=90), clock=clock)
    try:
        left, watched, lasting = (
            service.submit(request(**ENDLESS), owner=str(number)) for number in range(3)
        )
        for run in (left, watched):
            picture_when(service, run, learning)
        service.last(lasting)
        clock.now += 60
        assert service.snapshot(watched) is not None
        clock.now += 31
        service._warden.look()
        end = finished(service, left)
        assert (end.state, end.error) == ("stopped", None)
        assert end.note is not None
        assert "Nobody had looked at it for 90 s" in end.note
        assert end.result is not None
        assert {one.state for one in service.active().values()} == {"running"}
        service.last(lasting, lasting=False)
        service._warden.look()
        assert finished(service, lasting).note is not None
    finally:
        clock.now += 1000
        service.close()


def test_a_run_ends_after_the_longest_training(clock: Clock) -> None:
    service = Service(Limits(run_seconds=60), clock=clock)
    try:
        run = service.submit(request(**ENDLESS), owner="me")
        service.last(run)
        picture_when(service, run, learning)
        clock.now += 59
        service.pause(run)
        clock.now += 1000  # of pause
        service._warden.look()
        service.resume(run)
        service._warden.look()
        assert list(service.active()) == [run]
        clock.now += 2
        service._warden.look()
        end = finished(service, run)
        assert end.state == "stopped"
        assert "60 s, the most that a run may here" in (end.note or "")
        assert end.result is not None
    finally:
        clock.now += 1000
        service.close()


def test_a_network_beyond_the_memory_is_refused_at_once() -> None:
    with serving(worker_megabytes=256) as service:
        with pytest.raises(SettingError, match="may take 256 MB here"):
            service.submit(request(hidden_units=4000), owner="me")
        assert service.active() == {}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its memory")
def test_a_training_that_runs_out_of_memory_fails_and_the_worker_goes_on() -> None:
    large = {"batch_size": 1000, "timesteps": 200, "hidden_units": 800}
    with serving(worker_megabytes=256, workers=1) as service:
        asked = request("gru", y=series(2500), **large)
        end = finished(service, service.submit(asked, owner="me"))
        assert end.state == "failed"
        assert "not enough memory for this training" in (end.error or "")
        (worker,) = service._dispatch.crew.workers
        assert finished(service, service.submit(request(), owner="me")).state == "done"
        assert service._dispatch.crew.workers == [worker]
