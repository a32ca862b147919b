"""A model as one archive: a JSON header and arrays under Keras' weight names."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast import archive
from forecast.errors import ArchiveError, ForecastError
from forecast.layers.optimizers import OPTIMIZERS
from forecast.layers.restoring import Model, restored
from forecast.nn.arrays import Array

if TYPE_CHECKING:
    from forecast.layers.sequential import Sequential

KIND = "sequential"


def save_model(path: str | os.PathLike[str], model: "Sequential") -> None:
    """Write a built model; metrics that are functions of one's own are left out.

    Raises:
        ArchiveError: the file cannot be written, or a weight is NaN.
    """
    header = {
        "name": model.name,
        "seed": model.seed,
        "dtype": model.dtype,
        "engine": model.engine,
        "input_shape": list(model.input_shape or ()),
        "layers": [[type(layer).__name__, layer.config()] for layer in model.layers],
        "compiled": _compiled_header(model),
        "updates": 0 if model.optimizer_state is None else model.optimizer_state.step,
    }
    arrays = {f"weights/{name}": array for name, array in model.parameters().items()}
    if model.optimizer_state is not None:
        arrays["optimizer/first"] = model.optimizer_state.first
        arrays["optimizer/second"] = model.optimizer_state.second
    _check_finite(arrays)
    archive.write(path, KIND, header, arrays)


def _compiled_header(model: "Sequential") -> dict[str, Any] | None:
    if model.compiled is None:
        return None
    optimizer = model.compiled.optimizer
    name = next(name for name, kind in OPTIMIZERS.items() if kind is type(optimizer))
    return {
        "optimizer": [name, asdict(optimizer)],
        "loss": model.compiled.loss,
        "metrics": [metric.name for metric in model.compiled.metrics if metric.named],
    }


def load_model(path: str | os.PathLike[str], kind: type[Model]) -> Model:
    """Read a model.

    Raises:
        ArchiveError: the file is missing, too large, broken or holds something else.
    """
    header, arrays = archive.read(path, KIND)
    try:
        return restored(header, arrays, kind)
    except (LookupError, TypeError, ValueError, ArithmeticError, ForecastError) as error:
        raise ArchiveError(
            f"{str(path)!r} is not a complete model ({archive.cut(error)}). Save the model again."
        ) from error


def _check_finite(arrays: Mapping[str, Array]) -> None:
    """See that the arrays can be read again.

    Raises:
        ArchiveError: one holds NaN or infinity.
    """
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            mend = "Set or train the weights anew."
            if not name.startswith("weights/"):
                mend = "Call compile(…), which begins the optimizer anew."
            raise ArchiveError(
                f"{name!r} holds NaN or infinity; such a model is not saved, as it would not be "
                f"read again. {mend}"
            )
