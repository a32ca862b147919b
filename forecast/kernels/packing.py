"""Where every weight stands in the packed buffer; see `forecast.kernels.layout`.

A network is described by plain names and numbers. Its weights come and go in one flat buffer in
Keras' order: for every layer kernel, recurrent kernel and bias, then the head's kernel and bias.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.kernels import layer_fields as L

Places = NDArray[np.intp]
Record = NDArray[np.int64]

GATES = {"simple_rnn": 1, "gru": 3, "lstm": 4}
COLUMNS = {"simple_rnn": 1, "gru": 4, "lstm": 5}  # of 16, that a panel keeps a step
ACTIVATIONS = {"tanh": 0, "sigmoid": 1, "relu": 2, "linear": 3}


@dataclass(frozen=True)
class LayerShape:
    """A recurrent layer.

    Attributes:
        cell: `simple_rnn`, `gru` or `lstm`.
        features: of its inputs.
        units: of its state.
        activation, recurrent_activation: by name.
        reset_after: GRU only.
        use_bias: whether it has biases.
        dilation: steps between a state and the one it comes from.
        linked: whether its inputs, as many as it has units, are added to its outputs.
    """

    cell: str
    features: int
    units: int
    activation: str = "tanh"
    recurrent_activation: str = "sigmoid"
    reset_after: bool = True
    use_bias: bool = True
    dilation: int = 1
    linked: bool = False

    @property
    def kernel(self) -> str:
        """The cell as the kernels call it."""
        return "gru_before" if self.cell == "gru" and not self.reset_after else self.cell


@dataclass(frozen=True)
class NetworkShape:
    """A stack of recurrent layers of one cell under a dense head.

    Attributes:
        layers: first to last.
        outputs: of the head.
        head_bias: whether the head has one.
        beside: numbers of an example that the head reads after the last hidden state.
    """

    layers: tuple[LayerShape, ...]
    outputs: int
    head_bias: bool = True
    beside: int = 0

    @property
    def kernel(self) -> str:
        """Name of the kernel that runs it."""
        return f"network_{self.layers[0].kernel}"

    @property
    def features(self) -> int:
        """Of the inputs."""
        return self.layers[0].features


class Packing(NamedTuple):
    """Where everything stands.

    Attributes:
        size: floats of the packed weights.
        turned_size: floats of the weights turned around.
        packed: (weights,) places in the packed buffer, in the order of the flat one.
        records: (layers, fields), without places in the scratch.
        w_head, t_head: places of the head's weights, as they are and turned around.
        head_inputs: rows of the head's weights.
    """

    size: int
    turned_size: int
    packed: Places
    records: Record
    w_head: int
    t_head: int
    head_inputs: int


SLACK = 256  # floats behind the packed weights, which turning them around reads


def panels_of(units: int) -> int:
    """Return how many sixteens hold so many units."""
    return -(-units // 16)


@dataclass
class _Plot:
    """Ground that is given out piece by piece."""

    size: int = 0
    turned: int = 0
    places: list[Places] = field(default_factory=list)

    def take(self, floats: int, turned: int) -> tuple[int, int]:
        """Return the places of two new pieces."""
        here = self.size, self.turned
        self.size, self.turned = self.size + floats, self.turned + turned
        return here


@lru_cache(maxsize=64)
def packing_of(shape: NetworkShape) -> Packing:
    """Lay out a network."""
    plot = _Plot()
    records = np.stack(
        [place_layer(layer, plot, d_x=number > 0) for number, layer in enumerate(shape.layers)]
    )
    units, panels = shape.layers[-1].units, panels_of(shape.outputs)
    read = units + shape.beside
    rows = read + shape.head_bias
    w_head, t_head = plot.take(panels * rows * 16, panels_of(units) * panels * 256)
    plot.places.append(_columns(w_head, shape.outputs, rows, read))
    if shape.head_bias:
        plot.places.append(_columns(w_head + read * 16, shape.outputs, rows, 1))
    packed = np.concatenate([places.ravel() for places in plot.places])
    return Packing(plot.size, plot.turned, packed, records, w_head, t_head, rows)


@lru_cache(maxsize=64)
def layer_packing_of(shape: LayerShape) -> Packing:
    """Lay out one layer without a head."""
    plot = _Plot()
    records = place_layer(shape, plot, d_x=True)[None]
    packed = np.concatenate([places.ravel() for places in plot.places])
    return Packing(plot.size, plot.turned, packed, records, 0, 0, 0)


def place_layer(shape: LayerShape, plot: _Plot, *, d_x: bool) -> Record:
    """Give a layer its ground; return its record."""
    gates, P, record = GATES[shape.cell], panels_of(shape.units), np.zeros(L.FIELDS, np.int64)
    after, before = shape.kernel == "gru", shape.kernel == "gru_before"
    inputs, recurrent = shape.features + shape.use_bias, 2 if before else gates
    h_steps = P * 16 + (after and shape.use_bias)
    turned_x = panels_of(shape.features) * P * gates * 256
    w_x, t_x = plot.take(P * gates * inputs * 16, turned_x if d_x else 0)
    w_h, t_h = plot.take(P * recurrent * h_steps * 16, P * P * recurrent * 256)
    w_n, t_n = plot.take(P * h_steps * 16, P * P * 256) if before else (plot.size, -1)
    known = {
        L.PANELS: P, L.UNITS: shape.units, L.FEATURES: shape.features, L.INPUTS: inputs,
        L.H_ROW: _row(h_steps), L.H_STEPS: h_steps, L.SAVED_ROW: _row(P * 16 * COLUMNS[shape.cell]),
        L.ACTIVATION: ACTIVATIONS[shape.activation],
        L.RECURRENT_ACTIVATION: ACTIVATIONS[shape.recurrent_activation],
        L.D_X_ROW: panels_of(shape.features) * 16 if d_x else 0,
        L.DILATION: shape.dilation, L.LINKED: shape.linked,
        L.W_X: w_x, L.W_H: w_h, L.W_N: w_n, L.T_X: t_x, L.T_H: t_h, L.T_N: t_n,
    }  # fmt: skip
    record[list(known)] = list(known.values())
    plot.places += _weights(shape, record)
    return record


def _row(floats: int) -> int:
    """Return the length of a row with so many floats: an odd number of cache lines.

    Rows a power of two apart would all fall into the same few places of the first cache.
    """
    return (panels_of(floats) | 1) * 16


def _weights(shape: LayerShape, record: Record) -> list[Places]:
    """Return the places of kernel, recurrent kernel and bias, in Keras' order of gates."""
    gates, units, inputs = GATES[shape.cell], shape.units, int(record[L.INPUTS])
    h_steps, beyond = int(record[L.H_STEPS]), 16 * 16 * int(record[L.PANELS])
    order = {"gru": (1, 2, 0), "gru_before": (0, 1, None)}.get(shape.kernel, range(gates))

    def of_inputs(rows: int, down: int) -> Places:
        start = int(record[L.W_X]) + down * 16
        parts = [_columns(start, units, inputs, rows, gates, gate) for gate in range(gates)]
        return np.concatenate(parts, axis=1)

    def of_states(rows: int, down: int) -> Places:
        start, every = int(record[L.W_H]) + down, sum(gate is not None for gate in order)
        apart = int(record[L.W_N]) + down
        parts = [
            _columns(apart, units, h_steps, rows)
            if gate is None
            else _columns(start, units, h_steps, rows, every, gate)
            for gate in order
        ]
        return np.concatenate(parts, axis=1)

    places = [of_inputs(shape.features, 0), of_states(units, 0)]
    if shape.use_bias:
        places.append(of_inputs(1, shape.features))
        if shape.kernel == "gru":
            places.append(of_states(1, beyond))
    return places


def _columns(
    start: int, units: int, column: int, rows: int, gates: int = 1, gate: int = 0
) -> Places:
    """Return the places (rows, units) of one gate among columns of `column` rows of 16."""
    unit = np.arange(units)
    first = start + ((unit // 16) * gates + gate) * column * 16 + unit % 16
    places: Places = (np.arange(rows)[:, None] * 16 + first[None, :]).astype(np.intp)
    return places
