import io
import json

import numpy as np
import pandas as pd
import pytest

from forecast.data.readers import (
    column_names,
    default_target,
    read_csv,
    read_parquet,
    read_table,
    read_with_report,
)
from forecast.errors import DataError, ReadError

SMALL = "date,close,volume\n2024-01-01,1.5,10\n2024-01-02,2.5,20\n2024-01-03,3.5,30\n"


def read(text, **arguments):
    return read_with_report(text.encode(), **arguments)


def refused(content, **arguments):
    content = content.encode() if isinstance(content, str) else content
    with pytest.raises(ReadError) as caught:
        read_csv(content, **arguments)
    return caught.value


# --- what comes out -------------------------------------------------------------------------------


def test_a_target_comes_as_a_float_series():
    series = read_csv(SMALL.encode(), target="volume")
    expected = pd.Series(
        [10.0, 20.0, 30.0],
        index=pd.DatetimeIndex(["2024-01-01", "2024-01-02", "2024-01-03"], name="date"),
        name="volume",
    )
    pd.testing.assert_series_equal(series, expected)


def test_without_a_target_all_columns_come():
    frame = read_csv(b"date,v,sky\n2024-01-01,1,sun\n2024-01-02,2,\n2024-01-03,3,-\n")
    assert list(frame.columns) == ["v", "sky"]
    assert frame["v"].dtype == np.float64
    assert frame["sky"].isna().tolist() == [False, True, False]
    assert frame["sky"].iloc[[0, 2]].tolist() == ["sun", "-"]
    assert frame.index.name == "date"


def test_the_report_says_everything_and_is_json():
    data, report = read(SMALL, target="close")
    expected = {
        "encoding": "utf-8",
        "delimiter": ",",
        "decimal": ".",
        "thousands": None,
        "time_column": "date",
        "date_format": "ISO 8601",
        "frequency": "D",
        "rows": 3,
        "columns": ["close"],
        "blanks": {"close": 0},
        "duplicates": 0,
        "sorted": True,
        "gaps": 0,
        "notes": [],
        "layout": "single",
        "series": 1,
        "time_zone": None,
        "calendar": None,
        "repairs": [],
    }
    assert report.to_dict() == expected
    assert data.attrs["report"] == expected
    assert json.loads(json.dumps(expected)) == expected


def test_all_kinds_of_source_give_the_same(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_bytes(SMALL.encode())
    expected = read_csv(path)
    with path.open("rb") as file:
        sources = [str(path), file, SMALL.encode(), bytearray(SMALL.encode())]
        for source in [*sources, io.BytesIO(SMALL.encode())]:
            pd.testing.assert_frame_equal(read_csv(source), expected)


# --- panels ---------------------------------------------------------------------------------------


PANEL = (
    "symbol,date,price,volume\n"
    "B,2024-01-01,1,10\nB,2024-02-01,2,20\nB,2024-03-01,3,30\n"
    "A,2024-02-01,5,50\nA,2024-01-01,4,40\nA,2024-03-01,6,60\n"
)


def test_a_panel_comes_as_a_long_frame():
    data, report = read(PANEL, target="price")
    assert list(data.columns) == ["unique_id", "ds", "y"]
    assert data["unique_id"].tolist() == ["A", "A", "A", "B", "B", "B"]
    assert data["y"].tolist() == [4, 5, 6, 1, 2, 3]
    assert (report.frequency, report.duplicates, report.sorted) == ("MS", 0, False)
    assert report.columns == ("price",)


def test_a_panel_without_target_keeps_its_columns():
    assert list(read(PANEL).data.columns) == ["unique_id", "ds", "price", "volume"]
    single = "\n".join(line.rsplit(",", 1)[0] for line in PANEL.splitlines())
    assert list(read(single).data.columns) == ["unique_id", "ds", "y"]


def test_repeats_within_a_series_of_a_panel_are_merged():
    data, report = read(PANEL + "A,2024-03-01,9,90\n", target="price")
    assert data.loc[data["unique_id"] == "A", "y"].tolist() == [4, 5, 9]
    assert report.duplicates == 1


def test_numeric_ids_are_recognised_by_name():
    rows = [f"{store},2024-01-0{day},{store * day}" for day in (1, 2, 3) for store in (7, 8)]
    data, _ = read("\n".join(["store,date,sales", *rows]))
    assert data["unique_id"].tolist() == ["7", "7", "7", "8", "8", "8"]
    assert data["y"].tolist() == [7, 14, 21, 8, 16, 24]


def test_a_long_frame_of_one_series_stays_long():
    data, _ = read("unique_id,ds,y\na,2024-01-01,1\na,2024-01-02,2\n")
    assert list(data.columns) == ["unique_id", "ds", "y"]


def test_a_text_column_beside_a_few_repeats_is_no_panel():
    days = pd.date_range("2024-01-01", periods=20).strftime("%Y-%m-%d").tolist()
    rows = [f"{day},{number},sun" for number, day in enumerate(days)] + [f"{days[3]},99,rain"]
    data, report = read("\n".join(["date,v,sky", *rows]))
    assert list(data.columns) == ["v", "sky"]
    assert data.loc["2024-01-04"].tolist() == [99.0, "rain"]
    assert report.duplicates == 1


def test_a_hidden_panel_is_refused():
    rows = [f"2024-01-0{day},{day}" for day in (1, 2, 3, 4) for _ in range(4)]
    error = refused("\n".join(["date,v", *rows]))
    assert "16 rows with only 4 timestamps" in str(error)
    assert "unique_id" in str(error)


def test_a_blank_series_name_is_refused():
    error = refused(PANEL.replace("\nA,2024-01-01", "\n,2024-01-01"))
    assert (error.row, error.column) == (6, "symbol")


# --- Parquet --------------------------------------------------------------------------------------


def parquet(frame, **arguments):
    stream = io.BytesIO()
    frame.to_parquet(stream, **arguments)
    return stream.getvalue()


def test_parquet_gives_what_the_csv_gives():
    frame = read_csv(SMALL.encode())
    for content in (parquet(frame.reset_index(), index=False), parquet(frame)):
        pd.testing.assert_frame_equal(read_parquet(content), frame)
    series = read_parquet(parquet(frame), target="close")
    assert series.tolist() == [1.5, 2.5, 3.5]
    assert series.attrs["report"]["encoding"] is None
    assert series.attrs["report"]["frequency"] == "D"


def test_parquet_with_text_cells_and_other_types():
    frame = pd.DataFrame(
        {
            "when": ["31.12.2023", "01.01.2024", "02.01.2024"],
            "v": ["1,5", "2,5", "NA"],
            "kind": pd.Categorical(["a", "b", "a"]),
            "yes": [True, False, True],
            "lists": [[1], [2], [3]],
        }
    )
    data = read_parquet(parquet(frame))
    assert data.index[0] == pd.Timestamp("2023-12-31")
    assert data["v"].tolist()[:2] == [1.5, 2.5]
    assert data["kind"].tolist() == ["a", "b", "a"]
    assert data["yes"].tolist() == [1, 0, 1]
    assert data.attrs["report"]["notes"][0].startswith("Column `lists` was left out")


def test_a_nameless_parquet_index_is_called_ds():
    frame = pd.DataFrame({"y": [1.0, 2.0]}, index=pd.date_range("2024-01-01", periods=2))
    assert read_parquet(parquet(frame)).index.name == "ds"


def test_a_parquet_panel():
    data = read_parquet(parquet(pd.read_csv(io.StringIO(PANEL))), target="price")
    assert data["y"].tolist() == [4, 5, 6, 1, 2, 3]


@pytest.mark.parametrize(
    ("frame", "row", "name", "words"),
    [
        ({"ds": ["2024-01-01", "soon"] * 1, "y": [1, 2]}, 1, "ds", "'2024-01-01'|soon"),
        ({"ds": ["2024-01-01"] * 9 + ["soon"], "y": range(10)}, 10, "ds", "'soon'"),
        ({"ds": pd.date_range("2024", periods=2), "y": [1, np.inf]}, 2, "y", "finite"),
        ({"ds": pd.DatetimeIndex(["2024-01-01", pd.NaT]), "y": [1, 2]}, 2, "ds", "blank"),
        ({"ds": ["2024-01-01"], "y": ["a"]}, None, "y", "text such as 'a'"),
        ({"ds": [], "y": []}, None, None, "no rows"),
    ],
)
def test_parquet_errors(frame, row, name, words):
    with pytest.raises(ReadError, match=words) as caught:
        read_parquet(parquet(pd.DataFrame(frame)), time="ds", target="y")
    if words != "'2024-01-01'|soon":
        assert (caught.value.row, caught.value.column) == (row, name)


@pytest.mark.parametrize("content", [b"", b"hello", b"PAR1" + b"x" * 50 + b"PAR1", SMALL.encode()])
def test_a_broken_parquet_file(content):
    with pytest.raises(ReadError, match="must be a Parquet file"):
        read_parquet(content)


def test_the_suffix_chooses_the_reader(tmp_path):
    frame = read_csv(SMALL.encode())
    for name in ("a.parquet", "a.PQ"):
        (tmp_path / name).write_bytes(parquet(frame))
        pd.testing.assert_frame_equal(read_table(tmp_path / name), frame)
    (tmp_path / "a.txt").write_text(SMALL)
    pd.testing.assert_frame_equal(read_table(tmp_path / "a.txt"), frame)
    assert read_table(SMALL.encode(), target="close").name == "close"


# --- default target -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["anything"], "anything"),
        (["open", "Close"], "Close"),
        (["Price", "Adj Close", "open"], "Adj Close"),
        (["target", "y"], "y"),
        (["value", "other"], "value"),
    ],
)
def test_default_target(names, expected):
    frame = pd.DataFrame({name: [1.0] for name in names} | {"sky": ["sun"]})
    assert default_target(frame) == expected


@pytest.mark.parametrize(("names", "listed"), [(["a", "b"], "`a`, `b`"), ([], "none")])
def test_no_default_target(names, listed):
    with pytest.raises(DataError, match=rf"{listed}.*`target=`.*`--target`"):
        default_target(pd.DataFrame({name: [1.0] for name in names}))


def test_the_names_of_the_columns_can_be_had_before_reading():
    assert column_names(b"day;n\n2024-01-01;x\n") == ["day", "n"]
