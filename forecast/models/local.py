"""One small network for each series of a panel: trained side by side, each on its own windows.

A series' first weights and the order of its windows depend on the seed and its own id alone, so
that it has the same network in whichever panel it stands.
"""

import time
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from forecast.data.panel import Id
from forecast.models.examples import WindowExamples
from forecast.models.settings import ForecasterSettings
from forecast.nn.arrays import Array
from forecast.nn.parameters import Parameters
from forecast.nn.stack import Stack
from forecast.training.history import Epoch
from forecast.training.local import train_local
from forecast.training.settings import TrainingSettings
from forecast.training.trainer import Cancel

Failed = dict[int, str]

CANCELLED = "The training was stopped before it came to this series."


class LocalFit(NamedTuple):
    """The networks of all series.

    Attributes:
        weights: (series, size), in the order of `Parameters.flat`; zeros where there is no
            training to speak of, so that such a series repeats what its outputs are counted from.
        history: one record an epoch, the means over the series.
        failed: by the number of a series, why it has no trained network of its own.
        stopped_by: `epochs` or `cancel`.
    """

    weights: Array
    history: tuple[Epoch, ...]
    failed: Failed
    stopped_by: str


def fit_locally(
    settings: ForecasterSettings,
    network: Stack,
    examples: WindowExamples,
    training: TrainingSettings,
    number: int,
    cancel: Cancel | None,
) -> LocalFit:
    """Train one network for each series.

    Args:
        settings: of the forecaster.
        network: of every series.
        examples: of all series.
        training: how to train.
        number: of the members before this one, which moves the seed.
        cancel: asked now and then.
    """
    started, panel = time.perf_counter(), examples.reading.panel
    offsets = np.searchsorted(panel.which(examples.windows.origins), np.arange(len(panel) + 1))
    trained = train_local(
        network, examples, offsets, training,
        seed=settings.seed + number, keys=[key_of(one) for one in panel.ids],
        dtype=settings.dtype, cancel=cancel, threads=settings.threads,
    )  # fmt: skip
    weights = trained.weights
    weights[~trained.done] = 0
    failed = dict.fromkeys(np.flatnonzero(~trained.done).tolist(), CANCELLED) | trained.failed
    seconds = (time.perf_counter() - started) / training.epochs
    history = _history(trained.losses, training.learning_rate, seconds)
    return LocalFit(weights, history, failed, trained.stopped_by)


def key_of(one: Id) -> int:
    """Return the number that tells the randomness of a series apart."""
    return int.from_bytes(blake2b(str(one).encode(), digest_size=8).digest(), "little")


def first_of(network: Stack, weights: Array) -> Parameters:
    """Return the weights of the first series by name."""
    return Parameters(network.shapes(), weights[0])


def _history(losses: Array, rate: float, seconds: float) -> tuple[Epoch, ...]:
    found = []
    for epoch in range(losses.shape[1]):
        known = losses[np.isfinite(losses[:, epoch]), epoch]
        if len(known):
            loss = float(known.mean())
            found.append(Epoch(epoch + 1, loss, float("nan"), rate, float("nan"), seconds))
    return tuple(found)
