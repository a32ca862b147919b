"""The whole table of forged and hostile inputs against a fresh server, while its health is asked.

    python -m benchmarks.soak_hostile [--seconds 20]

Every attack must come to what `tests/server/hostile.py` says, and sessions must go on; then a few
sessions flood the server for a while. `/health` is asked all the time on a line of its own. Exit
status 1: an attack came to something else, or `/health` took 100 ms or longer.
"""

import argparse
import http.client
import math
import multiprocessing
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests.browser.server import serving
from tests.server import hostile
from tests.server.guest import Guest
from tests.server.session import visiting

AIM = 100.0  # milliseconds
PAUSE = 0.02  # seconds between two questions
FLOODERS = 10
MEGABYTE = 1024 * 1024
ENVIRONMENT = {
    "FORECAST_UPLOAD_MB": "5",
    "FORECAST_SESSION_UPLOAD_MB": "10",
    "FORECAST_PERSON_UPLOAD_MB": "15",
    "FORECAST_SESSIONS_PER_PERSON": "20",
    "FORECAST_ADDRESS_MESSAGES_PER_SECOND": "1000",
}


class Pulse:
    """Asks `/health` again and again in a process of its own, and notes how long each took."""

    def __init__(self, address: str, file: Path) -> None:
        self.file = file
        self.process = multiprocessing.get_context("spawn").Process(
            target=_ask, args=(address, str(file)), daemon=True
        )

    def answers(self) -> list[tuple[float, float]]:
        """Return when each answer came, and how many milliseconds it took."""
        lines = self.file.read_text(encoding="ascii").splitlines()
        pairs = (line.split() for line in lines if line.endswith("."))
        return [(float(at), float(took)) for at, took, _ in pairs]

    def worst(self, since: float = 0.0, until: float = math.inf) -> float:
        """Return the longest answer in a span of time, in milliseconds."""
        return max((took for at, took in self.answers() if since <= at <= until), default=0.0)


def _ask(address: str, file: str) -> None:
    place = urlsplit(address)
    link = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    with Path(file).open("w", encoding="ascii", buffering=1) as notes:
        while True:
            start = time.perf_counter()
            try:
                link.request("GET", "/health")
                fault = link.getresponse().read() != b'{"status":"ok"}'
            except (OSError, http.client.HTTPException):
                fault = True
                link.close()
            took = math.inf if fault else 1000 * (time.perf_counter() - start)
            notes.write(f"{time.monotonic()} {took} .\n")
            time.sleep(PAUSE)  # a beat, so that asking is no load of its own


def uploads(address: str) -> Iterator[tuple[str, str, str]]:
    """Send files that are too large, or too many; yield what was tried, what came, what should."""
    guest = Guest(address)
    with visiting(address, "data", cookies=guest.line()) as visitor:
        visitor.rerun()
        session = visitor.talk.session
        for name, size, wanted in (
            ("a file at the limit", 5, 204),
            ("a file of 40 MB", 40, 413),
            ("a second file", 5, 413),
        ):
            came = guest.put(session, name.replace(" ", "-"), b"x" * (size * MEGABYTE - 1)).status
            yield name, str(came), str(wanted)
        yield "a file without end", str(guest.put(session, "z", _endless()).status), "413"
        yield "a file for nobody", str(guest.put("nobody", "z", b"x").status), "400"


def _endless() -> Iterator[bytes]:
    for _ in range(1000):
        yield b"x" * 65_536


def attempts(address: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield the kind, name, outcome and wanted outcome of every attack."""
    for attack in hostile.REQUESTS:
        yield "request", attack.name, attack.run(address), attack.wanted
    for attack in hostile.ADDRESSES:
        yield "address", attack.name, attack.run(address), attack.wanted
    for name, came, wanted in uploads(address):
        yield "upload", name, came, wanted
    with hostile.training(address) as visitor:
        for attack in hostile.VALUES:
            yield "value", attack.name, attack.run(visitor), attack.wanted
    for attack in hostile.FRAMES:
        with hostile.training(address) as visitor:
            yield "message", attack.name, attack.run(visitor), attack.wanted


def flood(address: str, seconds: float) -> int:
    """Let a few sessions ask for their page as fast as they can; return how many asked."""
    until, sent = time.monotonic() + seconds, []

    def one() -> None:
        guest = Guest(address)
        with visiting(address, "train", cookies=guest.line()) as visitor:
            visitor.rerun()
            while time.monotonic() < until:
                visitor.rerun()
                sent.append(1)

    threads = [threading.Thread(target=one) for _ in range(FLOODERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(sent)


def _tell(kind: str, results: list[tuple[str, str, str]], pulse: float) -> None:
    wrong = [one for one in results if one[1] != one[2]]
    print(
        f"{kind:10} {len(results):4} tried, {len(wrong):3} wrong, /health {pulse:6.1f} ms at most"
    )
    for name, came, wanted in wrong:
        print(f"   {name}: {came}; wanted: {wanted}")


def main() -> int:
    """Run the soak; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20, help="of flooding")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        home = {"FORECAST_HOME": f"{folder}/home"}
        with serving(Path(folder), ENVIRONMENT | home) as server:
            return 0 if _soak(server.address, seconds, Path(folder) / "pulse.txt") else 1


def _soak(address: str, seconds: float, notes: Path) -> bool:
    with hostile.training(address):
        pass  # the imports of a first visit are no attack
    pulse = Pulse(address, notes)
    pulse.process.start()
    while not (notes.exists() and pulse.answers()):
        time.sleep(PAUSE)  # until the other process has begun; nothing tells of it
    found: dict[str, list[tuple[str, str, str]]] = {}
    times: dict[str, list[float]] = {}
    for kind, name, came, wanted in attempts(address):
        found.setdefault(kind, []).append((name, came, wanted))
        times.setdefault(kind, []).append(time.monotonic())
    for kind, results in found.items():
        _tell(kind, results, pulse.worst(min(times[kind]) - 1, max(times[kind])))
    since = time.monotonic()
    count = flood(address, seconds)
    print(
        f"flood: {count} reruns by {FLOODERS} people, /health {pulse.worst(since):.1f} ms at most"
    )
    pulse.process.kill()
    took = sorted(one for _, one in pulse.answers())
    print(
        f"{len(took)} times /health: p50 {took[len(took) // 2]:.1f} ms, "
        f"p99 {took[len(took) * 99 // 100]:.1f} ms, max {took[-1]:.1f} ms"
    )
    right = all(came == wanted for results in found.values() for _, came, wanted in results)
    return right and took[-1] < AIM


if __name__ == "__main__":
    sys.exit(main())
