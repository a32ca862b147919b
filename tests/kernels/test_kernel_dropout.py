"""Dropout in the kernels: a hash of where a value stands, the same forward and backward."""

import numpy as np
import pytest

from forecast.nn.cell import CellOptions
from forecast.training.examples import ArrayExamples
from forecast.training.settings import TrainingSettings
from forecast.training.steps import steps_of
from tests.kernels.engines import CELLS, assert_near, assert_same_bits, cell_and_reset, network_of


def draws(seed, update, places):
    """Return the kernels' numbers in [0, 1): splitmix64 of Steele, Lea and Flood (2014)."""
    whole = np.uint64
    with np.errstate(over="ignore"):  # it counts modulo 2⁶⁴
        z = whole(seed) + whole(update) * whole(0x9E3779B97F4A7C15)
        z = z + places.astype(whole) * whole(0xD1B54A32D192ED03)
        z = (z ^ (z >> whole(30))) * whole(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> whole(27))) * whole(0x94D049BB133111EB)
        z = z ^ (z >> whole(31))
    return (z >> whole(11)).astype(np.float64) / 2.0**53


class Hashed:
    """Stands for NumPy's generator and draws what the kernels draw.

    Every batch asks once for each layer but the last: (batch, timesteps, units).
    """

    def __init__(self, seed, batch, layers):
        self._seed, self._batch, self._between = seed, batch, layers - 1
        self._asked = 0

    def integers(self, _):
        return self._seed

    def random(self, shape, dtype):
        update, number = divmod(self._asked, self._between)
        self._asked += 1
        row, t, unit = np.indices(shape)
        _, timesteps, units = shape
        places = ((number * timesteps + t) * self._batch + row) * units + unit
        return draws(self._seed, update, places)


def taken(kind, engine, rate, *, batch=20, seed=2**61 + 12345, layers=3, after=4):
    """Take some batches; return what they brought, the steps, the network and the examples."""
    options = CellOptions(reset_after=cell_and_reset(kind)[1])
    network = network_of(kind, (17,) * layers, engine=engine, options=options, rate=rate)
    generator = np.random.default_rng(1)
    inputs = generator.uniform(-1, 1, (50, 5, 2)).astype(np.float32)
    examples = ArrayExamples(inputs, inputs.sum(axis=(1, 2))[:, None])
    settings = TrainingSettings(batch_size=batch, optimizer="sgd", clip_norm=1.0)
    first = network.init(np.random.default_rng(2))
    dropout = Hashed(seed, batch, layers)
    steps = steps_of(network, first, examples, settings, dropout, None)
    order = np.random.default_rng(3).permutation(np.arange(after * batch) % 50)
    return steps.take(order, np.full(after, 0.02)), steps, network, examples


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("batch", [2, 20, 70])
def test_forward_and_backward_drop_what_the_hash_says(kind, rate, batch):
    """NumPy with the same draws takes the same steps; another mask in either pass would not."""
    found, expected = (taken(kind, engine, rate, batch=batch) for engine in ("numba", "numpy"))
    assert_near(found[0].losses, expected[0].losses)
    assert_near(found[0].norms, expected[0].norms)
    assert_near(found[1].parameters().flat, expected[1].parameters().flat, 1e-6)


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.8])
def test_the_share_of_zeros_is_the_rate(rate):
    places, shares = np.arange(20_000), []
    for seed, update in ((0, 0), (1, 0), (0, 1), (2**62 - 1, 10**6)):
        dropped = draws(seed, update, places) < rate
        shares.append(dropped.mean())
        # Neighbours, and places that lie a row of 64 apart, know nothing of each other.
        for apart in (1, 64):
            both = (dropped[apart:] & dropped[:-apart]).mean()
            assert both == pytest.approx(rate**2, abs=0.015)
    # The standard error of a share of 20,000 is at most 0.0036.
    assert shares == pytest.approx([rate] * len(shares), abs=0.015)


def test_every_update_and_every_seed_drops_others():
    places = np.arange(1000)
    first = draws(5, 0, places) < 0.5
    for seed, update in ((5, 1), (6, 0)):
        assert 0.4 < np.mean(first == (draws(seed, update, places) < 0.5)) < 0.6
    losses = {seed: taken("gru", "numba", 0.5, seed=seed)[0].losses for seed in (5, 6)}
    assert losses[5][0] != losses[6][0]


@pytest.mark.parametrize("kind", CELLS)
def test_nothing_is_dropped_but_in_training(kind):
    _, steps, network, examples = taken(kind, "numba", 0.5)
    outputs = network.forward(steps.parameters(), examples.inputs).outputs
    plain = float(np.mean((outputs.astype(np.float64) - examples.targets) ** 2))
    assert steps.evaluate(examples) == pytest.approx(plain, rel=1e-5)
    assert steps.evaluate(examples) == steps.evaluate(examples)


def test_a_rate_of_zero_drops_nothing():
    zero, none = (taken("gru", "numba", rate) for rate in (0.0, None))
    assert zero[0] == none[0]
    assert_same_bits(zero[1].parameters().flat, none[1].parameters().flat)
