"""First values of the weights, as Keras draws them."""

import numpy as np

from forecast.nn.arrays import Array, Shapes


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
