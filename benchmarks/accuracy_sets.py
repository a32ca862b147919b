"""The sets that the accuracy is measured on, and where each takes its rows from.

Each set is a Parquet file `FOLDER/NAME_train.parquet` of columns `unique_id, ds, y`, `ds` counting
rows from 1 in every series, and mostly one `NAME_test.parquet` that goes on after it. Where there
is no test part, and wherever settings are compared, the last rows of every training series, as
many as the set's horizon, are held out instead.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.accuracy_scores import Actual, Values

CATEGORY = "category"


class DataSet(NamedTuple):
    """A set of series of one frequency.

    Attributes:
        path: of its files below the folder of data, without the ending.
        horizon: rows ahead.
        season: rows in a season; the lag of the MASE.
        preset: of the settings for it.
        test: whether it has a test part.
        changed: settings in which this set differs from the preset.
        beside: names of sets whose training rows the network learns from as well.
        published: its name in the file of published figures.
    """

    path: str
    horizon: int
    season: int
    preset: str
    test: bool = True
    changed: dict[str, Any] = {}  # noqa: RUF012 - a NamedTuple's default that nobody changes
    beside: tuple[str, ...] = ()
    published: str = ""


# What the sets differ in from the presets. Those of some hundred series want shorter trainings.
# Tourists come by the season: a season ago says more than factors do. The logarithm lets short
# series grow too fast, and errors relative to what came (MAPE) are least below the median: both
# are mended by a tilt.
TILTED = {"loss": "pinball", "tilt": 0.45}
FEW = {"timesteps": 12, "hidden_units": 64, "sampling": "windows", "recent": None,
       "batch_size": 128, "learning_rate": 2e-3, "steps_per_epoch": 75, "seeds": 7,
       "input_noise": 0.0}  # fmt: skip
SEASONAL = TILTED | {
    "seasonal_adjustment": "none", "seasonal_test": False, "residual": "seasonal_naive",
    "sampling": "windows", "batch_size": 128, "steps_per_epoch": 75, "seeds": 7,
}  # fmt: skip
YEARLY = ("m3_yearly", "tourism_yearly", "m1_yearly")


class Part(NamedTuple):
    """What a model learns from, and what came after it.

    Attributes:
        known: long frame to fit on, the series one after another.
        actual: the same as flat rows, with what came.
    """

    known: pd.DataFrame
    actual: Actual


SETS: dict[str, DataSet] = {
    "m4_yearly": DataSet(
        "m4/yearly", 6, 1, "yearly", test=False, changed={"static": (CATEGORY,)},
        published="Yearly",
    ),
    "m4_weekly": DataSet(
        "m4/weekly", 13, 1, "weekly", test=False, changed={"static": (CATEGORY,)},
        published="Weekly",
    ),
    "m4_hourly": DataSet("m4/hourly", 48, 24, "hourly", test=False, published="Hourly"),
    "m3_yearly": DataSet(
        "m3/m3_yearly", 6, 1, "yearly", changed=FEW | TILTED, beside=YEARLY,
        published="M3 Yearly",
    ),
    "m3_quarterly": DataSet(
        "m3/m3_quarterly", 8, 4, "quarterly", changed=TILTED, published="M3 Quarterly"
    ),
    "m3_monthly": DataSet("m3/m3_monthly", 18, 12, "monthly", published="M3 Monthly"),
    "m3_other": DataSet(
        "m3/m3_other", 8, 1, "yearly", changed=FEW | {"timesteps": 24}, published="M3 Other"
    ),
    "tourism_yearly": DataSet(
        "tourism/tourism_yearly", 4, 1, "yearly", changed=FEW | TILTED | {"tilt": 0.4},
        beside=YEARLY, published="Tourism Yearly",
    ),
    "tourism_quarterly": DataSet(
        "tourism/tourism_quarterly", 8, 4, "quarterly",
        changed=SEASONAL | {"timesteps": 12, "seasonal_lags": (4, 8), "shortest": 9},
        published="Tourism Quarterly",
    ),
    "tourism_monthly": DataSet(
        "tourism/tourism_monthly", 24, 12, "monthly",
        changed=SEASONAL | {"seasonal_lags": (12, 24, 36, 48), "shortest": 24},
        published="Tourism Monthly",
    ),
    "m1_yearly": DataSet("m1/m1_yearly", 6, 1, "yearly", changed=FEW | TILTED, beside=YEARLY),
    "m1_quarterly": DataSet("m1/m1_quarterly", 8, 4, "quarterly", changed=TILTED),
    "m1_monthly": DataSet("m1/m1_monthly", 18, 12, "monthly"),
    "nn5_daily": DataSet("nn5/nn5_daily", 56, 7, "daily", published="NN5 Daily"),
}  # fmt: skip


def training_frame(folder: Path, one: DataSet) -> pd.DataFrame:
    """Return the whole training part of a set, in time order, with its category if there is one."""
    frame = _read(folder / f"{one.path}_train.parquet")
    told = folder / "m4" / "info.parquet"
    if one.path.startswith("m4/") and told.exists():
        category = pd.read_parquet(told).set_index("M4id")[CATEGORY].astype(str)
        frame[CATEGORY] = frame["unique_id"].map(category)
    return frame


def held_out(frame: pd.DataFrame, one: DataSet) -> Part:
    """Hold out the last rows of every training series."""
    behind = frame.groupby("unique_id", sort=False).cumcount(ascending=False)
    known, came = frame[behind >= one.horizon], frame[behind < one.horizon]
    return Part(known.reset_index(drop=True), _actual(known, came, one))


def with_test_part(frame: pd.DataFrame, folder: Path, one: DataSet) -> Part:
    """Take the test part as what came after the training rows."""
    return Part(frame, _actual(frame, _read(folder / f"{one.path}_test.parquet"), one))


def with_others(part: Part, name: str, folder: Path, *, hold_out: bool) -> pd.DataFrame:
    """Return the rows that a network of a set learns from: its own, and those of sets beside it.

    Args:
        part: of the set.
        name: of the set; its series keep their names, those of others get their set's before it.
        folder: of the data.
        hold_out: whether the last rows of the other sets are held out too.
    """
    frames = [part.known]
    for other in SETS[name].beside:
        if other != name:
            rows = training_frame(folder, SETS[other])
            known = held_out(rows, SETS[other]).known if hold_out else rows
            frames.append(known.assign(unique_id=f"{other}/" + known["unique_id"]))
    return pd.concat(frames, ignore_index=True)


def _read(path: Path) -> pd.DataFrame:
    frame = pd.read_parquet(path)
    frame["unique_id"] = frame["unique_id"].astype(str)
    frame["y"] = frame["y"].astype(np.float64)
    return frame


def _actual(known: pd.DataFrame, came: pd.DataFrame, one: DataSet) -> Actual:
    """Return known rows as flat values, beside what came.

    Raises:
        ValueError: the series of both are not the same, in one order, or not of the horizon.
    """
    lengths = known.groupby("unique_id", sort=False).size()
    ahead = came.groupby("unique_id", sort=False).size()
    if not lengths.index.equals(ahead.index) or (ahead != one.horizon).any():
        raise ValueError(f"{one.path}: not every series goes on for {one.horizon} rows")
    values: Values = came["y"].to_numpy().reshape(-1, one.horizon)
    offsets = np.concatenate([[0], np.cumsum(lengths.to_numpy())])
    return Actual(known["y"].to_numpy(), offsets, values, one.season)
