"""What every model here can do, network or baseline."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from forecast.data.columns import ONE_COLUMN, Columns, SeriesLike
from forecast.data.panel import Id, Panel, is_long, panel_of
from forecast.data.series import TimeSeries, Values
from forecast.data.windows import Origins
from forecast.errors import DataError, TooFewRowsError
from forecast.models.forecasts import Spans
from forecast.models.newer import newer_panel, one_after

Rows = SeriesLike | TimeSeries | Panel


class Model(Protocol):
    """A forecasting model of one series, or of many.

    Attributes:
        label: how it is shown, and the name of its column in forecasts.
        parameter_count: number of learned weights; 0 for a baseline.
    """

    @property
    def label(self) -> str:
        """The model's name."""

    @property
    def parameter_count(self) -> int:
        """The number of learned weights."""

    def fit(self, y: Rows) -> Self:
        """Learn from a series, or from a long frame of many."""

    def clone(self) -> Self:
        """Return a model with the same settings that is not fitted."""

    def predict(
        self,
        horizon: int | None = None,
        *,
        level: float | Iterable[float] = (),
        data: SeriesLike | None = None,
    ) -> pd.DataFrame:
        """Forecast the rows after the fitted ones, or after newer ones."""

    def forecast_from(self, data: TimeSeries | Panel, origins: Origins, horizon: int) -> Values:
        """Forecast `horizon` rows after each origin, (origins, horizon)."""

    def spans_from(
        self, data: TimeSeries | Panel, origins: Origins, horizon: int, levels: Sequence[float]
    ) -> Spans:
        """Forecast with one interval a level after each origin."""

    def last_row(self) -> Mapping[Id, Any]:
        """Return the timestamp of the last row that each series was fitted on, by id."""


def extended(
    known: Panel,
    data: SeriesLike | Panel | None,
    columns: Columns = ONE_COLUMN,
    needed: int | None = None,
) -> Panel:
    """Return the fitted rows followed by newer ones: of a panel, the series that have any.

    Of a panel, series that were not among the fitted ones come with the rows they bring.

    Args:
        known: the last fitted rows of each series.
        data: newer rows, a long frame (or a panel made ready) where the fitted rows were one.
        columns: which columns of it to take.
        needed: rows that a forecast needs; as many newer ones stand alone after a gap. None where
            it reads all rows.

    Raises:
        DataError: the newer rows do not fit the fitted ones, or end before them.
    """
    if data is None:
        return known
    if not known.long:
        rows = data.one(0) if isinstance(data, Panel) else data
        return panel_of(one_after(known.one(0), rows, columns, needed))
    if not isinstance(data, Panel) and not is_long(data):
        raise DataError(
            "`data` must be a long frame with the columns unique_id and ds, as the fitted rows "
            f"were; got a {type(data).__name__}. Add the column `unique_id`."
        )
    return newer_panel(known, data, columns, needed)


def forecast_frame(panel: Panel, index: "pd.Index[Any]", columns: Any) -> pd.DataFrame:
    """Return a table (`unique_id`,) `ds` and one column a name.

    Args:
        panel: whose series were forecast.
        index: the timestamps of the rows ahead, of one series after the other, as many of each.
        columns: pairs of name and values, (series, steps) each.
    """
    frame = pd.DataFrame({"ds": index})
    if panel.long:
        ids = pd.Series(list(panel.ids), dtype=object).infer_objects()
        each = ids.repeat(len(index) // len(panel))
        frame.insert(0, "unique_id", each.reset_index(drop=True))
    for name, values in columns:
        frame[name] = np.asarray(values, dtype=np.float64).ravel()
    return frame


def span_columns(label: str, spans: Spans, levels: Sequence[float]) -> list[tuple[str, Values]]:
    """Return the columns of forecasts with intervals by name, such as `GRU` and `GRU-lo-80`."""
    columns = [(label, spans.point)]
    for level, (lower, upper) in zip(levels, spans.intervals, strict=True):
        columns += [(f"{label}-lo-{level:g}", lower), (f"{label}-hi-{level:g}", upper)]
    return columns


def check_last_window(series: TimeSeries, timesteps: int, needed: int, gaps: str) -> None:
    """See that the newest window of a series can be read.

    Args:
        series: the rows.
        timesteps: length of a window.
        needed: rows that a forecast needs.
        gaps: `fill` or `drop`.

    Raises:
        TooFewRowsError: there are fewer rows.
        DataError: some are blank, where `gaps` is `drop`.
    """
    if len(series) < needed:
        before = " and one before" if needed > timesteps else ""
        raise TooFewRowsError(
            f"A forecast needs the last {timesteps} rows (`timesteps`){before}; there are "
            f"{len(series)}. Pass more of the newest rows."
        )
    last = series.observed[-max(needed, timesteps) :]
    if gaps == "drop" and not last.all():
        raise DataError(
            f"{int((~last).sum())} of the last {timesteps} rows are blank in {series.name!r}, and "
            "this forecaster was fitted with gaps='drop'. Fit with gaps='fill' to forecast from "
            "them."
        )


def check_last_windows(panel: Panel, timesteps: int, needed: int, gaps: str) -> None:
    """See that the newest window of each series of a panel can be read, see `check_last_window`."""
    wrong = panel.lengths < needed
    if gaps == "drop":
        last = panel.last(max(needed, timesteps))
        wrong |= ~np.logical_and.reduceat(last.flat.observed, last.offsets[:-1])
    if wrong.any():
        check_last_window(panel.one(int(wrong.argmax())), timesteps, needed, gaps)
