"""A call in a killable process. The functions below are the targets; children import this file."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from forecast.errors import (
    CancelledError,
    DeadlineError,
    MissingExtraError,
    ProcessError,
    ReadError,
    SettingError,
)
from forecast.processes import Answer, SlowStartError, call, environment

HERE = Path(__file__).stem
LONG = 20.0  # seconds; no test waits for them


def double(number: int, text: str = "") -> Answer:
    sys.stdout.write("libraries print")
    os.write(1, b"and so do those in C")
    return Answer({"twice": 2 * number, "text": text}, bytes(range(256)) * number)


def fail(kind: str) -> Answer:
    if kind == "read":
        raise ReadError("row 3 is broken", path="a.csv", row=3)
    if kind == "extra":
        raise MissingExtraError("yfinance", "yahoo", "Fetching prices")
    if kind == "foreign":
        raise LookupError("something unforeseen")
    if kind == "loud":
        sys.stderr.write("x" * 1_000_000 + " the last words")
        os._exit(3)
    os.kill(os.getpid(), signal.SIGKILL)
    return Answer({})


def linger(file: str) -> Answer:
    """Start a child that would stay, and wait with it."""
    child = subprocess.Popen(["sleep", "60"])
    Path(file).write_text(f"{os.getpid()} {child.pid}")
    time.sleep(60)
    return Answer({})


def leave_behind(file: str, holds: bool) -> Answer:
    """Answer at once, and leave a child behind, which holds stdout or nothing of ours."""
    quiet = None if holds else subprocess.DEVNULL
    child = subprocess.Popen(["sleep", "60"], stdout=quiet, stderr=quiet, stdin=quiet)
    Path(file).write_text(f"{os.getpid()} {child.pid}")
    return Answer({"done": True}, b"x" * 200_000)


def die_with_child(file: str) -> Answer:
    """End without an answer, while a fork of this process holds the very pipe of the answer."""
    child = os.fork()
    if not child:
        time.sleep(60)
    Path(file).write_text(f"{os.getpid()} {child}")
    os._exit(3)


def nap(seconds: float) -> Answer:
    time.sleep(seconds)
    return Answer({})


def named(function: str) -> str:
    return f"{HERE}:{function}"


@pytest.fixture(autouse=True)
def _found_by_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


def alive(process: int) -> bool:
    """Say whether a process still runs; one that only waits to be counted does not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def gone(processes: list[int]) -> bool:
    ends = time.monotonic() + 5
    while any(map(alive, processes)) and time.monotonic() < ends:
        time.sleep(0.02)
    return not any(map(alive, processes))


def waited_for(file: Path) -> list[int]:
    ends = time.monotonic() + 15
    while not (file.exists() and len(file.read_text().split()) == 2):
        assert time.monotonic() < ends
        time.sleep(0.02)
    return [int(word) for word in file.read_text().split()]


def test_facts_and_bytes_come_back_whatever_is_printed() -> None:
    answer = call(named("double"), {"number": 4000, "text": "é\n"}, deadline=LONG)
    assert answer.facts == {"twice": 8000, "text": "é\n"}
    assert answer.body == bytes(range(256)) * 4000


def test_an_error_of_our_tree_is_raised_as_what_it_was() -> None:
    with pytest.raises(ReadError, match="row 3 is broken") as caught:
        call(named("fail"), {"kind": "read"}, deadline=LONG)
    assert (caught.value.path, caught.value.row) == ("a.csv", 3)
    with pytest.raises(MissingExtraError, match=r"recurrent-forecast\[yahoo\]") as missing:
        call(named("fail"), {"kind": "extra"}, deadline=LONG)
    assert missing.value.extra == "yahoo"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("foreign", "LookupError: something unforeseen"),
        ("loud", "exit status 3.*the last words"),
        ("killed", "exit status -9"),
    ],
)
def test_other_ends_are_a_process_error(kind: str, told: str) -> None:
    with pytest.raises(ProcessError, match=told):
        call(named("fail"), {"kind": kind}, deadline=LONG)


def test_a_target_that_is_not_there_is_a_process_error() -> None:
    with pytest.raises(ProcessError, match="nothing_here"):
        call("nothing_here:at_all", {}, deadline=LONG)


def test_the_deadline_kills_the_whole_group(tmp_path: Path) -> None:
    file = tmp_path / "pids"
    began = time.monotonic()
    with pytest.raises(DeadlineError, match=r"within 2\.5 s"):
        call(named("linger"), {"file": str(file)}, deadline=2.5)
    assert time.monotonic() - began < 3.5
    assert gone(waited_for(file))


@pytest.mark.parametrize("holds", [True, False])
def test_what_a_call_leaves_behind_neither_delays_nor_survives_it(
    tmp_path: Path, holds: bool
) -> None:
    file = tmp_path / "pids"
    began = time.monotonic()
    answer = call(named("leave_behind"), {"file": str(file), "holds": holds}, deadline=LONG)
    assert time.monotonic() - began < LONG / 2
    assert (answer.facts, len(answer.body)) == ({"done": True}, 200_000)
    assert gone(waited_for(file))


def test_a_dead_process_is_not_waited_for_though_its_pipe_is_held(tmp_path: Path) -> None:
    file = tmp_path / "pids"
    with pytest.raises(ProcessError, match="exit status 3"):
        call(named("die_with_child"), {"file": str(file)}, deadline=LONG)
    assert gone(waited_for(file))


def test_a_message_shows_the_deadline_that_the_caller_gave() -> None:
    with pytest.raises(DeadlineError, match=r"within 4 s\."):
        call(named("nap"), {"seconds": 60}, deadline=0.3, told=4)
    with pytest.raises(DeadlineError, match=r"within 0\.33 s\."):
        call(named("nap"), {"seconds": 60}, deadline=0.333333)


def test_a_process_that_does_not_start_is_told_from_one_that_does_not_answer() -> None:
    with pytest.raises(SlowStartError, match="not started"):
        call(named("nap"), {"seconds": 60}, deadline=LONG, start=0.001)
    with pytest.raises(DeadlineError) as caught:
        call(named("nap"), {"seconds": 60}, deadline=2.5, start=2.4)
    assert type(caught.value) is DeadlineError


def test_another_thread_can_stop_a_call(tmp_path: Path) -> None:
    file, stop, caught = tmp_path / "pids", threading.Event(), []

    def work() -> None:
        try:
            call(named("linger"), {"file": str(file)}, deadline=LONG, stop=stop)
        except CancelledError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    pids = waited_for(file)
    stop.set()
    thread.join(5)
    assert caught
    assert gone(pids)


CALLER = """
import sys
from forecast.processes import call
call(sys.argv[1], {"file": sys.argv[2]}, deadline=float(sys.argv[3]))
"""


@pytest.mark.parametrize(("sign", "deadline"), [(signal.SIGINT, 20), (signal.SIGKILL, 2)])
def test_a_call_ends_with_its_caller(tmp_path: Path, sign: signal.Signals, deadline: int) -> None:
    """At once on Ctrl-C; where the caller cannot act any more, soon after the deadline."""
    file = tmp_path / "pids"
    order = [sys.executable, "-c", CALLER, named("linger"), str(file), str(deadline)]
    caller = subprocess.Popen(order, env=environment(), stderr=subprocess.DEVNULL)
    pids = waited_for(file)
    caller.send_signal(sign)
    caller.wait(5)
    called = pids[:1] if sign == signal.SIGKILL else pids
    assert gone(called)
    if sign == signal.SIGKILL:
        os.kill(pids[1], signal.SIGKILL)


def test_the_child_is_told_of_proxies_and_not_of_secrets() -> None:
    ours = {"HTTPS_PROXY": "http://p:1", "PATH": "/bin", "MY_TOKEN": "t", "AWS_SECRET_ID": "s"}
    kept = environment({**ours, "API_KEY": "k", "PYTHONPATH": "/extra"})
    assert kept["HTTPS_PROXY"] == "http://p:1"
    assert kept["PYTHONPATH"].endswith(f"{os.pathsep}/extra")
    assert not {"MY_TOKEN", "AWS_SECRET_ID", "API_KEY"} & set(kept)


@pytest.mark.parametrize("deadline", [0, -1, float("nan"), "soon"])
def test_a_deadline_is_a_time(deadline: object) -> None:
    with pytest.raises(SettingError, match="`deadline`"):
        call(named("double"), {"number": 1}, deadline=deadline)  # type: ignore[arg-type]
