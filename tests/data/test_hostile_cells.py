"""Odd and hostile cells, and tables of many series, each with its exact outcome."""

import pytest

from forecast.data.repairs import Repairs
from tests.data.outcomes import Bad, Good, check, daily

NOT_FINITE, NO_NUMBER = "must be a finite number", "must be a number, as most of its column is"
BLANK = (("blanks", 1),)
TWO = "unique_id,ds,y\na,2024-01-01,1\na,2024-01-02,2\nb,2024-01-01,3\nb,2024-01-02,4\n"
DAYS = ["2024-01-01 00:00:00", "2024-01-02 00:00:00"]
LOOSE = "date,v\n2024-01-03,3\n2024-01-01,\n2024-01-01,1\n2024-01-06,6\n2024-01-02,2\n"


def among(cell, expected):
    """A case: one cell among five numbers; a float or None is what is read, words an error."""
    numbers = ["1.5", "2.5", "3.5", cell, "5.5", "6.5"]
    if isinstance(expected, str):
        outcome = Bad(5, "v", expected)
    else:
        read = [1.5, 2.5, 3.5, expected, 5.5, 6.5]
        outcome = Good({"v": read}, None, BLANK if expected is None else ())
    return pytest.param(daily(numbers), outcome, {}, id=f"cell-{cell!a}")


def table(name, content, expected, **options):
    return pytest.param(content, expected, options, id=name)


def of_two(first, second):
    return Good({"unique_id": [first] * 2 + [second] * 2, "ds": DAYS * 2, "y": [1, 2, 3, 4]})


CELLS = [
    *(among(cell, NOT_FINITE) for cell in ("inf", "-inf", "1e400", "-1e400", "Infinity")),
    *(among(cell, None) for cell in ("NaN", "", "NULL", "#N/A", "-", "?")),
    *(among(cell, NO_NUMBER) for cell in ("#REF!", "12 %", "$12", "(5)", "１２", "٣", "½")),
    *(among(cell, NO_NUMBER) for cell in ("0x1F", "1_000", "--5", "5e", "12kg", "=5+1", "true")),
    *(among(cell, NO_NUMBER) for cell in ("1.2.3", "1d5", "' 5'", '"1.234,56"', "\x014")),
    *(among(cell, 5.0) for cell in ("+5", "5.", "005", "5e0", " 5 ", "\N{NO-BREAK SPACE}5")),
    *(among(cell, 1234.0) for cell in ('"1,234.00"', "1'234", "1 234", "1\u202f234", "1.234E3")),
    among("\N{MINUS SIGN}5", -5.0),
    among(".5", 0.5),
    among("1e-400", 0.0),
    among("5e-324", 5e-324),
    among("1.7976931348623157e308", 1.7976931348623157e308),
    table("commas", "date;v\n2024-01-01;1.234,56\n2024-01-02;7,1\n", Good({"v": [1234.56, 7.1]})),
    table("two-decimal-signs", "date;v\n2024-01-01;1,5\n2024-01-02;2,5\n2024-01-03;3,5\n"
          "2024-01-04;4,5\n2024-01-05;5.5\n", Bad(6, "v", "'5.5'")),
    table("two-columns-two-signs", "date;v;w\n2024-01-01;1,5;1.25\n2024-01-02;2,5;2.5\n",
          Good({"v": ["1,5", "2,5"], "w": [1.25, 2.5]}, words="`v` was read as text: its numbers")),
    table("hint-against-all-cells", "date;v\n2024-01-01;1,5\n2024-01-02;2,25\n",
          Good({"v": ["1,5", "2,25"]}, words="`v` was read as text: its numbers"), decimal="."),
    table("unclear-with-a-hint", "date;v\n2024-01-01;1.234\n", Good({"v": [1234]}), decimal=","),
    table("unclear-without", "date;v\n2024-01-01;1.234\n",
          Good({"v": [1234]}, words="1.234 was read with the dot as thousands sign")),
    table("digits-that-a-float-cannot-hold", daily(["9007199254740993", "99999999999999999999"]),
          Good({"v": [9007199254740992.0, 1e20]})),
    table("leading-zeros", daily(["007", "010"]), Good({"v": [7, 10]})),
    table("percents-alone", daily(["1 %", "2 %"]), Bad(None, "v", "text such as '1 %'"),
          target="v"),
    table("truths-alone", daily(["true", "false"]), Good({"v": ["true", "false"]})),
    table("numbers-as-python-writes-them-with-blanks", daily(["1.125", "", "2.250"]),
          Good({"v": [1.125, None, 2.25]}, None, BLANK)),
]  # fmt: skip

LAYOUTS = [
    table("long", TWO, of_two("a", "b")),
    table("ids-of-numbers", TWO.replace("a,", "7,").replace("b,", "8,"), of_two("7", "8")),
    table("ids-of-zeros", TWO.replace("a,", "01,").replace("b,", "1,"), of_two("01", "1")),
    table("id-blank", TWO.replace("b,2024-01-02", ",2024-01-02"),
          Bad(5, "unique_id", "every row must name its series")),
    table("ids-without-values", "unique_id,ds\na,2024-01-01\n",
          Bad(None, None, "values is needed beside `unique_id`")),
    table("long-without-ids", daily([], "date,v") + "".join(
          f"2024-01-0{day},{series}\n" for series in range(4) for day in range(1, 5)),
          Bad(None, "date", "got 16 rows with only 4 timestamps")),
    table("columns-of-500-series", "date" + "".join(f",c{k:03d}" for k in range(500)) + "\n"
          "2024-01-01" + ",1" * 500 + "\n2024-01-02" + ",2" * 500 + "\n",
          Good({"unique_id": [f"c{k:03d}" for k in range(500) for _ in DAYS], "ds": DAYS * 500,
                "y": [1.0, 2.0] * 500}), layout="long"),
    table("text-for-series", daily(["a", "b"]), Bad(None, None, "columns of numbers; got none"),
          layout="long"),
    table("id-is-the-time", TWO, Bad(None, "ds", "a column of their own"), unique_id="ds"),
    table("id-is-not-there", TWO, Bad(None, None, "Did you mean `unique_id`?"), unique_id="unique"),
]  # fmt: skip

SWITCHES = [
    table("all-on", LOOSE, Good(
          {"v": [1, 2, 3, 6]}, "2024-01-01, 2024-01-02, 2024-01-03, 2024-01-06",
          (("order", 2), ("duplicates", 1), ("gaps", 2)))),
    table("order", LOOSE, Bad(3, "date", "order of time; 2024-01-01 comes after a later one"),
          repairs=Repairs(order="refuse")),
    table("duplicates", LOOSE, Bad(4, "date", "2024-01-01 stands in another row before"),
          repairs=Repairs(duplicates="refuse")),
    table("blanks", LOOSE, Bad(3, "v", "every cell must hold a number"),
          repairs=Repairs(blanks="refuse", duplicates="first")),
    table("gaps", LOOSE, Bad(5, "date", "2 timestamps are missing in 1 place"),
          repairs=Repairs(gaps="refuse")),
    table("all-off-and-nothing-to-mend", daily([1, 2, 3]), Good({"v": [1, 2, 3]}),
          repairs=Repairs("refuse", "refuse", "refuse", "refuse")),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected", "options"), CELLS)
def test_cells_come_out_exactly(content, expected, options):
    check(content, expected, options)


@pytest.mark.parametrize(("content", "expected", "options"), LAYOUTS)
def test_layouts_come_out_exactly(content, expected, options):
    check(content, expected, options)


@pytest.mark.parametrize(("content", "expected", "options"), SWITCHES)
def test_a_repair_that_is_off_names_the_row(content, expected, options):
    check(content, expected, options)
