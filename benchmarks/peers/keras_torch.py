"""Keras on PyTorch: train_on_batch, fit, and a loop of one's own with fused Adam.

On a CPU Keras runs its recurrent layers there as a loop in Python, one thread being enough for it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from benchmarks.choices import Choice, Run
from benchmarks.peers import keras_models
from benchmarks.peers.data import examples
from benchmarks.peers.pytorch import THREADS, threads_name
from benchmarks.points import Point


def _trainer(point: Point, threads: int) -> Callable[[Any, Any], None]:
    model = keras_models.network(point)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7, fused=True)

    def train(x: Any, y: Any) -> None:
        adam.zero_grad()
        ((model(x, training=True) - y) ** 2).mean().backward()
        adam.step()

    torch.set_num_threads(threads)
    return train


def _step(point: Point, threads: int) -> Run:
    train = _trainer(point, threads)
    x, y = map(torch.from_numpy, examples(point.batch, point.timesteps, point.features))

    def run(count: int) -> None:
        torch.set_num_threads(threads)
        for _ in range(count):
            train(x, y)

    return run


def _epoch(point: Point, threads: int) -> Callable[[], object]:
    train = _trainer(point, threads)
    x, y = map(torch.from_numpy, examples(point.windows, point.timesteps, point.features))

    def run() -> None:
        torch.set_num_threads(threads)
        for chosen in torch.randperm(point.windows).split(point.batch):
            train(x[chosen], y[chosen])

    return run


def step(point: Point) -> list[Choice]:
    """Return the own loop with one and all threads, and train_on_batch."""
    return [
        *(Choice(f"own loop, {threads_name(n)}", partial(_step, point, n)) for n in THREADS),
        Choice("train_on_batch", partial(keras_models.train_on_batch, point, False)),
    ]


def epoch(point: Point) -> list[Choice]:
    """Return the own loop with one and all threads, and fit."""
    return [
        *(Choice(f"own loop, {threads_name(n)}", partial(_epoch, point, n)) for n in THREADS),
        Choice("fit", partial(keras_models.fit, point, False)),
    ]


def _latency(point: Point) -> Callable[[Any], Any]:
    torch.set_num_threads(1)
    model = keras_models.network(point)

    @torch.inference_mode()
    def run(window: Any) -> Any:
        return model(torch.from_numpy(window), training=False).numpy()

    return run


def latency(point: Point) -> list[Choice]:
    """Return the model's call, and predict_on_batch."""
    return [
        Choice("inference_mode", partial(_latency, point)),
        Choice("predict_on_batch", partial(keras_models.predict_on_batch, point)),
    ]


def versions() -> dict[str, str]:
    """Return the version of PyTorch."""
    return {"torch": torch.__version__}
