"""What many small trainings cost: a network for each series, dilated layers, padded windows.

    python -m benchmarks.small_networks

prints microseconds of processor time an update, on one thread, the least of several rounds. The
first lines are those of the local SimpleRNN of the M4 organisers (6 units, 3 timesteps, one example
an update, 100 epochs).
"""

import time
from collections.abc import Callable

import numpy as np

from forecast.nn.blas import one_blas_thread
from forecast.nn.dense import Dense
from forecast.nn.dilation import Dilated
from forecast.nn.recurrent import Recurrent
from forecast.nn.residual import Residual
from forecast.nn.stack import Stack, recurrent_network
from forecast.training.examples import ArrayExamples
from forecast.training.local import train_local
from forecast.training.settings import TrainingSettings
from forecast.training.steps import steps_of

SERIES, WINDOWS, EPOCHS, ROUNDS = 100, 28, 100, 5
BATCHES = 8


def network(cell: str, units: int, horizon: int, dilations: tuple[int, ...] = (1,)) -> Stack:
    """Return dilated layers, linked above the first, under a linear head."""
    layers: list[Recurrent | Dilated | Residual] = []
    for number, dilation in enumerate(dilations):
        more = number < len(dilations) - 1
        plain = Recurrent(cell, units, more, engine="numba")
        layer = Dilated(plain, dilation) if dilation > 1 else plain
        layers.append(Residual(layer) if number > 0 and max(dilations) > 1 else layer)
    return recurrent_network(tuple(layers), Dense(horizon), dropout=None, input_dim=1)


def drawn(count: int, timesteps: int, horizon: int, *, padded: bool = False) -> ArrayExamples:
    """Draw examples; padded ones miss up to three quarters of their steps, in front."""
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(count, timesteps, 1)).astype(np.float32)
    targets = generator.normal(size=(count, horizon)).astype(np.float32)
    missing = generator.integers(0, timesteps * 3 // 4, count)[:, None]
    return ArrayExamples(inputs, targets, np.arange(timesteps) >= missing if padded else None)


def least(run: Callable[[], object], updates: int) -> float:
    """Return the microseconds of an update in the fastest round."""
    rounds = []
    for _ in range(ROUNDS + 1):  # the first one makes ready
        started = time.process_time()
        run()
        rounds.append(time.process_time() - started)
    return min(rounds) / updates * 1e6


def local(cell: str, horizon: int) -> float:
    """Return the microseconds of an update of many networks, one after another."""
    stack, examples = network(cell, 6, horizon), drawn(SERIES * WINDOWS, 3, horizon)
    told = TrainingSettings(batch_size=1, epochs=EPOCHS, patience=None, optimizer="rmsprop")
    offsets = np.arange(SERIES + 1) * WINDOWS
    updates = SERIES * WINDOWS * EPOCHS
    return least(lambda: train_local(stack, examples, offsets, told, threads=1), updates)


def whole(stack: Stack, timesteps: int, batch: int, *, padded: bool = False) -> float:
    """Return the microseconds of an update of one network."""
    generator, told = np.random.default_rng(0), TrainingSettings(batch_size=batch)
    examples = drawn(BATCHES * batch, timesteps, 6, padded=padded)
    steps = steps_of(stack, stack.init(generator), examples, told, generator, 1)
    order, rates = np.arange(len(examples)), np.full(BATCHES, 1e-3)
    with one_blas_thread():
        return least(lambda: steps.take(order, rates), BATCHES)


def main() -> None:
    """Print all figures."""
    for cell in ("simple_rnn", "gru", "lstm"):
        for horizon in (1, 6):
            print(f"local {cell}, 6 units, horizon {horizon}: {local(cell, horizon):.2f}")
    gru = network("gru", 128, 6)
    for padded in (False, True):
        name, time_of = "padded" if padded else "whole", whole(gru, 32, 256, padded=padded)
        print(f"gru, 128 units, 32 timesteps, batch 256, {name} windows: {time_of:.0f}")
    for dilations in ((1, 1), (2, 4)):
        stack = network("lstm", 32, 6, dilations)
        print(f"lstm, 32 units, 24 timesteps, batch 32, {dilations}: {whole(stack, 24, 32):.0f}")


if __name__ == "__main__":
    main()
