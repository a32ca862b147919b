"""Models from Keras and to Keras: layers, weights, and how they are trained.

Weights have the same names, shapes, order and order of gates on both sides, so they are copied as
they are. What Keras knows and this package does not is refused, never left out in silence; only
optimizers, losses and metrics without an equal are left out, since a model predicts without them.
"""

from dataclasses import asdict, fields
from importlib import import_module
from typing import Any

import numpy as np

from forecast.errors import DataError, MissingExtraError, NotFittedError, SettingError
from forecast.layers.metrics import LONG_NAMES, PLAIN
from forecast.layers.network import PRECISIONS
from forecast.layers.optimizers import OPTIMIZERS, RatedOptimizer
from forecast.layers.sequential import Sequential
from forecast.storage.keras_layers import layer_from_keras, layer_to_keras

LOSSES = {
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "huber": "Huber",
    "binary_crossentropy": "BinaryCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
}
ROOT = "RootMeanSquaredError"  # the one metric that Keras knows by its class alone


def from_keras(model: Any, *, seed: int = 0, engine: str = "auto") -> Sequential:
    """Return a Keras model as one of this package, with the same weights.

    Optimizer, loss and metrics come along where they have an equal here: Adam, RMSprop or SGD at a
    constant learning rate, and the losses and metrics that `Sequential.compile` lists. Without an
    equal optimizer or loss the model has to be compiled again. Moments of the optimizer and states
    of stateful layers do not come along.

    Args:
        model: a built keras.Sequential.
        seed: of shuffling and dropout, as for `Sequential`.
        engine: as for `Sequential`.

    Raises:
        MissingExtraError: Keras is not installed.
        NotFittedError: the model is not built.
        SettingError: it is no keras.Sequential, or a layer or one of its options has no equal.
        DataError: a weight is NaN or infinite.

    Example, with the extra `keras`:
        model = fc.from_keras(keras.saving.load_model("model.keras"))
        model.predict(x)
    """
    keras = _keras()
    if not isinstance(model, keras.Sequential):
        raise SettingError(
            f"`model` must be a keras.Sequential; got {model!r}. Put its layers into "
            "keras.Sequential([…])."
        )
    if not model.built or not model.layers:
        raise NotFittedError(
            "The Keras model has no weights yet. Give it a first layer keras.Input((24, 1)), or "
            "call model.build((None, 24, 1))."
        )
    layers = [layer_from_keras(keras, layer) for layer in model.layers]
    dtype = _precision(model)
    ours = Sequential(layers, name=model.name, seed=seed, dtype=dtype, engine=engine)
    ours.build(model.input_shape)
    for layer, theirs in zip(ours.layers, model.layers, strict=True):
        layer.set_weights([_array(keras, layer.name, weight) for weight in theirs.weights])
    _compile_as(keras, ours, model)
    return ours


def to_keras(model: Sequential, *, batch_size: int | None = None) -> Any:
    """Return a model as a keras.Sequential with the same weights, compiled alike.

    Metrics that are functions of one's own, moments of the optimizer and states of stateful layers
    do not go along.

    Args:
        model: built.
        batch_size: of every batch to come, which Keras has to know for a stateful model; None
            leaves it open.

    Raises:
        MissingExtraError: Keras is not installed.
        NotFittedError: the model is not built.
        SettingError: this is no model of this package, or the batch size of a stateful one is not
            given.

    Example, with the extra `keras`:
        theirs = fc.to_keras(model)
        theirs.save("model.keras")
    """
    keras = _keras()
    if not isinstance(model, Sequential):
        raise SettingError(f"`model` must be a fc.Sequential; got {model!r}.")
    model.count_params()  # raises where it is not built
    if model.stateful and batch_size is None:
        raise SettingError(
            "`batch_size` must be given for a stateful model, whose batches Keras wants all of "
            "one size; got None. Write to_keras(model, batch_size=32)."
        )
    shape = (model.input_shape or ())[1:]
    entry = keras.Input(shape, batch_size=batch_size, dtype=model.dtype)
    layers = [layer_to_keras(keras, layer, model.dtype) for layer in model.layers]
    theirs = keras.Sequential([entry, *layers], name=model.name)
    for layer, ours in zip(theirs.layers, model.layers, strict=True):
        layer.set_weights(ours.get_weights())
    _compile_to(keras, theirs, model)
    return theirs


def _keras() -> Any:
    try:
        return import_module("keras")
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "keras":  # its backend is missing, not itself
            raise
        raise MissingExtraError("keras", "keras", "Exchanging models with Keras") from error


def _array(keras: Any, layer: str, weight: Any) -> Any:
    """Return the values of a weight.

    Raises:
        DataError: they are not all finite, so that the model could be neither used nor saved.
    """
    array = keras.ops.convert_to_numpy(weight)
    if not np.isfinite(array).all():
        raise DataError(
            f"The weight {weight.name!r} of layer {layer!r} holds NaN or infinity. Train the Keras "
            "model anew, or read it from an earlier file."
        )
    return array


def _precision(model: Any) -> str:
    """Return the precision of all layers."""
    found = {layer.dtype_policy.name: layer.name for layer in model.layers}
    for dtype, name in found.items():
        if dtype not in PRECISIONS or len(found) > 1:
            raise SettingError(
                f"Layer {name!r} must compute in {' or '.join(PRECISIONS)}, as all others do; got "
                f"{', '.join(found)}."
            )
    return str(next(iter(found)))


def _compile_as(keras: Any, ours: Sequential, model: Any) -> None:
    """Compile a model as Keras' is, where optimizer and loss have an equal."""
    if not model.compiled:
        return
    told = model.get_compile_config()
    optimizer, loss = _optimizer(keras, model.optimizer), _loss(keras, model.loss)
    if optimizer is None or loss is None or told.get("loss_weights"):
        return
    known, found = (*PLAIN, "accuracy"), []
    for metric in told.get("metrics") or ():
        if isinstance(metric, dict) and metric["class_name"] == ROOT:
            found.append("rmse")
        elif isinstance(metric, str) and LONG_NAMES.get(metric.lower(), metric) in known:
            found.append(metric)
    ours.compile(optimizer, loss, metrics=found)


def _optimizer(keras: Any, given: Any) -> RatedOptimizer | None:
    """Return an optimizer, or None where Keras' does more than any of ours."""
    kind = OPTIMIZERS.get(type(given).__name__.lower())
    if kind is None:
        return None
    told = given.get_config()
    constants = {field.name: told.get(field.name) for field in fields(kind)}
    try:
        rate = float(str(np.float32(constants["learning_rate"])))  # 0.001, not 0.00100000005
        ours = kind(**constants | {"learning_rate": rate})
    except (TypeError, ValueError):  # a schedule, or a constant outside our range
        return None
    twin = _optimizer_to(keras, ours)
    alike = twin.get_config() | {"name": told["name"]} == told
    return ours if type(twin) is type(given) and alike else None


def _optimizer_to(keras: Any, optimizer: RatedOptimizer) -> Any:
    return getattr(keras.optimizers, type(optimizer).__name__)(**asdict(optimizer))


def _loss(keras: Any, given: Any) -> str | None:
    """Return the name of a loss, or None where there is no equal."""
    if not isinstance(given, str) and not callable(given):
        return None
    found = keras.losses.get(given)
    for name, kind in LOSSES.items():
        usual = getattr(keras.losses, kind)()
        if found is keras.losses.get(name):
            return name
        if type(found) is type(usual) and _constants(found) == _constants(usual):
            return name
    return None


def _constants(loss: Any) -> tuple[Any, ...]:
    return repr(loss), loss.reduction, loss.dtype  # get_config leaves some constants out


def _compile_to(keras: Any, theirs: Any, model: Sequential) -> None:
    if model.compiled is None:
        return
    metrics = [
        getattr(keras.metrics, ROOT)(name=metric.name)
        if LONG_NAMES.get(metric.name, metric.name) == "rmse"
        else metric.name
        for metric in model.compiled.metrics
        if metric.named
    ]
    optimizer = _optimizer_to(keras, model.compiled.optimizer)
    theirs.compile(optimizer, model.compiled.loss, metrics=metrics)
