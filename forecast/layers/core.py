"""Dense, Dropout, RepeatVector and Masking."""

from typing import Any

from forecast.checks import real_number, whole_number
from forecast.layers.layer import Layer, Shape
from forecast.nn import dense, dropout, shaping


class Dense(Layer):
    """A fully connected layer over the last axis; on a sequence it acts on every step.

    Args:
        units: size of the output, at least 1.
        activation: `linear`, `tanh`, `sigmoid`, `relu` or `softmax`; None is `linear`.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: names; see `forecast.nn.initializers.INITIALIZERS`.
        name, input_shape, input_dim: see `Layer`.

    Raises:
        SettingError: an argument lies outside its range or choices.

    Example:
        >>> import numpy as np, forecast as fc
        >>> fc.Dense(2)(np.zeros((4, 3))).shape
        (4, 2)
    """

    example = "(10,)"

    def __init__(
        self,
        units: int,
        activation: str | None = None,
        *,
        use_bias: bool = True,
        kernel_initializer: str = "glorot_uniform",
        bias_initializer: str = "zeros",
        input_dim: int | None = None,
        **more: Any,
    ) -> None:
        if input_dim is not None:
            more["input_shape"] = (input_dim,)
        super().__init__(**more)
        self.units, self.activation = whole_number("units", units), activation or "linear"
        self.use_bias, self.bias_initializer = use_bias, bias_initializer
        self.kernel_initializer = kernel_initializer
        self.core()

    def core(self, engine: str = "numpy") -> dense.Dense:
        """Return the layer as `forecast.nn` knows it."""
        drawn = []
        if self.kernel_initializer != "glorot_uniform":
            drawn.append(("kernel", self.kernel_initializer))
        if self.bias_initializer != "zeros":
            drawn.append(("bias", self.bias_initializer))
        return dense.Dense(self.units, self.activation, self.use_bias, tuple(drawn))

    def config(self) -> dict[str, Any]:
        """Return the arguments that build this layer again."""
        names = (
            "units",
            "activation",
            "use_bias",
            "kernel_initializer",
            "bias_initializer",
            "name",
        )
        return {name: getattr(self, name) for name in names}

    def output_for(self, shape: Shape) -> Shape:
        """Return the shape with the units as its last axis."""
        return (*shape[:-1], self.units)


class Dropout(Layer):
    """Puts a random share of its inputs to zero in training.

    Args:
        rate: the share, in [0, 1).
        name, input_shape: see `Layer`.

    Raises:
        SettingError: the rate lies outside its range.

    Example:
        >>> import numpy as np, forecast as fc
        >>> fc.Dropout(0.5)(np.ones((1, 3))).tolist()
        [[1.0, 1.0, 1.0]]
    """

    def __init__(self, rate: float, **more: Any) -> None:
        super().__init__(**more)
        self.rate = real_number("rate", rate, least=0, below=1)

    def core(self, engine: str = "numpy") -> dropout.Dropout:
        """Return the layer as `forecast.nn` knows it."""
        return dropout.Dropout(self.rate)

    def config(self) -> dict[str, Any]:
        """Return the arguments that build this layer again."""
        return {"rate": self.rate, "name": self.name}

    def output_for(self, shape: Shape) -> Shape:
        """Return the shape of the inputs."""
        return shape


class RepeatVector(Layer):
    """Hands out its input at every step of a new sequence.

    Args:
        n: steps of the sequence, at least 1.
        name, input_shape: see `Layer`.

    Raises:
        SettingError: n is no whole number from 1.

    Example:
        >>> import numpy as np, forecast as fc
        >>> fc.RepeatVector(5)(np.zeros((4, 3))).shape
        (4, 5, 3)
    """

    rank = 2
    example = "(10,)"

    def __init__(self, n: int, **more: Any) -> None:
        super().__init__(**more)
        self.n = whole_number("n", n)

    def core(self, engine: str = "numpy") -> shaping.RepeatVector:
        """Return the layer as `forecast.nn` knows it."""
        return shaping.RepeatVector(self.n)

    def config(self) -> dict[str, Any]:
        """Return the arguments that build this layer again."""
        return {"n": self.n, "name": self.name}

    def output_for(self, shape: Shape) -> Shape:
        """Return (batch, n, features)."""
        return shape[0], self.n, shape[-1]


class Masking(Layer):
    """Marks the steps whose features all equal a value as padded: later layers pass over them.

    Args:
        mask_value: of the padding.
        name, input_shape: see `Layer`.

    Raises:
        SettingError: the value is not finite.

    Example:
        >>> import numpy as np, forecast as fc
        >>> model = fc.Sequential([fc.Masking(input_shape=(None, 1)), fc.GRU(2)])
        >>> short, padded = np.ones((1, 2, 1)), np.array([[[1.0], [1.0], [0.0]]])
        >>> bool((model.predict(short) == model.predict(padded)).all())
        True
    """

    rank = 3

    def __init__(self, mask_value: float = 0.0, **more: Any) -> None:
        super().__init__(**more)
        self.mask_value = real_number("mask_value", mask_value)

    def core(self, engine: str = "numpy") -> shaping.Masking:
        """Return the layer as `forecast.nn` knows it."""
        return shaping.Masking(self.mask_value)

    def config(self) -> dict[str, Any]:
        """Return the arguments that build this layer again."""
        return {"mask_value": self.mask_value, "name": self.name}

    def output_for(self, shape: Shape) -> Shape:
        """Return the shape of the inputs."""
        return shape
