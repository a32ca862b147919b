import threading

import numpy as np
import pytest

from forecast.errors import NonFiniteLossError, TooFewRowsError
from forecast.nn.dense import Dense
from forecast.nn.dropout import Dropout
from forecast.nn.optimizers import Optimizer
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import Stack, recurrent_network
from forecast.training.examples import ArrayExamples
from forecast.training.history import Progress
from forecast.training.passes import evaluate
from forecast.training.settings import TrainingSettings
from forecast.training.trainer import Trained, streams, train

NOW = {"engine": "numpy"}


@pytest.fixture(params=["numpy", "numba"], autouse=True)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run every test with networks of either engine."""
    monkeypatch.setitem(NOW, "engine", request.param)
    return request.param


def network(dropout: float = 0.0, layers: int = 1, cell: str = "gru") -> Stack:
    recurrent = tuple(
        Recurrent(cell, 6, k < layers, engine=NOW["engine"]) for k in range(1, layers + 1)
    )
    return recurrent_network(recurrent, Dense(1), dropout=Dropout(dropout), input_dim=2)


def examples(count: int = 90, seed: int = 0, scale: float = 1.0) -> ArrayExamples:
    generator = np.random.default_rng(seed)
    inputs = generator.normal(size=(count, 5, 2)).astype(np.float32)
    targets = (scale * inputs.sum(axis=(1, 2))[:, None] / 3).astype(np.float32)
    return ArrayExamples(inputs, targets)


def fit(
    settings: TrainingSettings,
    *,
    stack: Stack | None = None,
    data: ArrayExamples | None = None,
    validation: ArrayExamples | None = None,
    seed: int = 0,
    **told: object,
) -> Trained:
    stack = network() if stack is None else stack
    random = streams(seed)
    first = stack.init(random.init)
    data = examples() if data is None else data
    return train(stack, first, data, settings, validation=validation, random=random, **told)


def same_loss(loss: float) -> object:
    """Return what a loss through the layers equals: the same, but for rounding in a kernel."""
    return loss if NOW["engine"] == "numpy" else pytest.approx(loss, rel=1e-6)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", Optimizer("sgd", momentum=0.9)])
@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_every_loss_falls_with_every_optimizer(optimizer: str | Optimizer, loss: str) -> None:
    settings = TrainingSettings(loss=loss, optimizer=optimizer, epochs=25, learning_rate=0.01)
    history = fit(settings).history
    assert history[-1].loss < 0.5 * history[0].loss


def test_the_history_is_whole() -> None:
    trained = fit(TrainingSettings(epochs=4, batch_size=40), validation=examples(30, seed=1))
    assert [record.epoch for record in trained.history] == [1, 2, 3, 4]
    assert all(np.isfinite(record).all() for record in trained.history)
    assert all(record.seconds > 0 and record.grad_norm > 0 for record in trained.history)
    assert trained.stopped_by == "epochs"


def test_the_last_epoch_s_validation_loss_is_that_of_its_weights() -> None:
    validation = examples(30, seed=1)
    trained = fit(TrainingSettings(epochs=3, patience=None), validation=validation)
    again = evaluate(network(), trained.parameters, validation, "mse")
    assert again == same_loss(trained.history[-1].val_loss)


def test_early_stopping_takes_the_best_weights_back() -> None:
    validation = examples(40, seed=1, scale=-1.0)  # learning makes this one worse, early or late
    settings = TrainingSettings(epochs=60, patience=3, learning_rate=0.02)
    trained = fit(settings, validation=validation)
    losses = [record.val_loss for record in trained.history]
    assert trained.stopped_by == "patience"
    assert len(losses) == trained.best_epoch + 3 < 60
    assert losses[trained.best_epoch - 1] == min(losses)
    assert evaluate(network(), trained.parameters, validation, "mse") == same_loss(min(losses))


def test_without_validation_all_epochs_are_trained_and_the_last_weights_kept() -> None:
    trained = fit(TrainingSettings(epochs=15, patience=1))
    assert (len(trained.history), trained.best_epoch, trained.stopped_by) == (15, 15, "epochs")
    assert np.isnan(trained.history[0].val_loss)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    settings, stack = TrainingSettings(epochs=3), network(dropout=0.3, layers=2)
    one, two, other = (fit(settings, stack=stack, seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.parameters.flat, two.parameters.flat)
    assert [r.loss for r in one.history] == [r.loss for r in two.history]
    assert not np.array_equal(one.parameters.flat, other.parameters.flat)


def test_the_parameters_handed_in_stay_as_they_are() -> None:
    stack, random = network(), streams(0)
    first = stack.init(random.init)
    before = first.flat.copy()
    train(stack, first, examples(), TrainingSettings(epochs=2), random=random)
    np.testing.assert_array_equal(first.flat, before)


def test_dropout_acts_in_training_only() -> None:
    stack = network(dropout=0.5, layers=2)
    trained = fit(TrainingSettings(epochs=1), stack=stack)
    x = examples().inputs
    runs = [stack.forward(trained.parameters, x).outputs for _ in range(2)]
    np.testing.assert_array_equal(*runs)
    noisy = stack.forward(trained.parameters, x, generator=np.random.default_rng(0)).outputs
    assert not np.array_equal(runs[0], noisy)


def test_schedules() -> None:
    def rates(schedule: str, **more: object) -> list[float]:
        settings = TrainingSettings(epochs=10, batch_size=90, learning_rate=0.01, schedule=schedule)
        return [record.learning_rate for record in fit(settings, **more).history]

    assert rates("constant") == [0.01] * 10
    expected = [0.005 * (1 + np.cos(np.pi * t / 10)) for t in range(10)]
    np.testing.assert_allclose(rates("cosine"), expected)
    worse = examples(40, seed=1, scale=-1.0)
    settings = TrainingSettings(epochs=30, patience=8, learning_rate=0.02, schedule="plateau")
    trained = fit(settings, validation=worse)
    halved = [record.learning_rate for record in trained.history]
    best = trained.best_epoch
    assert halved[best - 1] == 0.02
    assert halved[-1] == 0.01  # half of the patience without a better epoch is one plateau


def test_clipping_limits_the_step_and_records_the_norm_before() -> None:
    settings = {"epochs": 1, "batch_size": 90, "optimizer": "sgd", "learning_rate": 1.0}
    stack, random = network(), streams(0)
    first = stack.init(random.init)
    trained = train(
        stack,
        first,
        examples(scale=50),
        TrainingSettings(clip_norm=0.25, **settings),
        random=random,
    )
    moved = np.linalg.norm(trained.parameters.flat - first.flat)
    assert moved == pytest.approx(0.25, rel=1e-5)
    assert trained.history[0].grad_norm > 1


def test_updates_that_were_clipped_are_counted() -> None:
    settings = {"epochs": 3, "batch_size": 40, "patience": None}
    free = fit(TrainingSettings(clip_norm=None, **settings)).history
    assert [(one.clipped, one.updates) for one in free] == [(0, 3)] * 3
    some = fit(TrainingSettings(clip_norm=1e-6, **settings)).history
    assert [(one.clipped, one.updates) for one in some] == [(3, 3)] * 3
    one_batch = {"epochs": 1, "batch_size": 90}
    norm = fit(TrainingSettings(clip_norm=None, **one_batch)).history[0].grad_norm
    found = [
        fit(TrainingSettings(clip_norm=limit, **one_batch)).history[0].clipped
        for limit in (0.99 * norm, 1.01 * norm)
    ]
    assert found == [1, 0]


def test_a_callback_hears_every_epoch_and_gets_a_copy_of_the_weights() -> None:
    heard: list[Progress] = []
    trained = fit(TrainingSettings(epochs=3), on_epoch=heard.append)
    assert [progress.record for progress in heard] == trained.history
    assert {progress.epochs for progress in heard} == {3}
    np.testing.assert_array_equal(heard[-1].parameters.flat, trained.parameters.flat)
    heard[-1].parameters.flat[:] = 0
    assert trained.parameters.flat.any()


def test_cancelling_keeps_the_best_weights_so_far() -> None:
    stop = threading.Event()

    def after_three(progress: Progress) -> None:
        if progress.record.epoch == 3:
            stop.set()

    validation = examples(40, seed=1)
    trained = fit(
        TrainingSettings(epochs=50), validation=validation, on_epoch=after_three, cancel=stop
    )
    losses = [record.val_loss for record in trained.history]
    assert (trained.stopped_by, len(losses)) == ("cancel", 3)
    assert evaluate(network(), trained.parameters, validation, "mse") == same_loss(min(losses))


def test_a_diverging_training_stops_at_once_and_says_where() -> None:
    settings = TrainingSettings(
        epochs=50, batch_size=30, optimizer="sgd", learning_rate=1e18, clip_norm=None
    )
    with pytest.raises(NonFiniteLossError) as caught:
        fit(settings, stack=network(cell="simple_rnn"), data=examples(scale=1e6))
    error = caught.value
    assert error.epoch >= 1
    assert 1 <= error.batch <= 3
    assert f"epoch {error.epoch}, batch {error.batch}" in str(error)
    assert "lower `learning_rate`" in str(error)
    assert "`clip_norm=1.0`" in str(error)


def test_a_nan_in_the_data_names_the_first_batch() -> None:
    data = examples()
    data.targets[:] = np.nan
    with pytest.raises(
        NonFiniteLossError, match="loss is no longer a finite number in epoch 1, batch 1"
    ):
        fit(TrainingSettings(epochs=2), data=data)


def test_targets_that_were_not_observed_change_nothing() -> None:
    data, rubbish = examples(), examples()
    observed = np.ones_like(data.targets, dtype=bool)
    observed[::3] = False
    rubbish.targets[::3] = np.nan
    results = [
        fit(TrainingSettings(epochs=2), data=ArrayExamples(d.inputs, d.targets, observed=observed))
        for d in (data, rubbish)
    ]
    np.testing.assert_array_equal(*(result.parameters.flat for result in results))


def test_padded_steps_change_nothing() -> None:
    data = examples(40)
    rubbish = np.concatenate((np.full((40, 3, 2), np.nan, np.float32), data.inputs), axis=1)
    mask = np.zeros((40, 8), dtype=bool)
    mask[:, 3:] = True
    plain = fit(TrainingSettings(epochs=2), data=data)
    padded = fit(TrainingSettings(epochs=2), data=ArrayExamples(rubbish, data.targets, mask=mask))
    # Sums over steps run over zeros too, in another order of blocks: equal but for rounding.
    np.testing.assert_allclose(padded.parameters.flat, plain.parameters.flat, atol=1e-5)


def test_no_example_is_refused() -> None:
    with pytest.raises(TooFewRowsError, match="no training example"):
        fit(TrainingSettings(), data=examples(0))


def test_a_short_last_batch_weighs_by_its_examples() -> None:
    """33 examples in batches of 32, at a rate so small that the weights stay: the plain mean."""
    data = examples(33)
    settings = TrainingSettings(epochs=1, batch_size=32, learning_rate=1e-30)
    stack = network()
    trained = fit(settings, data=data)
    outputs = stack.forward(trained.parameters, data.inputs).outputs
    mean = float(np.mean((outputs - data.targets) ** 2))
    assert trained.history[0].loss == pytest.approx(mean, rel=1e-5)


def test_examples_are_shuffled_anew_in_every_epoch_and_by_the_seed(engine: str) -> None:
    if engine == "numba":
        pytest.skip("A kernel is given all examples, and an order; tests/kernels compares the two.")

    class Spy(ArrayExamples):
        seen: list[list[int]] = []  # noqa: RUF012  (filled below, once a test)

        def batch(self, indices: np.ndarray) -> object:
            Spy.seen.append(indices.tolist())
            return super().batch(indices)

    plain = examples(20)
    settings = TrainingSettings(epochs=2, batch_size=20)
    for seed in (0, 1):
        fit(settings, data=Spy(plain.inputs, plain.targets), seed=seed)
    assert all(sorted(order) == list(range(20)) for order in Spy.seen)
    assert len({tuple(order) for order in Spy.seen}) == 4
    assert Spy.seen[0] != list(range(20))


def test_the_first_of_equal_epochs_is_kept() -> None:
    settings = TrainingSettings(epochs=5, patience=2, learning_rate=1e-30)
    trained = fit(settings, validation=examples(20, seed=1))
    assert (trained.best_epoch, len(trained.history)) == (1, 3)


def test_a_gradient_or_a_validation_loss_beyond_numbers_stops_too() -> None:
    steep = examples()
    steep.targets[:] = 1e30  # the loss is finite in float64 sums, its square in float32 is not
    with pytest.raises(NonFiniteLossError):
        fit(TrainingSettings(epochs=1), data=steep)
    bad = examples(10, seed=1)
    bad.targets[:] = np.inf
    with pytest.raises(NonFiniteLossError, match="validation loss"):
        fit(TrainingSettings(epochs=1), validation=bad)
