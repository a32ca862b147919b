"""Segments of a window as steps, and segments ahead decoded side by side."""

import dataclasses

import numpy as np
import pytest

from forecast.errors import SettingError, ShapeError
from forecast.nn.cell import CellOptions
from forecast.nn.decoding import FinalState, ParallelDecoder
from forecast.nn.dense import Dense
from forecast.nn.dilation import Dilated
from forecast.nn.fused import fused, kernels_for, runner
from forecast.nn.recurrent import Recurrent
from forecast.nn.residual import Residual
from forecast.nn.segments import SegmentHead, Segments
from forecast.nn.stack import Stack
from tests.nn.gradient_check import (
    Problem,
    assert_directional,
    awkward_mask,
    drawn_parameters,
    target_off_kinks,
)
from tests.nn.published_equations import STEPS

CELLS = ["simple_rnn", "gru", "lstm"]
BATCH, TIMESTEPS, FEATURES = 5, 6, 2


def networked(cell, *, length=2, count=5, kind="plain", engine="numpy", activation="tanh"):
    """Return a network of segments, a last layer of some kind, and a parallel decoder."""
    inner = Recurrent(cell, 3, engine=engine)
    last = {"plain": inner, "dilated": Dilated(inner, 2), "linked": Residual(Dilated(inner, 2))}
    layers = {
        "segments": Segments(length),
        "projection": Dense(3, activation),
        "recurrent_1": FinalState(last[kind]),
        "decoder": ParallelDecoder(Recurrent(cell, 3, engine=engine), -(-count // length)),
        "head": SegmentHead(-(-count // length), length, count),
    }
    return Stack(tuple(layers.items()), FEATURES)


def posed(network, *, masked):
    generator = np.random.default_rng(2)
    x = generator.standard_normal((BATCH, TIMESTEPS, FEATURES))
    mask = awkward_mask(generator, BATCH, TIMESTEPS) if masked else None
    problem = Problem(network, drawn_parameters(network, generator), x, mask=mask)
    ahead = problem.forward()
    states, pull = (
        tuple(tuple(generator.standard_normal(part.shape) for part in row) for row in ahead.states)
        for _ in range(2)
    )
    target = target_off_kinks(ahead.outputs, generator)
    return dataclasses.replace(problem, states=states, target=target, pull=pull)


@pytest.mark.parametrize("cell", CELLS)
def test_each_segment_is_one_step_from_the_last_state(cell):
    network, options = networked(cell, activation="relu"), CellOptions()
    parameters = drawn_parameters(network, np.random.default_rng(1))
    x = np.random.default_rng(2).standard_normal((BATCH, TIMESTEPS, FEATURES))
    outputs = network.forward(parameters, x).outputs
    assert outputs.shape == (BATCH, 5)
    projection, head = parameters.part("projection"), parameters.part("head")
    for row in range(BATCH):
        state = tuple([0.0] * 3 for _ in range(2 if cell == "lstm" else 1))
        for begin in range(0, TIMESTEPS, 2):
            flat = np.concatenate([x[row, begin], x[row, begin + 1]])
            step = np.maximum(flat @ projection["kernel"] + projection["bias"], 0)
            state = STEPS[cell](parameters.part("recurrent_1"), step.tolist(), state, options)
        ahead = []
        for code in parameters["decoder/positions"].tolist():
            hidden = STEPS[cell](parameters.part("decoder"), code, state, options)[0]
            ahead += (np.array(hidden) @ head["kernel"] + head["bias"]).tolist()
        np.testing.assert_allclose(outputs[row], ahead[:5], rtol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kind", ["plain", "dilated", "linked"])
@pytest.mark.parametrize("masked", [True, False])
def test_gradients(cell, kind, masked):
    assert_directional(posed(networked(cell, kind=kind), masked=masked), directions=1)


def test_a_segment_counts_if_any_of_its_steps_does():
    layer, x = Segments(2), np.full((2, 4, 1), 7.0)
    mask = np.array([[False, True, False, False], [True, True, True, False]])
    x[~mask] = np.nan
    np.testing.assert_array_equal(layer.output_mask(x, mask), [[True, False], [True, True]])
    seen = layer.forward({}, x, mask=mask).outputs
    np.testing.assert_array_equal(seen, [[[0, 7], [0, 0]], [[7, 7], [7, 0]]])
    assert layer.output_mask(x, None) is None


@pytest.mark.parametrize("kind", ["plain", "dilated", "linked"])
def test_padding_behind_leaves_the_state_of_the_last_real_segment(kind):
    network = networked("lstm", kind=kind)
    parameters = drawn_parameters(network, np.random.default_rng(1))
    x = np.random.default_rng(2).standard_normal((BATCH, TIMESTEPS, FEATURES))
    padded = np.concatenate((x, np.full((BATCH, 2, FEATURES), np.nan)), axis=1)
    mask = np.repeat([[True] * TIMESTEPS + [False] * 2], BATCH, axis=0)
    np.testing.assert_allclose(
        network.forward(parameters, padded, mask=mask).outputs,
        network.forward(parameters, x).outputs,
        rtol=1e-12,
    )


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("masked", [True, False])
def test_both_engines_agree(cell, masked):
    problem, found = posed(networked(cell), masked=masked), []
    flat = problem.parameters.flat.astype("float32")
    x = problem.x.astype("float32")
    for engine in ("numpy", "numba"):
        network = networked(cell, kind="linked", engine=engine)
        parameters = problem.parameters.with_flat(flat)
        ahead = network.forward(parameters, x, mask=problem.mask)
        back = network.backward(parameters, ahead.caches, np.ones_like(ahead.outputs))
        found.append([ahead.outputs, back.gradients.flat, back.d_x])
        assert runner(network, parameters)(x[:0]).shape == (0, 5)
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
        assert ours.dtype == theirs.dtype == np.float32


def test_a_segment_reads_what_is_known_of_its_own_rows():
    head = SegmentHead(2, 2, 3, width=2, known=1)
    network = Stack((("first", Recurrent("gru", 4)), ("head", head)), 1)
    assert network.shapes()["head/kernel"] == (2 + 2, 2 * 2)
    parameters = drawn_parameters(network, np.random.default_rng(1))
    x, known = np.zeros((1, 2, 1)), np.array([[1.0, 2.0, 3.0]])
    before = network.forward(parameters, x, beside=known).outputs
    changed = network.forward(parameters, x, beside=np.array([[1.0, 2.0, 12.0]])).outputs
    assert before.shape == (1, 3 * 2)  # rows of the last segment beyond the third are cut
    assert ((changed == before) == [[True] * 4 + [False] * 2]).all()
    hidden = network.forward(parameters, x, beside=known).caches[-1][0]
    np.testing.assert_array_equal(hidden[:, 2:], [[1, 2], [3, 0]])


def test_gradients_of_a_head_that_reads_more():
    layers = Recurrent("gru", 4), SegmentHead(2, 2, 3, width=2, known=2)
    network = Stack(tuple((f"layer_{k}", layer) for k, layer in enumerate(layers)), 1)
    generator = np.random.default_rng(1)
    parameters = drawn_parameters(network, generator)
    x, known = generator.standard_normal((3, 2, 1)), generator.standard_normal((3, 6))
    pull = generator.standard_normal((3, 6))
    ahead = network.forward(parameters, x, beside=known)
    gradient = network.backward(parameters, ahead.caches, pull).gradients.flat

    def along(size):
        moved = parameters.with_flat(parameters.flat + size * gradient)
        return float(np.sum(pull * network.forward(moved, x, beside=known).outputs))

    step = 1e-6
    slope = (along(step) - along(-step)) / (2 * step)
    np.testing.assert_allclose(slope, gradient @ gradient, rtol=1e-6)


def test_such_a_network_is_compiled_layer_by_layer():
    network = networked("gru", kind="linked", engine="numba")
    assert fused(network) is None
    assert kernels_for(network) == ("layer_gru",)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ShapeError, match=r"multiple of 4; got \(2, 6, 1\)"):
        Segments(4).forward({}, np.zeros((2, 6, 1)))
    with pytest.raises(SettingError, match="at most 2 segments of 4; got 9"):
        SegmentHead(2, 4, 9)
    with pytest.raises(SettingError, match="starts from 2 state"):
        ParallelDecoder(Recurrent("lstm", 3), 2).shapes(3)
    sequences = Recurrent("lstm", 3, return_sequences=True)
    with pytest.raises(SettingError, match="return_sequences=False"):
        FinalState(sequences)
    with pytest.raises(SettingError, match="one step forwards"):
        ParallelDecoder(sequences, 2)
