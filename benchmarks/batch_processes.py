"""A process and all that it started: which they are, and how much memory they hold together."""

import threading
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
KB = 1000
EVERY = 0.25  # seconds between two looks


class Held(NamedTuple):
    """Memory of some processes, in megabytes.

    Attributes:
        proportional: pages that several of them share are counted once.
        resident: they are counted for each; what `ps` would add up to.
    """

    proportional: float
    resident: float


def family_of(pid: int) -> list[int]:
    """Return a process and its descendants, itself first."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            parent = _parent(int(entry.name))
            children.setdefault(parent, []).append(int(entry.name))
    found, left = [], [pid]
    while left:
        one = left.pop()
        found.append(one)
        left += children.get(one, [])
    return found


def _parent(pid: int) -> int:
    """Return the parent of a process; 0 if it is gone."""
    try:
        # The name of the program, in brackets, may hold anything.
        return int((PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def started_at(pid: int) -> int:
    """Return when a process was started, in ticks: with its id it names one process alone."""
    try:
        return int((PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[19])
    except (OSError, IndexError, ValueError):
        return -1


def held_by(pids: list[int]) -> Held:
    """Return what processes hold together."""
    proportional = resident = 0.0
    for pid in pids:
        try:
            lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        except OSError:  # it has ended
            continue
        sizes = {line.split()[0]: float(line.split()[1]) for line in lines[1:]}
        proportional += sizes.get("Pss:", 0.0)
        resident += sizes.get("Rss:", 0.0)
    return Held(proportional * 1024 / KB**2, resident * 1024 / KB**2)


class Watch:
    """Looks at the memory of a process and its descendants until it is closed."""

    def __init__(self, pid: int) -> None:
        self.most = Held(0.0, 0.0)
        self._pid, self._ended = pid, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(EVERY):
            now = held_by(family_of(self._pid))
            self.most = Held(*(max(pair) for pair in zip(self.most, now, strict=True)))
