"""One network for each series: what each would have learned alone, whichever thread takes it."""

import dataclasses
import threading

import numpy as np
import pytest

from forecast.errors import NonFiniteLossError, ShapeError
from forecast.nn.cell import CellOptions
from forecast.nn.dense import Dense
from forecast.nn.dropout import Dropout
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import Stack, recurrent_network
from forecast.training import local_job
from forecast.training.examples import ArrayExamples
from forecast.training.local import LocalTrained, local_streams, train_local
from forecast.training.settings import TrainingSettings
from forecast.training.trainer import Trained, train

COUNTS = (5, 0, 12, 1, 7, 12, 20)
OFFSETS = np.concatenate([[0], np.cumsum(COUNTS)])
SETTINGS = TrainingSettings(epochs=6, batch_size=1, patience=None, learning_rate=0.01)


def network(engine: str = "numba", cell: str = "simple_rnn", beside: int = 0) -> Stack:
    layers = (
        Recurrent(cell, 5, True, CellOptions(), engine),
        Recurrent(cell, 6, engine=engine),
    )
    return recurrent_network(layers, Dense(2, beside=beside), dropout=Dropout(0.2), input_dim=1)


def plain_network(engine: str = "numba") -> Stack:
    layer = Recurrent("simple_rnn", 6, engine=engine)
    return recurrent_network((layer,), Dense(2), dropout=None, input_dim=1)


def examples(*, masked: bool = False, beside: int = 0) -> ArrayExamples:
    generator, count = np.random.default_rng(0), int(OFFSETS[-1])
    inputs = generator.uniform(-1, 1, (count, 3, 1)).astype(np.float32)
    targets = generator.normal(size=(count, 2)).astype(np.float32)
    mask = observed = None
    if masked:
        mask, observed = generator.random((count, 3)) < 0.8, generator.random((count, 2)) < 0.8
    numbers = generator.normal(size=(count, beside)).astype(np.float32) if beside else None
    return ArrayExamples(inputs, targets, mask, observed, numbers)


def part(data: ArrayExamples, series: int) -> ArrayExamples:
    places = slice(OFFSETS[series], OFFSETS[series + 1])
    arrays = (getattr(data, field.name) for field in dataclasses.fields(data))
    return type(data)(*(None if array is None else array[places] for array in arrays))


def alone(stack: Stack, data: ArrayExamples, series: int, settings: TrainingSettings) -> Trained:
    random = local_streams(0, series)
    return train(stack, stack.init(random.init), part(data, series), settings, random=random)


def assert_as_alone(
    told: LocalTrained, stack: Stack, data: ArrayExamples, settings: TrainingSettings
) -> None:
    assert told.stopped_by == "epochs"
    for series, count in enumerate(COUNTS):
        if count:
            expected = alone(stack, data, series, settings)
            np.testing.assert_array_equal(told.weights[series], expected.parameters.flat)
            losses = [record.loss for record in expected.history]
            np.testing.assert_allclose(told.losses[series], losses, rtol=1e-12)


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
@pytest.mark.parametrize("masked", [True, False])
def test_each_series_learns_what_it_learns_alone(cell: str, masked: bool) -> None:
    stack, data = network(cell=cell, beside=2), examples(masked=masked, beside=2)
    told = train_local(stack, data, OFFSETS, SETTINGS, threads=1)
    assert_as_alone(told, stack, data, SETTINGS)
    assert told.done.tolist() == [count > 0 for count in COUNTS]


@pytest.mark.parametrize(
    "more",
    [
        {"batch_size": 8},
        {"schedule": "cosine", "optimizer": "rmsprop"},
        {"schedule": "plateau", "batch_size": 4},
        {"average_epochs": 3, "loss": "pinball", "tilt": 0.3},
        {"steps_per_epoch": 3, "batch_size": 4},
        {"shuffle": False, "loss": "mae"},
        {"patience": 2},
    ],
    ids=lambda more: next(iter(more)),
)
def test_every_setting_is_heard(more: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_job, "GROUP_SERIES", 2)
    settings = dataclasses.replace(SETTINGS, **more)
    told = train_local(plain_network(), examples(), OFFSETS, settings)
    assert_as_alone(told, plain_network(), examples(), settings)


@pytest.mark.parametrize("limit", [{"GROUP_SERIES": 1}, {"GROUP_EXAMPLES": 13}, {}])
def test_threads_and_groups_change_no_bit(limit: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    told = [train_local(network(), examples(), OFFSETS, SETTINGS, threads=1)]
    for name, value in limit.items():
        monkeypatch.setattr(local_job, name, value)
    for seconds in (0.0, 1e9):
        monkeypatch.setattr("forecast.training.local_steps.SLICE_SECONDS", seconds)
        told.append(train_local(network(), examples(), OFFSETS, SETTINGS, threads=2))
    for other in told[1:]:
        assert other.weights.tobytes() == told[0].weights.tobytes()
        assert other.losses.tobytes() == told[0].losses.tobytes()


def test_numpy_learns_the_same() -> None:
    data = examples()
    first = np.stack([plain_network().init(np.random.default_rng(k)).flat for k in range(7)])
    results = [
        train_local(plain_network(engine), data, OFFSETS, SETTINGS, first=first)
        for engine in ("numba", "numpy")
    ]
    np.testing.assert_allclose(results[0].weights, results[1].weights, atol=2e-4)
    np.testing.assert_allclose(results[0].losses, results[1].losses, rtol=1e-4)
    assert results[0].failed == results[1].failed
    double = dataclasses.replace(data, inputs=data.inputs.astype(float))
    told = train_local(plain_network(), double, OFFSETS, SETTINGS, first=first, dtype="float64")
    assert told.weights.dtype == np.float64
    np.testing.assert_allclose(told.weights, results[1].weights, atol=2e-4)


def test_series_without_examples_and_ones_that_diverge_keep_their_first_weights() -> None:
    data = examples()
    data.targets[OFFSETS[2] + 3] = 1e30
    settings = dataclasses.replace(SETTINGS, clip_norm=None)
    first = np.stack([plain_network().init(np.random.default_rng(k)).flat for k in range(7)])
    told = train_local(plain_network(), data, OFFSETS, settings, first=lambda k: first[k])
    assert list(told.failed) == [1, 2]
    assert told.failed[1].startswith("There is no training example.")
    np.testing.assert_array_equal(told.weights[1:3], first[1:3])
    assert np.isnan(told.losses[1]).all()
    clean = train_local(plain_network(), examples(), OFFSETS, settings, first=first)
    np.testing.assert_array_equal(told.weights[3:], clean.weights[3:])
    assert told.done.tolist() == [True, False, False, True, True, True, True]
    assert told.stopped_by == "epochs"
    random = local_streams(0, 2)
    parameters = plain_network().init(random.init).with_flat(first[2])
    with pytest.raises(NonFiniteLossError) as caught:
        train(plain_network(), parameters, part(data, 2), settings, random=random)
    assert told.failed[2] == str(caught.value)
    slow = train_local(plain_network("numpy"), data, OFFSETS, settings, first=first)
    assert list(slow.failed) == [1, 2]


def test_fresh_examples_are_drawn_for_one_series_after_another() -> None:
    class Fresh(ArrayExamples):
        fresh = True

    data = examples()
    told = train_local(plain_network(), Fresh(data.inputs, data.targets), OFFSETS, SETTINGS)
    plain = train_local(plain_network(), data, OFFSETS, SETTINGS)
    np.testing.assert_array_equal(told.weights, plain.weights)


@pytest.mark.parametrize("engine", ["numba", "numpy"])
def test_progress_counts_series_and_a_training_can_be_stopped(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_job, "GROUP_SERIES", 2)
    seen: list[tuple[int, int]] = []
    stack, data, stop = plain_network(engine), examples(), threading.Event()
    train_local(stack, data, OFFSETS, SETTINGS, on_progress=lambda *now: seen.append(now))
    assert seen[-1] == (7, 7)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len(seen) == 7
    stop.set()
    told = train_local(stack, data, OFFSETS, SETTINGS, cancel=stop)
    assert told.stopped_by == "cancel"
    assert not told.done.any()
    assert list(told.failed) == [1]
    first = stack.init(local_streams(0, 4).init)
    np.testing.assert_array_equal(told.weights[4], first.flat)

    def fail(_done: int, _all: int) -> None:
        raise RuntimeError("the page is gone")

    with pytest.raises(RuntimeError, match="the page is gone"):
        train_local(stack, data, OFFSETS, SETTINGS, on_progress=fail)


def test_a_key_tells_a_series_apart_wherever_it_stands() -> None:
    stack, data = plain_network(), examples()
    whole = train_local(stack, data, OFFSETS, SETTINGS, seed=3)
    some = train_local(stack, data, OFFSETS[4:], SETTINGS, seed=3, keys=[4, 5, 6])
    np.testing.assert_array_equal(some.weights, whole.weights[4:])
    other = train_local(stack, data, OFFSETS[4:], SETTINGS, seed=3)
    assert not np.array_equal(other.weights, some.weights)


def test_what_does_not_fit_is_refused() -> None:
    stack, data = plain_network(), examples()
    for offsets in (OFFSETS + 1, OFFSETS[::-1], OFFSETS.astype(float), OFFSETS[:0], [-1, 3]):
        with pytest.raises(ShapeError, match="`offsets` must be whole numbers"):
            train_local(stack, data, np.asarray(offsets), SETTINGS)
    with pytest.raises(ShapeError, match="First weights must have shape"):
        train_local(stack, data, OFFSETS, SETTINGS, first=np.zeros((7, 3), np.float32))
    wide = dataclasses.replace(data, inputs=np.repeat(data.inputs, 2, axis=2))
    with pytest.raises(ShapeError):
        train_local(stack, wide, OFFSETS, SETTINGS)
    nothing = train_local(stack, data, np.array([0]), SETTINGS)
    assert nothing.weights.shape == (0, stack.parameter_count)
