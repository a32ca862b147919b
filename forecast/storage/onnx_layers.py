"""A recurrent layer's weights and settings as ONNX wants them.

    here                                        ONNX
    kernel (features, gates units)              W (1, gates units, features)
    recurrent_kernel (units, gates units)       R (1, gates units, units)
    bias (gates units,) or (2, gates units)     B (1, 2 gates units), x W's before h R's

Gates stand here in Keras' order: GRU z, r, h; LSTM i, f, c, o. ONNX has z, r, h and i, o, f, c.
"""

from typing import Any

import numpy as np

from forecast.nn.arrays import Array, Weights
from forecast.nn.recurrent import Recurrent

OPERATORS = {"simple_rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
ACTIVATIONS = {"tanh": "Tanh", "sigmoid": "Sigmoid", "relu": "Relu", "linear": "Affine"}

_ORDER = {"simple_rnn": (0,), "gru": (0, 1, 2), "lstm": (0, 3, 1, 2)}  # ONNX' gates among ours


def operator_weights(cell: str, weights: Weights) -> dict[str, Array]:
    """Return kernel, recurrent kernel and bias, in the order of the operator's inputs W, R, B."""
    bias = weights["bias"]
    both = bias if bias.ndim == 2 else np.stack((bias, np.zeros_like(bias)))
    return {
        "kernel": _reordered(cell, weights["kernel"]).T[None],
        "recurrent_kernel": _reordered(cell, weights["recurrent_kernel"]).T[None],
        "bias": _reordered(cell, both).reshape(1, -1),
    }


def operator_attributes(layer: Recurrent) -> dict[str, Any]:
    """Return the attributes of a layer's operator."""
    options = layer.options
    gate, new = ACTIVATIONS[options.recurrent_activation], ACTIVATIONS[options.activation]
    chosen = {"simple_rnn": [new], "gru": [gate, new], "lstm": [gate, new, new]}[layer.cell]
    found: dict[str, Any] = {"hidden_size": layer.units, "activations": chosen}
    lines = chosen.count("Affine")  # alpha x + beta, one of each for every line
    if lines:
        found |= {"activation_alpha": [1.0] * lines, "activation_beta": [0.0] * lines}
    if layer.cell == "gru":
        found["linear_before_reset"] = int(options.reset_after)
    return found


def _reordered(cell: str, array: Array) -> Array:
    """Put the gates along the last axis, (rows, gates units), into ONNX' order."""
    order = _ORDER[cell]
    gates = np.split(array, len(order), axis=1)
    return np.concatenate([gates[gate] for gate in order], axis=1)
