"""What a forecast hangs on: the gradient of every row ahead by every row of the window.

windows n · steps k, rows ahead · lags l, counted back from the first row ahead · columns j

gradient      mean over the windows of |∂ŷ_k/∂x_lj|
integrated    mean over the windows of |(x_lj − x⁰) ∫₀¹ ∂ŷ_k/∂x_lj (x⁰ + α (x − x⁰)) dα|, x⁰ = 0

x and ŷ are the network's own inputs and outputs, scaled as the model's settings say: a scaling by
the window puts its last value to 0 and adds it back to every forecast, which is not counted. Of a
network that puts out quantiles, ŷ is its median before quantiles that cross are sorted; of one that
puts out a distribution, the location.

Sources: Simonyan, Vedaldi and Zisserman (2013), "Deep inside convolutional networks", section 3;
Sundararajan, Taly and Yan (2017), "Axiomatic attribution for deep networks", equation 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.checks import one_of, whole_number
from forecast.insight.opened import WINDOWS, Model, Opened, Wish, opened
from forecast.insight.sides import turned_layers
from forecast.nn.arrays import Array
from forecast.nn.blas import one_blas_thread
from forecast.nn.parameters import Parameters
from forecast.nn.shaping import Masking
from forecast.training.examples import Batch

if TYPE_CHECKING:
    import pandas as pd

METHODS = ("gradient", "integrated")
POINTS = 32
AT_ONCE = 256e6  # bytes of the integrals of a pass

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Influence:
    """How much each row of a window moves each forecast, on the network's own scaled inputs.

    Attributes:
        label: of the model.
        method: `gradient` or `integrated`.
        columns: names of the inputs.
        values: (steps, timesteps, columns) mean size of the influence, at least 0; lag 1, the
            newest row, comes first.
        by_lag: (steps, timesteps) mean of the Euclidean norm over the columns, lag 1 first.
        beside: (steps,) norm of the influence of what the last layer reads past the window's
            steps, such as the values at seasonal lags; 0 where it reads nothing.
        windows: number of windows that the means are taken over.
        segment: rows that make one step of the network.
        turned: whether a layer reads from the newest row to the oldest, so that these come last.
    """

    label: str
    method: str
    columns: tuple[str, ...]
    values: Numbers
    by_lag: Numbers
    beside: Numbers
    windows: int
    segment: int = 1
    turned: bool = False

    @property
    def steps(self) -> int:
        """Number of rows ahead."""
        return len(self.by_lag)

    @property
    def timesteps(self) -> int:
        """Length of the window."""
        return int(self.by_lag.shape[1])

    def share(self, step: int | None = None) -> Numbers:
        """Return the share of each lag in the influence of the window, in percent, lag 1 first.

        Args:
            step: row ahead, from 1; None takes all of them together.

        Returns:
            (timesteps,), which sum to 100; zeros where nothing has any influence, or where it
            leaves all numbers.

        Raises:
            SettingError: there is no such step.
        """
        if step is None:
            together = self.by_lag.mean(axis=0)
        else:
            together = self.by_lag[whole_number("step", step, most=self.steps) - 1]
        whole = together.sum()
        return 100 * together / whole if 0 < whole < np.inf else np.zeros_like(together)

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row a step, lag and column: step, lag, column, influence, share (% of its step)."""
        import pandas as pd

        steps, lags, columns = self.values.shape
        whole = self.values.sum(axis=(1, 2), keepdims=True)
        share = 100 * np.divide(self.values, whole, out=np.zeros_like(self.values), where=whole > 0)
        return pd.DataFrame(
            {
                "step": np.repeat(np.arange(1, steps + 1), lags * columns),
                "lag": np.tile(np.repeat(np.arange(1, lags + 1), columns), steps),
                "column": np.tile(np.array(self.columns, dtype=object), steps * lags),
                "influence": self.values.ravel(),
                "share": share.ravel(),
            }
        )


def influence(
    model: Model,
    data: Any = None,
    *,
    windows: int = WINDOWS,
    method: str = "gradient",
    points: int = POINTS,
    dtype: str | None = None,
    engine: str = "auto",
    mask: ArrayLike | None = None,
) -> Influence:
    """Measure how much each row of a window moves each forecast.

    It is taken on the network's own inputs and outputs, which are scaled as the model's settings
    say, and averaged over windows; of several networks (`seeds`), also over these.

    Args:
        model: a fitted `Forecaster`, or a `Sequential` with weights, whose outputs are the steps.
        data: rows, as for `fit`, from which windows are taken; None is the last window that the
            forecaster keeps. For a `Sequential`: (examples, timesteps, features).
        windows: at most so many, evenly spread over the rows, at least 1.
        method: `gradient`, or `integrated` for integrated gradients from inputs of zero.
        points: of the integral, Gauss–Legendre, at least 1.
        dtype: precision to compute in, `float32` or `float64`; None is the model's.
        engine: `numba`, `numpy`, or `auto`: the kernels where they are compiled and serve.
        mask: of a `Sequential`, (examples, timesteps), False on padded steps.

    Raises:
        SettingError: a setting lies outside its range, or this is no such model.
        NotFittedError: the model has not learned anything.
        DataError: the rows cannot be used.
        ShapeError: the array does not fit the model.
        TooFewRowsError: there is no whole window.

    Example:
        >>> import forecast as fc
        >>> y = fc.load_sample("air_passengers")
        >>> model = fc.Forecaster("gru", timesteps=12, hidden_units=4, epochs=2).fit(y)
        >>> fc.influence(model, y).by_lag.shape
        (1, 12)
    """
    one_of("method", method, METHODS)
    whole_number("points", points)
    open_ = opened(model, data, Wish(windows, dtype, engine), mask=mask)
    return influence_of(open_, method, points)


def influence_of(open_: Opened, method: str = "gradient", points: int = POINTS) -> Influence:
    """Measure the influence in a model that is open; see `influence`."""
    with one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
        found = [_means(open_, one, method, points) for one in open_.weights]
        beside = np.mean([_beside(open_, one) for one in open_.weights], axis=0)
    return Influence(
        label=open_.label,
        method=method,
        columns=open_.columns,
        values=np.mean([values for values, _ in found], axis=0),
        by_lag=np.mean([norms for _, norms in found], axis=0),
        beside=beside,
        windows=len(open_.batch.inputs),
        segment=open_.segment,
        turned=bool(turned_layers(open_.network)),
    )


def _means(
    open_: Opened, parameters: Parameters, method: str, points: int
) -> tuple[Numbers, Numbers]:
    """Return the sizes of what one network has, means over the windows, lag 1 first.

    Returns:
        (steps, timesteps, columns), and of the norms over the columns (steps, timesteps).
    """
    inputs, steps = open_.batch.inputs, len(open_.outputs)
    count, many = len(inputs), len(inputs)
    if method == "integrated":  # all rows ahead are held until the last point
        many = max(1, int(AT_ONCE / (steps * inputs[0].nbytes)))
    values, norms = np.zeros((steps, *inputs.shape[1:])), np.zeros((steps, inputs.shape[1]))
    for start in range(0, count, many):
        batch = open_.part(slice(start, start + many))
        for step, found in enumerate(_attributions(open_, parameters, batch, method, points)):
            told = found[:, ::-1].astype(np.float64)
            values[step] += np.abs(told).sum(axis=0)
            norms[step] += np.sqrt(np.square(told).sum(axis=2)).sum(axis=0)
    return values / count, norms / count


def _attributions(
    open_: Opened, parameters: Parameters, batch: Batch, method: str, points: int
) -> Iterator[Array]:
    """Yield what each input does to each row ahead, (windows, timesteps, columns), step by step."""
    if method == "gradient":
        yield from _gradients(open_, parameters, batch)
        return
    x, (_, first) = batch.inputs, open_.network.layers[0]
    # Steps that a layer knows as padded by their value stay padded on the whole way from zero.
    padded = ~first.real(x)[..., None] if isinstance(first, Masking) else np.False_
    places, weights = np.polynomial.legendre.leggauss(points)
    totals: list[Array] = [np.zeros_like(x) for _ in open_.outputs]
    for place, weight in zip(places.tolist(), weights.tolist(), strict=True):
        # From [−1, 1] to [0, 1], which halves the weights.
        part = batch._replace(inputs=np.where(padded, x, x * x.dtype.type((place + 1) / 2)))
        for total, gradient in zip(totals, _gradients(open_, parameters, part), strict=True):
            total += gradient * gradient.dtype.type(weight / 2)
    for total in totals:
        yield total * x


def _gradients(open_: Opened, parameters: Parameters, batch: Batch) -> Iterator[Array]:
    """Yield the gradient of each row ahead by the inputs, (windows, timesteps, columns)."""
    network = open_.network
    ahead = network.forward(parameters, batch.inputs, mask=batch.mask, beside=batch.beside)
    flat = np.zeros((len(batch.inputs), ahead.outputs[0].size), batch.inputs.dtype)
    for place in open_.outputs:
        flat[:, place] = 1
        back = network.backward(parameters, ahead.caches, flat.reshape(ahead.outputs.shape))
        flat[:, place] = 0
        yield back.d_x


def _beside(open_: Opened, parameters: Parameters) -> Numbers:
    """Return the norm of the influence of what the last layer reads beside its inputs, (steps,).

    That layer is linear in them, so that their influence is the same in every window.
    """
    network, count = open_.network, open_.network.beside
    if count == 0:
        return np.zeros(len(open_.outputs))
    name, head = network.layers[-1]
    hidden = network.input_dim
    for _, layer in network.layers[:-1]:
        hidden = layer.output_dim(hidden)
    x = np.zeros((count + 1, hidden + count), open_.batch.inputs.dtype)
    x[1:, hidden:] = np.eye(count, dtype=x.dtype)
    part = parameters.part(name)
    outputs = head.forward(part, x, mask=None, state=None, generator=None).outputs
    moved = (outputs[1:] - outputs[0])[:, list(open_.outputs)].astype(np.float64)
    norms: Numbers = np.sqrt(np.square(moved).sum(axis=0))
    return norms
