"""How fits share the interpreter and the cores: with a busy Python thread, and with each other."""

import statistics
import threading
import time
from typing import Any

import numpy as np
import pandas as pd

import forecast as fc

ROWS = 4000
SIZES = {16: 300, 64: 40}  # units: epochs, for a fit of about two seconds
COUNTED = 10_000  # additions between two looks at the clock
Figures = dict[str, list[float]]


def _fit(units: int, epochs: int) -> float:
    """Return the seconds of a fit, as a person would write it."""
    y = pd.Series(np.random.default_rng(0).normal(size=ROWS).cumsum())
    model = fc.Forecaster("gru", hidden_units=units, epochs=epochs, patience=None)
    started = time.perf_counter()
    model.fit(y)
    return time.perf_counter() - started


def _count(stop: threading.Event, rates: list[float]) -> None:
    """Count until told to stop; note how many a second."""
    started, count = time.perf_counter(), 0
    while not stop.is_set():
        for _ in range(COUNTED):
            count += 1
    rates.append(count / (time.perf_counter() - started))


def _alone(seconds: float) -> float:
    """Return the counting rate of a thread that has the process to itself."""
    stop, rates = threading.Event(), list[float]()
    thread = threading.Thread(target=_count, args=(stop, rates))
    thread.start()
    time.sleep(seconds)  # while the thread counts: that long is measured
    stop.set()
    thread.join()
    return rates[0]


def _beside_python(units: int, epochs: int) -> tuple[float, float]:
    """Return the seconds of a fit beside a counting thread, and that thread's rate."""
    stop, rates = threading.Event(), list[float]()
    thread = threading.Thread(target=_count, args=(stop, rates))
    thread.start()
    seconds = _fit(units, epochs)
    stop.set()
    thread.join()
    return seconds, rates[0]


def _together(units: int, epochs: int) -> float:
    """Return the seconds until two fits in two threads are done."""
    threads = [threading.Thread(target=_fit, args=(units, epochs)) for _ in range(2)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def _once(units: int, epochs: int) -> dict[str, float]:
    alone, counting = _fit(units, epochs), _alone(1.0)
    beside, beside_counting = _beside_python(units, epochs)
    return {
        "fit": alone / beside,
        "python": beside_counting / counting,
        "two": _together(units, epochs) / alone,
    }


def sharing(repeats: int) -> dict[str, Any]:
    """Measure shares of solo speed, and the time of two fits in that of one, by hidden units."""
    found: dict[str, Figures] = {}
    for units, epochs in SIZES.items():
        _fit(units, 2)
        rounds = [_once(units, epochs) for _ in range(repeats)]
        found[str(units)] = {name: [round(one[name], 3) for one in rounds] for name in rounds[0]}
    return {"figures": found}


def medians(figures: Figures) -> dict[str, float]:
    """Return the median of each figure."""
    return {name: statistics.median(values) for name, values in figures.items()}
