"""First values of the weights, as Keras draws them."""

import numpy as np

from forecast.nn.arrays import Array


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
