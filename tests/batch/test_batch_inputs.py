"""The same rows give the same forecasts, however they are written."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.batch.api import batch
from forecast.errors import ReadError
from tests.batch.small_runs import SERIES, SMALL, failures, forecasts


def same(out: Path, whole: Path) -> None:
    pd.testing.assert_frame_equal(forecasts(out), forecasts(whole), check_exact=True)
    assert not failures(out)


def test_every_series_is_forecast_once(whole: Path, long: pd.DataFrame) -> None:
    found = forecasts(whole)
    assert found["unique_id"].tolist() == [f"s{k:02}" for k in range(SERIES) for _ in range(2)]
    assert found.columns.tolist() == ["unique_id", "ds", "GRU"]
    assert set(found["ds"]) == set(pd.date_range(long["ds"].max(), periods=3)[1:])
    assert len(list((whole / "forecasts").iterdir())) == 4
    assert not (whole / "work").exists()


def test_the_forecasts_are_those_of_the_model(whole: Path, long: pd.DataFrame) -> None:
    model = fc.Forecaster.load(whole / "model.safetensors")
    assert len(model.last_row()) == SMALL["sample"]
    known = [one in model.last_row() for one in long["unique_id"]]
    alone = model.predict(data=long[known]).sort_values(["unique_id", "ds"], ignore_index=True)
    found = forecasts(whole)
    mine = found[found["unique_id"].isin(alone["unique_id"])]
    np.testing.assert_allclose(mine["GRU"], alone["GRU"], rtol=1e-6)


def test_a_csv(long: pd.DataFrame, whole: Path, tmp_path: Path) -> None:
    long.to_csv(tmp_path / "series.csv", index=False)
    batch(tmp_path / "series.csv", tmp_path / "out", **SMALL)
    same(tmp_path / "out", whole)


def test_a_csv_of_another_country(long: pd.DataFrame, whole: Path, tmp_path: Path) -> None:
    days = long["ds"].dt.strftime("%d.%m.%Y")
    long.assign(ds=days).sample(frac=1, random_state=0).to_csv(
        tmp_path / "series.csv", index=False, sep=";", decimal=",", encoding="latin-1"
    )
    batch(tmp_path / "series.csv", tmp_path / "out", **SMALL)
    same(tmp_path / "out", whole)


def test_a_folder_whose_files_share_series(long: pd.DataFrame, whole: Path, tmp_path: Path) -> None:
    rows = long.sample(frac=1, random_state=1)
    for name, part in (("region=n/x", rows[:200]), ("region=s/y", rows[200:])):
        path = tmp_path / "in" / f"{name}.parquet"
        path.parent.mkdir(parents=True)
        part.to_parquet(path, index=False)
    (tmp_path / "in" / "_SUCCESS").touch()
    batch(tmp_path / "in", tmp_path / "out", **SMALL)
    same(tmp_path / "out", whole)


def test_a_folder_of_csv_files_with_columns_in_any_order(
    long: pd.DataFrame, whole: Path, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    long[:100].to_csv(tmp_path / "in" / "1.csv", index=False)
    long[100:][["y", "ds", "unique_id"]].to_csv(tmp_path / "in" / "2.csv", index=False)
    batch(tmp_path / "in", tmp_path / "out", **SMALL)
    same(tmp_path / "out", whole)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_folders_that_name_the_series(
    kind: str, long: pd.DataFrame, whole: Path, tmp_path: Path
) -> None:
    for name, rows in long.groupby("unique_id"):
        path = tmp_path / "in" / f"unique_id={name}" / f"x.{kind}"
        path.parent.mkdir(parents=True)
        write(rows.drop(columns="unique_id"), path)
    for name in ("none", "a bad one"):
        path = tmp_path / "in" / f"unique_id={name}" / f"x.{kind}"
        path.parent.mkdir()
        write(long[:0].drop(columns="unique_id"), path)
    path.write_bytes(b"no table\n" * 9)
    found = batch(tmp_path / "in", tmp_path / "out", **SMALL)
    assert (found.series, found.left_out) == (SERIES + 2, 2)
    said = failures(tmp_path / "out")
    assert said["none"] == "It has no row with a timestamp and a value."
    assert str(path) in said["a bad one"]
    pd.testing.assert_frame_equal(forecasts(tmp_path / "out"), forecasts(whole))


def write(rows: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".csv":
        rows.to_csv(path, index=False)
    else:
        rows.to_parquet(path, index=False)


def test_ids_that_are_numbers_stay_numbers(long: pd.DataFrame, tmp_path: Path) -> None:
    numbered = long.assign(unique_id=long["unique_id"].str[1:].astype(int) - 3)
    numbered.to_parquet(tmp_path / "in.parquet", index=False)
    batch(tmp_path / "in.parquet", tmp_path / "out", **SMALL)
    assert forecasts(tmp_path / "out")["unique_id"].unique().tolist() == list(range(-3, 9))


def test_rows_that_are_numbered(long: pd.DataFrame, tmp_path: Path) -> None:
    counted = long.assign(ds=long.groupby("unique_id").cumcount())
    counted.to_parquet(tmp_path / "in.parquet", index=False)
    counted.to_csv(tmp_path / "in.csv", index=False)
    for kind in ("parquet", "csv"):
        batch(tmp_path / f"in.{kind}", tmp_path / kind, **SMALL)
    assert forecasts(tmp_path / "parquet")["ds"].unique().tolist() == [40, 41]
    same(tmp_path / "parquet", tmp_path / "csv")


def test_times_with_a_zone(long: pd.DataFrame, tmp_path: Path) -> None:
    aware = long.assign(ds=long["ds"].dt.tz_localize("Europe/Berlin"))
    aware.to_parquet(tmp_path / "in.parquet", index=False)
    batch(tmp_path / "in.parquet", tmp_path / "out", **SMALL)
    days = forecasts(tmp_path / "out")["ds"]
    assert str(days.dt.tz) == "Europe/Berlin"
    assert (days.dt.hour == 0).all()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.csv", None, "no such file or folder"),
        ("empty.csv", b"", "there are no rows"),
        ("header.csv", b"unique_id,ds,y\n", "there are no rows"),
        ("names.csv", b"id,ds,y\na,2020-01-01,1\n", "need a column `unique_id`"),
        ("times.csv", b"unique_id,ds,y\na,soon,1\nb,later,2\n", "`ds` must hold timestamps"),
        ("wide.csv", "unique_id,ds,y\na,1,1\n".encode("utf-16"), "must be written in UTF-8"),
        ("no.parquet", b"PAR1 and nothing", "must be a Parquet file"),
        ("zip.csv", b"PK\x03\x04", "a zip archive"),
    ],
)
def test_what_is_no_input(name: str, content: bytes | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ReadError, match=said):
        batch(tmp_path / name, tmp_path / "out", **SMALL)
    assert not (tmp_path / "out" / "plan.json").exists()


def test_a_line_break_within_quotes_is_refused_rather_than_misread(
    long: pd.DataFrame, tmp_path: Path
) -> None:
    text = long.to_csv(index=False).replace("s05,", '"s\n05",')
    (tmp_path / "in.csv").write_text(text)
    with pytest.raises(ReadError, match="must not hold a line break here"):
        batch(tmp_path / "in.csv", tmp_path / "out", **SMALL | {"partition_rows": 30})
