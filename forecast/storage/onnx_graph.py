"""The graph of a fitted forecaster: scale, run the recurrent layers and the head, scale back.

    window (batch, timesteps) → scaled → (timesteps, batch, 1) → recurrent layers → last state
    (batch, units) → head (batch, horizon) → forecast

Scaling computes in float64, all between in float32. Weights keep their names, `layer/weight`.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forecast.data.scaling import BY_WINDOW, Scaler
from forecast.models.fitted import Fitted
from forecast.models.settings import ForecasterSettings
from forecast.nn.arrays import Weights
from forecast.nn.recurrent import Recurrent
from forecast.storage.onnx_layers import OPERATORS, operator_attributes, operator_weights

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto, TensorProto


def model_graph(onnx: Any, settings: ForecasterSettings, fitted: Fitted) -> "GraphProto":
    """Return the graph of a fitted forecaster, from `window` to `forecast`.

    Args:
        onnx: the package.
        settings: of the forecaster.
        fitted: what it learned.
    """
    graph = _Graph(onnx)
    shift, spread = _shift_and_spread(graph, fitted.scaler, settings.timesteps)
    scaled = graph.add("Div", [graph.add("Sub", ["window", shift], "shifted"), spread], "scaled")
    outputs = _network(graph, settings, fitted, scaled)
    stretched = graph.add("Mul", [outputs, spread], "stretched")
    graph.add("Sum", [stretched, shift, _nothing_or_nan(graph)], "forecast")
    made: GraphProto = onnx.helper.make_graph(
        graph.nodes,
        "forecaster",
        [_described(onnx, "window", settings.timesteps)],
        [_described(onnx, "forecast", settings.horizon)],
        list(graph.constants.values()),
    )
    return made


def _described(onnx: Any, name: str, columns: int) -> Any:
    double = onnx.TensorProto.DOUBLE
    return onnx.helper.make_tensor_value_info(name, double, ["batch", columns])


class _Graph:
    """Nodes and constants, in the order in which they are added."""

    def __init__(self, onnx: Any) -> None:
        self.onnx = onnx
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, TensorProto] = {}

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Hold an array; return its name."""
        self.constants[name] = self.onnx.numpy_helper.from_array(value, name)
        return name

    def axis(self, number: int) -> str:
        """Hold the number of an axis; return its name."""
        return self.constant(f"axis_{number}", np.array([number], dtype=np.int64))

    def add(self, operator: str, inputs: list[str], *outputs: str, **attributes: Any) -> str:
        """Add a node, called like its last output; return that name. Unused outputs are empty."""
        made = self.onnx.helper.make_node(
            operator, inputs, list(outputs), name=outputs[-1], **attributes
        )
        self.nodes.append(made)
        return outputs[-1]

    def cast(self, name: str, precision: str, output: str) -> str:
        """Turn an array into `FLOAT` or `DOUBLE`."""
        return self.add("Cast", [name], output, to=getattr(self.onnx.TensorProto, precision))


def _shift_and_spread(graph: _Graph, scaler: Scaler, timesteps: int) -> tuple[str, str]:
    """Add what `Scaler.shift_and_spread` computes: (batch, 1) each, or one number for all."""
    if scaler.name not in BY_WINDOW:
        shift = graph.constant("shift", np.array(scaler.shift, dtype=np.float64))
        return shift, graph.constant("spread", np.array(scaler.spread, dtype=np.float64))
    last = graph.constant("last_row", np.array([timesteps - 1], dtype=np.int64))
    least = graph.constant("least_spread", np.array(scaler.spread, dtype=np.float64))
    shift = graph.add("Gather", ["window", last], "shift", axis=1)
    if scaler.name == "last":
        return shift, least
    if scaler.name == "level":
        return shift, graph.add("Max", [_level(graph), least], "spread")
    deviation = _deviation(graph)
    if scaler.name == "root":
        between = graph.add("Mul", [deviation, _level(graph)], "between")
        deviation = graph.add("Sqrt", [between], "root")
    return shift, graph.add("Max", [deviation, least], "spread")


def _level(graph: _Graph) -> str:
    """Add the mean size of the values of a window, (batch, 1)."""
    sizes = graph.add("Abs", ["window"], "sizes")
    return graph.add("ReduceMean", [sizes], "level", axes=[1], keepdims=1)


def _deviation(graph: _Graph) -> str:
    """Add the standard deviation of the values of a window, (batch, 1)."""
    mean = graph.add("ReduceMean", ["window"], "mean", axes=[1], keepdims=1)
    centred = graph.add("Sub", ["window", mean], "centred")
    squares = graph.add("Mul", [centred, centred], "squares")
    variance = graph.add("ReduceMean", [squares], "variance", axes=[1], keepdims=1)
    return graph.add("Sqrt", [variance], "deviation")


def _nothing_or_nan(graph: _Graph) -> str:
    """Add 0 for a window of numbers, NaN for one with a gap: (batch, 1).

    ONNX Runtime's gates turn NaN into a number, so that a gap would give a forecast like any other.
    """
    total = graph.add("ReduceSum", ["window", graph.axis(1)], "total", keepdims=1)
    zero = graph.constant("zero", np.array(0.0))
    return graph.add("Mul", [total, zero], "nothing_or_nan")


def _network(graph: _Graph, settings: ForecasterSettings, fitted: Fitted, scaled: str) -> str:
    """Add the layers; dropout between them does nothing in a forecast."""
    narrow = graph.cast(scaled, "FLOAT", "scaled_float")
    steps = graph.add("Transpose", [narrow], "time_major", perm=[1, 0])  # (timesteps, batch)
    x = graph.add("Unsqueeze", [steps, graph.axis(2)], "inputs")  # (timesteps, batch, 1)
    for name, layer in settings.network().layers:
        if not isinstance(layer, Recurrent):
            continue
        run = _recurrent(graph, name, layer, fitted.parameters.part(name), x)
        directions = graph.axis(1 if layer.return_sequences else 0)  # there is one
        x = graph.add("Squeeze", [run, directions], f"{name}/outputs")
    head = [
        graph.constant(f"head/{name}", weight.astype(np.float32))
        for name, weight in fitted.parameters.part("head").items()
    ]
    return graph.cast(graph.add("Gemm", [x, *head], "head/outputs"), "DOUBLE", "outputs")


def _recurrent(graph: _Graph, name: str, layer: Recurrent, weights: Weights, x: str) -> str:
    """Add a layer over x, (timesteps, batch, features).

    Returns:
        Name of all states (timesteps, 1, batch, units), or of the last one (1, batch, units).
    """
    held = [
        graph.constant(f"{name}/{weight}", array.astype(np.float32))
        for weight, array in operator_weights(layer.cell, weights).items()
    ]
    outputs = [f"{name}/states"] if layer.return_sequences else ["", f"{name}/last_state"]
    attributes = operator_attributes(layer)
    return graph.add(OPERATORS[layer.cell], [x, *held], *outputs, **attributes)
