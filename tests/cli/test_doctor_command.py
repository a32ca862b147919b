"""`doctor`: a file examined in a terminal and for machines."""

import json
from pathlib import Path

import pandas as pd
import pytest

from forecast.models.preflight import preflight_rows as fc_preflight
from forecast.models.settings import ForecasterSettings
from tests.cli.conftest import Call

MESSY = (
    "Station 7\n"
    "Tag;Wert\n"
    "02.01.2024;1,5\n01.01.2024;2,5\n05.01.2024;3,5\n05.01.2024;4,5\n06.01.2024;\n17.01.2024;9,5\n"
)


@pytest.fixture
def messy(tmp_path: Path) -> str:
    path = tmp_path / "messy.csv"
    path.write_text(MESSY, encoding="latin-1")
    return str(path)


def test_people_read_what_was_found_and_mended(call: Call, messy: str) -> None:
    ended = call("doctor", messy)
    assert (ended.returncode, ended.stderr) == (0, "")
    for words in (
        "time column   Tag",
        "delimiter     ;",
        "decimal sign  ,",
        "order (sort): The rows were not in order of time; they were sorted.",
        "duplicates (last): Of rows with the same timestamp only the last was kept; 1 was dropped",
        "blanks (leave): 1 cell is blank",
        "gaps (leave): 12 timestamps are missing in 2 places, at most 10 together, first between "
        "2024-01-02 and 2024-01-05",
        "Line 1 above the header is no part of the table; it was skipped.",
        "too few. Timesteps 24 and horizon 1 need at least 44 rows.",
    ):
        assert words in ended.stdout


def test_machines_read_one_object(call: Call, messy: str) -> None:
    ended = call("doctor", messy, "--json", "--timesteps", "2")
    said = json.loads(ended.stdout)
    assert [(one["name"], one["count"]) for one in said["repairs"]] == [
        ("order", 1),
        ("duplicates", 1),
        ("blanks", 1),
        ("gaps", 12),
    ]
    assert (said["layout"], said["frequency"], said["gaps"]) == ("single", "D", 12)
    assert said["before"][0] == {"line": 3, "Tag": "02.01.2024", "Wert": "1,5"}
    assert said["after"][0] == {"Tag": "2024-01-01T00:00:00", "Wert": 2.5, "line": 4}
    assert said["preflight"][0]["ready"]


@pytest.mark.parametrize(
    ("option", "line", "words"),
    [
        ("--order", 4, "rows must be in the order of time"),
        ("--duplicates", 6, "a timestamp must stand in one row"),
        ("--blanks", 7, "every cell must hold a number"),
        ("--gaps", 6, "12 timestamps are missing in 2 places"),
    ],
)
def test_a_repair_that_is_off_names_the_line(
    option: str, line: int, words: str, call: Call, messy: str
) -> None:
    ended = call("doctor", messy, option, "refuse")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"messy.csv, line {line}, column" in ended.stderr
    assert words in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_mended_table_can_be_written(
    ending: str, call: Call, messy: str, tmp_path: Path
) -> None:
    target = tmp_path / f"mended.{ending}"
    chosen = ["--duplicates", "mean", "--blanks", "forward", "--gaps", "insert"]
    assert call("doctor", messy, *chosen, "--out", str(target)).returncode == 0
    frame = pd.read_csv(target) if ending == "csv" else pd.read_parquet(target)
    frame = frame if "Wert" in frame.columns else frame.reset_index()
    assert len(frame) == 17
    assert frame["Wert"].dropna().tolist() == [2.5, 1.5, 4.0, 4.0, 9.5]
    assert int(frame["Wert"].isna().sum()) == 12


def test_rows_are_resampled(call: Call, messy: str, tmp_path: Path) -> None:
    target = tmp_path / "weekly.csv"
    ended = call("doctor", messy, "--every", "W", "--how", "sum", "--out", str(target))
    assert ended.returncode == 0
    assert pd.read_csv(target)["Wert"].tolist()[0] == pytest.approx(1.5 + 2.5 + 4.5)


def test_a_panel_tells_which_series_are_too_short(call: Call, tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=80).strftime("%Y-%m-%d")
    long = [f"{day},a,{k}" for k, day in enumerate(days)]
    short = [f"{day},b,{k}" for k, day in enumerate(days[:9])]
    path = tmp_path / "panel.csv"
    path.write_text("\n".join(["ds,unique_id,y", *long, *short]))
    said = json.loads(call("doctor", str(path), "--json").stdout)
    assert (said["layout"], said["series"]) == ("long", 2)
    assert said["preflight"][0]["short"] == ["b"]
    assert said["preflight"][0]["said"].endswith("1 is too short for one, below 44 rows: b.")


def test_trading_days_are_found_and_named(call: Call) -> None:
    root = Path(__file__).parents[2] / "forecast" / "data" / "samples"
    said = json.loads(call("doctor", str(root / "sp500_daily.csv"), "--json").stdout)
    assert said["calendar"] == "XNYS"
    said = json.loads(
        call("doctor", str(root / "sp500_daily.csv"), "--calendar", "XLON", "--json").stdout
    )
    assert [one["name"] for one in said["repairs"]] == ["calendar", "gaps"]


def test_a_sample_can_be_examined(call: Call) -> None:
    said = json.loads(call("doctor", "sample:stocks_monthly", "--json").stdout)
    assert (said["series"], said["preflight"][0]["windows"]) == (5, 190)


def test_a_table_of_words_is_not_ready(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text("day,word\n2024-01-01,a\n2024-01-02,b\n2024-01-03,c\n")
    said = json.loads(call("doctor", str(path), "--json").stdout)["preflight"]
    assert [(one["ready"], one["said"]) for one in said] == [
        (False, "no: no column holds numbers.")
    ]


def test_gaps_count_as_rows_of_a_panel(call: Call, tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=80).strftime("%Y-%m-%d")
    whole = [f"{day},a,1" for day in days]
    holed = [f"{day},b,{'' if k < 3 else 1}" for k, day in enumerate(days) if not 20 < k < 40]
    path = tmp_path / "panel.csv"
    path.write_text("\n".join(["ds,unique_id,y", *whole, *holed]))
    said = json.loads(call("doctor", str(path), "--json").stdout)["preflight"][0]
    assert said["windows"] == sum(
        fc_preflight(rows, ForecasterSettings(timesteps=24)).windows["train"] for rows in (80, 77)
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.csv"], "no such file"),
        (["yahoo:MSFT.csv"], "is no file"),
        (["--duplicates", "most"], "must be one of 'last'"),
        (["--calendar", "XXXX"], "`calendar` must be one of"),
        (["--time-zone", "Mars/Olympus"], "IANA"),
        (["--unique-id", "nobody"], "must name a column"),
        (["--out", "/nowhere/at/all.csv"], "There is no folder"),
    ],
)
def test_wrong_use_is_explained_in_a_line(
    arguments: list[str], words: str, call: Call, messy: str
) -> None:
    given = arguments if arguments[0].endswith(".csv") else [messy, *arguments]
    ended = call("doctor", *given)
    assert ended.returncode in (1, 2)
    assert words in ended.stderr
