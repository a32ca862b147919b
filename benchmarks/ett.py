"""ETTh1 as the published tables of long-horizon forecasting use it: scaled, split and scored.

    train        rows 0 … 8639       12 months of 30 days
    validation   rows 8640 … 11519   4 months
    test         rows 11520 … 14399  4 months; later rows are not used

Every channel is a series of its own. It is scaled by mean and standard deviation of its training
rows; errors are counted on scaled values, and their mean is over all channels, windows and rows
ahead. A part has a window for every origin whose targets lie in it (stride 1, none dropped);
windows look back into the part before.

Source: Zhou et al. (2021), "Informer", and the code of Nie et al. (2023), "PatchTST", for the
borders.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from forecast.data.panel import Panel, prepare_panel
from forecast.data.series import Values
from forecast.data.windows import Origins, steps_after
from forecast.models.contract import Model

TRAIN, VALIDATION, TEST = range(8640), range(8640, 11520), range(11520, 14400)
ORIGINS_AT_ONCE = 4096


class Score(NamedTuple):
    """Mean squared and mean absolute error, on scaled values."""

    mse: float
    mae: float


def scaled(raw: pd.DataFrame, train: range = TRAIN) -> pd.DataFrame:
    """Scale every column by mean and standard deviation of its training rows."""
    rows = raw.iloc[train.start : train.stop]
    return (raw - rows.mean()) / rows.std(ddof=0)


def long_frame(wide: pd.DataFrame) -> pd.DataFrame:
    """Return columns of a table with a time index as series `unique_id, ds, y`."""
    parts = [
        pd.DataFrame({"unique_id": name, "ds": wide.index, "y": wide[name].to_numpy()})
        for name in wide
    ]
    return pd.concat(parts, ignore_index=True)


def read(path: Path) -> pd.DataFrame:
    """Read ETTh1.csv up to the last test row, scaled, as a long frame of seven series."""
    raw = pd.read_csv(path, index_col="date", parse_dates=True).astype(np.float64)
    return long_frame(scaled(raw.iloc[: TEST.stop]))


def before(frame: pd.DataFrame, rows: int) -> pd.DataFrame:
    """Return the first rows of every series."""
    return frame[frame.groupby("unique_id").cumcount() < rows]


def panel_of(frame: pd.DataFrame) -> Panel:
    """Return the long frame as flat rows."""
    return prepare_panel(frame)


def origins_in(panel: Panel, part: range, horizon: int) -> Origins:
    """Return the last known row of each window whose targets lie in a part, series by series."""
    own = np.arange(part.start - 1, part.stop - horizon)
    return (panel.offsets[:-1, None] + own).ravel()


def score(model: Model, panel: Panel, part: range, horizon: int) -> Score:
    """Forecast all windows of a part without refitting, and score them."""
    origins = origins_in(panel, part, horizon)
    squares = absolutes = 0.0
    for start in range(0, len(origins), ORIGINS_AT_ONCE):
        some = origins[start : start + ORIGINS_AT_ONCE]
        wrong: Values = model.forecast_from(panel, some, horizon)
        wrong = wrong - steps_after(panel.flat.values, some, horizon)
        squares += float(np.square(wrong).sum())
        absolutes += float(np.abs(wrong).sum())
    count = len(origins) * horizon
    return Score(squares / count, absolutes / count)
