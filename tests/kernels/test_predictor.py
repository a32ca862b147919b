"""Small batches have a way of their own into the kernel, and threads may share a predictor."""

import threading

import numpy as np

from forecast.kernels import predictor as module
from forecast.nn.dense import Dense
from forecast.nn.fused import fused, runner
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import recurrent_network

STACK = recurrent_network(
    (Recurrent("gru", 9, engine="numba"),), Dense(2), dropout=None, input_dim=1
)
PARAMETERS = STACK.init(np.random.default_rng(0))


def windows(count: int) -> np.ndarray:
    return np.random.default_rng(count).normal(size=(count, 12, 1)).astype(np.float32)


def test_small_batches_have_the_bits_of_large_ones(monkeypatch) -> None:
    ahead, x = runner(STACK, PARAMETERS), windows(5)
    small = [ahead(x) for _ in range(2)]
    monkeypatch.setattr(module, "SMALL", 0)
    np.testing.assert_array_equal(small[0], ahead(x))
    np.testing.assert_array_equal(small[1], small[0])
    for row in range(5):
        monkeypatch.setattr(module, "SMALL", 4096 * (row % 2))
        np.testing.assert_array_equal(ahead(x[row : row + 1])[0], small[0][row])


def test_results_do_not_change_when_the_next_batch_is_run() -> None:
    ahead = runner(STACK, PARAMETERS)
    first = ahead(windows(3))
    kept = first.copy()
    ahead(windows(3) + 1)
    np.testing.assert_array_equal(first, kept)


def test_threads_may_share_a_predictor() -> None:
    ahead, wrong = runner(STACK, PARAMETERS), []
    expected = {count: ahead(windows(count)) for count in (1, 2, 40, 700)}

    def ask(count: int) -> None:
        for _ in range(200):
            same = np.array_equal(ahead(windows(count)), expected[count])
            wrong.extend([] if same else [count])

    threads = [threading.Thread(target=ask, args=(count,)) for count in expected]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []


def test_only_some_shapes_are_kept_ready(monkeypatch) -> None:
    monkeypatch.setattr(module, "SHAPES", 3)
    weights = module.Weights(fused(STACK).shape, PARAMETERS.flat)
    predictor, made = module.Predictor(weights), runner(STACK, PARAMETERS)
    for count in (1, 2, 3, 4, 5, 1):
        np.testing.assert_array_equal(predictor.predict(windows(count)), made(windows(count)))
        assert len(predictor._small) <= 3
