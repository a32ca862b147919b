"""What a batch run leaves, and whether two runs left the same."""

import subprocess
from pathlib import Path

import pandas as pd

LOCK = ".lock"  # empty; whoever works in a folder holds it


class LossError(Exception):
    """Something was lost, or differs."""


def content_of(out: Path) -> dict[str, bytes]:
    """Return the bytes of all files that a run leaves."""
    return {
        file.relative_to(out).as_posix(): file.read_bytes()
        for file in sorted(out.rglob("*"))
        if file.is_file() and file.name != LOCK
    }


def said_of(out: Path) -> str:
    """Return what the run that was begun last for a folder wrote to stderr."""
    return errors_of(out).read_text(errors="replace")


def errors_of(out: Path) -> Path:
    """Return the file for what runs in a folder write to stderr.

    Not a pipe: workers that outlive their driver hold it open, and who reads it waits for them.
    """
    return out.with_suffix(".err")


def ended(process: "subprocess.Popen[str]", out: Path) -> dict[str, bytes]:
    """Wait for the end of a run and return what it left.

    Raises:
        LossError: it failed.
    """
    if process.wait():
        raise LossError(f"status {process.returncode}: {said_of(out).strip()[-1000:]}")
    return content_of(out)


def compare(whole: dict[str, bytes], found: dict[str, bytes]) -> None:
    """See that two runs left the same.

    Raises:
        LossError: they did not.
    """
    names = sorted(whole.keys() | found.keys())
    differing = [name for name in names if whole.get(name) != found.get(name)]
    if differing:
        raise LossError(f"{len(differing)} files differ, the first {differing[0]}")


def check_complete(out: Path, series: int) -> None:
    """See that every series was forecast once.

    Raises:
        LossError: one is missing, or stands there twice.
    """
    frame = pd.read_parquet(out / "forecasts", columns=["unique_id", "ds"])
    counted = frame["unique_id"].value_counts()
    if len(counted) != series or counted.min() != counted.max() or frame.duplicated().any():
        raise LossError(f"{len(counted)} of {series} series, some more than once or in part")
