import re
from itertools import product

import numpy as np
import pytest

import forecast as fc
from forecast.errors import SettingError
from forecast.layers.anatomy import GATES, LAYERS, PARTS, Plan, anatomy, keras_line, our_line

SIZES = ((1, 1, 1), (3, 4, 6), (5, 2, 3))


WORDS = {r"\circ": "*", r"\sigma": "sigma", r"\tanh": "tanh"}
PLANS = [
    Plan(cell, *sizes, return_sequences=drawn, reset_after=after, random_bias=drawn)
    for cell, sizes, drawn, after in product(LAYERS, SIZES, (False, True), (False, True))
    if after or cell == "gru"
]


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_the_steps_are_those_of_the_layer(plan: Plan) -> None:
    made = anatomy(plan)
    outputs = made.model.predict(made.inputs[None])[0]
    expected = made.states[1:] if plan.return_sequences else made.states[-1]
    np.testing.assert_allclose(outputs, expected, atol=1e-6)
    assert made.model.count_params() == plan.parameters


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_every_line_follows_from_those_above_it(plan: Plan) -> None:
    """Each formula, read as arithmetic over the names above it, gives the line's own value."""
    made = anatomy(plan)
    for t in range(1, plan.timesteps + 1):
        known = made.symbols(t)
        for step in made.steps(t):
            np.testing.assert_allclose(read(step.formula, known), step.value, rtol=0, atol=1e-14)
            known[step.name] = step.value
        assert [step.part for step in made.steps(t)][-1] == "h"


def read(formula: str, known: dict[str, np.ndarray]) -> np.ndarray:
    """Return what a formula in LaTeX comes to; two names side by side are a matrix product."""
    names = sorted(known, key=len, reverse=True)
    pieces: list[str] = []
    tokens = re.findall("|".join(map(re.escape, [*names, *WORDS, *"()+-1"])), formula)
    assert "".join(tokens).replace(" ", "") == formula.replace(" ", "")
    for token in tokens:
        if token in known and pieces and pieces[-1].startswith("known"):
            pieces.append("@")
        pieces.append(f"known[{token!r}]" if token in known else WORDS.get(token, token))
    scope = {"known": known, "tanh": np.tanh, "sigma": lambda a: 1 / (1 + np.exp(-a))}
    return np.asarray(eval(" ".join(pieces), scope))


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_our_line_builds_the_very_layer(plan: Plan) -> None:
    scope: dict[str, fc.Sequential] = {}
    exec(our_line(plan), {"fc": fc}, scope)
    model, made = scope["model"], anatomy(plan)
    for ours, shown in zip(model.get_weights(), made.model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, shown)
    assert model.output_shape == made.model.output_shape
    assert model.input_shape == (None, plan.timesteps, plan.input_dim)


def test_the_keras_line_has_the_same_arguments() -> None:
    plan = Plan("gru", 3, 4, 6, return_sequences=True, reset_after=False, random_bias=True)
    assert keras_line(plan) == (
        "model = keras.Sequential([keras.Input((6, 3)), keras.layers.GRU(4, "
        'return_sequences=True, bias_initializer="random_normal", reset_after=False)])'
    )
    assert keras_line(Plan("lstm", reset_after=False)).endswith("keras.layers.LSTM(4)])")


def test_every_gate_has_a_title() -> None:
    for cell in LAYERS:
        assert set(GATES[cell]) | {"h"} == set(PARTS[cell])


def test_a_size_out_of_range_is_refused() -> None:
    with pytest.raises(SettingError, match="`units` must be a whole number at least 1; got 0"):
        anatomy(Plan(hidden_units=0))
