"""What people hand in, as arrays that fit a model; else an error that says how to mend it."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.errors import DataError, ShapeError
from forecast.layers.layer import Shape
from forecast.nn.arrays import Array, Mask
from forecast.nn.losses import CLASSIFICATION

if TYPE_CHECKING:
    from forecast.layers.sequential import Sequential


def _numbers(name: str, given: ArrayLike) -> NDArray[Any]:
    try:
        array = np.asarray(given)
    except ValueError as error:  # rows of different lengths
        raise ShapeError(
            f"`{name}` must be an array; its rows have different lengths. Pad them: "
            "x = fc.pad_sequences(rows), and put fc.Masking() first."
        ) from error
    if array.dtype.kind not in "biuf":
        raise DataError(
            f"`{name}` must hold numbers; got {array.dtype}. Use {name}.astype('float32')."
        )
    return array


def inputs_of(model: "Sequential", x: ArrayLike) -> Array:
    """Return x in the model's precision; an unbuilt model is built for it.

    Raises:
        ShapeError: x does not fit the first layer.
        DataError: x holds no numbers.
    """
    array = _numbers("x", x)
    seen: Shape = (None, *array.shape[1:])
    if not model.built:
        model.build(seen)
    first, expected = model.layers[0], model.input_shape or ()
    fits = len(seen) == len(expected) and all(
        size is None or size == found for size, found in zip(expected, seen, strict=True)
    )
    if array.ndim < 2 or not fits or 0 in array.shape[1:]:
        raise ShapeError(
            f"Layer {first.name!r} expects x of shape {_said(expected)}; got {array.shape}. "
            + _mend(first.name, type(first).__name__, expected, array.shape)
        )
    return np.ascontiguousarray(array, model.dtype)


def _said(shape: Shape) -> str:
    return f"(batch, {', '.join(map(str, shape[1:]))})"


def _mend(name: str, kind: str, expected: Shape, found: tuple[int, ...]) -> str:
    """Return the line to change."""
    if len(expected) == 3 and len(found) == 2 and expected[-1] == 1:
        return "Give every step an axis of features: x[..., None]."
    if len(expected) == len(found) + 1:
        return "One sequence alone needs an axis of the batch: x[None]."
    if len(expected) == len(found):
        return f"Build {name!r} for it: fc.{kind}(…, input_shape={found[1:]}), or reshape x."
    return "Reshape x."


def targets_of(model: "Sequential", loss: str, y: ArrayLike) -> Array:
    """Return y in the model's precision, with the last axis that one output may leave out."""
    array, outputs = _numbers("y", y), model.output_shape or ()
    numbered = loss in CLASSIFICATION and CLASSIFICATION[loss].numbered
    if numbered:
        if array.ndim == len(outputs) and array.shape[-1] == 1:
            array = array[..., 0]
    elif array.ndim == len(outputs) - 1 and outputs[-1] == 1:
        array = array[..., None]
    return np.ascontiguousarray(array, model.dtype)


def check_targets(model: "Sequential", loss: str, x: Array, y: Array) -> None:
    """See that there is a target for every output.

    Raises:
        ShapeError: there is not.
    """
    last, outputs = model.layers[-1], model.output_shape or ()
    if len(x) != len(y):
        raise ShapeError(
            f"x and y must have one row an example; got {len(x)} and {len(y)}. Drop the rows "
            "without a partner."
        )
    steps = x.shape[1] if len(outputs) == 3 and outputs[1] is None else None
    wanted = [len(x), *(steps if size is None else size for size in outputs[1:])]
    if loss in CLASSIFICATION and CLASSIFICATION[loss].numbered:
        wanted = wanted[:-1]
    if list(y.shape) != wanted:
        closed = "return_sequences=False" if y.ndim < len(wanted) else "return_sequences=True"
        mend = (
            f"Reshape y, or use {closed} in the recurrent layer."
            if y.ndim != len(wanted)
            else f"Reshape y, or give {last.name!r} {y.shape[-1]} unit(s)."
        )
        raise ShapeError(
            f"Layer {last.name!r} hands out {_said(outputs)}, so y must have shape "
            f"{tuple(wanted)}; got {y.shape}. {mend}"
        )


def mask_of(x: Array, mask: ArrayLike | None) -> Mask | None:
    """Return a mask as bool.

    Raises:
        ShapeError: it does not have an entry for every step of x.
    """
    if mask is None:
        return None
    array = np.asarray(mask, bool)
    if array.shape != x.shape[:2] or x.ndim < 3:
        raise ShapeError(
            f"`mask` must have an entry for every step of x, {x.shape[:2]}; got {array.shape}. "
            "True marks a real step, False a padded one."
        )
    return array
