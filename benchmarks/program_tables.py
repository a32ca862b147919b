"""Tables of whole programs in Markdown."""

import statistics
from typing import Any

from benchmarks.backtest_speed import (
    FORECASTS,
    HORIZON,
    LOOP,
    ROWS,
    SHORT,
    TIMESTEPS,
    UNITS,
    WHOLE,
)
from benchmarks.cold_process import OURS_EMPTY, OURS_SERIES
from benchmarks.formats import milliseconds, table, three, times
from benchmarks.imports import CODE
from benchmarks.sharing import medians
from benchmarks.sides import OURS, SIDES

COLD_AIM, FIRST_AIM, IMPORT_AIM, MEMORY_AIM = 5.0, 1.0, 1.3, 0.5
SHARE_AIM, TOGETHER_AIM = 0.8, 1.15
BATCH_AIM, SAME_AIM = 20.0, 1e-6
Seconds = dict[str, list[float]]


def _ratio(seconds: Seconds, above: str, below: str) -> float:
    pairs = zip(seconds[above], seconds[below], strict=False)
    return statistics.median(a / b for a, b in pairs)


def cold_tables(section: dict[str, Any]) -> str:
    """Write the section on cold processes."""
    seconds: Seconds = section["seconds"]
    mine = [side for side in (OURS, OURS_EMPTY) if side in seconds]
    others = set(seconds) - {*mine, OURS_SERIES}
    peers = sorted(others, key=lambda side: statistics.median(seconds[side]))
    labels = {
        OURS: f"forecast, kernels kept from the run before ({section['choices'][OURS]})",
        OURS_EMPTY: "forecast, first run",
        OURS_SERIES: "forecast, `fc.Forecaster` on a pandas Series",
    }
    rows = []
    for side in (*mine, OURS_SERIES, *peers):
        name = labels.get(side) or f"{SIDES[side].label} ({section['choices'][side]})"
        ratios = [times(_ratio(seconds, side, own)) for own in mine]
        memory = f"{statistics.median(section['megabytes'][side]):,.0f}"
        rows.append([name, three(statistics.median(seconds[side])), memory, *ratios])
    header = ["program", "seconds", "peak MB", *(f"ratio to {labels[own]}" for own in mine)]
    told = (
        f"A fresh process imports, builds a GRU of 64 units, trains {section['epochs']} epochs on "
        "1,920 windows of 24 timesteps in batches of 32, predicts and ends."
    )
    failed = [f"- {side}: {text}" for side, text in section["failed"].items()]
    parts = [told, _cold_aim(seconds, mine, peers), _memory_aim(section["megabytes"], peers)]
    parts.append(table(header, rows))
    return "\n\n".join(parts + (["Did not work:\n\n" + "\n".join(failed)] if failed else []))


def _cold_aim(seconds: Seconds, mine: list[str], peers: list[str]) -> str:
    aim = f"Aim: {COLD_AIM:g}× sooner than any of them, {FIRST_AIM:g}× with an empty cache."
    if OURS not in mine or not peers:
        return aim
    found = {own: min(_ratio(seconds, peer, own) for peer in peers) for own in mine}
    met = found[OURS] >= COLD_AIM and found.get(OURS_EMPTY, FIRST_AIM) >= FIRST_AIM
    verdict = "**Met**" if met else "**Missed**"
    told = f"{aim} {verdict}: {times(found[OURS])} to the fastest with kernels kept"
    return told + (f", {times(found[OURS_EMPTY])} without." if OURS_EMPTY in found else ".")


def _memory_aim(megabytes: dict[str, list[float]], peers: list[str]) -> str:
    """Say whether our peak memory is at most half of the smallest peer's."""
    if OURS not in megabytes or not peers:
        return ""
    share = statistics.median(megabytes[OURS]) / min(
        statistics.median(megabytes[peer]) for peer in peers
    )
    verdict = "**Met**" if share <= MEMORY_AIM else "**Missed**"
    return f"Aim: peak memory at most half of the smallest peer's. {verdict}: {share:.0%} of it."


def import_table(section: dict[str, Any]) -> str:
    """Write the section on the import."""
    seconds: Seconds = section["seconds"]
    ratio = _ratio(seconds, "forecast", "pandas")
    verdict = "**Met**" if ratio <= IMPORT_AIM else "**Missed**"
    rows = [[f"`{CODE[name]}`", milliseconds(statistics.median(s))] for name, s in seconds.items()]
    aim = f"Aim: within {IMPORT_AIM:g}× of `import pandas`. {verdict}: {times(ratio)}."
    return aim + "\n\n" + table(["process", "milliseconds"], rows)


def sharing_table(section: dict[str, Any]) -> str:
    """Write the section on fits that share a process."""
    rows, met = [], True
    for units, figures in section["figures"].items():
        found = medians(figures)
        met &= min(found["fit"], found["python"]) >= SHARE_AIM and found["two"] <= TOGETHER_AIM
        rows.append([f"GRU, {units} units", *(f"{found[name]:.2f}" for name in found)])
    aim = (
        f"Aim: a fit and a busy Python thread beside it each keep {SHARE_AIM:.0%} of their solo "
        f"speed; two fits in two threads take at most {TOGETHER_AIM:g} times as long as one. "
        f"{'**Met**' if met else '**Missed**'}."
    )
    header = ["fit", "fit beside Python", "Python beside a fit", "two fits in the time of one"]
    return aim + "\n\n" + table(header, rows)


def backtest_table(section: dict[str, Any]) -> str:
    """Write the section on backtests."""
    seconds: Seconds = section["seconds"]
    labels = {
        FORECASTS: "its forecasts alone (rows read once, all windows in one batch)",
        WHOLE: "`fc.backtest`, with intervals, scores, findings and verdict",
        LOOP: "loop: `predict(data=` all rows up to the cut-off `)`",
        SHORT: f"loop: `predict(data=` the last {TIMESTEPS} rows `)`",
    }
    rows = [
        [labels[side], milliseconds(statistics.median(seconds[side])),
         *(times(_ratio(seconds, side, own)) for own in (FORECASTS, WHOLE))]
        for side in labels
    ]  # fmt: skip
    ratio, whole = _ratio(seconds, LOOP, FORECASTS), _ratio(seconds, LOOP, WHOLE)
    met = ratio >= BATCH_AIM and section["difference"] <= SAME_AIM
    told = (
        f"{section['windows']} windows of {HORIZON} rows ahead on {ROWS:,} hourly rows, a fitted "
        f"GRU of {UNITS} units; no fit is timed. Aim: forecasts at least {BATCH_AIM:g}× as fast "
        f"as the loop over windows, and the same to {SAME_AIM:g} of the rows' standard deviation. "
        f"{'**Met**' if met else '**Missed**'}: {times(ratio)}, largest difference "
        f"{section['difference']:.2g}. The whole call, which the loop's forecasts would still have "
        f"to be scored for: {times(whole)}."
    )
    header = ["what", "milliseconds", "ratio to the forecasts", "ratio to the whole call"]
    return told + "\n\n" + table(header, rows)
