"""Losses and metrics by Keras' names.

A metric has a value at every place that a loss scores, and its mean over the places is shown.

    mae, mse       of every prediction
    rmse           root of the mean of the squares
    accuracy       share of the places whose class is right: above 0.5 for one probability, the
                   largest for a row of classes
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from forecast.checks import one_of
from forecast.errors import SettingError, ShapeError
from forecast.nn.arrays import Array, Mask
from forecast.nn.losses import ALL_LOSSES, CLASSIFICATION

LONG_NAMES = {
    "mean_squared_error": "mse",
    "mean_absolute_error": "mae",
    "root_mean_squared_error": "rmse",
    "huber_loss": "huber",
    "acc": "accuracy",
    "binary_accuracy": "accuracy",
    "categorical_accuracy": "accuracy",
    "sparse_categorical_accuracy": "accuracy",
}

OfPlaces = Callable[[Array, Array], Array]


def loss_named(given: object) -> str:
    """Return the name of a loss as `forecast.nn` knows it.

    Raises:
        SettingError: there is no such loss.
    """
    name = str(given).lower() if isinstance(given, str) else given
    return one_of("loss", LONG_NAMES.get(str(name), name), ALL_LOSSES)


def _right(loss: str) -> OfPlaces:
    """Return what says where a class is right, for the targets of a loss."""
    kind = CLASSIFICATION.get(loss)

    def right(target: Array, prediction: Array) -> Array:
        if kind is not None and kind.by_class:
            found = prediction.argmax(axis=-1)
            return np.asarray(found == (target if kind.numbered else target.argmax(axis=-1)), float)
        return np.asarray((prediction > 0.5) == (target > 0.5), float)

    return right


class Metric(NamedTuple):
    """What is shown beside the loss.

    Attributes:
        name: as shown.
        of_places: returns its values for targets and predictions.
        end: of the mean over all places.
        named: whether the name alone brings it back.
    """

    name: str
    of_places: OfPlaces
    end: Callable[[float], float] = float
    named: bool = True


PLAIN: dict[str, tuple[OfPlaces, Callable[[float], float]]] = {
    "mae": (lambda target, prediction: np.abs(prediction - target), float),
    "mse": (lambda target, prediction: (prediction - target) ** 2, float),
    "rmse": (lambda target, prediction: (prediction - target) ** 2, lambda mean: float(mean**0.5)),
}


def metrics_named(given: Sequence[Any] | None, loss: str) -> tuple[Metric, ...]:
    """Return metrics from names, or from functions of targets and predictions.

    Raises:
        SettingError: there is no such metric.
    """
    found = []
    for one in (given,) if isinstance(given, str) else given or ():
        if callable(one):
            found.append(Metric(getattr(one, "__name__", "metric"), one, named=False))
            continue
        name = LONG_NAMES.get(str(one).lower(), one)
        one_of("metrics", name, (*PLAIN, "accuracy"))
        if name == "accuracy":
            found.append(Metric(str(one), _right(loss)))
        else:
            of_places, end = PLAIN[name]
            found.append(Metric(str(one), of_places, end))
    names = [metric.name for metric in found]
    if len(set(names)) < len(names):
        raise SettingError(f"`metrics` must have unique names; got {names}. Leave one out.")
    return tuple(found)


class Tally:
    """Means of metrics over batches.

    Args:
        metrics: to take.
    """

    def __init__(self, metrics: tuple[Metric, ...]) -> None:
        self._metrics = metrics
        self._sums, self._counts = [0.0] * len(metrics), [0] * len(metrics)

    def add(self, target: Array, prediction: Array, observed: Mask | None) -> None:
        """Take a batch; places that are not observed do not count.

        Raises:
            ShapeError: a metric of one's own returned another shape.
        """
        for number, metric in enumerate(self._metrics):
            values = np.asarray(metric.of_places(target, prediction), np.float64)
            if observed is not None:
                if observed.shape[: values.ndim] != values.shape:
                    raise ShapeError(
                        f"The metric {metric.name!r} must return a value a place, of shape "
                        f"{observed.shape}, where steps are padded; got {values.shape}. Take no "
                        "mean in it."
                    )
                values = values[observed if observed.ndim == values.ndim else observed.any(-1)]
            self._sums[number] += float(values.sum())
            self._counts[number] += values.size

    def means(self) -> dict[str, float]:
        """Return the metrics by name; NaN where no place counted."""
        return {
            metric.name: metric.end(total / count) if count else float("nan")
            for metric, total, count in zip(self._metrics, self._sums, self._counts, strict=True)
        }
