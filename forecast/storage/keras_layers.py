"""Layers from Keras and to Keras, without their weights."""

from collections.abc import Iterator
from typing import Any

from forecast.errors import ForecastError, SettingError
from forecast.layers.classes import CLASSES
from forecast.layers.layer import Layer
from forecast.layers.wrappers import Bidirectional, TimeDistributed
from forecast.nn.initializers import INITIALIZERS

ALIKE = (
    "units", "use_bias", "dropout", "return_sequences", "return_state", "go_backwards", "stateful",
    "reset_after", "unit_forget_bias", "rate", "n", "mask_value", "merge_mode", "name",
)  # fmt: skip
ACTIVATIONS = ("activation", "recurrent_activation")
INITIALIZED = ("kernel_initializer", "recurrent_initializer", "bias_initializer")
# `trainable` and `dtype` are looked at on their own; a seed and unrolling change no prediction.
WITHOUT_EFFECT = ("trainable", "dtype", "seed", "unroll", "layer", "backward_layer")
KNOWN = (*ALIKE, *ACTIVATIONS, *INITIALIZED, *WITHOUT_EFFECT)


def layer_from_keras(keras: Any, layer: Any, inner: bool = False) -> Layer:
    """Return a Keras layer as one of this package, without its weights.

    Raises:
        SettingError: it has no equal.
    """
    kind = type(layer).__name__
    if kind not in CLASSES or type(layer) is not getattr(keras.layers, kind):
        raise SettingError(
            f"Layer {layer.name!r} ({kind}) has no equal here. Supported are {', '.join(CLASSES)}."
        )
    try:
        return CLASSES[kind](**dict(_arguments(keras, layer, inner)))
    except ForecastError as error:
        raise SettingError(f"Layer {layer.name!r} ({kind}) has no equal here: {error}") from error


def _arguments(keras: Any, layer: Any, inner: bool) -> Iterator[tuple[str, Any]]:
    """Yield the arguments of a layer alike; `inner` says that it is a side of Bidirectional."""
    if not layer.trainable:
        raise SettingError("it is frozen, got trainable=False. Use layer.trainable = True.")
    for name in (name for name in ACTIVATIONS if hasattr(layer, name)):
        yield name, _activation(keras, name, getattr(layer, name))
    for name in (name for name in INITIALIZED if hasattr(layer, name)):
        yield name, _initializer(keras, name, getattr(layer, name))
    # Bidirectional sets `zero_output_for_mask`, and it matters on padded steps only.
    known = {*KNOWN, "zero_output_for_mask"} if inner else KNOWN
    for name, value in layer.get_config().items():
        if name in ALIKE:
            yield name, value
        elif value and name not in known:
            raise SettingError(f"`{name}` must be left out; got {value!r}.")
    if type(layer) is keras.layers.Bidirectional:
        yield "layer", _side(keras, layer)
    elif type(layer) is keras.layers.TimeDistributed:
        yield "layer", layer_from_keras(keras, layer.layer)


def _side(keras: Any, layer: Any) -> Layer:
    """Return the layer that both sides of a bidirectional one are made of."""
    ahead = layer_from_keras(keras, layer.forward_layer, inner=True)
    back = layer_from_keras(keras, layer.backward_layer, inner=True)
    wanted = ahead.config() | {"go_backwards": True, "name": back.name}
    if type(ahead) is not type(back) or back.config() != wanted:
        raise SettingError(
            f"`backward_layer` must be like the forward one; got {back.config()} beside "
            f"{ahead.config()}. Leave backward_layer out."
        )
    ahead.name = ahead.name.removeprefix("forward_")
    return ahead


def _activation(keras: Any, name: str, function: Any) -> str:
    """Return the name of an activation; which names there are is the layer's to say.

    Raises:
        SettingError: it is a function of one's own.
    """
    said = str(getattr(function, "__name__", function))
    if getattr(keras.activations, said, None) is not function:
        raise SettingError(f"`{name}` must be one of Keras' functions; got {function!r}.")
    return said


def _initializer(keras: Any, name: str, given: Any) -> str:
    """Return the name of an initializer.

    Raises:
        SettingError: there is no equal.
    """
    for known in INITIALIZERS:
        usual = keras.initializers.get(known)
        if type(usual) is type(given) and _seedless(usual) == _seedless(given):
            return known
    said = given.get_config() if hasattr(given, "get_config") else {}
    raise SettingError(
        f"`{name}` must be one of {', '.join(INITIALIZERS)}, with Keras' constants; got "
        f"{getattr(type(given), '__name__', given)} {said}."
    )


def _seedless(initializer: Any) -> dict[str, Any]:
    return {name: v for name, v in initializer.get_config().items() if name != "seed"}


def layer_to_keras(keras: Any, layer: Layer, dtype: str) -> Any:
    """Return a layer as Keras', without its weights."""
    kind = type(layer).__name__
    if CLASSES.get(kind) is not type(layer):
        raise SettingError(f"Layer {layer.name!r} ({kind}) has no equal in Keras.")
    arguments = layer.config()
    if isinstance(layer, Bidirectional | TimeDistributed):
        arguments["layer"] = layer_to_keras(keras, layer.layer, dtype)
    return getattr(keras.layers, kind)(**arguments, dtype=dtype)
