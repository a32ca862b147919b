"""Padded steps change nothing, wherever they stand and whatever stands in them."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecast.errors import ShapeError
from forecast.nn.losses import loss_and_gradient
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import Stack
from tests.nn.gradient_check import (
    ARCHITECTURES,
    ENGINES,
    awkward_mask,
    drawn_parameters,
    flat_states,
    random_states,
    stacked,
)

FEATURES, UNITS = 2, 3
GARBAGE = [np.nan, np.inf, -np.inf, 1e30]


class Results(NamedTuple):
    """Everything one forward and backward pass hands out."""

    outputs: np.ndarray
    states: np.ndarray
    loss: float
    gradients: np.ndarray
    d_x: np.ndarray
    d_states: np.ndarray


def network_of(architecture, layers=1, engine="numpy"):
    return stacked(
        architecture,
        units=UNITS,
        layers=layers,
        sequences=True,
        use_bias=True,
        input_dim=FEATURES,
        engine=engine,
    )


def run(network, parameters, x, states, target, pull, mask):
    """Train on every real step and on the final states; padded targets are unobserved."""
    forward = network.forward(parameters, x, mask=mask, states=states)
    observed = None
    if mask is not None:
        observed = np.broadcast_to(mask[:, :, None], target.shape)
    loss, d_outputs = loss_and_gradient("mse", forward.outputs, target, observed)
    back = network.backward(parameters, forward.caches, d_outputs, d_states=pull)
    return Results(
        forward.outputs,
        flat_states(forward.states),
        loss + float(flat_states(pull) @ flat_states(forward.states)),
        back.gradients.flat,
        back.d_x,
        flat_states(back.d_states),
    )


def drawn(architecture, layers, shape, seed=0, engine="numpy", dtype=None):
    """Return a network with parameters, x, states, target and gradient of the final states."""
    generator, network = np.random.default_rng(seed), network_of(architecture, layers, engine)
    dtype = dtype or ENGINES[engine][0]
    parameters = drawn_parameters(network, generator)

    def states():
        drawn = random_states(network, shape[0], generator)
        return tuple(tuple(part.astype(dtype) for part in parts) for parts in drawn)

    return (
        network,
        parameters.with_flat(parameters.flat.astype(dtype)),
        generator.standard_normal((*shape, FEATURES)).astype(dtype),
        states(),
        generator.standard_normal((*shape, UNITS)).astype(dtype),
        states(),
    )


@st.composite
def masks(draw):
    """Masks (batch, timesteps): padded on the left, on the right, or anywhere."""
    batch, timesteps = draw(st.integers(1, 4)), draw(st.integers(1, 6))
    place = draw(st.sampled_from(["left", "right", "anywhere"]))
    if place == "anywhere":
        row = st.lists(st.booleans(), min_size=timesteps, max_size=timesteps)
        return np.array(draw(st.lists(row, min_size=batch, max_size=batch)))
    lengths = draw(
        st.lists(st.integers(0, timesteps), min_size=batch, max_size=batch).map(np.array)
    )
    right = np.arange(timesteps) < lengths[:, None]
    return right if place == "right" else right[:, ::-1]


cases = given(
    architecture=st.sampled_from(list(ARCHITECTURES)),
    layers=st.integers(1, 2),
    mask=masks(),
    garbage=st.sampled_from(GARBAGE),
    seed=st.integers(0, 1000),
    engine=st.sampled_from(list(ENGINES)),
)
fully_padded = example(
    architecture="lstm",
    layers=2,
    mask=np.zeros((2, 3), bool),
    garbage=np.nan,
    seed=0,
    engine="numba",
)


@settings(max_examples=200, deadline=None)
@cases
@fully_padded
def test_what_stands_in_padded_steps_changes_no_bit(
    architecture, layers, mask, garbage, seed, engine
):
    network, parameters, x, states, target, pull = drawn(
        architecture, layers, mask.shape, seed, engine
    )
    filled = np.where(mask[:, :, None], x, x.dtype.type(garbage))
    filled_target = np.where(mask[:, :, None], target, target.dtype.type(np.nan))
    clean = run(network, parameters, x, states, target, pull, mask)
    dirty = run(network, parameters, filled, states, filled_target, pull, mask)
    for left, right in zip(clean, dirty, strict=True):
        assert np.isfinite(left).all()
        np.testing.assert_array_equal(left, right)


@settings(max_examples=200, deadline=None)
@cases
@fully_padded
def test_gradients_of_padded_inputs_are_exactly_zero(
    architecture, layers, mask, garbage, seed, engine
):
    network, parameters, x, states, target, pull = drawn(
        architecture, layers, mask.shape, seed, engine
    )
    x = np.where(mask[:, :, None], x, x.dtype.type(garbage))
    d_x = run(network, parameters, x, states, target, pull, mask).d_x
    assert (d_x[~mask] == 0).all()
    assert (d_x[mask] != 0).any() or not mask.any() or "relu" in architecture


@settings(max_examples=200, deadline=None)
@cases
@fully_padded
def test_a_padded_batch_equals_its_sequences_without_padding(
    architecture, layers, mask, garbage, seed, engine
):
    network, parameters, x, states, target, pull = drawn(
        architecture, layers, mask.shape, seed, engine
    )
    filled = np.where(mask[:, :, None], x, x.dtype.type(garbage))
    padded = run(network, parameters, filled, states, target, pull, mask)
    total = np.zeros_like(padded.gradients)
    loss, final, d_initial = 0.0, [], []
    for row, real in enumerate(mask):
        one = row_by_itself(network, parameters, x, states, target, pull, row=row, real=real)
        # The loss of a batch is the mean over its real steps, that of a row over its own.
        share = float(real.sum() / max(mask.sum(), 1))
        results = run_scaled(network, parameters, one, share)
        total, loss = total + results.gradients, loss + results.loss
        final.append(results.states)
        d_initial.append(results.d_states)
        close(padded.outputs[row, real], results.outputs[0], engine)
        close(padded.d_x[row, real], results.d_x[0], engine)
    close(padded.gradients, total, engine)
    close(padded.loss, loss, engine)
    close(per_row(padded.states, network, len(mask)), final, engine)
    close(per_row(padded.d_states, network, len(mask)), d_initial, engine)


def close(actual, expected, engine="numpy"):
    # Not to the bit: BLAS sums the products of a batch of another shape in another order, and
    # the gradients of the rows are summed in another order too.
    expected, tolerance = np.asarray(expected), ENGINES[engine][1]
    size = max(1.0, np.abs(expected).max(initial=0.0)) if engine == "numba" else 1.0
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance * size)


def row_by_itself(network, parameters, x, states, target, pull, *, row, real):
    """Return the arguments of one row, cut down to its real steps."""
    one = slice(row, row + 1)
    states, pull = (
        tuple(tuple(part[one] for part in parts) for parts in nest) for nest in (states, pull)
    )
    return x[one, real], states, target[one, real], pull


def run_scaled(network, parameters, arguments, share):
    """Run one row whose mean loss counts for `share` of the loss of its batch."""
    x, states, target, pull = arguments
    if x.shape[1] == 0:  # nothing but padding: the state passes, and so does its gradient
        end = flat_states(states)
        nothing = np.zeros_like(parameters.flat)
        value = float(flat_states(pull) @ end)
        return Results(target, end, value, nothing, x, flat_states(pull))
    forward = network.forward(parameters, x, states=states)
    loss, d_outputs = loss_and_gradient("mse", forward.outputs, target)
    back = network.backward(parameters, forward.caches, d_outputs * share, d_states=pull)
    end = flat_states(forward.states)
    value = loss * share + float(flat_states(pull) @ end)
    return Results(
        forward.outputs, end, value, back.gradients.flat, back.d_x, flat_states(back.d_states)
    )


def per_row(flat, network, batch):
    """Turn the flat states of a batch, part after part, into one line a row."""
    parts = np.split(flat, len(flat) // (batch * UNITS))
    return np.concatenate([part.reshape(batch, UNITS) for part in parts], axis=1)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_mask_of_true_equals_no_mask_to_the_bit(architecture, layers, dtype, engine):
    network, parameters, x, states, target, pull = drawn(
        architecture, layers, (4, 6), engine=engine, dtype=dtype
    )
    plain = run(network, parameters, x, states, target, pull, None)
    masked = run(network, parameters, x, states, target, pull, np.ones((4, 6), bool))
    for left, right in zip(plain, masked, strict=True):
        assert np.asarray(left).tobytes() == np.asarray(right).tobytes()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_masked_step_repeats_the_state_before_it(architecture, engine):
    network, parameters, x, states, *_ = drawn(architecture, 1, (5, 6), engine=engine)
    mask = awkward_mask(np.random.default_rng(0), 5, 6)
    outputs = network.forward(parameters, x, mask=mask, states=states).outputs
    before = np.concatenate((states[0][0][:, None], outputs[:, :-1]), axis=1)
    np.testing.assert_array_equal(outputs[~mask], before[~mask])
    assert not np.array_equal(outputs[mask], before[mask])
    np.testing.assert_array_equal(outputs[3, -1], states[0][0][3])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_closed_sequence_ends_the_mask(architecture):
    cell, options = ARCHITECTURES[architecture]
    recurrent = Recurrent(cell, UNITS, options=options)
    network = Stack((("first", recurrent),), FEATURES)
    parameters = drawn_parameters(network, np.random.default_rng(0))
    x = np.random.default_rng(1).standard_normal((5, 6, FEATURES))
    mask = np.arange(6) < np.array([6, 5, 3, 1, 0])[:, None]
    outputs = network.forward(parameters, np.where(mask[:, :, None], x, np.nan), mask=mask).outputs
    for row, length in enumerate(mask.sum(axis=1)):
        expected = np.zeros((1, UNITS))
        if length:
            expected = network.forward(parameters, x[row : row + 1, :length]).outputs
        close(outputs[row], expected[0])


@pytest.mark.parametrize(
    ("cell", "label"), [("simple_rnn", "SimpleRNN"), ("gru", "GRU"), ("lstm", "LSTM")]
)
@pytest.mark.parametrize(
    "wrong",
    [
        np.ones((4, 7), bool),
        np.ones((6, 4), bool),
        np.ones((4, 6, 1), bool),
        np.ones(6, bool),
        np.ones((4, 6)),
        np.ones((4, 6), "int64"),
        np.ones((4, 6), "uint8"),
    ],
    ids=lambda mask: f"{mask.dtype}{mask.shape}",
)
def test_a_mask_of_another_shape_or_type_is_refused(cell, label, wrong):
    layer = Recurrent(cell, UNITS)
    weights = layer.init(np.random.default_rng(0), FEATURES)
    with pytest.raises(ShapeError) as caught:
        layer.forward(weights, np.zeros((4, 6, FEATURES)), mask=wrong)
    message = str(caught.value)
    assert message.startswith(f"The mask of {label} must be bool of shape (4, 6); got ")
    assert f"got {wrong.dtype} {wrong.shape}." in message
    assert message.endswith("True marks a real step, False a padded one.")
