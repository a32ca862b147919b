"""Results do not depend on threads, on slices of an epoch, or on how examples are gathered."""

import itertools
import threading

import numpy as np
import pytest

from forecast.errors import NonFiniteLossError
from forecast.kernels import threads as cores
from forecast.kernels.crew import Crew
from forecast.kernels.predictor import Predictor
from forecast.nn.cell import CellOptions
from forecast.training import memory
from forecast.training import steps as steps_module
from forecast.training.examples import ArrayExamples
from forecast.training.settings import TrainingSettings
from forecast.training.trainer import streams, train
from tests.kernels.engines import CELLS, assert_same_bits, cell_and_reset, network_of


def examples(count, seed, *, masked=True):
    generator = np.random.default_rng(seed)
    inputs = generator.uniform(-1, 1, (count, 6, 2)).astype(np.float32)
    mask = generator.random((count, 6)) < 0.8 if masked else None
    observed = generator.random((count, 1)) < 0.9 if masked else None
    return ArrayExamples(inputs, inputs.sum(axis=(1, 2))[:, None], mask, observed)


def trained(
    kind="gru", *, epochs=3, batch=64, validation=40, masked=True, told=None, seen=None, **more
):
    """Train two layers with dropout between them.

    A batch of 64 falls into four blocks, and so many weights into several chunks of the update.
    """
    options = CellOptions(reset_after=cell_and_reset(kind)[1])
    network = network_of(kind, (33, 17), engine="numba", options=options, rate=0.2)
    settings = TrainingSettings(batch_size=batch, epochs=epochs, **(told or {}))
    random = streams(1)
    if seen is None and validation:
        seen = examples(validation, 5, masked=masked)
    data, first = examples(150, 4, masked=masked), network.init(random.init)
    return train(network, first, data, settings, validation=seen, random=random, **more)


def assert_same_training(actual, expected):
    """Compare weights and history to the bit, but for the seconds."""
    assert_same_bits(actual.parameters.flat, expected.parameters.flat)
    assert len(actual.history) == len(expected.history)
    for left, right in zip(actual.history, expected.history, strict=True):
        one, other = (np.array(record._replace(seconds=0)) for record in (left, right))
        assert_same_bits(one, other)
    assert (actual.best_epoch, actual.stopped_by) == (expected.best_epoch, expected.stopped_by)


@pytest.fixture
def slices(monkeypatch):
    """Return a function that sets how long a kernel may work before Python has its turn."""
    return lambda seconds: monkeypatch.setattr(steps_module, "SLICE_SECONDS", seconds)


@pytest.mark.parametrize("kind", CELLS)
def test_weights_and_history_are_the_same_for_any_number_of_threads(kind):
    one, *others = (trained(kind, threads=count) for count in (1, 2, 3, 4))
    for other in others:
        assert_same_training(other, one)


@pytest.mark.parametrize("told", [{}, {"schedule": "cosine"}, {"schedule": "plateau"}])
@pytest.mark.parametrize("validation", [0, 40])
def test_the_same_for_any_slices_of_an_epoch(told, validation, slices):
    """Batch by batch, an epoch at a time, or all epochs in one go."""
    results = []
    for seconds, more in (
        (0.0, {}),
        (1e9, {}),
        (1e9, {"cancel": threading.Event()}),
        (0.0, {"cancel": threading.Event()}),
        (1e9, {"on_epoch": lambda progress: None}),
        (1e9, {"threads": 3}),
    ):
        slices(seconds)
        results.append(trained(epochs=7, validation=validation, told=told, **more))
    for other in results[1:]:
        assert_same_training(other, results[0])


@pytest.mark.parametrize(("rate", "sign"), [(0.03, 1), (1e-6, -1)])
def test_patience_ends_a_training_where_it_ends_one_by_one(rate, sign, slices):
    """Late, once too much is learnt; or from the start, as what is learnt is the wrong sign."""
    results, told = [], {"patience": 3, "learning_rate": rate, "clip_norm": None}
    seen = examples(40, 5)
    seen.targets[:] *= sign
    for seconds in (0.0, 1e9):
        slices(seconds)
        results.append(trained(epochs=60, batch=8, told=told, seen=seen))
    assert results[0].stopped_by == "patience"
    assert results[0].best_epoch == len(results[0].history) - 3
    assert (results[0].best_epoch > 1) == (sign == 1)
    assert_same_training(results[1], results[0])


def test_a_training_of_many_short_epochs_can_be_cancelled():
    stop = threading.Event()
    timer = threading.Timer(0.2, stop.set)
    timer.start()
    result = trained(epochs=10**6, validation=0, cancel=stop)
    timer.join()
    assert result.stopped_by == "cancel"
    assert 10 < result.best_epoch == len(result.history) < 10**5


def diverged(engine, target=None):
    """Return the error of a training that meets a target of NaN, or runs away.

    Of inputs of zero nothing but the head's bias learns. At a rate of 5 its error is multiplied by
    1 − 2 · 5 in every batch, and its square leaves float32 after about twenty.
    """
    network = network_of("gru", (5,), engine=engine, options=CellOptions(use_bias=False))
    data, random = examples(40, 0, masked=False), streams(0)
    if target is None:
        data.inputs[:] = 0
    else:
        data.targets[target] = np.nan
    settings = TrainingSettings(
        batch_size=8,
        optimizer="sgd",
        clip_norm=None,
        learning_rate=5.0 if target is None else 0.01,
    )
    with pytest.raises(NonFiniteLossError) as caught:
        train(network, network.init(random.init), data, settings, random=random)
    return caught.value


@pytest.mark.parametrize("target", [None, 0, 7, 39])
def test_what_is_not_finite_stops_both_engines_at_its_batch(target, slices):
    expected = diverged("numpy", target)
    assert expected.epoch == (5 if target is None else 1)
    for seconds in (0.0, 1e9):
        slices(seconds)
        found = diverged("numba", target)
        assert str(found) == str(expected)
        assert (found.epoch, found.batch) == (expected.epoch, expected.batch)


@pytest.mark.parametrize("masked", [True, False])
def test_the_same_with_examples_gathered_in_pieces(masked, monkeypatch):
    whole = trained(batch=16, masked=masked)
    monkeypatch.setattr(memory, "MOST_BYTES", 1)
    pieces = trained(batch=16, masked=masked)
    one = examples(1, 4).inputs.nbytes + 4
    monkeypatch.setattr(memory, "MOST_BYTES", 50 * one)  # three batches at a time
    three = trained(batch=16, masked=masked)
    assert_same_training(pieces, whole)
    assert_same_training(three, whole)


def test_validation_examples_in_pieces_have_the_same_loss(monkeypatch):
    """More than one piece holds: its losses are summed in another order, in float64."""
    whole = trained(validation=1100)
    monkeypatch.setattr(memory, "MOST_BYTES", 1)
    pieces = trained(validation=1100)
    assert_same_bits(pieces.parameters.flat, whole.parameters.flat)
    losses = [[record.val_loss for record in result.history] for result in (pieces, whole)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)


def test_validation_examples_are_looked_at_once(monkeypatch):
    """Also where they fit into memory, but not into a whole number of evaluation's batches."""
    looked, plain = [], Predictor.losses

    def losses(self, data, *more):
        looked.append(len(data.inputs))
        return plain(self, data, *more)

    one = examples(1, 4).inputs.nbytes + 4
    monkeypatch.setattr(memory, "MOST_BYTES", 1500 * one)
    monkeypatch.setattr(Predictor, "losses", losses)
    trained(epochs=1, validation=1200)
    assert looked == [1200]


def test_trainings_side_by_side_have_the_bits_of_one_alone():
    alone, found = trained(threads=2), {}

    def run(number):
        found[number] = trained(threads=2)

    others = [threading.Thread(target=run, args=(number,)) for number in range(3)]
    for one in others:
        one.start()
    for one in others:
        one.join()
    for number in range(3):
        assert_same_training(found[number], alone)


def test_scratch_is_made_for_the_threads_that_come(monkeypatch):
    """Another training may end, and leave its cores, between two looks at how many there are."""
    shares, asked, run = itertools.cycle((1, 4)), [], []
    made, plain = Predictor.evaluation, Crew.call

    def evaluation(self, data, loss, threads):
        asked.append(threads)
        return made(self, data, loss, 4)  # room for all: too little would be overwritten

    def noted(self, kernel, threads):
        if asked:
            run.append((threads, asked.pop()))
        plain(self, kernel, threads)

    monkeypatch.setattr(cores, "share", lambda *_: next(shares))
    monkeypatch.setattr(Crew, "call", noted)
    monkeypatch.setattr(Predictor, "evaluation", evaluation)
    monkeypatch.setattr(steps_module, "SLICE_SECONDS", 1e9)
    trained(epochs=4)
    assert run
    assert all(threads <= room for threads, room in run)


def test_cores_are_what_the_environment_says(monkeypatch):
    monkeypatch.setenv(cores.VARIABLE, "7")
    assert cores.cores() == 7
    monkeypatch.delenv(cores.VARIABLE)
    system = cores.cores()
    assert system >= 1
    for nonsense in ("", "0", "-3", "many", "2.5"):
        monkeypatch.setenv(cores.VARIABLE, nonsense)
        assert cores.cores() == system


def test_small_batches_take_one_thread_and_large_ones_all(monkeypatch):
    monkeypatch.setenv(cores.VARIABLE, "6")
    assert cores.share(cores.WORTH_A_THREAD * 0.99, 8, None) == 1
    assert cores.share(cores.WORTH_A_THREAD, 8, None) == 6
    assert cores.share(cores.WORTH_A_THREAD, 4, None) == 4  # a block is not shared


def test_running_trainings_share_the_cores(monkeypatch):
    monkeypatch.setenv(cores.VARIABLE, "6")
    taken = []
    with cores.counted():
        taken.append(cores.share(1e12, 8, None))
        with cores.counted():
            taken.append(cores.share(1e12, 8, None))
            with cores.counted(), cores.counted(), cores.counted():
                taken.append(cores.share(1e12, 8, None))
            with (
                cores.counted(),
                cores.counted(),
                cores.counted(),
                cores.counted(),
                cores.counted(),
            ):
                taken.append(cores.share(1e12, 8, None))
        taken.append(cores.share(1e12, 8, None))
    assert taken == [6, 3, 1, 1, 6]


def test_a_training_that_fails_gives_its_cores_back(monkeypatch):
    monkeypatch.setenv(cores.VARIABLE, "6")
    with pytest.raises(RuntimeError), cores.counted():
        raise RuntimeError
    with cores.counted():
        assert cores.share(1e12, 8, None) == 6


def test_threads_that_are_asked_for_are_taken_up_to_the_blocks(monkeypatch):
    monkeypatch.setenv(cores.VARIABLE, "2")
    assert cores.share(1.0, 8, 5) == 5
    assert cores.share(1.0, 3, 5) == 3
    assert cores.share(1e12, 8, 1) == 1
    assert cores.share(1e12, 0, None) == 1
