"""What a fit learned, and what it tells while it learns."""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from forecast.data.panel import Panel
from forecast.data.scaling import Scaler
from forecast.data.series import TimeSeries, Values
from forecast.data.splits import Parts, Splits
from forecast.data.windows import Origins
from forecast.errors import SettingError
from forecast.models.architecture import beyond_plain
from forecast.models.reading import Recipe
from forecast.models.settings import ForecasterSettings
from forecast.nn.arrays import Array
from forecast.nn.parameters import Parameters
from forecast.training.history import Epoch, history_frame
from forecast.training.recording import FlowRecord

Predict = Callable[[TimeSeries | Panel, Origins], Values]


class Member(NamedTuple):
    """One trained network.

    Attributes:
        parameters: its weights.
        history: one record an epoch.
        best_epoch: whose weights were kept, from 1; 0 if none was finished.
        stopped_by: `epochs`, `patience` or `cancel`.
        local: (series, size) the weights of one network for each series, of which `parameters`
            are the first; None where one network serves all.
        failed: number of a series and why it has no network of its own.
        flow: the size of the gradient at every hidden state by the name of a recurrent layer,
            (1 + epochs of the fit, steps) float32, the oldest step first and row 0 before the
            first epoch; blank where it was not recorded.
    """

    parameters: Parameters
    history: tuple[Epoch, ...]
    best_epoch: int
    stopped_by: str
    local: Array | None = None
    failed: tuple[tuple[int, str], ...] = ()
    flow: FlowRecord = {}  # noqa: RUF012  (never changed)


class Fitted(NamedTuple):
    """Everything a fit learned, and what a forecast needs of the rows.

    Attributes:
        members: the networks, one a seed.
        recipe: learned from the training rows before.
        splits: row ranges of training, validation and calibration, of each series.
        scores: of the calibration windows, see `forecast.models.intervals`.
        tail: the last rows of each series, as many as a forecast needs.
        seconds: that the fit took.
        engine: that computed, `numba` or `numpy`.
        refitted: whether the weights were trained once more, on all rows, after calibration.
        updated: how often `update` went on from there.
    """

    members: tuple[Member, ...]
    recipe: Recipe
    splits: Splits
    scores: Values
    tail: Panel
    seconds: float
    engine: str
    refitted: bool = False
    updated: int = 0

    @property
    def parameters(self) -> Parameters:
        """The weights of the first network."""
        return self.members[0].parameters

    @property
    def scaler(self) -> Scaler:
        """The scaler of the first series."""
        return self.recipe.scales.of(0)

    @property
    def parts(self) -> Parts:
        """The row ranges of the first series."""
        return self.splits[0]

    @property
    def best_epoch(self) -> int:
        """Whose weights the first network kept."""
        return self.members[0].best_epoch

    @property
    def stopped_by(self) -> str:
        """What ended the training: of several networks, `cancel` if any was cancelled."""
        ends = [member.stopped_by for member in self.members]
        return "cancel" if "cancel" in ends else ends[0]

    def check_plain(self, settings: ForecasterSettings, what: str) -> None:
        """See that one network forecasts one series from nothing but its own values.

        Args:
            settings: of the forecaster.
            what: needs that, for the message.

        Raises:
            SettingError: it does not.
        """
        more = {
            "covariates": bool(self.recipe.columns),
            "calendar": bool(settings.calendar),
            f"transform={settings.transform!r}": settings.transform != "none",
            "seasonal_adjustment": self.recipe.seasons is not None,
            "seasonal_lags": bool(settings.seasonal_lags),
            f"residual={settings.residual!r}": settings.residual != "none",
            "static": bool(settings.static),
            "local=True": settings.local,
            f"loss={settings.loss!r}": settings.head_width > 1,
            "strategy='recursive'": settings.strategy != "direct",
            f"seeds={settings.seeds}": len(self.members) > 1,
            f"a panel of {len(self.recipe.ids)} series": self.tail.long,
        }
        found = [*(name for name, true in more.items() if true), *beyond_plain(settings)]
        if found:
            raise SettingError(
                f"{what} serves one network that reads the values of one series and no more; this "
                f"forecaster has {', '.join(found)}. Fit one without."
            )

    @property
    def history(self) -> pd.DataFrame:
        """One row an epoch; of several networks, with their number in `seed`, from 0."""
        if len(self.members) == 1:
            return history_frame(self.members[0].history)
        frames = [history_frame(member.history) for member in self.members]
        numbered = [frame.assign(seed=number) for number, frame in enumerate(frames)]
        return pd.concat(numbered, ignore_index=True)


class FitProgress(NamedTuple):
    """What a callback is told after every epoch.

    Attributes:
        record: the finished epoch; of several networks, their epochs are counted on.
        epochs: the number of epochs asked for, of all networks.
        forecast: forecasts the rows after each origin of a series with the weights after this
            epoch, in its unit: (origins, rows ahead).
    """

    record: Epoch
    epochs: int
    forecast: Predict
