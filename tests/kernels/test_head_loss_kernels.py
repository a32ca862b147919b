"""Heads with several numbers a target train in one kernel as they do through NumPy's layers."""

import numpy as np
import pytest

from forecast.errors import NonFiniteLossError, ShapeError
from forecast.nn.cell import CellOptions
from forecast.nn.losses import HEAD_LOSSES, loss_and_gradient, width_of
from forecast.training.examples import ArrayExamples
from forecast.training.settings import TrainingSettings
from forecast.training.steps import FusedSteps, PlainSteps, steps_of
from forecast.training.trainer import streams, train
from tests.kernels.engines import CELLS, ENGINES, assert_near, cell_and_reset, network_of

QUANTILES = {"one": (0.5,), "three": (0.1, 0.5, 0.9), "five": (0.025, 0.2, 0.5, 0.9, 0.975)}
HEADS = [("student_t", "three"), *(("quantile", which) for which in QUANTILES)]
COUNT, BATCH = 75, 20  # the last batch is not full


def told(loss, which="three", **more):
    return TrainingSettings(loss=loss, quantiles=QUANTILES[which], batch_size=BATCH, **more)


def examples(horizon=3, count=COUNT, *, partly=True, seed=0):
    """Draw examples; NaN stands where a target is not observed, and batch 2 of 4 has none."""
    generator = np.random.default_rng(seed)
    inputs = generator.uniform(-1, 1, (count, 6, 2)).astype(np.float32)
    targets = generator.normal(size=(count, horizon)).astype(np.float32)
    targets += 3 * np.sign(targets)  # no quantile so near that the sign of its error is rounding
    if not partly:
        return ArrayExamples(inputs, targets)
    observed = generator.random(targets.shape) < 0.7
    observed[BATCH : 2 * BATCH] = False
    targets[~observed] = np.nan
    return ArrayExamples(inputs, targets, generator.random((count, 6)) < 0.8, observed)


def network(settings, engine, kind="gru", horizon=3):
    options = CellOptions(reset_after=cell_and_reset(kind)[1])
    outputs = horizon * width_of(settings.loss, settings.quantiles)
    return network_of(kind, (9,), engine=engine, outputs=outputs, options=options)


def steps_in(engine, settings, data, *, kind="gru", horizon=3, threads=None, first=None):
    stack = network(settings, engine, kind, horizon)
    first = first or stack.init(np.random.default_rng(0), "float32")
    steps = steps_of(stack, first, data, settings, np.random.default_rng(0), threads)
    assert isinstance(steps, FusedSteps if engine == "numba" else PlainSteps)
    return first, steps


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize(("loss", "which"), HEADS)
@pytest.mark.parametrize("partly", [True, False])
def test_both_engines_take_the_same_steps(kind, loss, which, partly):
    data, settings, results = examples(partly=partly), told(loss, which, optimizer="sgd"), []
    for engine in ENGINES:
        first, steps = steps_in(engine, settings, data, kind=kind)
        brought = steps.take(np.arange(COUNT), np.full(4, 0.03))
        moved = steps.parameters().flat - first.flat
        results.append((brought.losses, brought.norms, moved, steps.evaluate(data)))
    found, expected = results
    assert (expected[0][1] == 0) == partly  # the batch of which nothing was observed
    for actual, wanted, tolerance in zip(found, expected, (1e-5, 1e-5, 1e-4, 1e-5), strict=True):
        assert_near(actual, wanted, tolerance)


@pytest.mark.parametrize(("loss", "which"), HEADS)
@pytest.mark.parametrize("horizon", [1, 3, 7])  # 35 outputs fill more than two sixteens
def test_whole_trainings_agree(loss, which, horizon):
    data, results = examples(horizon), []
    settings = told(loss, which, epochs=4, learning_rate=0.01)
    for engine in ENGINES:
        stack, random = network(settings, engine, horizon=horizon), streams(0)
        first = stack.init(random.init, "float32")
        validation = examples(horizon, 50, seed=1)
        trained = train(stack, first, data, settings, validation=validation, random=random)
        results.append((trained.parameters.flat - first.flat, trained.history))
    (moved, history), (wanted, expected) = results
    assert_near(moved, wanted, 1e-4)
    for left, right in zip(history, expected, strict=True):
        assert np.isfinite(right.val_loss)
        assert_near(left[1:5], right[1:5])  # up to the norm of the gradient
        assert left[6:] == right[6:]  # updates, and those that were clipped
    assert expected[-1].val_loss != expected[0].val_loss


@pytest.mark.parametrize("loss", HEAD_LOSSES)
def test_epochs_taken_together_are_epochs_taken_apart(loss, monkeypatch):
    """The kernel itself scores validation examples where it takes several epochs in one call."""
    data, validation, results = examples(), examples(3, 50, seed=1), []
    calls, take_epochs = [], FusedSteps.take_epochs

    def counted(self, orders, *more):
        calls.append(len(orders))
        return take_epochs(self, orders, *more)

    monkeypatch.setattr(FusedSteps, "take_epochs", counted)
    for together in (True, False):
        settings = told(loss, epochs=30, learning_rate=0.01, patience=None)
        stack, random = network(settings, "numba"), streams(0)
        first = stack.init(random.init, "float32")
        watch = None if together else lambda _: None
        results.append(
            train(
                stack, first, data, settings, validation=validation, random=random, on_epoch=watch
            )
        )
    found, expected = ([(one.loss, one.val_loss) for one in result.history] for result in results)
    assert found == expected
    assert results[0].parameters.flat.tobytes() == results[1].parameters.flat.tobytes()


@pytest.mark.parametrize(("loss", "which"), HEADS)
@pytest.mark.parametrize("engine", ENGINES)
def test_an_evaluation_is_the_mean_over_the_observed_targets(loss, which, engine):
    data, settings = examples(count=1100), told(loss, which)  # more than one pass of NumPy's
    first, steps = steps_in(engine, settings, data)
    outputs = network(settings, "numpy").forward(first, data.inputs, mask=data.mask).outputs
    expected, _ = loss_and_gradient(loss, outputs, data.targets, data.observed, settings.quantiles)
    assert steps.evaluate(data) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("loss", HEAD_LOSSES)
def test_threads_change_no_bit(loss):
    flats = []
    for threads in (1, 2):
        _, steps = steps_in("numba", told(loss), examples(), threads=threads)
        steps.take(np.arange(COUNT), np.full(4, 0.01))
        flats.append(steps.parameters().flat)
    assert flats[0].tobytes() == flats[1].tobytes()


def with_bias(settings, bias):
    """Return weights of a network whose outputs are nothing but the head's bias."""
    first = network(settings, "numpy", horizon=1).init(np.random.default_rng(0), "float32")
    flat = np.zeros_like(first.flat)
    flat[-len(bias) :] = bias
    return first.with_flat(flat)


@pytest.mark.parametrize("scale", [-200.0, -60.0, -8.0, -0.1, 0.0, 0.1, 8.0, 60.0, 1e6])
@pytest.mark.parametrize("freedom", [-200.0, -60.0, -8.0, 0.0, 3.0, 60.0, 1e4, 1e6])
def test_student_agrees_wherever_its_numbers_lie(scale, freedom):
    """Loss and gradient, through the step of an SGD whose rate is 1."""
    settings, data = (
        told("student_t", optimizer="sgd", clip_norm=None),
        examples(1, 8, partly=False),
    )
    first, results = with_bias(settings, [0.3, scale, freedom]), []
    for engine in ENGINES:
        _, steps = steps_in(engine, settings, data, horizon=1, first=first)
        brought = steps.take(np.arange(8), np.ones(1))
        results.append((brought.losses[0], brought.norms[0]))
        slopes = loss_and_gradient(
            "student_t", np.tile(first.flat[-3:].astype(float), (8, 1)), data.targets
        )[1]
        moved = steps.parameters().flat[-3:].astype(float) - first.flat[-3:]
        room = 2e-6 * np.abs(slopes.sum(axis=0)) + 1e-7 * np.abs(first.flat[-3:]) + 1e-7
        assert (np.abs(moved + slopes.sum(axis=0)) < room).all(), engine
    # Outputs are the bias to the last bit here, and both engines go on in float64.
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-12, abs=2e-9)
    assert results[0][1] == pytest.approx(results[1][1], rel=1e-5)


@pytest.mark.parametrize(
    ("loss", "place"), [("quantile", 1), *(("student_t", k) for k in range(3))]
)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_number_that_is_not_finite_ends_the_training(loss, place, engine):
    settings, data = told(loss, epochs=2), examples(1, 8, partly=False)
    bias = np.zeros(3, np.float32)
    bias[place] = np.nan
    stack = network(settings, engine, horizon=1)
    with pytest.raises(NonFiniteLossError):
        train(stack, with_bias(settings, bias), data, settings, random=streams(0))


@pytest.mark.parametrize("loss", HEAD_LOSSES)
@pytest.mark.parametrize("engine", ENGINES)
def test_targets_and_heads_that_do_not_fit_are_refused(loss, engine):
    for outputs, data, said in (
        (9, examples(9, partly=False), r"\(20, 3\)|\(75, 3\)"),
        (7, examples(2, partly=False), "no multiple of 3"),
    ):
        stack = network_of("gru", (9,), engine=engine, outputs=outputs, options=CellOptions())
        first = stack.init(np.random.default_rng(0), "float32")
        with pytest.raises(ShapeError, match=said):
            train(stack, first, data, told(loss), random=streams(0))
