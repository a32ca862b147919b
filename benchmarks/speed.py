"""This package beside PyTorch, Keras, JAX and ONNX Runtime, interleaved, in one run.

    python -m benchmarks.speed [--only step,epoch,…,backtest] [--full]
    python -m benchmarks.speed --cells gru --sizes 64,24,32 --features 1 --peers torch,jax
    python -m benchmarks.speed --quick

The whole grid is kept in benchmarks/results.json, a section at a time, and from there results.md
and results.svg are rendered. Part of a grid, or --quick, is shown and kept only with --out FOLDER.
"""

import argparse
from pathlib import Path
from typing import Any

from benchmarks import points
from benchmarks.backtest_speed import QUICK_WINDOWS, WINDOWS, backtests
from benchmarks.cold_process import cold
from benchmarks.imports import imports
from benchmarks.lines import header, line
from benchmarks.machine import machine, packages
from benchmarks.measure import Crew, Plan
from benchmarks.points import Point, Size, grid
from benchmarks.report import TITLES, render, section_text
from benchmarks.sharing import sharing
from benchmarks.sides import PEERS
from benchmarks.store import keep

FOLDER = Path(__file__).parent
REPEATS = {
    "step": 7, "epoch": 5, "cold": 5, "latency": 15, "import": 15, "sharing": 5, "backtest": 7,
}  # fmt: skip
QUICK_REPEATS = 2
BUDGETS = {"step": 0.15, "epoch": 0.3, "latency": 0.05}
QUICK_BUDGET = 0.05
PACKAGES = ("numpy", "numba", "pandas", "jax", "keras", "tensorflow-cpu", "torch")
EPOCHS, QUICK_EPOCHS = 20, 2  # of a cold process


def _names(text: str) -> list[str]:
    return text.split(",")


def _size(text: str) -> Size:
    units, timesteps, batch = map(int, text.split(","))
    return units, timesteps, batch


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", type=_names, default=list(TITLES), metavar="SECTION,…",
                        help=f"of {','.join(TITLES)}")  # fmt: skip
    parser.add_argument("--cells", type=_names, metavar="CELL,…")
    parser.add_argument("--sizes", type=_size, nargs="+", metavar="UNITS,TIMESTEPS,BATCH")
    parser.add_argument("--features", type=int, nargs="+")
    parser.add_argument("--peers", type=_names, metavar="PEER,…", help=f"of {','.join(PEERS)}")
    parser.add_argument("--repeats", type=int)
    parser.add_argument("--full", action="store_true", help="all units, timesteps and batches")
    parser.add_argument("--quick", action="store_true", help="one size, two repeats")
    parser.add_argument("--hasty", action="store_true",
                        help="leave out what peers compile for minutes")  # fmt: skip
    parser.add_argument("--out", type=Path, help="folder for results")
    given = parser.parse_args()
    for name, choices in (("only", TITLES), ("cells", points.CELLS), ("peers", PEERS)):
        strange = set(getattr(given, name) or ()) - set(choices)
        if strange:
            parser.error(f"--{name} must be of {','.join(choices)}; got {','.join(strange)}")
    return given


def chosen_points(given: argparse.Namespace, kind: str) -> list[Point]:
    """Return the points of a section."""
    cells = given.cells or points.CELLS
    if kind == "latency":
        return grid(cells, points.LATENCY_SIZES, (1,))
    usual = points.FULL_SIZES if given.full else points.SIZES
    sizes = given.sizes or (points.QUICK_SIZES if given.quick else usual)
    return grid(cells, sizes, given.features or ((1,) if given.quick else points.FEATURES))


def _repeats(given: argparse.Namespace, section: str) -> int:
    usual = QUICK_REPEATS if given.quick else REPEATS[section]
    return int(given.repeats or usual)


def point_section(given: argparse.Namespace, kind: str) -> dict[str, Any]:
    """Measure steps, epochs or latencies; print a line a point."""
    plan = Plan(
        kind=kind,
        peers=given.peers or list(PEERS),
        repeats=_repeats(given, kind),
        budget=QUICK_BUDGET if given.quick else BUDGETS[kind],
        patient=not (given.quick or given.hasty),
    )
    with Crew(plan) as crew:
        versions = crew.versions()
        print(header(plan.sides()))
        records = []
        for record in crew.measure(chosen_points(given, kind)):
            print(line(record, plan.sides()), flush=True)
            records.append(record._asdict())
    return {"versions": versions, "records": records}


def measured(given: argparse.Namespace, section: str) -> dict[str, Any]:
    """Measure a section."""
    print(f"\n{TITLES[section]}", flush=True)
    repeats = _repeats(given, section)
    if section == "cold":
        epochs = QUICK_EPOCHS if given.quick else EPOCHS
        found = cold(given.peers or list(PEERS), repeats, epochs)
        found["versions"] = packages(PACKAGES)
    elif section == "sharing":
        found = sharing(repeats) | {"versions": packages(PACKAGES[:3])}
    elif section == "backtest":
        found = backtests(repeats, QUICK_WINDOWS if given.quick else WINDOWS)
        found["versions"] = packages(PACKAGES[:3])
    elif section == "import":
        found = imports(repeats) | {"versions": packages(PACKAGES[:3])}
    else:
        found = point_section(given, section)
    return {"machine": machine(), "repeats": repeats} | found


def main() -> None:
    """Measure the sections that were asked for."""
    given = arguments()
    part = any((given.cells, given.sizes, given.features, given.peers, given.quick))
    folder = given.out or (None if part else FOLDER)
    for section in given.only:
        found = measured(given, section)
        print(section_text(section, found))
        if folder is not None:
            render(folder, keep(folder, section, found))
    print("Not kept: part of a grid, without --out." if folder is None else f"Kept in {folder}.")


if __name__ == "__main__":
    main()
