"""Where a rolling-origin backtest cuts each series, and what is fitted before which cut.

Counted from the end of a series of n rows, with horizon h and step s, window i of w has its
cut-off, its last known row, at n − 1 − h − (w − 1 − i) s.

Source: Tashman (2000), "Out-of-sample tests of forecasting accuracy".
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from forecast.checks import one_of, whole_number
from forecast.data.panel import Panel
from forecast.data.series import Values
from forecast.data.spans import Ranges, means_of, spans_of
from forecast.data.windows import Origins
from forecast.errors import SettingError, TooFewRowsError

WINDOWS = ("expanding", "sliding")


class Cutoffs(NamedTuple):
    """The windows of a backtest.

    Attributes:
        origins: (S, W) flat row of each cut-off.
        groups: numbers of the windows that share a fit, first to last; a fit takes place before
            the first of each.
        horizon: rows ahead.
        step_size: rows from one cut-off to the next.
        length: rows that a sliding fit reads; None reads all rows before.
    """

    origins: Origins
    groups: tuple[range, ...]
    horizon: int
    step_size: int
    length: int | None

    @property
    def apart(self) -> int:
        """Windows from one to the next that does not overlap it."""
        return -(-self.horizon // self.step_size)

    def training(self, panel: Panel, group: range) -> Ranges:
        """Return the rows of each series that the fit of a group reads."""
        stops = self.origins[:, group[0]] - panel.offsets[:-1] + 1
        starts = np.zeros_like(stops) if self.length is None else np.maximum(0, stops - self.length)
        return Ranges(starts, stops)


def cutoffs_of(
    panel: Panel,
    *,
    horizon: int,
    n_windows: int,
    step_size: int | None,
    refit: bool | int,
    window: str,
    train_size: int | None,
) -> Cutoffs:
    """Cut each series; see `forecast.evaluation.backtest.backtest` for the arguments.

    Raises:
        SettingError: an argument is out of range.
        TooFewRowsError: a series is too short for so many windows.
    """
    horizon, count = whole_number("horizon", horizon), whole_number("n_windows", n_windows)
    step = horizon if step_size is None else whole_number("step_size", step_size)
    one_of("window", window, WINDOWS)
    span = horizon + (count - 1) * step
    short = np.flatnonzero(panel.lengths <= span)
    if len(short):
        first = panel.one(int(short[0]))
        of = (
            f"{len(short)} of {len(panel)} series, the first {first.name!r},"
            if panel.long
            else "it"
        )
        raise TooFewRowsError(
            f"`n_windows` {count} with `horizon` {horizon} and `step_size` {step} takes {span} "
            f"rows and at least one before; {of} has {len(first)}. Use fewer windows, a smaller "
            "`step_size`, or more rows."
        )
    back = horizon + np.arange(count - 1, -1, -1) * step
    origins = panel.ends[:, None] - back
    length = None
    if window == "sliding":
        most = int((origins[:, 0] - panel.offsets[:-1]).min()) + 1
        length = most if train_size is None else whole_number("train_size", train_size)
    elif train_size is not None:
        raise SettingError(
            f"`train_size` is for window='sliding'; got {train_size} with window='expanding', "
            "which reads all rows. Use window='sliding', or leave it out."
        )
    return Cutoffs(origins, _groups(count, refit), horizon, step, length)


def _groups(count: int, refit: bool | int) -> tuple[range, ...]:
    """Return which windows share a fit."""
    if refit is False:
        return (range(count),)
    every = 1 if refit is True else whole_number("refit", refit)
    return tuple(range(first, min(first + every, count)) for first in range(0, count, every))


def scales_of(panel: Panel, firsts: Sequence[int], season: int) -> Values:
    """Return the mean absolute change over a season before each first cut-off, (S,); 0 for none.

    Args:
        panel: the rows.
        firsts: (S,) flat row of the first cut-off of each series.
        season: lag, in rows.
    """
    begins, stops = panel.offsets[:-1], np.asarray(firsts, dtype=np.intp) + 1
    later = spans_of(np.minimum(begins + season, stops), stops)
    y = np.where(panel.flat.observed, panel.flat.values, np.nan)
    changes = np.abs(y[later] - y[later - season])
    seen = np.isfinite(changes)
    counts = np.bincount(panel.which(later[seen]), minlength=len(panel)).astype(np.intp)
    return means_of(changes[seen], np.cumsum(counts) - counts, counts)
