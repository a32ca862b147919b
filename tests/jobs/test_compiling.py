import subprocess
import sys
import time

import pytest

from forecast.jobs import compiling
from forecast.jobs.compiling import Compiling
from forecast.jobs.environment import compile_command, environment
from tests.jobs.runs import alive, until


def test_nothing_starts_where_everything_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(compiling, "uncompiled", lambda: asked.append(True) or ())
    one = Compiling()
    one.start()
    until(lambda: asked)
    one.close()
    assert one._process is None


def test_a_compile_runs_beside_the_server_and_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = [sys.executable, "-c", "import time; time.sleep(600)"]
    monkeypatch.setattr(compiling, "uncompiled", lambda: ("network_gru",))
    monkeypatch.setattr(compiling, "compile_command", lambda: endless)
    one = Compiling()
    started = time.monotonic()
    one.start()
    assert time.monotonic() - started < 1  # the server does not wait for it
    process = until(lambda: one._process)
    assert alive(process.pid)
    one.close()
    assert not alive(process.pid)


def test_a_compile_ends_with_a_server_that_is_killed() -> None:
    process = subprocess.Popen(compile_command(), env=environment(), stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.close()  # as the death of the server closes it
    assert process.wait(30) == 0
