"""Of many series, those that cannot be used are left out and say why; static columns."""

import numpy as np
import pandas as pd
import pytest

from forecast.data.columns import Columns
from forecast.data.many import prepare_each
from forecast.data.panel import prepare_panel
from forecast.errors import DataError


def table(**series: list[object]) -> pd.DataFrame:
    """Daily series by name; a pair in place of a value brings its own time."""
    rows = []
    for one, values in series.items():
        for day, value in enumerate(values):
            ds, y = value if isinstance(value, tuple) else (pd.Timestamp(2024, 1, 1 + day), value)
            rows.append({"unique_id": one, "ds": ds, "y": y})
    return pd.DataFrame(rows)


def test_each_reason_says_what_is_wrong() -> None:
    good = [1.0, 2.0, 4.0, 3.0]
    panel, reasons = prepare_each(
        table(
            a=good,
            blank=[np.nan] * 4,
            infinite=[1.0, np.inf, 2.0, 3.0],
            b=[np.nan, *good],
            short=[np.nan, 1.0],
            twice=[1.0, (pd.Timestamp(2024, 1, 1), 2.0)],
            timeless=[(pd.NaT, np.nan)],
            off=[1.0, (pd.Timestamp(2024, 1, 2, 12), 2.0)],
            text=["1", "two"],
        ),
        least=3,
    )
    assert panel is not None
    assert panel.ids == ("a", "b")
    assert panel.lengths.tolist() == [4, 4]
    wanted = {
        "blank": "every row is blank",
        "infinite": "1 infinite value",
        "short": "It has 1 rows from its first value on, and at least 3 are needed",
        "twice": "must be unique",
        "timeless": "has blank entries",
        "off": "do not lie on the grid",
        "text": "must hold numbers",
    }
    assert list(reasons) == list(wanted)
    for one, said in wanted.items():
        assert said in reasons[one]


def test_where_none_can_be_used_each_says_why() -> None:
    assert prepare_each(table(a=[1.0]).iloc[:0]) == (None, {})
    panel, reasons = prepare_each(table(a=[np.nan] * 3, b=[np.inf, 1.0]))
    assert panel is None
    assert "blank" in reasons["a"]
    assert "infinite" in reasons["b"]
    panel, reasons = prepare_each(table(a=[1.0], b=[1.0, 2.0]))
    assert panel is None
    assert all("at least 3 distinct timestamps" in reason for reason in reasons.values())
    panel, reasons = prepare_each(table(a=[1.0], b=[1.0, 2.0]), frequency="D")
    assert panel is not None
    assert reasons == {}
    with pytest.raises(DataError, match="no column 'z'"):
        prepare_each(table(a=[1.0]), columns=Columns("z"))


def test_the_frequency_is_that_of_the_longest_that_can_be_used() -> None:
    frame = table(broken=[np.inf] * 20, good=[1.0, 2.0, 3.0], two=[1.0, 2.0])
    frame.loc[frame["unique_id"] == "broken", "ds"] += np.arange(20) * pd.Timedelta(days=6)
    panel, reasons = prepare_each(frame)
    assert panel is not None
    assert panel.flat.frequency == "D"
    assert panel.ids == ("good", "two")
    assert list(reasons) == ["broken"]


def test_of_business_days_a_series_of_rarer_rows_is_left_out() -> None:
    days = pd.bdate_range("2024-01-01", periods=60)
    parts = [pd.DataFrame({"unique_id": one, "ds": days, "y": np.arange(60.0)}) for one in "ab"]
    frame = pd.concat([*parts, parts[0].iloc[::5].assign(unique_id="w")])
    panel, reasons = prepare_each(frame)
    assert panel is not None
    assert panel.ids == ("a", "b")
    assert "is of frequency 'W-MON'" in reasons["w"]
    pd.testing.assert_index_equal(panel.flat.index, prepare_panel(pd.concat(parts)).flat.index)
    with pytest.raises(DataError, match="Series 'w' is of frequency 'W-MON'"):
        prepare_panel(frame)


def test_static_columns_are_text_and_have_one_value_a_series() -> None:
    frame = table(a=[1.0, 2.0, 3.0], b=[1.0, 2.0], c=[1.0])
    frame["region"] = frame["unique_id"].map({"a": "north", "b": "south", "c": "north"})
    frame["level"] = frame["unique_id"].map({"a": 3.0, "b": 2.5, "c": 3.0})
    columns = Columns(None, None, static=("level", "region"))
    panel = prepare_panel(frame, columns=columns)
    assert panel.flat.columns == ()
    told = {name: kinds.tolist() for name, kinds in panel.static}
    assert told == {"level": ["3", "2.5", "3"], "region": ["north", "south", "north"]}
    cells = frame.assign(level=frame["level"].map({3.0: "03", 2.5: "2.50"}))
    assert prepare_panel(cells, columns=columns).static[0][1].tolist() == ["3", "2.5", "3"]
    only = panel.take(np.array([2, 1])).with_columns(Columns(static=("region",)))
    assert [(name, kinds.tolist()) for name, kinds in only.static] == [
        ("region", ["north", "south"])
    ]
    changing = frame.assign(region=frame["region"].mask(frame["y"] == 2.0, "east"))
    with pytest.raises(DataError, match=r"Series 'a': The static column 'region'.*it changes"):
        prepare_panel(changing, columns=columns)
    kept, reasons = prepare_each(changing, columns=columns, frequency="D")
    assert kept is not None
    assert kept.ids == ("c",)
    assert kept.static[1][1].tolist() == ["north"]
    assert list(reasons) == ["a", "b"]


def test_static_columns_must_be_there_and_filled() -> None:
    frame = table(a=[1.0, 2.0, 3.0], b=[1.0, 2.0]).assign(level=1)
    columns = Columns(static=("level",))
    for wrong, match in (
        (frame.drop(columns="level"), "no static column 'level'"),
        (frame["y"], "got a single one"),
        (frame.assign(level=np.nan), "Series 'a': .*it is blank"),
        (frame.assign(level=[[1]] * len(frame)), "'level' must hold text or numbers"),
        (prepare_panel(frame), "has no static column 'level'"),
    ):
        with pytest.raises(DataError, match=match):
            prepare_panel(wrong, columns=columns)


def test_ids_that_are_written_alike_are_refused() -> None:
    frame = table(a=[1.0, 2.0])
    frame["unique_id"] = pd.Series([1.5, "1.5"], dtype=object)
    with pytest.raises(DataError, match=r"both written '1.5'"):
        prepare_panel(frame)
