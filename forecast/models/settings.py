"""The settings of a `Forecaster`, and the network and training they describe."""

from dataclasses import dataclass

from forecast.checks import one_of, real_number, whole_number
from forecast.data.columns import Columns
from forecast.data.features import width
from forecast.data.frequency import checked_frequency
from forecast.data.scaling import SCALINGS
from forecast.data.seasonal import ADJUSTMENTS
from forecast.data.splits import check_shares
from forecast.data.transforms import TRANSFORMS, differs
from forecast.data.windows import GAPS
from forecast.errors import SettingError
from forecast.kernels.engine import ENGINES, chosen_engine, ready_engine
from forecast.models.architecture import check_architecture, kernels, network
from forecast.models.setting_checks import (
    DECODERS,
    FURTHEST,
    RESIDUALS,
    SAMPLINGS,
    check_columns,
    check_local,
    dilations_of,
    lags,
    names,
)
from forecast.nn.cells import cell_named
from forecast.nn.head_losses import HEAD_LOSSES, width_of
from forecast.nn.losses import LOSSES, PINBALL
from forecast.nn.optimizers import Optimizer
from forecast.nn.stack import Stack
from forecast.training.settings import TrainingSettings

PRECISIONS = ("float32", "float64")
STRATEGIES = ("direct", "recursive")
FORECAST_LOSSES = (*LOSSES, PINBALL, *HEAD_LOSSES)
TRAINING = (
    "epochs", "steps_per_epoch", "batch_size", "learning_rate", "patience", "clip_norm",
    "average_epochs", "quantiles", "tilt",
)  # fmt: skip
SWITCHES = (
    "reset_after", "refit", "residual_links", "seasonal_test", "local", "record_gradients",
)  # fmt: skip
QUANTILES = (0.025, 0.1, 0.5, 0.9, 0.975)


@dataclass(frozen=True)
class ForecasterSettings:
    """Settings of a `Forecaster`, described there and checked when built.

    Raises:
        SettingError: a setting lies outside its range or choices.
    """

    cell: str = "gru"
    timesteps: int = 24
    hidden_units: int = 64
    horizon: int = 1
    layers: int = 1
    dilations: tuple[int, ...] | None = None
    residual_links: bool = False
    segment: int = 1
    decoder: str = "dense"
    activation: str = "tanh"
    reset_after: bool = True
    dropout: float = 0.0
    strategy: str = "direct"
    target: str | None = None
    past_covariates: tuple[str, ...] | None = None
    future_covariates: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    calendar: tuple[str, ...] = ()
    transform: str = "none"
    seasonal_adjustment: str = "none"
    seasonal_test: bool = False
    seasonal_lags: tuple[int, ...] = ()
    residual: str = "none"
    season: int | None = None
    frequency: str | None = None
    scaling: str = "window"
    gaps: str = "fill"
    input_noise: float = 0.0
    local: bool = False
    sampling: str = "windows"
    recent: int | None = None
    shortest: int | None = None
    loss: str = "mse"
    tilt: float = 0.5
    quantiles: tuple[float, ...] = QUANTILES
    epochs: int = 100
    steps_per_epoch: int | None = None
    batch_size: int = 32
    learning_rate: float = 1e-3
    optimizer: str | Optimizer = "adam"
    schedule: str = "constant"
    patience: int | None = 10
    clip_norm: float | None = 1.0
    average_epochs: int = 1
    validation: float = 0.15
    calibration: float = 0.15
    refit: bool = False
    record_gradients: bool = False
    seed: int = 0
    seeds: int = 1
    engine: str = "auto"
    threads: int | None = None
    dtype: str = "float32"

    def __post_init__(self) -> None:
        self._keep("cell", cell_named(self.cell).name)
        whole = ("timesteps", "hidden_units", "horizon", "layers", "seeds", "segment")
        for name in whole:
            self._keep(name, whole_number(name, getattr(self, name)))
        self._keep("seed", whole_number("seed", self.seed, least=0))
        choices = {
            "scaling": SCALINGS, "gaps": GAPS, "engine": ENGINES, "dtype": PRECISIONS,
            "loss": FORECAST_LOSSES, "strategy": STRATEGIES, "transform": TRANSFORMS,
            "seasonal_adjustment": ADJUSTMENTS, "sampling": SAMPLINGS, "residual": RESIDUALS,
            "decoder": DECODERS,
        }  # fmt: skip
        for name, allowed in choices.items():
            one_of(name, getattr(self, name), allowed)
        shares = check_shares(validation=self.validation, calibration=self.calibration)
        dropout = real_number("dropout", self.dropout, least=0, below=1)
        for name, value in {**shares, "dropout": dropout}.items():
            self._keep(name, value)
        self._keep("input_noise", real_number("input_noise", self.input_noise, least=0))
        for name in SWITCHES:
            if not isinstance(getattr(self, name), bool):
                raise SettingError(f"`{name}` must be True or False; got {getattr(self, name)!r}.")
        for name in ("threads", "recent", "shortest"):
            if getattr(self, name) is not None:
                self._keep(name, whole_number(name, getattr(self, name)))
        if self.engine == "numba" and self.dtype != "float32":
            raise SettingError(
                f"`engine='numba'` computes in float32; got dtype={self.dtype!r}. Use "
                "dtype='float32', or engine='numpy'."
            )
        self._check_rows()
        self._check_columns()
        check_architecture(self)
        check_local(self)
        self.network()
        training = self.training()
        for name in TRAINING:
            self._keep(name, getattr(training, name))

    def _check_rows(self) -> None:
        """Check what is said of the rows."""
        if self.season is not None:
            self._keep("season", whole_number("season", self.season, least=2, most=FURTHEST))
        if self.frequency is not None:
            self._keep("frequency", checked_frequency(self.frequency))

    def _check_columns(self) -> None:
        """Keep the names of columns as tuples, each once, and lags and dilations."""
        for name in ("past_covariates", "future_covariates", "static", "calendar"):
            if getattr(self, name) is not None:
                self._keep(name, names(name, getattr(self, name)))
        self._keep("seasonal_lags", lags(self.seasonal_lags))
        self._keep("dilations", dilations_of(self.dilations, self.layers))
        check_columns(self)

    def _keep(self, name: str, value: object) -> None:
        """Keep a checked value as a plain number: NumPy's would not go into a file."""
        object.__setattr__(self, name, value)

    def chosen_engine(self) -> str:
        """Return the engine to compute with, ready; it may have to be compiled first.

        Raises:
            EngineError: `numba` was asked for and cannot be had.
        """
        return chosen_engine(self.engine, self.dtype, self._kernels())

    def ready_engine(self) -> str:
        """Return the engine that would compute now, without waiting for a compile."""
        return ready_engine(self.engine, self.dtype, self._kernels())

    def _kernels(self) -> tuple[str, ...]:
        return kernels(self)

    @property
    def block(self) -> int:
        """Rows ahead that one pass of the network forecasts."""
        return 1 if self.strategy == "recursive" else self.horizon

    def rows_read(self, steps: int) -> int:
        """Return the rows ahead whose covariates are read to forecast so many: whole blocks."""
        return -(-steps // self.block) * self.block if self.future_covariates else steps

    @property
    def head_width(self) -> int:
        """Numbers that the network puts out for each row ahead."""
        return width_of(self.loss, self.quantiles)

    @property
    def memory(self) -> int:
        """Rows that a forecast needs of a series."""
        return self.timesteps + int(differs(self.transform))

    def kept(self, season: int) -> int:
        """Return the rows that a forecast reads of a series where it has as many.

        Args:
            season: rows in a season of their frequency.
        """
        steps = self.memory + max(self.seasonal_lags, default=0)
        return max(steps, self.season or season) if self.residual == "seasonal_naive" else steps

    def columns(self) -> Columns:
        """Return which columns of a frame are read."""
        if self.past_covariates is None:
            return Columns(self.target, None, self.future_covariates, self.static)
        named = (*self.past_covariates, *self.future_covariates)
        return Columns(self.target, named, static=self.static)

    @property
    def beside(self) -> int:
        """Numbers that the head reads beside the last state: what was known at each lag.

        A dense head also reads the level at the origin then, and whether there was one.
        """
        more = 2 if self.decoder == "dense" else 0
        return len(self.seasonal_lags) * (self.block + more)

    def input_dim(self, past: int | None = None, kinds: int = 0) -> int:
        """Return the numbers that a step of a window holds.

        Args:
            past: number of past covariates; None counts those named.
            kinds: values of all static columns.
        """
        many = len(self.past_covariates or ()) if past is None else past
        known, calendar = len(self.future_covariates), 2 * len(self.calendar)
        own = 1 + len(self.seasonal_lags)
        return own + width(many, known, calendar, self.block) + kinds

    def network(self, engine: str = "numpy", past: int | None = None, kinds: int = 0) -> Stack:
        """Return the network: recurrent layers, dropout between them, a head for all rows ahead.

        Args:
            engine: of the recurrent layers.
            past: see `input_dim`.
            kinds: see there.
        """
        return network(self, engine, past, kinds)

    def training(self) -> TrainingSettings:
        """Return how the network is trained."""
        return TrainingSettings(
            loss=self.loss,
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            optimizer=self.optimizer,
            schedule=self.schedule,
            patience=self.patience,
            clip_norm=self.clip_norm,
            quantiles=self.quantiles,
            tilt=self.tilt,
            steps_per_epoch=self.steps_per_epoch,
            average_epochs=self.average_epochs,
        )
