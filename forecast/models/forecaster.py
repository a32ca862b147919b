"""The recurrent forecaster: windows of a series in, the next rows out."""

import os
from collections.abc import Callable, Iterable
from typing import Self

import numpy as np
import pandas as pd

from forecast.checks import whole_number
from forecast.data.series import SeriesLike, TimeSeries, Values, prepare
from forecast.data.windows import Origins, Windows
from forecast.errors import DataError, NotFittedError, SettingError
from forecast.models.contract import extended, forecast_frame, last_window
from forecast.models.fitting import Ahead, FitProgress, Fitted, ahead_of, fit_network
from forecast.models.intervals import checked_levels, half_widths
from forecast.models.settings import ForecasterSettings
from forecast.models.streaming import Stream
from forecast.nn.cells import cell_named
from forecast.nn.optimizers import Optimizer
from forecast.nn.stack import Stack
from forecast.training.trainer import Cancel

ROWS_AT_ONCE = 1024  # windows in one forward pass


class Forecaster:
    """A recurrent network that forecasts a series from windows of itself.

    Args:
        cell: `simple_rnn`, `gru` or `lstm`, in any spelling.
        timesteps: length of the input window, in rows, at least 1.
        hidden_units: size of each layer's hidden state, at least 1.
        horizon: rows ahead that are forecast at once, at least 1.
        layers: recurrent layers, at least 1.
        activation: of the cell: `tanh`, `relu`, `linear` or `sigmoid`.
        reset_after: GRU only; where the reset gate acts, as in Keras.
        dropout: share of values dropped between layers in training, in [0, 1).
        scaling: `window` (each window by its own last value and spread), `standard`, `minmax`
            or `none`.
        gaps: `fill` reads filled values as inputs; `drop` leaves such windows out. Filled values
            are never scored.
        loss: `mse`, `mae` or `huber`, on the scaled values.
        epochs, batch_size, learning_rate, optimizer, schedule, patience, clip_norm: see
            `forecast.training.settings.TrainingSettings`.
        validation: share of the rows that chooses the epoch, in [0, 1).
        calibration: share of the rows, after those, that measures intervals, in [0, 1).
        seed: of every source of randomness, at least 0.
        engine: `numba` (compiled kernels, float32), `numpy`, or `auto`: the kernels where they
            serve, NumPy elsewhere.
        threads: that one fit takes; None takes one for small networks, and for large ones what
            other fits of this process leave of the cores. Results do not depend on it.
        dtype: `float32` or `float64`.

    Attributes:
        settings: the settings, frozen.
        fitted_: what `fit` learned, or None.

    Raises:
        SettingError: a setting lies outside its range or choices.

    Example:
        >>> import forecast as fc
        >>> y = fc.load_sample("air_passengers")
        >>> model = fc.Forecaster("gru", timesteps=12, hidden_units=8, epochs=3).fit(y)
        >>> model.predict(3).columns.tolist()
        ['ds', 'GRU']
    """

    def __init__(
        self,
        cell: str = "gru",
        *,
        timesteps: int = 24,
        hidden_units: int = 64,
        horizon: int = 1,
        layers: int = 1,
        activation: str = "tanh",
        reset_after: bool = True,
        dropout: float = 0.0,
        scaling: str = "window",
        gaps: str = "fill",
        loss: str = "mse",
        epochs: int = 100,
        batch_size: int = 32,
        learning_rate: float = 1e-3,
        optimizer: str | Optimizer = "adam",
        schedule: str = "constant",
        patience: int | None = 10,
        clip_norm: float | None = 1.0,
        validation: float = 0.15,
        calibration: float = 0.15,
        seed: int = 0,
        engine: str = "auto",
        threads: int | None = None,
        dtype: str = "float32",
    ) -> None:
        # The signature is written out for editors and readers; a test holds it to the dataclass.
        given = {name: value for name, value in locals().items() if name != "self"}
        self.settings = ForecasterSettings(**given)
        self.fitted_: Fitted | None = None
        self._ready: tuple[Fitted, Ahead] | None = None

    def __repr__(self) -> str:
        default = vars(ForecasterSettings())
        changed = {name: v for name, v in vars(self.settings).items() if v != default[name]}
        shown = [repr(changed.pop("cell", self.settings.cell))]
        return f"Forecaster({', '.join(shown + [f'{k}={v!r}' for k, v in changed.items()])})"

    @property
    def label(self) -> str:
        """How the cell is shown: SimpleRNN, GRU or LSTM."""
        return cell_named(self.settings.cell).label

    @property
    def parameter_count(self) -> int:
        """The number of weights."""
        return self.settings.network().parameter_count

    @property
    def engine_(self) -> str:
        """The engine that fitted, `numba` or `numpy`."""
        return self.learned().engine

    @property
    def history_(self) -> pd.DataFrame:
        """One row an epoch: epoch, loss, val_loss, learning_rate, grad_norm, seconds."""
        return self.learned().history.copy()

    def fit(
        self,
        y: SeriesLike | TimeSeries,
        *,
        on_epoch: Callable[[FitProgress], None] | None = None,
        cancel: Cancel | None = None,
    ) -> Self:
        """Learn from a series: first rows train, later ones choose the epoch, the last calibrate.

        Args:
            y: see `forecast.data.series.prepare`; at least timesteps + horizon training rows.
            on_epoch: called after every epoch; it may forecast with the weights of that epoch.
            cancel: asked before every batch, such as a `threading.Event`; once set, training
                stops and keeps the best weights so far.

        Returns:
            The forecaster itself.

        Raises:
            DataError: the series cannot be used as it is.
            TooFewRowsError: it is too short for the settings.
            EngineError: `engine='numba'` cannot be had here.
            NonFiniteLossError: training diverged; what was fitted before is kept.
        """
        self.fitted_ = fit_network(self.settings, prepare(y), on_epoch=on_epoch, cancel=cancel)
        return self

    def predict(
        self,
        horizon: int | None = None,
        *,
        level: float | Iterable[float] = (),
        data: SeriesLike | None = None,
    ) -> pd.DataFrame:
        """Forecast the rows after the fitted ones, or after newer ones, without refitting.

        Args:
            horizon: rows ahead, at least 1; None is the fitted horizon. Beyond that, forecasts
                are fed back as inputs, in blocks of the fitted horizon.
            level: interval levels in percent, such as (80, 95); up to the fitted horizon.
            data: newer rows; they must reach at least as far as the fitted ones, and may leave a
                gap after them, which is filled forward (in a business-day series, where a missing
                day is a holiday, it is not).

        Returns:
            Columns `ds`, the cell's name, and for a level L `NAME-lo-L` and `NAME-hi-L`.

        Raises:
            NotFittedError: `fit` was not called.
            SettingError: the horizon or a level is out of range, or a level needs more
                calibration windows than there are.
            DataError: `data` cannot be used after the fitted rows, or is too short.
        """
        fitted, trained_horizon = self.learned(), self.settings.horizon
        steps = trained_horizon if horizon is None else whole_number("horizon", horizon)
        levels = checked_levels(level)
        if levels and steps > trained_horizon:
            raise SettingError(
                f"`level` reaches as far as the fitted horizon, {trained_horizon}; got a horizon "
                f"of {steps}. Fit with horizon={steps}."
            )
        series = extended(fitted.tail, data)
        inputs = last_window(series, self.settings.timesteps, self.settings.gaps)
        ahead = self._ahead(inputs, steps)[0]
        columns = [(self.label, ahead)]
        spread = float(fitted.scaler.shift_and_spread(inputs)[1][0, 0])
        for one in levels:
            half = half_widths(fitted.scores, one)[:steps] * spread
            columns += [(f"{self.label}-lo-{one:g}", ahead - half)]
            columns += [(f"{self.label}-hi-{one:g}", ahead + half)]
        return forecast_frame(series.after(steps), columns)

    def stream(self, data: SeriesLike | None = None) -> Stream:
        """Return a stream that starts after the fitted rows, or after newer ones.

        Args:
            data: newer rows, as for `predict`.

        Raises:
            NotFittedError: `fit` was not called.
            DataError: `data` cannot be used after the fitted rows, or is too short.
        """
        fitted = self.learned()
        series = extended(fitted.tail, data)
        window = last_window(series, self.settings.timesteps, self.settings.gaps)[0]
        return Stream(self._network(), fitted, window)

    def forecast_from(self, series: TimeSeries, origins: Origins, horizon: int) -> Values:
        """Forecast `horizon` rows after each origin, (origins, horizon), without refitting.

        Args:
            series: rows that reach back `timesteps` before the first origin.
            origins: (origins,) index of the last known row of each forecast.
            horizon: rows ahead, at least 1.

        Raises:
            NotFittedError: `fit` was not called.
            DataError: an origin has fewer than `timesteps` rows up to it.
        """
        timesteps = self.settings.timesteps
        if len(origins) and origins.min() < timesteps - 1:
            raise DataError(
                f"Each origin needs {timesteps} rows up to it (`timesteps`); the first has "
                f"{origins.min() + 1}. Start at a later row."
            )
        windows = Windows(series, timesteps, horizon, origins)
        blocks = [
            self._ahead(windows.inputs(slice(start, start + ROWS_AT_ONCE)), horizon)
            for start in range(0, len(origins), ROWS_AT_ONCE)
        ]
        return np.concatenate(blocks) if blocks else np.empty((0, horizon))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write settings, weights, history and the last rows to one file, whole or not at all.

        Args:
            path: the file, usually `….safetensors`.

        Raises:
            NotFittedError: `fit` was not called.
            ArchiveError: the file cannot be written.
        """
        from forecast.models.persistence import save_forecaster

        save_forecaster(path, self.settings, self.learned())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a forecaster that `save` wrote; it forecasts the same, to the bit.

        Raises:
            ArchiveError: the file is missing, broken or holds something else.
        """
        from forecast.models.persistence import load_forecaster

        settings, fitted = load_forecaster(path)
        forecaster = cls(**vars(settings))
        forecaster.fitted_ = fitted
        return forecaster

    def learned(self) -> Fitted:
        """Return what `fit` learned.

        Raises:
            NotFittedError: `fit` was not called.
        """
        if self.fitted_ is None:
            raise NotFittedError(f"This {self.label} forecaster is not fitted. Call fit(y) first.")
        return self.fitted_

    def _ahead(self, inputs: Values, horizon: int) -> Values:
        """Forecast from windows (windows, timesteps); feed forecasts back beyond the horizon."""
        blocks: list[Values] = []
        for _ in range(-(-horizon // self.settings.horizon)):
            blocks.append(self._run()(inputs))
            inputs = np.concatenate((inputs, blocks[-1]), axis=1)[:, -self.settings.timesteps :]
        return np.concatenate(blocks, axis=1)[:, :horizon]

    def _run(self) -> Ahead:
        """Return the network's forecasts as a function, made ready once a fit."""
        fitted = self.learned()
        if self._ready is None or self._ready[0] is not fitted:
            self._ready = fitted, ahead_of(self._network(), fitted.parameters, fitted.scaler)
        return self._ready[1]

    def _network(self) -> Stack:
        """Return the layers, on the engine that fitted them."""
        fitted = self.learned().engine
        return self.settings.network(
            self.settings.chosen_engine() if fitted == "numba" else "numpy"
        )
