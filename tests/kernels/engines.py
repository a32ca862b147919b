"""Networks, numbers and measures for tests that put the compiled kernels beside NumPy."""

from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import strategies as st

from forecast.nn.activations import ACTIVATIONS, Activation
from forecast.nn.dense import Dense
from forecast.nn.dropout import Dropout
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import recurrent_network

ENGINES = ("numba", "numpy")
CELLS = ("simple_rnn", "gru", "gru_before", "lstm")

# Sixteen units fill a vector, 48 a tile of three: sizes on both sides of every edge.
UNITS = (1, 2, 3, 7, 15, 16, 17, 31, 33, 48, 49, 65)

# float32 has 24 bits, 6e-8; sums of some dozen products in another order lose a digit of these.
TOLERANCE = 1e-5


def distance(actual, expected, least=0.0):
    """Return the largest difference, relative to the largest value that was expected.

    Sums that cancel leave nothing but rounding: values are taken to be at least as large as
    `least`, what stands beside them.
    """
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    assert actual.shape == expected.shape
    assert np.isfinite(actual).all()
    if actual.size == 0:
        return 0.0
    size, apart = max(np.abs(expected).max(), least), np.abs(actual - expected).max()
    return float(apart / size) if size else float(apart)


def assert_near(actual, expected, tolerance=TOLERANCE, what="", least=0.0):
    assert distance(actual, expected, least) <= tolerance, what


def assert_same_bits(actual, expected, what=""):
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert (actual.dtype, actual.shape) == (expected.dtype, expected.shape), what
    assert actual.tobytes() == expected.tobytes(), what


def cell_and_reset(kind):
    """Return the cell of a kernel and whether its reset gate stands after the product."""
    return ("gru", False) if kind == "gru_before" else (kind, True)


def network_of(kind, units, *, engine, outputs=1, features=2, options, rate=None, head_bias=True):
    """Return recurrent layers of so many units, dropout between them, and a linear head."""
    cell, _ = cell_and_reset(kind)
    layers = tuple(
        Recurrent(cell, size, number < len(units), options, engine)
        for number, size in enumerate(units, start=1)
    )
    between = None if rate is None else Dropout(rate)
    head = Dense(outputs, use_bias=head_bias)
    return recurrent_network(layers, head, dropout=between, input_dim=features)


@st.composite
def masks(draw, batch, timesteps):
    """Draw None or a mask (batch, timesteps) with padding in front, behind, or anywhere."""
    place = draw(st.sampled_from((None, None, "front", "behind", "anywhere")))
    if place is None:
        return None
    generator = np.random.default_rng(draw(st.integers(0, 1000)))
    if place == "anywhere":
        return generator.random((batch, timesteps)) < 0.6
    behind = np.arange(timesteps) < generator.integers(0, timesteps + 1, batch)[:, None]
    return behind if place == "behind" else behind[:, ::-1]


@contextmanager
def relu_watched():
    """Note how near to its kink relu is asked, of NumPy's cells, within the block.

    Nearer than the engines agree, one may take the slope of the left side and one of the right.
    """
    relu, nearest = ACTIVATIONS["relu"], [np.inf]

    def value(x):
        apart = np.abs(x)
        nearest.append(float(apart.min(initial=np.inf, where=apart > 0)))
        return relu.value(x)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ACTIVATIONS, "relu", Activation(value, relu.slope))
        yield lambda: min(nearest)
