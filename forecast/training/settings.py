"""How a network is trained."""

from dataclasses import dataclass

from forecast.checks import one_of, real_number, whole_number
from forecast.errors import SettingError
from forecast.nn.losses import ALL_LOSSES
from forecast.nn.optimizers import UPDATES, Optimizer
from forecast.training.schedules import SCHEDULES


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of one training, checked when built.

    Attributes:
        loss: `mse`, `mae` or `huber`; for classes one of the cross-entropies, see
            `forecast.nn.losses`.
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

    def __post_init__(self) -> None:
        one_of("loss", self.loss, ALL_LOSSES)
        one_of("schedule", self.schedule, SCHEDULES)
        if not isinstance(self.optimizer, Optimizer):
            one_of("optimizer", self.optimizer, UPDATES)
        checked: dict[str, object] = {
            "epochs": whole_number("epochs", self.epochs),
            "batch_size": whole_number("batch_size", self.batch_size),
            "learning_rate": real_number("learning_rate", self.learning_rate, above=0),
        }
        if self.patience is not None:
            checked["patience"] = whole_number("patience", self.patience)
        if self.clip_norm is not None:
            checked["clip_norm"] = real_number("clip_norm", self.clip_norm, above=0)
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if self.schedule == "plateau" and self.patience is not None and self.patience < 2:
            raise SettingError(
                "`patience` must be at least 2 with `schedule='plateau'`, which halves the rate "
                f"after half of it; got {self.patience}."
            )

    def made_optimizer(self) -> Optimizer:
        """Return the optimizer as a record."""
        return (
            self.optimizer if isinstance(self.optimizer, Optimizer) else Optimizer(self.optimizer)
        )
