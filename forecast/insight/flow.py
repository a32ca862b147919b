"""Where the gradient of a fitted network's loss goes, step by step back through its window."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from forecast.insight.influence import Numbers
from forecast.insight.opened import WINDOWS, Model, Opened, Wish, opened
from forecast.insight.sides import turned_layers
from forecast.training.flow import Flow, flow_of, lags_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class GradientFlow:
    """The size of a loss's gradient at every hidden state.

    Attributes:
        label: of the model.
        loss: mean over the windows, in the network's own units.
        norms: by the name of a recurrent layer, (steps,), the oldest step first; see
            `forecast.training.flow`. Both sides of a bidirectional layer are there by themselves.
        timesteps: length of the window; a layer that reads segments has a step for each.
        turned: names of those that read from the newest step to the oldest.
        windows: number of windows that the means are taken over.
    """

    label: str
    loss: float
    norms: dict[str, Numbers]
    timesteps: int
    turned: tuple[str, ...]
    windows: int

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers, from the one that reads the inputs up."""
        return tuple(self.norms)

    @cached_property
    def ratio(self) -> dict[str, float]:
        """By layer: the factor that the gradient takes on from one step to the one before.

        The geometric mean over the window, in the order of reading: below 1 it fades, above 1 it
        grows. NaN for a window of one step, and 0 where the gradient is lost on the way.
        """
        return {name: _mean_ratio(self._read(name)) for name in self.norms}

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row a layer and step: layer, lag, norm, ratio.

        `lag` counts back from the first row ahead; of a segment, that of its newest row. `ratio`
        is the norm over that of the step that is read next, NaN at the last one.
        """
        import pandas as pd

        parts = []
        for name, norms in self.norms.items():
            lags = lags_of(self.timesteps, len(norms))
            ratio = _ratios(self._read(name))
            if name in self.turned:
                ratio = ratio[::-1]
            columns = {"layer": name, "lag": lags, "norm": norms, "ratio": ratio}
            parts.append(pd.DataFrame(columns))
        return pd.concat(parts, ignore_index=True)

    def _read(self, name: str) -> Numbers:
        """Return the norms of a layer in the order of reading."""
        return self.norms[name][::-1] if name in self.turned else self.norms[name]


def gradient_flow(
    model: Model,
    data: Any = None,
    *,
    targets: ArrayLike | None = None,
    windows: int = WINDOWS,
    dtype: str | None = None,
    engine: str = "auto",
    mask: ArrayLike | None = None,
) -> GradientFlow:
    """Measure the gradient of the loss at every hidden state, back through the window.

    The loss is the one that the model was trained by, on scaled values; the norm of ∂ℓ/∂h_t is
    averaged over windows and, of several networks (`seeds`), over these.

    Args:
        model: a fitted `Forecaster`, or a compiled `Sequential` with weights.
        data: rows, as for `fit`, with at least one whole window and the rows ahead of it. For a
            `Sequential`: (examples, timesteps, features).
        targets: of a `Sequential`, as for its `fit`.
        windows: at most so many, evenly spread over the rows, at least 1.
        dtype: precision to compute in, `float32` or `float64`; None is the model's.
        engine: `numba`, `numpy`, or `auto`: the kernels where they are compiled and serve.
        mask: of a `Sequential`, (examples, timesteps), False on padded steps.

    Raises:
        SettingError: a setting lies outside its range, or this is no such model.
        NotFittedError: the model has not learned anything, or has no loss.
        DataError: the rows cannot be used.
        ShapeError: the arrays do not fit the model.
        TooFewRowsError: there is no window with the rows ahead of it.

    Example:
        >>> import forecast as fc
        >>> y = fc.load_sample("air_passengers")
        >>> model = fc.Forecaster("gru", timesteps=12, hidden_units=4, epochs=2).fit(y)
        >>> len(fc.gradient_flow(model, y).norms["recurrent_1"])
        12
    """
    wish = Wish(windows, dtype, engine, targets=True)
    return flow_in(opened(model, data, wish, targets=targets, mask=mask))


def flow_in(open_: Opened) -> GradientFlow:
    """Measure the gradient in a model that is open, with targets; see `gradient_flow`."""
    flows: list[Flow] = [
        flow_of(open_.network, one, open_.batch, open_.loss, open_.quantiles)
        for one in open_.weights
    ]
    return GradientFlow(
        label=open_.label,
        loss=float(np.mean([flow.loss for flow in flows])),
        norms={
            name: np.mean([flow.norms[name] for flow in flows], axis=0) for name in flows[0].norms
        },
        timesteps=open_.timesteps,
        turned=turned_layers(open_.network),
        windows=len(open_.batch.inputs),
    )


def _ratios(norms: Numbers) -> Numbers:
    """Return each norm over the next one; NaN at the last, and where the next one is 0."""
    ratios = np.full(len(norms), np.nan)
    np.divide(norms[:-1], norms[1:], out=ratios[:-1], where=norms[1:] > 0)
    return ratios


def _mean_ratio(norms: Numbers) -> float:
    """Return the geometric mean factor a step.

    A dilated layer that hands out its last state alone is reached at every d-th step, so that
    zeros between others are passed over; more of them before the first say that all is lost.
    """
    reached = np.flatnonzero(norms > 0)
    if len(reached) < 2:
        return float("nan") if len(norms) < 2 else 0.0
    first, last = int(reached[0]), int(reached[-1])
    if first >= int(np.diff(reached).max()):
        return 0.0
    return float(np.exp((np.log(norms[first]) - np.log(norms[last])) / (last - first)))
