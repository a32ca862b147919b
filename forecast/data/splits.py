"""The four disjoint chronological parts of a series: train, validation, calibration, test."""

from itertools import pairwise
from typing import NamedTuple

from forecast.checks import real_number
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
