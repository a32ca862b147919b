"""Backpropagation against central differences, in float64."""

import dataclasses

import numpy as np
import pytest

from forecast.nn.activations import ACTIVATIONS
from forecast.nn.cell import CellOptions
from forecast.nn.cells import cell_named
from forecast.nn.dense import Dense
from forecast.nn.dropout import Dropout
from forecast.nn.losses import loss_and_gradient
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import Stack, recurrent_network
from tests.nn.gradient_check import (
    ARCHITECTURES,
    MARGIN,
    TOLERANCE,
    Problem,
    assert_directional,
    assert_elementwise,
    away_from_kinks,
    awkward_mask,
    derivative,
    distance_to_loss_kinks,
    distance_to_relu_kinks,
    drawn_parameters,
    random_states,
    relative_error,
    stacked,
    target_off_kinks,
)

BATCH, TIMESTEPS, FEATURES, UNITS = 5, 4, 2, 3

# Where the gradient arrives, and through which loss of the outputs.
ARRIVALS = [
    *(("outputs", loss) for loss in ("mse", "mae", "huber")),
    *(("outputs and state", loss) for loss in ("mse", "mae", "huber")),
    ("state", "mse"),
]


def posed(network, *, masked, initial, arrival="outputs", loss="mse", shape=(BATCH, TIMESTEPS)):
    """Return a problem of this network that keeps clear of every kink."""

    def build(generator):
        problem = Problem(
            network,
            drawn_parameters(network, generator),
            generator.standard_normal((*shape, network.input_dim)),
            random_states(network, shape[0], generator) if initial == "random" else None,
            awkward_mask(generator, *shape) if masked else None,
            loss,
            pull=random_states(network, shape[0], generator) if "state" in arrival else None,
        )
        if "outputs" not in arrival:
            return problem
        outputs = problem.forward().outputs
        return dataclasses.replace(problem, target=target_off_kinks(outputs, generator))

    problem = away_from_kinks(build)
    assert distance_to_relu_kinks(problem) > MARGIN
    assert distance_to_loss_kinks(problem) > MARGIN
    return problem


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("use_bias", [True, False], ids=["bias", "no_bias"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("sequences", [True, False], ids=["sequences", "last"])
@pytest.mark.parametrize("masked", [True, False], ids=["masked", "whole"])
@pytest.mark.parametrize("initial", ["zero", "random"])
def test_gradients_along_random_directions(
    architecture, use_bias, layers, sequences, masked, initial
):
    network = stacked(
        architecture,
        units=UNITS,
        layers=layers,
        sequences=sequences,
        use_bias=use_bias,
        input_dim=FEATURES,
    )
    for arrival, loss in ARRIVALS:
        problem = posed(network, masked=masked, initial=initial, arrival=arrival, loss=loss)
        assert_directional(problem, directions=1)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("use_bias", [True, False], ids=["bias", "no_bias"])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("masked", [True, False], ids=["masked", "whole"])
def test_gradient_of_every_single_parameter(architecture, use_bias, layers, masked):
    network = stacked(
        architecture, units=2, layers=layers, sequences=True, use_bias=use_bias, input_dim=2
    )
    assert_elementwise(
        posed(network, masked=masked, initial="random", arrival="outputs and state", shape=(4, 3))
    )


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
@pytest.mark.parametrize("reset_after", [True, False], ids=["after", "before"])
def test_gradients_with_other_activations(cell, reset_after):
    # tanh as a gate: a slope taken from the wrong one of the two functions would show.
    options = CellOptions("sigmoid", "tanh", reset_after)
    network = Stack((("recurrent", Recurrent(cell, 2, True, options)),), 2)
    assert_elementwise(posed(network, masked=True, initial="random", shape=(4, 3)))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("use_bias", [True, False], ids=["bias", "no_bias"])
@pytest.mark.parametrize("shape", [(4, 3), (4,)], ids=["sequence", "vector"])
def test_gradients_of_dense(activation, use_bias, shape):
    generator = np.random.default_rng(3)
    network = Stack((("dense", Dense(3, activation, use_bias)),), 2)
    parameters = drawn_parameters(network, generator)
    x = generator.standard_normal((*shape, 2))
    product = x @ parameters["dense/kernel"] + (parameters["dense/bias"] if use_bias else 0)
    assert np.abs(product).min() > MARGIN  # relu's kink
    assert (product > 0).any()
    assert (product < 0).any()
    outputs = network.forward(parameters, x).outputs
    problem = Problem(network, parameters, x, target=target_off_kinks(outputs, generator))
    assert_elementwise(problem)
    assert_directional(problem)


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
def test_gradients_through_dropout_and_head(cell, loss):
    layers = (Recurrent(cell, 3, True), Recurrent(cell, 2))
    network = recurrent_network(layers, Dense(2, "tanh"), dropout=Dropout(0.4), input_dim=2)
    problem = posed(network, masked=True, initial="random", loss=loss, shape=(4, 3))
    problem = dataclasses.replace(problem, dropout_seed=5)
    outputs = problem.forward().outputs
    target = target_off_kinks(outputs, np.random.default_rng(1))
    problem = dataclasses.replace(problem, target=target)
    assert distance_to_loss_kinks(problem) > MARGIN
    assert_directional(problem, directions=4)
    assert_elementwise(problem)


def test_dropout_passes_gradients_through_what_it_kept():
    generator, layer = np.random.default_rng(0), Dropout(0.5)
    x, d_outputs = generator.standard_normal((2, 6, 3, 4))
    outputs, _, cache = layer.forward({}, x, generator=generator)
    d_x = layer.backward({}, cache, d_outputs).d_x
    np.testing.assert_array_equal(d_x, np.where(outputs == 0, 0, 2 * d_outputs))
    whole = layer.forward({}, x)
    assert whole.outputs is x
    assert layer.backward({}, whole.cache, d_outputs).d_x is d_outputs


def loss_from(first, above, problem, *, t, shift):
    """Return the loss after adding `shift` to the first layer's hidden state h_t.

    The sequence is cut after step t and begun again from the moved state; `above` is the rest
    of the network, or None.
    """
    weights, mask = problem.parameters.part("recurrent_1"), problem.mask
    head_mask, tail_mask = (None, None) if mask is None else (mask[:, : t + 1], mask[:, t + 1 :])
    state = problem.states[0]
    head = first.forward(weights, problem.x[:, : t + 1], mask=head_mask, state=state)
    state = (head.state[0] + shift, *head.state[1:])
    outputs = np.concatenate((head.outputs[:, :t], state[0][:, None]), axis=1)
    if t + 1 < problem.x.shape[1]:
        tail = first.forward(weights, problem.x[:, t + 1 :], mask=tail_mask, state=state)
        outputs, state = np.concatenate((outputs, tail.outputs), axis=1), tail.state
    total = sum(np.sum(pull * part) for pull, part in zip(problem.pull[0], state, strict=True))
    if above is None:
        prediction = outputs if problem.target.ndim == 3 else state[0]
    else:
        prediction = above.forward(
            problem.parameters.part("recurrent_2"), outputs, mask=mask, state=problem.states[1]
        )
        pairs = zip(problem.pull[1], prediction.state, strict=True)
        total += sum(np.sum(pull * part) for pull, part in pairs)
        prediction = prediction.outputs
    return total + loss_and_gradient(problem.loss, prediction, problem.target)[0]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("masked", [True, False], ids=["masked", "whole"])
@pytest.mark.parametrize("sequences", [True, False], ids=["sequences", "last"])
@pytest.mark.parametrize("layers", [1, 2])
def test_trace_is_the_gradient_of_every_hidden_state(architecture, masked, sequences, layers):
    network = stacked(
        architecture, units=2, layers=layers, sequences=sequences, use_bias=True, input_dim=2
    )
    problem = posed(
        network, masked=masked, initial="random", arrival="outputs and state", shape=(4, 4)
    )
    forward = problem.forward()
    d_outputs = loss_and_gradient(problem.loss, forward.outputs, problem.target)[1]
    traces = network.backward(
        problem.parameters, forward.caches, d_outputs, d_states=problem.pull, trace=True
    ).traces
    first = dataclasses.replace(network.layers[0][1], return_sequences=True)
    above = network.layers[1][1] if layers == 2 else None
    numeric = np.empty_like(traces[0])
    for row, t, unit in np.ndindex(numeric.shape):
        direction = np.zeros((4, 2))
        direction[row, unit] = 1.0
        numeric[row, t, unit] = derivative(
            lambda size, t=t, direction=direction: loss_from(
                first, above, problem, t=t, shift=size * direction
            )
        )
    assert relative_error(numeric, traces[0]) < TOLERANCE


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_trace_changes_no_bit_of_the_other_results(architecture):
    network = stacked(architecture, units=3, layers=2, sequences=True, use_bias=True, input_dim=2)
    problem = posed(network, masked=True, initial="random", arrival="outputs and state")
    forward = problem.forward()
    plain, traced = (
        network.backward(
            problem.parameters,
            forward.caches,
            np.ones_like(forward.outputs),
            d_states=problem.pull,
            trace=trace,
        )
        for trace in (False, True)
    )
    assert plain.traces == (None, None)
    assert [trace.shape for trace in traced.traces] == [(BATCH, TIMESTEPS, 3)] * 2
    np.testing.assert_array_equal(plain.gradients.flat, traced.gradients.flat)
    np.testing.assert_array_equal(plain.d_x, traced.d_x)
    for before, after in zip(plain.d_states, traced.d_states, strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_no_gradient_from_the_outputs_is_a_gradient_of_zero(architecture):
    name, options = ARCHITECTURES[architecture]
    generator, cell = np.random.default_rng(2), cell_named(name)
    weights = cell.init(generator, 2, 3, options)
    x = generator.standard_normal((4, 5, 2))
    state = tuple(generator.standard_normal((4, 3)) for _ in range(cell.states))
    cache = cell.forward(weights, x, state, None, options).cache
    zeros = np.zeros((4, 5, 3))
    absent = cell.backward(weights, cache, None, state, False)
    present = cell.backward(weights, cache, zeros, state, False)
    np.testing.assert_array_equal(absent.d_x, present.d_x)
    nothing = cell.backward(weights, cache, None, None, True)
    assert not any(gradient.any() for gradient in nothing.gradients.values())
    assert not nothing.d_x.any()
    assert not nothing.trace.any()
