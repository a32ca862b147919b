"""ONNX Runtime on a model written by hand: RNN, GRU or LSTM, then Gemm, with one thread."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from benchmarks.choices import Choice
from benchmarks.points import GATES, Point

OPERATORS = {"simple_rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
OPSET = 17


def _weights(point: Point) -> list[Any]:
    generator = np.random.default_rng(0)
    wide = GATES[point.cell] * point.units
    shapes = {
        "W": (1, wide, point.features), "R": (1, wide, point.units), "B": (1, 2 * wide),
        "head": (point.units, 1), "head_bias": (1,),
    }  # fmt: skip
    tensors = [
        numpy_helper.from_array(generator.uniform(-0.1, 0.1, shape).astype(np.float32), name)
        for name, shape in shapes.items()
    ]
    return [*tensors, numpy_helper.from_array(np.zeros(1, np.int64), "first_axis")]


def _model(point: Point) -> bytes:
    attributes: dict[str, Any] = {"hidden_size": point.units}
    if point.cell == "gru":
        attributes["linear_before_reset"] = 1  # the reset gate after the product
    nodes = [
        helper.make_node(OPERATORS[point.cell], ["x", "W", "R", "B"], ["", "state"], **attributes),
        helper.make_node("Squeeze", ["state", "first_axis"], ["last"]),
        helper.make_node("Gemm", ["last", "head", "head_bias"], ["y"]),
    ]
    # RNN operators read (timesteps, batch, features)
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [point.timesteps, 1, point.features])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1])
    graph = helper.make_graph(nodes, "network", [x], [y], _weights(point))
    opset = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def _latency(point: Point) -> Callable[[Any], Any]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(
        _model(point), options, providers=["CPUExecutionProvider"]
    )
    return lambda window: session.run(None, {"x": window.swapaxes(0, 1)})[0]


def latency(point: Point) -> list[Choice]:
    """Return the session's one way."""
    return [Choice("1 thread", partial(_latency, point))]


def versions() -> dict[str, str]:
    """Return the versions of ONNX and its runtime."""
    return {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__}
