"""PyTorch: its own nn.RNN, nn.GRU and nn.LSTM, time first, with fused Adam.

Time first and the final state instead of the last output spare it a copy each way. oneDNN stays on:
without it the LSTM takes twice as long.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.choices import Choice, Run
from benchmarks.peers.data import examples
from benchmarks.points import Point

CELLS = {"simple_rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
THREADS = sorted({1, os.cpu_count() or 1})
COMPILED_TIMESTEPS = 24  # torch.compile writes every timestep out: a minute for 24, and worse after


class Network(nn.Module):
    """A cell and a head on its last state."""

    def __init__(self, point: Point) -> None:
        super().__init__()
        self.cell = CELLS[point.cell](point.features, point.units)
        self.head = nn.Linear(point.units, 1)
        self.pair = point.cell == "lstm"

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run x, (timesteps, batch, features)."""
        state = self.cell(x)[1]
        return self.head((state[0] if self.pair else state)[-1])


def threads_name(threads: int) -> str:
    """Say how many threads."""
    return "1 thread" if threads == 1 else f"{threads} threads"


def _compiled(network: nn.Module) -> Any:
    import torch._dynamo

    torch._dynamo.reset()  # its limit of recompilations counts over all points
    torch._dynamo.config.allow_rnn = True
    return torch.compile(network)


def _trainer(point: Point, compiled: bool) -> Callable[[Any, Any], None]:
    torch.manual_seed(0)
    network = Network(point)
    adam = torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7, fused=True)
    forward = _compiled(network) if compiled else network

    def train(x: Any, y: Any) -> None:
        adam.zero_grad()
        nn.functional.mse_loss(forward(x), y).backward()
        adam.step()

    return train


def _time_first(windows: int, point: Point) -> tuple[Any, Any]:
    x, y = examples(windows, point.timesteps, point.features)
    return torch.from_numpy(x.swapaxes(0, 1).copy()), torch.from_numpy(y)


def _step(point: Point, threads: int, compiled: bool) -> Run:
    torch.set_num_threads(threads)  # compiled code keeps the number it is compiled with
    train = _trainer(point, compiled)
    x, y = _time_first(point.batch, point)

    def run(count: int) -> None:
        torch.set_num_threads(threads)
        for _ in range(count):
            train(x, y)

    return run


def _epoch(point: Point, threads: int, compiled: bool) -> Callable[[], object]:
    torch.set_num_threads(threads)
    train = _trainer(point, compiled)
    x, y = _time_first(point.windows, point)

    def run() -> None:
        torch.set_num_threads(threads)
        for chosen in torch.randperm(point.windows).split(point.batch):
            train(x[:, chosen], y[chosen])

    return run


def _trained(point: Point, build: Callable[[Point, int, bool], Any]) -> list[Choice]:
    choices = [Choice(threads_name(n), partial(build, point, n, False)) for n in THREADS]
    if point.timesteps <= COMPILED_TIMESTEPS:
        choices += [
            Choice(f"torch.compile, {threads_name(n)}", partial(build, point, n, True), slow=True)
            for n in THREADS
        ]
    return choices


def step(point: Point) -> list[Choice]:
    """Return one and all threads, eager and compiled."""
    return _trained(point, _step)


def epoch(point: Point) -> list[Choice]:
    """Return one and all threads, eager and compiled."""
    return _trained(point, _epoch)


def _latency(point: Point, form: str) -> Callable[[Any], Any]:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network: Any = Network(point).eval()
    if form == "torch.jit":
        x = torch.zeros(point.timesteps, 1, point.features)
        network = torch.jit.freeze(torch.jit.trace(network, x))
    if form == "torch.compile":
        network = _compiled(network)

    @torch.inference_mode()
    def run(window: Any) -> Any:
        return network(torch.from_numpy(window).transpose(0, 1)).numpy()

    return run


def latency(point: Point) -> list[Choice]:
    """Return the network as it is, traced, and compiled, with one thread."""
    return [
        Choice(form, partial(_latency, point, form), slow=form == "torch.compile")
        for form in ("inference_mode", "torch.jit", "torch.compile")
    ]


def versions() -> dict[str, str]:
    """Return the version of PyTorch."""
    return {"torch": torch.__version__, "numpy": np.__version__}
