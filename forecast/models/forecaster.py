"""The recurrent forecaster: windows of a series in, the next rows out."""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Self

import pandas as pd

from forecast.checks import whole_number
from forecast.data.columns import SeriesLike
from forecast.data.panel import Panel, prepare_panel
from forecast.data.windows import steps_of
from forecast.models.contract import (
    Rows,
    check_last_windows,
    extended,
    forecast_frame,
    span_columns,
)
from forecast.models.fitted import FitProgress
from forecast.models.fitting import fit_network
from forecast.models.future import stalest, with_future
from forecast.models.intervals import checked_levels
from forecast.models.networks import Networks
from forecast.models.presets import takes_preset
from forecast.models.settings import QUANTILES, ForecasterSettings
from forecast.nn.optimizers import Optimizer
from forecast.training.trainer import Cancel


class Forecaster(Networks):
    """A recurrent network that forecasts a series, or many, from windows of them.

    Args:
        cell: `simple_rnn`, `gru` or `lstm`, in any spelling.
        preset: name of a recipe, `yearly`, `quarterly`, `monthly`, `weekly`, `daily` or `hourly`,
            whose settings count where none is given here; see `fc.preset`.
        timesteps: length of the input window, in rows, at least 1.
        hidden_units: size of each layer's hidden state, at least 1.
        horizon: rows ahead, at least 1.
        layers: recurrent layers, at least 1.
        dilations: one whole number a layer: its state comes from so many steps before (Chang et
            al., 2017, "Dilated recurrent neural networks"); None is 1 everywhere.
        residual_links: whether layers above the first add their input to their output.
        segment: rows of the window that make one step of the network, a divisor of `timesteps`
            (Lin et al., 2023, "SegRNN").
        decoder: `dense`, one linear head for all rows ahead, or `parallel`: each segment ahead is
            one step from the last state and a learned code of its position.
        activation: of the cell: `tanh`, `relu`, `linear` or `sigmoid`.
        reset_after: GRU only; where the reset gate acts, as in Keras.
        dropout: share of values dropped between layers in training, in [0, 1).
        strategy: `direct` forecasts all rows ahead at once, `recursive` one at a time, each fed
            back as if it had been observed.
        target: column to forecast, where a frame has several; None takes `y`, or the only one.
        past_covariates: columns known up to the origin; None takes all columns of numbers that
            are neither the target nor known in the future.
        future_covariates: columns that are also known for the rows to forecast.
        static: columns of a long frame that are the same in all rows of a series, such as its
            category; the head reads them, one number a value.
        calendar: features made of the timestamps, as sine and cosine: any of `hour`, `weekday`,
            `monthday`, `yearday`, `month`.
        transform: what is forecast, and turned back: `none` (the value itself), `difference`,
            `log`, `log_return`, or `log_where_positive` (the logarithm of those series that are
            above 0 throughout training); see `forecast.data.transforms`.
        seasonal_adjustment: `none`, `additive` or `multiplicative`: seasonal factors are taken
            out before and put back after; see `forecast.data.seasonal`.
        seasonal_test: whether a season is taken out of those series alone whose autocorrelation
            shows one and, if it is multiplicative, that are above 0; see `forecast.data.seasons`.
        seasonal_lags: rows, rising, such as (24, 168): each step of a window also holds the change
            from so many rows before, and the head reads the value so many rows before each row to
            forecast, or the last multiple of them that is known, and before the origin.
        residual: what the network's outputs are counted from: `none` (the shift of the scaling),
            `naive` (the last value), or `seasonal_naive` (the value a season before, or the mean
            of those at `seasonal_lags`).
        season: rows in a season, at least 2; None takes that of the frequency.
        frequency: of dated rows: a pandas alias, or the code of an exchange such as `XNYS`; None
            infers it. Rows that were made ready before keep theirs.
        scaling: `window` (each window by its own last value and spread), `root` (by its last
            value and the root of its spread), `level` (by its last value and mean size), `last` (by
            its last value alone), `standard`, `minmax` or `none`; the last three by the training
            rows of each series.
        gaps: `fill` reads filled values as inputs; `drop` leaves such windows out. Filled values
            are never scored.
        input_noise: standard deviation of noise that is added to scaled inputs in training.
        local: whether each series has a small network of its own; all are trained side by side.
        sampling: `windows` trains on every window once an epoch; `series` draws a series first
            and then one of its windows, so that all series count the same.
        recent: train only on windows whose targets begin within the last so many training rows of
            their series; None takes all.
        shortest: rows that a window of a panel has at least, the steps before them padded; None
            pads only those of series that are too short for a whole window.
        loss: `mse`, `mae`, `huber` or `pinball`, on the scaled values; `quantile` learns
            `quantiles`, `student_t` a distribution.
        tilt: of the loss `pinball`: the quantile that is forecast, in (0, 1).
        quantiles: of the loss `quantile`, rising, with 0.5, which is the forecast.
        epochs, steps_per_epoch, batch_size, learning_rate, optimizer, schedule, patience,
            clip_norm, average_epochs: see `forecast.training.settings.TrainingSettings`.
        validation: share of the rows that chooses the epoch, in [0, 1).
        calibration: share of the rows, after those, that measures intervals, in [0, 1).
        refit: whether to train once more on all rows after calibration, as many epochs as were
            best; intervals stay those measured before.
        record_gradients: whether to note after every epoch where the loss's gradient goes, see
            `fc.gradient_history`; not with `local`. It changes no weight, and costs some time.
        seed: of every source of randomness, at least 0.
        seeds: networks to train, with `seed`, `seed` + 1, …; their median is the forecast.
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

    @takes_preset
    def __init__(
        self,
        cell: str = "gru",
        *,
        preset: str | None = None,
        timesteps: int = 24,
        hidden_units: int = 64,
        horizon: int = 1,
        layers: int = 1,
        dilations: Sequence[int] | None = None,
        residual_links: bool = False,
        segment: int = 1,
        decoder: str = "dense",
        activation: str = "tanh",
        reset_after: bool = True,
        dropout: float = 0.0,
        strategy: str = "direct",
        target: str | None = None,
        past_covariates: Sequence[str] | None = None,
        future_covariates: Sequence[str] = (),
        static: Sequence[str] = (),
        calendar: Sequence[str] = (),
        transform: str = "none",
        seasonal_adjustment: str = "none",
        seasonal_test: bool = False,
        seasonal_lags: Sequence[int] = (),
        residual: str = "none",
        season: int | None = None,
        frequency: str | None = None,
        scaling: str = "window",
        gaps: str = "fill",
        input_noise: float = 0.0,
        local: bool = False,
        sampling: str = "windows",
        recent: int | None = None,
        shortest: int | None = None,
        loss: str = "mse",
        tilt: float = 0.5,
        quantiles: Sequence[float] = QUANTILES,
        epochs: int = 100,
        steps_per_epoch: int | None = None,
        batch_size: int = 32,
        learning_rate: float = 1e-3,
        optimizer: str | Optimizer = "adam",
        schedule: str = "constant",
        patience: int | None = 10,
        clip_norm: float | None = 1.0,
        average_epochs: int = 1,
        validation: float = 0.15,
        calibration: float = 0.15,
        refit: bool = False,
        record_gradients: bool = False,
        seed: int = 0,
        seeds: int = 1,
        engine: str = "auto",
        threads: int | None = None,
        dtype: str = "float32",
    ) -> None:
        # The signature is written out for editors and readers; a test holds it to the dataclass.
        given = {name: one for name, one in locals().items() if name not in ("self", "preset")}
        # Not `super()`, which would itself stand among the locals.
        Networks.__init__(self, ForecasterSettings(**given))

    def __repr__(self) -> str:
        default = vars(ForecasterSettings())
        changed = {name: v for name, v in vars(self.settings).items() if v != default[name]}
        shown = [repr(changed.pop("cell", self.settings.cell))]
        return f"Forecaster({', '.join(shown + [f'{k}={v!r}' for k, v in changed.items()])})"

    def clone(self) -> Self:
        """Return a forecaster with the same settings that is not fitted."""
        return type(self)(**vars(self.settings))

    def fit(
        self,
        y: Rows,
        *,
        on_epoch: Callable[[FitProgress], None] | None = None,
        cancel: Cancel | None = None,
    ) -> Self:
        """Learn from rows: the first train, later ones choose the epoch, the last calibrate.

        Args:
            y: a series, or a DataFrame of a target and covariates, see
                `forecast.data.series.prepare`, of at least timesteps + horizon training rows; or a
                long frame `unique_id, ds, y` of many series, which share the network.
            on_epoch: called after every epoch; it may forecast with the weights of that epoch.
            cancel: asked before every batch, such as a `threading.Event`; once set, training
                stops and keeps the best weights so far.

        Returns:
            The forecaster itself.

        Raises:
            DataError: the rows cannot be used as they are.
            TooFewRowsError: they are too few for the settings.
            EngineError: `engine='numba'` cannot be had here.
            NonFiniteLossError: training diverged; what was fitted before is kept.
        """
        settings = self.settings
        panel = prepare_panel(y, frequency=settings.frequency, columns=settings.columns())
        self.fitted_ = fit_network(settings, panel, on_epoch=on_epoch, cancel=cancel)
        return self

    def predict(
        self,
        horizon: int | None = None,
        *,
        level: float | Iterable[float] = (),
        data: SeriesLike | Panel | None = None,
        future: pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """Forecast the rows after the fitted ones, or after newer ones, without refitting.

        Args:
            horizon: rows ahead, at least 1; None is the fitted horizon. Beyond that, forecasts
                are fed back as inputs, in blocks of the fitted horizon.
            level: interval levels in percent, such as (80, 95); up to the fitted horizon.
            data: newer rows, as for `fit` or made ready; they must reach at least as far as the
                fitted ones, and may leave a gap after them. A gap is filled forward (in a
                business-day series, where a missing day is a holiday, it is not), unless the newer
                rows fill a window by themselves.
            future: the `future_covariates` of the rows to forecast, by `ds`; a network reads them
                for whole blocks of its fitted horizon, so a shorter one needs as many rows.

        Returns:
            Columns (`unique_id`,) `ds`, the cell's name, and for a level L `NAME-lo-L` and
            `NAME-hi-L`. Its `attrs` say how old the fit is: `fitted_to`, `last_row`,
            `rows_since_fit`.

        Raises:
            NotFittedError: `fit` was not called.
            SettingError: the horizon or a level is out of range, or a level needs more
                calibration windows than there are.
            DataError: `data` cannot be used after the fitted rows, or is too short; `future`
                does not hold what is needed.
        """
        fitted, settings = self.learned(), self.settings
        steps = settings.horizon if horizon is None else whole_number("horizon", horizon)
        levels = checked_levels(level)
        panel = extended(fitted.tail, data, self._columns(), settings.kept(fitted.tail.flat.season))
        needed = 1 if panel.long else settings.memory
        check_last_windows(panel, settings.timesteps, needed, settings.gaps)
        rows = settings.rows_read(steps)
        grown = with_future(panel, rows, future, settings.future_covariates)
        spans = self._forecasts().spans(grown, grown.ends - rows, steps, levels)
        ahead = grown.flat.index[steps_of(grown.ends - rows, steps).ravel()]
        frame = forecast_frame(panel, ahead, span_columns(self.label, spans, levels))
        frame.attrs = stalest(fitted.tail, panel)
        return frame

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
