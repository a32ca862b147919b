"""Which stacks one kernel runs as a whole, what it says ahead of time, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import ShapeError
from forecast.nn.cell import CellOptions
from forecast.nn.dense import Dense
from forecast.nn.dropout import Dropout
from forecast.nn.fused import fused, runner, stream
from forecast.nn.recurrent import Recurrent
from forecast.nn.stack import Stack
from forecast.training.examples import ArrayExamples
from forecast.training.settings import TrainingSettings
from forecast.training.steps import FusedSteps, PlainSteps, steps_of
from forecast.training.trainer import streams, train
from tests.kernels import test_network_kernels as networks
from tests.kernels.engines import (
    CELLS,
    ENGINES,
    assert_near,
    assert_same_bits,
    cell_and_reset,
    network_of,
)


def named(*layers):
    return Stack(tuple((f"layer_{number}", layer) for number, layer in enumerate(layers)), 2)


def compiled(cell="gru", units=5, *, more=False, engine="numba", **options):
    return Recurrent(cell, units, more, CellOptions(**options), engine)


def whole_stacks(engine="numba"):
    gru, more = compiled(engine=engine), compiled(more=True, engine=engine)
    return {
        "one layer": named(gru, Dense(1)),
        "two layers": named(more, gru, Dense(3)),
        "mixed units": named(compiled(units=17, more=True, engine=engine), gru, Dense(1)),
        "dropout": named(more, Dropout(0.2), more, Dropout(0.2), gru, Dense(1)),
        "no bias": named(compiled(use_bias=False, engine=engine), Dense(1, use_bias=False)),
        "reset before": named(compiled(reset_after=False, engine=engine), Dense(1)),
    }


def other_stacks(engine="numba"):
    gru, more = compiled(engine=engine), compiled(more=True, engine=engine)
    lstm, many = compiled("lstm", engine=engine), compiled("lstm", more=True, engine=engine)
    relu = compiled(activation="relu", engine=engine)
    return {
        "gru and lstm": named(more, lstm, Dense(1)),
        "lstm and gru": named(many, gru, Dense(1)),
        "other options": named(more, relu, Dense(1)),
        "a curved head": named(gru, Dense(1, "tanh")),
        "two heads": named(gru, Dense(4), Dense(1)),
        "dense first": named(Dense(3), gru, Dense(1)),
        "dropout of two rates": named(more, Dropout(0.2), more, Dropout(0.3), gru, Dense(1)),
        "dropout once of twice": named(more, Dropout(0.2), more, gru, Dense(1)),
        "dropout on top": named(gru, Dropout(0.2), Dense(1)),
    }


def without_head(engine="numba"):
    more = compiled(more=True, engine=engine)
    return {
        "no head": named(compiled(engine=engine)),
        "all states": named(more, Dense(1)),
        "closed twice": named(compiled(engine=engine), Dense(1), Dense(1)),
        "no recurrent layer": named(Dense(1)),
        "numpy": named(compiled(engine="numpy"), Dense(1)),
        "half numpy": named(more, compiled(engine="numpy"), Dense(1)),
    }


@pytest.mark.parametrize("name", whole_stacks())
def test_a_kernel_knows_recurrent_layers_of_one_kind_under_a_linear_head(name):
    stack = whole_stacks()[name]
    whole = fused(stack)
    recurrent = [layer for _, layer in stack.layers if isinstance(layer, Recurrent)]
    assert [layer.units for layer in whole.shape.layers] == [layer.units for layer in recurrent]
    assert whole.dropout == (0.2 if name == "dropout" else 0.0)
    assert (whole.shape.features, whole.shape.outputs) == (2, stack.layers[-1][1].units)
    assert whole.shape.head_bias == (name != "no bias")


@pytest.mark.parametrize("name", [*other_stacks(), *without_head()])
def test_other_stacks_go_through_their_layers(name):
    assert fused((other_stacks() | without_head())[name]) is None


def examples(outputs=1, count=40):
    generator = np.random.default_rng(0)
    inputs = generator.uniform(-1, 1, (count, 6, 2)).astype(np.float32)
    targets = generator.normal(size=(count, outputs)).astype(np.float32)
    return ArrayExamples(inputs, targets, generator.random((count, 6)) < 0.8)


def trained(stack, data, dtype="float32", **told):
    random = streams(0)
    settings = TrainingSettings(epochs=3, batch_size=16, learning_rate=0.01, **told)
    first = stack.init(random.init, dtype)
    return first, train(stack, first, data, settings, validation=data, random=random)


def assert_same_trainings(results):
    """Compare what the weights moved by, and the history.

    Adam's first steps divide a gradient by its own size: where that is small, so is what rounding
    has to be to make a step of it.
    """
    (first, actual), (_, expected) = results
    moved, wanted = (result.parameters.flat - first.flat for result in (actual, expected))
    assert_near(moved, wanted, 1e-4)
    for left, right in zip(actual.history, expected.history, strict=True):
        assert_near(left[1:5], right[1:5])  # up to the norm of the gradient
        assert left[6:] == right[6:]  # updates, and those that were clipped


@pytest.mark.parametrize("name", other_stacks())
def test_a_stack_of_compiled_layers_trains_as_in_numpy(name):
    assert_same_trainings([trained(other_stacks(engine)[name], examples()) for engine in ENGINES])


@pytest.mark.parametrize("name", [name for name in whole_stacks() if name != "dropout"])
def test_a_compiled_network_trains_as_in_numpy(name):
    outputs = whole_stacks()[name].layers[-1][1].units
    data = examples(outputs)
    assert_same_trainings([trained(whole_stacks(engine)[name], data) for engine in ENGINES])


@pytest.mark.parametrize("schedule", ["constant", "cosine", "plateau"])
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
def test_whole_trainings_agree(schedule, optimizer):
    data = examples()
    assert_same_trainings(
        [
            trained(
                network_of("lstm", (9, 6), engine=engine, options=CellOptions()),
                data,
                schedule=schedule,
                optimizer=optimizer,
                patience=4,
            )
            for engine in ENGINES
        ]
    )


def test_targets_in_double_precision_train_as_in_numpy():
    plain = examples()
    data = ArrayExamples(plain.inputs, plain.targets.astype(np.float64), plain.mask)
    for stacks in (whole_stacks, other_stacks):
        name = next(iter(stacks()))
        assert_same_trainings([trained(stacks(engine)[name], data) for engine in ENGINES])


@pytest.mark.parametrize("name", [*whole_stacks(), *other_stacks()])
def test_double_precision_trains_in_numpy_with_the_same_bits(name):
    plain, results = examples(whole_stacks().get(name, named(Dense(1))).layers[-1][1].units), []
    data = ArrayExamples(plain.inputs.astype(np.float64), plain.targets, plain.mask)
    for engine in ENGINES:
        stack = (whole_stacks(engine) | other_stacks(engine))[name]
        results.append(trained(stack, data, "float64")[1])
    assert_same_bits(results[0].parameters.flat, results[1].parameters.flat)
    assert [record._replace(seconds=0) for record in results[0].history] == [
        record._replace(seconds=0) for record in results[1].history
    ]


def test_the_steps_are_those_of_the_stack():
    data, settings = examples(), TrainingSettings()
    for stack, dtype, kind in (
        (whole_stacks()["one layer"], "float32", FusedSteps),
        (whole_stacks()["one layer"], "float64", PlainSteps),
        (whole_stacks("numpy")["one layer"], "float32", PlainSteps),
        (other_stacks()["gru and lstm"], "float32", PlainSteps),
    ):
        first = stack.init(np.random.default_rng(0), dtype)
        steps = steps_of(stack, first, data, settings, np.random.default_rng(0), None)
        assert isinstance(steps, kind)


@pytest.mark.parametrize("kind", CELLS)
@settings(max_examples=25)
@given(data=st.data())
def test_a_runner_says_what_the_layers_say(kind, data):
    """Batches of several sizes after another, as its scratch is kept for each."""
    units = tuple(data.draw(st.lists(st.sampled_from((1, 16, 17, 33)), min_size=1, max_size=3)))
    options = CellOptions(reset_after=cell_and_reset(kind)[1], use_bias=data.draw(st.booleans()))
    features, outputs = data.draw(st.integers(1, 18)), data.draw(st.integers(1, 20))
    network, plain = (
        network_of(kind, units, engine=e, outputs=outputs, features=features, options=options)
        for e in ENGINES
    )
    parameters = networks.first_weights(network, data.draw(st.integers(0, 100)))
    ahead, generator = runner(network, parameters), np.random.default_rng(0)
    for batch in data.draw(st.lists(st.sampled_from((1, 2, 3, 8, 33, 70)), min_size=1, max_size=4)):
        x = generator.uniform(-1, 1, (batch, data.draw(st.integers(1, 7)), features))
        x = x.astype(np.float32)
        expected = plain.forward(parameters, x).outputs
        assert_near(ahead(x), expected, least=0.1)
        assert_same_bits(ahead(x), ahead(np.asfortranarray(x)))


@pytest.mark.parametrize("kind", CELLS)
@settings(max_examples=25)
@given(data=st.data())
def test_a_stream_goes_on_where_it_ended(kind, data):
    units = tuple(data.draw(st.lists(st.sampled_from((1, 16, 17, 33)), min_size=1, max_size=3)))
    options = CellOptions(reset_after=cell_and_reset(kind)[1], use_bias=data.draw(st.booleans()))
    network, plain = (network_of(kind, units, engine=e, options=options) for e in ENGINES)
    parameters = networks.first_weights(network, data.draw(st.integers(0, 100)))
    batch = data.draw(st.sampled_from((1, 2, 5, 40)))
    lengths = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    x = np.random.default_rng(0).uniform(-1, 1, (batch, sum(lengths), 2)).astype(np.float32)
    on, ends = stream(network, parameters), np.cumsum(lengths)
    for start, end in zip((0, *ends), ends, strict=False):
        expected = plain.forward(parameters, x[:, :end]).outputs
        assert_near(on(x[:, start:end]), expected, least=0.1)


WRONG = {
    "a feature too many": lambda d: ArrayExamples(np.repeat(d.inputs, 2, axis=2), d.targets),
    "no timesteps": lambda d: ArrayExamples(d.inputs[:, :0], d.targets),
    "no axis of features": lambda d: ArrayExamples(d.inputs[:, :, 0], d.targets),
    "an output too many": lambda d: ArrayExamples(d.inputs, np.repeat(d.targets, 2, axis=1)),
    "a mask of other timesteps": lambda d: ArrayExamples(
        d.inputs, d.targets, np.ones((len(d), 9), bool)
    ),
    "a mask of numbers": lambda d: ArrayExamples(d.inputs, d.targets, np.ones((len(d), 6), int)),
    "observed of another shape": lambda d: ArrayExamples(
        d.inputs, d.targets, None, np.ones((len(d), 2), bool)
    ),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("wrong", WRONG)
def test_examples_that_do_not_fit_are_refused(engine, wrong):
    """A kernel reads where it is told: what has another shape it would misread."""
    with pytest.raises(ShapeError):
        trained(whole_stacks(engine)["one layer"], WRONG[wrong](examples()))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("make", [runner, stream])
def test_inputs_that_do_not_fit_are_refused(engine, make):
    stack = whole_stacks(engine)["one layer"]
    ahead = make(stack, stack.init(np.random.default_rng(0)))
    for wrong in (
        np.zeros((3, 6, 4), np.float32),
        np.zeros((3, 0, 2), np.float32),
        np.zeros((3, 6), np.float32),
        np.zeros((3, 6, 2)),
    ):
        with pytest.raises(ShapeError):
            ahead(wrong)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_empty_batch_has_empty_outputs(engine):
    stack = whole_stacks(engine)["two layers"]
    ahead = runner(stack, stack.init(np.random.default_rng(0)))
    assert ahead(np.zeros((0, 6, 2), np.float32)).shape == (0, 3)
