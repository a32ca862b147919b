"""Processes: their deaths, their environment, their end with the server."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from forecast.jobs import service as service_module
from forecast.jobs.environment import environment
from forecast.jobs.service import Service
from tests.jobs.runs import (
    ENDLESS,
    alive,
    finished,
    learning,
    picture_when,
    request,
    serving,
    until,
    workers_of,
)

ROOT = Path(__file__).parents[2]
# The state of a linear SimpleRNN grows without bound; the gates of an LSTM hold it for a while.
DIVERGING = {"activation": "linear", "optimizer": "sgd", "clip_norm": None}

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")

SERVER = """
import sys, time
from tests.jobs.runs import ENDLESS, learning, picture_when, request, workers_of
from forecast.jobs.service import Service
import os
service = Service()
run = service.submit(request("gru", "lstm", **ENDLESS), owner="me")
picture_when(service, run, learning)
print(*workers_of(os.getpid()), flush=True)
if "wait" in sys.argv:
    time.sleep(60)
"""


@pytest.fixture
def before() -> set[int]:
    """Workers of services that other tests use."""
    return workers_of(os.getpid())


def test_a_killed_worker_fails_its_cell_alone_and_is_replaced(before: set[int]) -> None:
    with serving(workers=2) as service:
        run = service.submit(request("gru", "lstm", **ENDLESS), owner="me")
        picture_when(service, run, learning)
        crew = workers_of(os.getpid()) - before
        assert len(crew) == 2
        killed = crew.pop()
        os.kill(killed, signal.SIGKILL)
        seen = picture_when(service, run, lambda p: "failed" in [c.state for c in p.cells])
        assert sorted(cell.state for cell in seen.cells) == ["failed", "running"]
        failed = next(cell for cell in seen.cells if cell.state == "failed")
        assert failed.error is not None
        assert "was killed (signal 9)" in failed.error
        service.stop(run)
        end = finished(service, run)
        assert (end.state, end.error) == ("stopped", None)
        assert end.result is not None
        assert failed.label not in end.result.models
        replaced = until(lambda: len(now := workers_of(os.getpid()) - before) == 2 and now)
        assert killed not in replaced
        following = finished(service, service.submit(request("gru", "lstm"), owner="me"))
        assert following.state == "done"


def test_a_run_whose_only_worker_is_killed_has_failed(before: set[int]) -> None:
    with serving(workers=1) as service:
        run = service.submit(request(**ENDLESS), owner="me")
        picture_when(service, run, learning)
        for process in workers_of(os.getpid()) - before:
            os.kill(process, signal.SIGKILL)
        end = finished(service, run)
        assert (end.state, end.result) == ("failed", None)
        assert end.error is not None
        assert "was killed (signal 9)" in end.error
        # An idle worker that dies costs nobody anything.
        until(lambda: len(workers_of(os.getpid()) - before) == 1)
        assert finished(service, service.submit(request(), owner="me")).state == "done"
        for process in workers_of(os.getpid()) - before:
            os.kill(process, signal.SIGKILL)
        assert finished(service, service.submit(request(), owner="me")).state == "done"


def test_a_worker_that_does_not_stop_is_killed(
    before: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "OBEY_SECONDS", 0.3)
    with serving(workers=1) as service:
        run = service.submit(request(**ENDLESS), owner="me")
        picture_when(service, run, learning)
        (process,) = workers_of(os.getpid()) - before
        os.kill(process, signal.SIGSTOP)
        service.stop(run)
        end = finished(service, run)
        assert (end.state, end.result, end.error) == ("stopped", None, None)
        assert [cell.state for cell in end.cells] == ["stopped"]
        until(lambda: not alive(process))
        assert finished(service, service.submit(request(), owner="me")).state == "done"


def test_a_stopped_run_is_not_begun_anew_when_its_worker_dies(before: set[int]) -> None:
    with serving(workers=1) as service:
        assert finished(service, service.submit(request(), owner="me")).state == "done"
        (process,) = workers_of(os.getpid()) - before
        os.kill(process, signal.SIGSTOP)
        run = service.submit(request(**ENDLESS), owner="me")
        service.stop(run)
        os.kill(process, signal.SIGKILL)
        end = finished(service, run)
        assert (end.state, end.result, end.error) == ("stopped", None, None)


def test_a_diverging_cell_fails_alone(service: Service) -> None:
    asked = request("simple_rnn", "lstm", learning_rate=0.3, **DIVERGING)
    end = finished(service, service.submit(asked, owner="me"))
    assert [cell.state for cell in end.cells] == ["failed", "done"]
    assert "training diverged" in (end.cells[0].error or "")
    assert (end.state, end.error) == ("done", None)
    assert end.result is not None
    assert "SimpleRNN" not in end.result.models


def test_a_run_of_diverging_cells_has_failed(service: Service) -> None:
    asked = request("simple_rnn", "gru", learning_rate=10.0, **DIVERGING)
    end = finished(service, service.submit(asked, owner="me"))
    assert (end.state, end.result) == ("failed", None)
    assert [cell.state for cell in end.cells] == ["failed", "failed"]
    assert "diverged" in (end.error or "")


def test_closing_ends_the_processes_and_removes_the_folder(before: set[int]) -> None:
    with serving() as service:
        run = service.submit(request("gru", "lstm", **ENDLESS), owner="me")
        picture_when(service, run, learning)
        crew = workers_of(os.getpid()) - before
        folder = service._folder
        assert folder is not None
        assert folder.stat().st_mode & 0o077 == 0
        service.close()
        assert crew
        assert not any(alive(process) for process in crew)
        assert not folder.exists()


def test_a_worker_is_told_no_secret(before: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "AWS_SECRET_ACCESS_KEY": "hush-1",
        "DATABASE_URL": "hush-2",
        "FORECAST_COOKIE_SECRET": "hush-3",
        "STREAMLIT_AUTH": "hush-4",
    }
    for name, value in (secrets | {"FORECAST_HOME": "/somewhere"}).items():
        monkeypatch.setenv(name, value)
    with serving(workers=1) as service:
        service.start()
        process = until(lambda: workers_of(os.getpid()) - before).pop()
        told = Path(f"/proc/{process}/environ").read_bytes().decode()
    assert "hush" not in told
    assert "FORECAST_HOME=/somewhere" in told
    assert "OPENBLAS_NUM_THREADS=1" in told
    assert "FORECAST_THREADS=1" in told
    assert "FORECAST_WAIT_FOR_KERNELS=0" in told


def test_a_worker_finds_this_package() -> None:
    made = environment({"PYTHONPATH": "/elsewhere", "PATH": "/bin", "API_KEY": "x"})
    assert made["PYTHONPATH"].split(os.pathsep) == [str(ROOT), "/elsewhere"]
    assert made["PATH"] == "/bin"
    assert "API_KEY" not in made


def started_server(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """A server of its own, started in a folder where a name of the library is taken."""
    (folder / "forecast.py").write_text("raise SystemExit('the wrong forecast')")
    return subprocess.Popen(
        [sys.executable, "-P", "-W", "error", "-c", SERVER, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_workers_die_with_a_killed_server(tmp_path: Path) -> None:
    with started_server(tmp_path, "wait") as server:
        assert server.stdout is not None
        crew = [int(number) for number in server.stdout.readline().split()]
        assert crew
        assert all(alive(process) for process in crew)
        server.kill()
        until(lambda: not any(alive(process) for process in crew))
        server.communicate()


def test_a_server_that_ends_without_closing_leaves_nothing(tmp_path: Path) -> None:
    with started_server(tmp_path) as server:
        said, complaints = server.communicate(timeout=30)
        assert server.returncode == 0
        assert complaints == ""
        crew = [int(number) for number in said.split()]
        assert crew
        assert not any(alive(process) for process in crew)


def test_ctrl_c_is_left_to_the_server(service: Service, before: set[int]) -> None:
    service.start()
    process = until(lambda: workers_of(os.getpid())).pop()
    assert os.getsid(process) == process
    status = Path(f"/proc/{process}/status").read_text()
    ignored = int(status.partition("SigIgn:")[2].split()[0], 16)
    assert ignored & 1 << (signal.SIGINT - 1)
