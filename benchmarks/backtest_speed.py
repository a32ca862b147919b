"""A backtest without refits beside a loop over its windows, with the same fitted network."""

import time
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

import forecast as fc
from benchmarks.rounds import interleave
from forecast.data.panel import prepare_panel
from forecast.data.series import Values, prepare

ROWS, WINDOWS, HORIZON, STEP = 5000, 200, 24, 12
TIMESTEPS, UNITS = 24, 64
QUICK_WINDOWS = 20
WHOLE, FORECASTS, LOOP, SHORT = "backtest", "forecasts", "loop", "loop, last rows"


class Sides:
    """What is timed: all forecast the same windows of the same rows with the same network.

    Args:
        windows: how many.
    """

    def __init__(self, windows: int = WINDOWS) -> None:
        # A regular grid without blanks, so that rows handed in by and by are the same rows.
        series = prepare(fc.load_sample("nyc_jfk_weather")).rows(0, ROWS)
        self.y = pd.Series(series.values, series.index, name="temp_c")
        last = ROWS - HORIZON - 1
        self.cutoffs = np.arange(last - (windows - 1) * STEP, last + 1, STEP)
        model = fc.Forecaster(
            "gru", timesteps=TIMESTEPS, hidden_units=UNITS, horizon=HORIZON, epochs=2
        )
        self.model = model.fit(self.y.iloc[: self.cutoffs[0] + 1])

    def backtest(self) -> Values:
        """Forecast, calibrate, score and judge the windows: one call of `fc.backtest`."""
        found = fc.backtest(
            {"GRU": self.model}, self.y, horizon=HORIZON, n_windows=len(self.cutoffs),
            step_size=STEP, fitted=True, baselines=False,
        )  # fmt: skip
        return found.forecasts["GRU"].to_numpy().reshape(-1, HORIZON)

    def forecasts(self) -> Values:
        """Do what of a backtest is forecasting: read the rows, forecast all windows together."""
        return self.model.forecast_from(prepare_panel(self.y), self.cutoffs, HORIZON)

    def loop(self, rows: int | None = None) -> Values:
        """Forecast window after window with `predict`.

        Args:
            rows: last ones handed over each time; None hands over all up to the cut-off.
        """
        return np.stack([self._predict(cutoff + 1, rows) for cutoff in self.cutoffs])

    def _predict(self, stop: int, rows: int | None) -> Values:
        data = self.y.iloc[0 if rows is None else stop - rows : stop]
        return self.model.predict(HORIZON, data=data)["GRU"].to_numpy()

    def difference(self) -> float:
        """Return the largest difference of backtest and loop ÷ standard deviation of the rows."""
        apart = np.abs(self.backtest() - self.loop()).max()
        return float(apart / np.std(self.y.to_numpy()))


def _seconds(run: Any) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def backtests(repeats: int, windows: int = WINDOWS) -> dict[str, Any]:
    """Time a backtest, its forecasts alone, and loops over its windows, in turn."""
    sides = Sides(windows)
    difference = sides.difference()  # also the warm-up
    runs = {
        WHOLE: sides.backtest,
        FORECASTS: sides.forecasts,
        LOOP: sides.loop,
        SHORT: partial(sides.loop, TIMESTEPS),
    }
    timers = {name: partial(_seconds, run) for name, run in runs.items()}
    rounds = interleave(timers, repeats, peers=(), failures=())
    seconds = {name: [float(f"{s:.5g}") for s in took] for name, took in rounds.seconds.items()}
    return {"seconds": seconds, "windows": windows, "difference": difference}
