"""results.md and results.svg from results.json."""

from pathlib import Path
from typing import Any

from benchmarks.chart import chart
from benchmarks.points import LABELS, SIZES
from benchmarks.program_tables import (
    backtest_table,
    cold_tables,
    import_table,
    sharing_table,
)
from benchmarks.records import Record
from benchmarks.store import write_whole
from benchmarks.tables import latency_tables, training_tables

TITLES = {
    "step": "Training step",
    "epoch": "Epoch",
    "cold": "Cold process",
    "latency": "One window",
    "import": "Import",
    "sharing": "Sharing",
    "backtest": "Backtest",
}
HEAD = """# Speed

Written by `python -m benchmarks.speed` (`make bench`); every number below is from a run of it,
none is typed by hand. Every side runs in a process of its own with the settings that were fastest
for it at that point, compiled and warm. The sides are timed in turn, repeat by repeat; times are
medians of the repeats, and a ratio is the median of the ratios within a repeat: above 1, `forecast`
is faster.
"""
CHART = """
![Milliseconds a training step, by size and side](results.svg)
"""


def records_of(section: dict[str, Any]) -> list[Record]:
    """Read the records of a section."""
    return [Record.from_json(stored) for stored in section["records"]]


def measured_on(section: dict[str, Any]) -> str:
    """Say in one line where and when a section was measured, and with what."""
    on, versions = section["machine"], section.get("versions", {})
    packages = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    where = f"{on['processor']}, {on['cores']} cores, {on['system']}, Python {on['python']}"
    return f"Measured on {on['date']}: {where}{f'; {packages}' if packages else ''}."


def section_text(name: str, section: dict[str, Any]) -> str:
    """Write one section."""
    if name == "cold":
        body = cold_tables(section)
    elif name == "import":
        body = import_table(section)
    elif name == "sharing":
        body = sharing_table(section)
    elif name == "backtest":
        body = backtest_table(section)
    elif name == "latency":
        body = latency_tables(records_of(section))
    else:
        body = training_tables(name, records_of(section))
    repeats = f"{section['repeats']} repeats."
    return f"\n## {TITLES[name]}\n\n{measured_on(section)} {repeats}\n\n{body}\n"


def render(folder: Path, sections: dict[str, Any]) -> None:
    """Write results.md, and results.svg if training steps were measured."""
    text = HEAD
    if "step" in sections:
        shown = [r for r in records_of(sections["step"]) if r.point[1:4] in SIZES]
        write_whole(folder / "results.svg", chart(shown, LABELS))
        text += CHART
    for name in TITLES:
        if name in sections:
            text += section_text(name, sections[name])
    write_whole(folder / "results.md", text)
