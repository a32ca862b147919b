"""Static columns from the command line."""

from pathlib import Path

import pandas as pd

from tests.cli.conftest import Call

SMALL = ["--timesteps", "4", "--hidden-units", "3", "--epochs", "1", "--horizon", "2"]


def test_static_columns_of_a_file_are_read(call: Call, tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=40)
    frames = [
        pd.DataFrame({"unique_id": one, "ds": days, "y": range(40), "region": kind})
        for one, kind in (("a", "north"), ("b", "south"))
    ]
    shops = pd.concat(frames)
    file, model = tmp_path / "shops.csv", str(tmp_path / "m.safetensors")
    shops.to_csv(file, index=False)
    for command in (["fit", str(file), "--model", model], ["backtest", str(file)]):
        done = call(*command, "--static", "region", *SMALL)
        assert (done.stderr, done.returncode) == ("", 0)
    shops.drop(columns="region").to_csv(tmp_path / "known.csv", index=False)
    shops.assign(unique_id=shops["unique_id"] + "2").to_csv(tmp_path / "new.csv", index=False)
    for newer in ("known.csv", "new.csv"):
        done = call("predict", model, str(tmp_path / newer))
        assert (done.stderr, done.returncode) == ("", 0)
    wrong = call("fit", str(file), "--model", model, "--static", "colour", *SMALL)
    assert wrong.returncode == 1
    assert "no column 'colour'" in wrong.stderr


def test_the_column_of_a_panel_keeps_its_name(call: Call, tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=40)
    sales = [pd.DataFrame({"unique_id": one, "ds": days, "sales": range(40)}) for one in "ab"]
    file, model = str(tmp_path / "sales.csv"), str(tmp_path / "m.safetensors")
    pd.concat(sales).to_csv(file, index=False)
    for named in ([], ["--target", "sales"]):
        for command in (["fit", file, "--model", model, *named, *SMALL], ["predict", model, file]):
            done = call(*command)
            assert (done.stderr, done.returncode) == ("", 0)
