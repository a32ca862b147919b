"""One training step (forward, backward, Adam; float32) beside PyTorch's, interleaved.

    python -m benchmarks.training_step [--repeats 30]

Each repeat times one step of each side in turn, so that a drift of the machine's speed meets both.
Printed are medians in microseconds, and the median of the ratios pair by pair: above 1 means that
this package is faster.
"""

import argparse
import platform
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from forecast.nn.blas import one_blas_thread
from forecast.nn.dense import Dense
from forecast.nn.losses import loss_and_gradient
from forecast.nn.optimizers import Optimizer
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import recurrent_network

SIZES = ((16, 24, 32), (32, 24, 32), (64, 24, 32), (128, 24, 32), (128, 60, 128))
PEERS = {"simple_rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
WARM_UP = 5


def our_step(cell: str, units: int, x: np.ndarray, y: np.ndarray) -> Callable[[], object]:
    """Return a function that takes one step of our network."""
    network = recurrent_network((Recurrent(cell, units),), Dense(1), dropout=None, input_dim=1)
    state = {"parameters": network.init(np.random.default_rng(0)), "optimizer": None}
    adam = Optimizer("adam")
    state["optimizer"] = adam.init(state["parameters"].flat)

    def step() -> None:
        parameters = state["parameters"]
        ahead = network.forward(parameters, x)
        _, d_outputs = loss_and_gradient("mse", ahead.outputs, y)
        gradient = network.backward(parameters, ahead.caches, d_outputs).gradients.flat
        moved, state["optimizer"] = adam.update(gradient, state["optimizer"], 1e-3)
        state["parameters"] = parameters.with_flat(parameters.flat + moved)

    return step


def torch_step(cell: str, units: int, x: np.ndarray, y: np.ndarray) -> Callable[[], object]:
    """Return a function that takes one step of PyTorch's network."""
    recurrent, head = PEERS[cell](1, units, batch_first=True), torch.nn.Linear(units, 1)
    adam = torch.optim.Adam([*recurrent.parameters(), *head.parameters()], lr=1e-3)
    inputs, targets = torch.from_numpy(x), torch.from_numpy(y)

    def step() -> None:
        adam.zero_grad()
        outputs, _ = recurrent(inputs)
        torch.nn.functional.mse_loss(head(outputs[:, -1]), targets).backward()
        adam.step()

    return step


def microseconds(step: Callable[[], object]) -> float:
    """Time one call."""
    started = time.perf_counter()
    step()
    return 1e6 * (time.perf_counter() - started)


def measure(cell: str, size: tuple[int, int, int], repeats: int) -> tuple[float, float, float]:
    """Return the medians of ours and PyTorch's, and the median ratio of the pairs."""
    units, timesteps, batch = size
    generator = np.random.default_rng(0)
    x = generator.normal(size=(batch, timesteps, 1)).astype(np.float32)
    y = generator.normal(size=(batch, 1)).astype(np.float32)
    ours, theirs = our_step(cell, units, x, y), torch_step(cell, units, x, y)
    with one_blas_thread():
        for step in (ours, theirs) * WARM_UP:
            step()
        pairs = [(microseconds(ours), microseconds(theirs)) for _ in range(repeats)]
    columns = [statistics.median(column) for column in zip(*pairs, strict=True)]
    return columns[0], columns[1], statistics.median(b / a for a, b in pairs)


def main() -> None:
    """Print one line a cell and size, and the geometric mean of the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=30)
    repeats = parser.parse_args().repeats
    print(f"{platform.processor() or platform.machine()}, NumPy {np.__version__}, "
          f"PyTorch {torch.__version__} with {torch.get_num_threads()} threads")  # fmt: skip
    print(
        f"{'cell':<11}{'units, timesteps, batch':<25}{'ours µs':>9}{'PyTorch µs':>12}{'ratio':>7}"
    )
    ratios = []
    for cell in PEERS:
        for size in SIZES:
            ours, theirs, ratio = measure(cell, size, repeats)
            ratios.append(ratio)
            print(
                f"{cell:<11}{', '.join(map(str, size)):<25}{ours:>9.0f}{theirs:>12.0f}{ratio:>7.2f}"
            )
    print(f"geometric mean of the ratios: {statistics.geometric_mean(ratios):.2f}")


if __name__ == "__main__":
    main()
