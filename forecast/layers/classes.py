"""Layers by the name of their class."""

from typing import Any

from forecast.checks import one_of
from forecast.layers.core import Dense, Dropout, Masking, RepeatVector
from forecast.layers.layer import Layer
from forecast.layers.recurrent import GRU, LSTM, SimpleRNN
from forecast.layers.wrappers import Bidirectional, TimeDistributed

_ALL: tuple[type[Layer], ...] = (
    SimpleRNN, GRU, LSTM, Dense, Dropout, RepeatVector, Masking, Bidirectional, TimeDistributed,
)  # fmt: skip
CLASSES = {kind.__name__: kind for kind in _ALL}


def layer_from(name: str, config: dict[str, Any]) -> Layer:
    """Build a layer from what its `config` returned.

    Raises:
        SettingError: there is no such layer, or an argument lies outside its range.
    """
    kind, arguments = CLASSES[one_of("layer", name, CLASSES)], dict(config)
    if isinstance(arguments.get("layer"), list | tuple):
        arguments["layer"] = layer_from(*arguments["layer"])
    return kind(**arguments)
