"""A network that trains in one kernel takes the steps that it takes through its layers."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forecast.nn.activations import ACTIVATIONS
from forecast.nn.cell import CellOptions
from forecast.nn.optimizers import Optimizer
from forecast.training.examples import ArrayExamples
from forecast.training.settings import TrainingSettings
from forecast.training.steps import FusedSteps, PlainSteps, steps_of
from tests.kernels.engines import (
    CELLS,
    assert_near,
    cell_and_reset,
    masks,
    network_of,
    relu_watched,
)

# What the weights moved by is small beside the weights, whose last bits it shares: 6e-8 of 1 is
# 6e-5 of a thousandth.
MOVED = 1e-3

OPTIMIZERS = (
    Optimizer("sgd"),
    Optimizer("sgd", momentum=0.9),
    Optimizer("sgd", momentum=0.8, nesterov=True),
    Optimizer("rmsprop", rho=0.8, epsilon=1e-3),
    # Keras' ε of 1e-7 lets a gradient of nothing but rounding make a whole step. With 1e-3 an
    # error of rounding stays one.
    Optimizer("adam", epsilon=1e-3),
    Optimizer("adam", beta_1=0.8, beta_2=0.99, epsilon=1e-3),
)


class Case(NamedTuple):
    """A training to run in both engines.

    Attributes:
        kind: kernel of the cell.
        units: of each layer.
        features, outputs, timesteps: sizes of an example.
        head_bias: whether the head has one.
        options: of the cell.
        batch: examples in an update.
        count: examples in all.
        mask: (count, timesteps) or None.
        observed: share of the targets that is, or None for all; 0 leaves the second batch none.
        settings: of the training.
        seed: of all numbers.
    """

    kind: str
    units: tuple
    features: int
    outputs: int
    timesteps: int
    head_bias: bool
    options: CellOptions
    batch: int
    count: int
    mask: np.ndarray | None
    observed: float | None
    settings: TrainingSettings
    seed: int


class Results(NamedTuple):
    """What a training brought.

    Attributes:
        losses, norms: of every batch.
        moved: by how much each weight.
        after: the loss after training.
    """

    losses: list
    norms: list
    moved: np.ndarray
    after: float


@st.composite
def cases(draw, kind):
    batch = draw(st.sampled_from((1, 2, 3, 8, 17, 33, 70)))
    count, timesteps = draw(st.integers(1, 3 * batch)), draw(st.integers(1, 6))
    functions = ("tanh", "sigmoid")
    if draw(st.booleans()):
        functions = tuple(draw(st.sampled_from(tuple(ACTIVATIONS))) for _ in range(2))
    reset_after, use_bias = cell_and_reset(kind)[1], draw(st.booleans())
    return Case(
        kind,
        tuple(draw(st.lists(st.sampled_from((1, 5, 16, 17, 33)), min_size=1, max_size=3))),
        draw(st.integers(1, 18)),
        draw(st.integers(1, 20)),
        timesteps,
        draw(st.booleans()),
        CellOptions(*functions, reset_after, use_bias),
        batch,
        count,
        draw(masks(count, timesteps)),
        draw(st.sampled_from((None, 0.6, 0.0))),
        TrainingSettings(
            loss=draw(st.sampled_from(("mse", "mae", "huber"))),
            optimizer=draw(st.sampled_from(OPTIMIZERS)),
            clip_norm=draw(st.sampled_from((None, 1.0, 0.1))),
            batch_size=batch,
        ),
        draw(st.integers(0, 10_000)),
    )


def examples_of(case):
    """Draw examples; NaN stands where nothing must be read."""
    generator = np.random.default_rng(case.seed)
    inputs = generator.uniform(-1, 1, (case.count, case.timesteps, case.features))
    targets = generator.normal(size=(case.count, case.outputs))
    if case.settings.loss == "mae":  # no error so near to the kink that its sign is rounding
        targets += 3 * np.sign(targets)
    observed = None
    if case.mask is not None:
        inputs[~case.mask] = np.nan
    if case.observed is not None:
        observed = generator.random(targets.shape) < (case.observed or 0.6)
        if case.observed == 0:
            observed[case.batch : 2 * case.batch] = False
        targets[~observed] = np.nan
    return ArrayExamples(inputs.astype(np.float32), targets.astype(np.float32), case.mask, observed)


def first_weights(network, seed):
    """Draw weights as for a training, and move every bias from where it starts."""
    generator = np.random.default_rng(seed)
    first = network.init(generator)
    moved = first.flat + 0.1 * generator.uniform(-1, 1, first.flat.shape)
    return first.with_flat((0.7 * moved).astype(np.float32))


def network(case, engine):
    return network_of(
        case.kind,
        case.units,
        engine=engine,
        outputs=case.outputs,
        features=case.features,
        options=case.options,
        head_bias=case.head_bias,
    )


def taken(case, engine, *, threads=None):
    """Take all batches of a case; return what they brought."""
    stack = network(case, engine)
    examples = examples_of(case)
    first, dropout = first_weights(stack, case.seed), np.random.default_rng(0)
    steps = steps_of(stack, first, examples, case.settings, dropout, threads)
    assert isinstance(steps, FusedSteps if engine == "numba" else PlainSteps)
    order = np.arange(case.count)
    if case.observed != 0:
        order = np.random.default_rng(case.seed).permutation(order)
    batches = -(-case.count // case.batch)
    rate = 0.03 if case.settings.optimizer.name == "sgd" else 0.01
    brought = steps.take(order, rate / np.arange(1.0, batches + 1))
    moved = steps.parameters().flat - first.flat
    return Results(brought.losses, brought.norms, moved, steps.evaluate(examples))


@pytest.mark.parametrize("kind", CELLS)
@settings(max_examples=60)
@given(data=st.data())
def test_both_engines_take_the_same_steps(kind, data):
    case = data.draw(cases(kind))
    with relu_watched() as nearest, np.errstate(over="ignore", invalid="ignore"):
        expected = taken(case, "numpy")
    assume(nearest() > 1e-5)
    assume(np.abs(expected.moved).max() < 1)  # without a bound on the gates some run away
    actual = taken(case, "numba")
    assert len(actual.losses) == -(-case.count // case.batch)
    assert_near(actual.losses, expected.losses, what="losses", least=0.1)
    assert_near(actual.norms, expected.norms, what="norms", least=0.1)
    assert_near(actual.moved, expected.moved, MOVED, "weights", least=1e-3)
    if np.isnan(expected.after):  # not one target was observed
        assert np.isnan(actual.after)
    else:
        assert_near(actual.after, expected.after, what="loss after training", least=0.1)


@pytest.mark.parametrize("name", ["adam", "rmsprop"])
def test_an_epsilon_too_small_for_float32_spoils_no_more_than_in_numpy(name):
    """Weights that only fill up sixteens have gradients of zero, and 0 / (√0 + ε) is theirs."""
    optimizer = Optimizer(name, epsilon=1e-46)
    told = TrainingSettings(batch_size=8, optimizer=optimizer)
    sizes = {"units": (5,), "features": 2, "outputs": 1, "timesteps": 4, "head_bias": True}
    rest = {"options": CellOptions(), "batch": 8, "count": 24, "mask": None, "observed": None}
    case = Case("gru", **sizes, **rest, settings=told, seed=0)
    found, expected = (taken(case, engine) for engine in ("numba", "numpy"))
    assert np.isfinite(expected.losses).all()
    # Without ε a gradient of little more than rounding makes a whole step.
    assert_near(found.losses, expected.losses, 1e-3)
