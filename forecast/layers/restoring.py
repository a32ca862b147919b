"""A model of layers from what its file says, every word of which is looked at before it is used.

The file may come from anybody. What its layers need is compared with the arrays in it before
anything is made, and its weights are taken as they are, not drawn first. Errors are `ValueError`s
(a `SettingError` is one too) that say what is wrong.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from forecast.checks import one_of, whole_number
from forecast.layers.classes import CLASSES, layer_from
from forecast.layers.layer import Layer, Shape
from forecast.layers.optimizers import OPTIMIZERS, RatedOptimizer
from forecast.nn.initializers import INITIALIZERS
from forecast.nn.optimizers import OptimizerState
from forecast.nn.parameters import Parameters
from forecast.strict_json import check_names, flag, items, record, shown, text

if TYPE_CHECKING:
    from forecast.layers.sequential import Sequential

HEADER = (
    "name", "seed", "dtype", "engine", "input_shape", "layers", "compiled", "updates",
)  # fmt: skip
FLAGS = (
    "use_bias", "return_sequences", "return_state", "go_backwards", "stateful", "reset_after",
    "unit_forget_bias",
)  # fmt: skip
INITIALIZED = ("kernel_initializer", "recurrent_initializer", "bias_initializer")
MOMENTS = ("optimizer/first", "optimizer/second")
MOST_STEPS = 1_000_000  # that RepeatVector makes of one, since no byte in the file speaks for more
MOST_UPDATES = 2**53

Arrays = Mapping[str, NDArray[Any]]
Model = TypeVar("Model", bound="Sequential")


def restored(header: dict[str, Any], arrays: Arrays, kind: type[Model]) -> Model:
    """Return a model.

    Args:
        header: of its file.
        arrays: of its file.
        kind: class of the model.

    Raises:
        ValueError: they do not make a model.
    """
    told = record("header", header, HEADER)
    layers = [_layer(saved) for saved in items("layers", told["layers"])]
    names = [layer.name for layer in layers]
    if not layers or len(set(names)) < len(names):
        raise ValueError("`layers` must be at least one, each with a name of its own")
    name, seed, dtype, engine = (told[one] for one in ("name", "seed", "dtype", "engine"))
    model = kind(layers, name=text("name", name), seed=seed, dtype=dtype, engine=engine)
    entries = _entries(layers, _input_shape(told["input_shape"]))
    parameters = _parameters(arrays, layers, entries, model.dtype)
    for layer, entry in zip(layers, entries, strict=True):
        layer.restore(entry, parameters.part(layer.name))
    if told["compiled"] is not None:
        _compile(model, told["compiled"])
    model.optimizer_state = _moments(arrays, told["updates"], parameters.flat)
    return model


def _layer(saved: object) -> Layer:
    """Return a layer without its weights."""
    name, config = items("layers", saved, 2)
    one_of("layer", name, CLASSES)
    if not isinstance(config, dict):
        raise ValueError(f"the layer {name} must be an object; got {shown(config)}")
    text("name", config.get("name"))
    _check_arguments(config)
    layer = layer_from(name, config)
    # What only a person says when building one, such as `input_shape`, stands in no file.
    check_names(f"layer {name}", (), config.keys() - layer.config().keys())
    whole_number("n", getattr(layer, "n", 1), most=MOST_STEPS)
    return layer


def _check_arguments(config: dict[str, Any]) -> None:
    """See that arguments are what a layer itself does not look at, or not before it is built."""
    text("name", config.get("name"))
    for one in (one for one in FLAGS if one in config):
        if config[one] not in (0, 1) or isinstance(config[one], float):  # some write 1 for True
            flag(one, config[one])
    for one in (one for one in INITIALIZED if one in config):
        one_of(one, config[one], INITIALIZERS)
    if "layer" in config:
        _layer(config["layer"])


def _input_shape(saved: object) -> Shape:
    first, *sizes = items("input_shape", saved) or [None]
    if first is not None or not sizes:
        raise ValueError(f"`input_shape` must begin with the batch, null; got {shown(saved)}")
    return None, *(one if one is None else whole_number("input_shape", one) for one in sizes)


def _entries(layers: list[Layer], shape: Shape) -> list[Shape]:
    """Return the shape of the inputs of each layer.

    Raises:
        ShapeError: a layer does not fit the one before it.
    """
    found = []
    for layer in layers:
        layer.check_shape(shape)
        found.append(shape)
        shape = layer.output_for(shape)
    return found


def _parameters(
    arrays: Arrays, layers: list[Layer], entries: list[Shape], dtype: str
) -> Parameters:
    """Return the weights in one buffer, once they are those that the layers need."""
    shapes = {
        f"{layer.name}/{name}": shape
        for layer, entry in zip(layers, entries, strict=True)
        for name, shape in layer.core().shapes(int(entry[-1] or 0)).items()
    }
    moments = MOMENTS if MOMENTS[0] in arrays or MOMENTS[1] in arrays else ()
    check_names("arrays", [*(f"weights/{name}" for name in shapes), *moments], arrays)
    pieces = [_array(arrays, f"weights/{name}", dtype, shape) for name, shape in shapes.items()]
    flat = np.concatenate([piece.ravel() for piece in pieces] or [np.empty(0, dtype)])
    return Parameters(shapes, flat)


def _array(arrays: Arrays, name: str, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    array = arrays[name]
    if array.shape != shape or array.dtype != np.dtype(dtype):
        raise ValueError(
            f"array {shown(name)} must be {dtype} of shape {shape}, as its layers have it; got "
            f"{array.dtype} of shape {array.shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"array {shown(name)} holds NaN or infinity")
    return array


def _moments(arrays: Arrays, updates: object, flat: NDArray[Any]) -> OptimizerState | None:
    """Return where the optimizer stopped; None where it never began."""
    step = whole_number("updates", updates, least=0, most=MOST_UPDATES)
    if MOMENTS[0] not in arrays:
        return None
    first, second = (_array(arrays, name, str(flat.dtype), flat.shape) for name in MOMENTS)
    if (second < 0).any():
        raise ValueError(f"array {MOMENTS[1]!r} holds a negative square")
    return OptimizerState(step, first, second)


def _compile(model: "Sequential", saved: object) -> None:
    told = record("compiled", saved, ("optimizer", "loss", "metrics"))
    metrics = [text("metrics", one) for one in items("metrics", told["metrics"])]
    model.compile(_optimizer(told["optimizer"]), text("loss", told["loss"]), metrics)


def _optimizer(saved: object) -> RatedOptimizer:
    name, constants = items("optimizer", saved, 2)
    kind = OPTIMIZERS[one_of("optimizer", name, OPTIMIZERS)]
    told = record("optimizer", constants, list(kind.__dataclass_fields__))
    if "nesterov" in told:
        flag("nesterov", told["nesterov"])
    return kind(**told)
