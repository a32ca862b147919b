"""Our own side: three functions that hand out what the worker times.

Shapes: x (windows, timesteps, features), y (windows, 1).
"""

from collections.abc import Callable
from functools import partial
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from benchmarks.choices import Choice
from benchmarks.points import Point
from forecast.kernels.threads import cores
from forecast.nn.dense import Dense
from forecast.nn.fused import runner
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import Stack, recurrent_network
from forecast.training.examples import ArrayExamples
from forecast.training.settings import TrainingSettings
from forecast.training.steps import Steps, steps_of

Array = NDArray[np.float32]


def _network(cell: str, units: int, features: int) -> Stack:
    layer = Recurrent(cell, units, engine="numba")
    return recurrent_network((layer,), Dense(1), dropout=None, input_dim=features)


def _examples(windows: int, timesteps: int, features: int) -> tuple[Array, Array]:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(windows, timesteps, features)).astype(np.float32)
    return x, generator.normal(size=(windows, 1)).astype(np.float32)


def _steps(
    cell: str,
    units: int,
    timesteps: int,
    batch: int,
    features: int,
    windows: int,
    threads: int | None,
) -> Steps:
    """Return the weights in training, as inside a fit."""
    network = _network(cell, units, features)
    return steps_of(
        network,
        network.init(np.random.default_rng(0)),
        ArrayExamples(*_examples(windows, timesteps, features)),
        TrainingSettings(batch_size=batch, clip_norm=None),
        np.random.default_rng(0),
        threads,
    )


def prepare_step(
    cell: str, units: int, timesteps: int, batch: int, features: int, threads: int | None = 1
) -> Callable[[int], None]:
    """Return what takes so many training steps, each a call of its own: forward, backward, Adam."""
    steps = _steps(cell, units, timesteps, batch, features, batch, threads)
    order, rates = np.arange(batch), np.full(1, 1e-3)

    def run(count: int) -> None:
        for _ in range(count):
            steps.take(order, rates)

    return run


def prepare_epoch(
    cell: str,
    units: int,
    timesteps: int,
    batch: int,
    features: int,
    windows: int,
    threads: int | None = 1,
) -> Callable[[], None]:
    """Return what trains one epoch of shuffled batches, without clipping."""
    steps = _steps(cell, units, timesteps, batch, features, windows, threads)
    shuffle, rates = np.random.default_rng(0), np.full(-(-windows // batch), 1e-3)

    def run() -> None:
        steps.take(shuffle.permutation(windows), rates)

    return run


def prepare_latency(cell: str, units: int, timesteps: int) -> Callable[[Array], Array]:
    """Return what runs the network on one window, (1, timesteps, 1)."""
    network = _network(cell, units, 1)
    run = runner(network, network.init(np.random.default_rng(0)))
    run(np.zeros((1, timesteps, 1), np.float32))
    return run


def _by_threads(prepare: Callable[..., object], *given: object) -> list[Choice]:
    """Return a choice for one thread, for all cores, and for what a fit takes by itself."""
    fixed = [
        Choice(f"{count} thread{'s' * (count > 1)}", partial(prepare, *given, threads=count))
        for count in sorted({1, cores()})
    ]
    return [*fixed, Choice("by itself", partial(prepare, *given, threads=None))]


def step(point: Point) -> list[Choice]:
    """Return our ways of taking a step."""
    return _by_threads(prepare_step, *point)


def epoch(point: Point) -> list[Choice]:
    """Return our ways of training an epoch."""
    return _by_threads(prepare_epoch, *point, point.windows)


def latency(point: Point) -> list[Choice]:
    """Return our one way of running the network on a window."""
    prepare = partial(prepare_latency, point.cell, point.units, point.timesteps)
    return [Choice("1 thread", prepare)]


def versions() -> dict[str, str]:
    """Return the versions of what we stand on."""
    return {name: version(name) for name in ("numpy", "numba")}
