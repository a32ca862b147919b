"""Optimizers with Keras' names and defaults."""

from dataclasses import dataclass
from typing import Any

from forecast.checks import one_of, real_number
from forecast.errors import SettingError
from forecast.nn.optimizers import Optimizer


@dataclass(frozen=True)
class RatedOptimizer:
    """An optimizer with its learning rate; use Adam, RMSprop or SGD.

    Attributes:
        learning_rate: above 0.
        global_clipnorm: limit of the gradient's norm over all weights, above 0; None does not clip.
    """

    learning_rate: float = 0.001
    global_clipnorm: float | None = None

    def __post_init__(self) -> None:
        real_number("learning_rate", self.learning_rate, above=0)
        if self.global_clipnorm is not None:
            real_number("global_clipnorm", self.global_clipnorm, above=0)
        self.constants()

    def constants(self) -> Optimizer:
        """Return the optimizer as `forecast.nn` knows it."""
        raise NotImplementedError


@dataclass(frozen=True)
class Adam(RatedOptimizer):
    """Adam (Kingma and Ba, 2015).

    Attributes:
        learning_rate: above 0.
        global_clipnorm: limit of the gradient's norm, or None.
        beta_1, beta_2: in [0, 1).
        epsilon: above 0.

    Example:
        >>> import forecast as fc
        >>> fc.Adam(learning_rate=0.01).beta_1
        0.9
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def constants(self) -> Optimizer:
        """Return the optimizer as `forecast.nn` knows it."""
        return Optimizer("adam", beta_1=self.beta_1, beta_2=self.beta_2, epsilon=self.epsilon)


@dataclass(frozen=True)
class RMSprop(RatedOptimizer):
    """RMSprop (Hinton, 2012).

    Attributes:
        learning_rate: above 0.
        global_clipnorm: limit of the gradient's norm, or None.
        rho: in [0, 1).
        epsilon: above 0.

    Example:
        >>> import forecast as fc
        >>> fc.RMSprop().rho
        0.9
    """

    rho: float = 0.9
    epsilon: float = 1e-7

    def constants(self) -> Optimizer:
        """Return the optimizer as `forecast.nn` knows it."""
        return Optimizer("rmsprop", rho=self.rho, epsilon=self.epsilon)


@dataclass(frozen=True)
class SGD(RatedOptimizer):
    """Gradient descent, with momentum if asked for (Polyak, 1964).

    Attributes:
        learning_rate: above 0.
        global_clipnorm: limit of the gradient's norm, or None.
        momentum: in [0, 1).
        nesterov: look ahead along the velocity.

    Example:
        >>> import forecast as fc
        >>> fc.SGD(momentum=0.9).learning_rate
        0.01
    """

    learning_rate: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False

    def constants(self) -> Optimizer:
        """Return the optimizer as `forecast.nn` knows it."""
        return Optimizer("sgd", momentum=self.momentum, nesterov=self.nesterov)


OPTIMIZERS: dict[str, type[RatedOptimizer]] = {"adam": Adam, "rmsprop": RMSprop, "sgd": SGD}


def optimizer_named(given: Any) -> RatedOptimizer:
    """Return an optimizer from its name, or the one given.

    Raises:
        SettingError: there is none of that name, or this is none.
    """
    if isinstance(given, RatedOptimizer):
        return given
    if not isinstance(given, str):
        raise SettingError(
            f"`optimizer` must be a name or one of fc.Adam, fc.RMSprop, fc.SGD; got {given!r}. "
            "Write compile(optimizer=fc.Adam(learning_rate=0.001))."
        )
    return OPTIMIZERS[one_of("optimizer", given.lower(), OPTIMIZERS)]()
