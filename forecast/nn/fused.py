"""Stacks that one kernel can run as a whole: recurrent layers of one cell under a linear head."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np

from forecast.kernels.packing import LayerShape, NetworkShape
from forecast.kernels.predictor import Predictor, Weights
from forecast.nn.arrays import Array, Mask, State
from forecast.nn.blas import one_blas_thread
from forecast.nn.compiled import layer_shape
from forecast.nn.dense import Dense
from forecast.nn.dilation import Dilated
from forecast.nn.dropout import Dropout
from forecast.nn.layer import Layer
from forecast.nn.parameters import Parameters
from forecast.nn.recurrent import Recurrent
from forecast.nn.residual import Residual
from forecast.nn.stack import Stack
from forecast.nn.wrapping import Bidirectional


class Fused(NamedTuple):
    """A stack as the kernels see it.

    Attributes:
        shape: of the network.
        dropout: rate between the recurrent layers.
    """

    shape: NetworkShape
    dropout: float


@lru_cache(maxsize=64)
def fused(stack: Stack) -> Fused | None:
    """Describe a stack to the kernels, or return None where only its layers can be compiled.

    The kernels know recurrent layers of one cell and one set of options, dilated or not, with or
    without a residual link above the first, the same dropout between all of them or none, and a
    linear head on the last output.
    """
    layers = [layer for _, layer in stack.layers]
    described = [one for one in map(_described, layers) if one is not None]
    recurrent = [one.layer for one in described]
    between = {layer.rate for layer in layers if isinstance(layer, Dropout)}
    head = layers[-1]
    if not recurrent or not isinstance(head, Dense) or head.activation != "linear":
        return None
    one, last = recurrent[0], recurrent[-1]
    alike = all(
        (r.cell, r.options, r.engine) == (one.cell, one.options, "numba") for r in recurrent
    )
    ordered = all(r.return_sequences for r in recurrent[:-1]) and not last.return_sequences
    plain = all(r.plain for r in recurrent) and not described[0].linked
    if not (alike and ordered and plain and len(between) <= 1):
        return None
    if not _in_order(layers, bool(between)):
        return None
    return Fused(
        NetworkShape(tuple(_shapes(stack, described)), head.units, head.use_bias, head.beside),
        between.pop() if between else 0.0,
    )


def kernels_for(stack: Stack) -> tuple[str, ...]:
    """Return the names of the kernels that a stack of compiled layers needs."""
    whole = fused(stack)
    if whole is not None:
        return (whole.shape.kernel,)
    found: list[str] = []
    for _, layer in stack.layers:
        found += [
            f"layer_{layer_shape(one.cell, 1, one.units, one.options).kernel}"
            for one in _recurrent_in(layer)
        ]
    return tuple(dict.fromkeys(found))


def layer_kernels_for(stack: Stack) -> tuple[str, ...]:
    """Return the names of the kernels that run a stack of compiled layers one by one."""
    return tuple(name.replace("network_", "layer_") for name in kernels_for(stack))


def _recurrent_in(layer: object) -> list[Recurrent]:
    """Return the recurrent layers that a layer is or holds."""
    if isinstance(layer, Recurrent):
        return [layer]
    if isinstance(layer, Bidirectional):
        return [layer.ahead, layer.back]
    inner = getattr(layer, "layer", None)  # of a layer around a layer
    return [] if inner is None else _recurrent_in(inner)


def _in_order(layers: Sequence[Layer], dropout: bool) -> bool:
    """Say whether layers stand as recurrent (dropout, recurrent)* dense."""
    kinds = [type(layer) if _described(layer) is None else Recurrent for layer in layers]
    wanted = [Recurrent, *([Dropout, Recurrent] if dropout else [Recurrent])]
    count = kinds.count(Recurrent)
    return kinds == [*wanted[:1], *wanted[1:] * (count - 1), Dense]


class _Described(NamedTuple):
    """A recurrent layer, and what stands around it."""

    layer: Recurrent
    dilation: int
    linked: bool


def _described(layer: Layer) -> _Described | None:
    """Take a recurrent layer out of what is around it; None where it is none."""
    linked = isinstance(layer, Residual)
    inner = layer.layer if isinstance(layer, Residual) else layer
    dilation = inner.dilation if isinstance(inner, Dilated) else 1
    core = inner.layer if isinstance(inner, Dilated) else inner
    return _Described(core, dilation, linked) if isinstance(core, Recurrent) else None


def _shapes(stack: Stack, described: list[_Described]) -> list[LayerShape]:
    features = [stack.input_dim, *(one.layer.units for one in described)]
    return [
        layer_shape(one.cell, size, one.units, one.options, dilation, linked)
        for (one, dilation, linked), size in zip(described, features, strict=False)
    ]


class InputCheck(Protocol):
    """Raises a `ShapeError` where what a network reads does not fit it."""

    def __call__(self, x: Array, mask: Mask | None, beside: Array | None = None) -> None:
        """See that it fits."""


def input_check(stack: Stack, parameters: Parameters) -> InputCheck:
    """Return what raises a `ShapeError` where inputs or a mask do not fit the first layer.

    A kernel reads where it is told: what has another shape it would misread.
    """
    name, first = stack.layers[0]
    described = _described(first)

    def check(x: Array, mask: Mask | None, beside: Array | None = None) -> None:
        if described is not None:
            described.layer.check_inputs(x, mask, kernel=parameters[f"{name}/kernel"])
        stack.check_beside(beside, len(x))

    return check


class Run(Protocol):
    """A network with its weights."""

    def __call__(self, x: Array, mask: Mask | None = None, beside: Array | None = None) -> Array:
        """Return the outputs (batch, units) of inputs (batch, timesteps, features).

        `beside` is (batch, beside) where the last layer reads more of each example.
        """


def runner(stack: Stack, parameters: Parameters) -> Run:
    """Return a function from inputs (batch, timesteps, features) to outputs (batch, units).

    It holds what it needs ready: the weights packed, and room for batches of the sizes seen.
    """
    whole = fused(stack) if parameters.flat.dtype == np.float32 else None
    if whole is None:

        def plain(x: Array, mask: Mask | None = None, beside: Array | None = None) -> Array:
            with one_blas_thread():
                return stack.forward(parameters, x, mask=mask, beside=beside).outputs

        return plain
    predictor = Predictor(Weights(whole.shape, parameters.flat))
    check, outputs = input_check(stack, parameters), whole.shape.outputs

    def compiled(x: Array, mask: Mask | None = None, beside: Array | None = None) -> Array:
        check(x, mask, beside)
        if len(x) == 0:
            return np.empty((0, outputs), np.float32)
        flags = None if mask is None else np.ascontiguousarray(mask).view(np.uint8)
        return predictor.predict(np.ascontiguousarray(x), mask=flags, beside=_single(beside))

    return compiled


class Stream(Protocol):
    """A network with its weights and its state."""

    def __call__(self, x: Array, beside: Array | None = None) -> Array:
        """Return the outputs (batch, units) after more steps, (batch, timesteps, features)."""


def stream(stack: Stack, parameters: Parameters) -> Stream:
    """Return a function like that of `runner` that starts each call where the last one ended."""
    whole = fused(stack) if parameters.flat.dtype == np.float32 else None
    if whole is None or any(one.dilation > 1 for one in whole.shape.layers):
        return _plain_stream(stack, parameters)  # a kernel keeps one state, not one a dilated step
    predictor, states = Predictor(Weights(whole.shape, parameters.flat)), dict[int, Array]()
    layers, units = len(whole.shape.layers), max(one.units for one in whole.shape.layers)
    check, outputs = input_check(stack, parameters), whole.shape.outputs

    def on(x: Array, beside: Array | None = None) -> Array:
        check(x, None, beside)
        batch = len(x)
        if batch == 0:
            return np.empty((0, outputs), np.float32)
        if batch not in states:
            states[batch] = np.zeros((layers, 2, batch, units), np.float32)
        x = np.ascontiguousarray(x)
        return predictor.predict(x, states=states[batch], beside=_single(beside))

    return on


def _single(beside: Array | None) -> Array | None:
    return None if beside is None else np.ascontiguousarray(beside, np.float32)


def _plain_stream(stack: Stack, parameters: Parameters) -> Stream:
    states: list[tuple[State | None, ...] | None] = [None]

    def on(x: Array, beside: Array | None = None) -> Array:
        with one_blas_thread():
            ahead = stack.forward(parameters, x, states=states[0], beside=beside)
        states[0] = ahead.states
        return ahead.outputs

    return on
