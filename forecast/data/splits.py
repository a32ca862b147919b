"""The four disjoint chronological parts of a series: train, validation, calibration, test."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple, overload

import numpy as np

from forecast.checks import real_number
from forecast.data.spans import Ranges, Rows
from forecast.errors import SettingError, TooFewRowsError


class Parts(NamedTuple):
    """Row ranges, in this order, each starting where the one before ends.

    Attributes:
        train: rows that weights and scalers learn from.
        validation: rows that choose the epoch.
        calibration: rows that measure the width of intervals.
        test: rows that nothing fitted ever sees.
    """

    train: range
    validation: range
    calibration: range
    test: range


class Splits(Sequence[Parts]):
    """The parts of many series as an array.

    Args:
        stops: (series, 4) rows after each of the parts; the first begins with row 0.
    """

    def __init__(self, stops: Rows) -> None:
        self.stops = stops

    def __len__(self) -> int:
        return len(self.stops)

    @overload
    def __getitem__(self, number: int) -> Parts: ...

    @overload
    def __getitem__(self, number: slice) -> "Splits": ...

    def __getitem__(self, number: int | slice) -> "Parts | Splits":
        if isinstance(number, slice):
            return Splits(self.stops[number])
        borders = [0, *self.stops[number].tolist()]
        return Parts(*(range(start, stop) for start, stop in pairwise(borders)))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Splits):
            return np.array_equal(self.stops, other.stops)
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as of other arrays

    def part(self, name: str) -> Ranges:
        """Return the rows of each series that are one part, such as `train`."""
        place = Parts._fields.index(name)
        starts = self.stops[:, place - 1] if place else np.zeros(len(self), dtype=np.intp)
        return Ranges(starts, self.stops[:, place])


def splits_from(parts: Sequence[Parts]) -> Splits:
    """Return the parts of many series as an array."""
    if isinstance(parts, Splits):
        return parts
    stops = [[part.stop for part in one] for one in parts]
    return Splits(np.array(stops, dtype=np.intp).reshape(-1, len(Parts._fields)))


def whole_each(lengths: Rows) -> Splits:
    """Return splits of many series in which every row is for training."""
    return Splits(np.repeat(lengths[:, None], len(Parts._fields), axis=1))


def splits_by_length(lengths: Rows, split: Callable[[int], Parts]) -> Splits:
    """Split many series; those of one length alike.

    Args:
        lengths: (series,) rows of each.
        split: a number of rows.
    """
    different, which = np.unique(lengths, return_inverse=True)
    return Splits(splits_from([split(rows) for rows in different.tolist()]).stops[which])


def chronological(
    rows: int,
    *,
    validation: float,
    calibration: float,
    test: float = 0.0,
    least: int = 1,
) -> Parts:
    """Split `rows` rows in time order.

    Args:
        rows: length of the series.
        validation: share for validation, in [0, 1).
        calibration: share for calibration, in [0, 1).
        test: share for the test part, in [0, 1).
        least: rows that a part with a share above 0 has at least: the horizon, so that one whole
            target fits in.

    Raises:
        SettingError: a share lies outside [0, 1), or they leave nothing for training.
        TooFewRowsError: with `least` rows each, they leave nothing for training.
    """
    shares = check_shares(validation=validation, calibration=calibration, test=test)
    sizes = {
        name: max(round(share * rows), least) if share else 0 for name, share in shares.items()
    }
    left = rows - sum(sizes.values())
    if left < 1:
        raise TooFewRowsError(
            f"`validation`, `calibration` and `test` leave no row for training: they take "
            f"{sizes['validation']}, {sizes['calibration']} and {sizes['test']} of {rows} rows. "
            "Use smaller shares, a shorter `horizon`, or more rows."
        )
    borders = [0, left]
    for size in sizes.values():
        borders.append(borders[-1] + size)
    return Parts(*(range(start, stop) for start, stop in pairwise(borders)))


def check_shares(**shares: float) -> dict[str, float]:
    """Return named shares, each in [0, 1).

    Raises:
        SettingError: one lies outside, or together they leave nothing for training.
    """
    checked = {name: real_number(name, share, least=0, below=1) for name, share in shares.items()}
    if sum(checked.values()) >= 1:
        listed = ", ".join(f"{name}={share:g}" for name, share in checked.items())
        raise SettingError(
            f"Shares must leave something for training; {listed} make {sum(checked.values()):g}. "
            "Use smaller ones."
        )
    return checked
