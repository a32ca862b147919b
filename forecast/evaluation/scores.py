"""The test part of a comparison, and what the models said of it."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from forecast.data.panel import Panel, panel_of
from forecast.data.series import TimeSeries, Values
from forecast.data.windows import Origins, Windows
from forecast.evaluation.cutoffs import scales_of
from forecast.evaluation.marks import Case


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

    @property
    def panel(self) -> Panel:
        """All rows, as a panel of one."""
        return panel_of(self.windows.series)

    @property
    def origins(self) -> Origins:
        """The cut-offs, (1, windows)."""
        return self.windows.origins[None]

    def case(self) -> Case:
        """Return what is forecast, for the scores."""
        panel, horizon = self.panel, self.windows.horizon
        scale = scales_of(panel, [len(self.before) - 1], self.season)
        return Case(self.targets()[None], scale, horizon)

    def targets(self) -> Values:
        """Return what was observed, (windows, horizon), NaN where a value was filled."""
        return np.where(self.windows.observed(), self.windows.targets(), np.nan)


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
