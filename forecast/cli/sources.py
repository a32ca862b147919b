"""What a command reads: `sample:NAME`, or the path of a CSV or Parquet file."""

from typing import NamedTuple

import pandas as pd

from forecast.data.readers import default_target, read_table
from forecast.data.samples import load_sample
from forecast.errors import DataError, SettingError

SAMPLE = "sample:"


class Source(NamedTuple):
    """A series and where it came from.

    Attributes:
        name: what the caller typed.
        target: name of the column, or of the series of a panel.
        series: with a DatetimeIndex.
    """

    name: str
    target: str
    series: "pd.Series[float]"


def read_source(
    name: str,
    *,
    time: str | None = None,
    target: str | None = None,
    series: str | None = None,
    decimal: str | None = None,
) -> Source:
    """Read one series.

    Args:
        name: `sample:NAME`, or a path.
        time: the time column of a file; None finds it.
        target: the column to forecast; None takes the default one.
        series: which series of a panel, by its id.
        decimal: decimal sign of a file; None finds it.

    Raises:
        DataError: the source cannot be read, or does not say which column or series is meant.
        SettingError: `series` was given for data that is no panel.
    """
    if name.startswith(SAMPLE):
        chosen = {} if target is None else {"target": target}
        table = load_sample(name.removeprefix(SAMPLE), **chosen)
    else:
        table = read_table(name, time=time, target=target, decimal=decimal)
    if isinstance(table, pd.DataFrame) and "unique_id" in table:
        return _from_panel(name, table, target, series)
    if series is not None:
        raise SettingError(f"`--series` chooses a series of a panel, and {name} is none. Drop it.")
    if isinstance(table, pd.DataFrame):
        table = table[default_target(table)]
    return Source(name, str(table.name), table)


def _from_panel(name: str, table: pd.DataFrame, column: str | None, series: str | None) -> Source:
    ids = [str(one) for one in table["unique_id"].unique()]
    if series not in ids:
        given = "none was chosen" if series is None else f"{series!r} is none of them"
        raise DataError(
            f"{name} holds {len(ids)} series and {given}. Choose one with --series: "
            f"{', '.join(ids[:10])}{' …' if len(ids) > 10 else ''}."
        )
    if column is None or column not in table:
        column = default_target(table.drop(columns=["unique_id", "ds"]))
    rows = table[table["unique_id"].astype(str) == series].set_index("ds")[column]
    return Source(name, str(series), rows.rename(str(series)))
