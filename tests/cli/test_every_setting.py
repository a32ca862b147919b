"""Every setting of a forecaster can be told to the command line."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.cli.network import _KINDS, _LISTS, _NONE_FOR_ZERO, network_settings
from forecast.errors import SettingError
from forecast.models.settings import ForecasterSettings
from forecast.nn.optimizers import Optimizer
from tests.cli.conftest import Call

ELSEWHERE = {"cell", "target"}  # options of the commands themselves
FAST = ["--timesteps", "6", "--hidden-units", "4", "--epochs", "1", "--cell", "gru"]


def test_there_is_an_option_for_every_setting() -> None:
    names = {_LISTS.get(name, name) for name in _KINDS}
    assert names == {one.name for one in fields(ForecasterSettings)} - ELSEWHERE


def told(optimizer: str) -> object:
    usual = dict.fromkeys(_NONE_FOR_ZERO)
    return network_settings({**usual, "optimizer": optimizer})["optimizer"]


def test_an_optimizer_may_have_constants() -> None:
    assert told("rmsprop") == "rmsprop"
    wanted = Optimizer("sgd", momentum=0.5, nesterov=True)
    assert told("sgd,momentum=0.5, nesterov=True") == wanted


@pytest.mark.parametrize("text", ["sgd,speed=1", "sgd,momentum=fast", "sgd,nesterov=2", "adam,"])
def test_other_constants_are_refused(text: str) -> None:
    with pytest.raises(SettingError, match="--optimizer"):
        told(text)


def test_rows_may_be_numbered(call: Call, tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=100).cumsum()
    table = pd.DataFrame({"row": np.arange(5, 105), "v": values, "w": values[::-1]})
    table.to_csv(tmp_path / "rows.csv", index=False)
    file = str(tmp_path / "rows.csv")
    more = ["--numbered", "--time", "row", "--target", "v", "--past-covariate", "w"]
    done = call("compare", file, *more, *FAST)
    assert (done.returncode, done.stderr) == (0, "")
    assert "100 rows, step, 5 to 104" in done.stdout
    refused = call("compare", str(tmp_path / "none.csv"), *more, *FAST)
    assert refused.returncode == 1
    assert "cannot be read as numbered rows" in refused.stderr


def test_a_time_zone_can_be_told(call: Call, tmp_path: Path) -> None:
    days = pd.date_range("2022-03-20", periods=200, freq="h")
    table = pd.DataFrame({"ds": days, "v": np.arange(200) % 17})
    table[table["ds"] != pd.Timestamp("2022-03-27 02:00")].to_csv(tmp_path / "h.csv", index=False)
    done = call("compare", str(tmp_path / "h.csv"), "--time-zone", "Europe/Berlin", *FAST)
    assert (done.returncode, done.stderr) == (0, "")
    assert "199 rows, h" in done.stdout  # without a zone, the hour that was skipped is a gap
