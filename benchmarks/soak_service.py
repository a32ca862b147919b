"""What a training survives, with times, in a real Chromium; and sixteen submissions at once.

    python -m benchmarks.soak_service [--repeats 5]

Each round starts a server of its own, a long training of one cell and beside it another person's.
Measured are the times from the click on Stop until the page no longer says that it trains (the
service has told the workers by then), and until the result stands there; from `kill -9` of the
worker until the page names the reason; from `kill -9` of the server until its last worker is gone.
After a restart the run has to be there with every epoch that the page had shown. Printed are median
and slowest in milliseconds; the exit status is 1 where something was lost or a median misses its
aim.
"""

import argparse
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.errors import BusyError
from forecast.jobs.limits import Limits
from forecast.jobs.service import Service
from forecast.storage.run_store import RunStore
from tests.browser.server import Server, alive, browsing, lacking, serving
from tests.browser.visitor import Visitor
from tests.jobs.runs import ENDLESS, finished, request, workers_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LONG = "epochs=1000&patience=0&timesteps=60&hidden_units=128"  # minutes, with compiled kernels
AIMS = {"stop acts": 1000.0, "death of a worker is told": 2000.0}
# By the browser's own clock, from the click: before it Playwright waits for the button to rest.
TELL_STOP = """() => {
    window.stopped = {};
    const note = (name, holds, since) => {
        if (holds && !window.stopped[name]) window.stopped[name] = performance.now() - since;
    };
    document.addEventListener('click', event => new MutationObserver(() => {
        const heading = document.querySelector('h3');
        note('acts', !heading?.innerText.startsWith('Training'), event.timeStamp);
        note('result', document.querySelector('[data-testid=stMetric]'), event.timeStamp);
    }).observe(document, {childList: true, subtree: true, characterData: true}),
    {capture: true, once: true});
}"""
SAYS_KILLED = "() => document.body.innerText.includes('was killed (signal 9)')"
SUBMISSIONS = 16
WAIT_SECONDS = 20.0

Times = dict[str, list[float]]


def main() -> None:
    """Run the rounds, print the times, and exit with 1 where something is wrong."""
    parser = argparse.ArgumentParser(description="What a training survives, with times.")
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    reason = lacking()
    if reason is not None:
        sys.exit(reason)
    times, faults = _journeys(repeats)
    faults += _sixteen_at_once()
    for name, taken in times.items():
        middle, aim = statistics.median(taken), AIMS.get(name)
        met = "" if aim is None else f"  aim {aim:.0f}: {'met' if middle <= aim else 'missed'}"
        print(f"{name:<28}{middle:>8.0f} ms, slowest {max(taken):.0f}{met}")
        if aim is not None and middle > aim:
            faults.append(f"{name}: {middle:.0f} ms, aim {aim:.0f}")
    print("nothing lost" if not faults else "\n".join(["FAULTS", *faults]))
    sys.exit(bool(faults))


def _journeys(repeats: int) -> tuple[Times, list[str]]:
    times: Times = defaultdict(list)
    faults: list[str] = []
    with browsing() as browser, tempfile.TemporaryDirectory() as folder:
        for number in range(repeats):
            home = Path(folder, str(number))
            home.mkdir()
            faults += _round(browser, home, times)
    return times, faults


def _round(browser: "Browser", home: Path, times: Times) -> list[str]:
    """Start, stop, kill a worker, kill the server, start again; return what went wrong."""
    faults = []
    with serving(home) as server:
        first, other = (Visitor(browser.new_context(), server.address) for _ in range(2))
        _begin(first, "GRU")
        first.page.evaluate(TELL_STOP)
        first.press("stop")
        first.page.wait_for_function("() => window.stopped.result")
        taken = first.page.evaluate("() => window.stopped")
        times["stop acts"].append(taken["acts"])
        times["stop brings the result"].append(taken["result"])
        _begin(first, "LSTM")
        busy = server.busy_workers()
        _begin(other, "GRU")
        began = time.perf_counter()
        for worker in busy:
            os.kill(worker, signal.SIGKILL)
        times["death of a worker is told"].append(_since(began, first, SAYS_KILLED))
        reached = other.watch_epochs_grow(other.epochs())
        run = str(other.run_id())
        faults += _kill(server, times)
        faults += [fault for one in (first, other) for fault in _told(one, server)]
    with serving(home) as server:
        again = Visitor(browser.new_context(), server.address)
        again.go(f"/train?run={run}", "Train")
        again.page.get_by_text("The server ended while this run trained").first.wait_for()
        again.context.close()
    for one in (first, other):
        one.context.close()
    kept = _kept_epochs(home / "home", run)
    print(f"shown {reached} epochs, kept {kept}")
    return faults if kept >= reached else [*faults, f"run {run}: {reached} shown, {kept} kept"]


def _begin(visitor: Visitor, cell: str) -> None:
    visitor.go(f"/train?cells={cell}&{LONG}", "Train")
    visitor.train()
    visitor.watch_epochs_grow(0)


def _since(began: float, visitor: Visitor, holds: str) -> float:
    """Wait until something holds on the page; return the milliseconds since."""
    visitor.page.wait_for_function(holds)
    return 1e3 * (time.perf_counter() - began)


def _kill(server: Server, times: Times) -> list[str]:
    """Kill the server, and see its workers go."""
    workers, began = server.workers(), time.perf_counter()
    server.process.kill()
    gone = _within(lambda: not any(alive(worker) for worker in workers))
    times["workers end with the server"].append(1e3 * (time.perf_counter() - began))
    return [] if gone else [f"workers of a killed server live on: {workers}"]


def _told(visitor: Visitor, server: Server) -> list[str]:
    """Return the faults of a page, but that its server is gone."""
    return [fault for fault in visitor.faults if server.address not in fault.replace("ws", "http")]


def _kept_epochs(home: Path, run: str) -> int:
    store = RunStore(home)
    try:
        kept = store.find(run)
        return 0 if kept is None else len(kept.cells[0].history)
    finally:
        store.close()


def _sixteen_at_once() -> list[str]:
    """Submit from sixteen threads; return what went wrong."""
    limits = Limits(runs_at_once=2, queue_limit=8)
    service, refusals, faults = Service(limits), [], []

    def submit(number: int) -> None:
        try:
            service.submit(request(**ENDLESS), owner=str(number))
        except BusyError as error:
            refusals.append(str(error))

    threads = [threading.Thread(target=submit, args=(one,)) for one in range(SUBMISSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pictures = service.active().values()
    states = [one.state for one in pictures]
    counts = {name: states.count(name) for name in ("running", "queued")}
    print(f"{SUBMISSIONS} at once: {counts}, {len(refusals)} refused with their place")
    if counts != {"running": 2, "queued": 8} or len(refusals) != SUBMISSIONS - 10:
        faults.append(f"sixteen at once: {counts} and {len(refusals)} refused")
    if sorted(one.place for one in pictures) != [0, 0, *range(1, 9)]:
        faults.append("sixteen at once: the places are not 1 to 8")
    if not all("would have place 9" in said for said in refusals):
        faults.append(f"sixteen at once: refused with {sorted(set(refusals))}")
    workers = workers_of(os.getpid())
    for run in list(service.active()):
        service.stop(run)
        finished(service, run)
    service.close()
    if not _within(lambda: not any(alive(worker) for worker in workers)):
        faults.append(f"sixteen at once: left over {workers}")
    return faults


def _within(holds: Callable[[], bool]) -> bool:
    """Wait until something holds, for a while; return whether it came to that."""
    until = time.perf_counter() + WAIT_SECONDS
    while not (found := holds()) and time.perf_counter() < until:
        time.sleep(0.002)  # as fine as the shortest time that is measured
    return found


if __name__ == "__main__":
    main()
