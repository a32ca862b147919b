"""First values of the weights, as Keras draws them."""

from collections.abc import Callable

import numpy as np

from forecast.checks import one_of
from forecast.nn.arrays import Array, Shapes

Chosen = tuple[tuple[str, str], ...]  # pairs of a weight's name and an initializer's
Shape = tuple[int, ...]


def glorot_uniform(generator: np.random.Generator, rows: int, columns: int) -> Array:
    """Draw (rows, columns) uniformly from ±√(6 / (rows + columns)).

    Source: Glorot and Bengio (2010), "Understanding the difficulty of training deep
    feedforward neural networks", equation 16.
    """
    limit = np.sqrt(6.0 / (rows + columns))
    return generator.uniform(-limit, limit, size=(rows, columns))


def orthogonal(generator: np.random.Generator, rows: int, columns: int) -> Array:
    """Draw (rows, columns) with orthonormal rows or columns, whichever are fewer.

    Source: Saxe, McClelland and Ganguli (2014), "Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks". The sign of R's diagonal makes the draw uniform.
    """
    normal = generator.standard_normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(normal)
    q = q * np.sign(np.diag(r))
    return q if rows >= columns else q.T


def recurrent_shapes(
    gates: int, input_dim: int, units: int, bias: tuple[int, ...] | None
) -> Shapes:
    """Return the shapes of a cell's weights under Keras' names.

    Args:
        gates: blocks of columns: 1 for SimpleRNN, 3 for GRU, 4 for LSTM.
        input_dim: number of features.
        units: size of the hidden state.
        bias: shape of the bias, or None where there is none.
    """
    shapes: Shapes = {
        "kernel": (input_dim, gates * units),
        "recurrent_kernel": (units, gates * units),
    }
    return shapes if bias is None else shapes | {"bias": bias}


def recurrent_weights(generator: np.random.Generator, shapes: Shapes) -> dict[str, Array]:
    """Draw a kernel (glorot uniform) and a recurrent kernel (orthogonal); a bias is zero."""
    weights = {
        "kernel": glorot_uniform(generator, *shapes["kernel"]),
        "recurrent_kernel": orthogonal(generator, *shapes["recurrent_kernel"]),
    }
    return weights | ({"bias": np.zeros(shapes["bias"])} if "bias" in shapes else {})


def _fans(shape: Shape) -> tuple[int, int]:
    """Return how many values come into a weight of that shape, and how many go out, as in Keras."""
    return (shape[0], shape[0]) if len(shape) == 1 else (shape[0], shape[-1])


def _uniform(scale: Callable[[int, int], float]) -> Callable[[np.random.Generator, Shape], Array]:
    def draw(generator: np.random.Generator, shape: Shape) -> Array:
        limit = np.sqrt(3.0 * scale(*_fans(shape)))
        return generator.uniform(-limit, limit, size=shape)

    return draw


def _normal(scale: Callable[[int, int], float]) -> Callable[[np.random.Generator, Shape], Array]:
    """Return what draws from a normal distribution cut off at two standard deviations."""
    cut = 0.87962566103423978  # standard deviation of the standard normal between −2 and 2

    def draw(generator: np.random.Generator, shape: Shape) -> Array:
        drawn = generator.standard_normal(size=shape)
        while (outside := np.abs(drawn) > 2).any():
            drawn[outside] = generator.standard_normal(size=int(outside.sum()))
        cut_off: Array = drawn * (np.sqrt(scale(*_fans(shape))) / cut)
        return cut_off

    return draw


def _orthogonal(generator: np.random.Generator, shape: Shape) -> Array:
    rows = int(np.prod(shape[:-1]))
    return orthogonal(generator, rows, shape[-1]).reshape(shape)


def _identity(_generator: np.random.Generator, shape: Shape) -> Array:
    return np.eye(int(np.prod(shape[:-1])), shape[-1]).reshape(shape)


# By Keras' names, with Keras' constants.
INITIALIZERS: dict[str, Callable[[np.random.Generator, Shape], Array]] = {
    "glorot_uniform": _uniform(lambda rows, columns: 2.0 / (rows + columns)),
    "glorot_normal": _normal(lambda rows, columns: 2.0 / (rows + columns)),
    "he_uniform": _uniform(lambda rows, _: 2.0 / rows),
    "he_normal": _normal(lambda rows, _: 2.0 / rows),
    "lecun_uniform": _uniform(lambda rows, _: 1.0 / rows),
    "lecun_normal": _normal(lambda rows, _: 1.0 / rows),
    "orthogonal": _orthogonal,
    "identity": _identity,
    "random_uniform": lambda generator, shape: generator.uniform(-0.05, 0.05, size=shape),
    "random_normal": lambda generator, shape: generator.normal(0.0, 0.05, size=shape),
    "zeros": lambda _, shape: np.zeros(shape),
    "ones": lambda _, shape: np.ones(shape),
}


def redrawn(
    weights: dict[str, Array], chosen: Chosen, generator: np.random.Generator
) -> dict[str, Array]:
    """Return the weights, those that are chosen drawn anew.

    Raises:
        SettingError: there is no such initializer.
    """
    drawn = dict(weights)
    for name, initializer in chosen:
        one_of(f"{name}_initializer", initializer, INITIALIZERS)
        if name in drawn:
            drawn[name] = INITIALIZERS[initializer](generator, drawn[name].shape)
    return drawn
