"""Time a batch of synthetic series with one global network, and the memory of all its processes.

    python -m benchmarks.batch [--series 100000] [--rows 200] [--workers 2] [more options of batch]

What `python -m forecast batch` takes may be added. The figures are seconds from the start of the
command to its end, and the most memory that it and its workers held together: pages that they share
counted once, and counted for each.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.batch_input import write_series
from benchmarks.batch_processes import Watch

ROOT = Path(__file__).parents[1]


def measured(source: Path, out: Path, options: list[str]) -> dict[str, Any]:
    """Run the command once and return what it told and took.

    Raises:
        RuntimeError: it failed.
    """
    command = [sys.executable, "-m", "forecast", "batch", str(source), "--out", str(out), "--json"]
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603  (our own interpreter and program)
        [*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    with Watch(process.pid) as watch:
        told = process.communicate()[0]
    if process.returncode:
        raise RuntimeError(f"the command ended with status {process.returncode}")
    found: dict[str, Any] = json.loads(told)
    seconds = time.perf_counter() - started
    return found | {"seconds": seconds, "memory": watch.most._asdict()}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=None, help="for the files; else temporary")
    given, options = parser.parse_known_args()
    top = given.folder or Path(tempfile.mkdtemp(prefix="batch-"))
    source = top / f"{given.series}.parquet"
    if not source.exists():
        write_series(source, given.series, given.rows)
    out = top / f"out-{given.series}"
    shutil.rmtree(out, ignore_errors=True)
    found = measured(source, out, ["--workers", str(given.workers), *options])
    memory, seconds = found["memory"], found["seconds"]
    print(
        f"{found['forecast']:,} of {found['series']:,} series x {given.rows} rows: {seconds:.1f} s "
        f"({found['series'] / seconds:,.0f} series/s), {given.workers} workers; at most "
        f"{memory['proportional']:,.0f} MB together ({memory['resident']:,.0f} MB with shared "
        "pages counted for each process)."
    )
    if given.folder is None:
        shutil.rmtree(top)
    return 0


if __name__ == "__main__":
    sys.exit(main())
