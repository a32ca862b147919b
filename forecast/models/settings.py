"""The settings of a `Forecaster`, and the network and training they describe."""

from dataclasses import dataclass

from forecast.checks import one_of, real_number, whole_number
from forecast.data.scaling import SCALINGS
from forecast.data.splits import check_shares
from forecast.data.windows import GAPS
from forecast.errors import SettingError
from forecast.kernels.engine import ENGINES, chosen_engine, kernels_of, ready_engine
from forecast.nn.cell import CellOptions
from forecast.nn.cells import cell_named
from forecast.nn.dense import Dense
from forecast.nn.dropout import Dropout
from forecast.nn.losses import LOSSES
from forecast.nn.optimizers import Optimizer
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import Stack, recurrent_network
from forecast.training.settings import TrainingSettings

PRECISIONS = ("float32", "float64")


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
    activation: str = "tanh"
    reset_after: bool = True
    dropout: float = 0.0
    scaling: str = "window"
    gaps: str = "fill"
    loss: str = "mse"
    epochs: int = 100
    batch_size: int = 32
    learning_rate: float = 1e-3
    optimizer: str | Optimizer = "adam"
    schedule: str = "constant"
    patience: int | None = 10
    clip_norm: float | None = 1.0
    validation: float = 0.15
    calibration: float = 0.15
    seed: int = 0
    engine: str = "auto"
    threads: int | None = None
    dtype: str = "float32"

    def __post_init__(self) -> None:
        self._keep("cell", cell_named(self.cell).name)
        for name in ("timesteps", "hidden_units", "horizon", "layers"):
            self._keep(name, whole_number(name, getattr(self, name)))
        self._keep("seed", whole_number("seed", self.seed, least=0))
        choices = {
            "scaling": SCALINGS, "gaps": GAPS, "engine": ENGINES, "dtype": PRECISIONS,
            "loss": LOSSES,
        }  # fmt: skip
        for name, allowed in choices.items():
            one_of(name, getattr(self, name), allowed)
        shares = check_shares(validation=self.validation, calibration=self.calibration)
        dropout = real_number("dropout", self.dropout, least=0, below=1)
        for name, value in {**shares, "dropout": dropout}.items():
            self._keep(name, value)
        if not isinstance(self.reset_after, bool):
            raise SettingError(f"`reset_after` must be True or False; got {self.reset_after!r}.")
        if self.threads is not None:
            self._keep("threads", whole_number("threads", self.threads))
        if self.engine == "numba" and self.dtype != "float32":
            raise SettingError(
                f"`engine='numba'` computes in float32; got dtype={self.dtype!r}. Use "
                "dtype='float32', or engine='numpy'."
            )
        self.network()
        training = self.training()
        for name in ("epochs", "batch_size", "learning_rate", "patience", "clip_norm"):
            self._keep(name, getattr(training, name))

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
        return kernels_of(self.cell, reset_after=self.reset_after)

    def network(self, engine: str = "numpy") -> Stack:
        """Return the network: recurrent layers, dropout between them, one output a step ahead."""
        options = CellOptions(activation=self.activation, reset_after=self.reset_after)
        recurrent = tuple(
            Recurrent(self.cell, self.hidden_units, k < self.layers, options, engine)
            for k in range(1, self.layers + 1)
        )
        between = Dropout(self.dropout)
        return recurrent_network(recurrent, Dense(self.horizon), dropout=between, input_dim=1)

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
        )
