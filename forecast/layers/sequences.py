"""Sequences of different lengths in one array."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.checks import one_of, whole_number
from forecast.errors import DataError, ShapeError

ENDS = ("pre", "post")


def pad_sequences(
    sequences: Sequence[ArrayLike],
    maxlen: int | None = None,
    *,
    dtype: str = "float32",
    padding: str = "pre",
    truncating: str = "pre",
    value: float = 0.0,
) -> NDArray[np.floating]:
    """Put sequences of different lengths into one array, as in Keras.

    Put `Masking(mask_value=value)` first in a model, and padded steps change neither state, loss
    nor gradient. A real step whose features all equal `value` would be taken for padding: choose a
    value that the data has not.

    Args:
        sequences: each (timesteps,) or (timesteps, features).
        maxlen: steps of the result, at least 1; None is the longest one's.
        dtype: of the result.
        padding: where padded steps stand, `pre` or `post`.
        truncating: which end of a longer one is cut off.
        value: of padded steps.

    Returns:
        (sequences, maxlen, features); sequences of numbers have one feature.

    Raises:
        DataError: there is no sequence.
        ShapeError: one has more axes, or another number of features.
        SettingError: an argument lies outside its choices.

    Example:
        >>> import forecast as fc
        >>> fc.pad_sequences([[1, 2, 3], [4]])[..., 0].tolist()
        [[1.0, 2.0, 3.0], [0.0, 0.0, 4.0]]
    """
    one_of("padding", padding, ENDS)
    one_of("truncating", truncating, ENDS)
    arrays = [np.asarray(one, dtype) for one in sequences]
    if not arrays:
        raise DataError("`sequences` must hold at least one sequence; got none.")
    arrays = [one[:, None] if one.ndim == 1 else one for one in arrays]
    shapes = sorted({one.shape[1:] for one in arrays})
    if len(shapes) > 1 or len(shapes[0]) != 1:
        raise ShapeError(
            "`sequences` must each be (timesteps,) or (timesteps, features), with one number of "
            f"features; got {', '.join(map(str, shapes))} after the steps. Reshape them."
        )
    longest = max(len(one) for one in arrays)
    length = max(1, longest) if maxlen is None else whole_number("maxlen", maxlen)
    result = np.full((len(arrays), length, *shapes[0]), value, dtype)
    for row, one in zip(result, arrays, strict=True):
        kept = one[-length:] if truncating == "pre" else one[:length]
        if len(kept):
            row[slice(-len(kept), None) if padding == "pre" else slice(len(kept))] = kept
    return result
