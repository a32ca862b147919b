"""The last rows of the series of a fitted forecaster, from what its file says of them.

As in `forecast.models.restoring`, errors are `ValueError`s that say what is wrong.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.checks import one_of
from forecast.data.frequency import checked_frequency
from forecast.data.panel import Panel
from forecast.data.series import STEP, TimeSeries
from forecast.data.static import Static
from forecast.models.reading import Recipe
from forecast.models.settings import ForecasterSettings
from forecast.strict_json import flag, record, shown, text

Arrays = Mapping[str, NDArray[Any]]

UNITS = ("s", "ms", "us", "ns")
# A zone or an offset. Libraries look names of zones up as files; none may lead out of their folder.
ZONE = re.compile(r"(?!dateutil)[A-Za-z0-9+-][A-Za-z0-9_+:-]*(/[A-Za-z0-9_+-]+){0,3}(\(\))?")
LONGEST_ZONE = 64
# A day from the ends of what pandas can show: a zone may move a time by nearly as much. Whole
# seconds, as those of the years 1 and 9999 are beyond what nanoseconds can count.
WIDE = (np.datetime64("0001-01-02", "s"), np.datetime64("9999-12-30", "s"), "1 to 9999")
NARROW = (np.datetime64("1678-01-01", "s"), np.datetime64("2261-12-31", "s"), "1678 to 2261")


def array_of(
    arrays: Arrays,
    name: str,
    dtype: str,
    shape: tuple[int | None, ...],
    *,
    finite: bool = False,
) -> NDArray[Any]:
    """Return an array of a file.

    Args:
        arrays: of the file.
        name: of the array.
        dtype: that it must have.
        shape: that it must have; None stands for any number.
        finite: whether NaN and infinity are refused.

    Raises:
        ValueError: it is not as asked for.
    """
    if name not in arrays:
        raise ValueError(f"`arrays` lacks {shown(name)}")
    array = arrays[name]
    fits = len(array.shape) == len(shape) and all(
        wanted in (None, found) for wanted, found in zip(shape, array.shape, strict=True)
    )
    if array.dtype != np.dtype(dtype) or not fits:
        wanted = tuple("any" if one is None else one for one in shape)
        raise ValueError(
            f"array {shown(name)} must be {dtype} of shape {wanted}; got {array.dtype} of shape "
            f"{array.shape}"
        )
    if finite and not np.isfinite(array).all():
        raise ValueError(f"array {shown(name)} holds NaN or infinity")
    return array


def tail_of(
    series: object, index: object, arrays: Arrays, recipe: Recipe, settings: ForecasterSettings
) -> Panel:
    """Return the last rows of each series.

    Args:
        series: what the header says of them.
        index: what it says of their index.
        arrays: of the file.
        recipe: which names series and columns.
        settings: of the forecaster.

    Raises:
        ValueError: they do not fit each other.
    """
    told = record("series", series, ("name", "frequency", "long"))
    values = array_of(arrays, "tail/values", "float64", (None,), finite=True)
    rows, columns = len(values), len(recipe.columns)
    covariates = array_of(arrays, "tail/covariates", "float64", (None, columns), finite=True)
    if len(covariates) != rows and columns:
        raise ValueError(f"`covariates` must have {rows} rows; got {len(covariates)}")
    offsets = array_of(arrays, "tail/offsets", "int64", (len(recipe.ids) + 1,)).astype(np.intp)
    numbers = array_of(arrays, "tail/index", "int64", (rows,))
    long = flag("long", told["long"])
    if not long and len(recipe.ids) > 1:
        raise ValueError(f"`long` must be true for {len(recipe.ids)} series")
    flat = TimeSeries(
        values=values,
        observed=array_of(arrays, "tail/observed", "bool", (rows,)),
        index=index_of(numbers, index),
        frequency=frequency_of(told["frequency"], index),
        name=text("name", told["name"]),
        covariates=covariates,
        columns=recipe.columns,
    )
    _check_rows(offsets, numbers, settings.kept(flat.season))
    return Panel(flat, offsets, recipe.ids, long, _static(arrays, recipe))


def _static(arrays: Arrays, recipe: Recipe) -> Static:
    """Return the static columns of each series.

    Raises:
        ValueError: one is of a kind that there is not.
    """
    categories = recipe.categories
    codes = array_of(arrays, "tail/static", "int64", (len(recipe.ids), len(categories)))
    most = np.array([len(values) for _, values in categories], dtype=np.int64)
    if not ((codes >= 0) & (codes < most)).all():
        raise ValueError("`static` must hold places among the categories")
    pairs = zip(categories, codes.T, strict=True)
    return tuple(
        (name, np.array(values, dtype=np.str_)[column]) for (name, values), column in pairs
    )


def _check_rows(offsets: NDArray[np.intp], numbers: NDArray[np.int64], most: int) -> None:
    """See that each series has rows of its own, not more than a forecast needs, in order of time.

    Raises:
        ValueError: they are not so.
    """
    # Compared, not subtracted: a difference of absurd numbers comes round again.
    if offsets[0] != 0 or offsets[-1] != len(numbers) or (offsets[1:] <= offsets[:-1]).any():
        raise ValueError(f"`offsets` must rise from 0 to the {len(numbers)} rows")
    longest = int(np.diff(offsets).max())
    if longest > most:
        raise ValueError(f"a series must have at most {most} rows, as its windows; got {longest}")
    back = np.flatnonzero(numbers[1:] <= numbers[:-1]) + 1
    if not np.isin(back, offsets).all():
        raise ValueError("`index` must rise within each series")


def frequency_of(said: object, index: object) -> str:
    """Return a frequency that goes with an index.

    Raises:
        ValueError: it is none, or is meant for an index of another kind.
    """
    frequency = text("frequency", said)
    if (frequency == STEP) != (index is None):
        raise ValueError(f"`frequency` {shown(frequency)} does not go with `index` {shown(index)}")
    if frequency != STEP:
        checked_frequency(frequency)
    return frequency


def index_of(numbers: NDArray[np.int64], said: object) -> "pd.Index[Any]":
    """Return an index from its numbers.

    Args:
        numbers: (rows,) row numbers, or times in a unit since 1970.
        said: None for row numbers, or the unit and the zone.

    Raises:
        ValueError: there is no such unit or zone, or a time lies beyond the years 1 to 9999, or
            for nanoseconds 1678 to 2261.
    """
    if said is None:
        return pd.Index(numbers, dtype=np.int64)
    told = record("index", said, ("unit", "zone"))
    unit = one_of("unit", told["unit"], UNITS)
    times = numbers.astype(f"datetime64[{unit}]")
    seconds = times.astype("datetime64[s]")
    first, last, years = NARROW if unit == "ns" else WIDE
    if not ((seconds >= first) & (seconds < last)).all():  # neither is what is not a time
        raise ValueError(f"`index` holds a time beyond the years {years}")
    utc = pd.DatetimeIndex(times)
    return utc if told["zone"] is None else _in_zone(utc, told["zone"])


def _in_zone(utc: pd.DatetimeIndex, said: object) -> pd.DatetimeIndex:
    zone = text("zone", said)
    if len(zone) > LONGEST_ZONE or not ZONE.fullmatch(zone):
        raise ValueError(f"`zone` must name a zone of time; got {shown(zone)}")
    try:
        return utc.tz_localize("UTC").tz_convert(zone)
    except (LookupError, OSError, TypeError) as error:  # OSError: it names a folder of zones
        raise ValueError(f"there is no zone of time {shown(zone)}") from error
