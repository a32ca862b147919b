"""A model as one archive: a JSON header and arrays under Keras' weight names."""

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from forecast import archive
from forecast.errors import ArchiveError, ForecastError
from forecast.layers.classes import layer_from
from forecast.layers.optimizers import OPTIMIZERS
from forecast.nn.optimizers import OptimizerState

if TYPE_CHECKING:
    from forecast.layers.sequential import Sequential

KIND = "sequential"
Model = TypeVar("Model", bound="Sequential")


def save_model(path: str | os.PathLike[str], model: "Sequential") -> None:
    """Write a built model; metrics that are functions of one's own are left out.

    Raises:
        ArchiveError: the file cannot be written.
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
        ArchiveError: the file is missing, broken or holds something else.
    """
    header, arrays = archive.read(path, KIND)
    try:
        return _model(header, arrays, kind)
    except (KeyError, TypeError, ValueError, ForecastError) as error:
        raise ArchiveError(
            f"{str(path)!r} is not a complete model ({error}). Save the model again."
        ) from error


def _model(header: dict[str, Any], arrays: dict[str, Any], kind: type[Model]) -> Model:
    settings = {name: header[name] for name in ("name", "seed", "dtype", "engine")}
    model = kind([layer_from(name, config) for name, config in header["layers"]], **settings)
    model.build(header["input_shape"])
    expected = model.parameters()
    saved = {name: arrays[f"weights/{name}"] for name in expected}
    if {name: array.shape for name, array in saved.items()} != expected.shapes:
        raise ArchiveError("its weights have other shapes than its layers")
    model.put(expected.with_flat(_flat(list(saved.values()), model.dtype)))
    if header["compiled"] is not None:
        told = header["compiled"]
        optimizer, constants = told["optimizer"]
        model.compile(OPTIMIZERS[optimizer](**constants), told["loss"], told["metrics"])
    if "optimizer/first" in arrays:
        moments = arrays["optimizer/first"], arrays["optimizer/second"]
        model.optimizer_state = OptimizerState(header["updates"], *moments)
    return model


def _flat(arrays: list[Any], dtype: str) -> Any:
    return np.concatenate([array.ravel() for array in arrays] or [np.empty(0)]).astype(dtype)
