"""The machine's own rate: NumPy's float32 product of two matrices of 1024 × 1024."""

from collections.abc import Callable

import numpy as np

from benchmarks.choices import Choice, Run
from benchmarks.points import PRODUCT_SIDE, Point


def _products() -> Run:
    generator = np.random.default_rng(0)
    a, b = (
        generator.normal(size=(PRODUCT_SIDE, PRODUCT_SIDE)).astype(np.float32) for _ in range(2)
    )
    out = np.empty_like(a)

    def run(count: int) -> None:
        for _ in range(count):
            np.matmul(a, b, out=out)

    return run


def step(_: Point) -> list[Choice]:
    """Return the product; one run is one product."""
    return [Choice("", _products)]


def epoch(_: Point) -> list[Choice]:
    """Return the product, as an epoch."""

    def build() -> Callable[[], object]:
        products = _products()
        return lambda: products(1)

    return [Choice("", build)]


def versions() -> dict[str, str]:
    """Return the version of NumPy."""
    return {"numpy": np.__version__}
