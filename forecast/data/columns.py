"""Which columns of a table are meant: the one to forecast, and those that help."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import DataError

SeriesLike = pd.Series | pd.DataFrame | NDArray[Any] | Sequence[float]

LARGEST = 1e100  # its square must still be a number
LONG = {"unique_id", "ds"}  # columns of a long frame, beside the values


class Columns(NamedTuple):
    """Which columns to take.

    Attributes:
        target: name of the column to forecast; None takes `y`, or the only one that is left.
        covariates: names of columns beside it; None takes all other columns of numbers.
        needed: of these, names that must be there.
        static: names of columns of a long frame that say of each series what kind it is, such as
            its region: one value a series, text or a number. They are no covariates.
    """

    target: str | None = None
    covariates: tuple[str, ...] | None = ()
    needed: tuple[str, ...] = ()
    static: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """The covariates that are named."""
        return self.needed if self.covariates is None else self.covariates


ONE_COLUMN = Columns()


class Chosen(NamedTuple):
    """Columns taken from what a caller brought, on one index."""

    target: "pd.Series[Any]"
    covariates: pd.DataFrame


def chosen_columns(y: SeriesLike, columns: Columns = ONE_COLUMN) -> Chosen:
    """Take the target and its covariates.

    Args:
        y: see `forecast.data.series.prepare`.
        columns: which to take.

    Raises:
        DataError: a column is missing, several could be meant, or there is nothing.
    """
    if isinstance(y, pd.DataFrame):
        chosen = _of_frame(y, columns)
    else:
        series = _as_series(y)
        chosen = Chosen(series, pd.DataFrame(index=series.index))
        if columns.named:
            raise DataError(
                f"The covariates {', '.join(map(repr, columns.named))} must be columns of a "
                "DataFrame; got a single series. Pass a DataFrame with them."
            )
    series = chosen.target
    if len(series) == 0:
        raise DataError("The series is empty. Pass at least a few dozen rows.")
    if isinstance(series.index, pd.PeriodIndex):
        series = series.set_axis(series.index.to_timestamp())
    return Chosen(series, chosen.covariates.set_axis(series.index))


def _as_series(y: "pd.Series[Any] | NDArray[Any] | Sequence[float]") -> "pd.Series[Any]":
    if isinstance(y, pd.Series):
        return y
    values = np.asarray(y)
    if values.ndim != 1:
        raise DataError(
            f"A series must have one dimension; got an array of shape {values.shape}. "
            "Pass one column."
        )
    return pd.Series(values, name="y")


def _of_frame(frame: pd.DataFrame, columns: Columns) -> Chosen:
    name = None
    frame = frame.set_axis([str(one) for one in frame.columns], axis=1)
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise DataError(f"The column {twice!r} stands twice in the frame. Rename or drop one.")
    if set(frame.columns) >= LONG:
        name = _only_id(frame)
        frame = frame.drop(columns="unique_id")
    if "ds" in frame:
        frame = frame.set_index("ds")
    frame = frame.drop(columns=list(columns.static), errors="ignore")
    target = _target(frame, columns)
    wanted = columns.covariates
    if wanted is None:
        numbers = frame.select_dtypes("number").columns.drop(target, errors="ignore")
        wanted = tuple(dict.fromkeys((*numbers, *columns.needed)))
    missing = [one for one in wanted if one not in frame]
    if missing:
        raise DataError(
            f"There is no column {missing[0]!r} for a covariate; the columns are {_listed(frame)}."
        )
    series = frame[target]
    if name is not None:
        series = series.rename(name)
    return Chosen(series, frame[list(wanted)])


def _only_id(frame: pd.DataFrame) -> str:
    ids = frame["unique_id"].unique()
    if len(ids) != 1:
        raise DataError(
            f"Here one series at a time can be used; this long frame has {len(ids)}: "
            f"{', '.join(map(str, ids[:5]))}{' …' if len(ids) > 5 else ''}. Choose one: "
            f"frame[frame.unique_id == {ids[0]!r}]. A Forecaster and a backtest take them all."
        )
    return str(ids[0])


def _target(frame: pd.DataFrame, columns: Columns) -> Any:
    """Return the column to forecast."""
    if columns.target is not None:
        if columns.target not in frame:
            raise DataError(
                f"There is no column {columns.target!r} to forecast; the columns are "
                f"{_listed(frame)}. Name one of them as `target`."
            )
        return columns.target
    if "y" in frame:
        return "y"
    left = [name for name in frame if name not in columns.named]
    if len(left) == 1:
        return left[0]
    raise DataError(
        f"One column can be forecast; this frame has {len(left)}: {_listed(frame[left])}. "
        "Choose one: frame['…'], or name it as `target` of a Forecaster, which takes the others "
        "as covariates."
    )


def _listed(frame: pd.DataFrame) -> str:
    return ", ".join(repr(str(name)) for name in frame.columns) or "none"


def as_numbers(series: "pd.Series[Any]") -> "pd.Series[float]":
    """Return a column as float64, blank where it is NaN or missing.

    Raises:
        DataError: it holds something else, or what is infinite.
    """
    try:
        if getattr(series.dtype, "kind", "O") in "cmM":
            raise TypeError("these are no real numbers")
        numbers = pd.Series(
            series.to_numpy(dtype=np.float64, na_value=np.nan), series.index, name=series.name
        )
    except (TypeError, ValueError) as error:
        raise DataError(
            f"The series {called(series)} must hold numbers; it holds {series.dtype} ({error}). "
            "Choose a numeric column."
        ) from error
    beyond = np.flatnonzero(np.abs(numbers.to_numpy()) > LARGEST)
    if beyond.size:
        raise DataError(
            f"The series {called(series)} holds {beyond.size} infinite value(s), or beyond "
            f"{LARGEST:g}; the first at {series.index[beyond[0]]}. Replace them, or set them to "
            "NaN to have them filled."
        )
    return numbers


def held_on(columns: pd.DataFrame, last: Mapping[Any, float]) -> pd.DataFrame:
    """Return columns of numbers; where one begins with blanks, its last value before is held."""
    found = {name: as_numbers(columns[name]) for name in columns}
    held = {name: one.where(one.ffill().notna(), last[name]) for name, one in found.items()}
    return pd.DataFrame(held, columns.index)


def called(series: "pd.Series[Any]") -> str:
    """Return how an error calls a column."""
    return repr(str(series.name)) if series.name is not None else "given"
