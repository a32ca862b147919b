"""Tables of points in Markdown: steps, epochs, latencies, and their aims in words."""

from collections import Counter
from itertools import groupby

from benchmarks.formats import milliseconds, percent, table, times
from benchmarks.points import LABELS, PRODUCT_FLOPS
from benchmarks.records import (
    NEVER_BELOW,
    RATIO_AIM,
    SGEMM_AIM,
    Record,
    geometric_mean,
)
from benchmarks.sides import OURS, PEERS, SGEMM, SGEMM_ALL, SGEMM_ONE, SIDES

VERDICTS = {True: "yes", False: "**no**", None: "–"}
SHARE_LEGEND = (
    "GFLOP/s are ours, counting the cell's matrix products only (forward 2, backward 4 operations "
    "a weight, row and timestep); *of sgemm* is their share of what NumPy's float32 product of "
    "1024 × 1024 reaches on all cores in the same repeats."
)


def _peers(records: list[Record]) -> list[str]:
    return [peer for peer in PEERS if any(peer in record.seconds for record in records)]


def _time(record: Record, side: str) -> str:
    return milliseconds(record.median(side)) if side in record.seconds else "–"


def _verdict(record: Record) -> list[str]:
    if record.fastest is None:
        return ["–", "–", "–"]
    ratio = times(record.ratio(record.fastest))
    return [SIDES[record.fastest].label, ratio, VERDICTS[record.passes]]


def _training_row(record: Record, peers: list[str]) -> list[str]:
    rate = f"{record.rate / 1e9:.0f}" if OURS in record.seconds else "–"
    share = percent(record.share) if OURS in record.seconds else "–"
    ours = [_time(record, OURS), rate, share]
    return [
        record.point.size,
        *ours,
        *(_time(record, peer) for peer in peers),
        *_verdict(record),
    ]


def _group_title(record: Record) -> str:
    features = record.point.features
    return f"### {LABELS[record.point.cell]}, {features} feature{'s' if features > 1 else ''}"


def training_tables(kind: str, records: list[Record]) -> str:
    """Write a section on steps or epochs."""
    unit = "a step" if kind == "step" else "an epoch (of shuffled batches)"
    parts = [aim_in_words(records), means(records), machine_rate(records)]
    parts += [f"Times are milliseconds {unit}. {SHARE_LEGEND}"]
    peers = _peers(records)
    header = ["units, timesteps, batch", "forecast", "GFLOP/s", "of sgemm"]
    header += [*(SIDES[peer].label for peer in peers), "fastest peer", "ratio", "aim met"]
    for _, group in groupby(records, key=lambda r: (r.point.cell, r.point.features)):
        rows = list(group)
        parts += [_group_title(rows[0]), table(header, [_training_row(r, peers) for r in rows])]
    return "\n\n".join(part for part in [*parts, settings(records), failures(records)] if part)


def latency_tables(records: list[Record]) -> str:
    """Write the section on one window."""
    peers = _peers(records)
    header = ["cell", "forecast", *(SIDES[peer].label for peer in peers), "fastest peer", "ratio"]
    rows = [
        [LABELS[r.point.cell], *(_time(r, side) for side in (OURS, *peers)), *_verdict(r)[:2]]
        for r in records
    ]
    point = records[0].point
    told = (
        f"Milliseconds from one window (1, {point.timesteps}, {point.features}) in an array to one "
        f"output in an array, {point.units} units."
    )
    parts = [told, table(header, rows), means(records), settings(records), failures(records)]
    return "\n\n".join(part for part in parts if part)


def aim_in_words(records: list[Record]) -> str:
    """Say what the aim is, at how many points it is met, and where it is not."""
    judged = [record for record in records if record.passes is not None]
    missed = [record for record in judged if not record.passes]
    aim = (
        f"Aim: at least {RATIO_AIM:g}× as fast as the fastest peer, or at {100 * SGEMM_AIM:.0f} % "
        f"of the machine's own sgemm rate, and slower than no peer ({NEVER_BELOW:g}×)."
    )
    told = f"{aim} **Met at {len(judged) - len(missed)} of {len(records)} points.**"
    if len(judged) < len(records):
        told += f" At {len(records) - len(judged)} it cannot be said: a side did not work."
    if missed:
        told += " Missed at: " + "; ".join(map(_missed, missed)) + "."
    return told


def _missed(record: Record) -> str:
    peer = record.fastest or ""
    point = record.point
    name = f"{LABELS[point.cell]} {point.size} × {point.features}"
    return f"{name} ({times(record.ratio(peer))} {SIDES[peer].label}, {percent(record.share)})"


def means(records: list[Record]) -> str:
    """Write the geometric means of the ratios."""
    overall = geometric_mean(records)
    if overall is None:
        return ""
    each = [
        f"{SIDES[peer].label} {times(mean)}"
        for peer in _peers(records)
        if (mean := geometric_mean(records, peer)) is not None
    ]
    return (
        f"Geometric mean of the ratios: **{times(overall)}** to the fastest peer of each point; "
        f"{', '.join(each)}."
    )


def machine_rate(records: list[Record]) -> str:
    """Write the machine's own rates over the run: slowest, median and fastest point."""
    told = []
    for side in (SGEMM_ALL, SGEMM_ONE):
        rates = sorted(PRODUCT_FLOPS / r.median(side) / 1e9 for r in records if side in r.seconds)
        if rates:
            middle = rates[len(rates) // 2]
            told.append(f"{SIDES[side].label} {middle:.0f} ({rates[0]:.0f} to {rates[-1]:.0f})")
    return f"GFLOP/s of the machine, median and range over the points: {'; '.join(told)}."


def settings(records: list[Record]) -> str:
    """Write which settings of each side were the fastest, and at how many points."""
    rows = []
    for side in (OURS, *_peers(records)):
        counted = Counter(r.choices[side] for r in records if side in r.choices)
        told = "; ".join(f"{name} ({count})" for name, count in counted.most_common())
        rows.append([SIDES[side].label, told])
    return table(["side", "fastest settings (at so many points)"], rows, left=2)


def failures(records: list[Record]) -> str:
    """Write what did not work, if anything."""
    told = Counter(
        f"{side}: {text}" for r in records for side, text in r.failed.items() if side not in SGEMM
    )
    lines = [f"- {text} ({count} points)" for text, count in told.most_common()]
    return "Did not work:\n\n" + "\n".join(lines) if lines else ""
