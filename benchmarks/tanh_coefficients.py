"""Find the coefficients of the kernels' tanh.

    python -m benchmarks.tanh_coefficients

tanh x ≈ x P(x²) / Q(x²) with Q(0) = 1, by weighted least squares of P − t Q, t = tanh(x) / x. The
weights are divided by the last Q, so that the error itself counts and not the numerator's
(Sanathanan and Koerner, 1963), and multiplied by the error found, so that the largest one shrinks
(Lawson, 1961).
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

LIMIT, DEGREE = 9.0, 4
POINTS, ROUNDS = 4000, 60
LEAST_WEIGHT = 1e-12


def fitted() -> tuple[Numbers, Numbers, float]:
    """Return the coefficients of P and Q, lowest first, and the largest relative error."""
    x = LIMIT / 2 * (1 - np.cos(np.pi * (np.arange(POINTS) + 0.5) / POINTS))  # Chebyshev's points
    x = x[x > 1e-4]  # below, x itself is right to the last digit
    t, u = np.tanh(x) / x, (x / LIMIT) ** 2
    powers = u[:, None] ** np.arange(DEGREE + 1)
    weights, below = np.ones_like(x), np.ones_like(x)
    best, least = np.zeros(2 * DEGREE + 1), np.inf
    for _ in range(ROUNDS):
        scale = np.sqrt(weights) / (below * t)
        matrix = np.concatenate((powers, -t[:, None] * powers[:, 1:]), axis=1) * scale[:, None]
        found = np.linalg.lstsq(matrix, t * scale, rcond=1e-16)[0]
        below = 1 + powers[:, 1:] @ found[DEGREE + 1 :]
        error = np.abs(powers @ found[: DEGREE + 1] / below / t - 1)
        if error.max() < least:
            best, least = found, float(error.max())
        weights = np.maximum(weights * error / np.dot(weights, error), LEAST_WEIGHT)
    unscaled = LIMIT ** (-2.0 * np.arange(DEGREE + 1))
    return best[: DEGREE + 1] * unscaled, np.r_[1, best[DEGREE + 1 :]] * unscaled, least


def main() -> None:
    """Print the coefficients in float32."""
    p, q, error = fitted()
    for name, values in (("P", p), ("Q", q)):
        print(name, ", ".join(str(float(np.float32(value))) for value in values))
    print(f"largest relative error on [0, {LIMIT:g}], in exact arithmetic: {error:.1e}")


if __name__ == "__main__":
    main()
