"""Tables out to CSV, which a spreadsheet opens without running it, and to Parquet."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import forecast as fc
from forecast.data.export import csv_bytes, parquet_bytes, safe_text
from forecast.errors import DataError

DANGEROUS = re.compile("[\\s\ufeff\u200b\u2060\\x00]*[=+@\\-＝＋－＠\t\r\n]")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
DAYS_2020 = pd.date_range("2020", periods=2)
BOM = "\ufeff".encode()


def cells_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ('=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("+1 555 123", "'+1 555 123"),
        ("+1+1", "'+1+1"),
        ("-", "'-"),
        ("--", "'--"),
        ("-x", "'-x"),
        ("-1,5", '"\'-1,5"'),
        ("-inf", "'-inf"),
        ("-1.5", "-1.5"),
        ("+3e4", "+3e4"),
        ("-.5E-3", "-.5E-3"),
        ("-1.5\n", '"\'-1.5\n"'),
        ("-١", "'-١"),
        ("\t=1", "'\t=1"),
        ("\tx", "'\tx"),
        ("\rx", '"\'\rx"'),
        ("\nx", '"\'\nx"'),
        ("  =1", "'  =1"),
        ("\xa0=1", "'\xa0=1"),
        ("\u200b=1", "'\u200b=1"),
        ("＝1", "'＝1"),
        ("＋x", "'＋x"),
        ("－x", "'－x"),
        ("＠x", "'＠x"),
        ("a;=1", "a;'=1"),
        ("a\n=1", '"a\n\'=1"'),
        ("−1.5", "−1.5"),
        ("1-2", "1-2"),
        ("x=1", "x=1"),
        ("a; b - c", "a; b - c"),
        ('say "hi"', '"say ""hi"""'),
        ("'=1", "'=1"),
        ("2020-01-31", "2020-01-31"),
        ("x", "x"),
    ],
)
def test_a_text_cell_is_written_so(text: str, written: str) -> None:
    end = "\r\n" if "\r" in text else "\n"
    content = csv_bytes(pd.DataFrame({"a": [text], "b": [-1.5]}))
    assert content.decode("utf-8-sig") == f"a,b{end}{written},-1.5{end}"
    assert cells_of(content)[1][0] == safe_text(text)
    as_object = pd.DataFrame({"a": pd.Series([text], dtype=object), "b": [-1.5]})
    as_category = pd.DataFrame({"a": pd.Categorical([text]), "b": [-1.5]})
    assert csv_bytes(as_object) == csv_bytes(as_category) == content


def test_names_of_columns_and_of_the_index_are_text_too() -> None:
    frame = pd.DataFrame({"=a": [-1.5], "-2": [1], 7: [0], "@": [1]}, index=pd.Index(["+x"]))
    frame.index.name = "=id"
    assert csv_bytes(frame).decode() == "'=id,'=a,-2,7,'@\n'+x,-1.5,1,0,1\n"
    assert csv_bytes(frame, index=False).decode() == "'=a,-2,7,'@\n-1.5,1,0,1\n"


def test_numbers_truth_values_and_gaps_stay() -> None:
    frame = pd.DataFrame(
        {
            "real": [-1.5, np.nan, -np.inf],
            "whole": [-1, 0, 2**62],
            "maybe": pd.array([-1, None, 3], dtype="Int64"),
            "true": [True, False, True],
            "mixed": pd.Series([-2.5, None, "=x"], dtype=object),
            "counts": pd.Series([1, None, 2], dtype=object),
            "text": ["-1.5", None, "nan"],
        }
    )
    assert csv_bytes(frame).decode() == (
        "real,whole,maybe,true,mixed,counts,text\n"
        "-1.5,-1,-1,True,-2.5,1,-1.5\n"
        ",0,,False,,,\n"
        "-inf,4611686018427387904,3,True,'=x,2,nan\n"
    )


def test_each_time_column_has_a_clock_only_where_it_needs_one() -> None:
    frame = pd.DataFrame(
        {
            "cutoff": pd.to_datetime(["2024-03-31", None]),
            "ds": pd.to_datetime(["2024-03-31 00:00", "2024-03-31 12:30"]),
            "here": pd.to_datetime(["2024-03-31", "2024-04-01"]).tz_localize("Europe/Berlin"),
            "lag": pd.to_timedelta([-1, 1], unit="D"),
        }
    )
    assert csv_bytes(frame).decode() == (
        "cutoff,ds,here,lag\n"
        "2024-03-31,2024-03-31 00:00:00,2024-03-31 00:00:00+01:00,'-1 days +00:00:00\n"
        ",2024-03-31 12:30:00,2024-04-01 00:00:00+02:00,1 days 00:00:00\n"
    )


def test_the_mark_of_utf_8_is_there_only_where_it_is_needed() -> None:
    assert not csv_bytes(pd.DataFrame({"C": [1.0]})).startswith(BOM)
    content = csv_bytes(pd.DataFrame({"°C": [1.0]}))
    assert content.startswith(BOM)
    assert pd.read_csv(io.BytesIO(content)).columns.tolist() == ["°C"]


@pytest.mark.parametrize(
    ("table", "header"),
    [
        (pd.Series([1.0, 2.0], DAYS_2020, name="close"), ["ds", "close"]),
        (pd.Series([1.0, 2.0]), ["ds", "y"]),
        (pd.DataFrame({"a": [1.0, 2.0]}, DAYS_2020.rename("day")), ["day", "a"]),
        (pd.DataFrame({"ds": [1, 2], "y": [2.0, 3.0]}, DAYS_2020), ["index", "ds", "y"]),
        (pd.DataFrame({"y": [1.0, 2.0, 3.0]}).iloc[[2, 0]], ["y"]),
        (pd.DataFrame({"model": ["GRU"], "mae": [1.0]}).set_index("model"), ["model", "mae"]),
        (
            pd.DataFrame({"a": [1.0]}, pd.MultiIndex.from_tuples([("x", 1)])),
            ["level_0", "level_1", "a"],
        ),
        (pd.DataFrame({("Close", "MSFT"): [1.0], ("Day", ""): [2]}), ["Close MSFT", "Day"]),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), ["a", "a"]),
        (pd.DataFrame(columns=["ds", "y"]), ["ds", "y"]),
    ],
)  # fmt: skip
def test_every_shape_of_table_has_a_sensible_header(table: Any, header: list[str]) -> None:
    before = table.copy()
    written = cells_of(csv_bytes(table))
    assert written[0] == header
    assert len(written) == 1 + len(table)
    assert table.equals(before)
    assert table.index.names == before.index.names, "the caller's table stays as it was"


def test_a_forecast_of_many_series_comes_back() -> None:
    frame = pd.DataFrame(
        {"unique_id": ["=cmd|' /C calc'!A0", "b"], "ds": DAYS_2020, "y": [-0.1, 3e-9]}
    )
    back = pd.read_csv(io.BytesIO(csv_bytes(frame)), parse_dates=["ds"])
    assert back["unique_id"].tolist() == ["'=cmd|' /C calc'!A0", "b"]
    assert back["y"].tolist() == frame["y"].tolist()
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(parquet_bytes(frame))), frame)


CELLS = st.one_of(
    st.text(max_size=12),
    st.text("=+-@＝;,\t\r\n\"' 1e.x°", max_size=8),
    st.floats(-1e9, 1e9).map(str),
)
REALS = st.floats(allow_infinity=False, width=64)
DAYS = st.dates(pd.Timestamp("1700-01-01").date(), pd.Timestamp("2200-01-01").date())
ROWS = st.lists(st.tuples(CELLS, REALS, st.integers(-(2**53), 2**53), DAYS), min_size=1, max_size=8)
NAMES = st.text(max_size=6).filter(lambda text: text not in {"real", "whole", "day"})


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, name=NAMES)
@example(rows=[("=1", -1.5, -1, pd.Timestamp("2020-01-01").date())], name="=n")
def test_no_text_is_a_formula_and_all_numbers_come_back(rows: list[Any], name: str) -> None:
    frame = pd.DataFrame(rows, columns=["text", "real", "whole", "day"])
    frame["day"] = pd.to_datetime(frame["day"]).astype("datetime64[us]")  # Parquet has no seconds
    frame["text"] = frame["text"].astype("str")
    written = cells_of(csv_bytes(frame.rename(columns={"text": name})))
    assert len(written) == len(frame) + 1
    for cell in (written[0][0], *(row[0] for row in written[1:])):
        assert NUMBER.fullmatch(cell) or not DANGEROUS.match(cell)
        assert not re.search(r"[;\r\n]\s*[=+@-]", cell)
    for cell, original in zip((row[0] for row in written[1:]), frame["text"], strict=True):
        assert cell.replace("'", "") == original.replace("'", ""), "nothing else changes"
    numbers = io.BytesIO(csv_bytes(frame.drop(columns="text")))
    back = pd.read_csv(numbers, parse_dates=["day"])
    assert back["real"].to_numpy(float).tobytes() == canonical(frame["real"]).tobytes()
    assert back["whole"].tolist() == frame["whole"].tolist()
    assert back["day"].tolist() == frame["day"].tolist()
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(parquet_bytes(frame))), frame)


def canonical(values: pd.Series) -> np.ndarray:
    """Return the values with one kind of NaN, since a blank does not tell them apart."""
    return np.where(values.isna(), np.nan, values.to_numpy(float))


@settings(max_examples=50, deadline=None)
@given(values=st.lists(st.floats(-1e15, 1e15), min_size=3, max_size=20), hourly=st.booleans())
def test_the_package_reads_what_it_wrote(values: list[float], *, hourly: bool) -> None:
    ds = pd.date_range("2021-02-26 00:00", periods=len(values), freq="h" if hourly else "D")
    y = pd.Series(values, ds, name="°C")
    for back in (
        fc.read_csv(csv_bytes(y), target="°C", decimal="."),
        fc.read_parquet(parquet_bytes(y), target="°C"),
    ):
        assert back.tolist() == values
        assert list(back.index) == list(ds)


def test_parquet_keeps_the_index_and_every_text() -> None:
    frame = pd.DataFrame({"=a": ["=1", "-x"]}, pd.date_range("2020", periods=2, name="ds"))
    back = pd.read_parquet(io.BytesIO(parquet_bytes(frame)))
    pd.testing.assert_frame_equal(back, frame, check_freq=False)
    some = pd.DataFrame({"y": [1.0, 2.0, 3.0]}).iloc[[2, 0]]
    assert pd.read_parquet(io.BytesIO(parquet_bytes(some))).index.tolist() == [0, 1]


def test_odd_attributes_are_no_obstacle() -> None:
    frame = pd.DataFrame({"y": [1.0]})
    itself: list[Any] = []
    itself.append(itself)
    frame.attrs = {
        "report": {"rows": np.int64(3), "notes": ("a",), "first": pd.Timestamp("2020-01-01")},
        "fitted_to": pd.Timestamp("2024-01-01"),
        "share": np.float64(0.5),
        "nothing": pd.NaT,
        "odd": {("a", 1): object, "path": Path("x")},
        "itself": itself,
        5: {1, 2},
    }  # fmt: skip
    kept = pd.read_parquet(io.BytesIO(parquet_bytes(frame))).attrs
    assert kept["report"] == {"rows": 3, "notes": ["a"], "first": "2020-01-01 00:00:00"}
    assert (kept["fitted_to"], kept["share"]) == ("2024-01-01 00:00:00", 0.5)
    assert kept["odd"] == {"path": "x"}
    assert "itself" not in kept
    assert isinstance(frame.attrs["fitted_to"], pd.Timestamp), "the caller's stay as they were"
    assert csv_bytes(frame) == b"y\n1.0\n"


def test_read_samples_are_written_with_their_reports(tmp_path: Path) -> None:
    y = fc.load_sample("co2")
    fc.write_parquet(y, tmp_path / "co2.parquet")
    fc.write_csv(y, str(tmp_path / "co2.csv"))
    for back in (fc.read_parquet(tmp_path / "co2.parquet"), fc.read_csv(tmp_path / "co2.csv")):
        values = back.iloc[:, 0] if isinstance(back, pd.DataFrame) else back
        np.testing.assert_array_equal(values.to_numpy(), y.to_numpy())


@pytest.mark.parametrize("write", [fc.write_csv, fc.write_parquet])
def test_a_path_that_cannot_be_written_is_named(write: Any, tmp_path: Path) -> None:
    frame = pd.DataFrame({"y": [1.0]})
    with pytest.raises(DataError, match=r"There is no folder .*nowhere.* Make it first"):
        write(frame, tmp_path / "nowhere" / "x")
    (tmp_path / "taken").mkdir()
    with pytest.raises(DataError, match=r"Cannot write .*taken.*: .*\. Name a file"):
        write(frame, tmp_path / "taken")
    assert [one.name for one in tmp_path.iterdir()] == ["taken"], "no part of a file is left"


def test_what_has_no_form_in_a_file_is_named_and_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    mixed = pd.DataFrame({"a": pd.Series([1, "x", b"y"], dtype=object)})
    with pytest.raises(DataError, match=r"cannot be written as Parquet: .* or write a CSV"):
        fc.write_parquet(mixed, path)
    with pytest.raises(DataError, match="cannot be written as Parquet: Duplicate column names"):
        fc.write_parquet(pd.DataFrame([[1, 2]], columns=["a", "a"]), path)
    with pytest.raises(DataError, match="must be valid Unicode"):
        fc.write_csv(pd.DataFrame({"a": pd.Series(["\ud800"], dtype=object)}), path)
    assert path.read_text() == "old"
