"""memory_tasks.md from memory_tasks.json, and the same on a terminal."""

from pathlib import Path
from typing import Any

from benchmarks.formats import table, three
from benchmarks.store import write_whole
from forecast.data.planted import SOLVED

AIM, GATED, PLAIN = 100, ("GRU", "LSTM"), "SimpleRNN"
HEADER = f"{'task':<8}{'lag':>5}  {'cell':<10}{'solved':>7}{'left':>16}{'memory':>8}{'seconds':>9}"
HEAD = f"""# Planted memory

Written by `python -m benchmarks.memory_tasks` (`make memory`); every number below is from a run of
it. On `copy_first_L` a cell has to forecast a value that was marked L rows before, among noise of
the same size; on `adding_problem` the sum of two marked values among the last 50. Every cell has
its usual start (glorot, orthogonal, the LSTM's forget bias 1) and the same settings on every task.

*Solved* counts the seeds with which less than {SOLVED:.0%} of the variance of the test part's
answers is left; *left* is the median and the range of that share: 1 is no better than the mean.
*Memory* is in how many of the window's newest rows 90 % of the influence on the forecast lie, the
median over seeds (`fc.effective_memory` on the test part, on windows that an answer follows).
*Seconds* are those of one training while others run beside it, the median.

Aim: GRU and LSTM solve lag {AIM} with every seed, SimpleRNN with none.
"""


def solved(record: dict[str, Any]) -> int:
    """Return with how many seeds a task was solved."""
    return sum(left < SOLVED for left in record["left"])


def middle(values: list[float]) -> float:
    """Return the median; of an even number the upper of the two, which is one of them."""
    return sorted(values)[len(values) // 2]


def cells_of(record: dict[str, Any]) -> list[str]:
    """Return how often a cell solved a task, what it left, its memory and seconds, as text."""
    left = record["left"]
    span = f"{three(middle(left))} ({three(min(left))}–{three(max(left))})"
    rate = f"{solved(record)} of {len(left)}"
    return [rate, span, str(middle(record["memory"])), three(middle(record["seconds"]))]


def line(record: dict[str, Any]) -> str:
    """Return a record's line on a terminal."""
    rate, _, memory, seconds = cells_of(record)
    left = f"{three(min(record['left']))}–{three(max(record['left']))}"
    return (
        f"{record['task']:<8}{record['lag']:>5}  {record['cell']:<10}{rate:>7}{left:>16}"
        f"{memory:>8}{seconds:>9}"
    )


def verdict(records: list[dict[str, Any]]) -> str:
    """Say whether the aim is met; it takes all three cells at its lag."""
    told = {one["cell"]: one for one in records if (one["task"], one["lag"]) == ("copy", AIM)}
    if not {*GATED, PLAIN} <= told.keys():
        return f"Lag {AIM} was not measured with all cells."
    met = all(solved(told[cell]) == len(told[cell]["left"]) for cell in GATED)
    met = met and solved(told[PLAIN]) == 0
    rates = ", ".join(f"{cell} {cells_of(told[cell])[0]}" for cell in (PLAIN, *GATED))
    return f"Lag {AIM}: {rates}: {'met' if met else '**MISSED**'}."


def rates(records: list[dict[str, Any]]) -> str:
    """Return a table of how often each cell solved each task: a row a task, a column a cell."""
    cells = list(dict.fromkeys(one["cell"] for one in records))
    rows: dict[tuple[str, int], dict[str, str]] = {}
    for one in records:
        rows.setdefault((one["task"], one["lag"]), {})[one["cell"]] = cells_of(one)[0]
    shown = [[task, str(lag), *(row[cell] for cell in cells)] for (task, lag), row in rows.items()]
    return table(["task", "lag", *cells], shown)


def render(folder: Path, section: dict[str, Any]) -> str:
    """Write memory_tasks.md; return what it says of the results."""
    records, on = section["records"], section["machine"]
    header = ["task", "lag", "cell", "solved", "left", "memory", "seconds"]
    rows = [[one["task"], str(one["lag"]), one["cell"], *cells_of(one)] for one in records]
    told = "\n\n".join([
        f"Measured on {on['date']}, {on['cores']} cores, Python {on['python']}: "
        f"{sum(len(one['left']) for one in records)} trainings in {section['seconds']:.0f} s.",
        verdict(records),
        rates(records),
        table(header, rows),
    ])  # fmt: skip
    write_whole(folder / "memory_tasks.md", f"{HEAD}\n{told}\n")
    return f"\n{told}\n"
