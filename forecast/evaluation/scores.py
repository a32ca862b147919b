"""Scores of models that forecast the same test windows."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from forecast import metrics
from forecast.data.series import TimeSeries, Values
from forecast.data.windows import Windows
from forecast.evaluation.verdict import PairedTest, loss_difference, paired_test, verdict


class TestPart(NamedTuple):
    """What all models are scored on.

    Attributes:
        windows: of the test part; their targets lie in it, their inputs may reach back.
        before: the rows before the test part.
        season: lag of the seasonal naive forecast that scales MASE, over the rows before.
    """

    windows: Windows
    before: TimeSeries
    season: int

    def targets(self) -> Values:
        """Return what was observed, (windows, horizon), NaN where a value was filled."""
        return np.where(self.windows.observed(), self.windows.targets(), np.nan)


class Score(NamedTuple):
    """Errors of one model on the test part; see `forecast.metrics`."""

    mae: float
    rmse: float
    smape: float
    mase: float
    skill: float
    test: PairedTest
    verdict: str


def score(part: TestPart, forecast: Values, naive: Values) -> Score:
    """Score a forecast, (windows, horizon), beside the naive one of the same windows."""
    targets = part.targets()
    seen = np.isfinite(targets)
    y, f = targets[seen], forecast[seen]
    skill = metrics.skill(metrics.mae(y, f), metrics.mae(y, naive[seen]))
    test = paired_test(loss_difference(targets - naive, targets - forecast), part.windows.horizon)
    training = part.before.observed_values().to_numpy()
    return Score(
        mae=metrics.mae(y, f),
        rmse=metrics.rmse(y, f),
        smape=metrics.smape(y, f),
        mase=metrics.mase(y, f, training, part.season),
        skill=skill,
        test=test,
        verdict=verdict(skill, test),
    )


def prediction_frame(part: TestPart, forecasts: dict[str, Values]) -> pd.DataFrame:
    """Return one row a window and step: cutoff, ds, step, y, and a column a model.

    `y` is NaN where the value was filled, not observed.
    """
    windows, index = part.windows, part.windows.series.index
    steps = np.arange(1, windows.horizon + 1)
    frame = pd.DataFrame(
        {
            "cutoff": index[np.repeat(windows.origins, windows.horizon)],
            "ds": index[(windows.origins[:, None] + steps).ravel()],
            "step": np.tile(steps, len(windows)),
            "y": part.targets().ravel(),
        }
    )
    return frame.assign(**{label: values.ravel() for label, values in forecasts.items()})
