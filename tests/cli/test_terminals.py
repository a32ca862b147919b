"""The command line at the end of a pipe, on a terminal, on a full disk, interrupted."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

FAST = ["--timesteps", "6", "--hidden-units", "4", "--epochs", "2"]


def test_compare_on_a_terminal_shows_a_bar() -> None:
    """A pseudo-terminal on stderr; stdout stays a pipe, and stays clean."""
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "forecast", "compare", "sample:air_passengers", *FAST]
    done = subprocess.run(
        [*command, "--cell", "gru", "--json"],
        stdout=subprocess.PIPE,
        stderr=terminal,
        check=False,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "100"},
    )
    os.close(terminal)
    shown = os.read(controller, 65536).decode()
    os.close(controller)
    assert done.returncode == 0
    assert json.loads(done.stdout)["models"][0]["model"] == "GRU"
    assert "GRU" in shown
    assert "\x1b" in shown


def shell(command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in the repository, any failing command failing it."""
    line = f"set -o pipefail; {command.replace('forecast', f'{sys.executable} -m forecast', 1)}"
    return subprocess.run(
        ["bash", "-c", line],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env=os.environ | more,
    )


@pytest.mark.parametrize("command", ["samples --json", "compare sample:air_passengers --epochs 1"])
def test_a_closed_pipe_is_no_error(command: str) -> None:
    done = shell(f"forecast {command} | head -c 5")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk_is_one_line() -> None:
    done = shell("forecast samples --json > /dev/full")
    assert done.returncode == 1
    assert done.stderr.startswith("error: No space left")
    assert done.stderr.count("\n") == 1


def test_output_that_cannot_spell_everything_is_no_error() -> None:
    for command in ("samples --json", "compare sample:air_passengers --epochs 1"):
        done = shell(f"forecast {command}", PYTHONIOENCODING="ascii")
        assert (done.returncode, done.stderr) == (0, "")


def _heed_interrupts() -> None:
    """Undo what a shell's background job hands down: interrupts that are ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupt_is_said_and_is_status_130() -> None:
    command = [sys.executable, "-m", "forecast", "compare", "sample:wti_oil", "--epochs", "500"]
    with subprocess.Popen(
        [*command, "--patience", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        preexec_fn=_heed_interrupts,
    ) as running:
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(timeout=4)  # it has begun to train by then, or it is still importing
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=20)
    assert (running.returncode, out) == (130, "")
    assert err.strip() == "error: Interrupted; no file was left half written."


def test_an_interrupt_of_an_import_is_not_lost(tmp_path: Path) -> None:
    """Python drops a KeyboardInterrupt that comes while an import lets go of its lock."""
    interrupting = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"
    (tmp_path / "interrupting.py").write_text(interrupting, encoding="utf-8")
    code = (
        "import signal, sys\n"
        "from forecast.cli import _interrupted\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "signal.signal(signal.SIGINT, _interrupted)\n"
        "try:\n    import interrupting\nexcept BaseException:\n    pass\n"
        "print('went on')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.strip() == "error: Interrupted; no file was left half written."


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_a_narrow_terminal_leaves_columns_out_and_cuts_no_number(columns: int) -> None:
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "forecast", "compare", "sample:air_passengers", *FAST]
    done = subprocess.run(
        [*command, "--cell", "gru"],
        stdout=terminal,
        stderr=subprocess.PIPE,
        check=False,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"TERM": "xterm", "COLUMNS": str(columns)},
    )
    os.close(terminal)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", os.read(controller, 65536).decode())
    os.close(controller)
    assert done.returncode == 0
    assert "…" not in shown
    table = [line for line in shown.splitlines() if line.startswith(("model", "SeasonalNaive"))]
    assert len(table) == 2
    assert all(len(line.rstrip()) <= columns for line in table)
    assert "skill" in table[0]
    assert ("verdict" in table[0]) == (columns == 200)
