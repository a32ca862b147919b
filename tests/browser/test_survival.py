"""What a training survives: a closed tab, a killed worker, a killed server."""

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.server import Server, alive, serving
from tests.browser.visitor import CURVES, Visitor
from tests.jobs.runs import until

pytestmark = [pytest.mark.browser, pytest.mark.soak]  # a minute, with the machine at work

LONG = "epochs=1000&patience=0&timesteps=60&hidden_units=128"  # minutes, with compiled kernels


def begin(visitor: Visitor, cell: str) -> str:
    """Start a long training of one cell; return its run."""
    visitor.go(f"/train?cells={cell}&{LONG}", "Train")
    run = visitor.train()
    visitor.watch_epochs_grow(0)
    return run


def test_a_closed_tab_loses_nothing_and_others_may_look_and_no_more(
    visitor: Visitor, server: Server, meet: Callable[[Server], Visitor]
) -> None:
    run = begin(visitor, "GRU")
    reached, address = visitor.epochs(), visitor.page.url
    visitor.leave()
    visitor.page.goto(address)
    visitor.settle("Train")
    reached = visitor.watch_epochs_grow(reached)
    visitor.page.locator(CURVES).nth(1).wait_for(state="attached")
    assert visitor.run_id() == run
    visitor.press("pause")
    visitor.page.get_by_role("heading", name="Paused").wait_for()
    visitor.press("resume")
    visitor.watch_epochs_grow(visitor.epochs())
    other = meet(server)
    other.go(f"/train?run={run}", "Train")
    other.watch_epochs_grow(0)
    assert other.keyed("stop").count() == 0
    visitor.stop()
    other.page.get_by_role("heading", name=re.compile("repeating the last value")).wait_for()


def test_a_killed_worker_fails_its_run_alone(
    visitor: Visitor, server: Server, meet: Callable[[Server], Visitor]
) -> None:
    begin(visitor, "GRU")
    busy = server.busy_workers()
    other = meet(server)
    begin(other, "LSTM")
    for process in busy:
        os.kill(process, signal.SIGKILL)
    visitor.page.get_by_text("The training process was killed (signal 9)").first.wait_for()
    visitor.page.locator(CURVES).nth(1).wait_for(state="attached")  # what it had learned
    other.watch_epochs_grow(other.epochs())
    other.stop()


def test_a_killed_server_loses_no_epoch(meet: Callable[[Server], Visitor], tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        visitor = meet(server)
        run = begin(visitor, "GRU")
        reached = visitor.watch_epochs_grow(3)
        workers = server.workers()
        assert workers
        visitor.page.close()
        server.process.kill()
        until(lambda: not any(alive(process) for process in workers))
    with serving(tmp_path) as server:
        visitor = meet(server)
        visitor.go(f"/train?run={run}", "Train")
        visitor.page.get_by_text("The server ended while this run trained").first.wait_for()
        visitor.page.locator(CURVES).nth(1).wait_for(state="attached")
        traced = visitor.page.evaluate(
            "() => document.querySelector('.st-key-live-losses .js-plotly-plot').calcdata[0].length"
        )
        assert traced >= reached
