from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

from forecast.data.samples import TABLE, load_sample, samples
from forecast.errors import DataError

SERIES = [sample for sample in TABLE if sample.name != "stocks_monthly"]
names = pytest.mark.parametrize("sample", SERIES, ids=lambda sample: sample.name)

# First and last timestamp, first and last value, number of blanks, as they stand in the files.
ENDS = {
    "sp500": ("1999-01-04", "2018-12-31", 1228.1, 2506.85, 0),
    "msft": ("2000-01-03", "2017-11-10", 43.848, 83.87, 0),
    "wti_oil": ("1986-01-02", "2019-01-03", 25.56, 46.92, 290),
    "seattle_weather": ("2012-01-01", "2015-12-31", 12.8, 5.6, 0),
    "nyc_jfk_weather": ("2013-01-01 06:00", "2013-12-30 23:00", 3.9, -1.1, 0),
    "co2": ("1958-03-29", "2001-12-29", 316.1, 371.5, 59),
    "us_gasoline": ("1991-02-08", "2021-04-30", 6621.0, 8864.0, 0),
    "us_illness": ("2002-01-01", "2020-06-30", 1.22262, 0.963716, 0),
    "air_passengers": ("1949-01-01", "1960-12-01", 112.0, 432.0, 0),
}


def test_the_table_has_one_row_a_sample():
    table = samples()
    assert table["name"].tolist() == [
        *("sp500", "msft", "wti_oil", "stocks_monthly", "seattle_weather", "nyc_jfk_weather"),
        *("co2", "us_gasoline", "us_illness", "air_passengers"),
        *("copy_first_10", "copy_first_25", "copy_first_50", "copy_first_100", "copy_first_200"),
        "adding_problem",
    ]
    assert table.columns.tolist() == [
        *("name", "rows", "frequency", "columns", "target", "source", "licence", "description"),
    ]
    assert table.notna().all(axis=None)


@names
def test_a_sample_is_as_the_table_says(sample):
    series = load_sample(sample.name)
    assert isinstance(series.index, pd.DatetimeIndex)
    assert series.name == sample.target
    assert series.dtype == np.float64
    assert len(series) == sample.rows
    assert series.index.is_monotonic_increasing
    assert series.index.is_unique
    assert series.attrs["report"]["frequency"] == sample.frequency
    assert series.attrs["report"]["notes"] == []


@names
def test_the_ends_of_a_sample(sample):
    series = load_sample(sample.name)
    start, end, first, last, blanks = ENDS[sample.name]
    assert (series.index[0], series.index[-1]) == (pd.Timestamp(start), pd.Timestamp(end))
    assert (series.iloc[0], series.iloc[-1]) == (first, last)
    assert series.isna().sum() == blanks


@names
def test_all_columns_of_a_sample(sample):
    frame = load_sample(sample.name, target=None)
    assert tuple(frame.columns) == sample.columns
    assert len(frame) == sample.rows


def test_another_target():
    volume = load_sample("sp500", target="volume")
    assert volume.name == "volume"
    assert volume.iloc[0] == 877_000_000


def test_the_panel_comes_as_a_long_frame():
    panel = load_sample("stocks_monthly")
    assert panel.columns.tolist() == ["unique_id", "ds", "y"]
    assert panel["unique_id"].value_counts().to_dict() == {
        "AAPL": 123,
        "AMZN": 123,
        "GOOG": 68,
        "IBM": 123,
        "MSFT": 123,
    }
    assert panel.attrs["report"]["frequency"] == "MS"
    assert panel["y"].dtype == np.float64
    microsoft = panel[panel["unique_id"] == "MSFT"]
    assert microsoft["ds"].is_monotonic_increasing
    assert microsoft["y"].iloc[0] == 39.81


def test_two_loads_are_equal_and_apart():
    first = load_sample("air_passengers")
    first.iloc[:] = 0
    assert load_sample("air_passengers").iloc[0] == 112


def test_an_unknown_sample_lists_the_names_and_the_nearest():
    with pytest.raises(DataError, match=r"'sp50'.*`air_passengers`.*Did you mean `sp500`\?"):
        load_sample("sp50")


def test_an_unknown_target_lists_the_columns():
    with pytest.raises(DataError, match=r"'Close'.*`open`.*Did you mean `close`\?"):
        load_sample("sp500", target="Close")


def test_a_text_target_is_refused():
    with pytest.raises(DataError, match="text such as 'drizzle'"):
        load_sample("seattle_weather", target="weather")


def test_every_bundled_file_is_listed_with_its_source():
    folder = files("forecast.data") / "samples"
    bundled = {file.name for file in folder.iterdir() if file.name.endswith(".csv")}
    assert bundled == {sample.file for sample in TABLE}
    sources = (folder / "SOURCES.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in sources for name in bundled)
    for notice in ("arch.md", "pmdarima.txt", "statsmodels.txt", "vega_datasets.txt"):
        assert f"licences/{notice}" in sources
        assert (folder / "licences" / notice).read_text(encoding="utf-8")
