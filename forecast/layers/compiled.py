"""How a model is trained: what `compile` was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from forecast.errors import SettingError
from forecast.layers.metrics import Metric, loss_named, metrics_named
from forecast.layers.optimizers import RatedOptimizer, optimizer_named
from forecast.training.settings import TrainingSettings


@dataclass(frozen=True)
class Compiled:
    """Optimizer, loss and metrics.

    Attributes:
        optimizer: with its learning rate.
        loss: as `forecast.nn.losses` names it.
        metrics: to show beside it.
    """

    optimizer: RatedOptimizer
    loss: str
    metrics: tuple[Metric, ...]

    @classmethod
    def named(cls, optimizer: Any, loss: Any, metrics: Sequence[Any] | None) -> Self:
        """Return what names stand for.

        Raises:
            SettingError: there is no such optimizer, loss or metric.
        """
        if loss is None:
            raise SettingError('`loss` must be given. Write compile("adam", loss="mse").')
        name = loss_named(loss)
        return cls(optimizer_named(optimizer), name, metrics_named(metrics, name))

    def settings(self, *, epochs: int, batch_size: int, shuffle: bool) -> TrainingSettings:
        """Return the settings of one training."""
        return TrainingSettings(
            loss=self.loss,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=self.optimizer.learning_rate,
            optimizer=self.optimizer.constants(),
            patience=None,
            clip_norm=self.optimizer.global_clipnorm,
            shuffle=shuffle,
        )
