"""What is told after every epoch of a fit, and what a fit hands back."""

import math
from typing import TYPE_CHECKING, Any

from forecast.checks import one_of, real_number, whole_number
from forecast.errors import SettingError

if TYPE_CHECKING:
    from forecast.layers.sequential import Sequential

Logs = dict[str, float]


class Callback:
    """Base of callbacks, as in Keras; any of these may be left as it is.

    Attributes:
        model: in training; its weights are those after the epoch.
    """

    model: "Sequential"

    def set_model(self, model: "Sequential") -> None:
        """Take note of the model."""
        self.model = model

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Run before the first epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Run after an epoch, counted from 0; `logs` holds losses and metrics.

        `self.model.stop_training = True` ends the fit.
        """

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Run after the last epoch."""


class History(Callback):
    """What a fit brought.

    Attributes:
        epoch: numbers of the epochs, from 0.
        history: name of a loss or metric → its values, one an epoch.
        seconds: that the fit took.

    Example:
        >>> import forecast as fc
        >>> fc.History().history
        {}
    """

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}
        self.seconds = 0.0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Note an epoch."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class EarlyStopping(Callback):
    """Ends a fit once a loss or metric gets no better, as in Keras.

    Args:
        monitor: name of a loss or metric, such as `val_loss`.
        min_delta: what counts as better, at least 0.
        patience: epochs without improvement that are borne, at least 0.
        mode: `min`, `max`, or `auto`: `max` for accuracies.
        restore_best_weights: go back to the weights of the best epoch.

    Attributes:
        stopped_epoch: number of the epoch that ended the fit, from 0; 0 where none did.
        best_epoch: number of the best epoch, from 0.

    Raises:
        SettingError: an argument lies outside its range.

    Example:
        >>> import forecast as fc
        >>> fc.EarlyStopping(patience=5).monitor
        'val_loss'
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        min_delta: float = 0.0,
        patience: int = 0,
        mode: str = "auto",
        restore_best_weights: bool = False,
    ) -> None:
        self.monitor, self.patience = monitor, whole_number("patience", patience, least=0)
        self.min_delta = real_number("min_delta", min_delta, least=0)
        one_of("mode", mode, ("auto", "min", "max"))
        rises = mode == "max" or (mode == "auto" and "acc" in monitor)
        self._sign = -1.0 if rises else 1.0
        self.restore_best_weights = restore_best_weights
        self.on_train_begin()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget an earlier fit."""
        self.best, self.best_epoch, self.stopped_epoch = math.inf, 0, 0
        self._since, self._weights = 0, None  # type: int, list[Any] | None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """See whether this epoch is better.

        Raises:
            SettingError: there is no such loss or metric.
        """
        if self.monitor not in (logs or {}):
            raise SettingError(
                f"`monitor` must be one of {', '.join(logs or {})}; got {self.monitor!r}. Give "
                "validation_data or validation_split for the val_ ones."
            )
        value = self._sign * (logs or {})[self.monitor]
        if value < self.best - self.min_delta:
            self.best, self.best_epoch, self._since = value, epoch, 0
            if self.restore_best_weights:
                self._weights = self.model.get_weights()
            return
        self._since += 1
        if self._since >= self.patience and epoch > 0:
            self.model.stop_training, self.stopped_epoch = True, epoch

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Put the best weights back."""
        if self._weights is not None:
            self.model.set_weights(self._weights)


def checked_callbacks(given: Any) -> list[Any]:
    """Return callbacks as a list; a function of an epoch and its logs is one too.

    Raises:
        SettingError: something can be told nothing.
    """
    found = list(given) if isinstance(given, list | tuple) else [given] if given else []
    for one in found:
        if not callable(getattr(one, "on_epoch_end", one)):
            raise SettingError(
                f"`callbacks` must have a method on_epoch_end(epoch, logs), or be such a function; "
                f"got {one!r}."
            )
    return found


def tell(callbacks: list[Any], event: str, *arguments: Any) -> None:
    """Call a method of those callbacks that have it."""
    for one in callbacks:
        method = getattr(one, event, one if event == "on_epoch_end" and callable(one) else None)
        if method is not None:
            method(*arguments)
