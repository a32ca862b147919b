"""The recurrent layer: carried state, sequences, precision, purity and refusals."""

import copy

import numpy as np
import pytest

from forecast.errors import SettingError, ShapeError
from forecast.nn.cell import CellOptions
from forecast.nn.cells import cell_named
from forecast.nn.recurrent import Recurrent
from tests.nn.gradient_check import ARCHITECTURES, ENGINES, awkward_mask

BATCH, TIMESTEPS, FEATURES, UNITS = 5, 6, 3, 4


both_engines = pytest.mark.parametrize("engine", ENGINES)


def layer_of(architecture, *, sequences=True, engine="numpy"):
    cell, options = ARCHITECTURES[architecture]
    return Recurrent(cell, UNITS, sequences, options, engine)


def drawn(layer, dtype=None):
    """Return weights, x and an initial state, in the precision of the layer's engine."""
    generator, dtype = np.random.default_rng(8), dtype or ENGINES[layer.engine][0]
    shapes = {key: w.shape for key, w in layer.init(generator, FEATURES).items()}
    weights = {key: generator.uniform(-1, 1, shape) for key, shape in shapes.items()}
    x = generator.standard_normal((BATCH, TIMESTEPS, FEATURES))
    parts = cell_named(layer.cell).states
    state = tuple(generator.standard_normal((BATCH, UNITS)) for _ in range(parts))
    return (
        {key: w.astype(dtype) for key, w in weights.items()},
        x.astype(dtype),
        tuple(part.astype(dtype) for part in state),
    )


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("cut", [1, 3, 5])
@both_engines
def test_two_halves_with_carried_state_equal_one_run(architecture, cut, engine):
    layer = layer_of(architecture, engine=engine)
    weights, x, state = drawn(layer)
    whole = layer.forward(weights, x, state=state)
    head = layer.forward(weights, x[:, :cut], state=state)
    tail = layer.forward(weights, x[:, cut:], state=head.state)
    outputs = np.concatenate((head.outputs, tail.outputs), axis=1)
    # Not to the bit: BLAS may sum the input products of fewer rows in another order.
    close(outputs, whole.outputs, engine)
    for part, expected in zip(tail.state, whole.state, strict=True):
        close(part, expected, engine)


def close(actual, expected, engine):
    tolerance = ENGINES[engine][1]
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance / 10)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@both_engines
def test_streaming_one_step_at_a_time_equals_one_run(architecture, engine):
    layer = layer_of(architecture, sequences=False, engine=engine)
    weights, x, state = drawn(layer)
    whole = layer_of(architecture, engine=engine).forward(weights, x, state=state).outputs
    for t in range(TIMESTEPS):
        step = layer.forward(weights, x[:, t : t + 1], state=state)
        state = step.state
        close(step.outputs, whole[:, t], engine)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@both_engines
def test_the_last_output_is_the_last_of_the_sequence(architecture, engine):
    weights, x, state = drawn(layer_of(architecture, engine=engine))
    sequence, last = (
        layer_of(architecture, sequences=every, engine=engine).forward(weights, x, state=state)
        for every in (True, False)
    )
    assert sequence.outputs.shape == (BATCH, TIMESTEPS, UNITS)
    assert last.outputs.shape == (BATCH, UNITS)
    np.testing.assert_array_equal(last.outputs, sequence.outputs[:, -1])
    np.testing.assert_array_equal(last.outputs, last.state[0])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@both_engines
def test_no_state_is_a_state_of_zeros(architecture, engine):
    layer = layer_of(architecture, engine=engine)
    weights, x, state = drawn(layer)
    zeros = tuple(np.zeros_like(part) for part in state)
    np.testing.assert_array_equal(
        layer.forward(weights, x).outputs, layer.forward(weights, x, state=zeros).outputs
    )


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@both_engines
def test_rows_of_a_batch_do_not_meet(architecture, engine):
    layer = layer_of(architecture, engine=engine)
    weights, x, state = drawn(layer)
    before = layer.forward(weights, x, state=state).outputs
    x[2] += 100.0
    after = layer.forward(weights, x, state=state).outputs
    np.testing.assert_array_equal(np.delete(before, 2, axis=0), np.delete(after, 2, axis=0))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("cut", range(1, TIMESTEPS))
@both_engines
def test_outputs_do_not_look_ahead(architecture, cut, engine):
    layer = layer_of(architecture, engine=engine)
    weights, x, state = drawn(layer)
    before = layer.forward(weights, x, state=state).outputs
    x[:, cut:] = -5.0
    after = layer.forward(weights, x, state=state).outputs
    np.testing.assert_array_equal(before[:, :cut], after[:, :cut])


def every_array(result):
    """Yield every array in a nest of tuples and dicts."""
    if isinstance(result, np.ndarray):
        yield result
    elif isinstance(result, dict):
        yield from every_array(tuple(result.values()))
    elif isinstance(result, tuple):
        for part in result:
            yield from every_array(part)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("sequences", [True, False])
@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@both_engines
def test_precision_is_kept_throughout(architecture, sequences, masked, dtype, engine):
    layer = layer_of(architecture, sequences=sequences, engine=engine)
    weights, x, state = drawn(layer, dtype)
    mask = awkward_mask(np.random.default_rng(0), BATCH, TIMESTEPS) if masked else None
    for initial in (None, state):
        forward = layer.forward(weights, x, mask=mask, state=initial)
        d_outputs = np.ones_like(forward.outputs)
        back = layer.backward(weights, forward.cache, d_outputs, d_state=initial, trace=True)
        for array in every_array((forward, back)):
            assert array.dtype in (np.dtype(dtype), np.dtype(bool))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@both_engines
def test_float32_is_close_to_float64(architecture, engine):
    layer = layer_of(architecture, engine=engine)
    results = []
    for dtype in ("float32", "float64"):
        weights, x, state = drawn(layer, dtype)
        if ARCHITECTURES[architecture][1].activation != "tanh":
            weights["recurrent_kernel"] /= 4  # relu and linear grow without a bound otherwise
        forward = layer.forward(weights, x, state=state)
        back = layer.backward(weights, forward.cache, np.ones_like(forward.outputs))
        results.append((forward.outputs, back.gradients["kernel"]))
    for single, double in zip(*results, strict=True):
        np.testing.assert_allclose(single, double, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("sequences", [True, False])
@pytest.mark.parametrize("batch", [BATCH, 1])  # one row: swapping axes needs no copy
@both_engines
def test_arguments_are_not_changed(architecture, sequences, batch, engine):
    layer = layer_of(architecture, sequences=sequences, engine=engine)
    weights, x, state = drawn(layer)
    x, state = x[:batch], tuple(part[:batch] for part in state)
    for mask in (None, awkward_mask(np.random.default_rng(0), BATCH, TIMESTEPS)[:batch]):
        arguments = (weights, x, state, mask)
        before = copy.deepcopy(arguments)
        forward = layer.forward(weights, x, mask=mask, state=state)
        kept = copy.deepcopy(forward)
        d_outputs = np.ones_like(forward.outputs)
        results = [
            layer.backward(weights, forward.cache, d_outputs, d_state=state, trace=True)
            for _ in range(2)
        ]
        assert (d_outputs == 1).all()
        for old, new in ((before, arguments), (kept, forward), results):
            for left, right in zip(every_array(old), every_array(new), strict=True):
                np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@both_engines
def test_an_empty_batch_passes_through(architecture, engine):
    layer = layer_of(architecture, engine=engine)
    weights, x, _ = drawn(layer)
    forward = layer.forward(weights, x[:0])
    assert forward.outputs.shape == (0, TIMESTEPS, UNITS)
    back = layer.backward(weights, forward.cache, forward.outputs)
    assert back.d_x.shape == (0, TIMESTEPS, FEATURES)
    assert not any(gradient.any() for gradient in back.gradients.values())


@pytest.mark.parametrize(
    ("cell", "label"), [("simple_rnn", "SimpleRNN"), ("gru", "GRU"), ("lstm", "LSTM")]
)
@pytest.mark.parametrize("shape", [(5, 6), (5, 6, 2), (5, 0, 3), (3,), (1, 5, 6, 3)])
def test_x_of_another_shape_is_refused(cell, label, shape):
    layer = Recurrent(cell, UNITS)
    weights, _, _ = drawn(layer)
    with pytest.raises(ShapeError) as caught:
        layer.forward(weights, np.zeros(shape))
    message = str(caught.value)
    assert message.startswith(f"{label} expects x of shape (batch, timesteps ≥ 1, 3); got {shape}.")
    assert message.endswith("Reshape x, or build the layer for this number of features.")


@pytest.mark.parametrize(("cell", "states"), [("simple_rnn", 1), ("gru", 1), ("lstm", 2)])
def test_a_state_of_another_shape_is_refused(cell, states):
    layer = Recurrent(cell, UNITS)
    weights, x, state = drawn(layer)
    rows_missing = tuple(part[1:] for part in state)
    for wrong in (rows_missing, (*state, state[0]), state[:-1]):
        with pytest.raises(ShapeError) as caught:
            layer.forward(weights, x, state=wrong)
        message = str(caught.value)
        assert f"must be {states} array(s) of shape (5, 4)" in message
        assert f"got {[part.shape for part in wrong]}" in message
        assert message.endswith("Pass one row for each sequence of the batch.")


@pytest.mark.parametrize("units", [0, -1, 2.5, True, "4"])
def test_units_must_be_a_whole_number(units):
    with pytest.raises(SettingError, match=r"`hidden_units` must be a whole number at least 1"):
        Recurrent("gru", units)


def test_a_layer_tells_its_size_and_the_mask_of_its_outputs():
    assert Recurrent("gru", 7).output_dim(3) == 7
    x, mask = np.zeros((1, 3, 3)), np.array([[False, True, True]])
    assert Recurrent("gru", 7).output_mask(x, mask) is None
    whole = Recurrent("gru", 7, return_sequences=True)
    np.testing.assert_array_equal(whole.output_mask(x, mask), mask)
    backwards = Recurrent("gru", 7, return_sequences=True, go_backwards=True)
    np.testing.assert_array_equal(backwards.output_mask(x, mask), mask[:, ::-1])
    assert Recurrent("gru", 7).options == CellOptions()


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
def test_another_precision_than_that_of_the_weights_is_refused(cell):
    layer = Recurrent(cell, 2)
    weights = layer.init(np.random.default_rng(0), 2)  # float64
    with pytest.raises(ShapeError, match="in the precision of its weights, float64; got int64"):
        layer.forward(weights, np.ones((1, 3, 2), int))
    state = cell_named(cell).zero_state(1, 2, np.dtype("float32"))
    with pytest.raises(ShapeError, match=r"initial state of .* must be float64"):
        layer.forward(weights, np.ones((1, 3, 2)), state=state)
