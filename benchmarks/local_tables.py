"""local.md from local.json: series a second, of ourselves and of every way of Keras'."""

from collections.abc import Callable
from typing import Any

from benchmarks.formats import table, three, times
from benchmarks.local_ways import WAYS

MINUTES_AIM, RATIO_AIM = 10.0, 200.0
BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
HEAD = """# One network a series

Written by `python -m benchmarks.local --data FOLDER`. A network for each yearly series of M4, in
the settings of the organisers' own recurrent benchmark: 6 units (SimpleRNN linear, the others
tanh), windows of 3 rows, one linear output, RMSprop, 100 epochs of single windows in a new order
each, forecasts fed back. Unlike theirs, the cells have a bias, and windows are divided by their
level in place of a line taken out of the series. The last 6 rows of each series are held out and
score the forecasts (the scaling was chosen on 200 of them); the competition's test part is not
looked at.
"""
ALL = """
## All series

Seconds are those of `fit`, from the long frame to the trained networks, on all cores; CPU seconds
are those of all cores together, which a busy machine does not change as much.
"""
KINDS: dict[str, Callable[[str], bool]] = {
    "The organisers' loop, with the backend they had": lambda name: name == "tensorflow",
    "The same loop with the fastest backend": lambda name: WAYS[name].loop == "fit",
    "The fastest of Keras' own loops, any settings": lambda name: WAYS[name].of_keras,
    "A loop of one's own, step by step": lambda name: WAYS[name].loop == "step",
    "A whole training in one compiled call": lambda name: WAYS[name].loop == "whole",
}
WAYS_TOLD = """
## Beside Keras

The same SimpleRNN in a loop over Keras networks, on a sample of the series drawn by a seed: the
very same windows, first weights, loss and optimizer. One model is built and compiled before the
clock starts; before each series its weights and its optimizer's are set back. The layer is
unrolled. *One long epoch* hands `fit` the windows of all 100 epochs, shuffled before, as one: the
training is the same, without what `fit` does around an epoch. Loops of one's own go around Keras'
stateless calls; the last is a JAX program around Keras' layer and optimizer, with no loop of Keras'
left.

`fc.Forecaster` is timed on the same sample before and after each way. The ratios are of series a
second: with the same sample, which one core takes in one go, with all series, which both share, and
of series a CPU second, with all. Where a way would have taken too long, it was timed on the first
series of the sample alone.
"""


def rate(record: dict[str, Any], clock: str = "seconds") -> float:
    """Return series a second."""
    return float(record["series"] / record[clock])


def ratios(way: dict[str, Any], ours: dict[str, Any]) -> tuple[float, float, float]:
    """Return our rate over that of a way: the sample's, that of all series, and in CPU seconds.

    Args:
        way: record of the way, with our own times before and after it.
        ours: record of all series.
    """
    around = way["ours"]
    seconds = sum(one["seconds"] for one in around)
    same = sum(one["series"] for one in around) / seconds
    return same / rate(way), rate(ours) / rate(way), rate(ours, "cpu") / rate(way, "cpu")


def line(record: dict[str, Any]) -> str:
    """Return a result as a line."""
    name = record.get("model") or _name(record)
    scores = "  sMAPE {}, MASE {}".format(*_scores(record))
    return (
        f"{name:<64}{record['series']:>7,} series{record['seconds']:>8.1f} s "
        f"({record['cpu']:.1f} of CPU){three(rate(record)):>8} series/s{scores}"
    )


def text_of(sections: dict[str, Any]) -> str:
    """Write local.md.

    Args:
        sections: `all` and `sample`.
    """
    records, sample = sections["all"]["records"], sections["sample"]["records"]
    parts = [HEAD, _on(sections), ALL, all_table(records)]
    ours = next((one for one in records if one["model"] == "SimpleRNN"), None)
    ways = [one for one in sample if "way" in one]
    if ours is not None and ways:
        parts += [WAYS_TOLD, ways_table(sample, ours), verdict(ways, ours)]
    return "\n".join(parts)


def all_table(records: list[dict[str, Any]]) -> str:
    """Write a row a model."""
    header = ["a series", "series", "weights", "seconds", "CPU seconds", "series/s"]
    return table([*header, "sMAPE", "MASE"], [_row(one) for one in records]) + "\n"


def _row(one: dict[str, Any]) -> list[str]:
    cost = ["–"] * 4
    if "seconds" in one:
        cost = [f"{one['parameters']:,}", three(one["seconds"]), three(one["cpu"])]
        cost.append(three(rate(one)))
    return [one["model"], f"{one['series']:,}", *cost, *_scores(one)]


def _scores(one: dict[str, Any]) -> list[str]:
    return [f"{one['smape']:.3f}", f"{one['mase']:.3f}"] if "smape" in one else ["–", "–"]


def ways_table(sample: list[dict[str, Any]], ours: dict[str, Any]) -> str:
    """Write a row a way, the slowest first, and ourselves."""
    header = ["Keras on", "loop", "series", "series/s", "same sample", "all series", "CPU, all"]
    ways = sorted((one for one in sample if "way" in one), key=rate)
    rows = []
    for one in ways:
        way, found = WAYS[one["way"]], map(times, ratios(one, ours))
        told = [f"{one['series']}", three(rate(one)), *found, *_scores(one)]
        rows.append([BACKENDS[way.backend], way.name, *told])
    around = [each for one in ways for each in one["ours"]]
    own = sorted(map(rate, around))[len(around) // 2]
    told = [str(sample[0]["series"]), three(own), "1×", "–", "–", *_scores(sample[0])]
    rows.append(["–", "**`fc.Forecaster(local=True)`**", *told])
    return table([*header, "sMAPE", "MASE"], rows, left=2) + "\n"


def verdict(ways: list[dict[str, Any]], ours: dict[str, Any]) -> str:
    """Say what was aimed at and what was reached."""
    told = [
        f"All {ours['series']:,} series took {three(ours['seconds'])} seconds; aim: "
        f"{60 * MINUTES_AIM:.0f} at most.",
        f"Series a second against a Keras loop; aim: {RATIO_AIM:.0f}× at least.",
    ]
    for name, holds in KINDS.items():
        among = [one for one in ways if holds(one["way"])]
        if among:
            best = max(among, key=rate)
            same, everything, cpu = map(times, ratios(best, ours))
            told.append(
                f"{name} ({_name(best)}): **{everything}** with all series, {same} on the same "
                f"sample, {cpu} in CPU seconds."
            )
    return "\n".join(f"- {one}" for one in told) + "\n"


def _name(record: dict[str, Any]) -> str:
    way = WAYS[record["way"]]
    return f"{BACKENDS[way.backend]}, {way.name}"


def _on(sections: dict[str, Any]) -> str:
    told = sections["all"]
    on, versions = told["machine"], dict(told["versions"])
    for record in sections["sample"]["records"]:
        versions |= record.get("versions", {})
    load = " and ".join(f"{one:g}" for one in told["load"])
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"Measured on {on['date']}: {on['processor']}, {on['cores']} cores, Python {on['python']}; "
        f"{packages}. Load average {load} at the start and at the end.\n"
    )
