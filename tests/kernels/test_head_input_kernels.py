"""Numbers beside the last hidden state: what the kernels read is what NumPy's layers read."""

import dataclasses

import numpy as np
import pytest

from forecast.nn.cell import CellOptions
from forecast.nn.dense import Dense
from forecast.nn.dropout import Dropout
from forecast.nn.fused import fused, runner, stream
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import recurrent_network
from forecast.training.examples import ArrayExamples
from forecast.training.settings import TrainingSettings
from forecast.training.steps import FusedSteps, PlainSteps, steps_of
from forecast.training.trainer import streams, train
from tests.kernels.engines import CELLS, ENGINES, assert_near, assert_same_bits, cell_and_reset
from tests.kernels.test_network_kernels import first_weights

COUNT, BATCH = 75, 20  # the last batch is not full


def network(kind, engine, *, units=(9,), beside=3, outputs=2, bias=True, rate=0.0):
    cell, reset_after = cell_and_reset(kind)
    layers = tuple(
        Recurrent(cell, size, number < len(units), CellOptions(reset_after=reset_after), engine)
        for number, size in enumerate(units, start=1)
    )
    between = Dropout(rate) if rate else None
    head = Dense(outputs, use_bias=bias, beside=beside)
    return recurrent_network(layers, head, dropout=between, input_dim=2)


def examples(count=COUNT, *, masked=True, beside=3, outputs=2, seed=0):
    generator = np.random.default_rng(seed)
    inputs = generator.uniform(-1, 1, (count, 6, 2)).astype(np.float32)
    numbers = generator.uniform(-1, 1, (count, beside)).astype(np.float32)
    targets = inputs[:, -1, :1] + 2 * numbers.sum(axis=1, keepdims=True)
    targets = (targets + generator.normal(size=(count, outputs))).astype(np.float32)
    mask = generator.random((count, 6)) < 0.8 if masked else None
    return ArrayExamples(inputs, targets, mask, beside=numbers)


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("masked", [True, False])
def test_both_engines_take_the_same_steps(kind, bias, masked):
    data, settings, results = examples(masked=masked), TrainingSettings(batch_size=BATCH), []
    settings = dataclasses.replace(settings, optimizer="sgd", loss="huber")
    for engine, expected in zip(ENGINES, (FusedSteps, PlainSteps), strict=True):
        stack = network(kind, engine, units=(17, 9), bias=bias)
        first = first_weights(stack, 0)
        steps = steps_of(stack, first, data, settings, np.random.default_rng(0), None)
        assert isinstance(steps, expected)
        order = np.random.default_rng(1).permutation(COUNT)
        brought = steps.take(order, np.full(4, 0.03))
        moved = steps.parameters().flat - first.flat
        results.append((brought.losses, brought.norms, moved, steps.evaluate(data)))
    for actual, wanted, tolerance in zip(*results, (1e-5, 1e-5, 1e-4, 1e-5), strict=True):
        assert_near(actual, wanted, tolerance)


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("masked", [True, False])
def test_whole_trainings_agree(kind, masked):
    """Several epochs in one call, validated there, with more numbers than fill a sixteen."""
    data, results = examples(masked=masked, beside=19), []
    validation = examples(50, masked=masked, beside=19, seed=1)
    settings = TrainingSettings(epochs=4, batch_size=BATCH, learning_rate=0.01)
    for engine in ENGINES:
        stack, random = network(kind, engine, beside=19), streams(0)
        first = stack.init(random.init)
        trained = train(stack, first, data, settings, validation=validation, random=random)
        results.append((trained.parameters.flat - first.flat, trained.history))
    (moved, history), (wanted, expected) = results
    assert_near(moved, wanted, 1e-4)
    for left, right in zip(history, expected, strict=True):
        assert_near(left[1:5], right[1:5])  # up to the norm of the gradient
        assert left[6:] == right[6:]  # updates, and those that were clipped
    assert expected[-1].val_loss < expected[0].val_loss


@pytest.mark.parametrize("kind", CELLS)
def test_runners_and_streams_say_what_the_layers_say(kind):
    stack, plain = network(kind, "numba"), network(kind, "numpy")
    parameters = first_weights(stack, 0)
    ahead = runner(stack, parameters)
    assert fused(stack).shape.beside == 3
    for count in (1, 5, 70, 400):
        for masked in (False, True):
            data = examples(count, masked=masked)
            told = {"mask": data.mask, "beside": data.beside}
            expected = plain.forward(parameters, data.inputs, **told).outputs
            assert_near(ahead(data.inputs, **told), expected, least=0.1)
            strided = np.asfortranarray(data.beside).astype(np.float64)
            found = ahead(data.inputs, data.mask, strided)
            assert_same_bits(found, ahead(data.inputs, **told))
    assert ahead(np.zeros((0, 6, 2), np.float32), None, np.zeros((0, 3))).shape == (0, 2)
    on, other = stream(stack, parameters), stream(plain, parameters)
    for start in (0, 3):
        x = data.inputs[:5, start : start + 3]
        assert_near(on(x, data.beside[:5]), other(x, data.beside[:5]), least=0.1)


def test_numbers_that_say_nothing_change_no_bit():
    """A head that reads zeros learns what one does that reads no more."""
    data, results = examples(masked=False), []
    settings = TrainingSettings(epochs=3, batch_size=BATCH, clip_norm=None)
    for beside in (0, 3):
        stack = network("gru", "numba", beside=beside, units=(9, 9), rate=0.2)
        random = streams(0)
        first = stack.init(random.init)
        kernel = np.random.default_rng(0).uniform(-1, 1, (9, 2))
        first["head/kernel"][:9] = kernel
        seen = ArrayExamples(data.inputs, data.targets)
        if beside:
            seen = dataclasses.replace(seen, beside=np.zeros((COUNT, 3), np.float32))
        results.append(train(stack, first, seen, settings, random=random))
    plain, padded = (result.parameters for result in results)
    assert_same_bits(padded["recurrent_1/kernel"], plain["recurrent_1/kernel"])
    assert_same_bits(padded["head/kernel"][:9], plain["head/kernel"])
    assert [one.loss for one in results[0].history] == [one.loss for one in results[1].history]


def test_threads_change_no_bit():
    flats = []
    for threads in (1, 2):
        stack, data = network("lstm", "numba"), examples()
        settings = TrainingSettings(batch_size=BATCH)
        steps = steps_of(
            stack, first_weights(stack, 0), data, settings, np.random.default_rng(0), threads
        )
        steps.take(np.arange(COUNT), np.full(4, 0.01))
        flats.append(steps.parameters().flat)
    assert_same_bits(*flats)
