"""The largest Lyapunov exponent along data, and what is said of it."""

import math

import numpy as np
import pytest

import forecast as fc
from forecast.insight.jacobian import Jacobian, LayerJacobian

WAVE = 10 + np.sin(np.arange(90) / 3) + np.arange(90) % 4
DRAWN = np.random.default_rng(0).standard_normal((40, 10, 1))


def linear(factor: float, units: int = 5, **options) -> fc.Sequential:
    """Return a linear SimpleRNN whose state is turned and multiplied by a factor at each step."""
    layer = fc.SimpleRNN(units, activation="linear", input_shape=(10, 1), **options)
    model = fc.Sequential([layer], dtype="float64")
    kernel, recurrent, bias = model.get_weights()
    turned = np.linalg.qr(np.random.default_rng(1).standard_normal(recurrent.shape))[0]
    model.set_weights([kernel, factor * turned, bias])
    return model


def overlapping(windows: int, timesteps: int = 10) -> np.ndarray:
    """Return windows of one series, each a row after the one before."""
    rows = np.random.default_rng(2).standard_normal(windows + timesteps - 1)
    return np.lib.stride_tricks.sliding_window_view(rows, timesteps)[:, :, None]


@pytest.mark.parametrize("factor", [1e-6, 0.1, 0.5, 1.0, 1.2, 30.0])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_linear_layer_grows_by_its_factor(factor: float, backwards: bool) -> None:
    found = fc.jacobian(linear(factor, go_backwards=backwards), DRAWN)
    assert found.windows == 40
    assert found.lyapunov["simple_rnn"] == pytest.approx(math.log(factor))
    np.testing.assert_allclose(found.table["spectral_radius"], factor)
    np.testing.assert_allclose(found.table["singular_value"], factor)


def test_the_exponent_is_that_of_the_slowest_direction() -> None:
    model = linear(1.0)
    kernel, recurrent, bias = model.get_weights()
    mixed = np.random.default_rng(3).standard_normal(recurrent.shape)
    slow = mixed @ np.diag([0.9, 0.5, 0.4, 0.2, 0.1]) @ np.linalg.inv(mixed)
    model.set_weights([kernel, slow, bias])
    assert fc.jacobian(model, DRAWN).lyapunov["simple_rnn"] == pytest.approx(math.log(0.9))


CELLS = pytest.mark.parametrize("cell", [fc.SimpleRNN, fc.GRU, fc.LSTM])


def drawn(cell, **options) -> fc.Sequential:
    model = fc.Sequential([cell(4, input_shape=(10, 1), **options)], dtype="float64", seed=2)
    generator = np.random.default_rng(4)
    model.set_weights(
        [one + 0.2 * generator.standard_normal(one.shape) for one in model.get_weights()]
    )
    return model


@CELLS
def test_it_is_the_growth_of_a_small_nudge(cell) -> None:
    """The windows one after another, the state carried on: two runs, a nudge apart."""
    model, x = drawn(cell), 4 * np.sin(np.arange(400) / 25)[None, :, None]
    layer, weights = model.stack().layers[0][1], model.parameters().part(model.layers[0].name)
    generator = np.random.default_rng(5)
    state = tuple(np.zeros((1, 4)) for _ in range(2 if cell is fc.LSTM else 1))
    other = tuple(part + 1e-6 * generator.standard_normal(part.shape) for part in state)
    grown = []
    for t in range(400):
        state, other = (
            layer.forward(weights, x[:, t : t + 1], mask=None, state=one, generator=None).state
            for one in (state, other)
        )
        apart = np.sqrt(sum(float(np.sum((b - a) ** 2)) for a, b in zip(state, other, strict=True)))
        grown.append(math.log(apart / 1e-6))
        other = tuple(a + (b - a) * 1e-6 / apart for a, b in zip(state, other, strict=True))
    (found,) = fc.jacobian(model, x.reshape(40, 10, 1)).lyapunov.values()
    # What it leaves out as transient are the last 40 steps.
    assert found == pytest.approx(np.mean(grown[1:360]), abs=0.005)


@CELLS
def test_a_layer_that_reads_backwards_goes_from_the_newest_window_to_the_oldest(cell) -> None:
    wave = 4 * np.sin(np.square(np.arange(400) / 60)).reshape(40, 10, 1)
    turned = fc.jacobian(drawn(cell, go_backwards=True), wave)
    plain = fc.jacobian(drawn(cell), wave[::-1, ::-1])
    assert list(turned.lyapunov.values()) == pytest.approx(list(plain.lyapunov.values()))


def test_windows_that_overlap_are_not_read_twice() -> None:
    model = linear(0.9)
    assert fc.jacobian(model, overlapping(41)).windows == 5
    assert fc.jacobian(model, overlapping(41), length=25).windows == 2
    assert fc.jacobian(model, overlapping(41)[::4]).windows == 4
    assert fc.jacobian(model, DRAWN[:1]).windows == 1
    assert fc.jacobian(model, DRAWN, length=1).windows == 1
    settings = {"timesteps": 12, "hidden_units": 3, "epochs": 1}
    forecaster = fc.Forecaster("gru", **settings).fit(WAVE)
    assert fc.jacobian(forecaster, WAVE).windows == 7
    assert fc.jacobian(forecaster).windows == 1
    assert (
        fc.jacobian(forecaster, WAVE, window=0).lyapunov == fc.jacobian(forecaster, WAVE).lyapunov
    )


def test_padded_steps_do_not_count() -> None:
    """A relu unit that inputs of zero would shut."""
    layer = fc.SimpleRNN(1, activation="relu", input_shape=(10, 1))
    model = fc.Sequential([layer], dtype="float64")
    model.set_weights([np.array([[1.0]]), np.array([[0.5]]), np.array([-50.0])])
    mask = np.ones((40, 10), bool)
    mask[:, :3] = False
    x = np.where(mask, 100.0, 0.0)[:, :, None]
    assert fc.jacobian(model, x).lyapunov["simple_rnn"] == -math.inf
    found = fc.jacobian(model, x, mask=mask).lyapunov["simple_rnn"]
    assert found == pytest.approx(math.log(0.5))


def test_a_dilated_layer_counts_its_own_steps() -> None:
    settings = {"timesteps": 7, "hidden_units": 3, "dilations": (3,), "epochs": 1}
    settings |= {"activation": "linear"}
    model = fc.Forecaster("simple_rnn", dtype="float64", **settings).fit(WAVE)
    found = fc.jacobian(model, WAVE)
    radius = found.table["spectral_radius"]
    assert np.ptp(radius) == pytest.approx(0, abs=1e-12)
    assert found.lyapunov["recurrent_1"] == pytest.approx(math.log(radius[0]), abs=0.02)
    assert " of 3 rows " in found.said["recurrent_1"]


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
def test_an_untrained_network_forgets_within_bounds(cell: str) -> None:
    model = fc.Sequential(
        [
            {"simple_rnn": fc.SimpleRNN, "gru": fc.GRU, "lstm": fc.LSTM}[cell](
                16, input_shape=(10, 1)
            )
        ]
    )
    found = fc.jacobian(model, DRAWN)
    (exponent,) = found.lyapunov.values()
    assert -1 < exponent < 0
    assert set(found.regime.values()) == {"contracting"}
    # No product grows more than its largest factors do.
    assert exponent < math.log(found.table["singular_value"].max())


def test_a_layer_that_is_dead_or_beyond_all_numbers_is_said_to_be() -> None:
    dead = fc.jacobian(linear(0.0), DRAWN)
    assert dead.lyapunov["simple_rnn"] == -math.inf
    assert dead.said["simple_rnn"] == "SimpleRNN loses a nudge within one step (contracting)."
    beyond = fc.jacobian(linear(1e25), DRAWN)
    assert beyond.lyapunov["simple_rnn"] == math.inf
    assert beyond.said["simple_rnn"] == "SimpleRNN outgrows all numbers (exploding)."


@pytest.mark.parametrize(
    ("exponent", "stride", "said"),
    [
        (-0.231, 1, "GRU forgets a nudge by half every 3 steps (contracting)."),
        (-0.462, 2, "GRU forgets a nudge by half every 1.5 steps of 2 rows (contracting)."),
        (-2.3, 1, "GRU keeps 10 % of a nudge from one step to the next (contracting)."),
        (-0.02, 1, "GRU holds 62 % of a nudge after 24 steps (at the edge)."),
        (0.04, 1, "GRU holds 261 % of a nudge after 24 steps (at the edge)."),
        (0.1, 1, "GRU doubles a nudge every 6.9 steps (exploding)."),
        (1.1, 1, "GRU makes a nudge 3 times as large with every step (exploding)."),
    ],
)
def test_one_plain_sentence_is_said_of_a_layer(exponent: float, stride: int, said: str) -> None:
    nothing = np.empty(0)
    layer = LayerJacobian("gru", nothing.astype(int), nothing, nothing, exponent, 24, stride)
    assert Jacobian("GRU", (layer,), 1).said == {"gru": said}
    both = Jacobian("GRU", (layer, layer._replace(name="gru_1")), 1).said
    assert both["gru_1"] == said.replace("GRU", "gru_1 of GRU", 1)


def test_a_window_of_one_row_has_one_step() -> None:
    nothing = np.empty(0)
    layer = LayerJacobian("gru", nothing.astype(int), nothing, nothing, -0.5, 1, 1)
    assert layer.said("GRU") == "GRU holds 61 % of a nudge after 1 step (at the edge)."
