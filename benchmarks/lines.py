"""One line a point on the terminal, while the benchmark runs."""

from benchmarks.formats import milliseconds, percent, times
from benchmarks.records import Record
from benchmarks.sides import OURS, PEERS, SIDES

COLUMN = 20


def header(sides: list[str]) -> str:
    """Return the heading over the lines."""
    peers = "".join(f"{SIDES[side].label:>{COLUMN}}" for side in sides if side in PEERS)
    return f"{'cell':<11}{'size':<14}{'in':<3}{'ours ms':>9}{'GFLOP/s':>8}{'sgemm':>6}{peers}  aim"


def line(record: Record, sides: list[str]) -> str:
    """Return a point's line: milliseconds of every side, and the ratio to each peer."""
    point = record.point
    ours = [f"{'failed':>9}", " " * 8, " " * 6]
    if OURS in record.seconds:
        ours = [f"{milliseconds(record.median(OURS)):>9}", f"{record.rate / 1e9:>8.0f}",
                f"{percent(record.share):>6}"]  # fmt: skip
    peers = "".join(f"{_cell(record, side):>{COLUMN}}" for side in sides if side in PEERS)
    verdict = {True: "met", False: "missed", None: "–"}[record.passes]
    return f"{point.cell:<11}{point.size:<14}{point.features:<3}{''.join(ours)}{peers}  {verdict}"


def _cell(record: Record, side: str) -> str:
    if side not in record.seconds:
        return "failed"
    ratio = f" ({times(record.ratio(side))})" if OURS in record.seconds else ""
    return milliseconds(record.median(side)) + ratio
