"""Hidden states, memories and gates are those of the published equations, in the order of rows."""

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import NotFittedError, SettingError, TooFewRowsError
from forecast.insight.opened import Wish, opened
from forecast.insight.states import LayerStates
from forecast.nn.cell import CellOptions
from forecast.nn.stack import Stack
from tests.nn.published_equations import STEPS, column, run, sigmoid

WAVE = 10 + np.sin(np.arange(90) / 3) + np.arange(90) % 4
X = np.random.default_rng(0).standard_normal((3, 6, 2))
CELLS = {
    "simple_rnn": lambda: fc.SimpleRNN(3, input_shape=(6, 2)),
    "gru": lambda: fc.GRU(3, input_shape=(6, 2)),
    "gru, reset before": lambda: fc.GRU(3, reset_after=False, input_shape=(6, 2)),
    "lstm": lambda: fc.LSTM(3, input_shape=(6, 2)),
}


def sequential(*layers) -> fc.Sequential:
    """Return layers with biases that are not zero."""
    model = fc.Sequential(layers, dtype="float64", seed=3)
    generator = np.random.default_rng(1)
    model.set_weights(
        [one + 0.3 * generator.standard_normal(one.shape) for one in model.get_weights()]
    )
    return model


def by_hand(cell: str, arrays: list[np.ndarray], x: np.ndarray, before: LayerStates) -> dict:
    """Return the gates of one window from the states that were found."""
    kernel, recurrent, bias = arrays
    named = {}
    h = np.vstack([np.zeros(3), before.states[:-1]])
    for k, gate in enumerate(before.gates):
        rows = []
        for step, state in zip(x, h, strict=True):
            row = []
            for unit in range(3):
                j = 3 * k + unit
                own = column(step, kernel, j) + float(np.atleast_2d(bias)[0, j])
                if cell.startswith("gru") and gate == "candidate":
                    reset = named["reset"][len(rows)]
                    if bias.ndim == 2:
                        own += reset[unit] * (column(state, recurrent, j) + float(bias[1, j]))
                    else:
                        own += column(reset * state, recurrent, j)
                else:
                    own += column(state, recurrent, j)
                    own += float(bias[1, j]) if bias.ndim == 2 else 0.0
                row.append(np.tanh(own) if gate == "candidate" else sigmoid(own))
            rows.append(row)
        named[gate] = np.array(rows)
    return named


@pytest.mark.parametrize("name", CELLS)
def test_states_and_gates_follow_the_published_equations(name: str) -> None:
    model = sequential(CELLS[name]())
    arrays, cell = model.get_weights(), name.partition(",")[0]
    found = fc.hidden_states(model, X, window=1)
    (layer,) = found.layers
    weights = dict(zip(("kernel", "recurrent_kernel", "bias"), arrays, strict=True))
    options = CellOptions(reset_after="before" not in name)
    zero = [np.zeros((1, 3))] * (2 if cell == "lstm" else 1)
    outputs, last = run(cell, weights, X[1:2], zero, options)
    np.testing.assert_allclose(layer.states, outputs[0], atol=1e-14)
    assert (layer.memories is None) == (cell != "lstm")
    if layer.memories is not None:
        np.testing.assert_allclose(layer.memories[-1], last[1][0], atol=1e-14)
    expected = by_hand(cell, arrays, X[1], layer)
    assert list(layer.gates) == list(expected)
    for gate, values in layer.gates.items():
        np.testing.assert_allclose(values, expected[gate], atol=1e-14)
    np.testing.assert_array_equal(found.inputs, X[1])
    assert found.ds.tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
def test_states_are_those_of_the_kernels(cell: str) -> None:
    model = fc.Forecaster(cell, timesteps=9, hidden_units=5, layers=2, epochs=1).fit(WAVE)
    compiled = opened(model, WAVE, Wish(windows=1, engine="numba"))
    name, layer = compiled.network.layers[0]
    assert layer.engine == "numba"
    part, x = compiled.weights[0].part(name), compiled.batch.inputs
    outputs = layer.forward(part, x, mask=None, state=None, generator=None).outputs
    states = compiled.network.forward(compiled.weights[0], x).states
    below, above = fc.hidden_states(model, WAVE).layers
    assert below.states.dtype == np.float32
    np.testing.assert_allclose(below.states, outputs[0], atol=1e-6)
    np.testing.assert_allclose(above.states[-1], states[-2][0][0], atol=1e-6)


WRAPPED = {
    "dilated": {"timesteps": 7, "layers": 2, "dilations": (1, 3)},
    "links": {"timesteps": 7, "layers": 2, "residual_links": True},
    "both": {"timesteps": 7, "layers": 3, "dilations": (1, 2, 4), "residual_links": True},
    "segments": {"timesteps": 8, "segment": 2},
    "decoder": {"timesteps": 8, "segment": 2, "decoder": "parallel", "horizon": 4},
    "decoder over dilated": {"timesteps": 7, "layers": 2, "dilations": (1, 2)}
    | {"residual_links": True, "decoder": "parallel", "horizon": 2},
}


@pytest.mark.parametrize("case", WRAPPED)
def test_layers_around_layers_hand_out_the_states_inside(case: str) -> None:
    settings = {"hidden_units": 3, "epochs": 1, "dtype": "float64"} | WRAPPED[case]
    model = fc.Forecaster("lstm", **settings).fit(WAVE)
    open_ = opened(model, WAVE, Wish(windows=1))
    lower = Stack(open_.network.layers[:-1], open_.network.input_dim)
    found = fc.hidden_states(model, WAVE).layers
    assert len(found) == settings.get("layers", 1)
    rows, segment = settings["timesteps"], settings.get("segment", 1)
    for layer in found:
        assert layer.lags.tolist() == list(range(rows - segment + 1, 0, -segment))
        assert layer.gates["forget"].shape == (rows // segment, 3)
    for step in range(rows // segment):
        read = open_.batch.inputs[:, : (step + 1) * segment]
        states = [one for one in lower.forward(open_.weights[0], read).states if one]
        for layer, (h, c) in zip(found, states, strict=True):
            newest = [one[0] if one.ndim == 2 else one[0, -1] for one in (h, c)]
            np.testing.assert_allclose(layer.states[step], newest[0], atol=1e-14)
            np.testing.assert_allclose(layer.memories[step], newest[1], atol=1e-14)


def test_a_dilated_layer_goes_on_from_several_rows_before() -> None:
    settings = {"timesteps": 7, "hidden_units": 3, "dilations": (3,), "epochs": 1}
    model = fc.Forecaster("gru", dtype="float64", **settings).fit(WAVE)
    part = opened(model, WAVE, Wish(windows=1)).weights[0].part("recurrent_1")
    found = fc.hidden_states(model, WAVE)
    expected: list[list[float]] = []
    for t, x in enumerate(found.inputs):
        before = expected[t - 3] if t >= 3 else [0.0] * 3
        expected.append(STEPS["gru"](part, x.tolist(), (before,), CellOptions())[0])
    np.testing.assert_allclose(found.layers[0].states, expected, atol=1e-14)


@pytest.mark.parametrize("turned", ["bidirectional", "go_backwards"])
def test_a_layer_that_reads_backwards_stands_in_the_order_of_the_inputs(turned: str) -> None:
    if turned == "bidirectional":
        model = sequential(fc.Bidirectional(fc.GRU(3), input_shape=(6, 2)))
        ahead, layer = fc.hidden_states(model, X, window=0).layers
        assert (ahead.name, layer.name) == ("bidirectional/forward", "bidirectional/backward")
        arrays = model.get_weights()[3:]
    else:
        model = sequential(fc.GRU(3, go_backwards=True, input_shape=(6, 2)))
        (layer,) = fc.hidden_states(model, X, window=0).layers
        arrays = model.get_weights()
    weights = dict(zip(("kernel", "recurrent_kernel", "bias"), arrays, strict=True))
    outputs, _ = run("gru", weights, X[:1, ::-1], [np.zeros((1, 3))], CellOptions())
    np.testing.assert_allclose(layer.states, outputs[0][::-1], atol=1e-14)
    gates = {gate: values[::-1] for gate, values in layer.gates.items()}
    read = layer.__class__("", "gru", layer.lags, layer.states[::-1], None, gates)
    for gate, values in by_hand("gru", arrays, X[0, ::-1], read).items():
        np.testing.assert_allclose(layer.gates[gate], values[::-1], atol=1e-14)


def test_a_padded_step_keeps_the_state_and_has_no_gates() -> None:
    model = sequential(fc.LSTM(3, input_shape=(6, 2)))
    mask = np.ones((3, 6), bool)
    mask[2, [0, 3]] = False
    found = fc.hidden_states(model, X, mask=mask)
    layer = found.layers[0]
    np.testing.assert_array_equal(layer.states[0], 0)
    np.testing.assert_array_equal(layer.states[3], layer.states[2])
    np.testing.assert_array_equal(layer.memories[3], layer.memories[2])
    for gate in layer.gates.values():
        assert np.isnan(gate).all(axis=1).tolist() == (~mask[2]).tolist()
    assert np.isnan(found.inputs).all(axis=1).tolist() == (~mask[2]).tolist()
    blank = found.gates_table.query("gate == 'forget'").set_index("lag")["mean"].isna()
    assert blank[blank].index.tolist() == [6, 3]


def test_tables_have_a_row_for_each_unit_and_gate() -> None:
    model = sequential(
        fc.LSTM(3, return_sequences=True, input_shape=(6, 2)), fc.GRU(4), fc.Dense(1)
    )
    found = fc.hidden_states(model, X)
    below, above = found.layers
    table = found.table
    assert table.columns.tolist() == ["layer", "lag", "unit", "h", "c"]
    assert len(table) == 6 * 3 + 6 * 4
    row = table[(table["layer"] == "lstm") & (table["lag"] == 2) & (table["unit"] == 3)]
    assert row["h"].item() == below.states[-2, 2]
    assert row["c"].item() == below.memories[-2, 2]
    assert table.loc[table["layer"] == "gru", "c"].isna().all()
    gates = found.gates_table.set_index(["layer", "lag", "gate"])
    assert len(gates) == 6 * 4 + 6 * 3
    one = gates.loc[("gru", 6, "update")]
    assert one["mean"] == pytest.approx(above.gates["update"][0].mean())
    assert one["low"] == pytest.approx(np.percentile(above.gates["update"][0], 10))
    assert one["high"] == pytest.approx(np.percentile(above.gates["update"][0], 90))
    plain = fc.hidden_states(sequential(fc.SimpleRNN(3, input_shape=(6, 2))), X)
    assert plain.gates_table.columns.tolist() == found.gates_table.columns.tolist()
    assert len(plain.gates_table) == 0
    assert "c" not in plain.table


def test_windows_have_the_timestamps_of_their_rows() -> None:
    y = pd.Series(WAVE, pd.date_range("2024-01-01", periods=90, name="ds"))
    settings = {"timesteps": 5, "hidden_units": 3, "epochs": 1, "seeds": 2}
    model = fc.Forecaster("gru", **settings).fit(y)
    newest, oldest = fc.hidden_states(model, y), fc.hidden_states(model, y, window=0)
    assert newest.ds.equals(y.index[-5:])
    assert oldest.ds.equals(y.index[:5])
    assert fc.hidden_states(model, y, window=-86).table.equals(oldest.table)
    assert fc.hidden_states(model).table.equals(newest.table)
    other = fc.hidden_states(model, y, member=1)
    assert not np.allclose(other.layers[0].states, newest.layers[0].states)


def test_rows_that_are_not_there_have_no_timestamp() -> None:
    days = pd.date_range("2024-01-01", periods=40)
    long = pd.DataFrame({"unique_id": "long", "ds": days, "y": WAVE[:40]})
    short = pd.DataFrame({"unique_id": "short", "ds": days[:8], "y": WAVE[:8]})
    panel = pd.concat([long, short])
    model = fc.Forecaster("gru", timesteps=12, hidden_units=3, epochs=1).fit(panel)
    found = fc.hidden_states(model, panel)
    assert found.ds.isna().tolist() == [True] * 4 + [False] * 8
    assert found.ds[4:].tolist() == days[:8].tolist()
    assert np.isnan(found.inputs[:4]).all()
    np.testing.assert_array_equal(found.layers[0].states[:4], 0)


def test_what_is_not_there_is_refused() -> None:
    model = sequential(fc.GRU(3, input_shape=(6, 2)))
    with pytest.raises(SettingError, match="`window` must be a whole number from -3 to 2; got 3"):
        fc.hidden_states(model, X, window=3)
    with pytest.raises(SettingError, match="`member` must be a whole number from 0 to 0; got 1"):
        fc.hidden_states(model, X, member=1)
    with pytest.raises(SettingError, match="no recurrent layer"):
        fc.hidden_states(sequential(fc.Dense(2, input_shape=(6, 2))), X)
    with pytest.raises(SettingError, match="must be a fitted Forecaster"):
        fc.hidden_states(fc.Naive(), WAVE)
    with pytest.raises(NotFittedError, match="fit"):
        fc.hidden_states(fc.Forecaster("gru"), WAVE)
    with pytest.raises(TooFewRowsError, match="at least one"):
        fc.hidden_states(model, X[:0])
