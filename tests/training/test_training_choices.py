"""Tilted losses, weights averaged over epochs, epochs of a number of steps, fresh examples."""

import numpy as np
import pytest

from forecast.errors import SettingError
from forecast.nn.dense import Dense
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import Stack, recurrent_network
from forecast.training import memory, trainer
from forecast.training.examples import ArrayExamples, Batch
from forecast.training.settings import TrainingSettings
from forecast.training.trainer import Trained, streams, train

ENGINES = ("numba", "numpy")


def network(engine: str) -> Stack:
    layer = Recurrent("gru", 6, engine=engine)
    return recurrent_network((layer,), Dense(2), dropout=None, input_dim=2)


def examples(count: int = 90, seed: int = 0) -> ArrayExamples:
    generator = np.random.default_rng(seed)
    inputs = generator.uniform(-1, 1, (count, 5, 2)).astype(np.float32)
    targets = generator.normal(size=(count, 2)).astype(np.float32)
    return ArrayExamples(inputs, targets + 3 * np.sign(targets))


def fit(engine: str, data: object = None, *, validation: object = None, **told: object) -> Trained:
    settings = {"epochs": 4, "batch_size": 20, "learning_rate": 0.01, "patience": None} | told
    stack, random = network(engine), streams(0)
    watch = settings.pop("on_epoch", None)
    data = examples() if data is None else data
    return train(
        stack,
        stack.init(random.init),
        data,
        TrainingSettings(**settings),
        validation=validation,
        random=random,
        on_epoch=watch,
    )


def assert_alike(found: Trained, expected: Trained, tolerance: float = 1e-4) -> None:
    np.testing.assert_allclose(
        found.parameters.flat, expected.parameters.flat, rtol=tolerance, atol=tolerance
    )
    for left, right in zip(found.history, expected.history, strict=True):
        one, other = (record._replace(seconds=0) for record in (left, right))
        np.testing.assert_allclose(one, other, rtol=1e-4, equal_nan=True)


@pytest.mark.parametrize("tilt", [0.2, 0.5, 0.9])
def test_both_engines_learn_the_same_tilted_forecast(tilt: float) -> None:
    found = [
        fit(engine, loss="pinball", tilt=tilt, validation=examples(30, 1)) for engine in ENGINES
    ]
    assert_alike(*found)
    assert found[0].history[-1].loss < found[0].history[0].loss


def test_a_tilt_of_a_half_is_the_median_of_a_head_of_one_quantile() -> None:
    pinball = fit("numba", loss="pinball")
    median = fit("numba", loss="quantile", quantiles=(0.5,))
    assert pinball.parameters.flat.tobytes() == median.parameters.flat.tobytes()


@pytest.mark.parametrize("engine", ENGINES)
def test_kept_weights_are_the_mean_after_the_last_epochs(engine: str) -> None:
    seen: list[np.ndarray] = []
    told = fit(
        engine, epochs=6, average_epochs=3, on_epoch=lambda p: seen.append(p.parameters.flat)
    )
    expected = np.mean(np.array(seen[-3:], np.float64), axis=0).astype(np.float32)
    np.testing.assert_array_equal(told.parameters.flat, expected)
    assert told.best_epoch == 6
    plain = fit(engine, epochs=6)
    np.testing.assert_array_equal(plain.parameters.flat, seen[-1])
    assert [one.loss for one in plain.history] == [one.loss for one in told.history]


def test_averaging_is_the_same_where_epochs_are_taken_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many: list[int] = []
    several = trainer._several

    def counted(job: object, steps: object, run: object, count: int) -> None:
        many.append(count)
        several(job, steps, run, count)  # type: ignore[arg-type]

    monkeypatch.setattr(trainer, "_several", counted)
    found = fit("numba", epochs=30, average_epochs=4, on_epoch=None)
    apart = fit("numba", epochs=30, average_epochs=4, on_epoch=lambda _: None)
    assert sum(many) in (25, 26)  # the first alone, to learn how long one takes
    assert found.parameters.flat.tobytes() == apart.parameters.flat.tobytes()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_training_stopped_early_keeps_the_mean_of_what_there_is(engine: str) -> None:
    class Stop:
        asked = False

        def is_set(self) -> bool:
            return self.asked

    seen, stop = [], Stop()

    def watch(progress: object) -> None:
        seen.append(progress.parameters.flat)  # type: ignore[attr-defined]
        stop.asked = len(seen) == 4

    settings = TrainingSettings(epochs=6, batch_size=20, patience=None, average_epochs=4)
    stack, random = network(engine), streams(0)
    first = stack.init(random.init)
    told = train(stack, first, examples(), settings, random=random, cancel=stop, on_epoch=watch)
    expected = np.mean(np.array(seen[2:], np.float64), axis=0).astype(np.float32)
    assert told.stopped_by == "cancel"
    np.testing.assert_array_equal(told.parameters.flat, expected)


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(SettingError, match="Use `patience=None`"):
        TrainingSettings(average_epochs=2)
    with pytest.raises(SettingError, match="must be at most `epochs`; got 5 for 4 epochs"):
        TrainingSettings(average_epochs=5, epochs=4, patience=None)
    for told in (
        {"average_epochs": 0},
        {"steps_per_epoch": 0},
        {"steps_per_epoch": 1.5},
        {"tilt": 0},
        {"tilt": 1.0},
    ):
        with pytest.raises(SettingError, match=f"`{next(iter(told))}` must"):
            TrainingSettings(patience=None, **told)


@pytest.mark.parametrize("steps", [1, 3, 5, 12])
def test_an_epoch_of_so_many_steps(steps: int) -> None:
    """90 examples in batches of 20: permutation after permutation, cut where an epoch ends."""
    found = [fit(engine, steps_per_epoch=steps, schedule="cosine") for engine in ENGINES]
    assert_alike(*found)
    shuffle, order = streams(0).shuffle, np.empty(0, int)
    while len(order) < 4 * steps * 20:
        order = np.concatenate([order, shuffle.permutation(90)])
    data, orders = examples(), order[: 4 * steps * 20].reshape(4, -1)
    together = ArrayExamples(data.inputs[orders.ravel()], data.targets[orders.ravel()])
    told = {"epochs": 1, "shuffle": False, "schedule": "cosine"}
    whole = fit("numpy", together, **told)
    np.testing.assert_allclose(
        found[1].parameters.flat, whole.parameters.flat, rtol=1e-6, atol=1e-6
    )
    assert np.mean([one.loss for one in found[1].history]) == pytest.approx(whole.history[0].loss)


class Drawn(ArrayExamples):
    """Examples that say themselves in which order they come."""

    def draw(self, generator: np.random.Generator, count: int) -> np.ndarray:
        return generator.integers(len(self) // 2, size=count)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("steps", [None, 2])
def test_examples_may_draw_their_order(engine: str, steps: int | None) -> None:
    data = examples()
    found = fit(engine, Drawn(data.inputs, data.targets), steps_per_epoch=steps)
    shuffle, count = streams(0).shuffle, 90 if steps is None else 40
    order = np.concatenate([shuffle.integers(45, size=count) for _ in range(4)])
    pieces = ArrayExamples(data.inputs[order], data.targets[order])
    first = network(engine).init(streams(0).init)
    assert len(found.history) == 4
    if steps:  # whole batches: the same as one long epoch in that order
        whole = fit(engine, pieces, epochs=1, shuffle=False)
        np.testing.assert_allclose(found.parameters.flat, whole.parameters.flat, atol=1e-6)
    still = fit(engine, Drawn(data.inputs, data.targets), shuffle=False)
    np.testing.assert_array_equal(still.parameters.flat, fit(engine, shuffle=False).parameters.flat)
    assert not np.array_equal(found.parameters.flat, first.flat)


class Noisy(ArrayExamples):
    """Examples that are others each time they are gathered."""

    fresh = True
    generator = np.random.default_rng(0)

    def batch(self, indices: np.ndarray) -> Batch:
        told = super().batch(indices)
        noise = self.generator.standard_normal(told.inputs.shape)
        return told._replace(inputs=told.inputs + (0.5 * noise).astype(np.float32))


def noisy() -> Noisy:
    data = examples()
    made = Noisy(data.inputs, data.targets)
    object.__setattr__(made, "generator", np.random.default_rng(0))
    return made


def test_fresh_examples_are_never_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many batches are gathered at once, noise that is drawn in order stays the same."""
    found = [fit("numba", noisy())]
    for seconds, most in ((0.0, 2**20), (1e9, 2**20), (1e9, 5 * 20 * 48)):
        monkeypatch.setattr("forecast.training.steps.SLICE_SECONDS", seconds)
        monkeypatch.setattr(memory, "PIECE_BYTES", most)
        found.append(fit("numba", noisy()))
    assert len({one.parameters.flat.tobytes() for one in found}) == 1
    assert not np.array_equal(found[0].parameters.flat, fit("numba").parameters.flat)


def test_examples_gathered_in_pieces_are_the_same_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A piece without a mask, or all of whose targets are observed, is one whose flags are 1."""

    class Partly(ArrayExamples):
        def batch(self, indices: np.ndarray) -> Batch:
            told = super().batch(indices)
            whole = told.observed is None or told.observed.all()
            full = told.mask is None or told.mask.all()
            return told._replace(
                observed=None if whole else told.observed, mask=None if full else told.mask
            )

    data, generator = examples(), np.random.default_rng(0)
    mask, observed = np.ones((90, 5), bool), np.ones((90, 2), bool)
    mask[40:60, :2], observed[60:] = False, generator.random((30, 2)) < 0.5
    told = Partly(data.inputs, data.targets, mask, observed)
    whole = fit("numba", told)
    monkeypatch.setattr(memory, "PIECE_BYTES", 10 * 48)
    pieces = fit("numba", told)
    assert pieces.parameters.flat.tobytes() == whole.parameters.flat.tobytes()
