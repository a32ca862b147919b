"""A compiled layer computes what the NumPy cell computes, whatever the shape."""

import copy
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forecast.nn.activations import ACTIVATIONS
from forecast.nn.cell import CellOptions
from forecast.nn.cells import cell_named
from forecast.nn.recurrent import Recurrent
from tests.kernels.engines import (
    CELLS,
    ENGINES,
    UNITS,
    assert_near,
    assert_same_bits,
    cell_and_reset,
    masks,
    relu_watched,
)


class Case(NamedTuple):
    """A layer to run forward and backward.

    Attributes:
        kind: kernel of the cell.
        units, features, batch, timesteps: sizes.
        options: of the cell.
        mask: (batch, timesteps) or None; NaN stands on the steps that it hides.
        state: whether it starts from a state other than zero.
        d_outputs, d_state: whether a gradient arrives there.
        trace: whether the gradient of every hidden state is asked for.
        seed: of all numbers.
    """

    kind: str
    units: int
    features: int
    batch: int
    timesteps: int
    options: CellOptions
    mask: np.ndarray | None
    state: bool
    d_outputs: bool
    d_state: bool
    trace: bool
    seed: int


class Numbers(NamedTuple):
    """What a case is run on."""

    weights: dict
    x: np.ndarray
    state: tuple
    d_outputs: np.ndarray | None
    d_state: tuple | None


@st.composite
def cases(draw, kind):
    batch, timesteps = draw(st.integers(1, 41)), draw(st.integers(1, 9))
    plain = draw(st.booleans())
    functions = ("tanh", "sigmoid") if plain else draw(st.tuples(*[st.sampled_from(NAMES)] * 2))
    return Case(
        kind,
        draw(st.sampled_from(UNITS)),
        draw(st.integers(1, 20)),
        batch,
        timesteps,
        CellOptions(*functions, cell_and_reset(kind)[1], draw(st.booleans())),
        draw(masks(batch, timesteps)),
        *(draw(st.booleans()) for _ in range(4)),
        draw(st.integers(0, 10_000)),
    )


NAMES = tuple(ACTIVATIONS)


def layer_of(case, engine, *, sequences=True):
    cell, _ = cell_and_reset(case.kind)
    return Recurrent(cell, case.units, sequences, case.options, engine)


def numbers_of(case):
    """Draw numbers with weights so small that no state grows without a bound."""
    generator, layer = np.random.default_rng(case.seed), layer_of(case, "numpy")
    bounded = {case.options.activation, case.options.recurrent_activation} <= {"tanh", "sigmoid"}

    def drawn(*shape, size=1.0):
        return generator.uniform(-size, size, shape).astype(np.float32)

    weights = {
        name: drawn(*shape, size=(1 if bounded else 0.5) / np.sqrt(inputs))
        for (name, shape), inputs in zip(
            layer.shapes(case.features).items(), (case.features, case.units, 1), strict=False
        )
    }
    x = drawn(case.batch, case.timesteps, case.features)
    if case.mask is not None:
        x[~case.mask] = np.nan
    parts, shape = cell_named(layer.cell).states, (case.batch, case.units)
    states = [drawn(*shape) for _ in range(parts)]
    return Numbers(
        weights,
        x,
        tuple(states if case.state else [np.zeros_like(part) for part in states]),
        drawn(case.batch, case.timesteps, case.units) if case.d_outputs else None,
        tuple(drawn(*shape) for _ in range(parts)) if case.d_state else None,
    )


def forward(case, engine, numbers):
    layer = layer_of(case, engine)
    cell = layer._cell(numbers.weights["kernel"])
    return cell.forward(numbers.weights, numbers.x, numbers.state, case.mask, case.options)


def backward(case, engine, numbers, ahead):
    cell = layer_of(case, engine)._cell(numbers.weights["kernel"])
    return cell.backward(
        numbers.weights, ahead.cache, numbers.d_outputs, numbers.d_state, case.trace
    )


def ahead_arrays(ahead):
    """Return what a forward pass hands out, by name."""
    return {"outputs": ahead.outputs} | {f"state {k}": part for k, part in enumerate(ahead.state)}


def back_arrays(back):
    """Return what a backward pass hands out, by name."""
    found = {"d_x": back.d_x} | {f"d_state {k}": part for k, part in enumerate(back.d_state)}
    found |= {f"d_{name}": array for name, array in back.gradients.items()}
    return found if back.trace is None else found | {"trace": back.trace}


def assert_all_near(actual, expected):
    """Compare arrays by name, all of them relative to the largest: some are sums that cancel."""
    assert actual.keys() == expected.keys()
    least = max(np.abs(array).max(initial=0) for array in expected.values())
    for name, array in expected.items():
        assert actual[name].dtype == np.float32
        assert_near(actual[name], array, what=name, least=least)


def assert_all_same(actual, expected):
    assert actual.keys() == expected.keys()
    for name, array in expected.items():
        assert_same_bits(actual[name], array, name)


@pytest.mark.parametrize("kind", CELLS)
@settings(max_examples=60)
@given(data=st.data())
def test_both_engines_agree(kind, data):
    case = data.draw(cases(kind))
    numbers = numbers_of(case)
    with relu_watched() as nearest:
        expected = forward(case, "numpy", numbers)
    assume(nearest() > 1e-5)
    actual = forward(case, "numba", numbers)
    assert_all_near(ahead_arrays(actual), ahead_arrays(expected))
    back = backward(case, "numba", numbers, actual)
    assert_all_near(back_arrays(back), back_arrays(backward(case, "numpy", numbers, expected)))
    if case.mask is not None:
        assert not back.d_x[~case.mask].any()


@pytest.mark.parametrize("kind", CELLS)
@settings(max_examples=15)
@given(data=st.data())
def test_a_second_backward_pass_has_the_same_bits(kind, data):
    case = data.draw(cases(kind))
    numbers = numbers_of(case)
    before = copy.deepcopy(numbers)
    ahead = forward(case, "numba", numbers)
    kept = copy.deepcopy(ahead_arrays(ahead))
    first, second = (backward(case, "numba", numbers, ahead) for _ in range(2))
    assert_all_same(back_arrays(second), back_arrays(first))
    assert_all_same(ahead_arrays(ahead), kept)
    for left, right in zip(arrays_of(before), arrays_of(numbers), strict=True):
        assert_same_bits(left, right)


def arrays_of(numbers):
    d_outputs = () if numbers.d_outputs is None else (numbers.d_outputs,)
    states = (*numbers.state, *(numbers.d_state or ()))
    return (*numbers.weights.values(), numbers.x, *states, *d_outputs)


@pytest.mark.parametrize("kind", CELLS)
@settings(max_examples=15)
@given(data=st.data())
def test_a_row_has_the_same_bits_in_every_batch(kind, data):
    """Every sum runs in one order, whatever tile it falls into."""
    case = data.draw(cases(kind))._replace(mask=None)
    numbers = numbers_of(case)
    ahead = forward(case, "numba", numbers)
    back = backward(case, "numba", numbers, ahead)
    row = slice(*sorted(data.draw(st.tuples(*[st.integers(0, case.batch)] * 2))))
    d_outputs = None if numbers.d_outputs is None else numbers.d_outputs[row]
    d_state = None if numbers.d_state is None else tuple(part[row] for part in numbers.d_state)
    state = tuple(part[row] for part in numbers.state)
    assume(row.start < row.stop)
    some = Numbers(numbers.weights, numbers.x[row], state, d_outputs, d_state)
    ahead_some = forward(case, "numba", some)
    np.testing.assert_array_equal(ahead_some.outputs, ahead.outputs[row])
    d_x = backward(case, "numba", some, ahead_some).d_x
    np.testing.assert_array_equal(d_x, back.d_x[row])


@pytest.mark.parametrize("kind", CELLS)
@settings(max_examples=25)
@given(data=st.data(), garbage=st.sampled_from([0.0, np.inf, -np.inf, 1e30]))
def test_what_stands_on_padded_steps_changes_no_bit(kind, data, garbage):
    case = data.draw(cases(kind))
    assume(case.mask is not None)
    numbers, results = numbers_of(case), []
    other = numbers._replace(x=np.where(case.mask[:, :, None], numbers.x, np.float32(garbage)))
    for some in (numbers, other):
        ahead = forward(case, "numba", some)
        back = backward(case, "numba", some, ahead)
        results.append(ahead_arrays(ahead) | back_arrays(back))
    assert_all_same(*results)


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("sequences", [True, False])
def test_a_layer_takes_the_kernels(kind, sequences):
    """The layer's own forward and backward, from the last state or from every one."""
    options = CellOptions(reset_after=cell_and_reset(kind)[1])
    case = Case(kind, 17, 3, 5, 6, options, None, False, False, False, True, 3)
    numbers, results = numbers_of(case), []
    for engine in ENGINES:
        layer = layer_of(case, engine, sequences=sequences)
        ahead = layer.forward(numbers.weights, numbers.x)
        d_outputs = np.cos(np.arange(ahead.outputs.size, dtype=np.float32))
        d_outputs = d_outputs.reshape(ahead.outputs.shape)
        back = layer.backward(numbers.weights, ahead.cache, d_outputs, trace=True)
        results.append((ahead_arrays(ahead), back_arrays(back)))
    assert_all_near(results[0][0], results[1][0])
    assert_all_near(results[0][1], results[1][1])


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
@pytest.mark.parametrize("what", ["outputs", "state"])
def test_a_gradient_in_double_precision_is_rounded_not_misread(cell, what):
    """Targets in float64 make one, in a stack of which only the layers are compiled."""
    generator = np.random.default_rng(0)
    layer = Recurrent(cell, 3, return_sequences=True, engine="numba")
    weights = {k: w.astype(np.float32) for k, w in layer.init(generator, 2).items()}
    ahead = layer.forward(weights, generator.normal(size=(4, 5, 2)).astype(np.float32))
    d_outputs, d_state = np.zeros_like(ahead.outputs), None
    if what == "outputs":
        d_outputs = generator.normal(size=d_outputs.shape)
    else:
        d_state = tuple(generator.normal(size=part.shape) for part in ahead.state)
    wide = layer.backward(weights, ahead.cache, d_outputs, d_state=d_state)
    if d_state is not None:
        d_state = tuple(part.astype(np.float32) for part in d_state)
    narrow = layer.backward(weights, ahead.cache, d_outputs.astype(np.float32), d_state=d_state)
    assert_all_near(back_arrays(wide), back_arrays(narrow))


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
def test_double_precision_takes_numpy_with_the_same_bits(cell):
    generator, results = np.random.default_rng(0), []
    weights = Recurrent(cell, 17).init(generator, 3)
    x = generator.normal(size=(5, 6, 3))
    for engine in ENGINES:
        layer = Recurrent(cell, 17, return_sequences=True, engine=engine)
        ahead = layer.forward(weights, x)
        back = layer.backward(weights, ahead.cache, np.ones_like(ahead.outputs), trace=True)
        assert ahead.outputs.dtype == np.float64
        results.append(ahead_arrays(ahead) | back_arrays(back))
    assert_all_same(*results)
