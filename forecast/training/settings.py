"""How a network is trained."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import SupportsFloat

from forecast.checks import one_of, real_number, whole_number
from forecast.errors import SettingError
from forecast.nn.head_losses import HEAD_LOSSES
from forecast.nn.losses import ALL_LOSSES, PINBALL
from forecast.nn.optimizers import UPDATES, Optimizer
from forecast.training.schedules import SCHEDULES


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of one training, checked when built.

    Attributes:
        loss: `mse`, `mae`, `huber` or `pinball`; for classes one of the cross-entropies, see
            `forecast.nn.losses`; for a distribution `quantile` or `student_t`, whose heads give
            several numbers a target, see `forecast.nn.head_losses`.
        epochs: passes over the training examples, at least 1.
        batch_size: examples in one update, at least 1.
        learning_rate: first learning rate, above 0.
        optimizer: `adam`, `rmsprop`, `sgd`, or an `Optimizer` with constants of one's own.
        schedule: `constant`, `cosine` (falls to 0 over all epochs) or `plateau` (halves after
            epochs without improvement of the validation loss).
        patience: stop after so many epochs without a better validation loss and take the best
            weights back; None trains all epochs and keeps the last weights.
        clip_norm: limit of the gradient's global norm, above 0; None does not clip.
        shuffle: draw a new order of the examples for every epoch.
        quantiles: that the loss `quantile` learns, growing, between 0 and 1, with the median 0.5,
            which is the point forecast; other losses do not read them.
        tilt: the quantile that the loss `pinball` learns, between 0 and 1; at 0.5 it is half of
            `mae`. Other losses do not read it.
        average_epochs: keep the mean of the weights after the last so many epochs, at least 1 and
            at most `epochs`; above 1 only with `patience=None`, as patience keeps one epoch's.
        steps_per_epoch: batches in an epoch, at least 1; None takes as many as hold every example
            once.

    Raises:
        SettingError: a setting lies outside its range.
    """

    loss: str = "mse"
    epochs: int = 100
    batch_size: int = 32
    learning_rate: float = 1e-3
    optimizer: str | Optimizer = "adam"
    schedule: str = "constant"
    patience: int | None = 10
    clip_norm: float | None = 1.0
    shuffle: bool = True
    quantiles: tuple[float, ...] = (0.025, 0.1, 0.5, 0.9, 0.975)
    tilt: float = 0.5
    average_epochs: int = 1
    steps_per_epoch: int | None = None

    def __post_init__(self) -> None:
        one_of("loss", self.loss, (*ALL_LOSSES, PINBALL, *HEAD_LOSSES))
        one_of("schedule", self.schedule, SCHEDULES)
        if not isinstance(self.optimizer, Optimizer):
            one_of("optimizer", self.optimizer, UPDATES)
        checked: dict[str, object] = {
            "epochs": whole_number("epochs", self.epochs),
            "batch_size": whole_number("batch_size", self.batch_size),
            "learning_rate": real_number("learning_rate", self.learning_rate, above=0),
            "quantiles": checked_quantiles(self.quantiles),
            "tilt": real_number("tilt", self.tilt, above=0, below=1),
            "average_epochs": whole_number("average_epochs", self.average_epochs),
        }
        if self.steps_per_epoch is not None:
            checked["steps_per_epoch"] = whole_number("steps_per_epoch", self.steps_per_epoch)
        if self.patience is not None:
            checked["patience"] = whole_number("patience", self.patience)
        if self.clip_norm is not None:
            checked["clip_norm"] = real_number("clip_norm", self.clip_norm, above=0)
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        self._check_average()
        if self.schedule == "plateau" and self.patience is not None and self.patience < 2:
            raise SettingError(
                "`patience` must be at least 2 with `schedule='plateau'`, which halves the rate "
                f"after half of it; got {self.patience}."
            )

    def _check_average(self) -> None:
        if self.average_epochs > 1 and self.patience is not None:
            raise SettingError(
                f"`average_epochs` above 1 needs `patience=None`, as patience keeps the weights "
                f"of one epoch; got {self.average_epochs} and patience {self.patience}. Use "
                "`patience=None`, or `average_epochs=1`."
            )
        if self.average_epochs > self.epochs:
            raise SettingError(
                f"`average_epochs` must be at most `epochs`; got {self.average_epochs} for "
                f"{self.epochs} epochs. Use {self.epochs} or fewer."
            )

    @property
    def loss_quantiles(self) -> tuple[float, ...]:
        """The quantiles that the loss reads: the tilt for `pinball`."""
        return (self.tilt,) if self.loss == PINBALL else self.quantiles

    def made_optimizer(self) -> Optimizer:
        """Return the optimizer as a record."""
        return (
            self.optimizer if isinstance(self.optimizer, Optimizer) else Optimizer(self.optimizer)
        )


def batch_rates(
    settings: TrainingSettings, batches: int, epoch: int, plateaus: int = 0
) -> list[float]:
    """Return the learning rate of each of so many batches of an epoch, which counts from 1."""
    schedule, base = SCHEDULES[settings.schedule], settings.learning_rate
    done, total = (epoch - 1) * batches, settings.epochs * batches
    return [schedule(base, done + number, total, plateaus) for number in range(batches)]


def checked_quantiles(given: object) -> tuple[float, ...]:
    """Return quantiles as a tuple of floats.

    Raises:
        SettingError: there is none, one lies outside (0, 1), they do not grow, or 0.5 is missing.
    """
    values = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [None]
    found = [
        float(value)
        if isinstance(value, SupportsFloat) and not isinstance(value, bool)
        else math.nan
        for value in values
    ]
    inside = all(0 < value < 1 for value in found)
    growing = all(low < high for low, high in pairwise(found))
    if not (inside and growing and 0.5 in found):
        raise SettingError(
            "`quantiles` must be numbers above 0 and below 1, each above the one before, with 0.5, "
            f"the point forecast, among them; got {given!r}. Use some such as (0.1, 0.5, 0.9)."
        )
    return tuple(found)
