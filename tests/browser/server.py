"""A server of the dashboard in a process of its own, and a Chromium to visit it with."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
END_SECONDS = 15.0
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip


@dataclass(frozen=True)
class Server:
    """A server that answers.

    Attributes:
        address: without a slash at its end.
        process: of the server.
        log: file that takes its stderr.
    """

    address: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def workers(self) -> list[int]:
        """Return the processes that the server has started."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(pid) for task in tasks for pid in task.read_text().split()]

    def busy_workers(self) -> list[int]:
        """Return the workers that compute at the moment."""
        before = {pid: _ticks(pid) for pid in self.workers()}
        time.sleep(0.3)  # in which one that computes takes a good part of a core
        return [pid for pid, ticks in before.items() if _ticks(pid) - ticks > 5]

    def logged(self) -> str:
        """Return what it has written to stderr."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def end(self) -> None:
        """End it; its workers end by themselves."""
        self.process.terminate()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def serving(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run a server that is started from another folder than the project's.

    Args:
        folder: to start it from; takes its log, and in `home` what it keeps.
        environment: what it finds in its environment besides our own.
    """
    port, log = _free_port(), folder / "stderr.txt"
    options = {"headless": "true", "port": str(port), "address": "127.0.0.1"}
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    for name, value in options.items():
        command += [f"--server.{name}", value]
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env={**os.environ, "FORECAST_HOME": str(folder / "home"), **(environment or {})},
        )
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        _wait_until_it_answers(server)
        yield server
    finally:
        server.end()


def _wait_until_it_answers(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            with urlopen(f"{server.address}/_stcore/health", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.05)  # between two looks; the deadline ends the waiting
    raise RuntimeError(f"the server did not start:\n{server.logged()}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _ticks(pid: int) -> int:
    """Return the hundredths of a second that a process has computed."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def alive(pid: int) -> bool:
    """Return whether a process runs; one that has ended but was not waited for does not."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def lacking() -> str | None:
    """Return what is lacking for a browser, or None."""
    try:
        import playwright.sync_api  # noqa: F401  (only whether it is there)
    except ImportError:
        return "playwright is not installed (requirements-dev.txt has it)"
    if chromium() is None:
        return "no chromium on the path; install Debian's, or name one in CHROMIUM"
    return None


def chromium() -> str | None:
    """Return the browser's executable: what CHROMIUM names, else the first on the path."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


@contextmanager
def browsing() -> "Iterator[Browser]":
    """Run a Chromium that reaches no other machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=QUIET)
        yield browser
        browser.close()
