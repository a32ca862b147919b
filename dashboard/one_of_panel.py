"""The series that a screen works on: that of a run, or one of the many it was trained on."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dashboard.address import write
from dashboard.panel_scores import SERIES, asked_series, named_series, series_key
from dashboard.series_finder import find_one
from forecast.data.panel import Panel
from forecast.data.series import TimeSeries
from forecast.evaluation.comparison import Comparison
from forecast.jobs.snapshot import RunSnapshot


class OneOf(NamedTuple):
    """A series of a run.

    Attributes:
        series: its rows.
        id: among the series of a panel; None of a single series.
        alone: where it is one of a panel, a panel of it alone.
        scored: and all series of that panel that were scored.
    """

    series: TimeSeries
    id: Any = None
    alone: Panel | None = None
    scored: Panel | None = None

    def long(self, rows: "pd.Series[float] | pd.DataFrame") -> "pd.Series[float] | pd.DataFrame":
        """Return rows by time as models of the run take them: of a panel as a long frame."""
        if self.alone is None:
            return rows
        frame = rows.rename("y").to_frame() if isinstance(rows, pd.Series) else rows
        frame = frame.rename_axis("ds").reset_index()
        return frame.assign(unique_id=self.id)


def pick_one(run: RunSnapshot, result: Comparison) -> OneOf:
    """Draw the choice of a series where the run has many; return it."""
    rows, scores = run.request.series, result.series
    if not isinstance(rows, Panel) or scores is None:
        return OneOf(rows if isinstance(rows, TimeSeries) else rows.flat)
    names = named_series(scores)
    name = find_one("Series", names, series_key(run.id), asked=asked_series(names), of=run.id)
    write(SERIES, name)
    one = one_series(rows, scores["unique_id"].iloc[names.index(name)])
    numbers = {each: number for number, each in enumerate(rows.ids)}
    some = np.array([numbers[each] for each in scores["unique_id"].tolist()])
    return one._replace(scored=rows.take(some))


def long_frame(panel: Panel, target: str) -> pd.DataFrame:
    """Return series as a long frame, NaN where values were filled.

    Args:
        panel: of them.
        target: what the column of values is called.
    """
    flat = panel.flat
    columns: dict[str, Any] = {
        "unique_id": np.repeat(np.array(panel.ids, dtype=object), panel.lengths),
        "ds": flat.index,
        target: np.where(flat.observed, flat.values, np.nan),
    }
    columns |= {name: flat.covariates[:, at] for at, name in enumerate(flat.columns)}
    return pd.DataFrame(columns)


def one_series(panel: Panel, one: Any) -> OneOf:
    """Return a series of a panel by its id."""
    number = panel.ids.index(one)
    return OneOf(panel.one(number), panel.ids[number], panel.take(np.array([number])))
