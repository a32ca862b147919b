"""Tables for people, JSON for machines, progress on a terminal."""

import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from forecast.models.fitted import FitProgress

WIDE = 400  # columns a table may take in a pipe, where nothing is cut off


def complain(error: object) -> None:
    """Write one line to stderr."""
    text = " ".join(str(error).split())
    print(f"error: {text}", file=sys.stderr)  # noqa: T201  (what this function is for)


def print_json(value: Any) -> None:
    """Write one JSON value to stdout, and nothing else."""
    sys.stdout.write(json.dumps(value, allow_nan=False) + "\n")


class _Console(Console):
    """A console that leaves a closed pipe to the caller."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def print_table(frame: pd.DataFrame, *, digits: int = 3, spare: tuple[str, ...] = ()) -> None:
    """Write a table to stdout: numbers to the right, `digits` behind the point.

    Args:
        frame: what to write.
        digits: of real numbers.
        spare: columns to leave out, one after another, while a terminal is too narrow.
    """
    console = _Console() if sys.stdout.isatty() else _Console(width=WIDE)
    left_out = 0
    table = _table(frame, digits)
    everything = console.options.update(width=WIDE)
    while (
        left_out < len(spare) and console.measure(table, options=everything).maximum > console.width
    ):
        left_out += 1
        table = _table(frame.drop(columns=list(spare[:left_out]), errors="ignore"), digits)
    console.print(table)


def _table(frame: pd.DataFrame, digits: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in frame.columns:
        right = pd.api.types.is_numeric_dtype(frame[name])
        table.add_column(Text(str(name)), justify="right" if right else "left", no_wrap=True)
    for row in frame.itertuples(index=False):
        table.add_row(*(Text(_shown(value, digits)) for value in row))
    return table


def doubts(findings: list[dict[str, Any]]) -> list[str]:
    """Return what speaks against networks beyond the verdict, one line each."""
    told = ("overfitting", "gradient", "residuals", "leakage", "coverage", "seeds")
    found = [one for one in findings if one["concern"] and one["check"] in told]
    return [f"- {one['finding']}" for one in found]


def print_lines(*lines: str) -> None:
    """Write lines to stdout as they are."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _shown(value: Any, digits: int) -> str:
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:,.{digits}f}"
    if isinstance(value, pd.Timestamp):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    return f"{value:,}" if isinstance(value, int) else str(value)


class EpochBar(Protocol):
    """Takes note of a finished epoch."""

    def __call__(self, label: str, progress: FitProgress) -> None:
        """Move the bar of that cell."""


@contextmanager
def epoch_bars(labels: list[str], epochs: int) -> Iterator[EpochBar | None]:
    """Show one bar a cell on stderr if that is a terminal; hand out None if it is not."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description:<10}"), BarColumn(), TextColumn("{task.fields[said]}"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bars:
        tasks = {label: bars.add_task(label, total=epochs, said="waiting") for label in labels}

        def move(label: str, progress: FitProgress) -> None:
            record = progress.record
            said = f"epoch {record.epoch}/{epochs}  loss {record.loss:.4g}"
            if not math.isnan(record.val_loss):
                said += f"  val_loss {record.val_loss:.4g}"
            bars.update(tasks[label], completed=record.epoch, said=said)

        yield move
