"""How often the intervals hold what came, over the test part of six bundled samples.

    python -m benchmarks.coverage [--horizons 1 6] [--seeds 0 1 2] [--out FOLDER]

The last 20 % of each sample are its test part, as in `fc.compare`; a GRU with the settings of the
package but for 32 units is fitted on the rows before, of which the last 15 % calibrate, and
forecasts from every row of the test part without refitting. The six samples were chosen before
any was measured: one share index, oil, two weathers, a trend with a season, and a demand, of all
single series with 200 test windows; `msft`, a second share, and `us_illness`, with fewer windows,
are measured as well but do not count. Results are kept in coverage.json, and from there
coverage.md is written.
"""

import argparse
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import forecast as fc
from benchmarks.coverage_tables import HEADER, lines, render
from benchmarks.machine import machine
from benchmarks.store import keep, load
from forecast.data.series import TimeSeries, Values, prepare
from forecast.evaluation.coverage import coverage_error
from forecast.metrics import skill

FOLDER, RESULTS = Path(__file__).parent, "coverage.json"
SIX = ("sp500", "wti_oil", "seattle_weather", "nyc_jfk_weather", "co2", "us_gasoline")
BESIDE = ("msft", "us_illness")
LEVELS = (80, 95)
TEST = 0.2
SETTINGS: dict[str, Any] = {"hidden_units": 32}


class Measured(NamedTuple):
    """What one seed gave; W windows, H rows ahead.

    Attributes:
        inside: by level, (W, H) 1 where the interval held the value, 0 where not, NaN unobserved.
        width: by level, mean width.
        nested: whether every interval holds the one of the level below.
        calibration: windows that measured the intervals.
        needed: by level, see `tail_ratio`.
        changes: the same for the errors of the last value, which no network has a part in.
        skill: by how much the network's scores are smaller than those of the last value, in
            percent, in the calibration part and in the test part.
        rows: first and last row of the calibration part, and of the test part.
    """

    inside: dict[int, Values]
    width: dict[int, float]
    nested: bool
    calibration: int
    needed: dict[int, float]
    changes: dict[int, float]
    skill: tuple[float, float]
    rows: tuple[pd.Timestamp, ...]


def measure(series: TimeSeries, horizon: int, seed: int) -> Measured:
    """Fit on the rows before the test part, and forecast all of it."""
    windows = round(TEST * len(series)) - horizon + 1
    model = fc.Forecaster("gru", horizon=horizon, seed=seed, **SETTINGS)
    found = fc.backtest(
        {"GRU": model}, series, horizon=horizon, n_windows=windows, step_size=1,
        level=LEVELS, baselines=False,
    )  # fmt: skip
    told, shape = found.forecasts, (windows, horizon)
    y = told["y"].to_numpy().reshape(shape)
    ends = {level: _ends(told, level, shape) for level in LEVELS}
    network: Any = found.models["GRU"]
    calibration = network.learned().parts.calibration
    test = range(calibration.stop, len(series))
    before, after = (scores(network, series, part) for part in (calibration, test))
    return Measured(
        inside={level: held(y, *ends[level]) for level in LEVELS},
        width={level: float(np.mean(high - low)) for level, (low, high) in ends.items()},
        nested=nested([ends[level] for level in LEVELS]),
        calibration=int(np.isfinite(before.network).sum(axis=0).min()),
        needed={level: tail_ratio(after.network, before.network, level) for level in LEVELS},
        changes={level: tail_ratio(after.last, before.last, level) for level in LEVELS},
        skill=(before.skill(), after.skill()),
        rows=tuple(series.index[[calibration[0], calibration[-1], test[0], test[-1]]]),
    )


def _ends(told: pd.DataFrame, level: int, shape: tuple[int, int]) -> tuple[Values, Values]:
    low, high = (told[f"GRU-{end}-{level}"].to_numpy().reshape(shape) for end in ("lo", "hi"))
    return low, high


class Scores(NamedTuple):
    """Absolute errors over the spreads of their windows, (windows, horizon) each.

    Attributes:
        network: of a fitted network, as its intervals count them.
        last: of repeating the last value.
    """

    network: Values
    last: Values

    def skill(self) -> float:
        """Return by how much the network's scores are smaller, in percent."""
        return skill(float(np.nanmean(self.network)), float(np.nanmean(self.last)))


def scores(network: fc.Forecaster, series: TimeSeries, part: range) -> Scores:
    """Score all windows whose targets lie in a part; NaN where nothing was observed."""
    settings, least = network.settings, network.learned().scaler.spread
    origins = np.arange(part.start - 1, part.stop - settings.horizon)
    ahead = origins[:, None] + np.arange(1, settings.horizon + 1)
    came = np.where(series.observed[ahead], series.values[ahead], np.nan)
    inputs = series.values[origins[:, None] + np.arange(1 - settings.timesteps, 1)]
    spread = np.maximum(inputs.std(axis=1, keepdims=True), least)
    told = network.forecast_from(series, origins, settings.horizon)
    return Scores(np.abs(came - told) / spread, np.abs(came - inputs[:, -1:]) / spread)


def held(y: Values, low: Values, high: Values) -> Values:
    """Say where an interval held the value: 1, 0, or NaN where nothing was observed."""
    return np.where(np.isfinite(y), (y >= low) & (y <= high), np.nan)


def nested(ends: list[tuple[Values, Values]]) -> bool:
    """Say whether every interval holds the one of the level below; levels rise."""
    return all(
        bool((low >= wide_low).all() and (high <= wide_high).all())
        for (low, high), (wide_low, wide_high) in pairwise(ends)
    )


def tail_ratio(test: Values, calibration: Values, level: int) -> float:
    """Return by how much an interval would have to be wider in a part to cover what it says.

    That is the quantile of that level of its scores, over that of the calibration part's; mean
    over the steps ahead.
    """
    upper, lower = (np.nanquantile(one, level / 100, axis=0) for one in (test, calibration))
    return float(np.mean(upper / lower))


def record(name: str, horizon: int, seeds: list[int]) -> dict[str, Any]:
    """Measure a sample: means over seeds, errors of the windows' mean over seeds."""
    series = prepare(fc.load_sample(name))
    found = [measure(series, horizon, seed) for seed in seeds]
    one: dict[str, Any] = {
        "sample": name, "counts": name in SIX,
        "windows": int(np.isfinite(found[0].inside[LEVELS[0]]).any(axis=1).sum()),
        "calibration": found[0].calibration,
        "nested": all(each.nested for each in found),
        "skill": [_mean([each.skill[k] for each in found], 1) for k in range(2)],
        "rows": [f"{row:%Y-%m-%d}" for row in found[0].rows],
    }  # fmt: skip
    for level in LEVELS:
        inside = np.stack([each.inside[level] for each in found])
        one[str(level)] = {
            "coverage": round(float(100 * np.nanmean(inside)), 2),
            "by_seed": [round(float(100 * np.nanmean(each)), 2) for each in inside],
            "error": round(coverage_error(inside.mean(axis=0)[None], horizon), 2),
            "width": float(f"{np.mean([each.width[level] for each in found]):.5g}"),
            "needed": _mean([each.needed[level] for each in found], 3),
            "changes": _mean([each.changes[level] for each in found], 3),
        }
    return one


def _mean(values: list[float], digits: int) -> float:
    return round(float(np.mean(values)), digits)


def main() -> None:
    """Measure every sample at every horizon, keep the results, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--horizons", type=int, nargs="+", default=[1, 6])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for results")
    given = parser.parse_args()
    for horizon in given.horizons:
        print(f"\n{horizon} ahead\n{HEADER}", flush=True)
        records = []
        for name in (*SIX, *BESIDE):
            records.append(record(name, horizon, given.seeds))
            print("\n".join(lines(records[-1])), flush=True)
        section = {"machine": machine(), "seeds": given.seeds, "records": records}
        keep(given.out, str(horizon), section, RESULTS)
    print(render(given.out, load(given.out, RESULTS)))


if __name__ == "__main__":
    main()
