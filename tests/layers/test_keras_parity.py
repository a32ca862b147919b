"""With the same weights, layers say what Keras' say.

Where the two differ on purpose, the tests look at real steps only:

    padded steps              a recurrent layer repeats the state before; so does Keras, but before
                              the first real step, and everywhere in Bidirectional, it gives zeros
    go_backwards with a mask  here the mask turns around with the outputs; Keras hands on the mask
                              as it was, so that a layer on top would pass over the wrong steps
"""

import numpy as np
import pytest

import forecast as fc
from tests.layers.keras_twins import (
    HARMLESS,
    assert_alike,
    drawn,
    every_engine,
    inputs,
    keras,
    output_of,
    padded,
    twins,
)

pytestmark = [pytest.mark.parity, HARMLESS]

KINDS = ("SimpleRNN", "GRU", "LSTM")
OPTIONS = {
    "plain": {},
    "relu": {"activation": "relu"},
    "linear": {"activation": "linear"},
    "sigmoid": {"activation": "sigmoid"},
    "no bias": {"use_bias": False},
    "sequences": {"return_sequences": True},
    "backwards": {"go_backwards": True},
    "sequences backwards": {"go_backwards": True, "return_sequences": True},
}
GATED = {
    "tanh gates": {"recurrent_activation": "tanh"},
    "relu gates": {"recurrent_activation": "relu", "activation": "sigmoid"},
}
BEFORE = {f"reset before, {name}": more | {"reset_after": False} for name, more in OPTIONS.items()}
CASES = [
    pytest.param(kind, more, id=f"{kind}-{name}")
    for kind, known in (
        ("SimpleRNN", OPTIONS),
        ("GRU", OPTIONS | GATED | BEFORE),
        ("LSTM", OPTIONS | GATED | {"no forget bias": {"unit_forget_bias": False}}),
    )
    for name, more in known.items()
]
EVERY = [("SimpleRNN", {}), ("GRU", {}), ("GRU", {"reset_after": False}), ("LSTM", {})]
every_kind = pytest.mark.parametrize(("kind", "more"), EVERY)
both_paddings = pytest.mark.parametrize("where", ["pre", "post"])


@every_kind
@pytest.mark.parametrize("wrapped", [False, True])
def test_weights_have_keras_shapes_order_and_count(kind, more, wrapped):
    generator = np.random.default_rng(5)
    for features, units in generator.integers(1, 48, (50, 2)).tolist():

        def layer_of(known, units=units):
            inner = getattr(known, kind)(units, **more)
            return known.Bidirectional(inner) if wrapped else inner

        ours, theirs = layer_of(fc), layer_of(keras.layers)
        ours(np.zeros((1, 2, features)))
        theirs.build((None, 2, features))
        assert [w.shape for w in ours.get_weights()] == [tuple(w.shape) for w in theirs.weights]
        assert ours.count_params() == theirs.count_params()
        assert [name.split("/")[-1] for name in ours.weights] == [w.name for w in theirs.weights]


@every_engine
@pytest.mark.parametrize(("kind", "more"), CASES)
def test_predictions_of_recurrent_layers(kind, more, engine):
    ours, theirs = twins(lambda k: [getattr(k, kind)(5, **more)], (6, 3), engine=engine)
    x = inputs(4, 6, 3)
    assert_alike(ours.predict(x), output_of(theirs, x))


@pytest.mark.parametrize("sequences", [False, True])
@every_kind
def test_outputs_and_states_of_a_call(kind, more, sequences):
    arguments = more | {"return_state": True, "return_sequences": sequences}
    ours, theirs = (getattr(known, kind)(5, **arguments) for known in (fc, keras.layers))
    x = inputs(4, 6, 3)
    ours(x), theirs(x)
    weights = drawn([weight.shape for weight in ours.get_weights()])
    ours.set_weights(weights)
    theirs.set_weights(weights)
    start = [inputs(4, 5, seed=7 + k) for k in range(2 if kind == "LSTM" else 1)]
    for given in ({}, {"initial_state": start}):
        for one, other in zip(ours(x, **given), output_of(theirs, x, **given), strict=True):
            assert_alike(one, other)


@every_engine
@every_kind
def test_states_go_on_from_batch_to_batch(kind, more, engine):
    def layers_of(known):
        one = getattr(known, kind)(5, return_sequences=True, stateful=True, **more)
        return [one, getattr(known, kind)(4, stateful=True, **more), known.Dense(2)]

    ours, theirs = twins(layers_of, (6, 3), engine=engine, batch_size=4)
    x, first = inputs(12, 6, 3), None
    for round_of in range(3):
        expected = np.concatenate([output_of(theirs, x[k : k + 4]) for k in (0, 4, 8)])
        found = ours.predict(x, batch_size=4)
        assert_alike(found, expected)
        if round_of == 1:
            assert np.abs(found - first).max() > 1e-3  # the states do matter
            ours.reset_states()
            for layer in theirs.layers[:2]:
                layer.reset_states()
        first = found if first is None else first
    assert_alike(found, first)


@every_engine
@both_paddings
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("sequences", [False, True])
@every_kind
def test_padded_steps_are_passed_over(kind, more, sequences, backwards, where, engine):
    def layers_of(known):
        arguments = more | {"return_sequences": sequences, "go_backwards": backwards}
        return [known.Masking(), getattr(known, kind)(5, **arguments)]

    ours, theirs = twins(layers_of, (7, 3), engine=engine)
    x, mask = padded(inputs(6, 7, 3), where)
    found, expected = ours.predict(x), output_of(theirs, x)
    if sequences:
        real = mask[:, ::-1] if backwards else mask
        found, expected = found[real], expected[real]
    assert_alike(found, expected)


@every_engine
@both_paddings
def test_layers_on_top_pass_over_padded_steps_too(where, engine):
    def layers_of(known):
        return [
            known.Masking(mask_value=-1.0),
            known.GRU(5, return_sequences=True),
            known.Dropout(0.3),
            known.Bidirectional(known.LSTM(4, return_sequences=True)),
            known.TimeDistributed(known.Dense(4, activation="tanh")),
            known.SimpleRNN(3),
            known.Dense(3, activation="softmax"),
        ]

    ours, theirs = twins(layers_of, (7, 3), engine=engine)
    x, mask = padded(inputs(6, 7, 3), where)
    x = np.where(mask[..., None], x, np.float32(-1))
    assert_alike(ours.predict(x), output_of(theirs, x))


def stateful(known):
    """Layers that carry their states, one of them in both directions."""
    return [
        known.Masking(),
        known.Bidirectional(known.GRU(3, stateful=True, return_sequences=True)),
        known.LSTM(4, stateful=True),
    ]


@every_engine
@pytest.mark.parametrize("where", [None, "pre", "post"])
def test_states_go_on_beside_padded_steps_and_in_both_directions(where, engine):
    ours, theirs = twins(stateful, (6, 3), engine=engine, batch_size=4)
    x = inputs(4, 6, 3)
    x = x if where is None else padded(x, where)[0]
    for _ in range(3):
        assert_alike(ours.predict(x, batch_size=4), output_of(theirs, x))


@every_engine
def test_a_sequence_without_a_real_step_says_what_zeros_say(engine):
    def layers_of(known):
        return [known.Masking(), known.GRU(5, return_sequences=True), known.LSTM(4)]

    ours, theirs = twins(layers_of, (6, 3), engine=engine)
    x = inputs(4, 6, 3)
    x[1] = 0
    assert_alike(ours.predict(x), output_of(theirs, x))


@every_engine
def test_a_recurrent_layer_at_every_step_of_a_sequence_of_sequences(engine):
    def layers_of(known):
        inner = known.Bidirectional(known.GRU(3))
        return [known.TimeDistributed(inner), known.TimeDistributed(known.Dense(2)), known.LSTM(4)]

    ours, theirs = twins(layers_of, (5, 6, 3), engine=engine)
    x = inputs(4, 5, 6, 3)
    assert_alike(ours.predict(x), output_of(theirs, x))


@both_paddings
def test_on_top_of_one_that_reads_backwards_the_mask_is_turned_around(where):
    """Keras' layers say the same once the second is handed the mask that fits its inputs."""
    lower = {"return_sequences": True, "go_backwards": True}

    def layers_of(known):
        return [known.Masking(), known.GRU(5, **lower), known.LSTM(4)]

    ours, theirs = twins(layers_of, (7, 3))
    x, mask = padded(inputs(6, 7, 3), where)
    _, first, second = theirs.layers[-3:]
    steps = first(x, mask=mask)
    turned = keras.ops.convert_to_tensor(mask[:, ::-1].copy())
    assert_alike(ours.predict(x), output_of(second, steps, mask=turned))


@every_engine
@pytest.mark.parametrize("mode", ["concat", "sum", "mul", "ave"])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("where", [None, "pre", "post"])
@every_kind
def test_both_directions(kind, more, where, sequences, mode, engine):
    def layers_of(known):
        inner = getattr(known, kind)(4, return_sequences=sequences, **more)
        return [known.Masking(), known.Bidirectional(inner, merge_mode=mode)]

    ours, theirs = twins(layers_of, (7, 3), engine=engine)
    x, mask = inputs(6, 7, 3), np.ones((6, 7), bool)
    if where is not None:
        x, mask = padded(x, where)
    found, expected = ours.predict(x), output_of(theirs, x)
    assert_alike(*((found[mask], expected[mask]) if sequences else (found, expected)))


STACKS = {
    "three cells": lambda k: [
        k.SimpleRNN(5, return_sequences=True),
        k.GRU(4, return_sequences=True, go_backwards=True),
        k.LSTM(3),
    ],
    "one cell": lambda k: [k.GRU(5, return_sequences=True), k.GRU(4), k.Dense(1)],
    "encoder and decoder": lambda k: [
        k.LSTM(5),
        k.RepeatVector(4),
        k.GRU(6, return_sequences=True),
        k.TimeDistributed(k.Dense(2, activation="relu")),
    ],
    "softmax": lambda k: [k.GRU(5), k.Dense(6, activation="relu"), k.Dense(4, "softmax")],
    "sigmoid": lambda k: [k.LSTM(5), k.Dropout(0.4), k.Dense(1, activation="sigmoid")],
    "softmax a step": lambda k: [
        k.GRU(5, return_sequences=True, dropout=0.3),
        k.Dense(4, activation="softmax", use_bias=False),
    ],
    "recurrent a part": lambda k: [
        k.Bidirectional(k.SimpleRNN(3, return_sequences=True), merge_mode="mul"),
        k.TimeDistributed(k.Dense(3, "tanh")),
        k.Dense(2),
    ],
}


@every_engine
@pytest.mark.parametrize("name", STACKS)
def test_stacks_of_layers(name, engine):
    ours, theirs = twins(STACKS[name], (6, 3), engine=engine)
    x = inputs(5, 6, 3)
    assert_alike(ours.predict(x), output_of(theirs, x))
