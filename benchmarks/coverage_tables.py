"""coverage.md from coverage.json, and the same on a terminal."""

import math
from pathlib import Path
from typing import Any

from benchmarks.formats import table, three
from benchmarks.store import write_whole

LEVELS, WITHIN = ("80", "95"), 3.0
ALIKE = 0.05  # what differs by less, relative, is alike
HEADER = (
    f"{'sample':<17}{'level':>6}{'coverage':>10}{'error':>7}{'width':>9}{'windows':>9}"
    f"{'calibr.':>9}{'needed':>8}{'changes':>9}"
)
HEAD = f"""# Coverage of the intervals

Written by `python -m benchmarks.coverage` (`make coverage`); every number below is from a run of
it. The last 20 % of each sample are its test part. A GRU of 32 units, all else as the package has
it, is fitted on the rows before, of which the last 15 % measure its intervals, and forecasts from
every row of the test part without refitting.

Aim: the mean over the six samples within ±{WITHIN:g} points of 80 and of 95, intervals nested.

*Coverage* is the mean over the seeds, in percent; *error* its standard error by block bootstrap
over the windows, in points (of the test part alone; the calibration part is a draw as well).
*Needed* says by how many times an interval would have to be wider to cover what it says: the
quantile of that level of the errors in the test part ÷ that in the calibration part, each error as
a share of its window's spread. *Changes* is the same for repeating the last value: where it is far
from 1 too, the series itself has become rougher or calmer after the calibration part.
"""


def missed(record: dict[str, Any], level: str) -> bool:
    """Say whether a sample's coverage is farther from a level than the aim for the mean."""
    return abs(record[level]["coverage"] - float(level)) > WITHIN


def mean_coverage(records: list[dict[str, Any]], level: str) -> float:
    """Return the mean coverage over samples."""
    return sum(one[level]["coverage"] for one in records) / len(records)


def verdict(records: list[dict[str, Any]], level: str) -> str:
    """Say whether the mean over the samples meets the aim."""
    mean = mean_coverage(records, level)
    met = "met" if abs(mean - float(level)) <= WITHIN else "MISSED"
    error = math.hypot(*(one[level]["error"] for one in records)) / len(records)
    low, high = (f(one[level]["coverage"] for one in records) for f in (min, max))
    return f"{level} %: mean {mean:.1f} ± {error:.1f} ({low:.1f} to {high:.1f}), {met}"


def lines(record: dict[str, Any]) -> list[str]:
    """Return a sample's lines on a terminal."""
    return [
        f"{record['sample']:<17}{level:>6}{one['coverage']:>10.1f}{one['error']:>7.1f}"
        f"{three(one['width']):>9}{record['windows']:>9}{record['calibration']:>9}"
        f"{one['needed']:>8.2f}{one['changes']:>9.2f}{'  far' * missed(record, level)}"
        for level in LEVELS
        for one in [record[level]]
    ]


def why(record: dict[str, Any]) -> str:
    """Say why a sample is far from its levels, from its errors; empty where it is not."""
    told = []
    for level in (level for level in LEVELS if missed(record, level)):
        one = record[level]
        away = abs(one["coverage"] - float(level))
        chance = f", {away / one['error']:.1f} standard errors away" if one["error"] > 0 else ""
        told.append(
            f"{level}: {one['coverage']:.1f}{chance}; the network's errors in the test part are "
            f"{one['needed']:.2f}× those in the calibration part, {_changes(one)}"
        )
    if not told:
        return ""
    first, last, begin, end = record["rows"]
    before, after = record["skill"]
    told.append(
        f"its errors are {before:.0f} % smaller than those of the last value in the calibration "
        f"part ({first} to {last}), {after:.0f} % in the test part ({begin} to {end})"
    )
    return "; ".join(told)


def _changes(one: dict[str, Any]) -> str:
    """Say whether the series itself has changed as the errors have."""
    ratio, needed = one["changes"], one["needed"]
    if abs(ratio - 1) < ALIKE:
        return f"while the series changes as before ({ratio:.2f}×)"
    word = "rougher" if ratio > 1 else "calmer"
    same = (ratio > 1) == (needed > 1)
    return f"{'as' if same else 'though'} the series itself is {word} ({ratio:.2f}×)"


def _row(record: dict[str, Any]) -> list[str]:
    cells = [f"`{record['sample']}`"]
    for level in LEVELS:
        one = record[level]
        mark = "**" if missed(record, level) else ""
        cells += [f"{mark}{one['coverage']:.1f}{mark}", f"{one['error']:.1f}", three(one["width"]),
                  f"{one['needed']:.2f}", f"{one['changes']:.2f}"]  # fmt: skip
    return [*cells, str(record["windows"]), str(record["calibration"])]


def section_text(horizon: str, section: dict[str, Any]) -> str:
    """Write one horizon."""
    records = section["records"]
    six = [one for one in records if one["counts"]]
    on, seeds = section["machine"], ", ".join(map(str, section["seeds"]))
    nested = all(one["nested"] for one in records)
    header = ["sample"]
    for level in LEVELS:
        header += [f"coverage {level}", "error", "width", "needed", "changes"]
    header += ["windows", "calibration windows"]
    rows = [_row(one) for one in records]
    far = [f"- `{one['sample']}`, {text}." for one in records if (text := why(one))]
    ahead = "One row ahead" if horizon == "1" else f"{horizon} rows ahead, all of them together"
    beside = ", ".join(f"`{one['sample']}`" for one in records if not one["counts"])
    parts = [
        f"## {ahead}",
        f"Measured on {on['date']}, Python {on['python']}; seeds {seeds}.",
        "\n".join(f"- {verdict(six, level)}" for level in LEVELS)
        + f"\n- every 95 % interval holds the 80 % one: {'yes' if nested else '**NO**'}",
        table(header, rows),
    ]
    if beside:
        parts.append(f"{beside}: measured as well, not in the mean.")
    if far:
        parts.append(f"Farther than {WITHIN:g} points from their level:\n\n" + "\n".join(far))
    return "\n\n".join(parts) + "\n"


def render(folder: Path, sections: dict[str, Any]) -> str:
    """Write coverage.md; return what it says of each horizon."""
    texts = [section_text(horizon, sections[horizon]) for horizon in sorted(sections, key=int)]
    write_whole(folder / "coverage.md", HEAD + "\n" + "\n".join(texts))
    return "\n" + "\n".join(texts)
