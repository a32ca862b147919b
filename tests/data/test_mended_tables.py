"""Names that tables may not have twice, columns that are series, and what a refusal advises."""

import pandas as pd
import pytest

from forecast.data.readers import doctor
from forecast.data.repairs import CHOICES, Repairs, remedy
from forecast.errors import ReadError

SERIES = [f"c{number:02d}" for number in range(50)]


def read(text, **options):
    return doctor(text.encode(), **options)


def wide(days, blank=None):
    """Return a table of 50 columns; in the line of one day the last column is blank."""
    rows = [
        f"2024-01-{day:02d}" + f",{place}" * 49 + ("," if day == blank else f",{place}")
        for place, day in enumerate(days, start=1)
    ]
    return "\n".join([",".join(["date", *SERIES]), *rows, ""])


DISORDER = wide([1, 2, 4, 3, 5, 5, 6, 9], blank=4)


def repairs_of(found):
    return [(one.name, one.count, one.rows) for one in found.report.repairs]


@pytest.mark.parametrize("name", ["line", "line in the file"])
def test_a_column_called_as_the_place_survives_beside_it(name):
    found = read(f"date,{name},line,v\n2024-01-01,7,a,1\n2024-01-03,8,b,2\n".replace(
        "line,line", "line,x"))  # fmt: skip
    place = found.before.columns[0]
    assert place not in found.data.columns
    assert found.before[place].tolist() == [2, 3]
    assert found.after[place].tolist() == [2, 3]
    assert found.before[name].tolist() == ["7", "8"]
    assert found.after[name].tolist() == [7, 8]


def test_a_column_called_row_survives_in_parquet(tmp_path):
    days = pd.date_range("2024-01-01", periods=3)
    frame = pd.DataFrame({"ds": days, "row": [7.0, 8, 9], "v": [1.0, 2, 3]})
    frame.to_parquet(tmp_path / "x.parquet")
    found = doctor(tmp_path / "x.parquet")
    assert found.before["row in the file"].tolist() == [1, 2, 3]
    assert found.before["row"].tolist() == ["7", "8", "9"]
    assert found.after["row"].tolist() == [7, 8, 9]


@pytest.mark.parametrize("method", ["mean", "sum"])
def test_a_column_may_be_called_self_when_rows_are_merged(method):
    text = "date,self,t\n2024-01-01,1,a\n2024-01-01,3,b\n2024-01-02,5,c\n"
    found = read(text, repairs=Repairs(duplicates=method))
    assert found.data["self"].tolist() == [2 if method == "mean" else 4, 5]
    assert found.data["t"].tolist() == ["b", "c"]


def test_two_columns_may_not_name_the_series():
    text = "date,store,unique_id,v,w\n2024-01-01,a,x,1,2\n2024-01-01,b,y,3,4\n"
    with pytest.raises(ReadError, match="that names the series may be called `unique_id`") as error:
        read(text, unique_id="store")
    assert error.value.column == "unique_id"
    assert list(read(text, unique_id="store", target="v").data) == ["unique_id", "ds", "y"]


def test_a_wide_table_may_not_look_long():
    text = "date,ds,unique_id,v\n2024-01-01,2024-01-01,x,1\n2024-01-02,2024-01-01,x,2\n"
    with pytest.raises(ReadError, match="drop `layout='wide'`") as error:
        read(text, time="date", layout="wide")
    assert error.value.column == "unique_id"
    found = read(text, time="date", layout="wide", target="v")
    assert found.report.layout == "single"
    assert list(found.after) == ["date", "v", "line"]


def test_a_row_of_a_wide_table_counts_once_whatever_the_number_of_series():
    found = read(DISORDER, layout="long")
    assert repairs_of(found) == [
        ("order", 1, (3,)), ("duplicates", 1, (5,)), ("blanks", 1, (2,)), ("gaps", 2, (7,))
    ]  # fmt: skip
    assert (found.report.series, found.report.rows, found.report.layout) == (50, 350, "long")
    assert found.data["unique_id"].unique().tolist() == SERIES
    last = found.data[found.data["unique_id"] == "c49"]
    assert last["ds"].dt.day.tolist() == [1, 2, 3, 4, 5, 6, 9]
    assert last["y"].fillna(0).tolist() == [1, 2, 4, 0, 6, 7, 8]


def test_gaps_of_a_wide_table_are_filled_in_each_series():
    found = read(DISORDER, layout="long", repairs=Repairs(blanks="forward", gaps="forward"))
    assert found.report.gaps == 2
    last = found.data[found.data["unique_id"] == "c49"]
    assert last["y"].tolist() == [1, 2, 4, 4, 6, 7, 7, 7, 8]
    assert (found.after["line"] == 0).sum() <= 2 * 50


def test_a_blank_drops_the_row_of_its_series_alone():
    found = read(wide([1, 2, 3, 4], blank=2), layout="long", repairs=Repairs(blanks="drop"))
    assert repairs_of(found) == [("blanks", 1, (1,)), ("gaps", 1, (2,))]
    assert (found.report.series, found.report.rows) == (50, 199)


def test_a_refused_blank_of_a_wide_table_names_its_column():
    with pytest.raises(ReadError, match="every cell must hold a number") as error:
        read(DISORDER, layout="long", repairs=Repairs(blanks="refuse"))
    assert (error.value.row, error.value.column) == (4, "c49")


def test_places_of_many_series_in_one_row_stand_once():
    text = wide([1, 2, 3]).replace("2024-01-02" + ",2" * 50, "2024-01-02" + "," * 50)
    found = read(text, layout="long", repairs=Repairs(blanks="drop"))
    assert repairs_of(found) == [("blanks", 50, (1,)), ("gaps", 50, (2,))]


def test_series_that_go_with_their_blanks_are_named():
    rows = [f"{one},2024-01-0{day},{'' if one == 'b' else day}" for one in "abc" for day in (1, 2)]
    found = read("\n".join(["id,date,v", *rows, ""]), repairs=Repairs(blanks="drop"))
    assert found.report.series == found.data["unique_id"].nunique() == 2
    assert "1 series is left out, as every row has a blank: `b`." in found.report.notes


@pytest.mark.parametrize("name", list(CHOICES))
def test_a_refusal_says_what_may_be_chosen(name):
    text = "date,v\n2024-01-02,1\n2024-01-01,1\n2024-01-01,2\n2024-01-05,\n"
    with pytest.raises(ReadError) as error:
        read(text, repairs=Repairs(**{name: "refuse"}))
    assert str(error.value).endswith(remedy(name))


def test_the_remedy_lists_every_choice_but_refusing():
    assert remedy("gaps") == (
        "Mend the file, or choose how to repair it: gaps='leave', 'insert' or 'forward'."
    )
    assert remedy("order") == "Mend the file, or choose how to repair it: order='sort'."


# --- numbers of too many digits -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["1", "9007199254740993", "2"], "line 3: '9007199254740993' is read as 9007199254740992"),
        (["1,5", "9.007.199.254.740.993", "2,5"], "line 3: '9.007.199.254.740.993' is read as"),
        (["9007199254740992", "9007199254740994", "1e300"], None),
        (["1", "", "2.5"], None),
    ],
)
def test_whole_numbers_that_are_rounded_are_named(cells, words):
    rows = [f"2024-01-0{day};{cell}" for day, cell in enumerate(cells, start=1)]
    notes = read("\n".join(["date;v", *rows, ""])).report.notes
    if words is None:
        assert not any("rounded" in note for note in notes)
    else:
        assert any("Column `v`" in note and words in note for note in notes)


def test_whole_numbers_of_parquet_that_are_rounded_are_named(tmp_path):
    days = pd.date_range("2024-01-01", periods=3)
    pd.DataFrame({"ds": days, "v": [1, 2, 2**53 + 1]}).to_parquet(tmp_path / "x.parquet")
    notes = doctor(tmp_path / "x.parquet").report.notes
    assert any("first in row 3: '9007199254740993'" in note for note in notes)
