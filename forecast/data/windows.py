"""Sliding windows over a series, as views: no window is copied before its batch is made.

A window has an origin o, its last known row. With t timesteps and horizon k:

    inputs    rows o − t + 1 … o          (timesteps,)
    targets   rows o + 1 … o + k          (horizon,)
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from forecast.data.series import Observed, TimeSeries, Values
from forecast.data.spans import spans_of
from forecast.errors import TooFewRowsError

Origins = NDArray[np.intp]

GAPS = ("fill", "drop")


@dataclass(frozen=True)
class Windows:
    """The windows of a series that end at given origins.

    Attributes:
        series: the rows.
        timesteps: length of the inputs.
        horizon: length of the targets.
        origins: (windows,) index of the last known row of each window.
    """

    series: TimeSeries
    timesteps: int
    horizon: int
    origins: Origins

    def __len__(self) -> int:
        return len(self.origins)

    def inputs(self, chosen: NDArray[np.intp] | slice = slice(None)) -> Values:
        """Gather the inputs of the chosen windows, (windows, timesteps)."""
        starts = self.origins[chosen] - self.timesteps + 1
        return _gathered(self.series.values, starts, self.timesteps)

    def targets(self, chosen: NDArray[np.intp] | slice = slice(None)) -> Values:
        """Gather the targets of the chosen windows, (windows, horizon)."""
        return steps_after(self.series.values, self.origins[chosen], self.horizon)

    def observed(self, chosen: NDArray[np.intp] | slice = slice(None)) -> Observed:
        """Say which targets were observed, not filled, (windows, horizon)."""
        return steps_after(self.series.observed, self.origins[chosen], self.horizon)


def steps_of(origins: Origins, horizon: int) -> Origins:
    """Return the rows after each origin, (origins, horizon)."""
    return origins[:, None] + np.arange(1, horizon + 1)


def steps_after(rows: NDArray[Any], origins: Origins, horizon: int) -> NDArray[Any]:
    """Copy the rows after each origin, (origins, horizon)."""
    return _gathered(rows, origins + 1, horizon)


def _gathered(rows: NDArray[Any], starts: Origins, length: int) -> NDArray[Any]:
    """Copy `length` rows from each start, (starts, length)."""
    if len(starts) == 0:  # there may be fewer than `length` rows to slide over
        return np.empty((0, length), rows.dtype)
    copied: NDArray[Any] = sliding_window_view(rows, length)[starts]
    return copied


def windows_in(
    series: TimeSeries,
    part: range,
    *,
    timesteps: int,
    horizon: int,
    gaps: str = "fill",
    begin: int = 0,
    least: int | None = None,
) -> Windows:
    """Return the windows whose targets all lie in a part; inputs may reach back before it.

    Args:
        series: the rows.
        part: rows that the targets may lie in.
        timesteps: length of the inputs, at least 1.
        horizon: length of the targets, at least 1.
        gaps: `fill` keeps windows with filled inputs, `drop` leaves them out. Either way a window
            without any observed target is left out.
        begin: first row of the series, where the rows are those of many.
        least: rows that a window has at least; None is all `timesteps`, fewer are padded.

    Returns:
        The windows; none where the part is too short.
    """
    known = timesteps if least is None else least
    first = max(part.start - 1, begin + known - 1)
    origins = np.arange(first, max(first, part.stop - horizon), dtype=np.intp)
    useful = steps_after(series.observed, origins, horizon).any(axis=1)
    if gaps == "drop":
        useful &= rows_of(series.observed, origins, timesteps, begin).all(axis=1)
    return Windows(series, timesteps, horizon, origins[useful])


def windows_of_each(
    series: TimeSeries,
    firsts: Origins,
    stops: Origins,
    begins: Origins,
    *,
    timesteps: int,
    horizon: int,
    gaps: str = "fill",
) -> Windows:
    """Return windows of many series, those that `windows_in` would take of each.

    Args:
        series: their rows, one after another.
        firsts: (series,) first origin of each.
        stops: (series,) row that its origins end before; none where that is not above the first.
        begins: (series,) first row that its windows may read.
        timesteps: length of the inputs, at least 1.
        horizon: length of the targets, at least 1.
        gaps: `fill` or `drop`.
    """
    stops = np.maximum(firsts, stops)
    origins = spans_of(firsts, stops)
    if not series.observed.all():
        seen = np.concatenate(([0], np.cumsum(series.observed)))  # rows before each that were
        useful = seen[origins + horizon + 1] > seen[origins + 1]
        if gaps == "drop":
            reach = np.maximum(origins - timesteps + 1, np.repeat(begins, stops - firsts))
            useful &= seen[origins + 1] - seen[reach] == origins + 1 - reach
        origins = origins[useful]
    return Windows(series, timesteps, horizon, origins)


def rows_of(
    rows: NDArray[Any], origins: Origins, timesteps: int, begins: Origins | int
) -> NDArray[Any]:
    """Copy the rows of windows, (windows, timesteps); before a series begins, its first row.

    Args:
        rows: of one or many series.
        origins: (windows,) index of the last row of each window.
        timesteps: length of a window.
        begins: first row of the series of each window.
    """
    starts = origins - timesteps + 1
    if len(origins) == 0 or int(np.min(starts - begins)) >= 0:
        return _gathered(rows, starts, timesteps)
    firsts = np.broadcast_to(begins, starts.shape)
    if int(starts.min()) < 0:
        steps = origins[:, None] + np.arange(1 - timesteps, 1)
        return np.asarray(rows[np.maximum(steps, firsts[:, None])])
    # Whole rows are copied faster than single ones, and those of the series before are put right.
    before = np.arange(timesteps) < (firsts - starts)[:, None]
    return np.where(before, rows[firsts, None], _gathered(rows, starts, timesteps))


def check_enough(series: TimeSeries, part: range, windows: Windows) -> None:
    """Raise an error that says what would fit if there is no training window.

    Raises:
        TooFewRowsError: there is none.
    """
    if len(windows) > 0:
        return
    timesteps, horizon = windows.timesteps, windows.horizon
    room = len(part) - horizon
    if room >= timesteps:
        some = series.observed[part.start + timesteps : part.stop].any()
        remedy = "`gaps='fill'`, a smaller `timesteps`, or " if some else ""
        raise TooFewRowsError(
            f"Every training window of {series.name!r} touches a gap. Use {remedy}a series with "
            "fewer blanks."
        )
    remedy = f"Use `timesteps` of {room} or fewer" if room >= 1 else "Use a shorter `horizon`"
    raise TooFewRowsError(
        f"`timesteps` + `horizon` must not exceed the training rows of {series.name!r}; got "
        f"{timesteps} + {horizon} for {len(part)} rows of {len(series)}. {remedy}, smaller "
        "`validation` and `calibration`, or more rows."
    )
