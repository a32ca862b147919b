"""Windows of many series, each run with its own series' weights."""

import numpy as np
import pytest

from forecast.errors import ShapeError
from forecast.nn.dense import Dense
from forecast.nn.local import local_runner
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import Stack, recurrent_network


def network(engine: str) -> Stack:
    layer = Recurrent("gru", 4, engine=engine)
    return recurrent_network((layer,), Dense(3, beside=2), dropout=None, input_dim=1)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("masked", [True, False])
def test_every_row_runs_with_the_weights_of_its_series(engine: str, masked: bool) -> None:
    generator, stack = np.random.default_rng(0), network(engine)
    drawn = [stack.init(np.random.default_rng(k)) for k in range(5)]
    weights, which = np.stack([one.flat for one in drawn]), generator.integers(5, size=40)
    x = generator.normal(size=(40, 6, 1)).astype(np.float32)
    beside = generator.normal(size=(40, 2)).astype(np.float32)
    mask = generator.random((40, 6)) < 0.7 if masked else None
    run, plain = local_runner(stack, weights), network("numpy")
    expected = np.concatenate(
        [
            plain.forward(
                drawn[series],
                x[k : k + 1],
                mask=None if mask is None else mask[k : k + 1],
                beside=beside[k : k + 1],
            ).outputs
            for k, series in enumerate(which)
        ]
    )
    found = run(x, mask, beside, which)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert found.dtype == np.float32
    own = run(x[:5], None if mask is None else mask[:5], beside[:5])
    same = run(x[:5], None if mask is None else mask[:5], beside[:5], np.arange(5))
    np.testing.assert_array_equal(own, same)
    assert run(x[:0], None, beside[:0], which[:0]).shape == (0, 3)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_what_does_not_fit_is_refused(engine: str) -> None:
    stack = network(engine)
    run = local_runner(stack, np.stack([stack.init(np.random.default_rng(0)).flat]))
    with pytest.raises(ShapeError):
        run(np.zeros((1, 6, 2), np.float32), None, np.zeros((1, 2), np.float32))
    with pytest.raises(ShapeError, match="`beside` must have the shape"):
        run(np.zeros((1, 6, 1), np.float32))
