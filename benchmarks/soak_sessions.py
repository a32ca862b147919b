"""How quickly the Train screen answers many people at once, and whether memory stays flat.

    python -m benchmarks.soak_sessions --sessions 100 --seconds 60 --think 1 --training
    python -m benchmarks.soak_sessions --sessions 400 --aim 500
    python -m benchmarks.soak_sessions --churn-minutes 10

Each session is a raw WebSocket to a real server in a process of its own. It sets a widget, waits
until the page's script has ended, checks that the page counts with its own value, and thinks. With
`--training`, one training a core runs beside. Exit status 1: p95 above the aim, a wrong answer, a
lost run, or memory that grows.
"""

import argparse
import asyncio
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streamlit.proto.Common_pb2 import StringArray
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.browser.server import Server, serving
from tests.server.session import LARGEST_ANSWER, STREAM, Conversation

PAGE = "train"
PATIENCE = 60.0  # seconds that an answer may take
OPENING = 8  # sessions that open at the same time
RAMP = 10.0  # seconds over which the first thoughts are spread
CHURN_SESSIONS = 30
CHURN_RERUNS = 5
SAMPLE = 5.0  # seconds between two looks at the memory
GROWTH = 1.1  # of the last quarter over the second, that still counts as flat
MODEST = 5  # choices of hidden units that are tried, from the fewest
WEIGHTS = re.compile(r"SimpleRNN ([\d,]+)")


class Guest:
    """One person on the Train screen."""

    def __init__(self, link: ClientConnection, seed: int) -> None:
        self.link, self.talk = link, Conversation(PAGE)
        self.random = random.Random(seed)  # noqa: S311  (which value is tried next)

    async def rerun(self) -> float:
        """Ask for the page; return the seconds until its script had ended."""
        before, start = self.talk.finished, time.perf_counter()
        await self.link.send(self.talk.rerun())
        async with asyncio.timeout(PATIENCE):
            while self.talk.finished == before:
                self.talk.feed(bytes(await self.link.recv(decode=False)))
        return time.perf_counter() - start

    async def edit(self) -> tuple[float, bool]:
        """Move a slider; return the seconds it took, and whether the page counts with it."""
        slider = self.talk.widget("slider", "hidden_units")
        units = int(self.random.choice(slider.options[:MODEST]))
        self.talk.set(slider.id, string_array_value=StringArray(data=[str(units)]))
        took = await self.rerun()
        found = [WEIGHTS.search(text) for text in self.talk.texts()]
        said = {int(one[1].replace(",", "")) for one in found if one}
        return took, said == {units * (units + 2) + units + 1} and not self.talk.exceptions()

    async def train(self) -> None:
        """Begin a training that lasts longer than anybody looks on."""
        self.talk.unfold("Advanced")
        await self.rerun()
        for label in ("epochs", "patience"):
            field = self.talk.widget("number_input", label)
            self.talk.set(field.id, double_value=field.max)
        slider = self.talk.widget("slider", "hidden_units")
        self.talk.set(slider.id, string_array_value=StringArray(data=["1024"]))
        cells = self.talk.widget("button_group", "Cells").id
        self.talk.set(cells, string_array_value=StringArray(data=["GRU"]))
        await self.rerun()
        button = self.talk.widget("button", "Train").id
        self.talk.set(button, trigger_value=True)
        await self.rerun()
        del self.talk.states[button]


@dataclass
class Tally:
    """What came of a soak."""

    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    failed: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)  # seconds, megabytes
    lost: int = 0
    busy: float = 0.0  # seconds of computing of the server

    def share(self, percent: int) -> float:
        """Return a percentile of the answers, in milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


async def _open(server: Server, seed: int) -> Guest:
    link = await connect(
        server.address.replace("http", "ws") + STREAM,
        origin=Origin(server.address),
        subprotocols=[Subprotocol("streamlit")],
        max_size=LARGEST_ANSWER,
        compression=None,
        proxy=None,
        open_timeout=PATIENCE,
        ping_interval=None,
    )
    guest = Guest(link, seed)
    await guest.rerun()
    return guest


async def _visit(guest: Guest, until: float, think: float, tally: Tally) -> None:
    await asyncio.sleep(guest.random.random() * min(RAMP, think * 10))
    while time.monotonic() < until:
        try:
            took, right = await guest.edit()
        except Exception as error:
            tally.failed.append(repr(error)[:200])
            return
        tally.seconds.append(took)
        tally.wrong += not right
        await asyncio.sleep(think)


async def _watch(server: Server, tally: Tally, step: float = SAMPLE) -> None:
    start = time.monotonic()
    while True:
        tally.memory.append((time.monotonic() - start, memory_of(server.process.pid)))
        await asyncio.sleep(step)


def memory_of(pid: int) -> float:
    """Return the megabytes that a process holds in memory."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+)", text)
    return int(found[1]) / 1024 if found else 0.0


def busy_of(pid: int) -> float:
    """Return the seconds that a process has computed for."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def many(server: Server, asked: argparse.Namespace) -> Tally:
    """Let many people edit at once."""
    tally, gate = Tally(), asyncio.Semaphore(OPENING)

    async def opened(seed: int) -> Guest:
        async with gate:
            return await _open(server, seed)

    begun = time.monotonic()
    trainers = [await _open(server, -seed) for seed in range(1, 1 + _cores() * asked.training)]
    for one in trainers:
        await one.train()
    guests = await asyncio.gather(*(opened(seed) for seed in range(asked.sessions)))
    print(f"{len(guests)} sessions opened in {time.monotonic() - begun:.0f} s", flush=True)
    watcher, before = asyncio.create_task(_watch(server, tally)), busy_of(server.process.pid)
    until = time.monotonic() + asked.seconds
    await asyncio.gather(*(_visit(one, until, asked.think, tally) for one in guests))
    tally.busy = busy_of(server.process.pid) - before
    watcher.cancel()
    for one in trainers:
        await one.rerun()
        said = " ".join(one.talk.texts())
        tally.lost += "Nothing trained yet" in said or "failed" in said
        print(f"training beside: {_state(one)}")
    for one in [*guests, *trainers]:
        await one.link.close()
    return tally


def _state(guest: Guest) -> str:
    shown: list[Any] = list(guest.talk.elements.values())
    bars = [one.progress.text for one in shown if one.WhichOneof("type") == "progress"]
    return bars[0] if bars else " ".join(guest.talk.texts())[-120:]


def _cores() -> int:
    return len(os.sched_getaffinity(0))


async def churn(server: Server, asked: argparse.Namespace) -> Tally:
    """Let people come and go."""
    tally, until = Tally(), time.monotonic() + 60 * asked.churn_minutes

    async def comer(number: int) -> None:
        seed = number * 1_000_000
        while time.monotonic() < until:
            seed += 1
            guest = await _open(server, seed)
            for _ in range(CHURN_RERUNS):
                took, right = await guest.edit()
                tally.seconds.append(took)
                tally.wrong += not right
                await asyncio.sleep(asked.think)
            await guest.link.close()

    watcher = asyncio.create_task(_watch(server, tally))
    results = await asyncio.gather(
        *(comer(one) for one in range(CHURN_SESSIONS)), return_exceptions=True
    )
    tally.failed += [repr(one)[:200] for one in results if isinstance(one, BaseException)]
    watcher.cancel()
    return tally


def report(tally: Tally, asked: argparse.Namespace) -> bool:
    """Print what came of it; return whether it is good."""
    if not tally.seconds:
        print("no answers:", tally.failed[:3])
        return False
    p95, memory = tally.share(95), [size for _, size in tally.memory]
    quarter = max(1, len(memory) // 4)
    before, after = (
        statistics.mean(memory[quarter : 2 * quarter] or memory),
        statistics.mean(memory[-quarter:]),
    )
    print(
        f"{len(tally.seconds):,} answers: p50 {tally.share(50):.0f} ms, p95 {p95:.0f} ms, "
        f"max {tally.share(100):.0f} ms; wrong {tally.wrong}, failed {len(tally.failed)}, "
        f"lost runs {tally.lost}; {1000 * tally.busy / len(tally.seconds):.1f} ms of computing each"
    )
    print(
        f"memory of the server: {memory[0]:.0f} MB at first, {before:.0f} MB in the second "
        f"quarter, {after:.0f} MB in the last, {max(memory):.0f} MB at most"
    )
    for said in sorted(set(tally.failed))[:5]:
        print("  ", said)
    good = not (tally.wrong or tally.failed or tally.lost)
    if asked.churn_minutes:
        return good and after <= before * GROWTH
    return good and p95 <= asked.aim


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, default=1, help="seconds between two edits")
    parser.add_argument("--training", action="store_true", help="one training a core beside")
    parser.add_argument("--aim", type=float, default=250, help="milliseconds of p95")
    parser.add_argument("--churn-minutes", type=float, default=0)
    return parser.parse_args()


def main() -> int:
    """Run a soak; return the exit status."""
    asked = _asked()
    most = str(asked.sessions + 50)
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "FORECAST_HOME": f"{folder}/home",
            "FORECAST_SESSIONS": most,
            "FORECAST_SESSIONS_PER_ADDRESS": most,
            "FORECAST_ADDRESS_MESSAGES_PER_SECOND": str(10 * asked.sessions),
            "FORECAST_RUNS_AT_ONCE": str(_cores()),
        }
        work: Callable[..., Any] = churn if asked.churn_minutes else many
        with serving(Path(folder), environment) as server:
            tally = asyncio.run(work(server, asked))
            good = report(tally, asked)
            if server.logged().strip():
                print(server.logged()[-1500:])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
