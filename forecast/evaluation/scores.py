"""The test part of a comparison, and what the models said of it.

S series, W windows each, H rows ahead. Where one series has fewer windows than another, its first
stands in the place of those that are missing, and is counted once.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from forecast.data.panel import Id, Panel
from forecast.data.panel import Rows as Lengths
from forecast.data.series import Observed, TimeSeries, Values
from forecast.data.windows import Origins, steps_after
from forecast.evaluation.cutoffs import scales_of
from forecast.evaluation.marks import Case, Told

LEADING = ("unique_id", "rows", "windows", "scale")  # of the scores by series, before the models


class TestPart(NamedTuple):
    """What all models are scored on.

    Attributes:
        data: all rows of all series.
        before: the rows before the test part of each series that has any.
        panel: all rows of the series that are scored.
        origins: (S, W) flat rows of the cut-offs in `panel`; targets lie in the test part, inputs
            may reach back.
        counted: (S, W) False where an origin stands for one that is missing.
        horizon: rows ahead.
        apart: windows of a series from one to the next that does not overlap it.
        season: lag of the seasonal naive forecast that scales MASE, over the rows before.
    """

    data: Panel
    before: Panel
    panel: Panel
    origins: Origins
    counted: Observed
    horizon: int
    apart: int
    season: int

    @property
    def rows(self) -> TimeSeries | Panel:
        """What was given, made ready: a single series alone."""
        return self.data if self.data.long else self.data.flat

    @property
    def windows(self) -> int:
        """The number of windows of all series."""
        return int(self.counted.sum())

    def case(self) -> Case:
        """Return what is forecast, for the scores."""
        firsts = (self.panel.offsets[1:] - self.test_rows() - 1).tolist()
        scale = scales_of(self.panel, firsts, self.season)
        return Case(self.targets(), scale, self.apart)

    def test_rows(self) -> Lengths:
        """Return the rows in the test part of each scored series, (S,)."""
        numbers = {one: number for number, one in enumerate(self.before.ids)}
        known = self.before.lengths[[numbers[one] for one in self.panel.ids]]
        return self.panel.lengths - known

    def taught(self) -> Lengths:
        """Return how many rows of each given series come before the test part; 0 leaves it out."""
        known = dict(zip(self.before.ids, self.before.lengths, strict=True))
        return np.array([known.get(one, 0) for one in self.data.ids], dtype=np.intp)

    def origins_of(self, one: Id) -> Origins:
        """Return the cut-offs of one series, counted from its first row; none if not scored."""
        if one not in self.panel.ids:
            return np.empty(0, dtype=np.intp)
        number = self.panel.ids.index(one)
        found: Origins = self.origins[number][self.counted[number]] - self.panel.offsets[number]
        return found

    def targets(self) -> Values:
        """Return what was observed, (S, W, H), NaN where a value was filled."""
        flat, origins = self.panel.flat, self.origins.ravel()
        seen = steps_after(flat.observed, origins, self.horizon) & self.counted.reshape(-1, 1)
        y: Values = np.where(seen, steps_after(flat.values, origins, self.horizon), np.nan)
        return y.reshape(*self.origins.shape, self.horizon)


def prediction_frame(part: TestPart, told: Mapping[str, Told]) -> pd.DataFrame:
    """Return one row a window and step: cutoff, ds, step, y, and a column a model.

    `y` is NaN where the value was filled, not observed. Of a panel `unique_id` stands first.
    """
    flat, index = part.origins[part.counted], part.panel.flat.index
    steps = np.arange(1, part.horizon + 1)
    columns: dict[str, Any] = {}
    if part.panel.long:
        ids = np.array(part.panel.ids, dtype=object)[part.panel.which(flat)]
        columns["unique_id"] = pd.Series(np.repeat(ids, part.horizon)).infer_objects()
    columns |= {
        "cutoff": index[np.repeat(flat, part.horizon)],
        "ds": index[(flat[:, None] + steps).ravel()],
        "step": np.tile(steps, len(flat)),
        "y": part.targets()[part.counted].ravel(),
    }
    columns |= {label: one.point[part.counted].ravel() for label, one in told.items()}
    return pd.DataFrame(columns)


def series_frame(part: TestPart, case: Case, told: Mapping[str, Told]) -> pd.DataFrame:
    """Return one row a series: its id, rows, test windows, scale, and the MASE of each model.

    A scale is the mean absolute error of the seasonal naive forecast before the test part, so that
    MASE times scale is the mean absolute error. MASE is NaN where the scale is 0, or nothing was
    observed.
    """
    columns: dict[str, Any] = {
        "unique_id": pd.Series(np.array(part.panel.ids, dtype=object)).infer_objects(),
        "rows": part.panel.lengths,
        "windows": part.counted.sum(axis=1),
        "scale": case.scale,
    }
    for label, one in told.items():
        columns[label] = _scaled_errors(case, one)
    return pd.DataFrame(columns)


def _scaled_errors(case: Case, told: Told) -> Values:
    """Return the mean absolute error of each series over its scale, (S,)."""
    errors = np.abs(case.y - told.point).reshape(len(case.y), -1)
    seen = np.isfinite(errors)
    counts = seen.sum(axis=1)
    sums = np.where(seen, errors, 0.0).sum(axis=1)
    able = (counts > 0) & (case.scale > 0)
    found: Values = np.full(len(errors), np.nan)
    found[able] = sums[able] / counts[able] / case.scale[able]
    return found
