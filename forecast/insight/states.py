"""What a network remembers while it reads a window: hidden states, memories and gates."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.checks import whole_number
from forecast.insight.opened import Model, Opened, Wish, opened
from forecast.insight.sides import Side, sides_of
from forecast.nn.arrays import Array
from forecast.nn.parameters import Parameters
from forecast.nn.sequence import gates_of
from forecast.training.examples import Batch
from forecast.training.flow import lags_of

if TYPE_CHECKING:
    import pandas as pd

GATES = {
    "simple_rnn": (),
    "gru": ("update", "reset", "candidate"),
    "lstm": ("input", "forget", "candidate", "output"),
}  # in the order of the weights' blocks
LOW, HIGH = 10, 90  # percentiles over units


@dataclass(frozen=True)
class LayerStates:
    """What a layer remembers of one window, step by step, the oldest step first.

    Attributes:
        name: of the layer; a bidirectional one is there as `name/forward` and `name/backward`.
        cell: `simple_rnn`, `gru` or `lstm`.
        lags: (steps,) counted back from the first row ahead; of a segment, its newest row's.
        states: (steps, units) h. On a padded step it is the one before.
        memories: (steps, units) c of an LSTM, else None.
        gates: by name, (steps, units), after their activations; NaN on padded steps. GRU has
            `update`, `reset`, `candidate`; LSTM `input`, `forget`, `candidate`, `output`.
    """

    name: str
    cell: str
    lags: NDArray[np.intp]
    states: Array
    memories: Array | None
    gates: dict[str, Array]


@dataclass(frozen=True)
class HiddenStates:
    """What every recurrent layer of a network remembers while it reads one window.

    Attributes:
        label: of the model.
        ds: (timesteps,) timestamps or numbers of the window's rows, missing on padded steps;
            0, 1, … of a `Sequential`.
        columns: names of the inputs.
        inputs: (timesteps, columns) as the network reads them; NaN on padded steps.
        layers: of the network, from the one that reads the inputs up.
    """

    label: str
    ds: "pd.Index[Any]"
    columns: tuple[str, ...]
    inputs: Array
    layers: tuple[LayerStates, ...]

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row a layer, step and unit (from 1): layer, lag, unit, h, and c with an LSTM."""
        import pandas as pd

        with_memory = any(layer.memories is not None for layer in self.layers)
        parts = []
        for layer in self.layers:
            steps, units = layer.states.shape
            part = pd.DataFrame(
                {
                    "layer": layer.name,
                    "lag": np.repeat(layer.lags, units),
                    "unit": np.tile(np.arange(1, units + 1), steps),
                    "h": layer.states.ravel(),
                }
            )
            if with_memory:
                part["c"] = np.nan if layer.memories is None else layer.memories.ravel()
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def gates_table(self) -> "pd.DataFrame":
        """One row a layer, step and gate: layer, lag, gate, and over its units mean, low, high.

        `low` and `high` are the 10th and the 90th percentile. A SimpleRNN has no gates.
        """
        import pandas as pd

        parts = [
            pd.DataFrame(
                {
                    "layer": layer.name,
                    "lag": layer.lags,
                    "gate": gate,
                    "mean": values.mean(axis=1),
                    "low": np.percentile(values, LOW, axis=1),
                    "high": np.percentile(values, HIGH, axis=1),
                }
            )
            for layer in self.layers
            for gate, values in layer.gates.items()
        ]
        if parts:
            return pd.concat(parts, ignore_index=True)
        return pd.DataFrame(columns=["layer", "lag", "gate", "mean", "low", "high"])


def hidden_states(
    model: Model,
    data: Any = None,
    *,
    window: int = -1,
    member: int = 0,
    mask: ArrayLike | None = None,
) -> HiddenStates:
    """Read a network's hidden states, memories and gates while it reads one window.

    They are those of the network itself, in its own precision, on inputs scaled as the model's
    settings say; every window starts from a state of zeros.

    Args:
        model: a fitted `Forecaster`, or a `Sequential` with weights.
        data: rows, as for `fit`; None is the last window that the forecaster keeps. For a
            `Sequential`: (examples, timesteps, features).
        window: its number among all windows of the rows, from 0; −1 is the newest one.
        member: number of the network, from 0, where there are several (`seeds`).
        mask: of a `Sequential`, (examples, timesteps), False on padded steps.

    Raises:
        SettingError: there is no such window or network, or this is no such model.
        NotFittedError: the model has not learned anything.
        DataError: the rows cannot be used.
        ShapeError: the array does not fit the model.
        TooFewRowsError: there is no whole window.

    Example:
        >>> import forecast as fc
        >>> y = fc.load_sample("air_passengers")
        >>> model = fc.Forecaster("gru", timesteps=12, hidden_units=4, epochs=2).fit(y)
        >>> layer = fc.hidden_states(model).layers[0]
        >>> layer.states.shape, list(layer.gates)
        ((12, 4), ['update', 'reset', 'candidate'])
    """
    wish = Wish(engine="numpy", numbers=only(window))
    return states_in(opened(model, data, wish, mask=mask), member)


def states_in(open_: Opened, member: int = 0) -> HiddenStates:
    """Read the states over the only window of a model that is open on NumPy."""
    sides = sides_of(open_.network, member_of(open_, member), open_.batch)
    return HiddenStates(
        label=open_.label,
        ds=_rows_of(open_),
        columns=open_.columns,
        inputs=_inputs_of(open_.batch),
        layers=tuple(_layer(side, open_.timesteps) for side in sides),
    )


def only(window: int) -> Callable[[int], NDArray[np.intp]]:
    """Return what chooses one window; negative numbers count from the last.

    What is returned raises a SettingError where there is no such window.
    """

    def numbers(count: int) -> NDArray[np.intp]:
        whole_number("window", window, least=-count, most=count - 1)
        return np.array([window % count])

    return numbers


def member_of(open_: Opened, member: int) -> Parameters:
    """Return the weights of one network.

    Raises:
        SettingError: there is no such network.
    """
    return open_.weights[whole_number("member", member, least=0, most=len(open_.weights) - 1)]


def _layer(side: Side, timesteps: int) -> LayerStates:
    h, *others = (side.in_order(part[1:])[0] for part in side.states)
    names, real = GATES[side.cell.name], side.real()[0, :, None]
    gates = {}
    if names:
        packed = side.in_order(side.cache.gates)[0]
        packed = np.where(real, packed, packed.dtype.type(np.nan))
        gates = dict(zip(names, gates_of(packed, len(names)), strict=True))
    lags = lags_of(timesteps, len(h))
    return LayerStates(side.name, side.cell.name, lags, h, others[0] if others else None, gates)


def _inputs_of(batch: Batch) -> Array:
    inputs: Array = batch.inputs[0]
    if batch.mask is None:
        return inputs
    return np.where(batch.mask[0, :, None], inputs, inputs.dtype.type(np.nan))


def _rows_of(open_: Opened) -> "pd.Index[Any]":
    """Return the timestamps or numbers of the window's rows, missing where it is padded."""
    import pandas as pd

    if open_.rows is None:
        return pd.RangeIndex(open_.timesteps)
    lacking = 0 if open_.batch.mask is None else int(np.argmax(open_.batch.mask[0]))
    rows = open_.rows[0][len(open_.rows[0]) - open_.timesteps + lacking :]
    if lacking == 0:
        return rows
    every: pd.Index[Any] = pd.Index(pd.Series(rows).reindex(range(-lacking, len(rows))))
    return every
