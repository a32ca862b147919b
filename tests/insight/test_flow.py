"""The gradient flow is the norm of the loss's gradient at each hidden state."""

import numpy as np
import pytest

import forecast as fc
from forecast.errors import NotFittedError, SettingError, TooFewRowsError
from forecast.insight.flow import GradientFlow
from forecast.insight.opened import Wish, opened
from forecast.nn.losses import loss_and_gradient
from forecast.nn.stack import Stack
from forecast.training.flow import flow_of, traced_layers

WAVE = 10 + np.sin(np.arange(90) / 3) + np.arange(90) % 4


def norms_by_cutting(model: fc.Forecaster) -> np.ndarray:
    """Return the norms of one layer by central differences of the state between two steps."""
    open_ = opened(model, WAVE, Wish(windows=3, targets=True))
    network, batch, parameters = open_.network, open_.batch, open_.weights[0]
    (name, layer), head = network.layers[0], Stack((network.layers[1],), 4)
    weights, found = parameters.part(name), []
    targets, steps = batch.targets, batch.inputs.shape[1]

    def loss(window: int, state: tuple[np.ndarray, ...], after: int) -> float:
        hidden = state[0]
        if after < steps:
            x = batch.inputs[window : window + 1, after:]
            hidden = layer.forward(weights, x, mask=None, state=state, generator=None).outputs
        outputs = hidden @ parameters["head/kernel"] + parameters["head/bias"]
        return loss_and_gradient("mse", outputs, targets[window : window + 1])[0]

    assert head.layers[0][0] == "head"
    for after in range(1, steps + 1):
        norms = []
        for window in range(3):
            x = batch.inputs[window : window + 1, :after]
            state = layer.forward(weights, x, mask=None, state=None, generator=None).state
            slopes = []
            for unit in range(4):
                nudge = np.zeros_like(state[0])
                nudge[0, unit] = 1e-5
                up, down = (
                    loss(window, (state[0] + sign * nudge, *state[1:]), after) for sign in (1, -1)
                )
                slopes.append((up - down) / 2e-5)
            norms.append(np.linalg.norm(slopes))
        found.append(np.mean(norms))
    return np.array(found)


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
def test_it_is_the_gradient_of_the_loss_by_the_state(cell: str) -> None:
    settings = {"timesteps": 5, "hidden_units": 4, "horizon": 2, "epochs": 1, "dtype": "float64"}
    model = fc.Forecaster(cell, **settings).fit(WAVE)
    flow = fc.gradient_flow(model, WAVE, windows=3)
    np.testing.assert_allclose(flow.norms["recurrent_1"], norms_by_cutting(model), atol=1e-8)


def test_it_does_not_depend_on_how_many_windows_are_alike() -> None:
    model = fc.Forecaster("gru", timesteps=5, hidden_units=4, epochs=1).fit(WAVE)
    open_ = opened(model, WAVE, Wish(windows=2, targets=True, engine="numpy"))
    twice = type(open_.batch)(
        *(None if part is None else np.concatenate((part, part)) for part in open_.batch)
    )
    one = flow_of(open_.network, open_.weights[0], open_.batch, "mse")
    other = flow_of(open_.network, open_.weights[0], twice, "mse")
    np.testing.assert_allclose(other.norms["recurrent_1"], one.norms["recurrent_1"], rtol=1e-5)
    assert other.loss == pytest.approx(one.loss)


def test_ratio_and_table_follow_the_order_of_reading() -> None:
    model = fc.Sequential(
        [fc.Bidirectional(fc.SimpleRNN(3), input_shape=(6, 1)), fc.Dense(1)], dtype="float64"
    )
    model.compile(loss="mse")
    x = np.random.default_rng(0).standard_normal((4, 6, 1))
    flow = fc.gradient_flow(model, x, targets=x[:, -1, 0] * 0 + 1)
    ahead, back = (f"bidirectional/{side}" for side in ("forward", "backward"))
    assert flow.layers == (ahead, back) == traced_layers(model.stack())
    assert flow.turned == (back,)
    assert flow.norms[ahead][0] < flow.norms[ahead][-1]
    assert flow.norms[back][0] > flow.norms[back][-1]
    assert flow.ratio[ahead] < 1
    assert flow.ratio[back] < 1
    table = flow.table
    assert table["lag"].tolist() == [6, 5, 4, 3, 2, 1] * 2
    of_back = table[table["layer"] == back]
    assert np.isnan(of_back["ratio"].iloc[0])  # read last, so that nothing comes after it
    norms = flow.norms[back]
    np.testing.assert_allclose(of_back["ratio"].iloc[1:], norms[1:] / norms[:-1])


def test_segments_count_their_newest_row_as_lag() -> None:
    settings = {"timesteps": 6, "segment": 2, "hidden_units": 4, "epochs": 1}
    model = fc.Forecaster("gru", **settings).fit(WAVE)
    table = fc.gradient_flow(model, WAVE).table
    assert table[table["layer"] == "recurrent_1"]["lag"].tolist() == [5, 3, 1]


def test_a_dilated_layer_is_reached_at_some_steps_and_nothing_is_lost_there() -> None:
    settings = {"timesteps": 8, "hidden_units": 4, "dilations": (3,), "epochs": 1}
    flow = fc.gradient_flow(fc.Forecaster("gru", **settings).fit(WAVE), WAVE)
    norms = flow.norms["recurrent_1"]
    assert (norms > 0).tolist() == [False, True, False, False, True, False, False, True]
    expected = (norms[1] / norms[7]) ** (1 / 6)
    assert flow.ratio["recurrent_1"] == pytest.approx(expected)


def test_a_gradient_that_is_lost_on_the_way_has_a_ratio_of_zero() -> None:
    norms = {"layer": np.array([0, 0, 1e-30, 1e-3, 1]), "reached": np.array([0.5, 1])}
    flow = GradientFlow("GRU", 1.0, norms, 5, (), 1)
    assert flow.ratio == {"layer": 0.0, "reached": 0.5}


def test_engines_agree_and_networks_are_averaged() -> None:
    model = fc.Forecaster("gru", timesteps=6, hidden_units=8, epochs=1, seeds=2, layers=2)
    model.fit(WAVE)
    fast = fc.gradient_flow(model, WAVE, engine="numba")
    slow = fc.gradient_flow(model, WAVE, dtype="float64")
    assert fast.layers == ("recurrent_1", "recurrent_2")
    for name in fast.layers:
        np.testing.assert_allclose(fast.norms[name], slow.norms[name], rtol=1e-3, atol=1e-6)


def test_what_is_missing_is_said() -> None:
    model = fc.Forecaster("gru", timesteps=5, hidden_units=3, epochs=1).fit(WAVE)
    with pytest.raises(TooFewRowsError, match="the rows ahead of it, 6 rows; there are 5"):
        fc.gradient_flow(model)
    with pytest.raises(SettingError, match="`targets` and `mask` are for a Sequential"):
        fc.gradient_flow(model, WAVE, targets=WAVE)
    layered, x = fc.Sequential([fc.GRU(3, input_shape=(6, 1)), fc.Dense(1)]), np.zeros((2, 6, 1))
    with pytest.raises(NotFittedError, match="no loss"):
        fc.gradient_flow(layered, x, targets=[1, 2])
    layered.compile(loss="mse")
    with pytest.raises(SettingError, match="Pass targets=y"):
        fc.gradient_flow(layered, x)


@pytest.mark.parametrize("told", ["mask", "masking"])
def test_padded_steps_do_not_count(told: str) -> None:
    generator, lacking = np.random.default_rng(0), (1, 3, 2)
    x, y = generator.normal(size=(3, 6, 2)), np.ones((3, 1))
    real = np.arange(6) >= np.array(lacking)[:, None]
    x[~real] = -1
    layers = [fc.LSTM(3, return_sequences=True), fc.GRU(3), fc.Dense(1)]
    model = fc.Sequential([fc.Masking(-1.0), *layers] if told == "masking" else layers)
    model.build((None, None, 2))
    model.compile("adam", loss="mse")
    flow = fc.gradient_flow(
        model, x, targets=y, mask=real if told == "mask" else None, dtype="float64"
    )
    alone = [
        fc.gradient_flow(model, x[k : k + 1, lack:], targets=y[:1], dtype="float64").norms
        for k, lack in enumerate(lacking)
    ]
    for name, norms in flow.norms.items():
        for step in range(1, 6):
            there = [
                one[name][step - lack]
                for one, lack in zip(alone, lacking, strict=True)
                if step >= lack
            ]
            assert norms[step] == pytest.approx(np.mean(there), rel=1e-9)
        assert norms[0] == norms[1]  # nobody has it: a gradient passes padded steps as it is
