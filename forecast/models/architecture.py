"""The network that the settings of a `Forecaster` describe.

segments, projection   where several rows make one step
recurrent_1, …         dilated or linked where asked for, with dropout_1, … between them
head                   for all rows ahead at once, or
decoder, head, rows    for each segment ahead by itself
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
from forecast.nn.segments import JoinedRows, Segments
from forecast.nn.stack import Stack, recurrent_network

if TYPE_CHECKING:
    from forecast.models.settings import ForecasterSettings

Named = tuple[tuple[str, Layer], ...]


def network(
    settings: "ForecasterSettings", engine: str = "numpy", past: int | None = None
) -> Stack:
    """Return the layers.

    Args:
        settings: of the forecaster, checked.
        engine: of the recurrent layers.
        past: number of past covariates; None counts those named.
    """
    recurrent = tuple(_layer(settings, engine, number) for number in range(settings.layers))
    parallel = settings.decoder == "parallel"
    numbers = settings.segment if parallel else settings.block
    head = Dense(numbers * settings.head_width)
    inputs, between = settings.input_dim(past), Dropout(settings.dropout)
    stack = recurrent_network(recurrent, head, dropout=between, input_dim=inputs)
    layers = _first(settings) + stack.layers
    if parallel:
        layers = layers[:-1] + _decoder(settings, engine, stack.layers[-1])
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


def _decoder(settings: "ForecasterSettings", engine: str, head: tuple[str, Layer]) -> Named:
    """Return what stands after the recurrent layers of a parallel decoder."""
    segments = -(-settings.block // settings.segment)
    decoder = ParallelDecoder(_recurrent(settings, engine, sequences=False), segments)
    rows = JoinedRows(settings.block * settings.head_width)
    return (("decoder", decoder), head, ("rows", rows))


def kernels(settings: "ForecasterSettings") -> tuple[str, ...]:
    """Return the names of the kernels that the network needs."""
    whole = kernels_of(settings.cell, reset_after=settings.reset_after)
    if is_plain(settings):
        return whole
    return tuple(name.replace("network_", "layer_") for name in whole)


def is_plain(settings: "ForecasterSettings") -> bool:
    """Say whether there is nothing but recurrent layers under one linear head."""
    dilated = any(one > 1 for one in settings.dilations or ())
    linked = settings.residual_links and settings.layers > 1
    return not (dilated or linked or settings.segment > 1 or settings.decoder != "dense")


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
    if settings.decoder == "parallel" and settings.strategy == "recursive":
        raise SettingError(
            "`decoder='parallel'` forecasts all segments ahead at once, and "
            "strategy='recursive' one row at a time. Use strategy='direct', or decoder='dense'."
        )
    beside = [name for name in ("static", "seasonal_lags") if getattr(settings, name)]
    if settings.decoder == "parallel" and beside:
        raise SettingError(
            f"`{beside[0]}` is read by the head of decoder='dense'; got decoder='parallel'. Use "
            f"decoder='dense', or leave `{beside[0]}` out."
        )
    if settings.local and not is_plain(settings):
        raise SettingError(
            "`local=True` trains its small networks inside one kernel, which knows recurrent "
            "layers under a dense head; it has no dilations, residual_links, segment or "
            "decoder='parallel'. Leave these out, or use local=False."
        )
