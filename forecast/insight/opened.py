"""A fitted model taken apart: its network, its weights, and windows as the network reads them.

Everything in this room is taken on the network's own inputs and outputs, which are scaled as the
model's settings say; what a scaling adds back, such as the last value, is no part of it.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.checks import one_of, whole_number
from forecast.errors import SettingError
from forecast.kernels.engine import ENGINES, chosen_engine, ready_engine
from forecast.models.networks import Networks
from forecast.nn.fused import layer_kernels_for
from forecast.nn.parameters import Parameters
from forecast.nn.stack import Stack
from forecast.training.examples import Batch

if TYPE_CHECKING:
    import pandas as pd


WINDOWS = 128
PRECISIONS = ("float32", "float64")
Model = Any  # a `Forecaster` or a `Sequential`


class Opened(NamedTuple):
    """A network, and windows that it reads.

    Attributes:
        label: how the model is called: SimpleRNN, GRU, LSTM, or the name of a `Sequential`.
        network: its layers, on the engine that was asked for.
        weights: one buffer a network; several where there are several seeds.
        batch: the windows; of targets there are none where none were asked for.
        columns: names of the inputs of a step.
        outputs: place of each row ahead among the numbers that the network puts out.
        loss: that it was trained by; empty where that is not known.
        quantiles: those that the loss reads.
        rows: timestamps or numbers of the rows of each window, without those that are padded; None
            for a `Sequential`, whose rows have none.
        segment: rows of a window that make one step of the network.
    """

    label: str
    network: Stack
    weights: tuple[Parameters, ...]
    batch: Batch
    columns: tuple[str, ...]
    outputs: tuple[int, ...]
    loss: str
    quantiles: tuple[float, ...]
    rows: "list[pd.Index[Any]] | None"
    segment: int = 1

    @property
    def timesteps(self) -> int:
        """Length of a window."""
        return int(self.batch.inputs.shape[1])

    def part(self, place: slice) -> Batch:
        """Return some of the windows as a batch."""
        some = (None if part is None else part[place] for part in self.batch)
        return Batch(*some)  # type: ignore[arg-type]  # each part stays of its own kind


class Wish(NamedTuple):
    """How a model is to be opened.

    Attributes:
        windows: at most so many, evenly spread.
        dtype: precision to compute in; None is the model's own.
        engine: `auto`, `numba` or `numpy`.
        targets: whether what came after each window is needed.
        numbers: in place of `windows`: returns the numbers of those wanted, in the order wanted,
            from how many there are.
    """

    windows: int = WINDOWS
    dtype: str | None = None
    engine: str = "auto"
    targets: bool = False
    numbers: Callable[[int], NDArray[np.intp]] | None = None

    def checked(self) -> "Wish":
        """Return the wish.

        Raises:
            SettingError: something lies outside its range or choices.
        """
        whole_number("windows", self.windows)
        one_of("engine", self.engine, ENGINES)
        if self.dtype is not None:
            one_of("dtype", self.dtype, PRECISIONS)
        return self

    def of(self, count: int) -> NDArray[np.intp]:
        """Return the numbers of the windows to open, of so many."""
        return thinned(count, self.windows) if self.numbers is None else self.numbers(count)


def opened(
    model: Model, data: Any, wish: Wish, *, targets: ArrayLike | None = None, mask: Any = None
) -> Opened:
    """Open a fitted model.

    Args:
        model: a fitted `Forecaster`, or a `Sequential` with weights.
        data: rows for a forecaster, of one series or many, in the form that `fit` takes; None is
            the rows that it kept, which make one window. For a `Sequential` an array (examples,
            timesteps, features).
        wish: how.
        targets: (examples, …) of a `Sequential`.
        mask: (examples, timesteps) of a `Sequential`, False on padded steps.

    Raises:
        SettingError: this is no such model, or the wish cannot be met.
        NotFittedError: it has not learned anything.
        DataError: the rows cannot be used.
        ShapeError: the arrays do not fit the model.
        TooFewRowsError: there is no whole window.
    """
    from forecast.layers.sequential import Sequential

    wish = wish.checked()
    if isinstance(model, Networks):
        from forecast.insight.opened_forecaster import open_forecaster

        if targets is not None or mask is not None:
            raise SettingError(
                "`targets` and `mask` are for a Sequential; a forecaster finds them in `data`. "
                "Leave them out."
            )
        return open_forecaster(model, data, wish)
    if isinstance(model, Sequential):
        from forecast.insight.opened_sequential import open_sequential

        return open_sequential(model, data, wish, targets, mask)
    raise SettingError(
        f"`model` must be a fitted Forecaster or a Sequential, whose gradients can be followed; "
        f"got a {type(model).__name__}. Fit fc.Forecaster(…) and pass it."
    )


def engine_for(network: Stack, asked: str, dtype: str) -> str:
    """Return the engine to go forwards and back with, layer by layer.

    `auto` never waits for a compile: it takes the kernels where they are compiled.

    Args:
        network: of compiled layers.
        asked: `auto`, `numba` or `numpy`.
        dtype: to compute in.

    Raises:
        EngineError: `numba` was asked for and cannot be had.
    """
    if asked == "numba" and dtype != "float32":
        raise SettingError(
            f"`engine='numba'` computes in float32; got dtype={dtype!r}. Use engine='numpy'."
        )
    kernels = layer_kernels_for(network)
    if asked == "auto":
        return ready_engine("auto", dtype, kernels)
    return chosen_engine(asked, dtype, kernels)


def thinned(count: int, most: int) -> NDArray[np.intp]:
    """Return the numbers of at most so many of `count` things, evenly spread, the last one too."""
    if count <= most:
        return np.arange(count)
    if most <= 1:
        return np.arange(count - most, count)
    return np.unique(np.linspace(0, count - 1, most).round().astype(np.intp))


def in_precision(weights: Iterable[Parameters], dtype: str) -> tuple[Parameters, ...]:
    """Return buffers of weights in a precision."""
    return tuple(one.with_flat(one.flat.astype(dtype, copy=False)) for one in weights)
