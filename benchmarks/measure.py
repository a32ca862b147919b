"""Points timed in worker processes: prepare every side, then interleave."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

from benchmarks.points import Point
from benchmarks.records import Record
from benchmarks.rounds import interleave
from benchmarks.sides import OURS, PEERS, SGEMM, SIDES
from benchmarks.workers import Worker, WorkerError

PREPARE_SECONDS, TIME_SECONDS, VERSION_SECONDS = 900.0, 120.0, 60.0


class Plan(NamedTuple):
    """How points are timed.

    Attributes:
        kind: `step`, `epoch` or `latency`.
        peers: names of those that take part.
        repeats: timings of each side.
        budget: seconds of one timing, if a run is not longer.
        patient: whether settings that compile for minutes are tried too.
    """

    kind: str
    peers: Collection[str]
    repeats: int
    budget: float
    patient: bool

    def sides(self) -> list[str]:
        """Return the sides of this kind, ourselves last: the peers' rival is a peer."""
        names = [*(peer for peer in PEERS if peer in self.peers), *SGEMM, OURS]
        return [name for name in names if self.kind in SIDES[name].kinds]


class Crew:
    """One worker a side; as a context manager their processes end with the block."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.open = ExitStack()
        self.workers: dict[str, Worker] = {}

    def __enter__(self) -> "Crew":
        self.workers = {side: self.open.enter_context(Worker(side)) for side in self.plan.sides()}
        return self

    def __exit__(self, *_: object) -> None:
        self.open.close()

    def versions(self) -> dict[str, str]:
        """Return the versions of all packages, without those that cannot be imported."""
        found: dict[str, str] = {}
        for worker in self.workers.values():
            try:
                found |= worker.ask("versions", timeout=VERSION_SECONDS)
            except WorkerError as error:
                print(f"{worker.side}: {error}")
        return found

    def measure(self, points: list[Point]) -> Iterator[Record]:
        """Give the record of each point once it is timed."""
        for point in points:
            yield self._measure(point)

    def _measure(self, point: Point) -> Record:
        choices, failed = self._prepare(point)
        rounds = interleave(
            {side: partial(self._time, side) for side in choices},
            self.plan.repeats,
            peers=self.plan.peers,
            failures=(WorkerError,),
        )
        seconds = {side: [float(f"{s:.5g}") for s in took] for side, took in rounds.seconds.items()}
        return Record(self.plan.kind, point, seconds, choices, failed | rounds.failed)

    def _prepare(self, point: Point) -> tuple[dict[str, str], dict[str, str]]:
        """Let every side find its fastest choice; return those, and who cannot."""
        rival: float | None = None
        choices: dict[str, str] = {}
        failed: dict[str, str] = {}
        for side, worker in self.workers.items():
            try:
                chosen = worker.ask(
                    "prepare",
                    timeout=PREPARE_SECONDS,
                    kind=self.plan.kind,
                    point=point,
                    rival=rival if self.plan.patient else None,
                    budget=self.plan.budget,
                )
            except WorkerError as error:
                failed[side] = str(error)
                continue
            choices[side] = chosen["name"]
            failed |= {f"{side}, {name}": text for name, text in chosen["failed"].items()}
            if side in PEERS:
                rival = min(chosen["seconds"], rival or chosen["seconds"])
        return choices, failed

    def _time(self, side: str) -> float:
        seconds: float = self.workers[side].ask("time", timeout=TIME_SECONDS)["seconds"]
        return seconds
