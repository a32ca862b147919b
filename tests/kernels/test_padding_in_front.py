"""Steps that are padded in front of every row of a block are left out, and nothing else changes."""

import numpy as np
import pytest

from forecast.kernels.runner import NetworkTrainer
from forecast.nn.cell import CellOptions
from forecast.training.examples import ArrayExamples
from forecast.training.settings import TrainingSettings
from forecast.training.steps import FusedSteps, steps_of
from tests.kernels.engines import (
    CELLS,
    ENGINES,
    assert_near,
    assert_same_bits,
    cell_and_reset,
    network_of,
)
from tests.kernels.test_network_kernels import first_weights

COUNT = 70


def examples(padded):
    """Draw examples of five steps behind so many padded ones; NaN stands on those."""
    generator = np.random.default_rng(0)
    inputs = generator.uniform(-1, 1, (COUNT, 5, 2)).astype(np.float32)
    targets = generator.normal(size=(COUNT, 1)).astype(np.float32)
    front = np.full((COUNT, padded, 2), np.nan, np.float32)
    mask = np.broadcast_to(np.arange(padded + 5) >= padded, (COUNT, padded + 5)).copy()
    return ArrayExamples(np.concatenate([front, inputs], axis=1), targets, mask)


def taken(kind, data, engine="numba", *, batch=16, units=(9, 17)):
    options = CellOptions(reset_after=cell_and_reset(kind)[1])
    stack = network_of(kind, units, engine=engine, options=options)
    settings, first = TrainingSettings(batch_size=batch, optimizer="sgd"), first_weights(stack, 0)
    steps = steps_of(stack, first, data, settings, np.random.default_rng(0), None)
    brought = steps.take(np.arange(COUNT), np.full(-(-COUNT // batch), 0.03))
    return brought, steps.parameters().flat - first.flat, steps.evaluate(data)


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("batch", [2, 16])
def test_more_padding_in_front_changes_no_bit(kind, batch):
    plain, longer = (taken(kind, examples(padded), batch=batch) for padded in (0, 3))
    assert longer[0] == plain[0]
    assert_same_bits(longer[1], plain[1])
    assert longer[2] == plain[2]


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("batch", [16, 64])
def test_padding_of_every_length_trains_as_in_numpy(kind, batch):
    """Blocks hold what is padded alike; some rows have no step at all."""
    data, lengths = examples(3), np.random.default_rng(1).integers(0, 9, COUNT)
    data.mask[...] = np.arange(8) >= lengths[:, None]
    data.inputs[...] = np.where(data.mask[..., None], np.nan_to_num(data.inputs), np.nan)
    found, expected = (taken(kind, data, engine, batch=batch) for engine in ENGINES)
    assert (lengths == 8).any()
    for actual, wanted in zip(found[0][:2], expected[0][:2], strict=True):
        assert_near(actual, wanted)
    assert_near(found[1], expected[1], 1e-4)
    assert_near(found[2], expected[2])


def test_examples_are_grouped_within_their_batches_alone():
    data, seen = examples(3), []
    lengths = np.random.default_rng(1).integers(0, 9, COUNT)
    data.mask[...] = np.arange(8) >= lengths[:, None]
    stack = network_of("gru", (9,), engine="numba", options=CellOptions())
    settings = TrainingSettings(batch_size=32)
    steps = steps_of(stack, first_weights(stack, 0), data, settings, np.random.default_rng(0), None)
    assert isinstance(steps, FusedSteps)
    grouped = NetworkTrainer._grouped

    def watched(self, orders):
        seen.append((orders, grouped(self, orders)))
        return seen[-1][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NetworkTrainer, "_grouped", watched)
        steps.take(np.random.default_rng(2).permutation(COUNT), np.full(3, 0.01))
    ((before, after),) = seen
    for start in range(0, COUNT, 32):
        batch = after[0, start : start + 32]
        assert sorted(batch) == sorted(before[0, start : start + 32])
        assert (np.diff(lengths[batch]) >= 0).all()
