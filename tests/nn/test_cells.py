"""The registry, the first weights, and one forward pass against the published equations."""

import math

import numpy as np
import pytest

from forecast.errors import SettingError
from forecast.nn.cell import CellOptions
from forecast.nn.cells import CELLS, cell_named
from forecast.nn.compiled import COMPILED
from forecast.nn.initializers import glorot_uniform, orthogonal
from forecast.nn.recurrent import Recurrent
from tests.nn import published_equations
from tests.nn.gradient_check import ARCHITECTURES, ENGINES

SPELLINGS = {
    "simple_rnn": [
        "simple_rnn",
        "SimpleRNN",
        "simplernn",
        "SIMPLE_RNN",
        "simple-rnn",
        "Simple_RNN",
    ],
    "gru": ["gru", "GRU", "Gru"],
    "lstm": ["lstm", "LSTM", "Lstm"],
}


@pytest.mark.parametrize(
    ("name", "spelling"), [(name, known) for name in SPELLINGS for known in SPELLINGS[name]]
)
def test_cells_are_found_in_every_spelling(name, spelling):
    assert cell_named(spelling) is CELLS[name]
    assert Recurrent(spelling, 2).cell == name


def test_labels_and_number_of_states():
    assert set(CELLS) == {"simple_rnn", "gru", "lstm"}
    assert {name: cell.label for name, cell in CELLS.items()} == {
        "simple_rnn": "SimpleRNN",
        "gru": "GRU",
        "lstm": "LSTM",
    }
    assert {name: cell.states for name, cell in CELLS.items()} == {
        "simple_rnn": 1,
        "gru": 1,
        "lstm": 2,
    }
    h, c = cell_named("lstm").zero_state(3, 2, np.dtype("float32"))
    assert h.shape == c.shape == (3, 2)
    assert h.dtype == np.float32
    assert not h.any()
    assert not c.any()


@pytest.mark.parametrize("wrong", ["rnn", "", "gru2", "transformer", None, 3])
def test_an_unknown_cell_is_refused_with_the_choices(wrong):
    with pytest.raises(SettingError) as caught:
        cell_named(wrong)
    message = str(caught.value)
    assert message.startswith("`cell` must be one of ")
    assert message.endswith(f"; got {wrong!r}.")
    assert all(repr(name) in message for name in CELLS)


@pytest.mark.parametrize("setting", ["activation", "recurrent_activation"])
def test_an_unknown_activation_is_refused(setting):
    with pytest.raises(SettingError, match=rf"`{setting}` must be one of .*; got 'swish'\."):
        CellOptions(**{setting: "swish"})


def test_options_start_as_in_keras():
    assert CellOptions() == CellOptions("tanh", "sigmoid", reset_after=True, use_bias=True)


# (features, units) of kernel, recurrent kernel and bias; counts as Keras' summary prints them.
SHAPES = [
    ("simple_rnn", True, 10, 3, [(10, 3), (3, 3), (3,)], 42),
    ("gru", True, 10, 3, [(10, 9), (3, 9), (2, 9)], 135),
    ("gru", False, 10, 3, [(10, 9), (3, 9), (9,)], 126),
    ("lstm", True, 10, 3, [(10, 12), (3, 12), (12,)], 168),
    ("simple_rnn", True, 1, 64, [(1, 64), (64, 64), (64,)], 4224),
    ("gru", True, 1, 64, [(1, 192), (64, 192), (2, 192)], 12864),
    ("lstm", True, 1, 64, [(1, 256), (64, 256), (256,)], 16896),
]


@pytest.mark.parametrize(("cell", "reset_after", "features", "units", "shapes", "total"), SHAPES)
def test_weights_have_the_names_shapes_and_number_of_keras(
    cell, reset_after, features, units, shapes, total
):
    options = CellOptions(reset_after=reset_after)
    weights = cell_named(cell).init(np.random.default_rng(0), features, units, options)
    assert list(weights) == ["kernel", "recurrent_kernel", "bias"]
    assert [array.shape for array in weights.values()] == shapes
    assert sum(array.size for array in weights.values()) == total


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_without_bias_there_is_no_bias(architecture):
    name, options = ARCHITECTURES[architecture]
    options = CellOptions(options.activation, reset_after=options.reset_after, use_bias=False)
    weights = cell_named(name).init(np.random.default_rng(0), 2, 3, options)
    assert list(weights) == ["kernel", "recurrent_kernel"]


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
def test_biases_start_at_zero_but_that_of_the_forget_gate_at_one(cell):
    bias = cell_named(cell).init(np.random.default_rng(0), 2, 3, CellOptions())["bias"]
    expected = np.zeros_like(bias)
    if cell == "lstm":
        expected[3:6] = 1.0
    np.testing.assert_array_equal(bias, expected)


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
def test_first_weights_are_glorot_and_orthogonal_and_repeatable(cell):
    weights, again, other = (
        cell_named(cell).init(np.random.default_rng(seed), 7, 5, CellOptions())
        for seed in (0, 0, 1)
    )
    kernel, recurrent = weights["kernel"], weights["recurrent_kernel"]
    assert np.abs(kernel).max() <= math.sqrt(6 / sum(kernel.shape))
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(5), atol=1e-12)
    np.testing.assert_array_equal(kernel, again["kernel"])
    np.testing.assert_array_equal(recurrent, again["recurrent_kernel"])
    assert not np.array_equal(kernel, other["kernel"])


def test_glorot_fills_its_limits_and_nothing_beyond():
    drawn = glorot_uniform(np.random.default_rng(0), 40, 60)
    limit = math.sqrt(6 / 100)
    assert drawn.shape == (40, 60)
    assert 0.99 * limit < drawn.max() <= limit
    assert -limit <= drawn.min() < -0.99 * limit
    assert drawn.std() == pytest.approx(limit / math.sqrt(3), rel=0.05)


@pytest.mark.parametrize(("rows", "columns"), [(4, 4), (4, 12), (12, 4), (1, 3), (1, 1)])
def test_orthogonal_is_orthogonal_along_the_shorter_side(rows, columns):
    drawn = orthogonal(np.random.default_rng(0), rows, columns)
    assert drawn.shape == (rows, columns)
    product = drawn @ drawn.T if rows <= columns else drawn.T @ drawn
    np.testing.assert_allclose(product, np.eye(min(rows, columns)), atol=1e-12)


def test_orthogonal_draws_both_signs():
    # QR alone fixes the sign of R's diagonal, which would make one sign much likelier.
    first = [orthogonal(np.random.default_rng(seed), 1, 1)[0, 0] for seed in range(200)]
    assert 60 < sum(value > 0 for value in first) < 140


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("use_bias", [True, False], ids=["bias", "no_bias"])
@pytest.mark.parametrize("engine", ENGINES)
def test_forward_follows_the_published_equations(architecture, use_bias, engine):
    name, options = ARCHITECTURES[architecture]
    options = CellOptions(
        options.activation, options.recurrent_activation, options.reset_after, use_bias
    )
    compare_with_equations(name, options, engine)


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
@pytest.mark.parametrize("reset_after", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("engine", ENGINES)
def test_forward_with_other_activations(cell, reset_after, engine):
    compare_with_equations(cell, CellOptions("sigmoid", "tanh", reset_after), engine)
    compare_with_equations(cell, CellOptions("linear", "relu", reset_after), engine)


def compare_with_equations(name, options, engine):
    generator, (dtype, tolerance) = np.random.default_rng(4), ENGINES[engine]
    cell = (COMPILED if engine == "numba" else CELLS)[name]

    def drawn(draw, *arguments):
        return draw(*arguments).astype(dtype)

    weights = cell.init(generator, 3, 2, options)
    weights = {
        key: drawn(generator.uniform, -0.9, 0.9, array.shape) for key, array in weights.items()
    }
    x = drawn(generator.standard_normal, (4, 5, 3))
    state = tuple(drawn(generator.standard_normal, (4, 2)) for _ in range(cell.states))
    forward = cell.forward(weights, x, state, None, options)
    outputs, last = published_equations.run(name, weights, x, state, options)
    close = {"rtol": tolerance, "atol": tolerance / 10}
    np.testing.assert_allclose(forward.outputs, outputs, **close)
    assert len(forward.state) == cell.states
    for part, expected in zip(forward.state, last, strict=True):
        np.testing.assert_allclose(part, expected, **close)


def test_one_step_of_each_cell_worked_out_on_paper():
    x, h = np.array([[[2.0]]]), np.array([[0.5]])
    kernel, recurrent = np.array([[0.5]]), np.array([[-1.0]])
    # 2·0.5 − 0.5 + 0.25 = 0.75
    weights = {"kernel": kernel, "recurrent_kernel": recurrent, "bias": np.array([0.25])}
    result = cell_named("simple_rnn").forward(weights, x, (h,), None, CellOptions())
    assert result.outputs[0, 0, 0] == pytest.approx(math.tanh(0.75), rel=1e-14)

    # z from 0 is ½, r from 0 is ½; candidate 2·0.5 + ½·(−0.5 + 0.25) = 0.875
    weights = {
        "kernel": np.array([[0.0, 0.0, 0.5]]),
        "recurrent_kernel": np.array([[0.0, 0.0, -1.0]]),
        "bias": np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.25]]),
    }
    result = cell_named("gru").forward(weights, x, (h,), None, CellOptions())
    expected = 0.5 * 0.5 + 0.5 * math.tanh(0.875)
    assert result.outputs[0, 0, 0] == pytest.approx(expected, rel=1e-14)

    # i, f and o from 0 are ½; candidate tanh(0.75); c = ½·4 + ½·tanh(0.75)
    weights = {
        "kernel": np.array([[0.0, 0.0, 0.5, 0.0]]),
        "recurrent_kernel": np.array([[0.0, 0.0, -1.0, 0.0]]),
        "bias": np.array([0.0, 0.0, 0.25, 0.0]),
    }
    state = (h, np.array([[4.0]]))
    result = cell_named("lstm").forward(weights, x, state, None, CellOptions())
    cell_state = 2 + 0.5 * math.tanh(0.75)
    assert result.state[1][0, 0] == pytest.approx(cell_state, rel=1e-14)
    assert result.state[0][0, 0] == pytest.approx(0.5 * math.tanh(cell_state), rel=1e-14)
