"""A Sequential taken apart."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forecast.errors import NotFittedError, SettingError, ShapeError, TooFewRowsError
from forecast.insight.opened import Opened, Wish, engine_for, in_precision
from forecast.layers.arrays import check_targets, inputs_of, mask_of, targets_of
from forecast.layers.sequential import Sequential
from forecast.nn.arrays import Array
from forecast.nn.blas import one_blas_thread
from forecast.nn.cells import CELLS
from forecast.nn.stack import Stack
from forecast.training.examples import Batch
from forecast.training.flow import traced_layers


def open_sequential(
    model: Sequential,
    data: Any,
    wish: Wish,
    targets: ArrayLike | None,
    mask: ArrayLike | None,
) -> Opened:
    """Open a model of layers; see `forecast.insight.opened.opened`."""
    network, dtype = _network(model, wish)
    if data is None:
        raise SettingError(
            "`data` must be an array (examples, timesteps, features) for a Sequential, which keeps "
            "no rows. Pass some examples, such as x[:128]."
        )
    x = inputs_of(model, data)
    if x.ndim < 3:
        raise ShapeError(
            f"`data` must have a step for each row of a window, (examples, timesteps, features); "
            f"the model {model.name!r} reads {x.shape}. Look into the part of it that reads steps."
        )
    if len(x) == 0:
        raise TooFewRowsError("`data` holds no example. Pass at least one.")
    real = mask_of(x, mask)
    some = wish.of(len(x))
    loss = model.compiled.loss if model.compiled else ""
    batch = Batch(
        np.ascontiguousarray(x[some], dtype),
        _targets(model, loss, x, targets, wish)[some].astype(dtype, copy=False),
        mask=None if real is None else real[some],
    )
    weights = in_precision([model.parameters()], dtype)
    with one_blas_thread():
        first = network.forward(
            weights[0], batch.inputs[:1], mask=None if batch.mask is None else batch.mask[:1]
        )
    return Opened(
        label=_label(model, network),
        network=network,
        weights=weights,
        batch=batch,
        columns=tuple(f"input {number}" for number in range(1, x.shape[2] + 1)),
        outputs=tuple(range(first.outputs[0].size)),
        loss=loss,
        quantiles=(),
        rows=None,
    )


def _network(model: Sequential, wish: Wish) -> tuple[Stack, str]:
    """Return the layers on the engine asked for, and the precision.

    Raises:
        NotFittedError: there are no weights.
        SettingError: there is no recurrent layer.
    """
    if not model.built:
        raise NotFittedError(
            f"The model {model.name!r} has no weights yet. Fit it, or call it on data, first."
        )
    dtype, network = wish.dtype or model.dtype, model.stack_on("numba")
    if not traced_layers(network):
        raise SettingError(
            f"The model {model.name!r} has no recurrent layer, and so no memory to look into. Add "
            "one, such as fc.GRU(32)."
        )
    if engine_for(network, wish.engine, dtype) == "numpy":
        network = model.stack_on("numpy")
    return network, dtype


def _targets(
    model: Sequential, loss: str, x: Array, targets: ArrayLike | None, wish: Wish
) -> Array:
    """Return the targets; none where none are needed.

    Raises:
        NotFittedError: no loss was chosen.
        SettingError: they are needed, and not there.
        ShapeError: they do not fit.
    """
    if not wish.targets:
        return np.empty((len(x), 0))
    if not loss:
        raise NotFittedError(
            f"The model {model.name!r} has no loss whose gradient could be followed. Call "
            "model.compile(loss='mse') first."
        )
    if targets is None:
        raise SettingError(
            "`targets` must be given for a Sequential: what its outputs are compared with, one row "
            "an example. Pass targets=y."
        )
    y = targets_of(model, loss, targets)
    check_targets(model, loss, x, y)
    return y


def _label(model: Sequential, network: Stack) -> str:
    """Return the name of the cell where there is one kind of it, else that of the model."""
    sides = [getattr(layer, "ahead", layer) for _, layer in network.layers]
    cells = {str(getattr(side, "cell", "")) for side in sides} & CELLS.keys()
    return CELLS[cells.pop()].label if len(cells) == 1 else model.name
