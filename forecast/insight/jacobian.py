"""How a nudge to a network's state lives on: Jacobians of single steps, and their long product."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.checks import whole_number
from forecast.insight.lyapunov import lyapunov_exponent
from forecast.insight.opened import Model, Opened, Wish, opened, thinned
from forecast.insight.sides import Side, sides_of
from forecast.insight.states import member_of, only
from forecast.insight.step_jacobians import (
    Numbers,
    largest_singular_values,
    spectral_radii,
    step_jacobians,
)
from forecast.models.networks import Networks
from forecast.nn.arrays import Array
from forecast.nn.blas import one_blas_thread
from forecast.training.flow import lags_of

if TYPE_CHECKING:
    import pandas as pd

LENGTH = 1000
CONTRACTING, EDGE, EXPLODING = "contracting", "at the edge", "exploding"


class LayerJacobian(NamedTuple):
    """How a nudge to a layer's state lives on.

    Attributes:
        name: of the layer; a bidirectional one is there as `name/forward` and `name/backward`.
        lags: (steps,) of the steps looked at, the oldest first.
        spectral_radius: (steps,) largest size of an eigenvalue of ∂s_t / ∂s_{t−1}.
        singular_value: (steps,) its largest singular value.
        exponent: largest Lyapunov exponent along the data, per step of the layer.
        steps: how often its state changes over a window.
        stride: timesteps between two of these; more than 1 under dilation or with segments.
    """

    name: str
    lags: NDArray[np.intp]
    spectral_radius: Numbers
    singular_value: Numbers
    exponent: float
    steps: int
    stride: int

    @property
    def regime(self) -> str:
        """What becomes of a nudge over a window.

        `contracting` where it fades by more than a factor of e, `exploding` where it grows by
        more, `at the edge` between: exponent · steps below −1, above 1, or neither.
        """
        over = self.exponent * self.steps
        return CONTRACTING if over < -1 else EXPLODING if over > 1 else EDGE

    def said(self, name: str) -> str:
        """Return one sentence about the layer under a name."""
        return f"{name} {_fate(self)} ({self.regime})."


@dataclass(frozen=True)
class Jacobian:
    """How a nudge to the state of each recurrent layer lives on.

    Attributes:
        label: of the model.
        layers: of the network, from the one that reads the inputs up.
        windows: that the exponents are taken along.
    """

    label: str
    layers: tuple[LayerJacobian, ...]
    windows: int

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row a layer and step: layer, lag, spectral_radius, singular_value (the largest)."""
        import pandas as pd

        parts = [
            pd.DataFrame(
                {
                    "layer": layer.name,
                    "lag": layer.lags,
                    "spectral_radius": layer.spectral_radius,
                    "singular_value": layer.singular_value,
                }
            )
            for layer in self.layers
        ]
        return pd.concat(parts, ignore_index=True)

    @property
    def lyapunov(self) -> dict[str, float]:
        """By layer: the largest Lyapunov exponent, per step of the layer."""
        return {layer.name: layer.exponent for layer in self.layers}

    @property
    def regime(self) -> dict[str, str]:
        """By layer: `contracting`, `at the edge` or `exploding`; see `LayerJacobian.regime`."""
        return {layer.name: layer.regime for layer in self.layers}

    @property
    def said(self) -> dict[str, str]:
        """By layer: one sentence."""
        alone = len(self.layers) == 1
        return {
            layer.name: layer.said(self.label if alone else f"{layer.name} of {self.label}")
            for layer in self.layers
        }


def jacobian(
    model: Model,
    data: Any = None,
    *,
    window: int = -1,
    member: int = 0,
    steps: int | None = None,
    length: int = LENGTH,
    mask: ArrayLike | None = None,
) -> Jacobian:
    """Measure how a nudge to the state of each recurrent layer lives on.

    Of one window, step by step: the size of J_t = ∂s_t / ∂s_{t−1}, where s is the hidden state, of
    an LSTM together with its memory. Of a dilated layer, J_t leads from its own step before, so
    many timesteps back. The state of a whole stack has a block-triangular Jacobian, as no layer
    reads those above it; its eigenvalues are therefore those of the layers, which are there one by
    one.

    Along the data: the largest Lyapunov exponent, the mean growth of a nudge's logarithm a step.
    Each layer carries its state on over windows that lie `timesteps` apart, up to the newest; of
    many series, from the last of one to the first of the next.

    Args:
        model: a fitted `Forecaster`, or a `Sequential` with weights.
        data: rows, as for `fit`; None is the last window that the forecaster keeps, which makes
            short work of the exponents. For a `Sequential`: (examples, timesteps, features).
        window: its number among all windows of the rows, from 0; −1 is the newest one.
        member: number of the network, from 0, where there are several (`seeds`).
        steps: at most so many steps of the window, evenly spread; None takes all of them, 0 none,
            for the exponents alone.
        length: rows that the exponents are taken along, at most, but at least one window.
        mask: of a `Sequential`, (examples, timesteps), False on padded steps, which are left out.

    Raises:
        SettingError: there is no such window or network, a number lies outside its range, or this
            is no such model.
        NotFittedError: the model has not learned anything.
        DataError: the rows cannot be used.
        ShapeError: the array does not fit the model.
        TooFewRowsError: there is no whole window.

    Example:
        >>> import forecast as fc
        >>> y = fc.load_sample("air_passengers")
        >>> model = fc.Forecaster("gru", timesteps=12, hidden_units=4, epochs=2).fit(y)
        >>> found = fc.jacobian(model, y, steps=3)
        >>> found.table["lag"].tolist(), found.regime
        ([12, 6, 1], {'recurrent_1': 'contracting'})
    """
    if steps is not None:
        whole_number("steps", steps, least=0)
    whole_number("length", length)
    open_ = _opened(model, data, window, length, mask)
    sides = sides_of(open_.network, member_of(open_, member), open_.batch)
    along = len(open_.batch.inputs) - 1
    with one_blas_thread():
        layers = tuple(_layer(side, open_.timesteps, along, steps) for side in sides)
    return Jacobian(open_.label, layers, along)


def _opened(model: Model, data: Any, window: int, length: int, mask: ArrayLike | None) -> Opened:
    """Open a model on windows in a row, and behind them the one that is asked for."""
    if isinstance(model, Networks):
        timesteps = model.settings.timesteps

        def chosen(count: int) -> NDArray[np.intp]:
            return _chosen(window, count, timesteps, max(1, length // timesteps))

        return opened(model, data, Wish(engine="numpy", numbers=chosen), mask=mask)
    every = opened(model, data, Wish(engine="numpy", numbers=np.arange), mask=mask)
    inputs = every.batch.inputs
    many = max(1, length // every.timesteps)
    numbers = _chosen(window, len(inputs), _between(inputs), many)
    batch = every.batch
    return every._replace(
        batch=batch._replace(
            inputs=inputs[numbers],
            targets=batch.targets[numbers],
            mask=None if batch.mask is None else batch.mask[numbers],
        )
    )


def _chosen(window: int, count: int, between: int, many: int) -> NDArray[np.intp]:
    """Return at most so many windows up to the newest, so far from each other, and a last one."""
    run = np.arange(count - 1, -1, -between)[:many][::-1]
    return np.concatenate((run, only(window)(count)))


def _between(inputs: Array) -> int:
    """Return how many examples further on one begins that shares no step with the first."""
    timesteps = int(inputs.shape[1])
    if len(inputs) < 2:
        return 1
    before, newest = inputs[-2:]
    for moved in range(1, timesteps):
        if np.array_equal(before[moved:], newest[:-moved]):
            return -(-timesteps // moved)
    return 1


def _layer(side: Side, timesteps: int, along: int, steps: int | None) -> LayerJacobian:
    real = side.real()[-1]
    places = np.flatnonzero(real)
    if steps is not None and len(places):
        places = places[thinned(len(places), steps)]
    found = step_jacobians(side, -1, places)
    return LayerJacobian(
        name=side.name,
        lags=lags_of(timesteps, len(real))[places],
        spectral_radius=spectral_radii(found),
        singular_value=largest_singular_values(found),
        exponent=lyapunov_exponent(side, along),
        steps=side.steps,
        stride=side.dilation * max(1, timesteps // len(real)),
    )


def _fate(layer: LayerJacobian) -> str:
    """Say what becomes of a nudge."""
    rate, unit = layer.exponent, "step" if layer.stride == 1 else f"step of {layer.stride} rows"
    if math.isnan(rate):
        return "reads padded steps alone"
    if math.isinf(rate):
        return f"loses a nudge within one {unit}" if rate < 0 else "outgrows all numbers"
    if layer.regime == EDGE:
        share = 100 * math.exp(rate * layer.steps)
        after = unit if layer.steps == 1 else _many(unit)
        return f"holds {share:.0f} % of a nudge after {layer.steps} {after}"
    if abs(rate) > math.log(2):
        if rate < 0:
            return f"keeps {100 * math.exp(rate):.2g} % of a nudge from one {unit} to the next"
        return f"makes a nudge {math.exp(rate):.3g} times as large with every {unit}"
    fate = "forgets a nudge by half" if rate < 0 else "doubles a nudge"
    count = math.log(2) / abs(rate)
    return f"{fate} every {count:.1f} {_many(unit)}".replace(".0 ", " ")


def _many(unit: str) -> str:
    return unit.replace("step", "steps", 1)
