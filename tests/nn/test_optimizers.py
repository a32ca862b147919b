"""Optimizers against scalar loops written from the formulas of Keras' documentation."""

import math

import numpy as np
import pytest

from forecast.errors import SettingError
from forecast.nn.optimizers import UPDATES, Optimizer, clip_by_global_norm

LEARNING_RATE = 0.05
# One row a step; a gradient of zero and one near ε are among them.
GRADIENTS = np.array(
    [[0.5, -2.0, 1e-7], [0.3, 1.0, 0.0], [-0.4, 0.5, 2e-7], [0.0, -3.0, -1e-7], [0.2, 0.1, 1e-3]]
)
START = np.array([1.0, -2.0, 0.5])


def keras_sgd(gradients, weight, momentum, nesterov):
    """Keras: velocity = momentum * velocity - learning_rate * g; w = w + velocity.

    When nesterov: w = w + momentum * velocity - learning_rate * g.
    """
    velocity, path = 0.0, []
    for g in gradients:
        velocity = momentum * velocity - LEARNING_RATE * g
        step = momentum * velocity - LEARNING_RATE * g if nesterov else velocity
        weight = weight + step
        path.append(weight)
    return path


def keras_rmsprop(gradients, weight, rho, epsilon):
    """Keras: v = rho * v + (1 - rho) * g²; w = w - learning_rate * g / sqrt(v + epsilon)."""
    second, path = 0.0, []
    for g in gradients:
        second = rho * second + (1 - rho) * g**2
        weight = weight - LEARNING_RATE * g / math.sqrt(second + epsilon)
        path.append(weight)
    return path


def keras_adam(gradients, weight, beta_1, beta_2, epsilon):
    """Keras: ε is the "epsilon hat" of the formula just before section 2.1 of the paper."""
    first, second, path = 0.0, 0.0, []
    for t, g in enumerate(gradients, start=1):
        first = beta_1 * first + (1 - beta_1) * g
        second = beta_2 * second + (1 - beta_2) * g**2
        alpha = LEARNING_RATE * math.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        weight = weight - first * alpha / (math.sqrt(second) + epsilon)
        path.append(weight)
    return path


def path_of(optimizer, dtype="float64"):
    """Return the weights after every step."""
    flat = START.astype(dtype)
    state, path = optimizer.init(flat), []
    for gradient in GRADIENTS.astype(dtype):
        step, state = optimizer.update(gradient, state, LEARNING_RATE)
        flat = flat + step
        path.append(flat)
    assert state.step == len(GRADIENTS)
    return np.array(path)


def expected(reference, *settings):
    columns = [
        reference([float(g) for g in GRADIENTS[:, k]], float(START[k]), *settings)
        for k in range(len(START))
    ]
    return np.array(columns).T


CASES = [
    (Optimizer("sgd"), keras_sgd, (0.0, False)),
    (Optimizer("sgd", nesterov=True), keras_sgd, (0.0, True)),
    (Optimizer("sgd", momentum=0.9), keras_sgd, (0.9, False)),
    (Optimizer("sgd", momentum=0.8, nesterov=True), keras_sgd, (0.8, True)),
    (Optimizer("rmsprop"), keras_rmsprop, (0.9, 1e-7)),
    (Optimizer("rmsprop", rho=0.5, epsilon=1e-3), keras_rmsprop, (0.5, 1e-3)),
    (Optimizer(), keras_adam, (0.9, 0.999, 1e-7)),
    (Optimizer("adam", beta_1=0.5, beta_2=0.9, epsilon=1e-3), keras_adam, (0.5, 0.9, 1e-3)),
]


@pytest.mark.parametrize(("optimizer", "reference", "settings"), CASES)
def test_every_step_follows_the_formula(optimizer, reference, settings):
    np.testing.assert_allclose(path_of(optimizer), expected(reference, *settings), rtol=1e-12)


@pytest.mark.parametrize(("optimizer", "reference", "settings"), CASES)
def test_float32_follows_it_too_and_stays_float32(optimizer, reference, settings):
    path = path_of(optimizer, "float32")
    assert path.dtype == np.float32
    np.testing.assert_allclose(path, expected(reference, *settings), rtol=2e-6)


@pytest.mark.parametrize("name", UPDATES)
def test_a_learning_rate_of_numpy_keeps_float32(name):
    optimizer, flat = Optimizer(name), START.astype("float32")
    # What a schedule computed with np.cos hands over.
    step, state = optimizer.update(flat, optimizer.init(flat), np.float64(LEARNING_RATE))
    assert {step.dtype, state.first.dtype, state.second.dtype} == {np.dtype("float32")}


def test_the_first_step_of_adam_by_hand():
    # m̂/√v̂ is the sign of g, whatever its size, once ε is negligible.
    optimizer = Optimizer("adam")
    gradient = np.array([3.0, -0.01])
    step, state = optimizer.update(gradient, optimizer.init(gradient), 0.1)
    np.testing.assert_allclose(step, [-0.1, 0.1], rtol=1e-3)
    np.testing.assert_allclose(state.first, [0.3, -0.001], rtol=1e-12)
    np.testing.assert_allclose(state.second, [0.009, 1e-7], rtol=1e-12)


@pytest.mark.parametrize("name", UPDATES)
def test_update_changes_no_argument(name):
    optimizer = Optimizer(name, momentum=0.9)
    gradient = GRADIENTS[0].copy()
    _, state = optimizer.update(gradient, optimizer.init(START), 0.1)
    first, second = state.first.copy(), state.second.copy()
    results = [optimizer.update(gradient, state, 0.1)[0] for _ in range(2)]
    np.testing.assert_array_equal(*results)
    np.testing.assert_array_equal(gradient, GRADIENTS[0])
    np.testing.assert_array_equal(state.first, first)
    np.testing.assert_array_equal(state.second, second)
    assert state.step == 1


@pytest.mark.parametrize("name", UPDATES)
def test_a_gradient_of_zero_takes_no_first_step(name):
    optimizer = Optimizer(name, momentum=0.9)
    step, _ = optimizer.update(np.zeros(3), optimizer.init(START), 0.1)
    np.testing.assert_array_equal(step, np.zeros(3))


def test_settings_start_as_in_keras():
    optimizer = Optimizer()
    assert (optimizer.name, optimizer.beta_1, optimizer.beta_2) == ("adam", 0.9, 0.999)
    assert (optimizer.rho, optimizer.momentum, optimizer.nesterov) == (0.9, 0.0, False)
    assert optimizer.epsilon == 1e-7


@pytest.mark.parametrize("setting", ["momentum", "rho", "beta_1", "beta_2"])
@pytest.mark.parametrize("wrong", [-0.1, 1, 1.5, float("nan"), float("inf"), "0.9", True, None])
def test_shares_outside_their_range_are_refused(setting, wrong):
    rule = rf"`{setting}` must be a finite number at least 0 and below 1; got "
    with pytest.raises(SettingError, match=rule):
        Optimizer(**{setting: wrong})


@pytest.mark.parametrize("wrong", [0, -1e-7, float("nan")])
def test_epsilon_must_be_above_zero(wrong):
    with pytest.raises(SettingError, match=r"`epsilon` must be a finite number above 0; got"):
        Optimizer(epsilon=wrong)


def test_an_unknown_optimizer_is_refused():
    rule = r"`optimizer` must be one of 'adam', 'rmsprop', 'sgd'; got 'adamw'\."
    with pytest.raises(SettingError, match=rule):
        Optimizer("adamw")


def test_clipping_below_at_and_without_a_limit_leaves_the_gradient():
    gradient = np.array([3.0, -4.0])
    for limit in (5.0, 6.0, None):
        clipped, norm = clip_by_global_norm(gradient, limit)
        assert norm == 5.0
        np.testing.assert_array_equal(clipped, [3.0, -4.0])


def test_clipping_above_scales_to_the_limit_and_keeps_the_direction():
    gradient = np.array([3.0, -4.0])
    clipped, norm = clip_by_global_norm(gradient, 1.0)
    assert norm == 5.0
    np.testing.assert_allclose(clipped, [0.6, -0.8], rtol=1e-15)
    np.testing.assert_array_equal(gradient, [3.0, -4.0])


def test_clipping_keeps_float32_and_leaves_what_is_not_finite_to_be_seen():
    clipped, norm = clip_by_global_norm(np.array([3.0, 4.0], "float32"), 1.0)
    assert clipped.dtype == np.float32
    assert isinstance(norm, float)
    broken, norm = clip_by_global_norm(np.array([np.nan, 1.0]), 1.0)
    assert np.isnan(norm)
    assert np.isnan(broken[0])
    zero, norm = clip_by_global_norm(np.zeros(3), 1.0)
    assert norm == 0.0
    assert not zero.any()
