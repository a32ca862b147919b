"""Bidirectional and TimeDistributed."""

from typing import Any

from forecast.errors import SettingError, ShapeError
from forecast.layers.layer import Layer, Shape
from forecast.layers.recurrent import RecurrentLayer
from forecast.nn import wrapping


class Bidirectional(Layer):
    """Two layers alike, one of which reads the sequence from its end.

    Args:
        layer: SimpleRNN, GRU or LSTM; it reads forwards.
        merge_mode: how outputs join: `concat`, `sum`, `mul` or `ave`.
        name, input_shape: see `Layer`.

    Raises:
        SettingError: the layer is none of those, or there is no such way to join.

    Example:
        >>> import numpy as np, forecast as fc
        >>> fc.Bidirectional(fc.GRU(3))(np.zeros((4, 2, 10))).shape
        (4, 6)
    """

    rank = 3

    def __init__(self, layer: RecurrentLayer, merge_mode: str = "concat", **more: Any) -> None:
        if not isinstance(layer, RecurrentLayer) or layer.go_backwards:
            raise SettingError(
                "`layer` must be SimpleRNN, GRU or LSTM with go_backwards=False; got "
                f"{layer!r}. Write Bidirectional(GRU(32))."
            )
        if layer.return_state:
            raise SettingError("Bidirectional hands out no states. Use return_state=False.")
        super().__init__(**more)
        self.layer, self.merge_mode, self.stateful = layer, merge_mode, layer.stateful
        if self.given_shape is None:
            self.given_shape = layer.given_shape
        self.core()

    def core(self, engine: str = "numpy") -> wrapping.Bidirectional:
        """Return the layer as `forecast.nn` knows it."""
        back = type(self.layer)(**self.layer.config() | {"go_backwards": True})
        return wrapping.Bidirectional(self.layer.core(engine), back.core(engine), self.merge_mode)

    def config(self) -> dict[str, Any]:
        """Return the arguments that build this layer again; the layer is [class, arguments]."""
        inner = [type(self.layer).__name__, self.layer.config()]
        return {"layer": inner, "merge_mode": self.merge_mode, "name": self.name}

    def output_for(self, shape: Shape) -> Shape:
        """Return the shape of the layer's outputs, twice as wide with `concat`."""
        inner = self.layer.output_for(shape)
        return (*inner[:-1], self.layer.units * (1 + (self.merge_mode == "concat")))


class TimeDistributed(Layer):
    """A layer that runs on every step by itself, with the same weights.

    Args:
        layer: that runs on (batch, …).
        name, input_shape: see `Layer`.

    Raises:
        SettingError: this is no layer, or a stateful one.

    Example:
        >>> import numpy as np, forecast as fc
        >>> fc.TimeDistributed(fc.Dense(1))(np.zeros((4, 2, 10))).shape
        (4, 2, 1)
    """

    def __init__(self, layer: Layer, **more: Any) -> None:
        if not isinstance(layer, Layer) or layer.stateful:
            raise SettingError(
                f"`layer` must be a layer without states of its own; got {layer!r}. Write "
                "TimeDistributed(Dense(1))."
            )
        super().__init__(**more)
        self.layer = layer

    def core(self, engine: str = "numpy") -> wrapping.TimeDistributed:
        """Return the layer as `forecast.nn` knows it."""
        return wrapping.TimeDistributed(self.layer.core(engine))

    def config(self) -> dict[str, Any]:
        """Return the arguments that build this layer again; the layer is [class, arguments]."""
        return {"layer": [type(self.layer).__name__, self.layer.config()], "name": self.name}

    def check_shape(self, shape: Shape) -> None:
        """See that inputs of this shape have steps, and that one can enter the layer."""
        if len(shape) == 2:
            raise ShapeError(
                f"Layer {self.name!r} (TimeDistributed) expects (batch, timesteps, …); got "
                f"{shape}. Let the layer before it hand out a sequence: return_sequences=True."
            )
        super().check_shape(shape)
        self.layer.check_shape((shape[0], *shape[2:]))

    def output_for(self, shape: Shape) -> Shape:
        """Return the shape of the layer's outputs with the steps in it."""
        inner = self.layer.output_for((shape[0], *shape[2:]))
        return (inner[0], shape[1], *inner[1:])
