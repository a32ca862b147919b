"""Series that no column was found for: refused, unless a merge was chosen by hand."""

import pandas as pd
import pytest

from forecast.data.readers import doctor
from forecast.data.repairs import AUTO, Repairs
from forecast.errors import ReadError

DAYS = pd.date_range("2024-01-01", periods=28).strftime("%Y-%m-%d").tolist()
ZONES = [f"{day},{zone},{10 * place + zone}.5" for place, day in enumerate(DAYS) for zone in (1, 2)]
SALES = (("A", "bread"), ("A", "milk"), ("B", "bread"), ("B", "milk"), ("C", "bread"))


def table(header, rows):
    return "\n".join([header, *rows, ""]).encode()


def refused(content, **options):
    with pytest.raises(ReadError) as caught:
        doctor(content, **options)
    return caught.value


def test_two_series_told_apart_by_a_number_are_refused():
    error = refused(table("day,zone,v", ZONES))
    assert (error.row, error.column) == (3, "day")
    assert "56 of 56 rows share theirs with another but not its values" in str(error)
    assert "`zone` tells them apart" in str(error)
    assert "`unique_id=`, or say how to merge the rows, as in duplicates='last'" in str(error)


@pytest.mark.parametrize(("method", "first"), [("last", 2.5), ("first", 1.5), ("mean", 2.0)])
def test_a_merge_that_was_chosen_takes_whatever_comes(method, first):
    found = doctor(table("day,zone,v", ZONES), repairs=Repairs(duplicates=method))
    assert found.data["v"].iloc[0] == first
    assert [(one.method, one.count) for one in found.report.repairs] == [(method, 28)]


def test_the_named_column_tells_them_apart():
    found = doctor(table("day,zone,v", ZONES), unique_id="zone")
    assert (found.report.series, found.report.rows, found.report.repairs) == (2, 56, ())


@pytest.mark.parametrize("options", [{}, {"unique_id": "store"}])
def test_a_panel_of_two_keys_is_refused_with_both(options):
    rows = [
        f"{day},{store},{item},{100 * place + number}"
        for number, day in enumerate(DAYS)
        for place, (store, item) in enumerate(SALES)
    ]
    error = refused(table("day,store,item,v", rows), **options)
    assert (error.row, error.column) == (3, "day")
    assert "112 of 140 rows share theirs with another of one series of `store`" in str(error)
    assert "join `store` and `item`" in str(error)


def test_a_target_does_not_hide_the_series():
    assert "`zone` tells them apart" in str(refused(table("day,zone,v", ZONES), target="v"))


def test_two_columns_of_several_tell_rows_apart():
    rows = [f"{day},{k % 2},{k // 2},{k}.5" for day in DAYS[:6] for k in range(4)]
    rows += [f"{day},0,0,{k}.5" for k, day in enumerate(DAYS[6:])]
    assert "join `a` and `b`" in str(refused(table("day,a,b,v", rows)))


def test_columns_of_a_wide_table_are_refused_alike():
    rows = [f"{day},{k},{k}" for day in DAYS for k in (1, 2)]
    assert refused(table("day,a,b", rows), layout="long").row == 3


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ([f"{day},7" for day in DAYS for _ in range(2)], 28),
        ([f"{day},{k}" for k, day in enumerate([*DAYS, *DAYS[-2:]])], 2),
        ([f"{day},{k}" for k, day in enumerate([*DAYS[:6], *DAYS[:2]])], 2),
    ],
    ids=["equal-values", "few-of-many", "two-timestamps"],
)
def test_equal_and_few_repeats_are_merged_as_usual(rows, count):
    found = doctor(table("day,v", rows))
    merged = next(one for one in found.report.repairs if one.name == "duplicates")
    assert (merged.method, merged.count) == ("last", count)


def test_nobody_chooses_unless_asked():
    assert Repairs().duplicates == AUTO
