"""Dilated and linked layers inside one kernel: the steps that they take through NumPy's layers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.nn.cell import CellOptions
from forecast.nn.dense import Dense
from forecast.nn.dilation import Dilated
from forecast.nn.dropout import Dropout
from forecast.nn.fused import fused, runner, stream
from forecast.nn.recurrent import Recurrent
from forecast.nn.residual import Residual
from forecast.nn.stack import recurrent_network
from forecast.training.examples import ArrayExamples
from forecast.training.settings import TrainingSettings
from forecast.training.steps import FusedSteps, PlainSteps, steps_of
from forecast.training.trainer import streams, train
from tests.kernels.engines import (
    CELLS,
    ENGINES,
    assert_near,
    assert_same_bits,
    cell_and_reset,
    masks,
)
from tests.kernels.test_network_kernels import first_weights


def network(kind, engine, dilations, *, links=True, units=17, bias=True, rate=0.0, beside=0):
    cell, reset_after = cell_and_reset(kind)
    options, layers = CellOptions(reset_after=reset_after, use_bias=bias), []
    for number, dilation in enumerate(dilations):
        more = number < len(dilations) - 1
        plain = Recurrent(cell, units, more, options, engine)
        layer = Dilated(plain, dilation) if dilation > 1 else plain
        layers.append(Residual(layer) if links and number > 0 else layer)
    between = Dropout(rate) if rate else None
    head = Dense(2, beside=beside)
    return recurrent_network(tuple(layers), head, dropout=between, input_dim=2)


def examples(mask, timesteps, count=50, beside=0):
    """Draw examples; NaN stands on padded steps."""
    generator = np.random.default_rng(0)
    inputs = generator.uniform(-1, 1, (count, timesteps, 2)).astype(np.float32)
    if mask is not None:
        inputs[~mask] = np.nan
    targets = generator.normal(size=(count, 2)).astype(np.float32)
    numbers = generator.normal(size=(count, beside)).astype(np.float32) if beside else None
    return ArrayExamples(inputs, targets, mask, beside=numbers)


def taken(stack, data, batch, threads=None):
    told = TrainingSettings(batch_size=batch, optimizer="sgd")
    first, dropout = first_weights(stack, 1), np.random.default_rng(0)
    steps = steps_of(stack, first, data, told, dropout, threads)
    order = np.random.default_rng(2).permutation(len(data))
    brought = steps.take(order, np.full(-(-len(data) // batch), 0.03))
    return steps, brought, steps.parameters().flat - first.flat, steps.evaluate(data)


@pytest.mark.parametrize("kind", CELLS)
@settings(max_examples=12)
@given(data=st.data())
def test_both_engines_take_the_same_steps(kind, data):
    timesteps = data.draw(st.integers(1, 11))
    mask = data.draw(masks(50, timesteps))
    told = {
        "dilations": data.draw(st.lists(st.sampled_from((1, 2, 3, 7)), min_size=1, max_size=3)),
        "links": data.draw(st.booleans()),
        "units": data.draw(st.sampled_from((1, 16, 17))),
        "bias": data.draw(st.booleans()),
        "beside": data.draw(st.sampled_from((0, 3))),
    }
    seen = examples(mask, timesteps, beside=told["beside"])
    batch = data.draw(st.sampled_from((1, 8, 33, 70)))
    found, expected = (taken(network(kind, e, **told), seen, batch) for e in ENGINES)
    assert isinstance(found[0], FusedSteps)
    assert isinstance(expected[0], PlainSteps)
    assert_near(found[1].losses, expected[1].losses, what="losses", least=0.1)
    assert_near(found[1].norms, expected[1].norms, what="norms", least=0.1)
    assert_near(found[2], expected[2], 1e-3, "weights", least=1e-3)
    assert_near(found[3], expected[3], what="evaluation", least=0.1)


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("masked", [True, False])
def test_runners_and_streams_say_what_the_layers_say(kind, masked):
    for dilations in ((2,), (1, 3), (2, 4, 1)):
        stack, plain = (network(kind, engine, dilations) for engine in ENGINES)
        parameters = first_weights(stack, 0)
        ahead, on = runner(stack, parameters), stream(stack, parameters)
        other = stream(plain, parameters)
        for count in (1, 40):
            mask = np.random.default_rng(1).random((count, 9)) < 0.7 if masked else None
            data = examples(mask, 9, count)
            expected = plain.forward(parameters, data.inputs, mask=mask).outputs
            assert_near(ahead(data.inputs, mask), expected, least=0.1)
        if not masked:
            for start in (0, 4):
                x = data.inputs[:5, start : start + 4]
                assert_near(on(x), other(x), least=0.1)


def test_dropout_between_linked_layers_is_undone_on_the_way_back():
    """With as good as no dropout the steps are those without; with some, training still learns."""
    data = examples(None, 9)
    without = taken(network("gru", "numba", (1, 2, 2)), data, 16)
    hardly = taken(network("gru", "numba", (1, 2, 2), rate=1e-12), data, 16)
    assert_near(hardly[2], without[2], 1e-4)
    stack, random = network("gru", "numba", (1, 2), rate=0.3), streams(0)
    told = TrainingSettings(epochs=30, batch_size=16, learning_rate=0.01, patience=None)
    history = train(stack, stack.init(random.init), data, told, random=random).history
    assert history[-1].loss < 0.8 * history[0].loss


def test_threads_change_no_bit():
    mask = np.arange(9) >= np.random.default_rng(0).integers(0, 9, 50)[:, None]
    stack = network("lstm", "numba", (2, 3))
    one, two = (taken(stack, examples(mask, 9), 48, threads)[2] for threads in (1, 2))
    assert_same_bits(one, two)


def test_what_the_kernels_do_not_know_goes_through_its_layers():
    linked_first = Residual(Recurrent("gru", 2, engine="numba"))
    stack = recurrent_network((linked_first,), Dense(1), dropout=None, input_dim=2)
    assert fused(stack) is None
    shape = fused(network("gru", "numba", (1, 4))).shape
    assert [(one.dilation, one.linked) for one in shape.layers] == [(1, False), (4, True)]
