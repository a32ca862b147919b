"""Reading, checking and charting a million rows beside `pandas.read_csv` with the types given.

    python -m benchmarks.data [--rounds 5] [--rows 1000000] [--out FOLDER]

Each side runs in a process of its own, in turn, and has read a small file before its time begins,
so that imports do not count; the most memory a process held counts all of it. Results are kept in
data.json, and from there data.md is written. Nothing large is imported here: the kernel would count
it as the children's.
"""

import argparse
import json
import random
import statistics
import tempfile
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.formats import milliseconds, table, three, times
from benchmarks.machine import machine, packages
from benchmarks.processes import ProgramError, run
from benchmarks.rounds import interleave
from benchmarks.store import keep, load, write_whole

FOLDER, RESULTS, PAGE = Path(__file__).parent, "data.json", "data.md"
ROWS = 1_000_000
PANDAS, OURS, REFUSE = "pandas", "ours", "refuse"
RATIO_AIM, MEMORY_AIM, REFUSAL_AIM = 3.0, 500.0, 0.2
LIBRARIES = ("numpy", "pandas", "plotly", "pyarrow", "tsdownsample")
HEAD = """# Reading data

Written by `python -m benchmarks.data` (`make bench-data`); every number below is from a run of it.
A CSV of {rows:,} rows × 2 columns, a time a minute as ISO seconds and a value of two to four
decimals, is read by `pandas.read_csv` with the types and the format of the time given; and by
`fc.doctor`, which is told nothing but the target, and whose series is then prepared and charted as
JSON. Each side runs in a process of its own, in turn; the ratio is the median of the ratios within
a round.

{measured}
"""


def write_rows(path: Path, rows: int) -> None:
    """Write a walk by the minute, the same each time."""
    chance = random.Random(0)  # noqa: S311  (a walk, no secret)
    start, value = datetime(2020, 1, 1), 100.0
    with path.open("w", encoding="utf-8") as file:
        file.write("time,value\n")
        for row in range(rows):
            value += chance.gauss(0, 0.1)
            stamp = (start + timedelta(minutes=row)).isoformat()
            file.write(f"{stamp},{value:.{chance.randint(2, 4)}f}\n")


class Sides:
    """The processes and what they answered."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.folder, self.data = folder, data
        self.answers: dict[str, list[dict[str, Any]]] = {}

    def time(self, side: str) -> float:
        """Run one side in a process of its own; return its seconds."""
        answer = self.folder / f"{side}.json"
        module = ["-m", "benchmarks.data_program", side, str(self.data), str(answer)]
        spent = run(module, {})
        told = json.loads(answer.read_text(encoding="utf-8"))
        self.answers.setdefault(side, []).append(told | {"megabytes": spent.megabytes})
        return float(told["seconds"])


def measure(rows: int, rounds: int) -> dict[str, Any]:
    """Time all sides in turn; return one section of results."""
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "minutes.csv"
        write_rows(data, rows)
        sides = Sides(Path(scratch), data)
        timers = {side: partial(sides.time, side) for side in (PANDAS, OURS, REFUSE)}
        found = interleave(timers, rounds, peers=(), failures=(ProgramError,))
        size = data.stat().st_size
    if found.failed:
        raise SystemExit(f"failed: {found.failed}")
    last = sides.answers[OURS][-1]
    return {
        "machine": machine(), "versions": packages(LIBRARIES), "rounds": rounds, "rows": rows,
        "bytes": size,
        "seconds": {side: [round(one, 4) for one in took] for side, took in found.seconds.items()},
        "megabytes": {side: [round(one["megabytes"], 1) for one in told]
                      for side, told in sides.answers.items()},
        "steps": {step: round(statistics.median(one["steps"][step] for one in sides.answers[OURS]),
                              4) for step in last["steps"]},
        "chart": {name: last[name] for name in ("points", "characters", "extremes")},
        "refusal": {name: sides.answers[REFUSE][-1][name] for name in ("cuts", "said")},
    }  # fmt: skip


def verdicts(found: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Return what was measured, the aim, and whether it is met."""
    seconds, megabytes, chart = found["seconds"], found["megabytes"], found["chart"]
    pairs = zip(seconds[OURS], seconds[PANDAS], strict=True)
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    memory, refusal = max(megabytes[OURS]), statistics.median(seconds[REFUSE])
    cuts = found["refusal"]["cuts"]
    drawn = f"{chart['points']:,}, both extremes {'among' if chart['extremes'] else 'not among'}"
    return [
        ("read, checked and charted ÷ pandas", times(ratio), f"≤ {RATIO_AIM:g}×",
         ratio <= RATIO_AIM),
        ("most memory, MB", three(memory), f"< {MEMORY_AIM:g}", memory < MEMORY_AIM),
        ("200,000 columns refused, ms", milliseconds(refusal), f"< {1000 * REFUSAL_AIM:g}",
         refusal < REFUSAL_AIM),
        ("parsers called on them", str(cuts), "0", cuts == 0),
        ("points drawn", f"{drawn} them", "both extremes", bool(chart["extremes"])),
    ]  # fmt: skip


def render(found: dict[str, Any]) -> str:
    """Write the page of a section of results."""
    on = found["machine"]
    listed = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    measured = (
        f"Measured on {on['date']}: {on['processor']}, {on['cores']} cores, {on['system']}, Python "
        f"{on['python']}; {listed}. {found['rounds']} rounds."
    )
    medians = {side: statistics.median(took) for side, took in found["seconds"].items()}
    rows = [
        [side, milliseconds(medians[side]), three(max(found["megabytes"][side]))]
        for side in (PANDAS, OURS)
    ]
    rows[1:1] = [[f"– {step}", milliseconds(took), ""] for step, took in found["steps"].items()]
    aims = [[what, got, aim, "met" if met else "**missed**"]
            for what, got, aim, met in verdicts(found)]  # fmt: skip
    return "\n".join((
        HEAD.format(rows=found["rows"], measured=measured),
        table(["", "measured", "aim", ""], aims),
        "",
        table(["side", "ms, median", "most memory, MB"], [rows[0], rows[-1], *rows[1:-1]]),
        "",
    ))  # fmt: skip


def main() -> None:
    """Measure, keep the results, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for results")
    given = parser.parse_args()
    keep(given.out, "million", measure(given.rows, given.rounds), RESULTS)
    text = render(load(given.out, RESULTS)["million"])
    write_whole(given.out / PAGE, text)
    print(text)


if __name__ == "__main__":
    main()
