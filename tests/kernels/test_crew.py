"""Helpers come for a call, stay a moment for the next, and go."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from forecast.kernels.packing import LayerShape, NetworkShape, packing_of
from forecast.kernels.runner import NetworkTrainer
from forecast.kernels.training import Data, Rules
from tests.kernels.engines import assert_same_bits

SHAPE = NetworkShape((LayerShape("gru", 2, 24),), 1)
ADAM = {"beta_1": 0.9, "beta_2": 0.999, "rho": 0.0, "momentum": 0.0, "epsilon": 1e-7}
ORDER, RATES = np.arange(64), np.full(1, 1e-3)


def trainer():
    random = np.random.default_rng(0)
    flat = random.normal(0, 0.2, packing_of(SHAPE).packed.size).astype(np.float32)
    inputs = random.uniform(-1, 1, (64, 9, 2)).astype(np.float32)
    data = Data(inputs, inputs.sum(axis=(1, 2))[:, None])
    rules = Rules(
        batch_size=64, loss="mse", optimizer="adam", constants=ADAM, nesterov=False,
        clip_norm=None, dropout=0.0, seed=0,
    )  # fmt: skip
    return NetworkTrainer(SHAPE, flat, rules, data, threads=1)


def after(counts, pause=0.0):
    """Return the weights after calls with so many threads each."""
    made = trainer()
    for count in counts:
        made.threads = count
        made.run(ORDER, RATES)
        time.sleep(pause)
    return made.weights.flat()


def helpers_left(before):
    return [one for one in threading.enumerate() if one not in before]


@pytest.mark.parametrize("pause", [0.0, 0.02])
def test_calls_may_take_more_and_fewer_threads(pause):
    counts = [4, 2, 3, 1, 4, 1, 2, 4] * 5
    assert_same_bits(after(counts, pause), after([1] * len(counts)))


def test_helpers_stay_for_the_next_call_and_then_go():
    before, made = threading.enumerate(), trainer()
    made.threads = 3
    deadline = time.monotonic() + 10
    seen: set[threading.Thread] = set()
    for _ in range(200):
        made.run(ORDER, RATES)
        seen |= set(helpers_left(before))
    assert 2 <= len(seen) < 200  # two a call would be 400
    while helpers_left(before) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not helpers_left(before)


def test_a_program_ends_with_helpers_still_there():
    code = "from tests.kernels.test_crew import after\nafter([4] * 20)\nprint('end')"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "end\n", "")
