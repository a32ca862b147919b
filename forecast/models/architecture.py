"""The network that the settings of a `Forecaster` describe.

segments, projection   where several rows make one step
recurrent_1, …         dilated or linked where asked for, with dropout_1, … between them
head                   for all rows ahead at once, or
decoder, head          for each segment ahead by itself
"""

from typing import TYPE_CHECKING

from forecast.errors import SettingError
from forecast.kernels.engine import kernels_of
from forecast.nn.cell import CellOptions
from forecast.nn.cells import cell_named
from forecast.nn.decoding import FinalState, ParallelDecoder
from forecast.nn.dense import Dense
from forecast.nn.dilation import Dilated
from forecast.nn.dropout import Dropout
from forecast.nn.layer import Layer
from forecast.nn.recurrent import Recurrent
from forecast.nn.residual import Residual
from forecast.nn.segments import SegmentHead, Segments
from forecast.nn.stack import Stack, recurrent_network

if TYPE_CHECKING:
    from forecast.models.settings import ForecasterSettings

Named = tuple[tuple[str, Layer], ...]


def network(
    settings: "ForecasterSettings", engine: str = "numpy", past: int | None = None, kinds: int = 0
) -> Stack:
    """Return the layers.

    Args:
        settings: of the forecaster, checked.
        engine: of the recurrent layers.
        past: number of past covariates; None counts those named.
        kinds: values of all static columns.
    """
    recurrent = tuple(_layer(settings, engine, number) for number in range(settings.layers))
    head = Dense(settings.block * settings.head_width, beside=settings.beside)
    inputs, between = settings.input_dim(past, kinds), Dropout(settings.dropout)
    stack = recurrent_network(recurrent, head, dropout=between, input_dim=inputs)
    layers = _first(settings) + stack.layers
    if settings.decoder == "parallel":
        layers = layers[:-1] + _decoder(settings, engine)
    return Stack(layers, inputs)


def _layer(settings: "ForecasterSettings", engine: str, number: int) -> Layer:
    """Return a recurrent layer, counted from 0."""
    last = number == settings.layers - 1
    plain = _recurrent(settings, engine, sequences=not last)
    dilation = 1 if settings.dilations is None else settings.dilations[number]
    inner = Dilated(plain, dilation) if dilation > 1 else plain
    layer = Residual(inner) if settings.residual_links and number > 0 else inner
    if last and settings.decoder == "parallel" and cell_named(settings.cell).states > 1:
        return FinalState(layer)
    return layer


def _recurrent(settings: "ForecasterSettings", engine: str, *, sequences: bool) -> Recurrent:
    options = CellOptions(activation=settings.activation, reset_after=settings.reset_after)
    return Recurrent(settings.cell, settings.hidden_units, sequences, options, engine)


def _first(settings: "ForecasterSettings") -> Named:
    """Return what stands before the recurrent layers: nothing where a row is a step."""
    if settings.segment == 1:
        return ()
    projection = Dense(settings.hidden_units, "relu")
    return (("segments", Segments(settings.segment)), ("projection", projection))


def _decoder(settings: "ForecasterSettings", engine: str) -> Named:
    """Return what stands after the recurrent layers of a parallel decoder."""
    length, rows = settings.segment, settings.block
    segments = -(-rows // length)
    decoder = ParallelDecoder(_recurrent(settings, engine, sequences=False), segments)
    lags = len(settings.seasonal_lags)
    head = SegmentHead(segments, length, rows, settings.head_width, known=lags)
    return (("decoder", decoder), ("head", head))


def kernels(settings: "ForecasterSettings") -> tuple[str, ...]:
    """Return the names of the kernels that the network needs."""
    whole = kernels_of(settings.cell, reset_after=settings.reset_after)
    if not _beyond_kernel(settings):
        return whole
    return tuple(name.replace("network_", "layer_") for name in whole)


def is_plain(settings: "ForecasterSettings") -> bool:
    """Say whether there is nothing but recurrent layers under one linear head."""
    return not beyond_plain(settings)


def beyond_plain(settings: "ForecasterSettings") -> tuple[str, ...]:
    """Return which settings ask for more than recurrent layers under one linear head."""
    more = {
        f"dilations={settings.dilations}": any(one > 1 for one in settings.dilations or ()),
        "residual_links": settings.residual_links and settings.layers > 1,
    }
    return (*(name for name, true in more.items() if true), *_beyond_kernel(settings))


def _beyond_kernel(settings: "ForecasterSettings") -> tuple[str, ...]:
    """Return which settings ask for more than one kernel can run as a whole."""
    more = {
        f"segment={settings.segment}": settings.segment > 1,
        f"decoder={settings.decoder!r}": settings.decoder != "dense",
    }
    return tuple(name for name, true in more.items() if true)


def check_architecture(settings: "ForecasterSettings") -> None:
    """See that segments, decoder and layers fit the rest.

    Raises:
        SettingError: they do not.
    """
    length, timesteps = settings.segment, settings.timesteps
    if timesteps % length:
        below, above = timesteps // length * length, -(-timesteps // length) * length
        nearest = f"{below} or {above}" if below else str(above)
        raise SettingError(
            f"`timesteps` must be a multiple of `segment`, {length}, so that a window is whole "
            f"segments; got {timesteps}. Use timesteps={nearest}."
        )
    steps = timesteps // length
    if any(one > steps for one in settings.dilations or ()):
        raise SettingError(
            f"`dilations` must not reach further than the {steps} steps of a window; got "
            f"{list(settings.dilations or ())}. Use smaller ones, or a longer `timesteps`."
        )
    if settings.decoder == "parallel" and settings.strategy == "recursive":
        raise SettingError(
            "`decoder='parallel'` forecasts all segments ahead at once, and "
            "strategy='recursive' one row at a time. Use strategy='direct', or decoder='dense'."
        )
    beyond = ", ".join(_beyond_kernel(settings))
    if settings.local and beyond:
        raise SettingError(
            "`local=True` trains its small networks inside one kernel, which knows recurrent "
            f"layers under a dense head; got {beyond}. Leave that out, or use "
            "local=False."
        )
